//! Which volume a claim gets, and how the two are tied together.

use super::{CLAIMS, VOLUMES};
use crate::actors::Ctx;
use crate::api::ApiError;
use crate::json;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Object, Quantity};

fn capacity(volume: &Object) -> Quantity {
    Quantity::of(volume.at("spec/capacity/storage"))
}

/// Whether no other claim has the volume.
pub(super) fn is_free_for(volume: &Object, claim: &Object) -> bool {
    let owner = volume.at("spec/claimRef");
    let same = owner.str_at("namespace") == claim.namespace() && owner.str_at("name") == claim.name();
    let uid = owner.str_at("uid");
    owner.is_null() || same && (uid.is_empty() || uid == claim.uid())
}

fn fits(volume: &Object, claim: &Object) -> bool {
    let text = |o: &Object, path: &str| o.str_at(path).to_string();
    let mode = |o: &Object| match o.str_at("spec/volumeMode") {
        "" => "Filesystem".to_string(),
        mode => mode.to_string(),
    };
    let modes = volume.items_at("spec/accessModes");
    let selected = match claim.at("spec/selector") {
        none if none.is_null() => true,
        selector => LabelSelector::from_object(selector).is_ok_and(|s| s.matches(volume.labels())),
    };
    is_free_for(volume, claim)
        && !volume.is_deleting()
        && selected
        && mode(volume) == mode(claim)
        && text(volume, "spec/storageClassName") == text(claim, "spec/storageClassName")
        && claim.items_at("spec/accessModes").iter().all(|m| modes.contains(m))
        && capacity(volume) >= Quantity::of(claim.at("spec/resources/requests/storage"))
}

/// The volume reserved for a claim, else the smallest that is large enough.
pub(super) fn best_match<'a>(volumes: &'a [Object], claim: &Object) -> Option<&'a Object> {
    let mut candidates: Vec<&Object> = volumes.iter().filter(|v| fits(v, claim)).collect();
    candidates.sort_by(|a, b| {
        let reserved = |v: &Object| v.at("spec/claimRef").is_null();
        reserved(a).cmp(&reserved(b)).then_with(|| capacity(a).cmp(&capacity(b)))
    });
    candidates.first().copied()
}

/// Ties a claim and a volume together, the volume first.
pub(super) fn bind(ctx: &Ctx<'_>, claim: &Object, volume: &Object) -> Result<(), ApiError> {
    let owner = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": (claim.name()),
        "namespace": (claim.namespace()), "resourceVersion": (claim.str_at("metadata/resourceVersion")),
        "uid": (claim.uid()),
    });
    let known = volume.at("spec/claimRef/uid") == claim.uid();
    ctx.api.modify(VOLUMES, "", volume.name(), |v| {
        if !known {
            v.set("spec/claimRef", owner);
            v.set_annotation("pv.kubernetes.io/bound-by-controller", "yes");
        }
    })?;
    ctx.api.modify_status(VOLUMES, "", volume.name(), |v| v.set("status/phase", "Bound"))?;
    let chosen = claim.str_at("spec/volumeName").is_empty();
    ctx.api.modify(CLAIMS, claim.namespace(), claim.name(), |c| {
        c.set_annotation("pv.kubernetes.io/bind-completed", "yes");
        if chosen {
            c.set_annotation("pv.kubernetes.io/bound-by-controller", "yes");
            c.set("spec/volumeName", volume.name());
        }
    })?;
    let bound = ctx.api.modify_status(CLAIMS, claim.namespace(), claim.name(), |c| {
        c.set("status/phase", "Bound");
        c.set("status/accessModes", volume.at("spec/accessModes"));
        c.set("status/capacity", volume.at("spec/capacity"));
    });
    bound.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(name: &str, size: &str) -> Object {
        let mut v = Object::new("v1", "PersistentVolume", "", name);
        v.set("spec", json!({"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"]}));
        v
    }

    #[test]
    fn the_smallest_that_is_large_enough() {
        let mut claim = Object::new("v1", "PersistentVolumeClaim", "shop", "data");
        claim.set(
            "spec",
            json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}),
        );
        let mut volumes = vec![volume("a", "20Gi"), volume("b", "10Gi"), volume("c", "1Gi")];
        assert_eq!(best_match(&volumes, &claim).map(|v| v.name()), Some("b"));
        volumes[1].set("spec/claimRef", json!({"namespace": "other", "name": "data"}));
        assert_eq!(best_match(&volumes, &claim).map(|v| v.name()), Some("a"));
        claim.set("spec/storageClassName", "gp3");
        assert!(best_match(&volumes, &claim).is_none());
    }
}
