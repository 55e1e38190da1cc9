//! `timeout`: runs a command for so long on the cluster's clock.

use super::{real, sleep};
use crate::cli::waiting::{self, DEADLINE};
use crate::cli::{Session, own, siblings};
use crate::machinery::{Duration, Time};
use rustix::process::{Pid, Signal, kill_process_group};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::atomic::Ordering;

/// Exit status when the time was over.
const TIMED_OUT: i32 = 124;
const LOOK: std::time::Duration = std::time::Duration::from_millis(5);
/// How long after the first signal a stubborn command is killed; real time, for its virtual time stands still.
const STUBBORN: u32 = 600;

struct Request {
    duration: f64,
    signal: Signal,
    preserve_status: bool,
    command: Vec<String>,
}

pub(super) fn run(args: &[String], session: &Session) -> i32 {
    let (Some(request), Some(path)) = (parse(args), own::cluster_in_use(session)) else {
        return real::run(session, "timeout", args);
    };
    // The command's own siblings are none.
    siblings::let_begin();
    let Some(now) = waiting::clock_of(&path) else { return real::run(session, "timeout", args) };
    let end = now.truncated() + Duration::from_nanos((request.duration * 1e9) as i64);
    let outer = session.env.var(DEADLINE).and_then(Time::parse);
    let deadline = outer.map_or(end, |outer| outer.min(end));
    session.flush();
    let mut command = Command::new(&request.command[0]);
    command.args(&request.command[1..]).current_dir(&session.env.cwd).process_group(0);
    if request.duration > 0.0 {
        command.env(DEADLINE, deadline.to_string());
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(e) => {
            let missing = e.kind() == std::io::ErrorKind::NotFound;
            let why = if missing { "No such file or directory" } else { "Permission denied" };
            session.eprintln(&format!("timeout: failed to run command '{}': {why}", request.command[0]));
            return if missing { 127 } else { 126 };
        }
    };
    let interrupted = waiting::interrupts();
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return real::exit_status(status);
        }
        if interrupted.load(Ordering::Relaxed) {
            return end_child(&mut child, Signal::TERM);
        }
        let over = request.duration > 0.0 && waiting::clock_of(&path).is_some_and(|now| now >= deadline);
        if over {
            // What the command prints of the last instant is still its output.
            let status = end_child(&mut child, request.signal);
            return if request.preserve_status { status } else { TIMED_OUT };
        }
        std::thread::sleep(LOOK);
    }
}

/// Signals the command with everything it started, and waits for it.
fn end_child(child: &mut Child, signal: Signal) -> i32 {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let send = |signal| group.map(|g| kill_process_group(g, signal));
    send(signal);
    for _ in 0..STUBBORN {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(LOOK),
            Ok(Some(status)) => return real::exit_status(status),
            Err(_) => break,
        }
    }
    send(Signal::KILL);
    child.wait().map_or(TIMED_OUT, real::exit_status)
}

/// Reads coreutils' command line; `None` when the real program has to answer.
fn parse(args: &[String]) -> Option<Request> {
    let mut signal = Signal::TERM;
    let mut preserve_status = false;
    let mut words = args.iter();
    let duration = loop {
        let word = words.next()?.as_str();
        match word {
            "--preserve-status" | "-p" => preserve_status = true,
            "--foreground" | "-f" | "-v" | "--verbose" => {}
            "-k" => drop(words.next()),
            "-s" => signal = named(words.next()?)?,
            _ if word.starts_with("--kill-after=") => {}
            _ if word.starts_with("--signal=") => signal = named(&word["--signal=".len()..])?,
            _ if word.starts_with("-k") => {}
            _ if word.starts_with("-s") => signal = named(&word[2..])?,
            _ => break sleep::seconds(word)?,
        }
    };
    let command: Vec<String> = words.cloned().collect();
    (!command.is_empty()).then_some(Request { duration, signal, preserve_status, command })
}

fn named(signal: &str) -> Option<Signal> {
    Some(match signal.trim_start_matches("SIG") {
        "TERM" | "15" => Signal::TERM,
        "INT" | "2" => Signal::INT,
        "KILL" | "9" => Signal::KILL,
        "HUP" | "1" => Signal::HUP,
        "QUIT" | "3" => Signal::QUIT,
        _ => return None,
    })
}
