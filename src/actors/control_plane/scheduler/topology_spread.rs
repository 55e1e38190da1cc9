//! Topology spread constraints, and the selector of the ones every pod of a Service or controller gets.

use super::pod_affinity::selector;
use crate::json;
use crate::machinery::{LabelSelector, Map, Object, Value, well_known};
use std::sync::Arc;

/// An entry of `spec.topologySpreadConstraints`.
#[derive(Clone, PartialEq, Debug)]
pub struct SpreadConstraint {
    /// Node label whose values are the domains.
    pub topology_key: Arc<str>,
    /// By how much a domain may exceed the emptiest one.
    pub max_skew: i64,
    /// `whenUnsatisfiable` is `DoNotSchedule`.
    pub hard: bool,
    /// With fewer eligible domains than this the emptiest counts as empty.
    pub min_domains: i64,
    /// Nodes the pod's node affinity rules out do not count.
    pub honors_affinity: bool,
    /// Nodes whose taints the pod does not tolerate do not count.
    pub honors_taints: bool,
    /// Whether the pod itself is one of those it spreads from.
    pub matches_itself: bool,
    selector: LabelSelector,
}

impl SpreadConstraint {
    /// Reads a constraint of a pod with these labels.
    pub fn parse(v: &Value, labels: &Map) -> SpreadConstraint {
        let mut selects = v.at("labelSelector").clone();
        for key in v.items_at("matchLabelKeys").iter().filter_map(Value::as_str) {
            if let Some(value) = labels.get(key) {
                let same = json!({"key": key, "operator": "In", "values": [value]});
                selects.at_mut("matchExpressions").list_mut().push(same);
            }
        }
        let selector = selector(&selects);
        SpreadConstraint {
            topology_key: Arc::from(v.str_at("topologyKey")),
            max_skew: v.int_at("maxSkew").unwrap_or(1),
            hard: v.str_at("whenUnsatisfiable") != "ScheduleAnyway",
            min_domains: v.int_at("minDomains").unwrap_or(1),
            honors_affinity: v.str_at("nodeAffinityPolicy") != "Ignore",
            honors_taints: v.str_at("nodeTaintsPolicy") == "Honor",
            matches_itself: selector.matches(labels),
            selector,
        }
    }

    /// What pods without constraints of their own get: a mild push over nodes and zones.
    pub fn defaults(selector: &LabelSelector) -> [SpreadConstraint; 2] {
        [(well_known::HOSTNAME, 3), (well_known::ZONE, 5)].map(|(key, max_skew)| SpreadConstraint {
            topology_key: Arc::from(key),
            max_skew,
            hard: false,
            min_domains: 1,
            honors_affinity: true,
            honors_taints: false,
            matches_itself: true,
            selector: selector.clone(),
        })
    }

    /// Whether pods with these labels count. An empty selector, though it selects every pod, counts none.
    pub fn counts(&self, labels: &Map) -> bool {
        !self.selector.is_everything() && self.selector.matches(labels)
    }
}

/// The selector of the default constraints: what the Services of the pod's namespace that select it ask for, together
/// with the selector of its controller (a ReplicaSet, ReplicationController or StatefulSet). `None` when there is
/// neither.
pub fn default_spread_selector<'a>(
    pod: &Object,
    services: impl Iterator<Item = &'a Object>,
    controller: Option<&Object>,
) -> Option<LabelSelector> {
    let mut labels = Map::new();
    for service in services.filter(|s| s.namespace() == pod.namespace()) {
        let selects = service.map_at("spec/selector");
        if !selects.is_empty() && selects.iter().all(|(k, v)| pod.labels().get(k) == Some(v)) {
            selects.iter().for_each(|(k, v)| drop(labels.insert(k, v)));
        }
    }
    let mut expressions = Vec::new();
    match controller {
        Some(owner) if owner.kind() == "ReplicationController" => {
            owner.map_at("spec/selector").iter().for_each(|(k, v)| drop(labels.insert(k, v)));
        }
        Some(owner) if matches!(owner.kind(), "ReplicaSet" | "StatefulSet") => {
            let selects = owner.at("spec/selector");
            expressions.extend(selects.items_at("matchExpressions").iter().cloned());
            for (k, v) in selects.map_at("matchLabels").iter() {
                expressions.push(json!({"key": k, "operator": "In", "values": [v]}));
            }
        }
        _ => {}
    }
    if labels.is_empty() && expressions.is_empty() {
        return None;
    }
    Some(selector(&json!({"matchLabels": labels, "matchExpressions": expressions})))
}
