//! Floor 2: what the world outside the cluster is made of: instance types, manifests by URL, the content of new clusters.

pub mod bootstrap;
pub mod cluster_config;
mod manifests;
pub mod releases;

pub use manifests::manifest;
