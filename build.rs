//! Links the program at a fixed address where that is known to work. Its tables are full of pointers, and a command that
//! takes two milliseconds would spend a tenth of them on moving those to wherever the program was loaded.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
