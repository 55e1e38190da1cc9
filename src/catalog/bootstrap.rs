//! What a new cluster holds.

use super::cluster_config::ClusterConfig;
use crate::api::Server;
use crate::machinery::{Object, Time};
use crate::store::{ClockMode, Meta};
use std::collections::BTreeMap;

/// The identity and clock of a new cluster.
pub fn meta(config: &ClusterConfig, seed: u64, start: Time) -> Meta {
    Meta {
        name: config.name.clone(),
        region: config.region.clone(),
        version: config.version,
        seed,
        revision: 0,
        now: start,
        clock: ClockMode::Manual,
        counters: BTreeMap::new(),
        config: config.to_value(),
    }
}

/// Fills a new cluster.
pub fn fill(api: &Server, _config: &ClusterConfig) {
    for ns in ["default", "kube-system"] {
        let _ = api.create(Object::new("v1", "Namespace", "", ns));
    }
}
