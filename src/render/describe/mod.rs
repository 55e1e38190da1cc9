//! `kubectl describe`: one page of text for one object and what is known about its surroundings.
//!
//! A page is lines of cells (see [`Page`]) that the tab writer lines up at the end. Each kind family has its file; a
//! kind without one is described field by field ([`generic`]).

mod autoscaling;
mod batch;
mod certificates;
mod config;
mod containers;
mod events;
mod generic;
mod go;
mod ingress;
mod limits;
mod meta;
mod network;
mod node;
mod page;
mod pod;
mod pod_resources;
mod rbac;
mod services;
mod storage;
mod template;
mod volumes;
mod workloads;

use crate::api::Resource;
use crate::machinery::{KubeVersion, Object, Time};
use page::Page;

#[allow(unused_imports)]
pub(crate) use template::write_template;

/// Reads of related objects: what a describer asks the server for beside its object.
pub trait Lookup {
    /// The objects of a resource (`pods`, `replicasets.apps`) in a namespace, or in all of them when it is empty, in
    /// the order the server lists them.
    fn list(&self, resource: &str, namespace: &str) -> Vec<Object>;
    /// One object.
    fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Object>;
}

/// How to describe.
#[derive(Clone, Debug)]
pub struct Options {
    /// The instant ages are counted from.
    pub now: Time,
    /// The kubectl whose page this is.
    pub client: KubeVersion,
    /// `--show-events`; see [`KubeVersion::describes_several_without_events`].
    pub show_events: bool,
    /// The zone times are printed in.
    pub zone: jiff::tz::TimeZone,
}

/// What a describer sees: its object, the objects around it, and how to print.
struct View<'a> {
    object: &'a Object,
    world: &'a dyn Lookup,
    options: &'a Options,
}

impl View<'_> {
    fn client(&self) -> KubeVersion {
        self.options.client
    }
}

/// The page `kubectl describe` prints for an object, its last newline included.
///
/// Clients before 1.31 read `endpoints` for services and ingresses, which a server since 1.33 answers with a warning:
/// the `world` of such a client knows from being asked.
pub fn describe(resource: &Resource, object: &Object, world: &dyn Lookup, options: &Options) -> String {
    let view = View { object, world, options };
    let mut page = Page::default();
    describer(&resource.group, &resource.kind, options.client)(&mut page, &view);
    page.finish()
}

/// Several pages as `kubectl describe` prints them: two empty lines between one and the next.
pub fn join(pages: &[String]) -> String {
    pages.join("\n\n")
}

/// The pages of all objects whose names begin with a NAME that is nobody's: an empty line after each.
pub fn join_matching(pages: &[String]) -> String {
    pages.iter().map(|page| format!("{page}\n")).collect()
}

type Describer = fn(&mut Page, &View<'_>);

fn describer(group: &str, kind: &str, client: KubeVersion) -> Describer {
    match (group, kind) {
        ("", "Pod") => pod::describe,
        ("", "ReplicationController") => workloads::replication_controller,
        ("apps" | "extensions", "ReplicaSet") => workloads::replica_set,
        ("apps" | "extensions", "Deployment") => workloads::deployment,
        ("apps" | "extensions", "DaemonSet") => workloads::daemon_set,
        ("apps", "StatefulSet") => workloads::stateful_set,
        ("batch", "Job") => batch::job,
        ("batch", "CronJob") => batch::cron_job,
        ("", "Service") => services::service,
        ("", "Endpoints") => services::endpoints,
        ("discovery.k8s.io", "EndpointSlice") => services::endpoint_slice,
        ("networking.k8s.io" | "extensions", "Ingress") => ingress::ingress,
        ("networking.k8s.io", "IngressClass") => ingress::ingress_class,
        ("networking.k8s.io" | "extensions", "NetworkPolicy") => network::network_policy,
        ("networking.k8s.io", "ServiceCIDR") if client.describes_service_cidrs() => network::service_cidr,
        ("networking.k8s.io", "IPAddress") if client.describes_service_cidrs() => network::ip_address,
        ("", "Node") => node::describe,
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaling::describe,
        ("policy", "PodDisruptionBudget") => limits::disruption_budget,
        ("", "ResourceQuota") => limits::resource_quota,
        ("", "LimitRange") => limits::limit_range,
        ("", "Namespace") => limits::namespace,
        ("scheduling.k8s.io", "PriorityClass") => limits::priority_class,
        ("", "ConfigMap") => config::config_map,
        ("", "Secret") => config::secret,
        ("", "ServiceAccount") => config::service_account,
        ("", "PersistentVolume") => storage::volume,
        ("", "PersistentVolumeClaim") => storage::claim,
        ("storage.k8s.io", "StorageClass") => storage::class,
        ("storage.k8s.io", "VolumeAttributesClass") if client.describes_volume_attributes_classes() => {
            storage::attributes_class
        }
        ("storage.k8s.io", "CSINode") => storage::csi_node,
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => rbac::role,
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => rbac::binding,
        ("certificates.k8s.io", "CertificateSigningRequest") => certificates::signing_request,
        _ => generic::describe,
    }
}
