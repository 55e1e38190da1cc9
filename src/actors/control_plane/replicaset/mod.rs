//! The ReplicaSet controller, and the ReplicationController's, which is the same one over an older kind: keeps as many
//! pods of a template as asked for.

mod census;
mod claim;
pub mod deletion_order;
mod status;

use super::pod_control::{
    BURST, controller_key, create_pod, delete_pod, is_terminal, pod_from_template, slow_start,
};
use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::machinery::Object;
use crate::machinery::selector::LabelSelector;
use crate::store::{Change, Verb};
use census::{Census, Roll};
use deletion_order::{deletion_order, is_active};

/// The stored name of ReplicaSets.
pub const REPLICA_SETS: &str = "replicasets.apps";

/// Key of an owner that orphans appeared for.
const ADOPT: &str = "adopt ";

/// The two kinds the controller is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `apps/v1`.
    ReplicaSet,
    /// `v1`, with a plain map as selector.
    ReplicationController,
}

impl Kind {
    fn resource(self) -> &'static str {
        match self {
            Kind::ReplicaSet => REPLICA_SETS,
            Kind::ReplicationController => "replicationcontrollers",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::ReplicaSet => "ReplicaSet",
            Kind::ReplicationController => "ReplicationController",
        }
    }

    fn component(self) -> &'static str {
        match self {
            Kind::ReplicaSet => "replicaset-controller",
            Kind::ReplicationController => "replication-controller",
        }
    }

    fn selector(self, owner: &Object) -> LabelSelector {
        let selector = owner.at("spec/selector");
        match self {
            Kind::ReplicaSet => {
                LabelSelector::from_object(selector).unwrap_or_else(|_| LabelSelector::nothing())
            }
            Kind::ReplicationController if selector.map().is_empty() => LabelSelector::nothing(),
            Kind::ReplicationController => {
                let wrapped = crate::json!({"matchLabels": (selector.clone())});
                LabelSelector::from_object(&wrapped).unwrap_or_else(|_| LabelSelector::nothing())
            }
        }
    }
}

/// The controller of one of the two kinds as an actor.
#[derive(Debug)]
pub struct ReplicaController {
    kind: Kind,
    census: Census,
}

impl ReplicaController {
    /// The controller of a kind.
    pub fn new(kind: Kind) -> ReplicaController {
        ReplicaController { kind, census: Census::default() }
    }
}

impl Actor for ReplicaController {
    fn name(&self) -> &'static str {
        self.kind.component()
    }

    fn rank(&self) -> u8 {
        25
    }

    fn watches(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::ReplicaSet => &[REPLICA_SETS, "pods"],
            Kind::ReplicationController => &["replicationcontrollers", "pods"],
        }
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        if change.resource.as_ref() == "pods" {
            self.census.note(change);
            self.react_to_pod(change, ctx);
        } else if change.verb == Verb::Deleted {
            self.census.forget(object.uid());
            ctx.forget_wake(&object.key());
        } else {
            ctx.wake(&object.key());
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (key, adopt) = match key.strip_prefix(ADOPT) {
            Some(key) => (key, true),
            None => (key, false),
        };
        let (ns, name) = key.split_once('/').unwrap_or(("", key));
        match ctx.api.find(self.kind.resource(), ns, name) {
            Some(owner) if adopt => claim::adopt(ctx, self.kind, &owner),
            Some(owner) => self.sync(ctx, &owner),
            None => Ok(()),
        }
    }
}

impl ReplicaController {
    fn react_to_pod(&self, change: &Change, ctx: &Ctx<'_>) {
        let kind = self.kind.name();
        let before = change.previous.as_ref();
        let owner = controller_key(&change.object, kind);
        let former =
            before.and_then(|old| controller_key(old, kind)).filter(|key| Some(key) != owner.as_ref());
        for key in owner.iter().chain(&former) {
            let (ns, name) = key.split_once('/').unwrap_or(("", key));
            let set = ctx.api.find(self.kind.resource(), ns, name);
            let pods = set.and_then(|set| set.int_at("status/replicas")).unwrap_or(0);
            ctx.wake_gathering(key, usize::try_from(pods).unwrap_or(0));
        }
        if change.verb != Verb::Deleted && claim::is_new_orphan(&change.object, before) {
            for owner in claim::candidates(ctx, self.kind, &change.object) {
                ctx.wake(&format!("{ADOPT}{}", owner.key()));
            }
        }
    }

    fn sync(&mut self, ctx: &Ctx<'_>, owner: &Object) -> Result<(), ApiError> {
        claim::settle(ctx, self.kind, owner, &mut self.census)?;
        let roll = self.census.of(ctx.api, self.kind, owner);
        let counts = roll.counts(owner.int_at("spec/minReadySeconds").unwrap_or(0), ctx.now());
        let outcome = if owner.is_deleting() { Ok(()) } else { manage(ctx, self.kind, owner, roll) };
        // The status tells of the pods the pass began with; those it made are the next pass's.
        status::write(ctx, self.kind, owner, &counts, &outcome)?;
        if let Some(at) = counts.next_available {
            ctx.wake_at(&owner.key(), at);
        }
        outcome
    }
}

/// Makes the missing pods, or deletes those that are too many.
fn manage(ctx: &Ctx<'_>, kind: Kind, owner: &Object, roll: &Roll) -> Result<(), ApiError> {
    let wanted = usize::try_from(owner.int_at("spec/replicas").unwrap_or(0)).unwrap_or(0);
    let present = roll.replicas().count();
    if present < wanted {
        let template = owner.at("spec/template");
        let (_, outcome) = slow_start((wanted - present).min(BURST), |_| {
            create_pod(ctx, kind.component(), owner, pod_from_template(template, owner)).map(|_| ())
        });
        return match outcome {
            Err(e) if super::pod_control::is_namespace_terminating(&e) => Ok(()),
            other => other,
        };
    }
    let excess = (present - wanted).min(BURST);
    if excess == 0 {
        return Ok(());
    }
    let found = roll.replicas().filter_map(|name| ctx.api.find("pods", owner.namespace(), name));
    let pods: Vec<Object> = found.collect();
    let siblings = siblings(ctx, owner);
    let related = pods.iter().chain(&siblings).filter(|p| is_active(p));
    let order = deletion_order(&pods, related, ctx.now(), ctx.api.version());
    let mut outcome = Ok(());
    for pod in order.into_iter().take(excess) {
        outcome = outcome.and(delete_pod(ctx, kind.component(), owner, pod.name()));
    }
    outcome
}

/// The pods of the other ReplicaSets of the same Deployment.
fn siblings(ctx: &Ctx<'_>, owner: &Object) -> Vec<Object> {
    let Some(above) = owner.controller() else { return Vec::new() };
    let sets = ctx.api.store().list_owned(REPLICA_SETS, owner.namespace(), &above.uid);
    let others = sets.iter().filter(|set| set.uid() != owner.uid());
    others.flat_map(|set| ctx.api.list_owned("pods", set)).collect()
}
