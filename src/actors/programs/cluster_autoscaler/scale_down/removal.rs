//! Would everything on a node find a place elsewhere?

use super::budgets::Budgets;
use super::drain_rules::{Blocker, Controllers, Fate, fate};
use crate::actors::programs::cluster_autoscaler::flags::Flags;
use crate::actors::programs::cluster_autoscaler::journal::{Journal, Quota};
use crate::actors::programs::cluster_autoscaler::pod::Pod;
use crate::actors::programs::cluster_autoscaler::simulation::Simulation;
use crate::machinery::Time;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where pods found their place the last time; it is tried first.
pub type Hints = BTreeMap<Arc<str>, Arc<str>>;

/// A node that could go.
#[derive(Clone, Debug)]
pub struct Removable {
    /// The pods that would have to move.
    pub to_move: Vec<Arc<Pod>>,
    /// Its pods need more of a disruption budget than is left.
    pub risky: bool,
}

/// Why a node cannot go.
#[derive(Clone, Debug)]
pub enum Unremovable {
    /// A pod holds it.
    Blocked(Arc<Pod>, Blocker),
    /// Only so many of its pods, out of so many, found a place.
    NoPlace(usize, usize),
}

/// What a pass over the nodes works with.
pub struct Pass<'a> {
    /// Flags.
    pub flags: &'a Flags,
    /// The objects that make pods.
    pub controllers: &'a dyn Controllers,
    /// The cluster; pods of nodes that could go are moved in it.
    pub simulation: &'a mut Simulation,
    /// What disruption budgets still allow.
    pub budgets: &'a mut Budgets,
    /// Where pods went before.
    pub hints: &'a mut Hints,
    /// How many lines about pods may be written.
    pub quota: Quota,
    /// The instant.
    pub now: Time,
}

/// Pods that move, and pods that stay with their node.
type Sorted = (Vec<Arc<Pod>>, Vec<Arc<Pod>>);

/// The pods of a node that would move and those that belong to it; or the one that holds it.
pub fn pods_to_move(
    pods: Vec<Arc<Pod>>,
    budgets: &Budgets,
    controllers: &dyn Controllers,
    flags: &Flags,
    now: Time,
) -> Result<Sorted, (Arc<Pod>, Blocker)> {
    let (mut to_move, mut daemons) = (Vec::new(), Vec::new());
    for pod in pods {
        match fate(&pod, budgets, controllers, flags, now) {
            Fate::Ignored => {}
            Fate::Daemon => daemons.push(pod),
            Fate::Moved => to_move.push(pod),
            Fate::Blocks(blocker) => return Err((pod, blocker)),
        }
    }
    Ok((to_move, daemons))
}

impl Pass<'_> {
    /// Tries to empty a node onto the nodes that `takes` admits. On success the pods stay where they went, and the
    /// budgets are spent; otherwise nothing has changed.
    pub fn remove(
        &mut self,
        node: &str,
        takes: &dyn Fn(&str) -> bool,
        journal: &mut Journal,
    ) -> Result<Removable, Unremovable> {
        let pods = self.simulation.pods_on(node);
        let (to_move, _) = pods_to_move(pods, self.budgets, self.controllers, self.flags, self.now)
            .map_err(|(pod, blocker)| Unremovable::Blocked(pod, blocker))?;
        let taken: Vec<_> = to_move.iter().filter_map(|pod| self.simulation.take_off(pod.key())).collect();
        let mut placed = 0;
        for pod in &to_move {
            let suits = |name: &str| name != node && takes(name);
            let Some(place) = self.find_place(pod, &suits) else {
                if journal.keeps(4) && self.quota.take() {
                    let (key, name) = (pod.key(), pod.name());
                    let text = format!("failed to find place for {key}: cannot put pod {name} on any node");
                    journal.info(4, "klogx.go:87", text);
                }
                break;
            };
            if journal.keeps(4) && self.quota.take() {
                journal.info(4, "klogx.go:87", format!("Pod {} can be moved to {place}", pod.key()));
            }
            self.simulation.move_to(pod, &place);
            self.hints.insert(pod.key().clone(), place);
            placed += 1;
        }
        if placed < to_move.len() {
            taken.into_iter().for_each(|pod| self.simulation.put_back(pod, node));
            return Err(Unremovable::NoPlace(placed, to_move.len()));
        }
        let risky = !self.budgets.allow_at_once(&to_move);
        self.budgets.spend(&to_move);
        Ok(Removable { to_move, risky })
    }

    fn find_place(&mut self, pod: &Pod, suits: &dyn Fn(&str) -> bool) -> Option<Arc<str>> {
        if let Some(hint) = self.hints.get(pod.key()).cloned()
            && suits(&hint)
            && self.simulation.node(&hint).is_some()
            && self.simulation.fits(pod, &hint).is_ok()
        {
            return Some(hint);
        }
        self.simulation.find_node(pod, suits)
    }
}
