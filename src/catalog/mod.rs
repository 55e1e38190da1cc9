//! Floor 2: what the world holds that no cluster object says: instance types, images, manifests by URL, releases of EKS,
//! and what a new cluster starts with.

pub mod bootstrap;
pub mod cluster_config;
pub mod cluster_schema;
pub mod eks_addons;
pub mod fargate;
pub mod image_ref;
pub mod images;
pub mod instance_types;
mod manifests;
pub mod nodes;
pub mod releases;

pub use manifests::manifest;
