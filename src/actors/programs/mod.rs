//! What containers do. A container runs the program that its image and command stand for; a [`Program`] tells when the
//! process ends by itself, what it answers to probes and signals, what it prints, and what it uses.
//!
//! The kubelet runs programs and never polls them: a program says when it next wants to act, and how long its answer to a
//! probe holds. What happens to it from outside (a fault, load that starves its health endpoint) is told to the kubelet
//! with [`Process::nudge`].

mod choose;
pub mod cluster_autoscaler;
pub(crate) mod environment;
pub mod http;
mod klog;
pub mod load_generator;
pub(in crate::actors) mod metrics_server;
mod own;
mod pi;
mod plain;
mod process;
mod resource_consumer;
mod servers;
pub mod shell;
pub(in crate::actors) mod stress;

pub use choose::{Chosen, program_of, programs_of};
pub(in crate::actors) use plain::fails;
use process::MEMORY;
pub(crate) use process::forget;
pub use process::{Process, log_name};

use crate::machinery::{Duration, Time, Value};

/// What a process does after it has acted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Runs on until it is stopped.
    Forever,
    /// Runs on, and acts again at an instant.
    At(Time),
    /// Has ended with an exit code.
    Exit(i32),
}

/// How a process takes SIGTERM.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnTerm {
    /// It ends after a while, with an exit code (143 for one that does not handle the signal).
    Exit(Duration, i32),
    /// It goes on; SIGKILL ends it when the grace is over.
    Ignores,
}

/// Which probe asks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ProbeKind {
    /// Has it started?
    Startup,
    /// Can it serve?
    Readiness,
    /// Must it be restarted?
    Liveness,
}

/// The answer to a probe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Health {
    /// What was wrong, as the kubelet puts it after `Readiness probe failed: `; `None` when all is well.
    pub failure: Option<String>,
    /// Until when the answer holds by itself; `None` as long as nothing is nudged.
    pub until: Option<Time>,
}

impl Health {
    /// All is well, and stays so.
    pub const GOOD: Health = Health { failure: None, until: None };

    /// The probe fails, and will go on failing.
    pub fn bad(failure: impl Into<String>) -> Health {
        Health { failure: Some(failure.into()), until: None }
    }

    /// The same answer, for a while.
    pub fn until(self, until: Time) -> Health {
        Health { until: Some(until), ..self }
    }
}

/// What a command run inside a container (`kubectl exec`, an exec probe) printed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code.
    pub code: i32,
}

/// What a container uses by itself from an instant on, when nothing limits it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    /// Millionths of a core.
    pub cpu: i64,
    /// Bytes of working set.
    pub memory: i64,
    /// By how many bytes the working set grows in a second.
    pub growth: i64,
    /// CPU time of one request in nanoseconds; `None` for what the image is known for.
    pub cost: Option<i64>,
    /// When this changes by itself.
    pub until: Option<Time>,
}

/// What a container does. Programs are stateless; what one remembers between its turns it keeps in
/// [`Process::memory`], which every restart clears.
pub trait Program {
    /// Its name, for explanations.
    fn name(&self) -> &'static str;

    /// Why it cannot be started at all, as the container runtime tells.
    fn unstartable(&self) -> Option<String> {
        None
    }

    /// The process has just started.
    fn start(&self, _process: &Process<'_>) -> Next {
        Next::Forever
    }

    /// The instant it asked for with [`Next::At`] has come.
    fn resume(&self, _process: &Process<'_>) -> Next {
        Next::Forever
    }

    /// Answers a request to one of its ports.
    fn serve(&self, _process: &Process<'_>, _request: &http::Request) -> http::Served {
        http::Served::Answer(200, String::new())
    }

    /// Answers a probe (`probe` is its spec): a request to [`Program::serve`] or a command for [`Program::exec`].
    fn probe(&self, process: &Process<'_>, kind: ProbeKind, probe: &Value) -> Health {
        plain::ask(self, process, kind, probe)
    }

    /// SIGTERM has arrived. Most servers end at once.
    fn terminate(&self, _process: &Process<'_>) -> OnTerm {
        OnTerm::Exit(Duration::from_millis(100), 0)
    }

    /// A command run in the container beside the program.
    fn exec(&self, process: &Process<'_>, argv: &[String], stdin: &str) -> Output {
        shell::exec(process, argv, stdin)
    }

    /// What it uses now, beside what requests cost; `None` for what its image and command line are known for.
    fn usage(&self, _process: &Process<'_>) -> Option<Usage> {
        None
    }
}
