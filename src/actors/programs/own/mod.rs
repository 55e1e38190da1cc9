//! Programs of the users' own: what an annotation of the pod or a Program resource says.

mod find;
mod pattern;
mod spec;

pub(super) use find::Own;

use super::http::{Request, Served};
use super::process::expand;
use super::{Health, Next, OnTerm, ProbeKind, Process, Program, Usage, plain};
use crate::machinery::{Duration, Time, Value};
use spec::{Line, Spec};

/// Lines repeat at most this often: a log is no load.
const SHORTEST_PERIOD: Duration = Duration::from_secs(1);

impl Own {
    /// When this run ends, with which code and what last line.
    fn end(&self, process: &Process<'_>) -> Option<(Time, i32, &str)> {
        let Spec { crash, exit, .. } = &self.spec;
        let crash = crash.as_ref().filter(|c| c.times.is_none_or(|times| process.restarts < times));
        let crash = crash.map(|c| (process.started + c.after, c.code, c.message.as_str()));
        let exit = exit.as_ref().map(|e| (process.started + e.after, e.code, ""));
        crash.into_iter().chain(exit).min_by_key(|(at, ..)| *at)
    }

    /// Prints what is due since the last turn, and says when the next turn is.
    fn turn(&self, process: &Process<'_>) -> Next {
        let (now, before) = (process.now(), process.memory().int_at("now").map(Time));
        let mut next: Option<Time> = None;
        let mut due: Vec<(Time, &str)> = Vec::new();
        for line in &self.spec.logs {
            let (last, coming) = instants(line, process.started, now);
            due.extend(last.filter(|at| before.is_none_or(|b| *at > b)).map(|at| (at, line.text.as_str())));
            next = next.into_iter().chain(coming).min();
        }
        due.sort_by_key(|(at, _)| *at);
        for (_, text) in due {
            process.log(&self.text(process, text));
        }
        if !self.spec.logs.is_empty() {
            // Files that a shell beside it wrote are kept there too.
            let mut memory = process.memory();
            memory.set("now", now.0);
            process.remember(memory);
        }
        match self.end(process) {
            Some((at, code, message)) if at <= now => {
                if !message.is_empty() {
                    process.log(&self.text(process, message));
                }
                Next::Exit(code)
            }
            end => {
                let next = next.into_iter().chain(end.map(|(at, ..)| at)).min();
                next.map_or(Next::Forever, Next::At)
            }
        }
    }

    /// A text with `$(VAR)` replaced, as in a container's command.
    fn text(&self, process: &Process<'_>, text: &str) -> String {
        if !text.contains("$(") {
            return text.to_string();
        }
        let variables = process.variables();
        expand(text, |name| variables.get(name))
    }

    fn ready_at(&self, process: &Process<'_>) -> Time {
        process.started + self.spec.ready_after
    }
}

/// The last instant at which a line was due by now, and the next one.
fn instants(line: &Line, started: Time, now: Time) -> (Option<Time>, Option<Time>) {
    let first = started + line.after;
    if first > now {
        return (None, Some(first));
    }
    let Some(every) = line.every else { return (Some(first), None) };
    let every = every.max(SHORTEST_PERIOD);
    let turns = now.since(first).as_nanos().max(0) / every.as_nanos().max(1);
    let last = first + every * i32::try_from(turns).unwrap_or(i32::MAX);
    (Some(last), Some(last + every))
}

impl Program for Own {
    fn name(&self) -> &'static str {
        "own program"
    }

    fn start(&self, process: &Process<'_>) -> Next {
        self.turn(process)
    }

    fn resume(&self, process: &Process<'_>) -> Next {
        self.turn(process)
    }

    fn serve(&self, process: &Process<'_>, request: &Request) -> Served {
        let Some(http) = &self.spec.http else { return Served::Refused };
        if http.port.is_some_and(|port| port != request.port) || process.now() < self.ready_at(process) {
            return Served::Refused;
        }
        let route = request.route();
        let Some(path) = http.paths.iter().find(|p| p.is_for(route)) else {
            // Where single paths are told, the others are not there.
            let missing = !http.paths.is_empty() && http.body.is_none() && http.status.is_none();
            let (status, body) = if missing { (404, "404 page not found\n") } else { (200, "OK\n") };
            let body = http.body.as_deref().unwrap_or(body);
            return Served::Answer(http.status.unwrap_or(status), self.text(process, body));
        };
        if path.fails_after.is_some_and(|after| process.now() >= process.started + after) {
            return Served::Answer(500, "Internal Server Error\n".into());
        }
        let body = path.body.as_deref().unwrap_or("OK\n");
        Served::Answer(path.status.unwrap_or(200), self.text(process, body))
    }

    fn probe(&self, process: &Process<'_>, kind: ProbeKind, probe: &Value) -> Health {
        // Without anything said of HTTP it passes what is asked, once it is ready.
        let speaks = self.spec.http.is_some() || !probe.items_at("exec/command").is_empty();
        let mut health = match speaks {
            true => plain::ask(self, process, kind, probe),
            false if process.now() < self.ready_at(process) => Health::bad(plain::refused(process, probe)),
            false => Health::GOOD,
        };
        let route = probe.str_at("httpGet/path");
        let path = self.spec.http.iter().flat_map(|http| &http.paths).find(|p| p.is_for(route));
        if let Some(after) = path.and_then(|p| p.fails_after).filter(|_| health.failure.is_none()) {
            health = health.until(process.started + after);
        }
        health
    }

    fn terminate(&self, _process: &Process<'_>) -> OnTerm {
        match &self.spec.shutdown {
            Some(shutdown) if shutdown.ignored => OnTerm::Ignores,
            Some(shutdown) => OnTerm::Exit(shutdown.after, shutdown.code),
            None => OnTerm::Exit(Duration::from_millis(100), 0),
        }
    }

    fn usage(&self, _process: &Process<'_>) -> Option<Usage> {
        let Spec { cpu, memory, growth_per_minute, http, .. } = &self.spec;
        Some(Usage {
            cpu: *cpu,
            memory: *memory,
            growth: *growth_per_minute / 60,
            cost: http.as_ref().and_then(|http| http.cost).map(|cost| cost.as_nanos() as i64),
            until: None,
        })
    }
}
