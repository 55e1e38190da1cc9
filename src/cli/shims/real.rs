//! The programs of the system behind our names.

use crate::cli::{Env, Session};
use std::path::PathBuf;
use std::process::Command;

/// The program of that name on the PATH that is not this one under another name.
pub(super) fn program(env: &Env, name: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().and_then(std::fs::canonicalize).ok();
    std::env::split_paths(env.var("PATH").unwrap_or("/usr/bin:/bin"))
        .map(|dir| env.cwd.join(dir).join(name))
        .find(|path| path.is_file() && std::fs::canonicalize(path).ok() != own)
}

/// Runs the real program in place of ours; answers its exit status.
pub(super) fn run(session: &Session, name: &str, args: &[String]) -> i32 {
    let Some(path) = program(&session.env, name) else {
        session.eprintln(&format!("{name}: command not found"));
        return 127;
    };
    session.flush();
    match Command::new(path).args(args).current_dir(&session.env.cwd).status() {
        Ok(status) => exit_status(status),
        Err(e) => {
            session.eprintln(&format!("{name}: {e}"));
            126
        }
    }
}

/// The exit status as a shell counts it: 128 and the signal for a process that a signal ended.
pub(super) fn exit_status(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}
