//! Pods that a simulation may treat as one.

use super::pod::Pod;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A controller has at most so many groups; pods that would make another one stand alone.
const GROUPS_OF_A_CONTROLLER: usize = 10;

/// Pods of one controller with the same labels and spec; or one pod.
#[derive(Clone, Debug)]
pub struct PodGroup {
    /// The pods, in the order of the list; never empty.
    pub pods: Vec<Arc<Pod>>,
}

impl PodGroup {
    /// The pod that stands for all.
    pub fn sample(&self) -> &Arc<Pod> {
        &self.pods[0]
    }
}

/// Groups pods, in the order of the first pod of each group.
pub fn group(pods: &[Arc<Pod>]) -> Vec<PodGroup> {
    let mut groups: Vec<PodGroup> = Vec::new();
    let mut by_controller: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for pod in pods {
        let owner = pod.owner.as_ref().filter(|o| o.kind != "DaemonSet");
        if let Some(owner) = owner {
            let known = by_controller.entry(&owner.uid).or_default();
            if let Some(&i) = known.iter().find(|i| groups[**i].sample().is_like(pod)) {
                groups[i].pods.push(pod.clone());
                continue;
            }
            if known.len() < GROUPS_OF_A_CONTROLLER {
                known.push(groups.len());
            }
        }
        groups.push(PodGroup { pods: vec![pod.clone()] });
    }
    groups
}
