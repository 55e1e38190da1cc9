//! How many pods of a PodDisruptionBudget may be disrupted now.

use crate::json;
use crate::machinery::int_or_percent::scaled;
use crate::machinery::{Duration, Map, Object, OwnerRef, Time, Value};
use std::collections::BTreeMap;

/// How long a granted eviction may take before it no longer counts.
const DELETION_TIMEOUT: Duration = Duration::from_secs(2 * 60);

/// The controller whose size a pod's budget is measured by: of a ReplicaSet's pod, the Deployment above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Uid of that controller; counted once however many pods it has.
    pub uid: String,
    /// `spec.replicas`.
    pub replicas: i64,
}

/// Why a budget cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BudgetError {
    /// The controller of a pod has no size.
    #[error("found no controllers for pod {0:?}")]
    NoController(String),
    /// A field is neither a number nor a percentage.
    #[error(transparent)]
    Field(#[from] crate::machinery::int_or_percent::IntOrPercentError),
}

/// The state of a budget.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BudgetStatus {
    /// Pods there should be.
    pub expected_pods: i64,
    /// Pods that work.
    pub current_healthy: i64,
    /// Pods that have to.
    pub desired_healthy: i64,
    /// Pods that may go.
    pub disruptions_allowed: i64,
    /// Pods whose eviction is granted but not seen yet, with the instant of the grant as the API server wrote it.
    pub disrupted_pods: Map,
    /// Pods without controller, which the budget cannot count.
    pub unmanaged: Vec<String>,
    /// When a granted eviction that has not happened is given up.
    pub recheck: Option<Time>,
}

impl BudgetStatus {
    /// Measures a budget: `pods` are those it selects, `scale_of` knows the sizes of controllers.
    pub fn measure(
        pdb: &Object,
        pods: &[&Object],
        scale_of: impl Fn(&OwnerRef) -> Option<Scale>,
        now: Time,
    ) -> Result<BudgetStatus, BudgetError> {
        let mut status = BudgetStatus::default();
        status.note_disrupted(pdb, pods, now);
        let disrupted = &status.disrupted_pods;
        let evicting = |pod: &Object| {
            let granted = disrupted.get(pod.name()).and_then(|at| Time::parse(at.as_str()?));
            granted.is_some_and(|at| at + DELETION_TIMEOUT > now)
        };
        let healthy = |pod: &&&Object| pod.condition_true("Ready") && !pod.is_deleting() && !evicting(pod);
        status.current_healthy = pods.iter().filter(healthy).count() as i64;

        let (minimum, maximum) = (pdb.at("spec/minAvailable"), pdb.at("spec/maxUnavailable"));
        if !maximum.is_null() {
            status.expected_pods = status.expected_from_controllers(pods, scale_of)?;
            let unavailable = scaled(maximum, status.expected_pods, true)?;
            status.desired_healthy = (status.expected_pods - unavailable).max(0);
        } else if let Some(n) = minimum.as_i64() {
            status.expected_pods = pods.len() as i64;
            status.desired_healthy = n;
        } else if !minimum.is_null() {
            status.expected_pods = status.expected_from_controllers(pods, scale_of)?;
            status.desired_healthy = scaled(minimum, status.expected_pods, true)?;
        }
        if status.expected_pods > 0 {
            status.disruptions_allowed = (status.current_healthy - status.desired_healthy).max(0);
        }
        Ok(status)
    }

    /// Keeps the grants of pods that are still to be deleted, and drops those that took too long.
    fn note_disrupted(&mut self, pdb: &Object, pods: &[&Object], now: Time) {
        for pod in pods.iter().filter(|p| !p.is_deleting()) {
            let Some(at) = pdb.map_at("status/disruptedPods").get(pod.name()) else { continue };
            let Some(given_up) = at.as_str().and_then(Time::parse).map(|t| t + DELETION_TIMEOUT) else {
                continue;
            };
            if given_up >= now {
                self.disrupted_pods.insert(pod.name(), at.clone());
                self.recheck = Some(self.recheck.map_or(given_up, |t| t.min(given_up)));
            }
        }
    }

    fn expected_from_controllers(
        &mut self,
        pods: &[&Object],
        scale_of: impl Fn(&OwnerRef) -> Option<Scale>,
    ) -> Result<i64, BudgetError> {
        let mut scales: BTreeMap<String, i64> = BTreeMap::new();
        for pod in pods {
            match pod.controller() {
                None => self.unmanaged.push(pod.name().to_string()),
                Some(owner) if scales.contains_key(&owner.uid) => {}
                Some(owner) => {
                    let scale =
                        scale_of(&owner).ok_or_else(|| BudgetError::NoController(pod.name().to_string()))?;
                    scales.insert(scale.uid, scale.replicas);
                }
            }
        }
        Ok(scales.values().sum())
    }

    /// Writes it into the status of the budget, the condition `DisruptionAllowed` included.
    pub fn write(&self, pdb: &mut Object, now: Time) {
        let generation = pdb.generation();
        pdb.set("status/currentHealthy", self.current_healthy);
        pdb.set("status/desiredHealthy", self.desired_healthy);
        pdb.set("status/disruptionsAllowed", self.disruptions_allowed);
        pdb.set("status/expectedPods", self.expected_pods);
        pdb.set("status/observedGeneration", generation);
        if self.disrupted_pods.is_empty() {
            pdb.remove("status/disruptedPods");
        } else {
            pdb.set("status/disruptedPods", self.disrupted_pods.clone());
        }
        let (status, reason) = match self.disruptions_allowed > 0 {
            true => ("True", "SufficientPods"),
            false => ("False", "InsufficientPods"),
        };
        set_condition(pdb, status, reason, "", now);
    }
}

/// Notes that a budget could not be computed: nothing may be disrupted.
pub fn write_failure(pdb: &mut Object, error: &BudgetError, now: Time) {
    pdb.set("status/disruptionsAllowed", 0);
    set_condition(pdb, "False", "SyncFailed", &error.to_string(), now);
}

/// The time of a condition moves only with its status.
fn set_condition(pdb: &mut Object, status: &str, reason: &str, message: &str, now: Time) {
    const KIND: &str = "DisruptionAllowed";
    let old = pdb.condition(KIND);
    let unchanged = old.filter(|c| c.str_at("status") == status);
    let since = unchanged.map_or_else(|| now.rfc3339(), |c| c.str_at("lastTransitionTime").to_string());
    let condition = json!({
        "type": KIND, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": since, "observedGeneration": pdb.generation(),
    });
    let conditions: &mut Vec<Value> = pdb.at_mut("status/conditions").list_mut();
    match conditions.iter_mut().find(|c| c.str_at("type") == KIND) {
        Some(old) => *old = condition,
        None => conditions.push(condition),
    }
}
