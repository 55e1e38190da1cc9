//! The terms of pod affinity and anti-affinity.

use super::snapshot::Namespaces;
use crate::machinery::{LabelSelector, Map, Value};
use std::sync::Arc;

/// One term: the pods it means, and the topology inside which they attract or repel.
#[derive(Clone, Debug)]
pub struct AffinityTerm {
    /// Node label whose values are the places.
    pub topology_key: Arc<str>,
    selector: LabelSelector,
    namespaces: Vec<Arc<str>>,
    namespace_selector: LabelSelector,
}

impl AffinityTerm {
    /// Reads a `podAffinityTerm` of a pod in `namespace`, which is what a term without namespaces means.
    fn parse(v: &Value, namespace: &str) -> AffinityTerm {
        let mut namespaces: Vec<Arc<str>> =
            v.items_at("namespaces").iter().filter_map(Value::as_str).map(Arc::from).collect();
        if namespaces.is_empty() && v.at("namespaceSelector").is_null() {
            namespaces.push(Arc::from(namespace));
        }
        AffinityTerm {
            topology_key: Arc::from(v.str_at("topologyKey")),
            selector: selector(v.at("labelSelector")),
            namespaces,
            namespace_selector: selector(v.at("namespaceSelector")),
        }
    }

    /// Whether it means pods with these labels in that namespace.
    pub fn matches(&self, namespace: &str, labels: &Map, namespaces: &Namespaces) -> bool {
        let in_namespace = self.namespaces.iter().any(|n| &**n == namespace)
            || self.namespace_selector.matches(namespaces.labels(namespace));
        in_namespace && self.selector.matches(labels)
    }
}

/// Reads a label selector; one that is absent or cannot be read selects nothing.
pub fn selector(v: &Value) -> LabelSelector {
    LabelSelector::from_object(v).unwrap_or_else(|_| LabelSelector::nothing())
}

/// A preferred term with its weight.
#[derive(Clone, Debug)]
pub struct WeightedTerm {
    /// 1 to 100; negative for anti-affinity.
    pub weight: i64,
    /// The term.
    pub term: AffinityTerm,
}

/// All terms of a pod.
#[derive(Clone, Debug, Default)]
pub struct AffinityTerms {
    /// `podAffinity.required...`
    pub required: Vec<AffinityTerm>,
    /// `podAntiAffinity.required...`
    pub required_anti: Vec<AffinityTerm>,
    /// The preferred terms of both, those of anti-affinity with negative weights.
    pub preferred: Vec<WeightedTerm>,
}

impl AffinityTerms {
    /// Reads `spec.affinity` of a pod in `namespace`.
    pub fn parse(affinity: &Value, namespace: &str) -> AffinityTerms {
        let required = |kind: &str| {
            let terms = affinity.at(kind).items_at("requiredDuringSchedulingIgnoredDuringExecution");
            terms.iter().map(|t| AffinityTerm::parse(t, namespace)).collect()
        };
        let preferred = |kind: &str, sign: i64| -> Vec<WeightedTerm> {
            let terms = affinity.at(kind).items_at("preferredDuringSchedulingIgnoredDuringExecution");
            let term = |t: &Value| WeightedTerm {
                weight: sign * t.int_at("weight").unwrap_or(0),
                term: AffinityTerm::parse(t.at("podAffinityTerm"), namespace),
            };
            terms.iter().map(term).collect()
        };
        let mut preferences = preferred("podAffinity", 1);
        preferences.append(&mut preferred("podAntiAffinity", -1));
        AffinityTerms {
            required: required("podAffinity"),
            required_anti: required("podAntiAffinity"),
            preferred: preferences,
        }
    }
}
