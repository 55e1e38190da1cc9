//! What to do about a DaemonSet, from its spec, the nodes, its pods and the clock alone.

use super::nodes::{Fit, HASH_LABEL, target_node};
use crate::actors::control_plane::pod_control::{available_at, is_ready, is_terminal};
use crate::machinery::{Object, Time, Value};
use std::collections::BTreeMap;

/// The numbers of a DaemonSet's spec, for a number of nodes that are to have a pod.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub max_unavailable: i64,
    /// New pods start beside old ones, on so many nodes at a time.
    pub max_surge: i64,
    /// Only deletion by hand brings a pod to the new template.
    pub on_delete: bool,
}

impl Wanted {
    pub(super) fn read(set: &Object, desired: i64) -> Wanted {
        let update = set.at("spec/updateStrategy/rollingUpdate");
        let max_surge = share(update.at("maxSurge"), desired, 0);
        let max_unavailable = share(update.at("maxUnavailable"), desired, 1);
        Wanted {
            // One of the two has to allow a change.
            max_unavailable: if max_surge == 0 { max_unavailable.max(1) } else { max_unavailable },
            max_surge,
            on_delete: set.str_at("spec/updateStrategy/type") == "OnDelete",
        }
    }
}

/// A number, or a share of a total rounded up.
fn share(value: &Value, total: i64, default: i64) -> i64 {
    let percent = value.as_str().and_then(|text| text.strip_suffix('%')?.parse::<f64>().ok());
    match percent {
        Some(percent) => (percent * total as f64 / 100.0).ceil() as i64,
        None => value.as_i64().unwrap_or(default),
    }
}

/// A pod, as far as it matters here.
struct Pod<'a> {
    object: &'a Object,
    phase: &'a str,
    available: bool,
    terminating: bool,
    updated: bool,
}

impl Pod<'_> {
    fn name(&self) -> String {
        self.object.name().to_string()
    }
}

/// A pod that ended though it should not have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Ended {
    pub pod: String,
    pub node: String,
    pub failed: bool,
}

/// The counts of a status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Counts {
    pub desired: i64,
    pub current: i64,
    pub misscheduled: i64,
    pub ready: i64,
    pub updated: i64,
    pub available: i64,
}

/// The pods of a set by the nodes they are for; those that ended and go away are gone already.
pub(super) struct View<'a> {
    nodes: &'a [(String, Fit)],
    pods: BTreeMap<&'a str, Vec<Pod<'a>>>,
    /// When the next pod becomes available.
    pub again: Option<Time>,
}

impl<'a> View<'a> {
    pub(super) fn new(
        nodes: &'a [(String, Fit)],
        pods: &'a [Object],
        hash: &str,
        min_ready_seconds: i64,
        now: Time,
    ) -> View<'a> {
        let mut by_node: BTreeMap<&str, Vec<Pod<'_>>> = BTreeMap::new();
        let mut again = None;
        for object in pods.iter().filter(|p| !(is_terminal(p) && p.is_deleting())) {
            let at = available_at(object, min_ready_seconds);
            again = [again, at.filter(|at| *at > now)].into_iter().flatten().min();
            by_node.entry(target_node(object)).or_default().push(Pod {
                object,
                phase: object.str_at("status/phase"),
                available: at.is_some_and(|at| at <= now),
                terminating: object.is_deleting(),
                updated: object.label(HASH_LABEL) == Some(hash),
            });
        }
        for pods in by_node.values_mut() {
            pods.sort_by_key(|p| (p.object.created(), p.name()));
        }
        View { nodes, pods: by_node, again }
    }

    fn on(&self, node: &str) -> &[Pod<'a>] {
        self.pods.get(node).map_or(&[], Vec::as_slice)
    }

    pub(super) fn desired(&self) -> i64 {
        self.nodes.iter().filter(|(_, fit)| *fit == Fit::Wanted).count() as i64
    }

    /// The counts of the status: of each node, the oldest pod.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts { desired: self.desired(), ..Counts::default() };
        for (node, fit) in self.nodes {
            let Some(oldest) = self.on(node).first() else { continue };
            if *fit != Fit::Wanted {
                counts.misscheduled += 1;
                continue;
            }
            counts.current += 1;
            counts.ready += i64::from(is_ready(oldest.object));
            counts.available += i64::from(oldest.available);
            counts.updated += i64::from(oldest.updated);
        }
        counts
    }

    /// Brings pods to the nodes that lack one and takes them from those that may have none.
    pub(super) fn manage(&self, wanted: &Wanted) -> Changes {
        let mut changes = Changes::default();
        for (node, fit) in self.nodes {
            let pods = self.on(node);
            match fit {
                Fit::Unwanted => {
                    changes.delete.extend(pods.iter().filter(|p| !p.terminating).map(Pod::name));
                }
                Fit::Wanted if pods.is_empty() => changes.create.push(node.clone()),
                Fit::Wanted | Fit::Tolerated => {
                    let mut running = Vec::new();
                    for pod in pods.iter().filter(|p| !p.terminating) {
                        match pod.phase {
                            "Failed" | "Succeeded" => {
                                let failed = pod.phase == "Failed";
                                changes.ended.push(Ended { pod: pod.name(), node: node.clone(), failed });
                            }
                            _ => running.push(pod),
                        }
                    }
                    changes.delete.extend(doubles(&running, wanted));
                }
            }
        }
        // Pods of nodes that are gone are the garbage collector's.
        changes
    }

    /// Replaces pods of an old template, as many at a time as may be.
    pub(super) fn update(&self, wanted: &Wanted) -> Changes {
        if wanted.max_surge > 0 { self.surge(wanted) } else { self.replace(wanted) }
    }

    fn replace(&self, wanted: &Wanted) -> Changes {
        let mut unavailable = 0;
        let (mut broken, mut candidates) = (Vec::new(), Vec::new());
        for (node, _) in self.nodes.iter().filter(|(n, fit)| *fit == Fit::Wanted || !self.on(n).is_empty()) {
            match self.old_and_new(node) {
                Some((None, Some(new))) => unavailable += i64::from(!new.available),
                Some((Some(old), None)) if !old.available => {
                    broken.push(old.name());
                    unavailable += 1;
                }
                Some((Some(old), None)) => candidates.push(old.name()),
                // None, both or a change under way: the node counts as without a pod.
                _ => unavailable += 1,
            }
        }
        let room = usize::try_from(wanted.max_unavailable - unavailable).unwrap_or(0);
        broken.extend(candidates.into_iter().take(room));
        Changes { delete: broken, ..Changes::default() }
    }

    fn surge(&self, wanted: &Wanted) -> Changes {
        let mut surging = 0;
        let mut changes = Changes::default();
        let mut candidates = Vec::new();
        for (node, _) in self.nodes.iter().filter(|(n, _)| !self.on(n).is_empty()) {
            match self.old_and_new(node) {
                None => surging += 1,
                Some((None, _)) => {}
                Some((Some(old), None)) if !old.available => changes.create.push(node.clone()),
                Some((Some(_), None)) => candidates.push(node.clone()),
                Some((Some(old), Some(new))) if new.available => changes.delete.push(old.name()),
                Some((Some(_), Some(_))) => surging += 1,
            }
        }
        let room = usize::try_from(wanted.max_surge - surging).unwrap_or(0);
        changes.create.extend(candidates.into_iter().take(room));
        changes
    }

    /// The pod of the old and the one of the new template on a node; none when it is in between.
    fn old_and_new(&self, node: &str) -> Option<(Option<&Pod<'a>>, Option<&Pod<'a>>)> {
        let (mut old, mut new) = (None, None);
        for pod in self.on(node) {
            let place = if pod.updated { &mut new } else { &mut old };
            if pod.terminating || place.is_some() {
                return None;
            }
            *place = Some(pod);
        }
        Some((old, new))
    }
}

/// Pods too many on one node: the oldest stays; during a surge, the oldest of the old and of the new ones.
fn doubles(running: &[&Pod<'_>], wanted: &Wanted) -> Vec<String> {
    if wanted.max_surge == 0 {
        return running.iter().skip(1).map(|p| p.name()).collect();
    }
    let (new, old): (Vec<&&Pod<'_>>, Vec<&&Pod<'_>>) = running.iter().partition(|p| p.updated);
    // An old pod has no business beside a new one that works.
    let replaced = new.first().is_some_and(|p| p.available);
    let kept = usize::from(!replaced);
    old.iter().skip(kept).chain(new.iter().skip(1)).map(|p| p.name()).collect()
}

/// Pods to make, by node, and to delete.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Changes {
    pub create: Vec<String>,
    pub delete: Vec<String>,
    pub ended: Vec<Ended>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn pod(name: &str, node: &str, hash: &str, ready: bool) -> Object {
        let mut pod = Object::new("v1", "Pod", "shop", name);
        pod.set_label(HASH_LABEL, hash);
        pod.set("spec/nodeName", node);
        let ready = if ready { "True" } else { "False" };
        pod.set("status", json!({"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]}));
        pod
    }

    fn nodes(fits: &[Fit]) -> Vec<(String, Fit)> {
        fits.iter().enumerate().map(|(i, fit)| (format!("n{i}"), *fit)).collect()
    }

    const ROLLING: Wanted = Wanted { max_unavailable: 1, max_surge: 0, on_delete: false };

    #[test]
    fn a_pod_for_every_node_that_wants_one() {
        let nodes = nodes(&[Fit::Wanted, Fit::Tolerated, Fit::Unwanted, Fit::Tolerated]);
        let pods = [pod("b", "n2", "a", true), pod("c", "n3", "a", true)];
        let view = View::new(&nodes, &pods, "a", 0, Time::from_secs(0));
        let changes = view.manage(&ROLLING);
        assert_eq!((changes.create, changes.delete), (vec!["n0".to_string()], vec!["b".to_string()]));
        let counts = view.counts();
        assert_eq!((counts.desired, counts.current, counts.misscheduled), (1, 0, 2));
    }

    #[test]
    fn one_unavailable_at_a_time() {
        let nodes = nodes(&[Fit::Wanted; 3]);
        let mut pods =
            vec![pod("a", "n0", "old", true), pod("b", "n1", "old", true), pod("c", "n2", "new", true)];
        let deleted =
            |pods: &[Object]| View::new(&nodes, pods, "new", 0, Time::from_secs(0)).update(&ROLLING).delete;
        assert_eq!(deleted(&pods), ["a"]);
        pods[2] = pod("c", "n2", "new", false);
        assert!(deleted(&pods).is_empty());
        pods[1] = pod("b", "n1", "old", false);
        assert_eq!(deleted(&pods), ["b"], "what does not work is replaced at once");
        pods[0].set("metadata/deletionTimestamp", "2026-01-01T00:00:00Z");
        pods[1] = pod("b", "n1", "old", true);
        assert!(deleted(&pods).is_empty());
    }

    #[test]
    fn a_surge_starts_the_new_one_first() {
        let nodes = nodes(&[Fit::Wanted; 2]);
        let surge = Wanted { max_surge: 1, max_unavailable: 0, ..ROLLING };
        let mut pods = vec![pod("a", "n0", "old", true), pod("b", "n1", "old", true)];
        let view = View::new(&nodes, &pods, "new", 0, Time::from_secs(0));
        assert_eq!(view.update(&surge).create, ["n0"]);
        pods.push(pod("c", "n0", "new", false));
        let view = View::new(&nodes, &pods, "new", 0, Time::from_secs(0));
        assert_eq!(view.update(&surge), Changes::default());
        pods[2] = pod("c", "n0", "new", true);
        let view = View::new(&nodes, &pods, "new", 0, Time::from_secs(0));
        let changes = view.update(&surge);
        assert_eq!((changes.create, changes.delete), (vec!["n1".to_string()], vec!["a".to_string()]));
    }

    #[test]
    fn shares_are_rounded_up() {
        assert_eq!(share(&json!("25%"), 10, 1), 3);
        assert_eq!(share(&json!(2), 10, 1), 2);
        assert_eq!(share(&json!(null), 10, 1), 1);
    }
}
