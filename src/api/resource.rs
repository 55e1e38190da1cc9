//! What the API server serves: one [`Resource`] for each kind, built-in or from a CustomResourceDefinition.

use crate::machinery::Object;
use std::borrow::Cow;

/// A served kind: its names, its scope and what can be done with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: Cow<'static, str>,
    /// `v1`, `v2`, `v1beta1`.
    pub version: Cow<'static, str>,
    /// `Deployment`.
    pub kind: Cow<'static, str>,
    /// `deployments`: the name in URLs and error messages.
    pub plural: Cow<'static, str>,
    /// `deployment`.
    pub singular: Cow<'static, str>,
    /// `deploy`.
    pub short_names: Cow<'static, [Cow<'static, str>]>,
    /// `all` and the like.
    pub categories: Cow<'static, [Cow<'static, str>]>,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Verbs as discovery lists them: `create`, `delete`, `deletecollection`, `get`, `list`, `patch`, `update`, `watch`.
    pub verbs: Cow<'static, [Cow<'static, str>]>,
    /// Whether `/scale` exists.
    pub scale: bool,
    /// Whether `/status` exists, so that main writes leave the status alone.
    pub status: bool,
}

impl Resource {
    /// `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
    /// `deployments.apps`, or `pods` for the core group: the key objects are stored under, and what errors name.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_string()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
    /// `deployment.apps`: the lower-case kind with its group, as kubectl's result lines print it.
    pub fn kind_dot_group(&self) -> String {
        let kind = self.kind.to_lowercase();
        if self.group.is_empty() { kind } else { format!("{kind}.{}", self.group) }
    }
    /// Whether an object's `apiVersion` and `kind` name this resource.
    pub fn serves(&self, object: &Object) -> bool {
        object.kind() == self.kind && object.api_version() == self.api_version()
    }
}
