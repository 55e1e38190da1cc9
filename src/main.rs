//! The `kubetick` binary; `kubectl` and the other names it answers to are links to it.

fn main() {
    std::process::exit(kubetick::cli::main());
}
