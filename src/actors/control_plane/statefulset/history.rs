//! The revisions of a StatefulSet: the one its pods have, the one they are to get, and the ones before.

use super::identity::REVISION_LABEL;
use crate::actors::Ctx;
use crate::actors::control_plane::revisions;
use crate::api::{ApiError, Reason};
use crate::machinery::{Object, hash};

const HASH_LABEL: &str = "controller.kubernetes.io/hash";

/// The revisions of a set, with that of its template among them.
pub(super) struct History {
    /// Oldest first.
    all: Vec<Object>,
    pub current: Object,
    pub update: Object,
    pub collisions: i64,
}

impl History {
    /// Finds the revision of the template, or makes it; a template that comes back takes the newest number.
    pub(super) fn observe(ctx: &Ctx<'_>, set: &Object) -> Result<History, ApiError> {
        let mut all = revisions::list(ctx, set);
        let mut collisions = set.int_at("status/collisionCount").unwrap_or(0);
        let data = revisions::data_of(set.at("spec/template"));
        let next = all.last().map_or(0, revisions::number) + 1;
        let known = all.iter().rposition(|r| r.at("data") == &data);
        let update = match known {
            Some(i) if i + 1 == all.len() => all[i].clone(),
            Some(i) => {
                let mut again = all.remove(i);
                again.set("revision", next);
                let again = ctx.api.update(again)?;
                all.push(again.clone());
                again
            }
            None => loop {
                let hash = hash::controller_revision_hash(&data, collisions);
                let revision = revisions::new_revision(set, data.clone(), next, &hash, HASH_LABEL);
                match ctx.api.create(revision) {
                    Ok(made) => {
                        all.push(made.clone());
                        break made;
                    }
                    Err(e) if e.reason == Reason::AlreadyExists && collisions < 100 => collisions += 1,
                    Err(e) => return Err(e),
                }
            },
        };
        let current = set.str_at("status/currentRevision");
        let current = all.iter().find(|r| r.name() == current).unwrap_or(&update).clone();
        Ok(History { all, current, update, collisions })
    }

    /// Drops the oldest revisions that neither the set nor a pod refers to.
    pub(super) fn truncate(&self, ctx: &Ctx<'_>, set: &Object, pods: &[Object]) -> Result<(), ApiError> {
        let in_use = |r: &Object| {
            [self.current.name(), self.update.name()].contains(&r.name())
                || pods.iter().any(|p| p.label(REVISION_LABEL) == Some(r.name()))
        };
        revisions::truncate(ctx, set, &self.all, in_use)
    }
}
