//! Which pods of a node go when it is drained, and which forbid it.

use super::super::Kubectl;
use crate::api::Server;
use crate::machinery::{LabelSelector, Object};
use std::collections::BTreeMap;

pub(super) struct Chosen {
    /// The pods that go.
    pub pods: Vec<Object>,
    /// What the user should know: `ignoring DaemonSet-managed Pods: ns/a, ns/b`.
    pub warnings: Vec<String>,
}

/// What becomes of a pod.
enum Fate {
    Goes,
    GoesWith(&'static str),
    Stays,
    StaysWith(&'static str),
    Forbids(&'static str),
}

const DAEMON_SETS: &str = "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
const LOCAL_STORAGE: &str = "cannot delete Pods with local storage (use --delete-emptydir-data to override)";

/// Chooses the pods; `Err` names those that may not go, one line a reason.
pub(super) fn choose(k: &Kubectl<'_>, api: &Server, node: &str) -> Result<Chosen, Vec<String>> {
    let selector = LabelSelector::parse(k.flags.str("pod-selector")).map_err(|e| vec![e.to_string()])?;
    let mut chosen = Chosen { pods: Vec::new(), warnings: Vec::new() };
    let (mut warned, mut forbidden) =
        (BTreeMap::<&str, Vec<String>>::new(), BTreeMap::<&str, Vec<String>>::new());
    let mut pods = api.pods_on_node(node);
    pods.sort_by(|a, b| (a.namespace(), a.name()).cmp(&(b.namespace(), b.name())));
    for pod in pods.into_iter().filter(|p| selector.matches(p.labels())) {
        match fate(k, api, &pod) {
            Fate::Goes => chosen.pods.push(pod),
            Fate::GoesWith(warning) => {
                warned.entry(warning).or_default().push(pod.key());
                chosen.pods.push(pod);
            }
            Fate::Stays => {}
            Fate::StaysWith(warning) => warned.entry(warning).or_default().push(pod.key()),
            Fate::Forbids(why) => forbidden.entry(why).or_default().push(pod.key()),
        }
    }
    if !forbidden.is_empty() {
        return Err(forbidden.iter().map(|(why, pods)| format!("{why}: {}", pods.join(", "))).collect());
    }
    chosen.warnings =
        warned.iter().rev().map(|(warning, pods)| format!("{warning}: {}", pods.join(", "))).collect();
    Ok(chosen)
}

fn fate(k: &Kubectl<'_>, api: &Server, pod: &Object) -> Fate {
    let over = matches!(pod.str_at("status/phase"), "Succeeded" | "Failed");
    let owner = pod.controller();
    if let Some(owner) = owner.as_ref().filter(|o| o.kind == "DaemonSet" && !over) {
        let there = api.find("daemonsets.apps", pod.namespace(), &owner.name).is_some();
        return match (there, k.flags.bool("ignore-daemonsets"), k.flags.bool("force")) {
            (true, true, _) => Fate::StaysWith("ignoring DaemonSet-managed Pods"),
            (true, false, _) => Fate::Forbids(DAEMON_SETS),
            (false, _, true) => Fate::GoesWith("ignoring orphaned DaemonSet-managed Pods"),
            (false, _, false) => {
                Fate::Forbids("cannot delete orphaned DaemonSet-managed Pods (use --force to override)")
            }
        };
    }
    if pod.annotation("kubernetes.io/config.mirror").is_some() {
        return Fate::Stays;
    }
    let local = pod.items_at("spec/volumes").iter().any(|v| v.get("emptyDir").is_some());
    if local && !over && !(k.flags.bool("delete-emptydir-data") || k.flags.bool("delete-local-data")) {
        return Fate::Forbids(LOCAL_STORAGE);
    }
    match (over || owner.is_some(), k.flags.bool("force")) {
        (true, _) => Fate::Goes,
        (false, true) => Fate::GoesWith("deleting Pods that declare no controller"),
        (false, false) => Fate::Forbids(k.client.drain_of_unmanaged_pods()),
    }
}
