//! Evicting pods: all at once, those a budget protects again every five seconds, until they are gone.

use super::super::report::DryRun;
use super::super::{Failure, Kubectl};
use crate::api::{ApiError, DeleteOptions, Reason, Server};
use crate::cli::waiting::{self, Bound, Ended};
use crate::machinery::duration::{go_duration, parse_duration};
use crate::machinery::{Duration, Object, Time};
use std::cell::RefCell;
use std::ops::ControlFlow;

const RETRY: Duration = Duration::from_secs(5);

struct Eviction<'a, 's> {
    k: &'a Kubectl<'s>,
    dry_run: DryRun,
    deletes: bool,
    options: DeleteOptions,
}

/// Evicts pods and waits until they are gone; `Err` tells what could not be done.
pub(super) fn all(k: &Kubectl<'_>, node: &str, pods: &[Object], dry_run: DryRun) -> Result<(), Vec<String>> {
    let grace = k.flags.int("grace-period");
    let eviction = Eviction {
        k,
        dry_run,
        deletes: k.flags.bool("disable-eviction"),
        options: DeleteOptions {
            grace_period_seconds: Some(grace).filter(|g| *g >= 0),
            dry_run: dry_run == DryRun::Server,
            ..DeleteOptions::default()
        },
    };
    let failed = |f: Failure| match f {
        Failure::Message(text) | Failure::Raw(text) => vec![text],
        Failure::Api(e) => vec![e.message],
        _ => Vec::new(),
    };
    let problems = eviction.run(pods).map_err(failed)?;
    if problems.is_empty() {
        return Ok(());
    }
    k.eprintln(&format!(
        "There are pending pods in node \"{node}\" when an error occurred: {}",
        super::shown(&problems)
    ));
    if let Ok(api) = k.api() {
        for pod in pods.iter().filter(|pod| there(api, pod)) {
            k.eprintln(&format!("pod/{}", pod.name()));
        }
    }
    Err(problems)
}

fn there(api: &Server, pod: &Object) -> bool {
    api.find("pods", pod.namespace(), pod.name()).is_some_and(|p| p.uid() == pod.uid())
}

impl Eviction<'_, '_> {
    fn run(&self, pods: &[Object]) -> Result<Vec<String>, Failure> {
        let k = self.k;
        let timeout = parse_duration(k.flags.str("timeout")).ok().filter(|t| t.as_secs() > 0);
        let end: Option<Time> = timeout.map(|t| k.api().map(|api| api.now().truncated() + t)).transpose()?;
        let mut refused: Vec<&Object> = pods.iter().collect();
        let mut going: Vec<&Object> = Vec::new();
        let mut problems = Vec::new();
        loop {
            let late = timeout.filter(|_| end.zip(k.api().ok()).is_some_and(|(end, api)| api.now() >= end));
            for pod in std::mem::take(&mut refused) {
                let verb = if self.deletes { "deleting" } else { "evicting" };
                k.println(&format!("{verb} pod {}{}", pod.key(), self.dry_run.suffix()));
                if let Some(timeout) = late {
                    problems.push(format!(
                        "{}: global timeout reached: {}",
                        about(pod),
                        go_duration(timeout)
                    ));
                    continue;
                }
                match self.attempt(pod) {
                    Ok(()) => going.push(pod),
                    Err(e) if e.reason == Reason::NotFound => {}
                    Err(e) if e.reason == Reason::TooManyRequests => {
                        k.eprintln(&format!("{} (will retry after 5s): {}", about(pod), e.message));
                        refused.push(pod);
                    }
                    Err(e) => problems.push(format!("{}: {}", about(pod), e.message)),
                }
            }
            if self.dry_run != DryRun::None {
                going.clear();
            }
            if refused.is_empty() && going.is_empty() {
                return Ok(problems);
            }
            if let Some(timeout) = late {
                problems.extend(going.iter().map(|pod| {
                    format!(
                        "error when waiting for pod \"{}\" in namespace \"{}\" to terminate: global timeout reached: {}",
                        pod.name(),
                        pod.namespace(),
                        go_duration(timeout)
                    )
                }));
                return Ok(problems);
            }
            // One that was refused sleeps its five seconds before it sees that time is up.
            let left = end.map(|end| Ok::<_, Failure>(end.since(k.api()?.now()))).transpose()?;
            let bound = match left {
                _ if !refused.is_empty() => Bound::For(RETRY),
                None => Bound::UntilTrue,
                Some(left) => Bound::For(left),
            };
            if self.wait(&mut going, refused.is_empty(), bound)? == Ended::Interrupted {
                return Err(Failure::Exit(130));
            }
        }
    }

    fn attempt(&self, pod: &Object) -> Result<(), ApiError> {
        if self.dry_run == DryRun::Client {
            return Ok(());
        }
        let api = self.k.api().map_err(|_| ApiError::internal("no server"))?;
        if self.deletes {
            let pods = api.resource("pods").ok_or_else(ApiError::no_such_resource)?;
            return api.remove(&pods, pod.namespace(), pod.name(), &self.options).map(|_| ());
        }
        api.evict(pod.namespace(), pod.name(), &self.options)
    }

    /// Until all that go are gone (when nothing else is left to do), saying of each when it is.
    fn wait(&self, going: &mut Vec<&Object>, alone: bool, bound: Bound) -> Result<Ended, Failure> {
        let k = self.k;
        let verb = if self.deletes { "deleted" } else { "evicted" };
        let left = RefCell::new(going);
        let ended = waiting::wait(k.session, k.cluster()?, bound, &mut |api, _| {
            left.borrow_mut().retain(|pod| {
                let stays = there(api, pod);
                if !stays {
                    k.println(&format!("pod/{} {verb}", pod.name()));
                }
                stays
            });
            match alone && left.borrow().is_empty() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        Ok(ended)
    }
}

fn about(pod: &Object) -> String {
    format!("error when evicting pods/\"{}\" -n \"{}\"", pod.name(), pod.namespace())
}
