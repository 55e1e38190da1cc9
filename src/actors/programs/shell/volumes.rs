//! What containers write to volumes: an emptyDir is shared by the containers of a pod and goes with it, a persistent
//! volume is there for every pod that mounts it. What ConfigMaps, Secrets and fields of the pod put into a volume can only
//! be read.

use crate::actors::programs::Process;
use crate::api::Server;
use crate::machinery::{Map, Object, Value};

/// Whose memories hold the contents.
const MEMORY: &str = "volume";

/// The kinds of volumes whose files come from the API.
const PROJECTED: [&str; 4] = ["configMap", "secret", "downwardAPI", "projected"];

/// Where a path lies.
pub(super) enum Place {
    /// In the container's own file system.
    Own,
    /// In a volume whose files come from the API.
    Projected,
    /// In a volume that is written to.
    Kept(Kept),
}

/// A path within a volume that is written to.
pub(super) struct Kept {
    /// The volume.
    key: String,
    /// The path from its root.
    pub path: String,
    /// It is where the volume, or a part of it, is mounted.
    pub is_mount: bool,
    /// Mounted read-only.
    pub read_only: bool,
}

impl Kept {
    /// Contents by path; a list stands for a directory.
    pub(super) fn files(&self, process: &Process<'_>) -> Map {
        process.api.store().memory(MEMORY, &self.key).map().clone()
    }

    /// Replaces the contents.
    pub(super) fn keep(&self, process: &Process<'_>, files: Map) {
        process.api.store().remember(MEMORY, &self.key, files);
    }
}

/// Where a path of a container lies: the innermost mount decides.
pub(super) fn place(process: &Process<'_>, path: &str) -> Place {
    let Some((mount, volume)) = mounted(process, path) else { return Place::Own };
    if PROJECTED.iter().any(|kind| volume.get(kind).is_some()) {
        return Place::Projected;
    }
    let Some(key) = key(process.api, process.pod, volume) else { return Place::Own };
    let rest = inside(path, mount.str_at("mountPath")).unwrap_or_default();
    let is_mount = rest.trim_matches('/').is_empty();
    let path = super::files::normal(&format!("{}/{rest}", mount.str_at("subPath")));
    let read_only = mount.bool_at("readOnly") || volume.bool_at("persistentVolumeClaim/readOnly");
    Place::Kept(Kept { key, path, is_mount, read_only })
}

/// Whether a file may be run: what the API puts into a volume may when its mode says so. Of others nobody knows.
pub(super) fn may_run(process: &Process<'_>, path: &str) -> bool {
    let Some((mount, volume)) = mounted(process, path) else { return true };
    let Some(source) = PROJECTED.iter().find_map(|kind| volume.get(kind)) else { return true };
    let rest = inside(path, mount.str_at("mountPath")).unwrap_or_default();
    let file = super::files::normal(&format!("{}/{rest}", mount.str_at("subPath")));
    let lists =
        source.items_at("sources").iter().flat_map(|s| PROJECTED.iter().filter_map(|kind| s.get(kind)));
    let mut items = lists.chain([source]).flat_map(|list| list.items_at("items"));
    let item = items.find(|item| super::files::normal(item.str_at("path")) == file);
    let mode = item.and_then(|item| item.int_at("mode")).or_else(|| source.int_at("defaultMode"));
    mode.unwrap_or(0o644) & 0o111 != 0
}

/// The innermost mount in which a path lies, and its volume.
fn mounted<'a>(process: &Process<'a>, path: &str) -> Option<(&'a Value, &'a Value)> {
    let within = |mount: &&Value| inside(path, mount.str_at("mountPath")).is_some();
    let mounts = process.container.items_at("volumeMounts").iter();
    let mount = mounts.filter(within).max_by_key(|m| m.str_at("mountPath").len())?;
    let volumes = process.pod.items_at("spec/volumes");
    Some((mount, volumes.iter().find(|v| v.str_at("name") == mount.str_at("name"))?))
}

/// The rest of a path below a mount.
fn inside<'p>(path: &'p str, mount: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(mount.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// Under which name the contents of a volume are kept, for the kinds that are written to.
fn key(api: &Server, pod: &Object, volume: &Value) -> Option<String> {
    let name = volume.str_at("name");
    if volume.get("emptyDir").is_some() {
        return Some(format!("{}/{name}", pod.uid()));
    }
    let claim = match volume.str_at("persistentVolumeClaim/claimName") {
        "" if volume.get("ephemeral").is_some() => format!("{}-{name}", pod.name()),
        "" => return None,
        claim => claim.to_string(),
    };
    let bound = api.find("persistentvolumeclaims", pod.namespace(), &claim)?;
    Some(bound.str_at("spec/volumeName").to_string()).filter(|volume| !volume.is_empty())
}

/// A pod has gone, and its emptyDirs with it.
pub(crate) fn forget_pod(api: &Server, pod: &Object) {
    for volume in pod.items_at("spec/volumes").iter().filter(|v| v.get("emptyDir").is_some()) {
        api.store().remember(MEMORY, &format!("{}/{}", pod.uid(), volume.str_at("name")), Value::Null);
    }
}

/// A persistent volume has gone.
pub(crate) fn forget(api: &Server, volume: &str) {
    api.store().remember(MEMORY, volume, Value::Null);
}
