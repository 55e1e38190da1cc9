//! Pods.

use super::containers::{self, Place};
use super::meta::{or, pairs};
use super::{Page, View, events, go, meta, pod_resources, template, volumes};
use crate::machinery::Value;

pub(super) fn describe(page: &mut Page, view: &View<'_>) {
    let pod = view.object;
    heading(page, view);
    status(page, view);
    addresses(page, view);
    if view.client().describes_pod_level_resources() {
        resources(page, pod.at("spec/resources"));
    }
    let place = Place::Pod(pod);
    for (title, list, statuses) in [
        ("Init Containers", "spec/initContainers", "status/initContainerStatuses"),
        ("Containers", "spec/containers", "status/containerStatuses"),
        ("Ephemeral Containers", "spec/ephemeralContainers", "status/ephemeralContainerStatuses"),
    ] {
        let list = pod.items_at(list);
        if title == "Containers" || !list.is_empty() {
            containers::write(page, view, title, list, pod.items_at(statuses), place);
        }
    }
    conditions(page, pod);
    volumes::write(page, view, pod.items_at("spec/volumes"), place);
    let quality = match pod.str_at("status/qosClass") {
        "" => pod_resources::quality_of_service(pod.at("spec")),
        class => class,
    };
    page.field(0, "QoS Class", quality);
    page.column(0, "Node-Selectors", &pairs(pod.map_at("spec/nodeSelector")));
    page.column(0, "Tolerations", &template::tolerations(pod.items_at("spec/tolerations")));
    let spread = template::spread_constraints(pod.items_at("spec/topologySpreadConstraints"));
    if !spread.is_empty() {
        page.column(0, "Topology Spread Constraints", &spread);
    }
    if view.options.show_events {
        // Without the kind: what happened to a pod is told by its name, namespace and uid.
        let uid = or(pod.annotation("kubernetes.io/config.mirror").unwrap_or(""), pod.uid());
        events::table(page, view, events::about(view, "", uid));
    }
}

fn heading(page: &mut Page, view: &View<'_>) {
    let pod = view.object;
    meta::name_and_namespace(page, view);
    if let Some(priority) = pod.int_at("spec/priority") {
        page.field(0, "Priority", priority);
    }
    page.field_unless_empty(0, "Priority Class Name", pod.str_at("spec/priorityClassName"));
    page.field_unless_empty(0, "Runtime Class Name", pod.str_at("spec/runtimeClassName"));
    page.field_unless_empty(0, "Service Account", pod.str_at("spec/serviceAccountName"));
    match pod.str_at("spec/nodeName") {
        "" => page.field(0, "Node", "<none>"),
        node => page.field(0, "Node", format_args!("{node}/{}", pod.str_at("status/hostIP"))),
    }
    if let started @ Value::Str(_) = pod.at("status/startTime") {
        page.field(0, "Start Time", view.time(started));
    }
    meta::labels_and_annotations(page, view);
}

fn status(page: &mut Page, view: &View<'_>) {
    let pod = view.object;
    let phase = pod.str_at("status/phase");
    let over = matches!(phase, "Failed" | "Succeeded") && view.client().describe_lets_finished_pods_be();
    if pod.is_deleting() && !over {
        let age = view.age(pod.at("metadata/deletionTimestamp"));
        page.field(0, "Status", format_args!("Terminating (lasts {age})"));
        let grace = pod.int_at("metadata/deletionGracePeriodSeconds").unwrap_or(0);
        page.field(0, "Termination Grace Period", format_args!("{grace}s"));
    } else {
        page.field(0, "Status", phase);
    }
    page.field_unless_empty(0, "Reason", pod.str_at("status/reason"));
    page.field_unless_empty(0, "Message", pod.str_at("status/message"));
    containers::seccomp(page, 0, pod.at("spec/securityContext"));
}

fn addresses(page: &mut Page, view: &View<'_>) {
    let pod = view.object;
    page.field(0, "IP", pod.str_at("status/podIP"));
    let addresses = pod.items_at("status/podIPs");
    if addresses.is_empty() {
        page.field(0, "IPs", "<none>");
    } else {
        page.line(0, "IPs:");
    }
    for address in addresses {
        page.field(1, "IP", address.str_at("ip"));
    }
    meta::controlled_by(page, view);
    page.field_unless_empty(0, "NominatedNodeName", pod.str_at("status/nominatedNodeName"));
}

/// Requests and limits of the pod as a whole.
fn resources(page: &mut Page, resources: &Value) {
    if !resources.is_null() {
        page.line(0, "Resources:");
        pod_resources::write(page, 1, resources);
    }
}

fn conditions(page: &mut Page, pod: &crate::machinery::Object) {
    let gates = pod.items_at("spec/readinessGates");
    let conditions = pod.items_at("status/conditions");
    if !gates.is_empty() {
        page.line(0, "Readiness Gates:");
        page.line(1, "Type\tStatus");
    }
    for gate in gates {
        let kind = gate.str_at("conditionType");
        let status = pod.condition(kind).map_or("<none>", |condition| condition.str_at("status"));
        page.line(1, format_args!("{kind} \t{status} "));
    }
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(1, "Type\tStatus");
    }
    for condition in conditions {
        page.line(1, format_args!("{} \t{} ", go::text(condition.at("type")), condition.str_at("status")));
    }
}
