//! Pods as Cluster Autoscaler sees them.

use crate::actors::control_plane::scheduler::PendingPod;
use crate::machinery::{Duration, Object, OwnerRef, Quantity, Time, Value};
use std::sync::Arc;

/// Marks the pod of a static manifest.
const MIRROR: &str = "kubernetes.io/config.mirror";
/// The kubelet mounts a token under a name of chance; pods that differ in it alone are alike.
const TOKEN_VOLUME: &str = "kube-api-access-";
/// Beyond its grace a pod may take so long to go.
const SLACK: Duration = Duration::from_secs(30);

/// A pod, read once.
#[derive(Clone, Debug)]
pub struct Pod {
    /// The object.
    pub object: Object,
    /// What the scheduler's filters look at, without the node it may have.
    pub pending: Arc<PendingPod>,
    /// The node it is bound to.
    pub node: Option<Arc<str>>,
    /// Its controlling owner.
    pub owner: Option<OwnerRef>,
    /// Its place in the list of all pods.
    pub position: usize,
    is_daemon: bool,
    is_mirror: bool,
    /// When it should have gone, if it is being deleted.
    overdue: Option<Time>,
}

impl Pod {
    /// Reads a pod.
    pub fn parse(object: &Object) -> Pod {
        let mut pending = PendingPod::parse(object);
        // Rooms are made by simulation, not by nominations.
        pending.nominated_node = None;
        let node = pending.info.node.take();
        let owner = object.controller();
        Pod {
            object: object.clone(),
            pending: Arc::new(pending),
            node,
            position: 0,
            is_daemon: owner.as_ref().is_some_and(|o| o.kind == "DaemonSet"),
            is_mirror: object.annotations().contains_key(MIRROR),
            overdue: object.deletion_timestamp().map(|at| at + grace(object) + SLACK),
            owner,
        }
    }

    /// `namespace/name`.
    pub fn key(&self) -> &Arc<str> {
        &self.pending.info.key
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        &self.pending.info.name
    }

    /// `metadata.namespace`.
    pub fn namespace(&self) -> &str {
        &self.pending.info.kind.namespace
    }

    /// Whether a DaemonSet controls it.
    pub fn is_daemon(&self) -> bool {
        self.is_daemon
    }

    /// Whether it mirrors a static pod of the node.
    pub fn is_mirror(&self) -> bool {
        self.is_mirror
    }

    /// Whether it is of its node: nothing that would have to move.
    pub fn belongs_to_node(&self) -> bool {
        self.is_daemon || self.is_mirror
    }

    /// Whether it is being deleted.
    pub fn is_leaving(&self) -> bool {
        self.overdue.is_some()
    }

    /// Whether it should have gone some time ago: deletion began, and its grace and half a minute are over.
    pub fn is_long_terminating(&self, now: Time) -> bool {
        self.overdue.is_some_and(|at| at < now)
    }

    /// Millicores and bytes that its containers request, init containers and overhead apart.
    pub fn container_requests(&self) -> (i64, i64) {
        let requests = |path: &str| {
            let containers = self.object.items_at("spec/containers").iter();
            containers.map(|c| Quantity::of(c.at("resources/requests").at(path))).collect::<Vec<_>>()
        };
        (
            requests("cpu").iter().map(Quantity::milli_value).sum(),
            requests("memory").iter().map(Quantity::value).sum(),
        )
    }

    /// Whether a simulation may treat two pods as one: same labels, same spec.
    pub fn is_like(&self, other: &Pod) -> bool {
        self.object.at("metadata/labels") == other.object.at("metadata/labels")
            && comparable_spec(&self.object) == comparable_spec(&other.object)
    }

    /// A copy under another name, as pods of template nodes get.
    pub fn renamed(&self, name: &str) -> Pod {
        let mut object = self.object.clone();
        object.set("metadata/name", name);
        object.set("spec/nodeName", Value::Null);
        Pod::parse(&object)
    }
}

fn grace(pod: &Object) -> Duration {
    Duration::from_secs(pod.int_at("spec/terminationGracePeriodSeconds").unwrap_or(30))
}

/// The spec without what differs between the pods of one controller by chance.
fn comparable_spec(pod: &Object) -> Value {
    let mut spec = pod.at("spec").clone();
    let volume = |v: &Value| !v.str_at("name").starts_with(TOKEN_VOLUME);
    if !spec.items_at("volumes").iter().all(volume) {
        spec.at_mut("volumes").list_mut().retain(volume);
    }
    for containers in ["initContainers", "containers"] {
        if spec.items_at(containers).is_empty() {
            continue;
        }
        for container in spec.at_mut(containers).list_mut() {
            if !container.items_at("volumeMounts").iter().all(volume) {
                container.at_mut("volumeMounts").list_mut().retain(volume);
            }
        }
    }
    for absent in ["volumes", "nodeName"] {
        if spec.at(absent).is_null() || spec.items_at(absent).is_empty() {
            spec.remove(absent);
        }
    }
    spec
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn pod(volume: &str, cpu: &str) -> Pod {
        Pod::parse(&Object(json!({
            "metadata": {"name": "p", "namespace": "n", "labels": {"app": "a"}},
            "spec": {
                "containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}},
                    "volumeMounts": [{"name": volume, "mountPath": "/t"}]}],
                "volumes": [{"name": volume}],
            },
        })))
    }

    #[test]
    fn pods_that_differ_in_their_token_volume_are_alike() {
        assert!(pod("kube-api-access-abcde", "1").is_like(&pod("kube-api-access-fghij", "1")));
        assert!(!pod("kube-api-access-abcde", "1").is_like(&pod("data", "1")));
        assert!(!pod("kube-api-access-abcde", "1").is_like(&pod("kube-api-access-abcde", "2")));
    }

    #[test]
    fn a_pod_terminates_long_when_grace_and_half_a_minute_are_over() {
        let mut object = pod("v", "1").object;
        object.set("metadata/deletionTimestamp", "2026-06-03T00:00:00Z");
        let at = |text: &str| Pod::parse(&object).is_long_terminating(Time::parse(text).unwrap());
        assert!(!at("2026-06-03T00:01:00Z"));
        assert!(at("2026-06-03T00:01:01Z"));
    }
}
