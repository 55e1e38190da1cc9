//! ImageLocality: nodes that need not pull the images.

use super::MAX_SCORE;
use crate::actors::control_plane::scheduler::node_info::NodeInfo;
use crate::actors::control_plane::scheduler::pod_info::PendingPod;
use crate::actors::control_plane::scheduler::snapshot::Snapshot;

const MB: i64 = 1024 * 1024;
/// Less than this is not worth a detour.
const FLOOR: i64 = 23 * MB;
/// More than this, for one image, is no better.
const CEILING: i64 = 1000 * MB;

/// The score of a node. An image counts in proportion to how widespread it is, so that one node that has a rare image
/// does not draw every pod that uses it.
pub fn score(pod: &PendingPod, node: &NodeInfo, snapshot: &Snapshot) -> i64 {
    let nodes = snapshot.nodes().len() as f64;
    let present = pod.images.iter().filter(|image| node.images.contains_key(&***image));
    let worth = |(size, holders): (i64, usize)| (size as f64 * (holders as f64 / nodes)) as i64;
    let sum: i64 = present.filter_map(|image| snapshot.image(image)).map(worth).sum();
    let ceiling = CEILING * pod.images.len() as i64;
    if ceiling <= FLOOR {
        return 0;
    }
    MAX_SCORE * (sum.clamp(FLOOR, ceiling) - FLOOR) / (ceiling - FLOOR)
}
