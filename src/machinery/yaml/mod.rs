//! YAML as kubectl reads and prints it: YAML 1.1 after go-yaml v2.
//!
//! go-yaml's scanner and parser descend from libyaml; `libyaml-safer` is the same code in safe Rust, so the same text is
//! accepted and the same problem is found at the same line. A parser of YAML 1.2 (serde_yaml's replacements, saphyr)
//! accepts other texts and words its problems otherwise. What go-yaml does on top is here: what a plain scalar means,
//! merge keys, the order of keys, when a string needs quotes, where a line is folded.

mod core_schema;
mod emitter;
mod everyday;
mod guarded;
mod reader;
mod scalar;
mod stream;
mod style;
#[cfg(test)]
mod tests;

pub use core_schema::to_core_yaml;
pub use emitter::to_yaml;
pub use reader::{Dialect, Tagged, YamlError, read, read_tagged};
pub use stream::{Document, Documents, StreamError};
