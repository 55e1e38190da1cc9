//! The webhook of EKS for Fargate: a pod that a profile selects goes to the scheduler of Fargate.

use super::Lookup;
use crate::machinery::{Object, Value, well_known, wildcard};

/// Where profiles are stored.
const PROFILES: &str = "fargateprofiles.aws.kubetick.dev";

/// Gives a new pod to the first profile that selects it, in the order of their names. Pods of DaemonSets have their nodes.
pub(super) fn mutate(pod: &mut Object, cluster: &dyn Lookup) {
    let is_bound = !pod.str_at("spec/nodeName").is_empty();
    let of_daemon_set = pod.controller().is_some_and(|owner| owner.kind == "DaemonSet");
    if is_bound || of_daemon_set || pod.annotation(well_known::COMPUTE_TYPE) == Some("ec2") {
        return;
    }
    let profiles = cluster.list(PROFILES, "");
    let active = profiles.iter().filter(|profile| profile.str_at("spec/status") == "ACTIVE");
    let selecting =
        active.filter(|profile| profile.items_at("spec/selectors").iter().any(|s| selects(s, pod)));
    let Some(name) = selecting.map(Object::name).min() else { return };
    pod.set_label(well_known::FARGATE_PROFILE, name);
    pod.set("spec/schedulerName", well_known::FARGATE_SCHEDULER);
    pod.set("spec/priorityClassName", "system-node-critical");
    pod.at_mut("spec").map_mut().remove("priority");
}

/// Names of namespaces and values of labels may hold `*` and `?`.
fn selects(selector: &Value, pod: &Object) -> bool {
    let labels = selector.map_at("labels");
    wildcard::fits(selector.str_at("namespace"), pod.namespace())
        && labels.iter().all(|(key, wanted)| {
            pod.label(key).is_some_and(|value| wildcard::fits(wanted.as_str().unwrap_or_default(), value))
        })
}
