//! Defaulting: what the server fills in, kind by kind, before anything else looks at an object.

mod batch;
mod cluster;
mod custom;
pub(crate) mod hpa;
mod network;
mod pod;
mod storage;
mod workloads;

use super::Resource;
use super::admission::Lookup;
use crate::machinery::{Object, Value};

/// Fills in the defaults of an object's kind, in its storage version.
pub(crate) fn apply(resource: &Resource, object: &mut Object, cluster: &dyn Lookup) {
    let mut filled = object.clone();
    fill_kind(resource, &mut filled, cluster);
    // An object that had everything keeps what it shares with others.
    if filled != *object {
        *object = filled;
    }
}

/// Fills in what only appears once an object is read back: the server defaults what it reads, too, and by then it has
/// added things of its own.
pub(crate) fn when_read(resource: &Resource, object: &mut Object) {
    if (resource.group.as_ref(), resource.kind.as_ref()) == ("batch", "Job") {
        batch::job_labels(object);
    }
}

fn fill_kind(resource: &Resource, o: &mut Object, cluster: &dyn Lookup) {
    let version = cluster.version();
    match (resource.group.as_ref(), resource.kind.as_ref()) {
        ("", "Pod") => pod::pod(o),
        ("", "PodTemplate") => pod::template(o, "template"),
        ("", "ReplicationController") => workloads::replication_controller(o),
        ("apps", "Deployment") => workloads::deployment(o),
        ("apps", "ReplicaSet") => workloads::replica_set(o),
        ("apps", "DaemonSet") => workloads::daemon_set(o),
        ("apps", "StatefulSet") => workloads::stateful_set(o, version),
        ("batch", "Job") => batch::job(o, version),
        ("batch", "CronJob") => batch::cron_job(o),
        ("autoscaling", "HorizontalPodAutoscaler") => hpa::default_hpa(o),
        ("", "Service") => network::service(o),
        ("", "Endpoints") => network::endpoints(o),
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(o),
        ("networking.k8s.io", "NetworkPolicy") => network::network_policy(o),
        ("networking.k8s.io", "IngressClass") => network::ingress_class(o),
        ("", "Secret") => cluster::secret(o),
        ("", "Namespace") => cluster::namespace(o),
        ("", "LimitRange") => cluster::limit_range(o),
        ("", "PersistentVolume") => storage::volume(o),
        ("", "PersistentVolumeClaim") => storage::claim(o),
        ("storage.k8s.io", "StorageClass") => storage::class(o),
        ("storage.k8s.io", "CSIDriver") => storage::csi_driver(o),
        ("scheduling.k8s.io", "PriorityClass") => fill(o, "preemptionPolicy", "PreemptLowerPriority"),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => cluster::role_binding(o),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => cluster::definition(o),
        ("apiregistration.k8s.io", "APIService") => cluster::api_service(o),
        ("admissionregistration.k8s.io", _) => cluster::webhooks(o),
        ("flowcontrol.apiserver.k8s.io", _) => cluster::flow_control(o),
        (group, _) if group.contains('.') => custom::apply(resource, o, cluster),
        _ => {}
    }
}

/// Sets a key of a map that is not set.
fn fill(map: &mut Value, key: &str, value: impl Into<Value>) {
    if map[key].is_null() {
        map.map_mut().insert(key, value);
    }
}

/// Sets a key of a map that is not set, or empty: where Go's zero value means "not given".
fn fill_empty(map: &mut Value, key: &str, value: impl Into<Value>) {
    if map[key].is_empty_value() {
        map.map_mut().insert(key, value);
    }
}

/// The value under a key, to be changed, if it is there.
fn inside<'a>(map: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    if map[key].is_null() {
        return None;
    }
    map.map_mut().get_mut(key)
}

/// Every item of a list under a key, to be changed.
fn each(map: &mut Value, key: &str, change: impl FnMut(&mut Value)) {
    if !map[key].items().is_empty()
        && let Some(list) = inside(map, key)
    {
        list.list_mut().iter_mut().for_each(change);
    }
}
