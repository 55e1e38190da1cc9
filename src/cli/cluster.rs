//! An open cluster: the store of the current context with its API server, and the engine when time has to pass.

use super::Inhabitants;
use super::home::Home;
use super::siblings;
use crate::api::Server;
use crate::machinery::{Duration, Time, time};
use crate::sim::Engine;
use crate::store::{Access, Change, ClockMode, Store, StoreError};
use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::Path;

/// A cluster a command works on.
pub struct Cluster {
    /// Its API server.
    pub api: Server,
    inhabitants: Inhabitants,
    /// The revision up to which the control plane has answered, once time has passed to its end.
    answered: Cell<Option<u64>>,
}

impl Cluster {
    /// Opens a cluster file. In step and real mode the clock moves first, whatever the command does.
    pub fn open(path: &Path, access: Access) -> Result<Cluster, StoreError> {
        if access == Access::Write {
            siblings::let_begin();
        }
        Cluster::enter(Store::open(path, access)?)
    }

    /// As [`Cluster::open`], with a file that is open already.
    pub fn enter(store: Store) -> Result<Cluster, StoreError> {
        if store.meta().clock == ClockMode::Manual {
            return Ok(Cluster::at(store));
        }
        let cluster = Cluster::at(store.turned_to(Access::Write)?);
        if let Some(target) = cluster.clock_target() {
            cluster.engine().run_until(target);
            cluster.api.store().commit()?;
        }
        Ok(cluster)
    }

    /// A cluster over the store of its file. The account's file stands beside the directory of the clusters' files.
    fn at(store: Store) -> Cluster {
        let home = store.path().parent().and_then(Path::parent).map(Path::to_path_buf);
        let cluster = Cluster::over(store);
        if let Some(dir) = home {
            cluster.api.lives_in(Home { dir }.account_file());
        }
        cluster
    }

    /// A cluster over a store that is open already.
    pub fn over(store: Store) -> Cluster {
        let inhabitants = Inhabitants::default();
        let api = Server::new(store);
        api.aggregate((inhabitants.metrics)());
        Cluster { api, inhabitants, answered: Cell::new(None) }
    }

    /// The cluster with others in it.
    pub fn inhabited(self, inhabitants: Inhabitants) -> Cluster {
        self.api.aggregate((inhabitants.metrics)());
        Cluster { inhabitants, ..self }
    }

    /// The engine that lets this cluster's time pass.
    pub fn engine(&self) -> Engine<'_> {
        Engine::with(&self.api, (self.inhabitants.actors)())
    }

    /// Where the clock mode says the clock should be by now.
    fn clock_target(&self) -> Option<Time> {
        let meta = self.api.store().meta();
        match meta.clock {
            ClockMode::Manual => None,
            ClockMode::Step(step) => Some(meta.now.truncated() + step),
            ClockMode::Real { speed, wall, at } => {
                let elapsed = time::wall_clock().since(wall).as_secs_f64() * speed;
                Some(at + Duration::from_secs(elapsed.max(0.0) as i64))
            }
        }
    }

    /// Time has passed to a whole second: until this command writes again there is nothing to answer.
    pub fn has_answered(&self) {
        self.answered.set(Some(self.api.store().meta().revision));
    }

    /// Ends a command that wrote: the control plane answers, and everything is committed at once.
    pub fn finish(&self) -> Result<(), StoreError> {
        self.finish_watched(&mut |_| ControlFlow::Continue(())).map(drop)
    }

    /// As [`Cluster::finish`], while someone watches; answers whether they have seen what they waited for.
    pub fn finish_watched(
        &self,
        observe: &mut dyn FnMut(&[Change]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreError> {
        if self.api.store().access() == Access::Read {
            return Ok(ControlFlow::Continue(()));
        }
        let revision = self.api.store().meta().revision;
        let seen = match self.answered.get() == Some(revision) {
            true => ControlFlow::Continue(()),
            false => self.engine().watch_settle(observe),
        };
        self.api.store().commit()?;
        Ok(seen)
    }
}
