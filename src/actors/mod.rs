//! Floor 3: everything that acts over time: the control plane, the nodes, the programs in containers, the cloud.
//!
//! An [`Actor`] is a level-triggered reconciler. It sees changes ([`Actor::react`]) and marks keys; later it makes each
//! marked key right ([`Actor::reconcile`]), reading and writing through the API like everyone else. It keeps nothing
//! that it could not rebuild: what must survive is an object, or a memory in the store.

pub mod cloud;
pub mod control_plane;
pub mod faults;
pub mod latency;
pub mod load;
pub mod node;
pub mod programs;

use crate::api::{ApiError, Server};
use crate::machinery::{Duration, Time, Value};
use crate::store::{Change, Remembered};
use std::rc::Rc;

/// Something that acts over time.
pub trait Actor {
    /// Its name in the agenda and in the timeline (`deployment-controller`).
    fn name(&self) -> &'static str;

    /// Order among actors due at the same instant; lower goes first.
    fn rank(&self) -> u8;

    /// The resources whose changes it wants to see (`deployments.apps`); `*` for all.
    fn watches(&self) -> &'static [&'static str];

    /// Marks the keys that a change concerns. Writes nothing.
    fn react(&mut self, change: &Change, ctx: &Ctx<'_>);

    /// Makes one key right. An error is tried again with exponential back-off, as a controller's work queue does.
    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError>;
}

/// What an actor works with: the API, the clock, its place in the agenda, its memory.
pub struct Ctx<'a> {
    /// The API server.
    pub api: &'a Server,
    name: &'static str,
    rank: u8,
}

impl<'a> Ctx<'a> {
    /// The context of one actor.
    pub fn new(api: &'a Server, actor: &dyn Actor) -> Ctx<'a> {
        Ctx { api, name: actor.name(), rank: actor.rank() }
    }

    /// The instant on the cluster's clock.
    pub fn now(&self) -> Time {
        self.api.now()
    }

    /// Marks a key: it is reconciled after the actor's usual latency.
    pub fn wake(&self, key: &str) {
        self.wake_in(key, latency::sync(self.name));
    }

    /// As [`Ctx::wake`], for a key whose reconcile looks at `n` objects: see [`latency::gathering`].
    pub fn wake_gathering(&self, key: &str, n: usize) {
        self.wake_in(key, latency::gathering(self.name, n));
    }

    /// Has a key reconciled after a while. One wake is pending a key, and the earlier one wins: a reconcile that still
    /// needs a later wake asks for it again.
    pub fn wake_in(&self, key: &str, after: Duration) {
        self.wake_at(key, self.now() + after);
    }

    /// Has a key reconciled at an instant.
    pub fn wake_at(&self, key: &str, at: Time) {
        self.api.store().wake(self.name, self.rank, key, at.max(self.now()));
    }

    /// Drops the pending wake of a key.
    pub fn forget_wake(&self, key: &str) {
        self.api.store().cancel_wake(self.name, key);
    }

    /// What this actor remembers of a key; null when nothing.
    pub fn memory(&self, key: &str) -> Value {
        self.api.store().memory(self.name, key)
    }

    /// Replaces what this actor remembers of a key; null forgets it.
    pub fn remember(&self, key: &str, memory: impl Into<Value>) {
        self.api.store().remember(self.name, key, memory);
    }

    /// What this actor remembers of a key, in the shape it gave it.
    pub fn recall<T: Remembered>(&self, key: &str) -> Option<Rc<T>> {
        self.api.store().recall(self.name, key)
    }

    /// As [`Ctx::remember`], for what has a shape of its own.
    pub fn keep<T: Remembered>(&self, key: &str, memory: T) {
        self.api.store().keep(self.name, key, memory);
    }
}
