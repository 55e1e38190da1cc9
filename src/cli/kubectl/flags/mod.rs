//! The flags of kubectl's commands.

mod global;
mod shared;

pub(super) use super::super::flags::{Flag, Flags, Kind, flags, parse};
pub(super) use global::GLOBAL;
pub(super) use shared::{DRY_RUN, FILES, OUTPUT, SAVE_CONFIG, SELECTOR, VALIDATE};
