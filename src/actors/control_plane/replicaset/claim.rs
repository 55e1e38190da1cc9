//! Which pods are a ReplicaSet's: those that name it as their controller and match its selector. One that no longer
//! matches is let go, one that matches and has no controller is taken in.

use super::Kind;
use super::census::Census;
use crate::actors::Ctx;
use crate::api::ApiError;
use crate::machinery::{Object, Value};

/// Puts right who belongs to an owner: takes in orphans it never looked for and lets go of strangers.
pub(super) fn settle(ctx: &Ctx<'_>, kind: Kind, owner: &Object, census: &mut Census) -> Result<(), ApiError> {
    if may_find_orphans(kind, owner) {
        adopt(ctx, kind, owner)?;
        census.forget(owner.uid());
    }
    if owner.is_deleting() {
        return Ok(());
    }
    for name in census.of(ctx.api, kind, owner).strangers() {
        if let Some(pod) = ctx.api.find("pods", owner.namespace(), name) {
            release(ctx, owner, pod)?;
        }
    }
    Ok(())
}

/// Pods that appear later announce themselves; only an owner that is new, or looks for others than before, has to
/// search. The selector of a ReplicaSet never changes.
fn may_find_orphans(kind: Kind, owner: &Object) -> bool {
    let observed = owner.int_at("status/observedGeneration").unwrap_or(0);
    match kind {
        Kind::ReplicaSet => observed == 0,
        Kind::ReplicationController => observed != owner.generation(),
    }
}

/// Takes in the pods that match and have no controller.
pub(super) fn adopt(ctx: &Ctx<'_>, kind: Kind, owner: &Object) -> Result<(), ApiError> {
    if owner.is_deleting() {
        return Ok(());
    }
    let selector = kind.selector(owner);
    let matching = ctx.api.pods_matching(owner.namespace(), &selector);
    for mut pod in matching {
        if is_orphan(&pod) && !super::is_terminal(&pod) {
            let mut owners: Vec<Value> = pod.items_at("metadata/ownerReferences").to_vec();
            owners.push(owner.as_controller_ref());
            pod.set("metadata/ownerReferences", owners);
            ctx.api.update(pod)?;
        }
    }
    Ok(())
}

fn release(ctx: &Ctx<'_>, owner: &Object, mut pod: Object) -> Result<(), ApiError> {
    let owners = pod.items_at("metadata/ownerReferences").iter();
    let others: Vec<Value> = owners.filter(|r| r.str_at("uid") != owner.uid()).cloned().collect();
    if others.is_empty() {
        pod.remove("metadata/ownerReferences");
    } else {
        pod.set("metadata/ownerReferences", others);
    }
    ctx.api.update(pod).map(|_| ())
}

fn is_orphan(pod: &Object) -> bool {
    pod.controller().is_none() && !pod.is_deleting()
}

/// Whether a change may have made a pod one to be taken in.
pub(super) fn is_new_orphan(pod: &Object, before: Option<&Object>) -> bool {
    let news = |old: &Object| old.controller().is_some() || old.labels() != pod.labels();
    is_orphan(pod) && before.is_none_or(news)
}

/// The owners whose selectors match a pod.
pub(super) fn candidates(ctx: &Ctx<'_>, kind: Kind, pod: &Object) -> Vec<Object> {
    let mut owners = ctx.api.list(kind.resource(), pod.namespace());
    owners.retain(|o| kind.selector(o).matches(pod.labels()));
    owners
}
