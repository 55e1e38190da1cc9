//! The plugins of the default profile, a file each.

pub mod balanced_allocation;
pub mod image_locality;
pub mod inter_pod_affinity;
pub mod resources_fit;
pub mod spread;

/// The plugins that filter or score.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Plugin {
    /// `spec.unschedulable` of nodes.
    NodeUnschedulable,
    /// `spec.nodeName` of the pod.
    NodeName,
    /// Taints and tolerations.
    TaintToleration,
    /// Node selector and node affinity.
    NodeAffinity,
    /// Host ports.
    NodePorts,
    /// Requests against what is allocatable; the emptier node scores higher.
    NodeResourcesFit,
    /// Volumes only one pod or node may use.
    VolumeRestrictions,
    /// How many volumes a node can attach.
    NodeVolumeLimits,
    /// Claims and the volumes for them.
    VolumeBinding,
    /// Zones of bound volumes.
    VolumeZone,
    /// Topology spread constraints.
    PodTopologySpread,
    /// Affinity and anti-affinity between pods.
    InterPodAffinity,
    /// Resource claims.
    DynamicResources,
    /// Cpu and memory used alike.
    NodeResourcesBalancedAllocation,
    /// Images that are there already.
    ImageLocality,
}

impl Plugin {
    /// The name in the scheduler's configuration.
    pub fn name(self) -> &'static str {
        match self {
            Plugin::NodeUnschedulable => "NodeUnschedulable",
            Plugin::NodeName => "NodeName",
            Plugin::TaintToleration => "TaintToleration",
            Plugin::NodeAffinity => "NodeAffinity",
            Plugin::NodePorts => "NodePorts",
            Plugin::NodeResourcesFit => "NodeResourcesFit",
            Plugin::VolumeRestrictions => "VolumeRestrictions",
            Plugin::NodeVolumeLimits => "NodeVolumeLimits",
            Plugin::VolumeBinding => "VolumeBinding",
            Plugin::VolumeZone => "VolumeZone",
            Plugin::PodTopologySpread => "PodTopologySpread",
            Plugin::InterPodAffinity => "InterPodAffinity",
            Plugin::DynamicResources => "DynamicResources",
            Plugin::NodeResourcesBalancedAllocation => "NodeResourcesBalancedAllocation",
            Plugin::ImageLocality => "ImageLocality",
        }
    }

    /// The plugin of a name.
    pub fn from_name(name: &str) -> Option<Plugin> {
        Plugin::ALL.into_iter().find(|p| p.name() == name)
    }

    /// All of them, in the order in which they filter.
    pub const ALL: [Plugin; 15] = [
        Plugin::NodeUnschedulable,
        Plugin::NodeName,
        Plugin::TaintToleration,
        Plugin::NodeAffinity,
        Plugin::NodePorts,
        Plugin::NodeResourcesFit,
        Plugin::VolumeRestrictions,
        Plugin::NodeVolumeLimits,
        Plugin::VolumeBinding,
        Plugin::VolumeZone,
        Plugin::PodTopologySpread,
        Plugin::InterPodAffinity,
        Plugin::DynamicResources,
        Plugin::NodeResourcesBalancedAllocation,
        Plugin::ImageLocality,
    ];

    /// What its score (0 to 100) counts for.
    pub fn weight(self) -> i64 {
        match self {
            Plugin::TaintToleration => 3,
            Plugin::NodeAffinity
            | Plugin::PodTopologySpread
            | Plugin::InterPodAffinity
            | Plugin::DynamicResources => 2,
            _ => 1,
        }
    }
}

/// The highest score of a plugin.
pub const MAX_SCORE: i64 = 100;

/// Stretches raw scores so that the largest becomes 100; all stay 0 when the largest is 0.
pub fn normalize(raw: &mut [i64]) {
    let max = raw.iter().copied().max().unwrap_or(0);
    if max > 0 {
        raw.iter_mut().for_each(|s| *s = *s * MAX_SCORE / max);
    }
}

/// As [`normalize`], where less is better.
pub fn normalize_reversed(raw: &mut [i64]) {
    normalize(raw);
    raw.iter_mut().for_each(|s| *s = MAX_SCORE - *s);
}
