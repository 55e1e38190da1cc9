//! What a command runs in: its environment, working directory and streams, and who lives in its clusters.

use crate::actors::Actor;
use crate::actors::load::samples::MetricsApi;
use crate::api::AggregatedApi;
use crate::sim;
use jiff::tz::TimeZone;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

/// Environment variables and working directory.
#[derive(Clone, Debug, Default)]
pub struct Env {
    /// Variables.
    pub vars: BTreeMap<String, String>,
    /// Working directory; relative paths of arguments start here.
    pub cwd: PathBuf,
}

impl Env {
    /// A variable; empty counts as unset.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// A path of an argument, as seen from the working directory.
    pub fn path(&self, path: &str) -> PathBuf {
        self.cwd.join(path)
    }

    /// The zone times are shown in: `$TZ`, else UTC, so that output does not depend on the machine.
    pub fn time_zone(&self) -> TimeZone {
        let named = self.var("TZ").and_then(|tz| TimeZone::get(tz.trim_start_matches(':')).ok());
        named.unwrap_or(TimeZone::UTC)
    }

    /// The user's home directory.
    pub fn home(&self) -> PathBuf {
        self.var("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from)
    }
}

/// Standard streams.
pub struct Io {
    /// Standard output.
    pub out: RefCell<Box<dyn Write>>,
    /// Standard error.
    pub err: RefCell<Box<dyn Write>>,
    /// Standard input.
    pub input: RefCell<Box<dyn Read>>,
    /// Whether standard input is a terminal.
    pub input_is_terminal: bool,
    /// Whether standard output is a terminal.
    pub out_is_terminal: bool,
    /// Asks whether nobody reads standard output any more: `kubectl get pods -w | head -3`.
    pub reader_is_gone: fn() -> bool,
}

/// Whether the pipe behind this process' standard output has no other end.
fn pipe_is_broken() -> bool {
    let out = std::io::stdout();
    let mut looked = [PollFd::new(&out, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut looked, Some(&at_once)).is_ok()
        && looked[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
}

/// Who acts in the clusters that a command opens: the product's actors, unless a test plays back a recording, where
/// nobody acted but those who were recorded.
#[derive(Clone, Copy)]
pub struct Inhabitants {
    /// The actors.
    pub actors: fn() -> Vec<Box<dyn Actor>>,
    /// What answers for metrics-server.
    pub metrics: fn() -> Box<dyn AggregatedApi>,
}

impl Default for Inhabitants {
    fn default() -> Inhabitants {
        Inhabitants { actors: sim::actors, metrics: || Box::new(MetricsApi) }
    }
}

/// One command's surroundings.
pub struct Session {
    /// Environment variables and working directory.
    pub env: Env,
    /// Streams.
    pub io: Io,
    /// Who acts in its clusters.
    pub inhabitants: Inhabitants,
}

impl Session {
    /// The surroundings of this process. The only place that reads them.
    pub fn of_process() -> Session {
        let vars = std::env::vars_os()
            .map(|(k, v)| (k.to_string_lossy().into_owned(), v.to_string_lossy().into_owned()))
            .collect();
        Session {
            env: Env { vars, cwd: std::env::current_dir().unwrap_or_else(|_| Path::new("/").to_path_buf()) },
            io: Io {
                out: RefCell::new(Box::new(std::io::BufWriter::new(std::io::stdout()))),
                err: RefCell::new(Box::new(std::io::stderr())),
                input: RefCell::new(Box::new(std::io::stdin())),
                input_is_terminal: std::io::stdin().is_terminal(),
                out_is_terminal: std::io::stdout().is_terminal(),
                reader_is_gone: pipe_is_broken,
            },
            inhabitants: Inhabitants::default(),
        }
    }

    /// Writes to standard output. A reader that went away is no error of the command.
    pub fn print(&self, text: &str) {
        let _ = self.io.out.borrow_mut().write_all(text.as_bytes());
    }

    /// Writes a line to standard output.
    pub fn println(&self, line: &str) {
        self.print(line);
        self.print("\n");
    }

    /// Hands what was printed so far to the reader.
    pub fn flush(&self) {
        let _ = self.io.out.borrow_mut().flush();
    }

    /// Writes text to standard error as it is, after what standard output holds so far.
    pub fn eprint(&self, text: &str) {
        self.flush();
        let _ = self.io.err.borrow_mut().write_all(text.as_bytes());
    }

    /// Writes a line to standard error, after what standard output holds so far.
    pub fn eprintln(&self, line: &str) {
        self.flush();
        let _ = writeln!(self.io.err.borrow_mut(), "{line}");
    }

    /// Writes a line to standard error and answers exit status 1.
    pub fn fail(&self, line: &str) -> i32 {
        self.eprintln(line);
        1
    }

    /// All of standard input.
    pub fn read_input(&self) -> std::io::Result<String> {
        let mut text = String::new();
        self.io.input.borrow_mut().read_to_string(&mut text)?;
        Ok(text)
    }
}
