//! The pods of a node in a simulation, and what they come to.

use super::pod::Pod;
use crate::actors::control_plane::scheduler::Resources;
use std::sync::{Arc, OnceLock};

/// A pod on a node. Pods that moved there stand behind those that were there, in the order of their moves.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The pod.
    pub pod: Arc<Pod>,
    /// The number of its move; 0 for one that has not moved.
    pub moved: u64,
}

impl Placed {
    fn rank(&self) -> (u64, usize, &Arc<str>) {
        (self.moved, self.pod.position, self.pod.key())
    }
}

/// Pods in the order in which passes go through them.
#[derive(Clone, Debug, Default)]
pub struct Residents {
    placed: Vec<Placed>,
    load: OnceLock<Load>,
}

impl Residents {
    /// Puts a pod in its place. It must not be there yet.
    pub fn insert(&mut self, placed: Placed) {
        let at = self.placed.partition_point(|other| other.rank() < placed.rank());
        self.placed.insert(at, placed);
        self.load.take();
    }

    /// Takes a pod away.
    pub fn remove(&mut self, key: &str) -> Option<Placed> {
        let at = self.placed.iter().position(|p| **p.pod.key() == *key)?;
        self.load.take();
        Some(self.placed.remove(at))
    }

    /// The pods.
    pub fn pods(&self) -> impl ExactSizeIterator<Item = &Arc<Pod>> {
        self.placed.iter().map(|p| &p.pod)
    }

    /// What they ask for; worked out once until they change.
    pub fn load(&self) -> &Load {
        self.load.get_or_init(|| Load::of(self.pods()))
    }
}

/// What pods ask for, by what they are.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// Of pods that stay for now, by whether they are a DaemonSet's and whether they are mirrors.
    staying: [[Resources; 2]; 2],
    /// Pods that are being deleted: whether they still count is a matter of time.
    leaving: Vec<Arc<Pod>>,
    /// Whether any pod does not belong to its node.
    any_guest: bool,
}

impl Load {
    fn of<'p>(pods: impl Iterator<Item = &'p Arc<Pod>>) -> Load {
        let mut load = Load::default();
        for pod in pods {
            load.any_guest |= !pod.belongs_to_node();
            match pod.is_leaving() {
                true => load.leaving.push(pod.clone()),
                false => {
                    let sum = &mut load.staying[usize::from(pod.is_daemon())][usize::from(pod.is_mirror())];
                    sum.add(&pod.pending.info.requests);
                }
            }
        }
        load
    }

    /// Whether all the pods belong to their node.
    pub fn is_bare(&self) -> bool {
        !self.any_guest
    }

    /// The sum of one resource over the pods that `counts` admits by whether they are a DaemonSet's and whether they are
    /// mirrors. Of those that are being deleted `still` decides one by one.
    pub fn sum(
        &self,
        resource: &str,
        counts: impl Fn(bool, bool) -> bool,
        still: impl Fn(&Pod) -> bool,
    ) -> i64 {
        let kinds = [(false, false), (false, true), (true, false), (true, true)];
        let staying = kinds.iter().filter(|(daemon, mirror)| counts(*daemon, *mirror));
        let staying =
            staying.map(|(daemon, mirror)| &self.staying[usize::from(*daemon)][usize::from(*mirror)]);
        let leaving = self.leaving.iter().filter(|p| counts(p.is_daemon(), p.is_mirror()) && still(p));
        let leaving = leaving.map(|p| &p.pending.info.requests);
        staying.chain(leaving).map(|requests| requests.get(resource)).sum()
    }
}
