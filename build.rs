//! How the program is linked where that is known to work: whole, and at a fixed address. A command that takes two
//! milliseconds would spend a quarter of them on finding and mapping the C library's parts, and a tenth on moving its
//! tables of pointers to wherever it was loaded.

use std::env;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The libraries that Rust's standard library links to on linux-gnu, and the archives that hold the same.
const ARCHIVES: [(&str, &str); 7] = [
    ("c", "c"),
    ("m", "m"),
    ("gcc_s", "gcc_eh"),
    ("pthread", "pthread"),
    ("rt", "rt"),
    ("dl", "dl"),
    ("util", "util"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    println!("cargo::rustc-link-arg-bins=-no-pie");
    if let Some(dir) = archives() {
        println!("cargo::rustc-link-arg-bins=-static");
        println!("cargo::rustc-link-arg-bins=-L{}", dir.display());
        // Archives need each other, and some linkers go through them in order.
        println!("cargo::rustc-link-arg-bins=-Wl,--start-group,-lgcc,-lgcc_s,-lc,--end-group");
    }
}

/// A directory where each library is found as an archive before the linker looks for it elsewhere; none where the C compiler
/// comes without one of them.
fn archives() -> Option<PathBuf> {
    let compiler = match env::var("RUSTC_LINKER") {
        Ok(linker) => linker,
        Err(_) if env::var("HOST") == env::var("TARGET") => "cc".into(),
        Err(_) => return None,
    };
    let dir = Path::new(&env::var_os("OUT_DIR")?).join("archives");
    std::fs::create_dir_all(&dir).ok()?;
    for (library, archive) in ARCHIVES {
        let found = find(&compiler, &format!("lib{archive}.a"))?;
        let link = dir.join(format!("lib{library}.a"));
        // What an earlier run left may lead elsewhere.
        let _ = std::fs::remove_file(&link);
        symlink(found, link).ok()?;
    }
    Some(dir)
}

fn find(compiler: &str, file: &str) -> Option<PathBuf> {
    let told = Command::new(compiler).arg(format!("-print-file-name={file}")).output().ok()?;
    // A compiler that knows no such file says its bare name.
    let path = PathBuf::from(String::from_utf8(told.stdout).ok()?.trim());
    path.is_absolute().then_some(path).filter(|p| p.exists())
}
