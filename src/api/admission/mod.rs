//! Admission: what the server's plugins add to new objects, and what they refuse.

use super::{ApiError, Resource};
use crate::machinery::{KubeVersion, Object, Time};

/// What admission may ask of the cluster.
pub trait Lookup {
    /// A stored object.
    fn get(&self, resource: &str, ns: &str, name: &str) -> Option<Object>;
    /// Stored objects of a namespace.
    fn list(&self, resource: &str, ns: &str) -> Vec<Object>;
    /// The instant on the cluster's clock.
    fn now(&self) -> Time;
    /// The server's version.
    fn version(&self) -> KubeVersion;
    /// The next number of a purpose, to draw names from.
    fn draw(&self, purpose: &str) -> u64;
    /// The cluster's seed.
    fn seed(&self) -> u64;
}

/// Admits a new object, with what the plugins add to it.
pub(crate) fn admit_create(
    _resource: &Resource,
    _object: &mut Object,
    _cluster: &dyn Lookup,
) -> Result<(), ApiError> {
    Ok(())
}

/// Copies zone and region of the node to a pod being bound (PodTopologyLabels).
pub(crate) fn label_topology(_pod: &mut Object, _node: Option<&Object>, _server: KubeVersion) {}
