//! Validation of an object's fields, with the server's messages, in the server's order.

mod batch;
mod cluster;
mod config;
mod custom;
mod definition;
mod fields;
mod hpa;
mod internal_pod;
mod metadata;
mod network;
mod pod;
mod program;
mod service;
mod storage;
mod workloads;

use super::admission::Lookup;
use super::{FieldError, Resource, schema};
use crate::machinery::Object;
use metadata::Naming;

const RBAC: &str = "rbac.authorization.k8s.io";

/// What is wrong with a new object.
pub(crate) fn validate_create(resource: &Resource, object: &Object, cluster: &dyn Lookup) -> Vec<FieldError> {
    let mut errs = Vec::new();
    metadata::validate(object, resource.namespaced, naming(resource), &mut errs);
    kind(resource, object, cluster, &mut errs);
    match (resource.group.as_ref(), resource.kind.as_ref()) {
        ("", "Pod") => pod::pod(object, &mut errs),
        ("autoscaling", "HorizontalPodAutoscaler") => hpa::validate_hpa(object, cluster.version(), &mut errs),
        ("batch", "CronJob") => batch::cron_job_name(object, &mut errs),
        _ => {}
    }
    errs
}

/// What is wrong with a changed object.
pub(crate) fn validate_update(
    resource: &Resource,
    new: &Object,
    old: &Object,
    cluster: &dyn Lookup,
) -> Vec<FieldError> {
    let mut errs = Vec::new();
    metadata::validate_update(new, old, &mut errs);
    let e = &mut errs;
    match (resource.group.as_ref(), resource.kind.as_ref()) {
        ("", "Pod") => pod::update(new, old, e),
        ("", "Node") => cluster::node_update(new, old, e),
        ("", "Service") => service::service_update(new, old, e),
        ("", "ConfigMap") => config::config_map_update(new, old, e),
        ("", "Secret") => config::secret_update(new, old, e),
        ("", "PersistentVolumeClaim") => storage::claim_update(new, old, e),
        ("", "PersistentVolume") => storage::volume_update(new, old, e),
        ("apps", "StatefulSet") => workloads::stateful_set_update(new, old, e),
        ("batch", "Job") => batch::job_update(new, old, e),
        ("discovery.k8s.io", "EndpointSlice") => service::endpoint_slice_update(new, old, e),
        ("scheduling.k8s.io", "PriorityClass") => cluster::priority_class_update(new, old, e),
        (RBAC, "RoleBinding" | "ClusterRoleBinding") => cluster::binding_update(new, old, e),
        ("storage.k8s.io", "StorageClass") => storage::class_update(new, old, e),
        ("autoscaling", "HorizontalPodAutoscaler") => {
            hpa::validate_hpa_update(new, old, cluster.version(), e)
        }
        _ => {}
    }
    // What was let in once and has not been touched is not judged again.
    if new.at("spec") != old.at("spec") || new.at("spec").is_null() || schema::is_custom(resource) {
        kind(resource, new, cluster, &mut errs);
    }
    if resource.group == "apps" && matches!(resource.kind.as_ref(), "Deployment" | "ReplicaSet" | "DaemonSet")
    {
        workloads::selector_update(new, old, &mut errs);
    }
    errs
}

/// What is wrong with a changed status.
pub(crate) fn validate_status_update(
    resource: &Resource,
    new: &Object,
    _old: &Object,
    cluster: &dyn Lookup,
) -> Vec<FieldError> {
    let mut errs = Vec::new();
    if schema::is_custom(resource) {
        custom::validate(resource, new, cluster, &mut errs);
    }
    errs
}

fn naming(resource: &Resource) -> Naming {
    match (resource.group.as_ref(), resource.kind.as_ref()) {
        ("", "Namespace") => Naming::Label,
        ("", "Service") => Naming::OldLabel,
        ("", "Event") | ("events.k8s.io", _) => Naming::Subdomain,
        (RBAC, _) => Naming::PathSegment,
        ("apiregistration.k8s.io", _) | ("apiextensions.k8s.io", _) => Naming::Own,
        _ => Naming::Subdomain,
    }
}

/// The rules of a kind that hold for new and for changed objects.
fn kind(resource: &Resource, o: &Object, cluster: &dyn Lookup, errs: &mut Vec<FieldError>) {
    match (resource.group.as_ref(), resource.kind.as_ref()) {
        ("", "Node") => cluster::node(o, errs),
        ("", "Service") => service::service(o, errs),
        ("", "Endpoints") => service::endpoints(o, errs),
        ("", "ConfigMap") => config::config_map(o, errs),
        ("", "Secret") => config::secret(o, errs),
        ("", "ReplicationController") => workloads::replication_controller(o, errs),
        ("", "PersistentVolumeClaim") => storage::claim(o, errs),
        ("", "PersistentVolume") => storage::volume(o, errs),
        ("", "LimitRange") => cluster::limit_range(o, errs),
        ("", "ResourceQuota") => cluster::resource_quota(o, errs),
        ("", "PodTemplate") => pod::template(o.at("template"), &super::Path::Root("template"), errs),
        ("apps", "Deployment") => workloads::deployment(o, errs),
        ("apps", "ReplicaSet") => workloads::replica_set(o, errs),
        ("apps", "DaemonSet") => workloads::daemon_set(o, errs),
        ("apps", "StatefulSet") => workloads::stateful_set(o, errs),
        ("batch", "Job") => batch::job(o, errs),
        ("batch", "CronJob") => batch::cron_job(o, errs),
        ("policy", "PodDisruptionBudget") => cluster::disruption_budget(o, errs),
        ("coordination.k8s.io", "Lease") => cluster::lease(o, errs),
        ("discovery.k8s.io", "EndpointSlice") => service::endpoint_slice(o, errs),
        ("scheduling.k8s.io", "PriorityClass") => cluster::priority_class(o, errs),
        ("storage.k8s.io", "StorageClass") => storage::class(o, errs),
        ("networking.k8s.io", "Ingress") => network::ingress(o, errs),
        ("networking.k8s.io", "NetworkPolicy") => network::network_policy(o, errs),
        (RBAC, "Role" | "ClusterRole") => cluster::role(o, resource.namespaced, errs),
        (RBAC, "RoleBinding" | "ClusterRoleBinding") => cluster::role_binding(o, resource.namespaced, errs),
        ("apiregistration.k8s.io", "APIService") => cluster::api_service(o, errs),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition::definition(o, errs),
        _ if schema::is_custom(resource) => custom::validate(resource, o, cluster, errs),
        _ => {}
    }
}
