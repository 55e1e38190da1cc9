//! Completion scripts and the manual page, made from the command tree.

use super::{Outcome, Session, command_tree};
use clap_complete::Shell;

/// Which shell.
#[derive(clap::Args)]
pub(super) struct Args {
    /// bash, zsh, fish, elvish or powershell
    shell: Shell,
}

pub(super) fn run(args: &Args, session: &Session) -> Outcome {
    session.print(&script(args.shell));
    Ok(())
}

/// The completion script of a shell; the ones in `completions/` are kept equal to it by a test.
fn script(shell: Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command_tree(), "kubetick", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

pub(super) fn man(session: &Session) -> Outcome {
    let mut text = Vec::new();
    clap_mangen::Man::new(command_tree()).render(&mut text)?;
    session.print(&String::from_utf8_lossy(&text));
    Ok(())
}
