//! Finalizers that keep a claim while pods use it, and a volume while a claim has it.

use super::{CLAIMS, VOLUMES};
use crate::actors::Ctx;
use crate::actors::control_plane::pod_control::is_terminal;
use crate::api::{ApiError, Reason};
use crate::machinery::{Object, Value};

const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";

/// The claims of a pod, as `namespace/name`.
pub(super) fn claims_of(pod: &Object) -> impl Iterator<Item = String> {
    let names = pod.items_at("spec/volumes").iter().map(|v| v.str_at("persistentVolumeClaim/claimName"));
    names.filter(|name| !name.is_empty()).map(|name| format!("{}/{name}", pod.namespace()))
}

/// Lets a claim go that no pod uses any more.
pub(super) fn release_claim(ctx: &Ctx<'_>, claim: &Object) -> Result<(), ApiError> {
    let key = claim.key();
    let pods = ctx.api.list("pods", claim.namespace());
    let used = pods.iter().any(|p| !is_terminal(p) && claims_of(p).any(|c| c == key));
    if used { Ok(()) } else { release(ctx, CLAIMS, claim, CLAIM_PROTECTION) }
}

/// Lets a volume go that no claim has.
pub(super) fn release_volume(ctx: &Ctx<'_>, volume: &Object) -> Result<(), ApiError> {
    release(ctx, VOLUMES, volume, VOLUME_PROTECTION)
}

fn release(ctx: &Ctx<'_>, resource: &str, object: &Object, finalizer: &str) -> Result<(), ApiError> {
    if !object.finalizers().any(|f| f == finalizer) {
        return Ok(());
    }
    let rest: Vec<Value> = object.finalizers().filter(|f| *f != finalizer).map(Value::from).collect();
    let outcome = ctx.api.modify(resource, object.namespace(), object.name(), |o| match rest.is_empty() {
        true => drop(o.remove("metadata/finalizers")),
        false => o.set("metadata/finalizers", rest),
    });
    match outcome {
        Err(e) if e.reason == Reason::NotFound => Ok(()),
        other => other.map(|_| ()),
    }
}
