//! Nodes: what they are, and what runs on them.

use super::meta::{name, or, strings, value_or};
use super::pod_resources::{self, Amounts, List};
use super::{Page, View, events, go, meta};
use crate::machinery::{Object, Quantity, Value};
use std::collections::BTreeSet;

pub(super) fn describe(page: &mut Page, view: &View<'_>) {
    let node = view.object;
    name(page, view);
    page.field(0, "Roles", or(&roles(node), "<none>"));
    meta::labels_and_annotations(page, view);
    page.field(0, "CreationTimestamp", view.time(node.at("metadata/creationTimestamp")));
    let mut taints: Vec<&Value> = node.items_at("spec/taints").iter().collect();
    taints.sort_by_key(|taint| (taint.str_at("effect"), taint.str_at("key")));
    page.column(0, "Taints", &taints.into_iter().map(taint).collect::<Vec<_>>());
    page.field(0, "Unschedulable", node.bool_at("spec/unschedulable"));
    lease(page, view);
    conditions(page, view);
    page.line(0, "Addresses:");
    for address in node.items_at("status/addresses") {
        page.field(1, address.str_at("type"), address.str_at("address"));
    }
    for (title, field) in [("Capacity", "status/capacity"), ("Allocatable", "status/allocatable")] {
        let amounts = node.map_at(field);
        if !amounts.is_empty() {
            page.line(0, format_args!("{title}:"));
        }
        for (name, amount) in amounts.iter() {
            page.field(1, name, go::quantity(amount));
        }
    }
    system(page, view);
    page.field_unless_empty(0, "PodCIDR", node.str_at("spec/podCIDR"));
    page.field_unless_empty(0, "PodCIDRs", &strings(node.at("spec/podCIDRs")).collect::<Vec<_>>().join(","));
    page.field_unless_empty(0, "ProviderID", node.str_at("spec/providerID"));
    pods(page, view);
    if view.options.show_events {
        // Some components know a node by its name only and write that where the uid belongs.
        let mut all = events::about(view, "Node", node.uid());
        all.extend(events::about(view, "Node", node.name()));
        events::table(page, view, all);
    }
}

/// The roles labels give a node, sorted.
fn roles(node: &Object) -> String {
    let role = |(key, value): (&str, &Value)| match key.strip_prefix("node-role.kubernetes.io/") {
        Some(role) => Some(role.to_string()).filter(|role| !role.is_empty()),
        None if key == "kubernetes.io/role" => Some(go::text(value)).filter(|role| !role.is_empty()),
        None => None,
    };
    let roles: BTreeSet<String> = node.labels().iter().filter_map(role).collect();
    roles.into_iter().collect::<Vec<_>>().join(",")
}

/// `key=value:Effect`.
fn taint(taint: &Value) -> String {
    let (key, value, effect) = (taint.str_at("key"), taint.str_at("value"), taint.str_at("effect"));
    match (value, effect) {
        ("", "") => key.into(),
        ("", _) => format!("{key}:{effect}"),
        (_, "") => format!("{key}={value}:"),
        _ => format!("{key}={value}:{effect}"),
    }
}

fn lease(page: &mut Page, view: &View<'_>) {
    let name = view.object.name();
    let Some(lease) = view.world.get("leases.coordination.k8s.io", "kube-node-lease", name) else {
        let error = format!("leases.coordination.k8s.io \"{name}\" not found");
        return page.field(0, "Lease", format_args!("Failed to get lease: {error}"));
    };
    page.line(0, "Lease:");
    page.field(1, "HolderIdentity", value_or(lease.at("spec/holderIdentity"), "<unset>"));
    for (title, field) in [("AcquireTime", "spec/acquireTime"), ("RenewTime", "spec/renewTime")] {
        match lease.at(field) {
            Value::Null => page.field(1, title, "<unset>"),
            time => page.field(1, title, view.time(time)),
        }
    }
}

fn conditions(page: &mut Page, view: &View<'_>) {
    let conditions = view.object.items_at("status/conditions");
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.line(1, "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    page.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for condition in conditions {
        let times = [condition.at("lastHeartbeatTime"), condition.at("lastTransitionTime")];
        let [heartbeat, transition] = times.map(|time| view.time(time));
        let text = |field: &str| condition.str_at(field).to_string();
        let (kind, status, reason, message) = (text("type"), text("status"), text("reason"), text("message"));
        page.line(1, format_args!("{kind} \t{status} \t{heartbeat} \t{transition} \t{reason} \t{message}"));
    }
}

fn system(page: &mut Page, view: &View<'_>) {
    let info = view.object.at("status/nodeInfo");
    page.line(0, "System Info:");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        page.field(1, title, info.str_at(field));
    }
    if view.client().describe_shows_the_kube_proxy_version() {
        page.field(1, "Kube-Proxy Version", info.str_at("kubeProxyVersion"));
    }
}

/// The pods that hold resources of the node, and how much of it is taken.
fn pods(page: &mut Page, view: &View<'_>) {
    let node = view.object;
    let mut pods = view.world.list("pods", "");
    pods.retain(|pod| {
        pod.str_at("spec/nodeName") == node.name()
            && !matches!(pod.str_at("status/phase"), "Succeeded" | "Failed")
    });
    let allocatable = match node.map_at("status/allocatable") {
        none if none.is_empty() => node.at("status/capacity"),
        _ => node.at("status/allocatable"),
    };
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    page.field(0, "Non-terminated Pods", format_args!("({} in total)", pods.len()));
    page.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    page.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    for pod in &pods {
        let asked = pod_resources::of_pod(pod, List::Requests, view.client());
        let bound = pod_resources::of_pod(pod, List::Limits, view.client());
        let share = |name: &str, amounts: &Amounts| share(name, amounts, allocatable);
        page.line(
            1,
            format_args!(
                "{}\t{}\t\t{}\t{}\t{}\t{}\t{}",
                pod.namespace(),
                pod.name(),
                share("cpu", &asked),
                share("cpu", &bound),
                share("memory", &asked),
                share("memory", &bound),
                view.age(pod.at("metadata/creationTimestamp")),
            ),
        );
        pod_resources::add(&mut requests, &asked);
        pod_resources::add(&mut limits, &bound);
    }
    page.line(0, "Allocated resources:");
    page.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    page.line(1, "Resource\tRequests\tLimits");
    page.line(1, "--------\t--------\t------");
    let (plain, extended): (Vec<&str>, Vec<&str>) = allocatable
        .map()
        .keys()
        .filter(|name| !is_standard(name))
        .partition(|name| name.starts_with("hugepages-"));
    for name in ["cpu", "memory", "ephemeral-storage"].into_iter().chain(plain) {
        let (asked, bound) = (share(name, &requests, allocatable), share(name, &limits, allocatable));
        page.line(1, format_args!("{name}\t{asked}\t{bound}"));
    }
    for name in extended {
        let amount = |amounts: &Amounts| amounts.get(name).cloned().unwrap_or_default();
        page.line(1, format_args!("{name}\t{}\t{}", amount(&requests), amount(&limits)));
    }
}

fn is_standard(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage" | "pods")
}

/// `100m (5%)`: an amount and how much of what is allocatable it is.
fn share(name: &str, amounts: &Amounts, allocatable: &Value) -> String {
    let amount = amounts.get(name).cloned().unwrap_or_default();
    let whole = allocatable.get(name).map(Quantity::of).unwrap_or_default();
    let of = |quantity: &Quantity| match name {
        "cpu" => quantity.milli_value() as f64,
        _ => quantity.value() as f64,
    };
    let percent = if whole.nano() == 0 { 0 } else { (of(&amount) / of(&whole) * 100.0) as i64 };
    format!("{amount} ({percent}%)")
}
