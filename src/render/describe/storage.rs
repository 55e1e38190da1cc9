//! Volumes that outlive pods, claims to them, and their classes.

use super::meta::{join, joined_pairs, strings};
use super::{Page, View, events, go, meta, volumes};
use crate::machinery::{Object, Value};

pub(super) fn claim(page: &mut Page, view: &View<'_>) {
    let claim = view.object;
    let spec = claim.at("spec");
    meta::name_and_namespace(page, view);
    page.field(0, "StorageClass", class_of(claim));
    page.field(0, "Status", status(view));
    page.field(0, "Volume", spec.str_at("volumeName"));
    meta::labels_and_annotations(page, view);
    page.field(0, "Finalizers", go::list(claim.finalizers()));
    claim_body(page, 0, claim);
    let uses = |pod: &Object| {
        let volumes = pod.items_at("spec/volumes");
        volumes.iter().any(|volume| volume.str_at("persistentVolumeClaim/claimName") == claim.name())
    };
    let mut pods = view.world.list("pods", claim.namespace());
    pods.retain(uses);
    page.column(0, "Used By", &pods.iter().map(Object::name).collect::<Vec<_>>());
    conditions(page, view);
    events::write(page, view);
}

/// What a claim asks for and got: shared with the claims pods bring along.
pub(super) fn claim_body(page: &mut Page, level: usize, claim: &Value) {
    let spec = claim.at("spec");
    let (mut capacity, mut modes) = (String::new(), String::new());
    if !spec.str_at("volumeName").is_empty() {
        capacity = go::quantity(claim.at("status/capacity/storage"));
        modes = access_modes(claim.at("status/accessModes"));
    }
    page.field(level, "Capacity", capacity);
    page.field(level, "Access Modes", modes);
    page.field_unless_empty(level, "VolumeMode", spec.str_at("volumeMode"));
    let source = spec.at("dataSource");
    if !source.is_null() {
        page.line(level, "DataSource:");
        page.field_unless_empty(level + 1, "APIGroup", source.str_at("apiGroup"));
        page.field(level + 1, "Kind", source.str_at("kind"));
        page.field(level + 1, "Name", source.str_at("name"));
    }
}

/// The class of a claim or a volume, in the place of today or the one of long ago.
pub(super) fn class_of(object: &Value) -> &str {
    match object.at("metadata/annotations").get("volume.beta.kubernetes.io/storage-class") {
        Some(old) => old.as_str().unwrap_or(""),
        None => object.str_at("spec/storageClassName"),
    }
}

fn status(view: &View<'_>) -> String {
    match view.object.at("metadata/deletionTimestamp") {
        Value::Null => view.object.str_at("status/phase").to_string(),
        time => format!("Terminating (lasts {})", view.age(time)),
    }
}

/// `RWO,ROX,RWX,RWOP`: the modes that are there, each once, in this order.
fn access_modes(modes: &Value) -> String {
    const MODES: [(&str, &str); 4] = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let there = MODES.iter().filter(|(mode, _)| strings(modes).any(|m| m == *mode));
    there.map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}

fn conditions(page: &mut Page, view: &View<'_>) {
    let conditions = view.object.items_at("status/conditions");
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.line(1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage");
    page.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for condition in conditions {
        let [probe, transition] = ["lastProbeTime", "lastTransitionTime"].map(|f| view.time(condition.at(f)));
        let (kind, status) = (condition.str_at("type"), condition.str_at("status"));
        let (reason, message) = (condition.str_at("reason"), condition.str_at("message"));
        page.line(1, format_args!("{kind} \t{status} \t{probe} \t{transition} \t{reason} \t{message}"));
    }
}

pub(super) fn volume(page: &mut Page, view: &View<'_>) {
    let volume = view.object;
    let spec = volume.at("spec");
    meta::name(page, view);
    meta::labels_and_annotations(page, view);
    page.field(0, "Finalizers", go::list(volume.finalizers()));
    page.field(0, "StorageClass", class_of(volume));
    page.field(0, "Status", status(view));
    let claim = spec.at("claimRef");
    match claim {
        Value::Null => page.field(0, "Claim", ""),
        _ => page.field(0, "Claim", format_args!("{}/{}", claim.str_at("namespace"), claim.str_at("name"))),
    }
    page.field(0, "Reclaim Policy", spec.str_at("persistentVolumeReclaimPolicy"));
    page.field(0, "Access Modes", access_modes(spec.at("accessModes")));
    page.field_unless_empty(0, "VolumeMode", spec.str_at("volumeMode"));
    page.field(0, "Capacity", go::quantity(spec.at("capacity/storage")));
    node_affinity(page, spec.at("nodeAffinity/required"));
    page.field(0, "Message", volume.str_at("status/message"));
    volumes::persistent(page, spec);
    events::write(page, view);
}

/// The nodes that reach a volume.
fn node_affinity(page: &mut Page, required: &Value) {
    if required.is_null() {
        return page.field(0, "Node Affinity", "<none>");
    }
    page.field(0, "Node Affinity", "");
    let terms = required.items_at("nodeSelectorTerms");
    page.field(1, "Required Terms", if terms.is_empty() { "<none>" } else { "" });
    for (i, term) in terms.iter().enumerate() {
        let requirement = |requirement: &Value| {
            let operator = requirement.str_at("operator").to_lowercase();
            let values = match requirement.items_at("values") {
                [] => String::new(),
                _ => format!(" [{}]", join(requirement.at("values"), ", ")),
            };
            format!("{} {operator}{values}", requirement.str_at("key"))
        };
        let requirements: Vec<String> = term.items_at("matchExpressions").iter().map(requirement).collect();
        page.column(2, &format!("Term {i}"), &requirements);
    }
}

pub(super) fn class(page: &mut Page, view: &View<'_>) {
    const DEFAULT: [&str; 2] =
        ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
    let class = view.object;
    let default = DEFAULT.iter().any(|key| class.annotation(key) == Some("true"));
    meta::name(page, view);
    page.field(0, "IsDefaultClass", if default { "Yes" } else { "No" });
    page.field(0, "Annotations", joined_pairs(class.annotations()));
    page.field(0, "Provisioner", class.str_at("provisioner"));
    page.field(0, "Parameters", joined_pairs(class.map_at("parameters")));
    let expansion = class.at("allowVolumeExpansion").as_bool();
    page.field(0, "AllowVolumeExpansion", expansion.map_or("<unset>", go::title_bool));
    match class.items_at("mountOptions") {
        [] => page.field(0, "MountOptions", "<none>"),
        options => {
            page.line(0, "MountOptions:");
            options.iter().for_each(|option| page.line(1, go::text(option)));
        }
    }
    page.field_unless_empty(0, "ReclaimPolicy", class.str_at("reclaimPolicy"));
    page.field_unless_empty(0, "VolumeBindingMode", class.str_at("volumeBindingMode"));
    topologies(page, class.at("allowedTopologies"));
    events::write(page, view);
}

/// Where volumes of a class may be.
fn topologies(page: &mut Page, topologies: &Value) {
    if topologies.is_null() {
        return;
    }
    page.field(0, "AllowedTopologies", if topologies.items().is_empty() { "<none>" } else { "" });
    for (i, term) in topologies.items().iter().enumerate() {
        let expression = |e: &Value| format!("{} in [{}]", e.str_at("key"), join(e.at("values"), ", "));
        let expressions: Vec<String> =
            term.items_at("matchLabelExpressions").iter().map(expression).collect();
        page.column(1, &format!("Term {i}"), &expressions);
    }
}

pub(super) fn attributes_class(page: &mut Page, view: &View<'_>) {
    let class = view.object;
    meta::name(page, view);
    page.field(0, "Annotations", joined_pairs(class.annotations()));
    page.field(0, "DriverName", class.str_at("driverName"));
    page.field(0, "Parameters", joined_pairs(class.map_at("parameters")));
    events::write(page, view);
}

pub(super) fn csi_node(page: &mut Page, view: &View<'_>) {
    let node = view.object;
    meta::name(page, view);
    meta::labels_and_annotations(page, view);
    page.field(0, "CreationTimestamp", view.time(node.at("metadata/creationTimestamp")));
    page.line(0, "Spec:");
    let drivers = node.items_at("spec/drivers");
    if !drivers.is_empty() {
        page.line(1, "Drivers:");
    }
    for driver in drivers {
        page.line(2, format_args!("{}:", driver.str_at("name")));
        page.field(3, "Node ID", driver.str_at("nodeID"));
        if let Some(count) = driver.int_at("allocatable/count") {
            page.line(3, "Allocatables:");
            page.field(4, "Count", count);
        }
        if !driver.at("topologyKeys").is_null() {
            page.field(3, "Topology Keys", go::list(strings(driver.at("topologyKeys"))));
        }
    }
    events::write(page, view);
}
