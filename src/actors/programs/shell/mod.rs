//! Commands in containers: `sh -c` scripts and the usual small tools.
//!
//! A script is run on paper when the container starts ([`run::plan`]); the process then prints and ends at the instants
//! found. What a script asks of others (a loop of wget) is load, and `actors::load` reads it from the command line.

mod run;
mod syntax;
mod tools;

use super::{Next, OnTerm, Output, Process, Program};
use crate::catalog::images::Image;
use crate::json;
use crate::machinery::{Duration, Time};
use run::{End, Plan};
use syntax::{List, Node, Word};

/// Names that stand for commands also in images that have programs of their own.
const TOOLS: [&str; 14] = [
    "sh", "bash", "ash", "sleep", "echo", "date", "cat", "yes", "tail", "wget", "curl", "env", "true",
    "false",
];

/// A script as the container's process.
pub(super) struct Script(List);

impl Script {
    /// Tells a script by its command line: a shell with `-c`, or one of the small tools.
    pub(super) fn recognize(process: &Process<'_>, image: &Image) -> Option<Box<dyn Program>> {
        let argv = process.argv();
        let name = argv.first()?.rsplit('/').next()?;
        if !TOOLS.contains(&name) && !image.small_tools_only {
            return None;
        }
        // The arguments of a tool image go to its entry point.
        if process.container.items_at("command").is_empty() && name.starts_with('-') {
            return None;
        }
        Some(Box::new(Script(vec![simple(&argv)])))
    }

    /// A shell without a script: ends at once.
    pub(super) fn nothing() -> Script {
        Script(Vec::new())
    }

    /// Prints what is due and tells what comes next.
    fn turn(&self, process: &Process<'_>) -> Next {
        let mut memory = process.memory();
        let plan = run::plan(&self.0, &Process { started: process.started, ..*process }, "");
        let done = memory.int_at("done").unwrap_or(0);
        let turns = memory.int_at("turns").unwrap_or(0);
        let now = process.now();
        let (instants, end) = schedule(&plan, process.started, turns);
        let mut at = done;
        while let Some((time, text)) = instants.get(at as usize).filter(|(time, _)| *time <= now) {
            let _ = time;
            process.log(text.trim_end_matches('\n'));
            at += 1;
        }
        let next = match instants.get(at as usize) {
            Some((time, _)) => Next::At(*time),
            None => match end {
                End::Exit(after, code) if process.started + after <= now => Next::Exit(code),
                End::Exit(after, _) => Next::At(process.started + after),
                End::Never => Next::Forever,
                End::Repeats(..) => {
                    memory = json!({"done": 0, "turns": (turns + 1)});
                    at = 0;
                    let (instants, _) = schedule(&plan, process.started, turns + 1);
                    match instants.first() {
                        Some((time, _)) => Next::At((*time).max(now + Duration::from_nanos(1))),
                        None => Next::Forever,
                    }
                }
            },
        };
        if memory.is_null() {
            memory = json!({"turns": turns});
        }
        memory.set("done", at);
        if !matches!(next, Next::Forever | Next::Exit(_)) || turns > 0 {
            process.remember(memory);
        }
        next
    }
}

/// The instants at which a plan prints, in a given turn of its loop.
fn schedule(plan: &Plan, started: Time, turn: i64) -> (Vec<(Time, &str)>, End) {
    let (from, shift) = match plan.end {
        End::Repeats(from, period) if turn > 0 => {
            (from, Duration::from_nanos((period.as_nanos() as i64).saturating_mul(turn)))
        }
        _ => (Duration::ZERO, Duration::ZERO),
    };
    let due = plan.output.iter().filter(|(at, _)| *at >= from);
    (due.map(|(at, text)| (started + *at + shift, text.as_str())).collect(), plan.end)
}

impl Program for Script {
    fn name(&self) -> &'static str {
        "shell"
    }

    fn start(&self, process: &Process<'_>) -> Next {
        self.turn(process)
    }

    fn resume(&self, process: &Process<'_>) -> Next {
        self.turn(process)
    }

    /// A shell as process 1 does not die of SIGTERM.
    fn terminate(&self, _process: &Process<'_>) -> OnTerm {
        OnTerm::Ignores
    }
}

/// Runs a command in a container beside its program.
pub fn exec(process: &Process<'_>, argv: &[String], stdin: &str) -> Output {
    let plan = run::plan(&vec![simple(argv)], process, stdin);
    let code = match plan.end {
        End::Exit(_, code) => code,
        _ => 0,
    };
    let text: String = plan.output.into_iter().map(|(_, text)| text).collect();
    if code == 0 {
        Output { stdout: text, ..Output::default() }
    } else {
        Output { stderr: text, code, ..Output::default() }
    }
}

fn simple(argv: &[String]) -> Node {
    Node::Simple(argv.iter().map(|word| Word(vec![(word.clone(), false)])).collect())
}
