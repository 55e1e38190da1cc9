//! Admission: what the server's plugins add to new objects, and what they refuse.

mod fargate;
mod limit_ranger;
mod pod_identity;
mod priority;
mod quota;
mod service_account;
mod storage;
mod tolerations;

pub use quota::usage as quota_usage;

use super::{ApiError, Resource};
use crate::json;
use crate::machinery::{KubeVersion, Object, Time, well_known};

/// What admission may ask of the cluster.
pub trait Lookup {
    /// A stored object.
    fn get(&self, resource: &str, ns: &str, name: &str) -> Option<Object>;
    /// Stored objects of a namespace.
    fn list(&self, resource: &str, ns: &str) -> Vec<Object>;
    /// The instant on the cluster's clock.
    fn now(&self) -> Time;
    /// The server's version.
    fn version(&self) -> KubeVersion;
    /// The next number of a purpose, to draw names from.
    fn draw(&self, purpose: &str) -> u64;
    /// The cluster's seed.
    fn seed(&self) -> u64;
    /// The AWS region of the cluster.
    fn region(&self) -> String;
}

/// What the plugins add to a new object, before it is validated.
pub(crate) fn mutate_create(
    resource: &Resource,
    object: &mut Object,
    cluster: &dyn Lookup,
) -> Result<(), ApiError> {
    match (resource.group.as_ref(), resource.kind.as_ref()) {
        ("", "Pod") => {
            limit_ranger::fill(object, cluster);
            service_account::mount(resource, object, cluster)?;
            pod_identity::mutate(object, cluster);
            fargate::mutate(object, cluster);
            priority::resolve(resource, object, cluster)?;
            tolerations::add(object);
            if !object.str_at("spec/nodeName").is_empty() {
                let node = cluster.get("nodes", "", object.str_at("spec/nodeName"));
                label_topology(object, node.as_ref(), cluster.version());
            }
            runtime_class(resource, object, cluster)
        }
        ("", "Node") => {
            taint_new_node(object);
            Ok(())
        }
        ("", "PersistentVolumeClaim") => {
            storage::protect(object, "kubernetes.io/pvc-protection");
            storage::choose_class(object, cluster);
            Ok(())
        }
        ("", "PersistentVolume") => {
            storage::protect(object, "kubernetes.io/pv-protection");
            Ok(())
        }
        ("networking.k8s.io", "Ingress") => {
            storage::choose_ingress_class(object, cluster);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What the plugins refuse, once the object is complete and valid.
pub(crate) fn check_create(
    resource: &Resource,
    object: &Object,
    cluster: &dyn Lookup,
) -> Result<(), ApiError> {
    match (resource.group.as_ref(), resource.kind.as_ref()) {
        ("", "Pod" | "PersistentVolumeClaim") => limit_ranger::check(resource, object, cluster)?,
        ("scheduling.k8s.io", "PriorityClass") => priority::check_class(resource, object, cluster)?,
        _ => {}
    }
    quota::check(resource, object, cluster)
}

/// Copies zone and region of the node to a pod being bound (PodTopologyLabels); labels the pod has stay.
pub(crate) fn label_topology(pod: &mut Object, node: Option<&Object>, server: KubeVersion) {
    let Some(node) = node.filter(|_| server.pods_get_topology_labels()) else { return };
    for key in [well_known::REGION, well_known::ZONE] {
        if pod.label(key).is_none()
            && let Some(value) = node.label(key)
        {
            pod.set_label(key, value);
        }
    }
}

/// Nothing is scheduled to a node before it says that it is ready (TaintNodesByCondition). From one that says so when
/// it is made the node lifecycle controller would take the taint at once.
fn taint_new_node(node: &mut Object) {
    const NOT_READY: &str = "node.kubernetes.io/not-ready";
    if node.condition_true("Ready") {
        return;
    }
    let taints = node.items_at("spec/taints");
    if !taints.iter().any(|t| t.str_at("key") == NOT_READY && t.str_at("effect") == "NoSchedule") {
        node.at_mut("spec/taints").list_mut().push(json!({"key": NOT_READY, "effect": "NoSchedule"}));
    }
}

/// The overhead and the placement of the pod's RuntimeClass.
fn runtime_class(resource: &Resource, pod: &mut Object, cluster: &dyn Lookup) -> Result<(), ApiError> {
    let name = pod.str_at("spec/runtimeClassName");
    if name.is_empty() {
        return Ok(());
    }
    let Some(class) = cluster.get("runtimeclasses.node.k8s.io", "", name) else {
        let why = format!("pod rejected: RuntimeClass \"{name}\" not found");
        return Err(ApiError::forbidden(resource, shown_name(pod), why));
    };
    let overhead = class.at("overhead/podFixed");
    if !overhead.is_empty_value() {
        pod.set("spec/overhead", overhead);
    }
    for (key, value) in class.map_at("scheduling/nodeSelector").iter() {
        pod.at_mut("spec/nodeSelector").map_mut().insert(key, value);
    }
    Ok(())
}

/// The name a refusal shows: what the name will begin with when the server has yet to make it up.
fn shown_name(object: &Object) -> &str {
    match object.name() {
        "" => object.str_at("metadata/generateName"),
        name => name,
    }
}
