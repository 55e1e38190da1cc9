//! The `kubetick` binary.
fn main() {}
