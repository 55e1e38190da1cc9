//! ControllerRevisions: the history of the templates of StatefulSets and DaemonSets.

use crate::actors::Ctx;
use crate::api::ApiError;
use crate::json;
use crate::machinery::{Object, Value};

/// The resource revisions are stored under.
pub const RESOURCE: &str = "controllerrevisions.apps";

/// What a revision holds: a patch that puts a template into a workload.
pub fn data_of(template: &Value) -> Value {
    let mut template = template.clone();
    template.map_mut().insert("$patch", "replace");
    json!({"spec": {"template": template}})
}

/// The template in a revision's data.
pub fn template_of(revision: &Object) -> Value {
    let mut template = revision.at("data/spec/template").clone();
    template.remove("$patch");
    template
}

/// A new revision; `hash_label` is where its hash is written.
pub fn new_revision(owner: &Object, data: Value, number: i64, hash: &str, hash_label: &str) -> Object {
    let mut revision =
        Object::new("apps/v1", "ControllerRevision", owner.namespace(), &format!("{}-{hash}", owner.name()));
    revision.set("metadata/labels", owner.at("spec/template/metadata/labels"));
    revision.set_label(hash_label, hash);
    if !owner.annotations().is_empty() {
        revision.set("metadata/annotations", owner.at("metadata/annotations"));
    }
    revision.set("metadata/ownerReferences", vec![owner.as_controller_ref()]);
    revision.set("data", data);
    revision.set("revision", number);
    revision
}

/// The revisions of an owner, oldest first.
pub fn list(ctx: &Ctx<'_>, owner: &Object) -> Vec<Object> {
    let mut revisions = ctx.api.list_owned(RESOURCE, owner);
    revisions.retain(|r| r.is_controlled_by(owner.uid()));
    revisions.sort_by(|a, b| number(a).cmp(&number(b)).then_with(|| a.name().cmp(b.name())));
    revisions
}

/// The number of a revision.
pub fn number(revision: &Object) -> i64 {
    revision.int_at("revision").unwrap_or(0)
}

/// Deletes the oldest revisions that nothing uses, down to a limit.
pub fn truncate(
    ctx: &Ctx<'_>,
    owner: &Object,
    revisions: &[Object],
    in_use: impl Fn(&Object) -> bool,
) -> Result<(), ApiError> {
    let limit = usize::try_from(owner.int_at("spec/revisionHistoryLimit").unwrap_or(10)).unwrap_or(0);
    let unused: Vec<&Object> = revisions.iter().filter(|r| !in_use(r)).collect();
    for revision in &unused[..unused.len().saturating_sub(limit)] {
        ctx.api.delete(RESOURCE, revision.namespace(), revision.name())?;
    }
    Ok(())
}
