//! Deployments, ReplicaSets, ReplicationControllers, StatefulSets and DaemonSets.

use super::meta::{joined_pairs, name_and_namespace, pairs, value_or};
use super::{Page, View, events, go, meta, storage, template};
use crate::machinery::selector::{LabelSelector, format_label_selector};
use crate::machinery::{Object, Value};

pub(super) fn deployment(page: &mut Page, view: &View<'_>) {
    let deployment = view.object;
    name_and_namespace(page, view);
    page.field(0, "CreationTimestamp", view.time(deployment.at("metadata/creationTimestamp")));
    meta::labels_and_annotations(page, view);
    page.field(0, "Selector", format_label_selector(deployment.at("spec/selector")));
    let count = |field: &str| deployment.int_at(field).unwrap_or(0);
    page.field(
        0,
        "Replicas",
        format_args!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            count("spec/replicas"),
            count("status/updatedReplicas"),
            count("status/replicas"),
            count("status/availableReplicas"),
            count("status/unavailableReplicas"),
        ),
    );
    page.field(0, "StrategyType", deployment.str_at("spec/strategy/type"));
    page.field(0, "MinReadySeconds", count("spec/minReadySeconds"));
    let rolling = deployment.at("spec/strategy/rollingUpdate");
    if !rolling.is_null() {
        let (unavailable, surge) = (go::text(rolling.at("maxUnavailable")), go::text(rolling.at("maxSurge")));
        page.field(
            0,
            "RollingUpdateStrategy",
            format_args!("{unavailable} max unavailable, {surge} max surge"),
        );
    }
    template::write(page, view, deployment.at("spec/template"));
    let conditions = deployment.items_at("status/conditions");
    condition_table(page, conditions, "");
    replica_sets(page, view);
    events::write(page, view);
}

/// The table of a workload's conditions; `after` is what stands behind each type.
fn condition_table(page: &mut Page, conditions: &[Value], after: &str) {
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.line(1, "Type\tStatus\tReason");
    page.line(1, "----\t------\t------");
    for condition in conditions {
        let (kind, status, reason) =
            (condition.str_at("type"), condition.str_at("status"), condition.str_at("reason"));
        page.line(1, format_args!("{kind}{after}\t{status}\t{reason}"));
    }
}

/// The ReplicaSets of a Deployment: the one of its current template, and the others from the oldest on.
fn replica_sets(page: &mut Page, view: &View<'_>) {
    let deployment = view.object;
    let Ok(selector) = LabelSelector::from_object(deployment.at("spec/selector")) else { return };
    let mut sets = view.world.list("replicasets.apps", deployment.namespace());
    sets.retain(|set| selector.matches(set.labels()) && set.is_controlled_by(deployment.uid()));
    if sets.is_empty() {
        return;
    }
    sets.sort_by(|a, b| (a.created(), a.name()).cmp(&(b.created(), b.name())));
    let current = current_replica_set(deployment, &sets);
    let text = |set: &Object| {
        let (current, desired) =
            (set.int_at("status/replicas").unwrap_or(0), set.int_at("spec/replicas").unwrap_or(0));
        format!("{} ({current}/{desired} replicas created)", set.name())
    };
    let others: Vec<String> =
        sets.iter().enumerate().filter(|(i, _)| Some(*i) != current).map(|(_, set)| text(set)).collect();
    page.field(0, "OldReplicaSets", meta::or(&others.join(", "), "<none>"));
    page.field(0, "NewReplicaSet", current.map_or("<none>".into(), |i| text(&sets[i])));
}

/// Which ReplicaSet has the template of a Deployment, looking from the oldest on.
fn current_replica_set(deployment: &Object, sets: &[Object]) -> Option<usize> {
    let bare = |template: &Value| {
        let mut template = template.clone();
        template.remove("metadata/creationTimestamp");
        let labels = template.at_mut("metadata/labels");
        labels.map_mut().remove("pod-template-hash");
        template
    };
    let wanted = bare(deployment.at("spec/template"));
    sets.iter().position(|set| bare(set.at("spec/template")) == wanted)
}

pub(super) fn replica_set(page: &mut Page, view: &View<'_>) {
    replicas(page, view, &format_label_selector(view.object.at("spec/selector")));
}

pub(super) fn replication_controller(page: &mut Page, view: &View<'_>) {
    replicas(page, view, &joined_pairs(view.object.map_at("spec/selector")));
}

/// What ReplicaSets and ReplicationControllers share: all but the form of the selector.
fn replicas(page: &mut Page, view: &View<'_>, selector: &str) {
    let set = view.object;
    name_and_namespace(page, view);
    page.field(0, "Selector", selector);
    meta::labels_and_annotations(page, view);
    meta::controlled_by(page, view);
    let (current, desired) =
        (set.int_at("status/replicas").unwrap_or(0), set.int_at("spec/replicas").unwrap_or(0));
    page.field(0, "Replicas", format_args!("{current} current / {desired} desired"));
    pods_status(page, view);
    template::write(page, view, set.at("spec/template"));
    condition_table(page, set.items_at("status/conditions"), " ");
    events::write(page, view);
}

/// How many of the pods the object controls are in which phase.
fn pods_status(page: &mut Page, view: &View<'_>) {
    let object = view.object;
    let selector = match object.kind() {
        "ReplicationController" => Ok(LabelSelector::from_labels(object.map_at("spec/selector"))),
        _ => LabelSelector::from_object(object.at("spec/selector")),
    };
    let Ok(selector) = selector else { return };
    let mut counts = [0; 4];
    for pod in view.world.list("pods", object.namespace()) {
        if !pod.is_controlled_by(object.uid()) || !selector.matches(pod.labels()) {
            continue;
        }
        match pod.str_at("status/phase") {
            "Running" => counts[0] += 1,
            "Pending" => counts[1] += 1,
            "Succeeded" => counts[2] += 1,
            "Failed" => counts[3] += 1,
            _ => {}
        }
    }
    let [running, waiting, succeeded, failed] = counts;
    page.field(
        0,
        "Pods Status",
        format_args!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed"),
    );
}

pub(super) fn stateful_set(page: &mut Page, view: &View<'_>) {
    let set = view.object;
    name_and_namespace(page, view);
    page.field(0, "CreationTimestamp", view.time(set.at("metadata/creationTimestamp")));
    page.field(0, "Selector", format_label_selector(set.at("spec/selector")));
    meta::labels_and_annotations(page, view);
    let (total, desired) =
        (set.int_at("status/replicas").unwrap_or(0), set.int_at("spec/replicas").unwrap_or(0));
    page.field(0, "Replicas", format_args!("{desired} desired | {total} total"));
    page.field(0, "Update Strategy", set.str_at("spec/updateStrategy/type"));
    for (title, field) in [("Partition", "partition"), ("MaxUnavailable", "maxUnavailable")] {
        let value = set.at("spec/updateStrategy/rollingUpdate").at(field);
        page.field_unless_empty(1, title, &go::text(value));
    }
    pods_status(page, view);
    template::write(page, view, set.at("spec/template"));
    claim_templates(page, set.items_at("spec/volumeClaimTemplates"));
    events::write(page, view);
}

fn claim_templates(page: &mut Page, claims: &[Value]) {
    if claims.is_empty() {
        return page.field(0, "Volume Claims", "<none>");
    }
    page.line(0, "Volume Claims:");
    for claim in claims {
        page.field(1, "Name", claim.str_at("metadata/name"));
        page.field(1, "StorageClass", storage::class_of(claim));
        page.column(1, "Labels", &pairs(claim.map_at("metadata/labels")));
        page.column(1, "Annotations", &pairs(claim.map_at("metadata/annotations")));
        page.field(1, "Capacity", value_or(claim.at("spec/resources/requests/storage"), "<default>"));
        page.field(1, "Access Modes", go::list(meta::strings(claim.at("spec/accessModes"))));
    }
}

pub(super) fn daemon_set(page: &mut Page, view: &View<'_>) {
    let set = view.object;
    meta::name(page, view);
    if view.client().describe_shows_the_namespace_of_daemon_sets() {
        page.field(0, "Namespace", set.namespace());
    }
    page.field(0, "Selector", format_label_selector(set.at("spec/selector")));
    page.field(0, "Node-Selector", joined_pairs(set.map_at("spec/template/spec/nodeSelector")));
    meta::labels_and_annotations(page, view);
    for (title, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        page.line(0, format_args!("{title}: {}", set.at("status").int_at(field).unwrap_or(0)));
    }
    pods_status(page, view);
    template::write(page, view, set.at("spec/template"));
    events::write(page, view);
}
