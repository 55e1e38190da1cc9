//! Which nodes a DaemonSet's pods belong on.

use crate::actors::control_plane::pod_control::pod_from_template;
use crate::actors::control_plane::scheduler::{
    NodeAffinity, TaintEffect, Toleration, first_untolerated, taints, tolerations,
};
use crate::json;
use crate::machinery::{Object, Value};

const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";
/// The label with the hash of the template a pod was made from.
pub(super) const HASH_LABEL: &str = "controller-revision-hash";
const GENERATION_LABEL: &str = "pod-template-generation";

/// Taints of nodes in trouble, which the pods of a DaemonSet stand: a key and the effect.
const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// The template of a DaemonSet's pods, with what the controller adds to it for every node.
pub(super) fn daemon_template(set: &Object, hash: &str) -> Value {
    let mut template = set.at("spec/template").clone();
    let labels = template.at_mut("metadata/labels").map_mut();
    labels.insert(HASH_LABEL, hash);
    if let Some(generation) = set.annotation(TEMPLATE_GENERATION) {
        labels.insert(GENERATION_LABEL, generation);
    }
    let mut added = TOLERATED.to_vec();
    if template.at("spec").bool_at("hostNetwork") {
        added.push(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    }
    let tolerations = template.at_mut("spec/tolerations").list_mut();
    for (key, effect) in added {
        let same = |t: &Value| t.str_at("key") == key && t.str_at("effect") == effect;
        let toleration = json!({"effect": effect, "key": key, "operator": "Exists"});
        // One of the user's with a time limit gives way: these last for ever.
        match tolerations.iter_mut().find(|t| same(t)) {
            Some(own) => *own = toleration,
            None => tolerations.push(toleration),
        }
    }
    template
}

/// The pod for a node. The scheduler places it, on that node or nowhere.
pub(super) fn new_pod(set: &Object, template: &Value, node: &str) -> Object {
    let mut pod = pod_from_template(template, set);
    let term = json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]});
    let required = "spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution";
    pod.set(required, json!({"nodeSelectorTerms": [term]}));
    pod
}

/// The pod that a DaemonSet would have on a node, placed there; `None` when it would have none.
pub(crate) fn pod_for(set: &Object, node: &Object) -> Option<Object> {
    let template = daemon_template(set, "");
    if Placement::read(&template).fit(node) != Fit::Wanted {
        return None;
    }
    let mut pod = pod_from_template(&template, set);
    pod.set("metadata/namespace", set.namespace());
    pod.set("spec/nodeName", node.name());
    Some(pod)
}

/// The node a pod runs on, or is to run on.
pub(super) fn target_node(pod: &Object) -> &str {
    let placed = pod.str_at("spec/nodeName");
    if !placed.is_empty() {
        return placed;
    }
    let required =
        "spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let fields = pod.items_at(required).iter().flat_map(|term| term.items_at("matchFields"));
    fields.filter(|f| f.str_at("key") == "metadata.name").map(|f| f.str_at("values/0")).next().unwrap_or("")
}

/// Whether a pod belongs on a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fit {
    /// One is to run there.
    Wanted,
    /// One that is there may stay.
    Tolerated,
    /// None may be there.
    Unwanted,
}

/// What a DaemonSet asks of nodes.
pub(super) struct Placement {
    node_name: String,
    affinity: NodeAffinity,
    tolerations: Vec<Toleration>,
}

impl Placement {
    /// Reads a template that [`daemon_template`] made.
    pub(super) fn read(template: &Value) -> Placement {
        let spec = template.at("spec");
        Placement {
            node_name: spec.str_at("nodeName").to_string(),
            affinity: NodeAffinity::parse(spec),
            tolerations: tolerations(spec),
        }
    }

    pub(super) fn fit(&self, node: &Object) -> Fit {
        let elsewhere = !self.node_name.is_empty() && self.node_name != node.name();
        if elsewhere || !self.affinity.admits(node.name(), node.labels()) {
            return Fit::Unwanted;
        }
        let mut taints = taints(node);
        if first_untolerated(&taints, &self.tolerations).is_none() {
            return Fit::Wanted;
        }
        taints.retain(|t| t.effect == TaintEffect::NoExecute);
        match first_untolerated(&taints, &self.tolerations) {
            None => Fit::Tolerated,
            Some(_) => Fit::Unwanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> Object {
        let mut set = Object::new("apps/v1", "DaemonSet", "shop", "agent");
        set.set("spec/template/spec", json!({
            "nodeSelector": {"pool": "a"},
            "tolerations": [{"key": "node.kubernetes.io/not-ready", "effect": "NoExecute", "operator": "Exists",
                             "tolerationSeconds": 300}],
        }));
        set
    }

    fn node(taint: Option<(&str, &str)>) -> Object {
        let mut node = Object::new("v1", "Node", "", "n1");
        node.set_label("pool", "a");
        if let Some((key, effect)) = taint {
            node.set("spec/taints", json!([{"key": key, "effect": effect}]));
        }
        node
    }

    #[test]
    fn taints_of_trouble_are_tolerated_and_others_are_not() {
        let template = daemon_template(&set(), "abc");
        let placement = Placement::read(&template);
        assert_eq!(placement.fit(&node(None)), Fit::Wanted);
        assert_eq!(
            placement.fit(&node(Some(("node.kubernetes.io/unschedulable", "NoSchedule")))),
            Fit::Wanted
        );
        assert_eq!(placement.fit(&node(Some(("node.kubernetes.io/not-ready", "NoExecute")))), Fit::Wanted);
        assert_eq!(
            placement.fit(&node(Some(("node.kubernetes.io/not-ready", "NoSchedule")))),
            Fit::Tolerated
        );
        assert_eq!(placement.fit(&node(Some(("mine", "NoExecute")))), Fit::Unwanted);
        let mut other = node(None);
        other.set_label("pool", "b");
        assert_eq!(placement.fit(&other), Fit::Unwanted);
        assert_eq!(template.items_at("spec/tolerations").len(), 6);
        assert!(template.at("spec/tolerations/0/tolerationSeconds").is_null());
    }

    #[test]
    fn a_pod_is_bound_to_its_node_by_affinity() {
        let set = set();
        let pod = new_pod(&set, &daemon_template(&set, "abc"), "n1");
        assert_eq!(pod.label(HASH_LABEL), Some("abc"));
        assert_eq!(target_node(&pod), "n1");
    }
}
