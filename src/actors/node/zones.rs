//! How fast nodes may be tainted: a zone in which most nodes fail at once looks like a fault of the network, and a cluster
//! in which all do like a fault of the control plane (`ComputeZoneState` and `handleDisruption` of the node controller).

use super::lifecycle::ready_status;
use crate::api::Server;
use crate::machinery::{Duration, Object, well_known};
use std::collections::BTreeMap;

/// One node a zone is tainted in this time, so that a fault of the network does not empty a cluster at once.
const TAINT_INTERVAL: Duration = Duration::from_secs(10);
/// The same in a large zone that is partly disrupted; in a small one nobody is tainted then.
const SLOW_TAINT_INTERVAL: Duration = Duration::from_secs(100);
/// A zone with more nodes than this is large.
const LARGE: usize = 50;

/// The zones with their nodes: ready ones, and others.
pub(super) struct Zones(BTreeMap<String, (usize, usize)>);

/// The zone of a node.
pub(super) fn zone_of(node: &Object) -> &str {
    node.label(well_known::ZONE).unwrap_or("")
}

impl Zones {
    pub(super) fn of(api: &Server) -> Zones {
        let mut zones: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        api.store().for_each("nodes", "", |node| {
            let (ready, others) = zones.entry(zone_of(node).to_string()).or_default();
            *(if ready_status(node) == "True" { ready } else { others }) += 1;
        });
        Zones(zones)
    }

    /// Whether no zone has a ready node: then the fault lies elsewhere, and nobody is evicted.
    pub(super) fn are_all_lost(&self) -> bool {
        !self.0.is_empty() && self.0.values().all(|(ready, _)| *ready == 0)
    }

    /// The time from one taint in a zone to the next; `None` while none may be set there.
    pub(super) fn taint_interval(&self, zone: &str) -> Option<Duration> {
        let (ready, others) = self.0.get(zone).copied().unwrap_or_default();
        let partly = ready > 0 && others > 2 && others * 100 >= (ready + others) * 55;
        match partly {
            false => Some(TAINT_INTERVAL),
            true if ready + others > LARGE => Some(SLOW_TAINT_INTERVAL),
            true => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_that_mostly_fails_is_left_alone() {
        let zones = |ready, others| Zones(BTreeMap::from([("a".to_string(), (ready, others))]));
        assert_eq!(zones(1, 2).taint_interval("a"), Some(TAINT_INTERVAL));
        assert_eq!(zones(2, 3).taint_interval("a"), None);
        assert_eq!(zones(3, 3).taint_interval("a"), Some(TAINT_INTERVAL));
        assert_eq!(zones(20, 40).taint_interval("a"), Some(SLOW_TAINT_INTERVAL));
        assert_eq!(zones(0, 9).taint_interval("a"), Some(TAINT_INTERVAL));
        assert!(zones(0, 1).are_all_lost() && !zones(1, 9).are_all_lost());
    }
}
