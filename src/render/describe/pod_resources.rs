//! What containers and pods ask for and may use.

use super::{Page, go};
use crate::machinery::{KubeVersion, Quantity, Value};
use std::collections::BTreeMap;

/// Amounts by resource name.
pub(super) type Amounts = BTreeMap<String, Quantity>;

/// The `Limits:` and `Requests:` blocks of a container or a pod.
pub(super) fn write(page: &mut Page, level: usize, resources: &Value) {
    for (title, field) in [("Limits", "limits"), ("Requests", "requests")] {
        let amounts = resources.map_at(field);
        if !amounts.is_empty() {
            page.line(level, format_args!("{title}:"));
        }
        for (name, amount) in amounts.iter() {
            page.field(level + 1, name, go::quantity(amount));
        }
    }
}

/// What a `resourceFieldRef` of a container's environment yields: the amount in units of the divisor, rounded up.
pub(super) fn downward_value(container: &Value, reference: &Value) -> String {
    let Some((list, name)) = reference.str_at("resource").split_once('.') else { return "0".into() };
    let amount = container.at("resources").at(list).get(name).map(Quantity::of).unwrap_or_default();
    let divisor = match Quantity::of(reference.at("divisor")).nano() {
        0 => Quantity::from_int(1).nano(),
        nano => nano,
    };
    (amount.nano() + divisor - 1).div_euclid(divisor).to_string()
}

/// The quality of service a pod's resources earn it, for pods whose status does not say.
pub(super) fn quality_of_service(spec: &Value) -> &'static str {
    let containers = || spec.items_at("containers").iter().chain(spec.items_at("initContainers"));
    let amount = |container: &Value, list: &str, name: &str| {
        let amount = Quantity::of(container.at("resources").at(list).at(name));
        (amount.nano() > 0).then_some(amount)
    };
    let names = ["cpu", "memory"];
    let any = |list| containers().any(|c| names.iter().any(|name| amount(c, list, name).is_some()));
    if !any("limits") && !any("requests") {
        return "BestEffort";
    }
    let full = containers().all(|c| {
        names.iter().all(|name| {
            let limit = amount(c, "limits", name);
            limit.is_some() && amount(c, "requests", name).is_none_or(|request| Some(request) == limit)
        })
    });
    if full { "Guaranteed" } else { "Burstable" }
}

/// Which of the two lists of a pod's resources.
#[derive(Clone, Copy)]
pub(super) enum List {
    Requests,
    Limits,
}

/// What a pod takes of its node: the sum over its containers, or what its init containers need before if that is more;
/// resources stated for the pod as a whole replace the sum in clients that know them.
pub(super) fn of_pod(pod: &Value, list: List, client: KubeVersion) -> Amounts {
    let field = match list {
        List::Requests => "requests",
        List::Limits => "limits",
    };
    let mut total = Amounts::new();
    for container in pod.items_at("spec/containers") {
        let status = status_of(pod, "status/containerStatuses", container);
        add(&mut total, &of_container(container, status, list));
    }
    let (mut sidecars, mut before) = (Amounts::new(), Amounts::new());
    for container in pod.items_at("spec/initContainers") {
        let status = status_of(pod, "status/initContainerStatuses", container);
        let mut amounts = of_container(container, status, list);
        if container.str_at("restartPolicy") == "Always" && client.describe_node_adds_sidecars() {
            add(&mut total, &amounts);
            add(&mut sidecars, &amounts);
            amounts = sidecars.clone();
        } else {
            add(&mut amounts, &sidecars);
        }
        raise(&mut before, &amounts);
    }
    raise(&mut total, &before);
    if client.describe_node_counts_pod_level_resources() {
        for (name, amount) in pod.at("spec/resources").map_at(field).iter() {
            total.insert(name.to_string(), Quantity::of(amount));
        }
    }
    let overhead = amounts(pod.at("spec/overhead"));
    match list {
        List::Requests => add(&mut total, &overhead),
        // A limit that is not set stays unset.
        List::Limits => {
            let known = overhead.into_iter().filter(|(name, _)| total.contains_key(name)).collect();
            add(&mut total, &known);
        }
    }
    total
}

fn status_of<'a>(pod: &'a Value, statuses: &str, container: &Value) -> &'a Value {
    let name = container.str_at("name");
    pod.items_at(statuses)
        .iter()
        .find(|status| status.str_at("name") == name)
        .unwrap_or(&crate::machinery::value::NULL)
}

/// Of a container; while a resize is under way, requests count with what was granted if that is more.
fn of_container(container: &Value, status: &Value, list: List) -> Amounts {
    match list {
        List::Limits => amounts(container.at("resources/limits")),
        List::Requests => {
            let mut requests = amounts(container.at("resources/requests"));
            raise(&mut requests, &amounts(status.at("allocatedResources")));
            requests
        }
    }
}

fn amounts(map: &Value) -> Amounts {
    map.map().iter().map(|(name, amount)| (name.to_string(), Quantity::of(amount))).collect()
}

/// Adds amounts to a sum. An amount that is new to the sum brings its format.
pub(super) fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        match sum.get_mut(name) {
            Some(total) => *total = &*total + amount,
            None => {
                sum.insert(name.clone(), amount.clone());
            }
        }
    }
}

fn raise(least: &mut Amounts, amounts: &Amounts) {
    for (name, amount) in amounts {
        if least.get(name).is_none_or(|known| known < amount) {
            least.insert(name.clone(), amount.clone());
        }
    }
}
