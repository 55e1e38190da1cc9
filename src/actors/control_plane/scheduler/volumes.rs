//! Claims and volumes: VolumeRestrictions, NodeVolumeLimits, VolumeBinding and VolumeZone.
//!
//! A claim that waits for its first consumer goes wherever its storage class can provision; matching it with volumes that
//! exist already, by size and access mode, is the volume controller's business.

use super::node_affinity::NodeAffinity;
use super::node_info::NodeInfo;
use super::plugins::Plugin;
use super::pod_info::PendingPod;
use super::snapshot::Snapshot;
use super::verdict::Rejection;
use crate::json;
use crate::machinery::{KubeVersion, Object, Value, well_known};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const ZONE_LABELS: [&str; 4] = [
    well_known::ZONE,
    well_known::REGION,
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
];

#[derive(Clone, Debug)]
struct Claim {
    volume: Option<Arc<str>>,
    class: Arc<str>,
    terminating: bool,
    one_pod_only: bool,
    selected_node: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
struct Volume {
    affinity: NodeAffinity,
    /// Zone labels with the values they allow.
    zones: Vec<(&'static str, Vec<Arc<str>>)>,
    driver: Arc<str>,
}

#[derive(Clone, Debug)]
struct Class {
    waits: bool,
    provisions: bool,
    driver: Arc<str>,
    topologies: NodeAffinity,
}

/// What the scheduler knows of storage.
#[derive(Clone, Debug, Default)]
pub struct Volumes {
    claims: BTreeMap<Arc<str>, Claim>,
    volumes: BTreeMap<Arc<str>, Volume>,
    classes: BTreeMap<Arc<str>, Class>,
    /// Node, then driver, to the number of volumes it can attach.
    limits: BTreeMap<Arc<str>, BTreeMap<Arc<str>, i64>>,
}

fn selected(terms: Value) -> NodeAffinity {
    if terms.items().is_empty() {
        return NodeAffinity::default();
    }
    NodeAffinity::parse(&json!({"affinity": {"nodeAffinity":
        {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}}))
}

impl Volumes {
    /// Takes over a PersistentVolumeClaim, PersistentVolume, StorageClass or CSINode as it is now.
    pub fn set(&mut self, object: &Object) {
        match object.kind() {
            "PersistentVolumeClaim" => drop(self.claims.insert(object.key().into(), claim(object))),
            "PersistentVolume" => drop(self.volumes.insert(object.name().into(), volume(object))),
            "StorageClass" => drop(self.classes.insert(object.name().into(), class(object))),
            "CSINode" => drop(self.limits.insert(object.name().into(), limits(object))),
            _ => {}
        }
    }

    /// Forgets such an object.
    pub fn remove(&mut self, object: &Object) {
        match object.kind() {
            "PersistentVolumeClaim" => drop(self.claims.remove(object.key().as_str())),
            "PersistentVolume" => drop(self.volumes.remove(object.name())),
            "StorageClass" => drop(self.classes.remove(object.name())),
            "CSINode" => drop(self.limits.remove(object.name())),
            _ => {}
        }
    }

    fn driver_of(&self, claim: &Claim) -> &str {
        let bound = claim.volume.as_ref().and_then(|v| self.volumes.get(v)).map(|v| &*v.driver);
        bound.or(self.classes.get(&claim.class).map(|c| &*c.driver)).unwrap_or("")
    }
}

fn claim(o: &Object) -> Claim {
    Claim {
        volume: o.at("spec/volumeName").as_str().filter(|v| !v.is_empty()).map(Arc::from),
        class: Arc::from(o.str_at("spec/storageClassName")),
        terminating: o.is_deleting(),
        one_pod_only: o.items_at("spec/accessModes").iter().any(|m| *m == "ReadWriteOncePod"),
        selected_node: o.annotation("volume.kubernetes.io/selected-node").map(Arc::from),
    }
}

fn volume(o: &Object) -> Volume {
    let values = |text: &str| text.split("__").map(Arc::from).collect();
    Volume {
        affinity: selected(o.at("spec/nodeAffinity/required/nodeSelectorTerms").clone()),
        zones: ZONE_LABELS
            .into_iter()
            .filter_map(|key| o.label(key).map(|text| (key, values(text))))
            .collect(),
        driver: Arc::from(o.str_at("spec/csi/driver")),
    }
}

fn class(o: &Object) -> Class {
    let topologies = o.items_at("allowedTopologies").iter().map(|t| {
        let expressions = t.items_at("matchLabelExpressions").iter();
        let expressions: Value = expressions
            .map(|e| json!({"key": &e["key"], "operator": "In", "values": &e["values"]}))
            .collect();
        json!({"matchExpressions": expressions})
    });
    Class {
        waits: o.str_at("volumeBindingMode") == "WaitForFirstConsumer",
        provisions: o.str_at("provisioner") != "kubernetes.io/no-provisioner",
        driver: Arc::from(o.str_at("provisioner")),
        topologies: selected(topologies.collect()),
    }
}

fn limits(o: &Object) -> BTreeMap<Arc<str>, i64> {
    let limit = |d: &Value| Some((Arc::from(d.str_at("name")), d.int_at("allocatable/count")?));
    o.items_at("spec/drivers").iter().filter_map(limit).collect()
}

/// The claims of one pod, looked up.
#[derive(Clone, Debug)]
pub(super) struct PodVolumes<'a> {
    storage: &'a Volumes,
    claims: Vec<(Arc<str>, &'a Claim)>,
    version: KubeVersion,
}

impl<'a> PodVolumes<'a> {
    /// Looks the claims up; the error is that of a pod which fits nowhere yet.
    pub fn resolve(
        pod: &PendingPod,
        storage: &'a Volumes,
        version: KubeVersion,
    ) -> Result<PodVolumes<'a>, Rejection> {
        let reject = |text: String| Err(Rejection::unresolvable(Plugin::VolumeBinding, text));
        let mut claims = Vec::new();
        for name in &pod.info.claims {
            let key: Arc<str> = Arc::from(format!("{}/{name}", pod.info.kind.namespace));
            match storage.claims.get(&key) {
                None => return reject(format!("persistentvolumeclaim \"{name}\" not found")),
                Some(claim) if claim.terminating => {
                    return reject(format!("persistentvolumeclaim \"{name}\" is being deleted"));
                }
                Some(claim) => claims.push((key, claim)),
            }
        }
        let waits = |claim: &Claim| storage.classes.get(&claim.class).is_some_and(|c| c.waits);
        if claims.iter().any(|(_, claim)| claim.volume.is_none() && !waits(claim)) {
            return reject("pod has unbound immediate PersistentVolumeClaims".into());
        }
        Ok(PodVolumes { storage, claims, version })
    }

    /// Whether the node can have all the volumes.
    pub fn filter(&self, node: &NodeInfo, snapshot: &Snapshot) -> Result<(), Rejection> {
        if self.claims.is_empty() {
            return Ok(());
        }
        self.restrictions(snapshot)?;
        self.attach_limits(node)?;
        self.binding(node)?;
        self.zones(node)
    }

    fn restrictions(&self, snapshot: &Snapshot) -> Result<(), Rejection> {
        for (key, _) in self.claims.iter().filter(|(_, claim)| claim.one_pod_only) {
            let user =
                snapshot.nodes().flat_map(NodeInfo::pods).find(|p| p.info.claim_keys().any(|k| *k == **key));
            if user.is_some() {
                let text = "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode \
                            already in-use by another pod";
                return Err(Rejection::unschedulable(Plugin::VolumeRestrictions, text));
            }
        }
        Ok(())
    }

    /// A volume that several pods of the node use is attached once.
    fn attach_limits(&self, node: &NodeInfo) -> Result<(), Rejection> {
        let Some(limits) = self.storage.limits.get(&node.name) else { return Ok(()) };
        let attached: BTreeSet<String> = node.pods().flat_map(|p| p.info.claim_keys()).collect();
        for (driver, limit) in limits {
            let of_driver = |key: &str| {
                self.storage.claims.get(key).is_some_and(|c| self.storage.driver_of(c) == &**driver)
            };
            let used = attached.iter().filter(|key| of_driver(key)).count();
            let wanted =
                self.claims.iter().filter(|(key, _)| !attached.contains(&**key) && of_driver(key)).count();
            if wanted > 0 && (used + wanted) as i64 > *limit {
                return Err(Rejection::unschedulable(
                    Plugin::NodeVolumeLimits,
                    "node(s) exceed max volume count",
                ));
            }
        }
        Ok(())
    }

    fn binding(&self, node: &NodeInfo) -> Result<(), Rejection> {
        let reject = |text: &'static str| Err(Rejection::unresolvable(Plugin::VolumeBinding, text));
        for (_, claim) in &self.claims {
            if let Some(name) = &claim.volume {
                let Some(volume) = self.storage.volumes.get(name) else {
                    return reject(
                        "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",
                    );
                };
                if !volume.affinity.admits(&node.name, node.labels()) {
                    return reject(match self.version.scheduler_speaks_of_volume_conflicts() {
                        true => "node(s) had volume node affinity conflict",
                        false => "node(s) didn't match PersistentVolume's node affinity",
                    });
                }
                continue;
            }
            let class = self.storage.classes.get(&claim.class);
            let elsewhere = claim.selected_node.as_ref().is_some_and(|n| *n != node.name);
            let provisionable =
                class.is_some_and(|c| c.provisions && c.topologies.admits(&node.name, node.labels()));
            if elsewhere || !provisionable {
                return reject("node(s) didn't find available persistent volumes to bind");
            }
        }
        Ok(())
    }

    fn zones(&self, node: &NodeInfo) -> Result<(), Rejection> {
        if ZONE_LABELS.iter().all(|key| node.label(key).is_none()) {
            return Ok(());
        }
        let volumes = self.claims.iter().filter_map(|(_, c)| self.storage.volumes.get(c.volume.as_ref()?));
        for (key, allowed) in volumes.flat_map(|v| &v.zones) {
            let here = node.label(key);
            if !here.is_some_and(|zone| allowed.iter().any(|a| &**a == zone)) {
                return Err(Rejection::unresolvable(
                    Plugin::VolumeZone,
                    "node(s) had no available volume zone",
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::control_plane::scheduler::cycle::Cycle;

    fn snapshot() -> Snapshot {
        let mut s = Snapshot::default();
        for (name, zone) in [("a", "z1"), ("b", "z2")] {
            s.set_node(&Object(json!({
                "metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": zone}},
                "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "10"}},
            })));
        }
        let mut class = Object::new("storage.k8s.io/v1", "StorageClass", "", "gp3");
        class.set("provisioner", "ebs.csi.aws.com");
        class.set("volumeBindingMode", "WaitForFirstConsumer");
        s.volumes.set(&class);
        let mut volume = Object::new("v1", "PersistentVolume", "", "pv");
        let zone = json!({"matchExpressions": [{"key": ZONE_LABELS[0], "operator": "In", "values": ["z1"]}]});
        volume.set("spec/nodeAffinity/required/nodeSelectorTerms", json!([zone]));
        s.volumes.set(&volume);
        s
    }

    fn claim(volume: &str, class: &str) -> Object {
        let mut claim = Object::new("v1", "PersistentVolumeClaim", "d", "data");
        claim.set("spec/volumeName", volume);
        claim.set("spec/storageClassName", class);
        claim
    }

    fn outcome(s: &Snapshot) -> Vec<String> {
        let mut pod = Object::new("v1", "Pod", "d", "p");
        pod.set("spec/volumes", json!([{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]));
        let pod = PendingPod::parse(&pod);
        let text = |r: Rejection| r.reasons.join("; ");
        match Cycle::new(s, &pod, KubeVersion::LATEST) {
            Err(rejection) => vec![text(rejection)],
            Ok(cycle) => s.nodes().map(|n| cycle.filter(n).map_or_else(text, |()| "fits".into())).collect(),
        }
    }

    #[test]
    fn claims_bind_pods_to_the_nodes_of_their_volumes() {
        let mut s = snapshot();
        assert_eq!(outcome(&s), ["persistentvolumeclaim \"data\" not found"]);
        s.volumes.set(&claim("", "gp3"));
        assert_eq!(outcome(&s), ["fits", "fits"]);
        s.volumes.set(&claim("", "immediate"));
        assert_eq!(outcome(&s), ["pod has unbound immediate PersistentVolumeClaims"]);
        s.volumes.set(&claim("pv", "gp3"));
        assert_eq!(outcome(&s), ["fits", "node(s) didn't match PersistentVolume's node affinity"]);
        s.volumes.set(&claim("gone", "gp3"));
        assert_eq!(
            outcome(&s)[0],
            "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
        );
    }
}
