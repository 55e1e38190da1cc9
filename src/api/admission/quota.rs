//! ResourceQuota: what a namespace may hold, counted and summed.

use super::{Lookup, shown_name};
use crate::api::{ApiError, Resource};
use crate::machinery::{Map, Object, Quantity, Value};

const COMPUTE: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// Refuses a new object that some quota of its namespace has no room for.
pub(super) fn check(resource: &Resource, object: &Object, cluster: &dyn Lookup) -> Result<(), ApiError> {
    if !resource.namespaced || resource.kind == "Event" || resource.kind == "ResourceQuota" {
        return Ok(());
    }
    let quotas = cluster.list("resourcequotas", object.namespace());
    let qualified = resource.qualified();
    for quota in quotas.iter().filter(|q| applies(q, &qualified, object)) {
        // A quota holds from when its controller has seen it.
        let hard = quota.map_at("status/hard");
        let refuse = |why: String| Err(ApiError::forbidden(resource, shown_name(object), why));
        let missing = unspecified(hard, &qualified, object);
        if !missing.is_empty() {
            return refuse(format!("failed quota: {}: must specify {missing}", quota.name()));
        }
        let used = usage(quota, cluster);
        let (mut asked, mut had, mut limits) = (Vec::new(), Vec::new(), Vec::new());
        for (name, limit) in hard.iter() {
            let more = amount(name, &qualified, object);
            if more.nano() <= 0 {
                continue;
            }
            let used = Quantity::of(used.get(name).unwrap_or(&Value::Null));
            let limit = Quantity::of(limit);
            if &used + &more > limit {
                asked.push(format!("{name}={more}"));
                had.push(format!("{name}={used}"));
                limits.push(format!("{name}={limit}"));
            }
        }
        if !asked.is_empty() {
            return refuse(format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                quota.name(),
                asked.join(","),
                had.join(","),
                limits.join(",")
            ));
        }
    }
    Ok(())
}

/// How much of each resource a quota limits is in use in its namespace.
pub fn usage(quota: &Object, cluster: &dyn Lookup) -> Map {
    let hard = quota.map_at("spec/hard");
    let mut used = Map::new();
    for name in hard.keys() {
        let mut total = Quantity::default();
        for resource in counted(name) {
            for object in cluster.list(&resource, quota.namespace()) {
                if applies(quota, &resource, &object) && !over(&resource, &object) {
                    total += &amount(name, &resource, &object);
                }
            }
        }
        used.insert(name, total.to_string());
    }
    used
}

/// The resources whose objects count for a name in a quota.
fn counted(name: &str) -> Vec<String> {
    if let Some(counted) = name.strip_prefix("count/") {
        return vec![counted.to_string()];
    }
    match name {
        "persistentvolumeclaims" | "requests.storage" => vec!["persistentvolumeclaims".into()],
        "services" | "services.loadbalancers" | "services.nodeports" => vec!["services".into()],
        "configmaps" | "secrets" | "resourcequotas" | "replicationcontrollers" => vec![name.into()],
        _ if name.contains(".storageclass.storage.k8s.io/") => vec!["persistentvolumeclaims".into()],
        _ => vec!["pods".into()],
    }
}

/// How much one object adds to a name in a quota.
fn amount(name: &str, resource: &str, object: &Object) -> Quantity {
    if let Some(counted) = name.strip_prefix("count/") {
        return Quantity::from_int(i64::from(counted == resource));
    }
    match resource {
        "pods" => pod_amount(name, object),
        "services" => Quantity::from_int(match name {
            "services" => 1,
            "services.loadbalancers" => i64::from(object.str_at("spec/type") == "LoadBalancer"),
            "services.nodeports" if matches!(object.str_at("spec/type"), "NodePort" | "LoadBalancer") => {
                object.items_at("spec/ports").len() as i64
            }
            _ => 0,
        }),
        "persistentvolumeclaims" => {
            let storage = || Quantity::of(object.at("spec/resources/requests/storage"));
            let class = name.split_once(".storageclass.storage.k8s.io/");
            match (name, class) {
                ("persistentvolumeclaims", _) => Quantity::from_int(1),
                ("requests.storage", _) => storage(),
                (_, Some((class, what))) if class == object.str_at("spec/storageClassName") => match what {
                    "requests.storage" => storage(),
                    _ => Quantity::from_int(1),
                },
                _ => Quantity::default(),
            }
        }
        _ => Quantity::from_int(i64::from(name == resource)),
    }
}

fn pod_amount(name: &str, pod: &Object) -> Quantity {
    if name == "pods" {
        return Quantity::from_int(1);
    }
    let (side, resource) = match name.split_once('.') {
        Some(("limits", resource)) => ("limits", resource),
        Some(("requests", resource)) => ("requests", resource),
        _ if COMPUTE.contains(&name) || name.starts_with("hugepages-") => ("requests", name),
        _ => return Quantity::default(),
    };
    let of = |c: &Value| Quantity::of(&c["resources"][side][resource]);
    let mut total = Quantity::default();
    for container in pod.items_at("spec/containers") {
        total += &of(container);
    }
    // Sidecars run beside everything after them; other init containers run alone.
    let (mut sidecars, mut peak) = (Quantity::default(), Quantity::default());
    for container in pod.items_at("spec/initContainers") {
        if container.str_at("restartPolicy") == "Always" {
            sidecars += &of(container);
        }
        let alone = if container.str_at("restartPolicy") == "Always" {
            sidecars.clone()
        } else {
            &sidecars + &of(container)
        };
        if alone > peak {
            peak = alone;
        }
    }
    total += &sidecars;
    let mut needed = if peak > total { peak } else { total };
    needed += &Quantity::of(&pod.at("spec/overhead")[resource]);
    needed
}

/// What every container must say because a quota limits it: `limits.cpu for: c; requests.memory for: c`.
fn unspecified(hard: &Map, resource: &str, pod: &Object) -> String {
    if resource != "pods" {
        return String::new();
    }
    let mut missing = Vec::new();
    for name in hard.keys() {
        let (side, what) = match name.split_once('.') {
            Some((side @ ("limits" | "requests"), what)) => (side, what),
            _ => ("requests", name),
        };
        if !matches!(what, "cpu" | "memory") {
            continue;
        }
        let containers =
            ["initContainers", "containers"].into_iter().flat_map(|list| pod.at("spec")[list].items());
        let silent: Vec<&str> =
            containers.filter(|c| c["resources"][side][what].is_null()).map(|c| c.str_at("name")).collect();
        if !silent.is_empty() {
            missing.push(format!("{name} for: {}", silent.join(",")));
        }
    }
    missing.join("; ")
}

/// Pods that are over use nothing any more.
fn over(resource: &str, object: &Object) -> bool {
    resource == "pods" && matches!(object.str_at("status/phase"), "Succeeded" | "Failed")
}

/// Whether an object is in the scope of a quota.
fn applies(quota: &Object, resource: &str, object: &Object) -> bool {
    let scopes =
        quota.items_at("spec/scopes").iter().filter_map(Value::as_str).map(|s| (s, "Exists", [].as_slice()));
    let selected = quota.items_at("spec/scopeSelector/matchExpressions").iter();
    let selected = selected.map(|e| (e.str_at("scopeName"), e.str_at("operator"), e.items_at("values")));
    scopes
        .chain(selected)
        .all(|(scope, operator, values)| resource == "pods" && in_scope(scope, operator, values, object))
}

fn in_scope(scope: &str, operator: &str, values: &[Value], pod: &Object) -> bool {
    let best_effort = pod.str_at("status/qosClass") == "BestEffort";
    let terminating = pod.int_at("spec/activeDeadlineSeconds").is_some_and(|s| s >= 0);
    match scope {
        "BestEffort" => best_effort,
        "NotBestEffort" => !best_effort,
        "Terminating" => terminating,
        "NotTerminating" => !terminating,
        "PriorityClass" => {
            let class = pod.str_at("spec/priorityClassName");
            let named = values.iter().any(|v| v.as_str() == Some(class));
            match operator {
                "In" => named,
                "NotIn" => !named,
                "DoesNotExist" => class.is_empty(),
                _ => !class.is_empty(),
            }
        }
        _ => true,
    }
}
