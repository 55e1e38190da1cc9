//! Node groups as the core sees them.

use super::template::Template;
use std::sync::Arc;

/// Whether a group may grow now.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Standing {
    /// It may.
    #[default]
    Safe,
    /// Too many of its nodes are missing or unready.
    Unhealthy,
    /// A scale-up failed a short time ago: what and why, as the log shows it.
    BackedOff(String),
}

/// A node group at an instant.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Its name.
    pub name: Arc<str>,
    /// Most nodes.
    pub max: i64,
    /// The size that is asked for.
    pub target: i64,
    /// What its new nodes look like; `None` when nothing tells.
    pub template: Option<Arc<Template>>,
    /// Whether it may grow.
    pub standing: Standing,
}
