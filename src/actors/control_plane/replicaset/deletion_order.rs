//! Which pods go first when a ReplicaSet shrinks.
//!
//! The order is not a strict one: pods of about the same age are told apart by uid, but only if nothing else does, so
//! three of them can beat each other in a circle. What comes of it then depends on the sort, which is therefore Go's.

use crate::machinery::{KubeVersion, Object, Time, Value, go_sort};
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

/// Annotation that makes a pod cheaper or dearer to delete than others.
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// Whether a pod counts as one of a controller's replicas: not ended, not being deleted.
pub fn is_active(pod: &Object) -> bool {
    !matches!(pod.str_at("status/phase"), "Succeeded" | "Failed") && !pod.is_deleting()
}

/// What is compared of a pod.
struct Ranked<'a> {
    pod: &'a Object,
    assigned: bool,
    phase: u8,
    ready: bool,
    cost: i32,
    /// How many related pods share its node.
    neighbours: usize,
    ready_since: Option<Time>,
    restarts: (i64, i64),
    created: Option<Time>,
}

/// The pods of a ReplicaSet, first to be deleted first. `related` are the pods of all ReplicaSets of the same owner, its
/// own included: a node that has many of them gives one away first.
pub fn deletion_order<'a>(
    pods: impl IntoIterator<Item = &'a Object>,
    related: impl IntoIterator<Item = &'a Object>,
    now: Time,
    version: KubeVersion,
) -> Vec<&'a Object> {
    let mut by_node: BTreeMap<&str, usize> = BTreeMap::new();
    for pod in related.into_iter().filter(|p| is_active(p)) {
        *by_node.entry(pod.str_at("spec/nodeName")).or_default() += 1;
    }
    let mut ranked: Vec<Ranked> = pods.into_iter().map(|pod| rank(pod, &by_node)).collect();
    go_sort(&mut ranked, version, |a, b| goes_before(a, b, now));
    ranked.into_iter().map(|r| r.pod).collect()
}

fn rank<'a>(pod: &'a Object, by_node: &BTreeMap<&str, usize>) -> Ranked<'a> {
    let node = pod.str_at("spec/nodeName");
    let ready = pod.condition_true("Ready");
    let since = |c: &Value| Time::parse(c.str_at("lastTransitionTime"));
    Ranked {
        pod,
        assigned: !node.is_empty(),
        phase: match pod.str_at("status/phase") {
            "Running" => 2,
            "Unknown" => 1,
            _ => 0,
        },
        ready,
        cost: pod.annotation(DELETION_COST).and_then(parse_cost).unwrap_or(0),
        neighbours: by_node.get(node).copied().unwrap_or(0),
        ready_since: pod.condition("Ready").filter(|_| ready).and_then(since),
        restarts: restarts(pod),
        created: pod.created(),
    }
}

/// A cost as Kubernetes writes one: 32 bits, no `+`, no leading zeros.
fn parse_cost(text: &str) -> Option<i32> {
    let canonical = text == "0" || text.starts_with(|c: char| c == '-' || ('1'..='9').contains(&c));
    canonical.then(|| text.parse().ok())?
}

/// The most restarts of a container, and of a sidecar.
fn restarts(pod: &Object) -> (i64, i64) {
    let most = |statuses: &str, counts: &dyn Fn(&Value) -> bool| {
        let statuses = pod.items_at(statuses).iter().filter(|s| counts(s));
        statuses.filter_map(|s| s.int_at("restartCount")).max().unwrap_or(0)
    };
    let sidecar = |status: &Value| {
        let named = |c: &&Value| c.at("name") == status.at("name");
        let container = pod.items_at("spec/initContainers").iter().find(named);
        container.is_some_and(|c| c.str_at("restartPolicy") == "Always")
    };
    (most("status/containerStatuses", &|_| true), most("status/initContainerStatuses", &sidecar))
}

fn goes_before(a: &Ranked, b: &Ranked, now: Time) -> bool {
    let by_state = (a.assigned, a.phase, a.ready, a.cost, Reverse(a.neighbours)).cmp(&(
        b.assigned,
        b.phase,
        b.ready,
        b.cost,
        Reverse(b.neighbours),
    ));
    if by_state != Ordering::Equal {
        return by_state == Ordering::Less;
    }
    if a.ready && b.ready && a.ready_since != b.ready_since {
        return younger(a, b, a.ready_since, b.ready_since, now);
    }
    if a.restarts != b.restarts {
        return a.restarts > b.restarts;
    }
    a.created != b.created && younger(a, b, a.created, b.created, now)
}

/// Ages are compared by order of magnitude only, so that a ReplicaSet that shrinks does not always lose its youngest pods;
/// within one magnitude the uid decides, which is as good as chance. A missing time is the youngest.
fn younger(a: &Ranked, b: &Ranked, time_a: Option<Time>, time_b: Option<Time>, now: Time) -> bool {
    let (Some(time_a), Some(time_b)) = (time_a, time_b) else { return time_a.is_none() };
    let magnitude = |t: Time| u64::try_from(now.since(t).as_nanos()).ok().and_then(u64::checked_ilog2);
    match magnitude(time_a).cmp(&magnitude(time_b)) {
        Ordering::Equal => a.pod.uid() < b.pod.uid(),
        order => order == Ordering::Less,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_canonical_numbers() {
        for (text, cost) in [("100", Some(100)), ("-5", Some(-5)), ("0", Some(0)), ("-0", Some(0))] {
            assert_eq!(parse_cost(text), cost);
        }
        for text in ["+7", "007", "", "bad", "2147483648"] {
            assert_eq!(parse_cost(text), None, "{text}");
        }
    }
}
