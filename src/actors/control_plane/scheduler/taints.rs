//! Taints of nodes and the tolerations that answer them.

use crate::machinery::Value;
use std::sync::Arc;

/// The effect of a taint; a toleration without effect answers all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaintEffect {
    /// New pods stay away.
    NoSchedule,
    /// New pods prefer other nodes.
    PreferNoSchedule,
    /// New pods stay away, running ones are evicted.
    NoExecute,
}

impl TaintEffect {
    fn parse(text: &str) -> Option<TaintEffect> {
        match text {
            "NoSchedule" => Some(TaintEffect::NoSchedule),
            "PreferNoSchedule" => Some(TaintEffect::PreferNoSchedule),
            "NoExecute" => Some(TaintEffect::NoExecute),
            _ => None,
        }
    }

    /// Whether a pod that does not tolerate the taint is kept off the node.
    pub fn repels(self) -> bool {
        self != TaintEffect::PreferNoSchedule
    }
}

/// An entry of `spec.taints`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taint {
    /// Taint key.
    pub key: Arc<str>,
    /// Taint value; often empty.
    pub value: Arc<str>,
    /// What it does.
    pub effect: TaintEffect,
}

impl Taint {
    /// The taint `node.kubernetes.io/unschedulable:NoSchedule`, which `spec.unschedulable` stands for.
    pub fn unschedulable() -> Taint {
        Taint {
            key: Arc::from("node.kubernetes.io/unschedulable"),
            value: Arc::from(""),
            effect: TaintEffect::NoSchedule,
        }
    }

    /// Reads one entry; `None` for an effect that does not exist.
    pub fn parse(v: &Value) -> Option<Taint> {
        Some(Taint {
            key: Arc::from(v.str_at("key")),
            value: Arc::from(v.str_at("value")),
            effect: TaintEffect::parse(v.str_at("effect"))?,
        })
    }
}

/// An entry of `spec.tolerations`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Toleration {
    key: Arc<str>,
    value: Arc<str>,
    operator: Arc<str>,
    effect: Option<TaintEffect>,
    /// How long an evicting taint is tolerated; `None` is forever.
    pub seconds: Option<i64>,
}

impl Toleration {
    /// Reads one entry.
    pub fn parse(v: &Value) -> Option<Toleration> {
        let effect = match v.str_at("effect") {
            "" => None,
            text => Some(TaintEffect::parse(text)?),
        };
        Some(Toleration {
            key: Arc::from(v.str_at("key")),
            value: Arc::from(v.str_at("value")),
            operator: Arc::from(v.str_at("operator")),
            effect,
            seconds: v.int_at("tolerationSeconds"),
        })
    }

    /// Whether it answers the taint. The comparing operators `Gt` and `Lt` sit behind a gate that is off: they match
    /// nothing.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        if self.effect.is_some_and(|e| e != taint.effect) {
            return false;
        }
        let exists = &*self.operator == "Exists";
        let key_fits = if self.key.is_empty() { exists } else { self.key == taint.key };
        key_fits && (exists || (matches!(&*self.operator, "" | "Equal") && self.value == taint.value))
    }

    /// Whether it says anything about taints of effect `PreferNoSchedule`.
    pub fn concerns_preferences(&self) -> bool {
        self.effect.is_none_or(|e| e == TaintEffect::PreferNoSchedule)
    }
}

/// Reads `spec.tolerations`.
pub fn tolerations(pod_spec: &Value) -> Vec<Toleration> {
    pod_spec.items_at("tolerations").iter().filter_map(Toleration::parse).collect()
}

/// Reads `spec.taints`.
pub fn taints(node: &Value) -> Vec<Taint> {
    node.items_at("spec/taints").iter().filter_map(Taint::parse).collect()
}

/// The first taint that keeps a pod with these tolerations off the node.
pub fn first_untolerated<'a>(taints: &'a [Taint], tolerations: &[Toleration]) -> Option<&'a Taint> {
    taints.iter().find(|t| t.effect.repels() && !tolerations.iter().any(|o| o.tolerates(t)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn tolerates(toleration: Value, key: &str, value: &str, effect: &str) -> bool {
        let taint = Taint::parse(&json!({"key": key, "value": value, "effect": effect})).unwrap();
        Toleration::parse(&toleration).unwrap().tolerates(&taint)
    }

    #[test]
    fn a_toleration_matches_by_key_value_and_effect() {
        assert!(tolerates(json!({"key": "a", "value": "x"}), "a", "x", "NoSchedule"));
        assert!(!tolerates(json!({"key": "a", "value": "x"}), "a", "y", "NoSchedule"));
        assert!(tolerates(json!({"key": "a", "operator": "Exists"}), "a", "y", "NoExecute"));
        assert!(!tolerates(
            json!({"key": "a", "operator": "Exists", "effect": "NoSchedule"}),
            "a",
            "",
            "NoExecute"
        ));
        assert!(tolerates(json!({"operator": "Exists"}), "any", "thing", "NoSchedule"));
        assert!(!tolerates(json!({"operator": "Equal"}), "", "", "NoSchedule"), "an empty key needs Exists");
        assert!(!tolerates(json!({"key": "n", "operator": "Gt", "value": "1"}), "n", "2", "NoSchedule"));
    }
}
