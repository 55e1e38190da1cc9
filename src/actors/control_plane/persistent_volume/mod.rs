//! Claims and volumes: a claim gets a volume that is there already, or one that its storage class provisions; a volume
//! whose claim is gone is reclaimed; neither goes away while it is in use.
//!
//! The provisioner of a storage class is taken to be there: what it does is done here, after the time it takes.

mod binding;
mod protection;
mod provision;

use crate::actors::programs::shell::volumes;
use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::machinery::Object;
use crate::store::{Change, Verb};

const CLAIMS: &str = "persistentvolumeclaims";
const VOLUMES: &str = "persistentvolumes";
const CLASSES: &str = "storageclasses.storage.k8s.io";
const COMPONENT: &str = "persistentvolume-controller";

/// The controller as an actor. Keys are claims (`namespace/name`) and volumes (`/name`).
#[derive(Debug, Default)]
pub struct PersistentVolumeController;

impl Actor for PersistentVolumeController {
    fn name(&self) -> &'static str {
        COMPONENT
    }

    fn rank(&self) -> u8 {
        28
    }

    fn watches(&self) -> &'static [&'static str] {
        &[CLAIMS, VOLUMES, "pods"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        match change.resource.as_ref() {
            VOLUMES => {
                ctx.wake(&format!("/{}", object.name()));
                if change.verb == Verb::Deleted {
                    volumes::forget(ctx.api, object.name());
                }
                if change.verb == Verb::Added {
                    wake_waiting_claims(ctx, object.str_at("spec/storageClassName"));
                }
            }
            CLAIMS => {
                let volume = object.str_at("spec/volumeName");
                if change.verb != Verb::Deleted {
                    ctx.wake(&object.key());
                } else if !volume.is_empty() {
                    ctx.wake(&format!("/{volume}"));
                }
            }
            _ if change.verb == Verb::Deleted || super::pod_control::is_terminal(object) => {
                protection::claims_of(object).for_each(|key| ctx.wake(&key));
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        match key.split_once('/') {
            Some(("", volume)) => match ctx.api.find(VOLUMES, "", volume) {
                Some(volume) => sync_volume(ctx, &volume),
                None => Ok(()),
            },
            Some((ns, claim)) => match ctx.api.find(CLAIMS, ns, claim) {
                Some(claim) => sync_claim(ctx, &claim),
                None => Ok(()),
            },
            None => Ok(()),
        }
    }
}

/// A new volume may be what a claim waits for.
fn wake_waiting_claims(ctx: &Ctx<'_>, class: &str) {
    for claim in ctx.api.list(CLAIMS, "") {
        if claim.str_at("spec/volumeName").is_empty() && claim.str_at("spec/storageClassName") == class {
            ctx.wake(&claim.key());
        }
    }
}

fn sync_claim(ctx: &Ctx<'_>, claim: &Object) -> Result<(), ApiError> {
    if claim.is_deleting() {
        return protection::release_claim(ctx, claim);
    }
    if claim.str_at("status/phase") == "Bound" {
        return Ok(());
    }
    let named = claim.str_at("spec/volumeName");
    if !named.is_empty() {
        return match ctx.api.find(VOLUMES, "", named) {
            Some(volume) if binding::is_free_for(&volume, claim) => binding::bind(ctx, claim, &volume),
            _ => Ok(()),
        };
    }
    let volumes = ctx.api.list(VOLUMES, "");
    match binding::best_match(&volumes, claim) {
        Some(volume) => binding::bind(ctx, claim, volume),
        None => provision::provision(ctx, claim),
    }
}

fn sync_volume(ctx: &Ctx<'_>, volume: &Object) -> Result<(), ApiError> {
    let claim = volume.at("spec/claimRef");
    let (ns, name) = (claim.str_at("namespace"), claim.str_at("name"));
    let found = ctx.api.find(CLAIMS, ns, name).filter(|c| {
        let uid = claim.str_at("uid");
        uid.is_empty() || c.uid() == uid
    });
    if volume.is_deleting() {
        return if found.is_none() { protection::release_volume(ctx, volume) } else { Ok(()) };
    }
    let phase = match (claim.is_null(), &found) {
        (true, _) => "Available",
        (false, Some(_)) => return Ok(()),
        // Reserved for a claim that is yet to come.
        (false, None) if claim.str_at("uid").is_empty() => "Available",
        (false, None) => "Released",
    };
    if phase == "Released" && volume.str_at("spec/persistentVolumeReclaimPolicy") == "Delete" {
        return ctx.api.delete(VOLUMES, "", volume.name());
    }
    ctx.api.modify_status(VOLUMES, "", volume.name(), |v| v.set("status/phase", phase)).map(|_| ())
}
