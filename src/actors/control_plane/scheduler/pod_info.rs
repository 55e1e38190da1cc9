//! Pods as the scheduler sees them: parsed once, lean.

use super::node_affinity::NodeAffinity;
use super::pod_affinity::AffinityTerms;
use super::resources::{self, Resources};
use super::taints::{self, Toleration};
use super::topology_spread::SpreadConstraint;
use crate::machinery::{LabelSelector, Map, Object, Time, Value};
use std::sync::Arc;

/// A port of the node a container takes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct HostPort {
    port: i64,
    protocol: Arc<str>,
    ip: Arc<str>,
}

impl HostPort {
    /// Whether both cannot be had on one node: `0.0.0.0` is every address.
    pub fn conflicts(&self, other: &HostPort) -> bool {
        const ANY: &str = "0.0.0.0";
        self.port == other.port
            && self.protocol == other.protocol
            && (self.ip == other.ip || &*self.ip == ANY || &*other.ip == ANY)
    }
}

/// What other pods can tell about a pod when they choose their place: pods of one kind differ in nothing that a selector
/// or an affinity term could see.
#[derive(Clone, Debug)]
pub struct PodKind {
    /// `metadata.namespace`.
    pub namespace: Arc<str>,
    labels: Value,
    affinity: Value,
    /// Pod affinity and anti-affinity.
    pub terms: Arc<AffinityTerms>,
}

impl PodKind {
    fn parse(pod: &Object) -> PodKind {
        let affinity = pod.at("spec/affinity");
        let between_pods = crate::json!([affinity.at("podAffinity"), affinity.at("podAntiAffinity")]);
        PodKind {
            namespace: Arc::from(pod.namespace()),
            labels: pod.at("metadata/labels").clone(),
            terms: Arc::new(AffinityTerms::parse(affinity, pod.namespace())),
            affinity: between_pods,
        }
    }

    /// `metadata.labels`.
    pub fn labels(&self) -> &Map {
        self.labels.map()
    }

    fn is(&self, other: &PodKind) -> bool {
        self.namespace == other.namespace && self.labels == other.labels && self.affinity == other.affinity
    }

    /// Equal for pods of one kind, and only for those.
    pub(super) fn identity(&self) -> String {
        format!("{} {} {}", self.namespace, self.labels.to_json(), self.affinity.to_json())
    }
}

/// A pod as it weighs on its node, and on the pods that look for a place beside it.
#[derive(Clone, Debug)]
pub struct PodInfo {
    /// `namespace/name`.
    pub key: Arc<str>,
    /// `metadata.name`.
    pub name: Arc<str>,
    /// The node it is assigned to.
    pub node: Option<Arc<str>>,
    /// `spec.priority`.
    pub priority: i64,
    /// `status.startTime`.
    pub started: Option<Time>,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// Whether the scheduler is evicting it for a pod of higher priority.
    pub preempted: bool,
    /// What it requests.
    pub requests: Resources,
    /// Millicores and bytes it counts for in scores.
    pub scored_requests: (i64, i64),
    /// Host ports of its containers.
    pub host_ports: Vec<HostPort>,
    /// Names of the PersistentVolumeClaims it mounts.
    pub claims: Vec<Arc<str>>,
    /// What it looks like to other pods.
    pub kind: PodKind,
}

impl PodInfo {
    /// What of a pod is read here, and to tell whether it [occupies a node](occupies_node).
    pub const MEMBERS: &[&'static str] = &[
        "metadata/deletionTimestamp",
        "metadata/labels",
        "metadata/name",
        "metadata/namespace",
        "spec/affinity/podAffinity",
        "spec/affinity/podAntiAffinity",
        "spec/containers/name",
        "spec/containers/ports",
        "spec/containers/resources/requests",
        "spec/initContainers/name",
        "spec/initContainers/ports",
        "spec/initContainers/resources/requests",
        "spec/initContainers/restartPolicy",
        "spec/nodeName",
        "spec/overhead",
        "spec/priority",
        "spec/resources",
        "spec/volumes/ephemeral",
        "spec/volumes/name",
        "spec/volumes/persistentVolumeClaim",
        "status/conditions/reason",
        "status/conditions/status",
        "status/conditions/type",
        "status/containerStatuses/allocatedResources",
        "status/containerStatuses/name",
        "status/containerStatuses/resources/requests",
        "status/initContainerStatuses/allocatedResources",
        "status/initContainerStatuses/name",
        "status/initContainerStatuses/resources/requests",
        "status/phase",
        "status/startTime",
    ];

    /// Reads a pod.
    pub fn parse(pod: &Object) -> PodInfo {
        let preempted = pod
            .condition("DisruptionTarget")
            .is_some_and(|c| c.str_at("status") == "True" && c.str_at("reason") == "PreemptionByScheduler");
        PodInfo {
            key: Arc::from(pod.key()),
            name: Arc::from(pod.name()),
            node: pod.at("spec/nodeName").as_str().filter(|n| !n.is_empty()).map(Arc::from),
            priority: pod.int_at("spec/priority").unwrap_or(0),
            started: Time::parse(pod.str_at("status/startTime")),
            terminating: pod.is_deleting(),
            preempted,
            requests: resources::pod_requests(pod),
            scored_requests: resources::pod_requests_for_scoring(pod),
            host_ports: host_ports(pod.at("spec")),
            claims: claims(pod),
            kind: PodKind::parse(pod),
        }
    }
}

impl PodInfo {
    /// `namespace/name` of its claims.
    pub fn claim_keys(&self) -> impl Iterator<Item = String> {
        self.claims.iter().map(|claim| format!("{}/{claim}", self.kind.namespace))
    }
}

/// Whether a pod holds resources of its node: it has one and has not come to its end.
pub fn occupies_node(pod: &Object) -> bool {
    !pod.str_at("spec/nodeName").is_empty() && !matches!(pod.str_at("status/phase"), "Succeeded" | "Failed")
}

/// Ports of the containers that run all along, sidecars included.
fn host_ports(spec: &Value) -> Vec<HostPort> {
    let sidecars = spec.items_at("initContainers").iter().filter(|c| c.str_at("restartPolicy") == "Always");
    let or = |text: &str, default: &str| Arc::from(if text.is_empty() { default } else { text });
    spec.items_at("containers")
        .iter()
        .chain(sidecars)
        .flat_map(|c| c.items_at("ports"))
        .filter_map(|p| {
            Some(HostPort {
                port: p.int_at("hostPort").filter(|port| *port > 0)?,
                protocol: or(p.str_at("protocol"), "TCP"),
                ip: or(p.str_at("hostIP"), "0.0.0.0"),
            })
        })
        .collect()
}

/// Claims by name; a generic ephemeral volume has a claim called after pod and volume.
fn claims(pod: &Object) -> Vec<Arc<str>> {
    let claim = |v: &Value| {
        if !v.at("ephemeral").is_null() {
            return Some(Arc::from(format!("{}-{}", pod.name(), v.str_at("name"))));
        }
        v.at("persistentVolumeClaim/claimName").as_str().map(Arc::from)
    };
    pod.items_at("spec/volumes").iter().filter_map(claim).collect()
}

/// A pod that looks for a node: what it weighs, and its rules.
#[derive(Clone, Debug)]
pub struct PendingPod {
    /// What it will weigh.
    pub info: PodInfo,
    /// `spec.nodeSelector` and node affinity.
    pub node_affinity: NodeAffinity,
    /// `spec.tolerations`.
    pub tolerations: Vec<Toleration>,
    /// `spec.topologySpreadConstraints`.
    pub spread: Vec<SpreadConstraint>,
    /// Selects the pods to spread away from when the pod itself has no constraints: see
    /// [`default_spread_selector`](super::topology_spread::default_spread_selector).
    pub default_spread: Option<LabelSelector>,
    /// Images of containers, init containers and image volumes, with a tag.
    pub images: Vec<Arc<str>>,
    /// Where an earlier preemption made room.
    pub nominated_node: Option<Arc<str>>,
    /// `spec.preemptionPolicy` is `Never`.
    pub never_preempts: bool,
    /// `spec.schedulingGates` is not empty.
    pub gated: bool,
}

impl PendingPod {
    /// Reads a pod that has no node yet.
    pub fn parse(pod: &Object) -> PendingPod {
        let spec = pod.at("spec");
        let info = PodInfo::parse(pod);
        let spread = spec
            .items_at("topologySpreadConstraints")
            .iter()
            .map(|c| SpreadConstraint::parse(c, info.kind.labels()))
            .collect();
        PendingPod {
            node_affinity: NodeAffinity::parse(spec),
            tolerations: taints::tolerations(spec),
            spread,
            default_spread: None,
            images: images(spec),
            nominated_node: pod
                .at("status/nominatedNodeName")
                .as_str()
                .filter(|n| !n.is_empty())
                .map(Arc::from),
            never_preempts: spec.str_at("preemptionPolicy") == "Never",
            gated: !spec.items_at("schedulingGates").is_empty(),
            info,
        }
    }
}

impl PendingPod {
    /// Whether no filter and no preemption can tell the two apart, wherever they look for a place.
    pub(super) fn asks_like(&self, other: &PendingPod) -> bool {
        let (a, b) = (&self.info, &other.info);
        self.nominated_node.is_none()
            && other.nominated_node.is_none()
            && a.priority == b.priority
            && self.never_preempts == other.never_preempts
            && a.requests == b.requests
            && a.kind.is(&b.kind)
            && a.host_ports == b.host_ports
            && a.claims == b.claims
            && self.node_affinity == other.node_affinity
            && self.tolerations == other.tolerations
            && self.spread == other.spread
            && self.default_spread == other.default_spread
    }
}

fn images(spec: &Value) -> Vec<Arc<str>> {
    let containers = spec.items_at("initContainers").iter().chain(spec.items_at("containers"));
    let volumes = spec.items_at("volumes").iter().filter_map(|v| v.at("image/reference").as_str());
    containers.map(|c| c.str_at("image")).chain(volumes).map(with_tag).collect()
}

/// An image name without a tag means `:latest`.
fn with_tag(name: &str) -> Arc<str> {
    if name.rfind(':') > name.rfind('/') { Arc::from(name) } else { Arc::from(format!("{name}:latest")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::machinery::Members;

    #[test]
    fn a_registry_port_is_no_tag() {
        assert_eq!(&*with_tag("nginx"), "nginx:latest");
        assert_eq!(&*with_tag("nginx:1.25"), "nginx:1.25");
        assert_eq!(&*with_tag("registry:5000/app"), "registry:5000/app:latest");
    }

    #[test]
    fn the_members_named_are_all_that_is_read() {
        let container = json!({"name": "c", "image": "i", "restartPolicy": "Always", "ports": [{"hostPort": 80}],
            "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}});
        let status = json!({"name": "c", "ready": true, "allocatedResources": {"example.com/gpu": "2"},
            "resources": {"requests": {"cpu": "3"}}});
        let term = json!({"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone"}]});
        let pod = Object(json!({
            "metadata": {"name": "p", "namespace": "n", "uid": "u", "labels": {"a": "b"},
                "deletionTimestamp": "2026-06-03T00:00:00Z"},
            "spec": {"nodeName": "node", "priority": 7, "overhead": {"cpu": "10m"}, "containers": [container.clone()],
                "initContainers": [container], "resources": {"requests": {"memory": "1Gi"}},
                "affinity": {"podAffinity": term.clone(), "podAntiAffinity": term},
                "volumes": [{"name": "v", "ephemeral": {}}, {"name": "w", "persistentVolumeClaim": {"claimName": "c"}}]},
            "status": {"phase": "Running", "startTime": "2026-06-03T00:00:00Z", "containerStatuses": [status.clone()],
                "initContainerStatuses": [status], "conditions": [
                    {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"},
                    {"type": "PodResizePending", "status": "True", "reason": "Infeasible"}]},
        }));
        let surveyed = Object(Value::parse_members(&pod.to_json(), &Members::at(PodInfo::MEMBERS)).unwrap());
        assert_eq!(format!("{:?}", PodInfo::parse(&surveyed)), format!("{:?}", PodInfo::parse(&pod)));
        assert!(occupies_node(&surveyed));
        for member in PodInfo::MEMBERS {
            let mut less: Vec<_> = PodInfo::MEMBERS.to_vec();
            less.retain(|m| m != member);
            let less = Object(Value::parse_members(&pod.to_json(), &Members::at(&less)).unwrap());
            let differs = format!("{:?}", PodInfo::parse(&less)) != format!("{:?}", PodInfo::parse(&pod));
            assert!(differs || *member == "status/phase", "{member} is read for nothing");
        }
    }

    #[test]
    fn host_ports_conflict_on_overlapping_addresses() {
        let port = |ip: &str, protocol: &str| {
            host_ports(
                &json!({"containers": [{"ports": [{"hostPort": 80, "hostIP": ip, "protocol": protocol}]}]}),
            )
            .remove(0)
        };
        assert!(port("", "TCP").conflicts(&port("10.0.0.1", "")));
        assert!(!port("10.0.0.2", "TCP").conflicts(&port("10.0.0.1", "TCP")));
        assert!(!port("", "UDP").conflicts(&port("", "TCP")));
    }
}
