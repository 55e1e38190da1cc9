//! Disruption budgets as a pass over the nodes uses them up.

use crate::actors::programs::cluster_autoscaler::pod::Pod;
use crate::machinery::{LabelSelector, Object};
use std::sync::Arc;

#[derive(Clone, Debug)]
struct Budget {
    namespace: String,
    selector: LabelSelector,
    allowed: i64,
}

impl Budget {
    fn covers(&self, pod: &Pod) -> bool {
        self.namespace == pod.namespace() && self.selector.matches(pod.object.labels())
    }
}

/// The PodDisruptionBudgets.
#[derive(Clone, Debug, Default)]
pub struct Budgets(Vec<Budget>);

impl Budgets {
    /// Reads them.
    pub fn parse<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Budgets {
        let budget = |o: &Object| {
            let selector = o.at("spec/selector");
            Budget {
                namespace: o.namespace().to_string(),
                selector: match selector.is_null() {
                    true => LabelSelector::nothing(),
                    false => {
                        LabelSelector::from_object(selector).unwrap_or_else(|_| LabelSelector::nothing())
                    }
                },
                allowed: o.int_at("status/disruptionsAllowed").unwrap_or(0),
            }
        };
        Budgets(objects.into_iter().map(budget).collect())
    }

    /// Whether any covers the pod.
    pub fn concern(&self, pod: &Pod) -> bool {
        self.0.iter().any(|b| b.covers(pod))
    }

    /// Whether one that covers the pod allows nothing more.
    pub fn forbid(&self, pod: &Pod) -> bool {
        self.0.iter().any(|b| b.allowed < 1 && b.covers(pod))
    }

    /// Whether all the pods may be disturbed at the same time.
    pub fn allow_at_once(&self, pods: &[Arc<Pod>]) -> bool {
        self.0.iter().all(|b| pods.iter().filter(|p| b.covers(p)).count() as i64 <= b.allowed.max(0))
    }

    /// Takes note that pods are disturbed.
    pub fn spend(&mut self, pods: &[Arc<Pod>]) {
        for budget in &mut self.0 {
            budget.allowed -= pods.iter().filter(|p| budget.covers(p)).count() as i64;
        }
    }
}
