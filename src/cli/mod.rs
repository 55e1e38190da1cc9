//! Floor 6: the commands. One binary answers under several names; each personality has a folder.
//!
//! Nothing here reads the process' environment or prints by itself: a [`Session`] carries arguments, environment, working
//! directory and streams, so that tests run whole commands in-process.

pub mod aws;
mod cloud;
pub mod cluster;
pub mod eksctl;
mod flags;
pub mod home;
pub mod kubeconfig;
mod kubectl;
mod own;
mod session;
mod shims;
mod siblings;
pub(crate) mod waiting;

pub use session::{Env, Inhabitants, Io, Session};

/// Runs a command as a process would: under the name it was called by, with the real environment and streams. Returns
/// the exit status.
pub fn main() -> i32 {
    let mut args: Vec<String> = std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect();
    let called = if args.is_empty() { String::new() } else { args.remove(0) };
    let called = called.rsplit('/').next().unwrap_or_default().to_string();
    let session = Session::of_process();
    crate::store::end_with_process();
    let status = run(&called, &args, &session);
    session.flush();
    siblings::let_see();
    status
}

/// Runs a command by the name it was called by (`kubectl`, `sleep`, ...); any other name means kubetick itself, whose
/// first argument may name the personality.
pub fn run(called: &str, args: &[String], session: &Session) -> i32 {
    match (called, args) {
        ("kubectl" | "k", _) => kubectl::run(args, session),
        (_, [first, rest @ ..]) if first == "kubectl" => kubectl::run(rest, session),
        ("eksctl", _) => eksctl::run(args, session),
        (_, [first, rest @ ..]) if first == "eksctl" => eksctl::run(rest, session),
        ("aws", _) => aws::run(args, session),
        (_, [first, rest @ ..]) if first == "aws" => aws::run(rest, session),
        _ => match shims::find(called) {
            Some(shim) => shim(args, session),
            None => own::run(args, session),
        },
    }
}
