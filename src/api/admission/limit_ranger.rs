//! LimitRanger: defaults for containers that say nothing of their resources, and bounds for those that do.

use super::{Lookup, shown_name};
use crate::api::{ApiError, Resource};
use crate::machinery::{Map, Object, Quantity, Value};

/// Gives containers the default requests and limits of their namespace.
pub(super) fn fill(pod: &mut Object, cluster: &dyn Lookup) {
    for range in cluster.list("limitranges", pod.namespace()) {
        fill_from(pod, &range);
    }
}

fn fill_from(pod: &mut Object, range: &Object) {
    let (mut limits, mut requests) = (Map::new(), Map::new());
    for item in range.items_at("spec/limits").iter().filter(|i| i.str_at("type") == "Container") {
        for (from, to) in [("default", &mut limits), ("defaultRequest", &mut requests)] {
            for (name, amount) in item[from].map().iter() {
                to.insert(name, amount);
            }
        }
    }
    let mut said: Vec<String> = Vec::new();
    for (list, title) in [("containers", "container"), ("initContainers", "init container")] {
        if pod.at("spec")[list].items().is_empty() {
            continue;
        }
        for container in pod.at_mut("spec").at_mut(list).list_mut() {
            let name = container.str_at("name").to_string();
            for (side, word, defaults) in [("requests", "request", &requests), ("limits", "limit", &limits)] {
                let set: Vec<&str> =
                    defaults.keys().filter(|key| container["resources"][side][*key].is_null()).collect();
                if set.is_empty() {
                    continue;
                }
                said.push(format!("{} {word} for {title} {name}", set.join(", ")));
                for key in set {
                    let amount = defaults.get(key).cloned().unwrap_or_default();
                    container.at_mut("resources").at_mut(side).map_mut().insert(key, amount);
                }
            }
        }
    }
    if !said.is_empty() {
        pod.set_annotation(
            "kubernetes.io/limit-ranger",
            &format!("LimitRanger plugin set: {}", said.join("; ")),
        );
    }
}

/// Refuses what is out of the bounds of its namespace.
pub(super) fn check(resource: &Resource, object: &Object, cluster: &dyn Lookup) -> Result<(), ApiError> {
    for range in cluster.list("limitranges", object.namespace()) {
        let mut errors = Vec::new();
        for item in range.items_at("spec/limits") {
            match (item.str_at("type"), resource.kind.as_ref()) {
                ("Container", "Pod") => {
                    for list in ["containers", "initContainers"] {
                        for container in object.at("spec")[list].items() {
                            bounds(item, &container["resources"], "Container", &mut errors);
                        }
                    }
                }
                ("Pod", "Pod") => bounds(item, &sum_of_pod(object), "Pod", &mut errors),
                ("PersistentVolumeClaim", "PersistentVolumeClaim") => {
                    claim_bounds(item, object.at("spec/resources/requests"), &mut errors);
                }
                _ => {}
            }
        }
        if !errors.is_empty() {
            let why = match errors.as_slice() {
                [one] => one.clone(),
                several => format!("[{}]", several.join(", ")),
            };
            return Err(ApiError::forbidden(resource, shown_name(object), why));
        }
    }
    Ok(())
}

fn bounds(item: &Value, resources: &Value, what: &str, errors: &mut Vec<String>) {
    let amount = |side: &str, name: &str| resources[side].get(name).map(Quantity::of);
    for (name, least) in item["min"].map().iter() {
        let (least, request, limit) = (Quantity::of(least), amount("requests", name), amount("limits", name));
        let rule = format!("minimum {name} usage per {what} is {least}");
        match (request, limit) {
            (None, _) => errors.push(format!("{rule}.  No request is specified")),
            (Some(request), _) if request < least => errors.push(format!("{rule}, but request is {request}")),
            (_, Some(limit)) if limit < least => errors.push(format!("{rule}, but limit is {limit}")),
            _ => {}
        }
    }
    for (name, most) in item["max"].map().iter() {
        let (most, request, limit) = (Quantity::of(most), amount("requests", name), amount("limits", name));
        let rule = format!("maximum {name} usage per {what} is {most}");
        match (request, limit) {
            (_, None) => errors.push(format!("{rule}.  No limit is specified")),
            (_, Some(limit)) if limit > most => errors.push(format!("{rule}, but limit is {limit}")),
            (Some(request), _) if request > most => errors.push(format!("{rule}, but request is {request}")),
            _ => {}
        }
    }
    for (name, most) in item["maxLimitRequestRatio"].map().iter() {
        let (most, request, limit) = (Quantity::of(most), amount("requests", name), amount("limits", name));
        let rule = format!("{name} max limit to request ratio per {what} is {most}, but");
        let given = |q: Option<Quantity>| q.filter(|q| q.nano() > 0);
        match (given(request), given(limit)) {
            (None, _) => errors.push(format!("{rule} no request is specified or request is 0")),
            (_, None) => errors.push(format!("{rule} no limit is specified or limit is 0")),
            (Some(request), Some(limit)) => {
                let ratio = limit.as_f64() / request.as_f64();
                if ratio > most.as_f64() {
                    errors.push(format!("{rule} provided ratio is {ratio:.6}"));
                }
            }
        }
    }
}

fn claim_bounds(item: &Value, requests: &Value, errors: &mut Vec<String>) {
    let asked = |name: &str| requests.get(name).map(Quantity::of);
    for (name, least) in item["min"].map().iter() {
        let least = Quantity::of(least);
        let rule = format!("minimum {name} usage per PersistentVolumeClaim is {least}");
        match asked(name) {
            None => errors.push(format!("{rule}.  No request is specified")),
            Some(request) if request < least => errors.push(format!("{rule}, but request is {request}")),
            _ => {}
        }
    }
    for (name, most) in item["max"].map().iter() {
        let most = Quantity::of(most);
        let rule = format!("maximum {name} usage per PersistentVolumeClaim is {most}");
        match asked(name) {
            None => errors.push(format!("{rule}.  No request is specified")),
            Some(request) if request > most => errors.push(format!("{rule}, but request is {request}")),
            _ => {}
        }
    }
}

/// A pod needs what its containers need together, or what one init container needs alone.
fn sum_of_pod(pod: &Object) -> Value {
    let mut total = Value::object();
    for side in ["requests", "limits"] {
        let mut sums: Vec<(String, Quantity)> = Vec::new();
        let mut merge = |resources: &Value, join: fn(&Quantity, &Quantity) -> Quantity| {
            for (name, amount) in resources[side].map().iter() {
                let amount = Quantity::of(amount);
                match sums.iter_mut().find(|(n, _)| n == name) {
                    Some((_, sum)) => *sum = join(sum, &amount),
                    None => sums.push((name.to_string(), amount)),
                }
            }
        };
        for container in pod.items_at("spec/containers") {
            merge(&container["resources"], |a, b| a + b);
        }
        for container in pod.items_at("spec/initContainers") {
            merge(&container["resources"], |a, b| if a >= b { a.clone() } else { b.clone() });
        }
        let map: Map = sums.into_iter().map(|(name, amount)| (name, amount.to_string())).collect();
        total.set(side, map);
    }
    total
}
