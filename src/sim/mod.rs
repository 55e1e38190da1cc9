//! Floor 4: the engine. It pops the next instant from the agenda, lets the actors due then act, shows their writes to
//! the other actors, and goes on until nothing is due before the target.

mod roster;

use crate::actors::{Actor, Ctx, latency};
use crate::api::Server;
use crate::json;
use crate::machinery::{Duration, KubeVersion, Time, backoff};
use crate::store::{Change, Wake};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

pub use roster::actors;

/// How far a command may let the control plane react before it returns: controllers answer within milliseconds, so a
/// `get` after an `apply` sees their work.
const REACTION: Duration = Duration::from_millis(400);

/// What an actor names to see the changes of every resource.
const EVERYTHING: &str = "*";

/// The actors of a cluster on its agenda.
pub struct Engine<'a> {
    api: &'a Server,
    actors: Vec<Box<dyn Actor>>,
    by_name: BTreeMap<&'static str, usize>,
    /// The version they were started with.
    version: KubeVersion,
    watchers: BTreeMap<&'static str, Vec<usize>>,
}

impl<'a> Engine<'a> {
    /// An engine with every actor of the product.
    pub fn new(api: &'a Server) -> Engine<'a> {
        Engine::with(api, roster::actors())
    }

    /// An engine with some actors only.
    pub fn with(api: &'a Server, actors: Vec<Box<dyn Actor>>) -> Engine<'a> {
        let mut watchers: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        let mut by_name = BTreeMap::new();
        for (i, actor) in actors.iter().enumerate() {
            by_name.insert(actor.name(), i);
            for resource in actor.watches() {
                watchers.entry(resource).or_default().push(i);
            }
        }
        Engine { api, actors, by_name, version: api.version(), watchers }
    }

    /// Shows the changes made since the last call to the actors that watch for them, and returns them.
    pub fn dispatch(&mut self) -> Vec<Change> {
        let changes = self.api.store().take_changes();
        for change in &changes {
            let interested =
                self.watchers.get(change.resource.as_ref()).into_iter().chain(self.watchers.get(EVERYTHING));
            for &i in interested.flatten() {
                let ctx = Ctx::new(self.api, self.actors[i].as_ref());
                self.actors[i].react(change, &ctx);
            }
        }
        changes
    }

    /// Runs until the clock shows `target`, at most [`Time::END`].
    pub fn run_until(&mut self, target: Time) {
        let _ = self.watch_until(target, &mut |_| ControlFlow::Continue(()));
    }

    /// Runs until the clock shows `target` or the observer, which sees every batch of changes at the instant it
    /// happens, has seen enough; the clock then stays at that instant.
    pub fn watch_until(
        &mut self,
        target: Time,
        observe: &mut dyn FnMut(&[Change]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let target = target.min(Time::END);
        self.work_off(target, observe)?;
        self.api.advance_to(target);
        ControlFlow::Continue(())
    }

    /// Does what is due until an instant; the clock stays where the last of it happened.
    fn work_off(
        &mut self,
        until: Time,
        observe: &mut dyn FnMut(&[Change]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let changes = self.dispatch();
        if !changes.is_empty() {
            observe(&changes)?;
        }
        while let Some(wake) = self.api.store().pop_wake(until) {
            self.api.advance_to(wake.time);
            self.reconcile(&wake);
            self.restart_if_upgraded();
            let changes = self.dispatch();
            if !changes.is_empty() {
                observe(&changes)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Lets the control plane answer what a command wrote. The clock moves by milliseconds and never into the next
    /// second: ticks start and end on whole seconds, so commands, however many, do not add up to time.
    pub fn settle(&mut self) {
        let _ = self.watch_settle(&mut |_| ControlFlow::Continue(()));
    }

    /// As [`Engine::settle`], under the eyes of an observer, until it has seen enough.
    pub fn watch_settle(&mut self, observe: &mut dyn FnMut(&[Change]) -> ControlFlow<()>) -> ControlFlow<()> {
        let now = self.api.now();
        let last = now.truncated() + Duration::from_millis(999);
        self.work_off((now + REACTION).min(last), observe)
    }

    fn reconcile(&mut self, wake: &Wake) {
        // A wake of an actor this program no longer has is dropped.
        let Some(&i) = self.by_name.get(wake.actor.as_ref()) else { return };
        let ctx = Ctx::new(self.api, self.actors[i].as_ref());
        match self.actors[i].reconcile(&wake.key, &ctx) {
            Ok(()) => self.forget_failures(wake),
            Err(_) => self.retry(wake),
        }
    }

    /// A new control plane knows what is written down and nothing else.
    fn restart_if_upgraded(&mut self) {
        if self.version == self.api.version() {
            return;
        }
        self.version = self.api.version();
        for fresh in roster::actors() {
            if let Some(&i) = self.by_name.get(fresh.name()) {
                self.actors[i] = fresh;
            }
        }
    }

    fn retry(&self, wake: &Wake) {
        let key = failure_key(wake);
        let store = self.api.store();
        let failures = store.memory("work-queue", &key).as_i64().unwrap_or(0);
        let delay = backoff::exponential(latency::RETRY_BASE, failures as u32, latency::RETRY_MAX);
        store.remember("work-queue", &key, failures + 1);
        store.wake(&wake.actor, wake.rank, &wake.key, self.api.now() + delay);
    }

    fn forget_failures(&self, wake: &Wake) {
        let key = failure_key(wake);
        if !self.api.store().memory("work-queue", &key).is_null() {
            self.api.store().remember("work-queue", &key, json!(null));
        }
    }
}

fn failure_key(wake: &Wake) -> String {
    format!("{} {}", wake.actor, wake.key)
}

#[cfg(test)]
mod tests;
