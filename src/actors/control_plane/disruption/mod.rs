//! The disruption controller: keeps telling each PodDisruptionBudget how many of its pods may go.

pub mod budget;

use super::pod_control::record;
use super::replicaset::REPLICA_SETS;
use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Map, Object, OwnerRef};
use crate::store::{Change, Verb};
use budget::{BudgetStatus, Scale};

const BUDGETS: &str = "poddisruptionbudgets.policy";
/// Its events name the program it is a part of.
const COMPONENT: &str = "controllermanager";

/// The controller as an actor.
#[derive(Debug)]
pub struct DisruptionController;

impl Actor for DisruptionController {
    fn name(&self) -> &'static str {
        "disruption-controller"
    }

    fn rank(&self) -> u8 {
        35
    }

    fn watches(&self) -> &'static [&'static str] {
        &[BUDGETS, "pods"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        match change.resource.as_ref() {
            "pods" => {
                for budget in ctx.api.list(BUDGETS, object.namespace()) {
                    let before = change.previous.as_ref().filter(|old| old.labels() != object.labels());
                    if covers(&budget, object.labels()) || before.is_some_and(|o| covers(&budget, o.labels()))
                    {
                        ctx.wake(&budget.key());
                    }
                }
            }
            _ if change.verb == Verb::Deleted => ctx.forget_wake(&object.key()),
            _ => ctx.wake(&object.key()),
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (ns, name) = key.split_once('/').unwrap_or(("", key));
        match ctx.api.find(BUDGETS, ns, name) {
            Some(budget) => sync(ctx, &budget),
            None => Ok(()),
        }
    }
}

fn selector(budget: &Object) -> LabelSelector {
    LabelSelector::from_object(budget.at("spec/selector")).unwrap_or_else(|_| LabelSelector::nothing())
}

fn covers(budget: &Object, labels: &Map) -> bool {
    selector(budget).matches(labels)
}

fn sync(ctx: &Ctx<'_>, budget: &Object) -> Result<(), ApiError> {
    let selector = selector(budget);
    let pods = ctx.api.pods_matching(budget.namespace(), &selector);
    if pods.is_empty() {
        record(ctx, budget, COMPONENT, "Normal", "NoPods", "No matching pods found");
    }
    let pods: Vec<&Object> = pods.iter().collect();
    let scale = |owner: &OwnerRef| scale_of(ctx, budget.namespace(), owner);
    let mut changed = budget.clone();
    match BudgetStatus::measure(budget, &pods, scale, ctx.now()) {
        Ok(status) => {
            if !status.unmanaged.is_empty() {
                let message = format!(
                    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a \
                     result, the status of the PDB cannot be calculated correctly, which may result in undefined \
                     behavior. To account for these pods please set \".spec.minAvailable\" field of the PDB to an \
                     integer value.",
                    go_selector(budget)
                );
                record(ctx, budget, COMPONENT, "Warning", "UnmanagedPods", &message);
            }
            status.write(&mut changed, ctx.now());
            if let Some(at) = status.recheck {
                ctx.wake_at(&budget.key(), at);
            }
        }
        Err(e) => {
            let message = format!("Failed to calculate the number of expected pods: {e}");
            record(ctx, budget, COMPONENT, "Warning", "CalculateExpectedPodCountFailed", &message);
            budget::write_failure(&mut changed, &e, ctx.now());
        }
    }
    ctx.api.update_status(changed).map(|_| ())
}

/// A selector as Go prints the struct.
fn go_selector(budget: &Object) -> String {
    let labels: Vec<String> = budget
        .map_at("spec/selector/matchLabels")
        .iter()
        .map(|(key, value)| format!("{key}: {}", value.as_str().unwrap_or("")))
        .collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{},}},MatchExpressions:[]LabelSelectorRequirement{{}},}}",
        labels.join(",")
    )
}

/// The size of a pod's controller; of a ReplicaSet's pod, of the Deployment above it.
fn scale_of(ctx: &Ctx<'_>, ns: &str, owner: &OwnerRef) -> Option<Scale> {
    let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
    let resource = ctx.api.registry().by_group_kind(group, &owner.kind)?.clone();
    let found = ctx.api.find(&resource.qualified(), ns, &owner.name)?;
    if found.uid() != owner.uid {
        return None;
    }
    if resource.qualified() == REPLICA_SETS
        && let Some(above) = found.controller().filter(|above| above.kind == "Deployment")
    {
        return scale_of(ctx, ns, &above);
    }
    let scale = ctx.api.scale(&resource, ns, &owner.name).ok()?;
    Some(Scale { uid: owner.uid.clone(), replicas: scale.int_at("spec/replicas").unwrap_or(0) })
}
