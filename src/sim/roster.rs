//! Who acts in a cluster.

use crate::actors::control_plane::replicaset::Kind;
use crate::actors::programs::cluster_autoscaler::ClusterAutoscaler;
use crate::actors::{Actor, cloud, control_plane, faults, load, node};
use crate::aws::{Caller, Door, Places};

/// Every actor, in no particular order: the agenda orders them.
pub fn actors() -> Vec<Box<dyn Actor>> {
    vec![
        Box::new(ClusterAutoscaler::new(Box::new(|api, pod| {
            Box::new(Door { places: Places::of_program(api, Caller::of_pod(api, pod)) })
        }))),
        Box::new(cloud::Addons),
        Box::new(cloud::AutoScaling),
        Box::new(cloud::ControlPlane),
        Box::new(cloud::Ec2),
        Box::new(cloud::Eks),
        Box::new(cloud::Fargate),
        Box::new(cloud::LoadBalancers),
        Box::new(control_plane::api_availability::AvailabilityController),
        Box::new(control_plane::cronjob::CronJobController),
        Box::new(control_plane::daemonset::DaemonSetController),
        Box::new(control_plane::deployment::DeploymentController),
        Box::new(control_plane::disruption::DisruptionController),
        Box::new(control_plane::endpoints::EndpointsController),
        Box::new(control_plane::endpoints::EndpointSliceController),
        Box::new(control_plane::garbage_collector::GarbageCollector),
        Box::new(control_plane::hpa::HpaController::default()),
        Box::new(control_plane::job::JobController),
        Box::new(control_plane::job::TtlAfterFinished),
        Box::new(control_plane::namespace::NamespaceController),
        Box::new(control_plane::resource_quota::ResourceQuotaController),
        Box::new(control_plane::replicaset::ReplicaController::new(Kind::ReplicaSet)),
        Box::new(control_plane::replicaset::ReplicaController::new(Kind::ReplicationController)),
        Box::new(control_plane::scheduler::Scheduler::default()),
        Box::new(control_plane::persistent_volume::PersistentVolumeController),
        Box::new(control_plane::serviceaccount::NamespaceFurniture),
        Box::new(control_plane::statefulset::StatefulSetController),
        Box::new(faults::FaultInjector),
        Box::new(node::ConditionTaints),
        Box::new(node::EvictionManager),
        Box::new(node::Kubelet),
        Box::new(node::NodeLifecycle),
        Box::new(node::PodGarbageCollector),
        Box::new(node::TaintEviction),
        Box::new(load::LoadController),
    ]
}
