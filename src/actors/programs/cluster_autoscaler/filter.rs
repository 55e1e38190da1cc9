//! Which of the pending pods need a new node: not those that will fit anyway.

use super::flags::Flags;
use super::journal::{Journal, Quota};
use super::pod::Pod;
use super::scale_down::removal::Hints;
use super::simulation::Simulation;
use crate::machinery::duration::parse_go_duration;
use crate::machinery::{Object, Time};
use std::sync::Arc;

const OWN_DELAY: &str = "cluster-autoscaler.kubernetes.io/pod-scale-up-delay";

/// Whether the scheduler has tried and failed to place the pod.
pub fn is_unschedulable(pod: &Object) -> bool {
    let tried =
        |c: &crate::machinery::Value| c.str_at("status") == "False" && c.str_at("reason") == "Unschedulable";
    pod.str_at("spec/nodeName").is_empty()
        && !pod.is_deleting()
        && pod.condition("PodScheduled").is_some_and(tried)
}

/// Whether nobody minds that it waits.
pub fn is_expendable(pod: &Object, flags: &Flags) -> bool {
    let policy = pod.str_at("spec/preemptionPolicy");
    pod.int_at("spec/priority").is_some_and(|p| p < flags.expendable_cutoff)
        && matches!(policy, "" | "PreemptLowerPriority")
}

/// Places pods that fit on nodes that are there or coming, most important first; returns those that do not fit.
pub fn drop_schedulable(
    mut pods: Vec<Arc<Pod>>,
    simulation: &mut Simulation,
    hints: &mut Hints,
    journal: &mut Journal,
) -> Vec<Arc<Pod>> {
    journal.info(4, "filter_out_schedulable.go:63", "Filtering out schedulables");
    pods.sort_by_key(|p| std::cmp::Reverse(p.pending.info.priority));
    let mut left: Vec<Arc<Pod>> = Vec::new();
    let mut failed: Vec<Arc<Pod>> = Vec::new();
    let mut quota = Quota::usual();
    let mut fresh = Hints::new();
    let verbose = journal.keeps(4);
    let total = pods.len();
    for pod in pods {
        let say = |journal: &mut Journal, quota: &mut Quota, text: String| {
            if verbose && quota.take() {
                journal.info(4, "klogx.go:87", text);
            }
        };
        if failed.iter().any(|f| is_similar(f, &pod)) {
            let text = format!("failed to find place for {} based on similar pods scheduling", pod.key());
            say(journal, &mut quota, text);
            left.push(pod);
            continue;
        }
        match find_place(&pod, simulation, hints) {
            Some(node) => {
                say(journal, &mut quota, format!("Pod {} can be moved to {node}", pod.key()));
                simulation.move_to(&pod, &node);
                fresh.insert(pod.key().clone(), node);
            }
            None => {
                let text = format!(
                    "failed to find place for {}: cannot put pod {} on any node",
                    pod.key(),
                    pod.name()
                );
                say(journal, &mut quota, text);
                failed.push(pod.clone());
                left.push(pod);
            }
        }
    }
    *hints = fresh;
    if quota.over() > 0 {
        let text = format!(
            "There were also {} other logs from HintingSimulator.TrySchedulePods func that were capped.",
            quota.over()
        );
        journal.info(4, "klogx.go:87", text);
    }
    let placed = total - left.len();
    let text = format!("{placed} pods marked as unschedulable can be scheduled.");
    journal.info(4, "filter_out_schedulable.go:120", text);
    match placed {
        0 => journal.info(4, "filter_out_schedulable.go:83", "No schedulable pods"),
        _ => journal.info(2, "filter_out_schedulable.go:75", "Schedulable pods present"),
    }
    left
}

fn find_place(pod: &Pod, simulation: &mut Simulation, hints: &Hints) -> Option<Arc<str>> {
    if let Some(hint) = hints.get(pod.key())
        && simulation.node(hint).is_some()
        && simulation.fits(pod, hint).is_ok()
    {
        return Some(hint.clone());
    }
    simulation.find_node(pod, |_| true)
}

/// Pods of one controller that are alike: where one finds no place, the other need not look.
fn is_similar(a: &Pod, b: &Pod) -> bool {
    match (&a.owner, &b.owner) {
        (Some(x), Some(y)) => x.uid == y.uid && a.is_like(b),
        _ => false,
    }
}

/// Without the pods of DaemonSets: no new node would help them.
pub fn drop_daemons(mut pods: Vec<Arc<Pod>>, journal: &mut Journal) -> Vec<Arc<Pod>> {
    journal.info(4, "filter_out_daemon_sets.go:40", "Filtering out daemon set pods");
    let before = pods.len();
    pods.retain(|p| !p.is_daemon());
    let text = format!(
        "Filtered out {} daemon set pods, {} unschedulable pods left",
        before - pods.len(),
        pods.len()
    );
    journal.info(4, "filter_out_daemon_sets.go:49", text);
    pods
}

/// Without pods that are to wait a while before they count.
pub fn drop_young(mut pods: Vec<Arc<Pod>>, flags: &Flags, now: Time, journal: &mut Journal) -> Vec<Arc<Pod>> {
    pods.retain(|pod| {
        let own = pod.object.annotation(OWN_DELAY).and_then(|text| parse_go_duration(text).ok());
        let delay = own.filter(|own| *own >= flags.new_pod_delay).unwrap_or(flags.new_pod_delay);
        let age = now.since(pod.object.created().unwrap_or(now));
        if delay.is_zero() || age > delay {
            return true;
        }
        let seconds = age.as_secs_f64();
        let text =
            format!("Pod {} is {seconds:.3} seconds old, too new to consider unschedulable", pod.name());
        journal.info(3, "static_autoscaler.go:990", text);
        false
    });
    pods
}
