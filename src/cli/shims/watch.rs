//! `watch`: runs a command every so many virtual seconds.
//!
//! On a terminal the screen is drawn anew and a draw takes real time, so that people can read it; elsewhere each run is
//! printed below the one before. A watch that no `timeout` and no KUBETICK_WATCH_FOR bounds goes on until it is interrupted.

use super::real;
use crate::cli::waiting::{self, Bound, Ended};
use crate::cli::{Session, own};
use crate::machinery::{Duration, Time, duration::parse_duration};
use crate::store::Access;
use std::ops::ControlFlow;
use std::process::Command;
use std::sync::atomic::Ordering;

/// How long a drawing stays on a terminal.
const FRAME: std::time::Duration = std::time::Duration::from_millis(400);

struct Request {
    interval: f64,
    title: bool,
    until_change: bool,
    until_error: bool,
    words: Vec<String>,
    /// Run the words as they are instead of through a shell.
    exec: bool,
}

pub(super) fn run(args: &[String], session: &Session) -> i32 {
    let (Some(request), Some(path)) = (parse(args), own::cluster_in_use(session)) else {
        return real::run(session, "watch", args);
    };
    let Some(start) = waiting::clock_of(&path) else { return real::run(session, "watch", args) };
    let bounds = [
        session.env.var(waiting::DEADLINE).and_then(Time::parse),
        session
            .env
            .var(waiting::WATCH_FOR)
            .and_then(|d| parse_duration(d).ok())
            .map(|d| start.truncated() + d),
    ];
    let end = bounds.into_iter().flatten().min();
    if end.is_none() && !session.io.out_is_terminal {
        return session.fail(
            "watch: no end: stdout is no terminal, and neither timeout nor KUBETICK_WATCH_FOR bounds it",
        );
    }
    let interrupted = waiting::interrupts();
    let mut last: Option<Vec<u8>> = None;
    while !interrupted.load(Ordering::Relaxed) {
        let Some(output) = execute(&request, session) else { return 127 };
        draw(&request, session, &path, &output.stdout);
        if request.until_error && !output.status.success() {
            return real::exit_status(output.status);
        }
        if request.until_change && last.as_ref().is_some_and(|l| *l != output.stdout) {
            return 0;
        }
        last = Some(output.stdout);
        if session.io.out_is_terminal {
            std::thread::sleep(FRAME);
        }
        let interval = Duration::from_secs(request.interval.max(1.0).round() as i64);
        match pass(session, interval) {
            Some(Ended::TimedOut) => {}
            _ => return 0,
        }
        if end.is_some_and(|end| waiting::clock_of(&path).is_none_or(|now| now >= end)) {
            return 0;
        }
    }
    130
}

fn pass(session: &Session, interval: Duration) -> Option<Ended> {
    let cluster = super::cluster(session, Access::Write)?;
    if let Some(speed) = super::speed(&cluster) {
        drop(cluster);
        std::thread::sleep(std::time::Duration::from_secs_f64(interval.as_secs_f64() / speed));
        return Some(Ended::TimedOut);
    }
    let ended = waiting::wait(session, &cluster, Bound::For(interval), &mut |_, _| ControlFlow::Continue(()));
    cluster.api.store().commit().ok()?;
    ended.ok()
}

fn execute(request: &Request, session: &Session) -> Option<std::process::Output> {
    let mut command = if request.exec {
        let mut command = Command::new(&request.words[0]);
        command.args(&request.words[1..]);
        command
    } else {
        let mut command = Command::new("sh");
        command.arg("-c").arg(request.words.join(" "));
        command
    };
    let output = command.current_dir(&session.env.cwd).output();
    output.map_err(|e| session.eprintln(&format!("watch: {e}"))).ok()
}

fn draw(request: &Request, session: &Session, path: &std::path::Path, output: &[u8]) {
    if session.io.out_is_terminal {
        session.print("\x1b[H\x1b[2J");
    }
    if request.title {
        let now = waiting::clock_of(path).map_or(String::new(), |now| {
            jiff::fmt::strtime::format(
                "%a %b %e %H:%M:%S %Y",
                &now.timestamp().to_zoned(jiff::tz::TimeZone::UTC),
            )
            .unwrap_or_default()
        });
        let left = format!("Every {:.1}s: {}", request.interval, request.words.join(" "));
        session.println(&format!("{left}    {now}\n"));
    }
    session.print(&String::from_utf8_lossy(output));
    session.flush();
}

fn parse(args: &[String]) -> Option<Request> {
    let mut request = Request {
        interval: 2.0,
        title: true,
        until_change: false,
        until_error: false,
        words: Vec::new(),
        exec: false,
    };
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-n" | "--interval" => request.interval = rest.next()?.parse().ok()?,
            "-t" | "--no-title" => request.title = false,
            "-g" | "--chgexit" => request.until_change = true,
            "-e" | "--errexit" => request.until_error = true,
            "-x" | "--exec" => request.exec = true,
            "-d" | "--differences" | "-b" | "--beep" | "-c" | "--color" | "-p" | "--precise" => {}
            _ if word.starts_with("--interval=") => {
                request.interval = word["--interval=".len()..].parse().ok()?;
            }
            _ if word.starts_with("-n") => request.interval = word[2..].parse().ok()?,
            _ if word.starts_with('-') => return None,
            _ => {
                request.words.push(word.clone());
                request.words.extend(rest.cloned());
                break;
            }
        }
    }
    (!request.words.is_empty()).then_some(request)
}
