//! The objects that make pods, as the API server has them.

use super::scale_down::drain_rules::Controllers;
use crate::api::Server;

/// Asks the API server.
pub struct Owners<'a>(pub &'a Server);

impl Controllers for Owners<'_> {
    fn replicas(&self, kind: &str, namespace: &str, name: &str) -> Option<i64> {
        let resource = match kind {
            "ReplicaSet" => "replicasets.apps",
            "ReplicationController" => "replicationcontrollers",
            "StatefulSet" => "statefulsets.apps",
            "DaemonSet" => "daemonsets.apps",
            "Job" => "jobs.batch",
            _ => return None,
        };
        let object = self.0.find(resource, namespace, name)?;
        Some(object.int_at("spec/replicas").unwrap_or(1))
    }
}
