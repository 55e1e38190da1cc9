//! Node selectors: `spec.nodeSelector` and the node affinity of a pod.

use crate::machinery::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    Gt,
    Lt,
}

/// One expression over a node's labels (or its name).
#[derive(Clone, PartialEq, Eq, Debug)]
struct Requirement {
    key: Arc<str>,
    operator: Operator,
    values: Vec<Arc<str>>,
}

impl Requirement {
    fn parse(v: &Value) -> Option<Requirement> {
        let operator = match v.str_at("operator") {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            "Gt" => Operator::Gt,
            "Lt" => Operator::Lt,
            _ => return None,
        };
        let values = v.items_at("values").iter().filter_map(Value::as_str).map(Arc::from).collect();
        Some(Requirement { key: Arc::from(v.str_at("key")), operator, values })
    }

    /// Whether the requirement holds for the value a node has under the key.
    fn holds(&self, actual: Option<&str>) -> bool {
        let listed = |a: &str| self.values.iter().any(|v| &**v == a);
        match self.operator {
            Operator::In => actual.is_some_and(listed),
            Operator::NotIn => !actual.is_some_and(listed),
            Operator::Exists => actual.is_some(),
            Operator::DoesNotExist => actual.is_none(),
            Operator::Gt => self.compare(actual).is_some_and(|(a, bound)| a > bound),
            Operator::Lt => self.compare(actual).is_some_and(|(a, bound)| a < bound),
        }
    }

    /// Both sides as integers; nothing that is not one compares.
    fn compare(&self, actual: Option<&str>) -> Option<(i64, i64)> {
        match self.values.as_slice() {
            [bound] => Some((actual?.parse().ok()?, bound.parse().ok()?)),
            _ => None,
        }
    }
}

/// The terms of a node selector are alternatives, the expressions inside one must all hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Term {
    labels: Vec<Requirement>,
    fields: Vec<Requirement>,
    /// An expression that cannot be read makes the term match nothing.
    broken: bool,
}

impl Term {
    fn parse(v: &Value) -> Term {
        let mut broken = false;
        let mut read = |path: &str| -> Vec<Requirement> {
            let parsed: Vec<_> = v.items_at(path).iter().filter_map(Requirement::parse).collect();
            broken |= parsed.len() != v.items_at(path).len();
            parsed
        };
        let (labels, fields) = (read("matchExpressions"), read("matchFields"));
        Term { labels, fields, broken }
    }

    fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    fn matches(&self, name: &str, labels: &Map) -> bool {
        let label = |key: &str| labels.get(key).and_then(Value::as_str);
        !self.broken
            && !self.is_empty()
            && self.labels.iter().all(|r| r.holds(label(&r.key)))
            && self.fields.iter().all(|r| &*r.key == "metadata.name" && r.holds(Some(name)))
    }

    /// The node names this term is confined to by `matchFields`; `None` when it is not.
    fn names(&self) -> Option<BTreeSet<Arc<str>>> {
        self.fields
            .iter()
            .filter(|r| &*r.key == "metadata.name" && r.operator == Operator::In)
            .map(|r| r.values.iter().cloned().collect::<BTreeSet<_>>())
            .reduce(|a, b| &a & &b)
    }
}

/// What a pod says about the nodes it may and would like to run on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NodeAffinity {
    selector: Vec<(Arc<str>, Arc<str>)>,
    required: Option<Vec<Term>>,
    preferred: Vec<(i64, Term)>,
}

impl NodeAffinity {
    /// Reads `nodeSelector` and `affinity.nodeAffinity` of a pod's spec.
    pub fn parse(pod_spec: &Value) -> NodeAffinity {
        let selector = pod_spec
            .map_at("nodeSelector")
            .iter()
            .map(|(k, v)| (Arc::from(k), Arc::from(v.as_str().unwrap_or(""))))
            .collect();
        let affinity = pod_spec.at("affinity/nodeAffinity");
        let required = affinity.at("requiredDuringSchedulingIgnoredDuringExecution");
        let preferred = affinity.items_at("preferredDuringSchedulingIgnoredDuringExecution");
        NodeAffinity {
            selector,
            required: (!required.is_null())
                .then(|| required.items_at("nodeSelectorTerms").iter().map(Term::parse).collect()),
            preferred: preferred
                .iter()
                .map(|p| (p.int_at("weight").unwrap_or(0), Term::parse(p.at("preference"))))
                .collect(),
        }
    }

    /// Whether the pod may run on a node of this name with these labels.
    pub fn admits(&self, name: &str, labels: &Map) -> bool {
        let selected = self.selector.iter().all(|(k, v)| labels.get(k).and_then(Value::as_str) == Some(&**v));
        let required = self.required.as_ref();
        selected && required.is_none_or(|terms| terms.iter().any(|t| t.matches(name, labels)))
    }

    /// Whether there are preferences.
    pub fn has_preferences(&self) -> bool {
        !self.preferred.is_empty()
    }

    /// The sum of the weights of the preferences such a node meets. A preference without expressions counts for nothing.
    pub fn preference(&self, name: &str, labels: &Map) -> i64 {
        self.preferred.iter().filter(|(_, t)| t.matches(name, labels)).map(|(w, _)| w).sum()
    }

    /// The only nodes that can match, when every required term names nodes (as the pods of a DaemonSet do).
    pub fn named_nodes(&self) -> Option<BTreeSet<Arc<str>>> {
        let terms = self.required.as_ref()?;
        let mut all = BTreeSet::new();
        for term in terms {
            all.append(&mut term.names()?);
        }
        (!terms.is_empty()).then_some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn admits(term: Value, labels: Value) -> bool {
        let spec = json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [term]}}}});
        NodeAffinity::parse(&spec).admits("n1", labels.map())
    }

    fn expression(key: &str, operator: &str, values: &[&str]) -> Value {
        let values: Value = values.iter().copied().collect();
        json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]})
    }

    #[test]
    fn operators_treat_absent_keys_and_integers_as_documented() {
        let labels = json!({"gen": "5", "role": "db"});
        assert!(admits(expression("role", "In", &["db", "app"]), labels.clone()));
        assert!(admits(expression("none", "NotIn", &["db"]), labels.clone()));
        assert!(admits(expression("none", "DoesNotExist", &[]), labels.clone()));
        assert!(admits(expression("gen", "Gt", &["4"]), labels.clone()));
        assert!(!admits(expression("gen", "Lt", &["5"]), labels.clone()));
        assert!(!admits(expression("role", "Gt", &["0"]), labels.clone()));
        assert!(!admits(expression("none", "Gt", &["0"]), labels.clone()));
        assert!(!admits(json!({}), labels), "an empty term matches nothing");
    }

    #[test]
    fn terms_that_name_nodes_confine_the_search() {
        let field = |names: &[&str]| {
            let names: Value = names.iter().copied().collect();
            json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": names}]})
        };
        let affinity = |terms: Value| {
            NodeAffinity::parse(&json!({"affinity": {"nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}}))
        };
        let names = affinity(json!([field(&["a"]), field(&["b"])])).named_nodes().unwrap();
        assert_eq!(names.iter().map(|n| &**n).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(affinity(json!([field(&["a"]), expression("x", "Exists", &[])])).named_nodes(), None);
        assert!(affinity(json!([field(&["n1"])])).admits("n1", json!({}).map()));
    }
}
