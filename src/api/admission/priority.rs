//! Priority: the number behind a pod's PriorityClass.

use super::{Lookup, shown_name};
use crate::api::{ApiError, Resource};
use crate::machinery::Object;

const CLASSES: &str = "priorityclasses.scheduling.k8s.io";

pub(super) fn resolve(resource: &Resource, pod: &mut Object, cluster: &dyn Lookup) -> Result<(), ApiError> {
    let named = pod.str_at("spec/priorityClassName").to_string();
    let refuse = |pod: &Object, why: String| Err(ApiError::forbidden(resource, shown_name(pod), why));
    let (priority, policy) = if named.is_empty() {
        match global_default(cluster) {
            Some(class) => {
                pod.set("spec/priorityClassName", class.name());
                of_class(&class)
            }
            None => (0, "PreemptLowerPriority".to_string()),
        }
    } else {
        match cluster.get(CLASSES, "", &named).map(|class| of_class(&class)).or_else(|| built_in(&named)) {
            Some(found) => found,
            None => return refuse(pod, format!("no PriorityClass with name {named} was found")),
        }
    };
    if let Some(given) = pod.int_at("spec/priority").filter(|given| *given != priority) {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller \
             computed {priority} from the given PriorityClass name"
        );
        return refuse(pod, why);
    }
    if let Some(given) = pod.at("spec/preemptionPolicy").as_str().filter(|given| *given != policy) {
        let why = format!(
            "the string value of PreemptionPolicy ({given}) must not be provided in pod spec; priority admission \
             controller computed {policy} from the given PriorityClass name"
        );
        return refuse(pod, why);
    }
    pod.set("spec/priority", priority);
    pod.set("spec/preemptionPolicy", policy);
    Ok(())
}

fn of_class(class: &Object) -> (i64, String) {
    let policy = match class.str_at("preemptionPolicy") {
        "" => "PreemptLowerPriority",
        policy => policy,
    };
    (class.int_at("value").unwrap_or(0), policy.to_string())
}

/// The two classes every server makes before it answers anyone.
fn built_in(name: &str) -> Option<(i64, String)> {
    let priority = match name {
        "system-cluster-critical" => 2_000_000_000,
        "system-node-critical" => 2_000_001_000,
        _ => return None,
    };
    Some((priority, "PreemptLowerPriority".to_string()))
}

/// Of several global defaults the lowest counts.
fn global_default(cluster: &dyn Lookup) -> Option<Object> {
    let classes = cluster.list(CLASSES, "").into_iter().filter(|c| c.bool_at("globalDefault"));
    classes.min_by_key(|c| c.int_at("value").unwrap_or(0))
}

pub(super) fn check_class(resource: &Resource, class: &Object, cluster: &dyn Lookup) -> Result<(), ApiError> {
    if !class.bool_at("globalDefault") {
        return Ok(());
    }
    match global_default(cluster).filter(|other| other.name() != class.name()) {
        Some(other) => {
            let why = format!(
                "PriorityClass {} is already marked as default. Only one default can exist",
                other.name()
            );
            Err(ApiError::forbidden(resource, class.name(), why))
        }
        None => Ok(()),
    }
}
