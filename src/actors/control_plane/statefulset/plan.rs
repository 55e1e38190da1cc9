//! What to do about a StatefulSet, from its spec, its pods and the clock alone.

use super::identity::{REVISION_LABEL, ordinal};
use crate::actors::control_plane::pod_control::{available_at, is_ready};
use crate::machinery::{Object, Time};

/// The numbers of a StatefulSet's spec.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub replicas: i64,
    /// The first ordinal.
    pub start: i64,
    /// Pods below this ordinal keep the current revision.
    pub partition: i64,
    pub min_ready_seconds: i64,
    /// Pods are made and deleted all at once, not in order.
    pub parallel: bool,
    /// Only deletion by hand brings a pod to the new revision.
    pub on_delete: bool,
}

impl Wanted {
    pub(super) fn read(set: &Object) -> Wanted {
        let int = |path: &str, default: i64| set.int_at(path).unwrap_or(default);
        Wanted {
            replicas: int("spec/replicas", 1),
            start: int("spec/ordinals/start", 0),
            partition: int("spec/updateStrategy/rollingUpdate/partition", 0),
            min_ready_seconds: int("spec/minReadySeconds", 0),
            parallel: set.str_at("spec/podManagementPolicy") == "Parallel",
            on_delete: set.str_at("spec/updateStrategy/type") == "OnDelete",
        }
    }
}

/// The names of the two revisions a set can have pods of at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Revisions<'a> {
    pub current: &'a str,
    pub update: &'a str,
}

/// A step towards what is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// Make the pod of an ordinal, from the current or the updated template.
    Create { ordinal: i64, updated: bool },
    /// Make claims that a pending pod lacks.
    Claims { ordinal: i64 },
    /// Delete a pod.
    Delete { pod: String },
}

/// The counts of a status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Counts {
    pub replicas: i64,
    pub ready: i64,
    pub available: i64,
    pub current: i64,
    pub updated: i64,
}

/// What a pass does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Plan {
    pub counts: Counts,
    pub steps: Vec<Step>,
    /// When to look again though nothing changes: a pod becomes available.
    pub again: Option<Time>,
}

/// What matters of a pod.
struct Replica<'a> {
    name: &'a str,
    ordinal: i64,
    phase: &'a str,
    ready: bool,
    available: bool,
    available_at: Option<Time>,
    terminating: bool,
    revision: &'a str,
}

impl<'a> Replica<'a> {
    fn read(pod: &'a Object, set: &str, min_ready: i64, now: Time) -> Option<Replica<'a>> {
        let phase = pod.str_at("status/phase");
        let ready = phase == "Running" && is_ready(pod);
        let available_at = available_at(pod, min_ready).filter(|_| ready);
        Some(Replica {
            name: pod.name(),
            ordinal: ordinal(set, pod.name())?,
            phase,
            ready,
            available: available_at.is_some_and(|at| at <= now),
            available_at,
            terminating: pod.is_deleting(),
            revision: pod.label(REVISION_LABEL).unwrap_or(""),
        })
    }

    fn ended(&self) -> bool {
        matches!(self.phase, "Failed" | "Succeeded")
    }

    fn healthy(&self) -> bool {
        self.available && !self.terminating
    }
}

fn count(replicas: &[Replica<'_>], revisions: Revisions<'_>) -> Counts {
    let mut counts = Counts::default();
    for r in replicas.iter().filter(|r| !r.phase.is_empty()) {
        counts.replicas += 1;
        counts.ready += i64::from(r.ready);
        counts.available += i64::from(r.available);
        if !r.terminating {
            counts.current += i64::from(r.revision == revisions.current);
            counts.updated += i64::from(r.revision == revisions.update);
        }
    }
    counts
}

/// Plans one pass over a set that is not being deleted.
pub(super) fn plan(set: &str, wanted: &Wanted, pods: &[Object], revisions: Revisions<'_>, now: Time) -> Plan {
    let mut replicas: Vec<Replica<'_>> =
        pods.iter().filter_map(|p| Replica::read(p, set, wanted.min_ready_seconds, now)).collect();
    replicas.sort_by_key(|r| r.ordinal);
    let mut plan = Plan { counts: count(&replicas, revisions), ..Plan::default() };
    plan.again = replicas.iter().filter_map(|r| r.available_at).filter(|at| *at > now).min();
    let ordinals = wanted.start..wanted.start + wanted.replicas;
    if plan.fill(wanted, ordinals.clone(), &replicas) && plan.condemn(wanted, ordinals.clone(), &replicas) {
        plan.update(wanted, ordinals, &replicas, revisions);
    }
    plan
}

impl Plan {
    /// Makes what is missing, in order; false when everything after has to wait.
    fn fill(&mut self, wanted: &Wanted, ordinals: std::ops::Range<i64>, replicas: &[Replica<'_>]) -> bool {
        for ordinal in ordinals {
            let Ok(at) = replicas.binary_search_by_key(&ordinal, |r| r.ordinal) else {
                let updated = wanted.on_delete || ordinal >= wanted.partition.max(wanted.start);
                self.steps.push(Step::Create { ordinal, updated });
                if wanted.parallel { continue } else { return false }
            };
            let replica = &replicas[at];
            if replica.ended() {
                if !replica.terminating {
                    self.steps.push(Step::Delete { pod: replica.name.into() });
                }
                return false;
            }
            if replica.phase == "Pending" {
                self.steps.push(Step::Claims { ordinal });
            }
            if !wanted.parallel && !replica.healthy() {
                return false;
            }
        }
        true
    }

    /// Takes away what is too much, from the highest ordinal; false when an update has to wait.
    fn condemn(&mut self, wanted: &Wanted, ordinals: std::ops::Range<i64>, replicas: &[Replica<'_>]) -> bool {
        let first_unhealthy = replicas.iter().find(|r| !r.healthy()).map(|r| r.ordinal);
        for replica in replicas.iter().rev().filter(|r| !ordinals.contains(&r.ordinal)) {
            if replica.terminating {
                if wanted.parallel { continue } else { return false }
            }
            // One that does not work may go though lower ones do not work either, if it is the lowest of them.
            if !wanted.parallel && !replica.available && first_unhealthy != Some(replica.ordinal) {
                return false;
            }
            self.steps.push(Step::Delete { pod: replica.name.into() });
            if !wanted.parallel {
                return false;
            }
        }
        true
    }

    /// Deletes the highest pod of an old revision, once all above it are well.
    fn update(
        &mut self,
        wanted: &Wanted,
        ordinals: std::ops::Range<i64>,
        replicas: &[Replica<'_>],
        revisions: Revisions<'_>,
    ) {
        if wanted.on_delete {
            return;
        }
        let from = wanted.partition.max(ordinals.start);
        for ordinal in (from..ordinals.end).rev() {
            let Ok(at) = replicas.binary_search_by_key(&ordinal, |r| r.ordinal) else { return };
            let replica = &replicas[at];
            if replica.revision != revisions.update && !replica.terminating {
                self.steps.push(Step::Delete { pod: replica.name.into() });
                self.counts.current -= i64::from(replica.revision == revisions.current);
                return;
            }
            if !replica.healthy() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    const REVISIONS: Revisions<'_> = Revisions { current: "db-a", update: "db-b" };

    fn pod(name: &str, revision: &str, ready: bool) -> Object {
        let mut pod = Object::new("v1", "Pod", "shop", name);
        pod.set_label(REVISION_LABEL, revision);
        pod.set(
            "status",
            json!({
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": (if ready { "True" } else { "False" }),
                                "lastTransitionTime": "1970-01-01T00:00:10Z"}],
            }),
        );
        pod
    }

    fn wanted(replicas: i64) -> Wanted {
        Wanted { replicas, start: 0, partition: 0, min_ready_seconds: 0, parallel: false, on_delete: false }
    }

    fn steps(wanted: &Wanted, pods: &[Object]) -> Vec<Step> {
        plan("db", wanted, pods, REVISIONS, Time::from_secs(15)).steps
    }

    fn create(ordinal: i64) -> Step {
        Step::Create { ordinal, updated: true }
    }

    fn delete(pod: &str) -> Step {
        Step::Delete { pod: pod.into() }
    }

    #[test]
    fn one_after_the_other() {
        assert_eq!(steps(&wanted(3), &[]), [create(0)]);
        assert_eq!(steps(&wanted(3), &[pod("db-0", "db-b", false)]), []);
        assert_eq!(steps(&wanted(3), &[pod("db-0", "db-b", true)]), [create(1)]);
        let parallel = Wanted { parallel: true, ..wanted(3) };
        assert_eq!(steps(&parallel, &[pod("db-1", "db-b", false)]), [create(0), create(2)]);
    }

    #[test]
    fn availability_is_waited_for() {
        let slow = Wanted { min_ready_seconds: 20, ..wanted(2) };
        let plan = plan("db", &slow, &[pod("db-0", "db-b", true)], REVISIONS, Time::from_secs(15));
        assert_eq!(plan.steps, []);
        assert_eq!(plan.again, Some(Time::from_secs(30)));
        assert_eq!((plan.counts.ready, plan.counts.available), (1, 0));
    }

    #[test]
    fn the_highest_goes_first() {
        let pods = [pod("db-0", "db-b", true), pod("db-1", "db-b", true), pod("db-2", "db-b", true)];
        assert_eq!(steps(&wanted(1), &pods), [delete("db-2")]);
        let pods = [pod("db-0", "db-b", false), pod("db-1", "db-b", true), pod("db-2", "db-b", true)];
        assert_eq!(steps(&wanted(1), &pods), [], "a lower one is not well");
    }

    #[test]
    fn an_update_goes_down_to_the_partition() {
        let mut pods = vec![pod("db-0", "db-a", true), pod("db-1", "db-a", true), pod("db-2", "db-a", true)];
        let keep_two = Wanted { partition: 2, ..wanted(3) };
        let first = plan("db", &keep_two, &pods, REVISIONS, Time::from_secs(15));
        assert_eq!(first.steps, [delete("db-2")]);
        assert_eq!((first.counts.current, first.counts.updated), (2, 0));
        pods[2] = pod("db-2", "db-b", true);
        assert_eq!(steps(&keep_two, &pods), []);
        assert_eq!(steps(&wanted(3), &pods), [delete("db-1")]);
        pods[2] = pod("db-2", "db-b", false);
        assert_eq!(steps(&wanted(3), &pods), [], "the one above is not well");
        let on_delete = Wanted { on_delete: true, ..wanted(3) };
        assert_eq!(steps(&on_delete, &pods), []);
    }

    #[test]
    fn a_missing_pod_below_the_partition_keeps_the_current_revision() {
        let keep_one = Wanted { partition: 1, ..wanted(2) };
        assert_eq!(steps(&keep_one, &[]), [Step::Create { ordinal: 0, updated: false }]);
    }
}
