//! `kubectl create`: from files, or from flags with one of its subcommands.

mod file;

use super::Command;

pub(super) const COMMANDS: &[Command] = &[file::COMMAND];
