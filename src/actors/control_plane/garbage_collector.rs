//! The garbage collector of kube-controller-manager: objects go when all their owners have gone.
//!
//! Keys say what to look at: `dependents UID NS` after an owner went, `waiting RESOURCE NS NAME` for an owner that waits for
//! its dependents (foreground deletion) or for being forgotten by them (orphaning), `absent RESOURCE NS NAME` for an object
//! that names an owner nobody knows.

use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, DeleteOptions, Propagation, Reason};
use crate::machinery::{Object, Value};
use crate::store::{Change, Verb};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// Kinds that are never owned but may be many.
const NOT_OWNED: [&str; 2] = ["events", "leases.coordination.k8s.io"];

/// The garbage collector.
pub struct GarbageCollector;

impl Actor for GarbageCollector {
    fn name(&self) -> &'static str {
        "garbage-collector"
    }

    fn rank(&self) -> u8 {
        40
    }

    fn watches(&self) -> &'static [&'static str] {
        &["*"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        let resource = change.resource.as_ref();
        if NOT_OWNED.contains(&resource) {
            return;
        }
        if change.verb == Verb::Deleted {
            ctx.wake(&format!("dependents {} {}", object.uid(), object.namespace()));
            wake_waiting_owners(object, ctx);
            return;
        }
        if object.is_deleting() && object.finalizers().any(|f| f == FOREGROUND || f == ORPHAN) {
            ctx.wake(&key("waiting", resource, object));
        }
        let owners_changed = change
            .previous
            .as_ref()
            .is_none_or(|old| old.at("metadata/ownerReferences") != object.at("metadata/ownerReferences"));
        if owners_changed && owner_references(object).any(|r| owner(object, r, ctx).is_none()) {
            ctx.wake(&key("absent", resource, object));
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let words: Vec<&str> = key.split(' ').collect();
        match words[..] {
            ["dependents", uid, ns] => {
                for (resource, dependent) in dependents(uid, ns, ctx) {
                    settle(&resource, &dependent, ctx)?;
                }
                Ok(())
            }
            ["absent", resource, ns, name] => match ctx.api.find(resource, ns, name) {
                Some(object) => settle(resource, &object, ctx),
                None => Ok(()),
            },
            ["waiting", resource, ns, name] => match ctx.api.find(resource, ns, name) {
                Some(owner) if owner.is_deleting() => process_waiting(resource, &owner, ctx),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

fn key(what: &str, resource: &str, object: &Object) -> String {
    format!("{what} {resource} {} {}", object.namespace(), object.name())
}

fn owner_references(object: &Object) -> impl Iterator<Item = &Value> {
    object.items_at("metadata/ownerReferences").iter()
}

/// The owner a reference names, if it is there under the same uid, and the resource it is stored under.
fn owner(dependent: &Object, reference: &Value, ctx: &Ctx<'_>) -> Option<(String, Object)> {
    let group = reference.str_at("apiVersion").split_once('/').map_or("", |(g, _)| g);
    let resource = ctx.api.registry().by_group_kind(group, reference.str_at("kind"))?.clone();
    let ns = if resource.namespaced { dependent.namespace() } else { "" };
    let stored_as = resource.qualified();
    let found = ctx.api.find(&stored_as, ns, reference.str_at("name"))?;
    (found.uid() == reference.str_at("uid")).then_some((stored_as, found))
}

/// Everything that names an owner, by its uid; a cluster-scoped owner may have dependents in any namespace.
fn dependents(uid: &str, ns: &str, ctx: &Ctx<'_>) -> Vec<(String, Object)> {
    let store = ctx.api.store();
    let kinds = store.resources().into_iter().filter(|r| !NOT_OWNED.contains(&r.as_str()));
    kinds
        .flat_map(|resource| {
            let owned = store.list_owned(&resource, ns, uid);
            owned.into_iter().map(move |o| (resource.clone(), o))
        })
        .collect()
}

/// Deletes an object none of whose owners is left; forgets those that have gone when others are.
fn settle(resource: &str, object: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let references: Vec<&Value> = owner_references(object).collect();
    let alive: Vec<Value> =
        references.iter().filter(|r| owner(object, r, ctx).is_some()).map(|r| (*r).clone()).collect();
    if references.is_empty() || alive.len() == references.len() {
        return Ok(());
    }
    if !alive.is_empty() {
        let mut object = object.clone();
        object.set("metadata/ownerReferences", alive);
        return tolerate_gone(ctx.api.update(object).map(|_| ()));
    }
    // What already waits with a policy of its own goes on with it.
    let propagation = if object.finalizers().any(|f| f == ORPHAN) {
        Propagation::Orphan
    } else if object.finalizers().any(|f| f == FOREGROUND) {
        Propagation::Foreground
    } else {
        Propagation::Background
    };
    if object.is_deleting() {
        return Ok(());
    }
    delete(resource, object, propagation, ctx)
}

fn delete(resource: &str, object: &Object, propagation: Propagation, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let Some(kind) = ctx.api.resource(resource) else { return Ok(()) };
    let options =
        DeleteOptions { propagation, uid: Some(object.uid().to_string()), ..DeleteOptions::default() };
    tolerate_gone(ctx.api.remove(&kind, object.namespace(), object.name(), &options).map(|_| ()))
}

/// An owner that waits: its dependents forget it (orphan), or go first (foreground).
fn process_waiting(resource: &str, waiting: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let dependents = dependents(waiting.uid(), waiting.namespace(), ctx);
    if waiting.finalizers().any(|f| f == ORPHAN) {
        for (_, mut dependent) in dependents {
            let rest: Vec<Value> =
                owner_references(&dependent).filter(|r| r.str_at("uid") != waiting.uid()).cloned().collect();
            if rest.is_empty() {
                dependent.remove("metadata/ownerReferences");
            } else {
                dependent.set("metadata/ownerReferences", rest);
            }
            tolerate_gone(ctx.api.update(dependent).map(|_| ()))?;
        }
        return drop_finalizer(resource, waiting, ORPHAN, ctx);
    }
    let mut blocked = false;
    for (kind, dependent) in &dependents {
        blocked |= owner_references(dependent)
            .any(|r| r.str_at("uid") == waiting.uid() && r.bool_at("blockOwnerDeletion"));
        if !dependent.is_deleting() {
            // Nothing hangs on a pod that it would have to wait for.
            let leaf = kind == "pods";
            let propagation = if leaf { Propagation::Background } else { Propagation::Foreground };
            delete(kind, dependent, propagation, ctx)?;
        }
    }
    if blocked { Ok(()) } else { drop_finalizer(resource, waiting, FOREGROUND, ctx) }
}

fn drop_finalizer(resource: &str, object: &Object, finalizer: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let Some(mut current) = ctx.api.find(resource, object.namespace(), object.name()) else { return Ok(()) };
    let rest: Vec<Value> =
        current.finalizers().filter(|f| *f != finalizer).map(|f| Value::from(f.to_string())).collect();
    if rest.is_empty() {
        current.remove("metadata/finalizers");
    } else {
        current.set("metadata/finalizers", rest);
    }
    tolerate_gone(ctx.api.update(current).map(|_| ()))
}

/// A dependent that went blocks its owners no more.
fn wake_waiting_owners(gone: &Object, ctx: &Ctx<'_>) {
    for reference in owner_references(gone) {
        if let Some((resource, owner)) = owner(gone, reference, ctx)
            && owner.is_deleting()
            && owner.finalizers().any(|f| f == FOREGROUND)
        {
            ctx.wake(&key("waiting", &resource, &owner));
        }
    }
}

fn tolerate_gone(outcome: Result<(), ApiError>) -> Result<(), ApiError> {
    match outcome {
        Err(e) if e.reason == Reason::NotFound => Ok(()),
        other => other,
    }
}
