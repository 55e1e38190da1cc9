//! Commands in containers: `sh -c` scripts and the usual small tools.

use super::{Next, Output, Process, Program};
use crate::catalog::images::Image;

/// A `sh -c` script.
pub(super) struct Script;

impl Script {
    /// Tells a script by its command line.
    pub(super) fn recognize(_process: &Process<'_>, _image: &Image) -> Option<Box<dyn Program>> {
        None
    }
}

/// A single command.
pub(super) struct Command;

impl Command {
    /// Tells a command by its command line.
    pub(super) fn recognize(_process: &Process<'_>, _image: &Image) -> Option<Box<dyn Program>> {
        None
    }

    /// A shell without a script: ends at once.
    pub(super) fn nothing() -> Command {
        Command
    }
}

impl Program for Command {
    fn name(&self) -> &'static str {
        "shell"
    }

    fn start(&self, _process: &Process<'_>) -> Next {
        Next::Exit(0)
    }
}

/// Runs a command in a container beside its program.
pub fn exec(_process: &Process<'_>, _argv: &[String], _stdin: &str) -> Output {
    Output::default()
}
