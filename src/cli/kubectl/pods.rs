//! Which pod and which container a command means (`logs`, `exec`, `attach`).

use super::flags::Flag;
use super::{Failure, Kubectl, resources, targets};
use crate::api::{ListOptions, Resource};
use crate::cli::waiting::{self, Bound, Ended};
use crate::machinery::duration::parse_duration;
use crate::machinery::{Object, Time, Value, selector::LabelSelector};
use std::cmp::Reverse;
use std::ops::ControlFlow;

/// How long a workload may take to have a pod.
pub(super) const fn running_timeout(default: &'static str) -> Flag {
    Flag::duration("pod-running-timeout", default)
}

/// The object an argument names: a pod, or with `TYPE/NAME` anything.
pub(super) fn named(k: &Kubectl<'_>, argument: &str) -> Result<(Resource, Object), Failure> {
    let (kind, name) = argument.split_once('/').unwrap_or(("pods", argument));
    if name.contains('/') {
        return Err(Failure::message("arguments in resource/name form may not have more than one slash"));
    }
    let resource = resources::lookup(k, kind)?;
    let ns = if resource.namespaced { k.namespace()? } else { String::new() };
    let object = targets::fetch(k.api()?, &resource, &ns, name)?;
    Ok((resource, object))
}

/// The pods a workload selects, best first: bound, running, ready, ready for longest, oldest. Waits for one to appear.
pub(super) fn of_workload(
    k: &Kubectl<'_>,
    resource: &Resource,
    object: &Object,
) -> Result<Vec<Object>, Failure> {
    let Some(selector) = selector(object) else {
        return Err(Failure::message(format!(
            "cannot get the logs from {}: selector is not set",
            resource.kind_dot_group()
        )));
    };
    let timeout = parse_duration(k.flags.str("pod-running-timeout")).unwrap_or_default();
    let mut pods = Vec::new();
    let ended = waiting::wait(k.session, k.cluster()?, Bound::For(timeout), &mut |api, _| {
        pods = api.pods_matching(object.namespace(), &selector);
        if pods.is_empty() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    if ended == Ended::TimedOut {
        return Err(Failure::message("timed out waiting for the condition"));
    }
    pods.sort_by_key(|pod| {
        let phase = match pod.str_at("status/phase") {
            "Unknown" => 1,
            "Pending" => 2,
            _ => 0,
        };
        let ready = pod.items_at("status/conditions").iter().find(|c| c.str_at("type") == "Ready");
        let is_ready = ready.is_some_and(|c| c.str_at("status") == "True");
        let since = ready.and_then(|c| Time::parse(c.str_at("lastTransitionTime")));
        (
            pod.str_at("spec/nodeName").is_empty(),
            phase,
            !is_ready,
            since.filter(|_| is_ready),
            Reverse(restarts(pod)),
            pod.created(),
        )
    });
    Ok(pods)
}

fn restarts(pod: &Object) -> i64 {
    pod.items_at("status/containerStatuses")
        .iter()
        .filter_map(|c| c.int_at("restartCount"))
        .max()
        .unwrap_or(0)
}

/// What a workload or a service selects its pods by.
fn selector(object: &Object) -> Option<LabelSelector> {
    let spec = object.at("spec/selector");
    spec.as_map()?;
    match object.kind() {
        "Service" | "ReplicationController" => {
            LabelSelector::from_object(&crate::json!({"matchLabels": (spec.clone())})).ok()
        }
        _ => LabelSelector::from_object(spec).ok(),
    }
}

/// A container of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Container {
    pub name: String,
    /// ` (init)`, ` (ephem)` or nothing.
    mark: &'static str,
}

/// The containers of a pod as commands name them.
pub(super) fn containers(pod: &Object) -> Vec<Container> {
    [("containers", ""), ("initContainers", " (init)"), ("ephemeralContainers", " (ephem)")]
        .into_iter()
        .flat_map(|(list, mark)| {
            let of = |c: &Value| Container { name: c.str_at("name").to_string(), mark };
            pod.items_at(&format!("spec/{list}")).iter().map(of)
        })
        .collect()
}

fn listed(containers: &[Container]) -> String {
    containers.iter().map(|c| format!("{}{}", c.name, c.mark)).collect::<Vec<_>>().join(", ")
}

/// The container asked for, else the one the pod prefers, else its first, which is said when there are more.
pub(super) fn container(k: &Kubectl<'_>, pod: &Object, asked: &str, quiet: bool) -> Result<String, Failure> {
    let all = containers(pod);
    if !asked.is_empty() {
        return match all.iter().any(|c| c.name == asked) {
            true => Ok(asked.to_string()),
            false => Err(Failure::message(format!(
                "container {asked} is not valid for pod {} out of: {}",
                pod.name(),
                listed(&all)
            ))),
        };
    }
    let preferred = pod.at("metadata/annotations").get("kubectl.kubernetes.io/default-container");
    if let Some(preferred) = preferred.and_then(Value::as_str).filter(|p| !p.is_empty()) {
        if all.iter().any(|c| c.name == preferred) {
            return Ok(preferred.to_string());
        }
        k.eprintln(&format!("Default container name \"{preferred}\" not found in pod {}", pod.name()));
    }
    let first = all.first().map(|c| c.name.clone()).unwrap_or_default();
    if all.len() > 1 && !quiet {
        k.eprintln(&format!("Defaulted container \"{first}\" out of: {}", listed(&all)));
    }
    Ok(first)
}

/// The status of a container.
pub(super) fn status<'p>(pod: &'p Object, container: &str) -> &'p Value {
    ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]
        .into_iter()
        .flat_map(|list| pod.items_at(&format!("status/{list}")).iter())
        .find(|c| c.str_at("name") == container)
        .unwrap_or(&Value::Null)
}

/// The pods of a label selector.
pub(super) fn selected(k: &Kubectl<'_>, labels: &str) -> Result<Vec<Object>, Failure> {
    let options = ListOptions { labels: labels.to_string(), ..ListOptions::default() };
    Ok(k.api()?.read_list(&resources::lookup(k, "pods")?, &k.namespace()?, &options)?)
}
