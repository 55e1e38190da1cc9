//! The ReplicaSet controller, and the ReplicationController's, which is the same one over an older kind: keeps as many
//! pods of a template as asked for.

mod claim;
pub mod deletion_order;
mod status;

use super::pod_control::{
    BURST, available_at, controller_key, create_pod, delete_pod, is_terminal, pod_from_template, slow_start,
};
use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Object, Time};
use crate::store::{Change, Verb};
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
pub struct ReplicaController(pub Kind);

impl Actor for ReplicaController {
    fn name(&self) -> &'static str {
        self.0.component()
    }

    fn rank(&self) -> u8 {
        25
    }

    fn watches(&self) -> &'static [&'static str] {
        match self.0 {
            Kind::ReplicaSet => &[REPLICA_SETS, "pods"],
            Kind::ReplicationController => &["replicationcontrollers", "pods"],
        }
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        if change.resource.as_ref() == "pods" {
            self.react_to_pod(change, ctx);
        } else if change.verb == Verb::Deleted {
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
        match ctx.api.find(self.0.resource(), ns, name) {
            Some(owner) if adopt => claim::adopt(ctx, self.0, &owner),
            Some(owner) => sync(ctx, self.0, &owner),
            None => Ok(()),
        }
    }
}

impl ReplicaController {
    fn react_to_pod(&self, change: &Change, ctx: &Ctx<'_>) {
        let kind = self.0.name();
        let before = change.previous.as_ref();
        let owner = controller_key(&change.object, kind);
        let former =
            before.and_then(|old| controller_key(old, kind)).filter(|key| Some(key) != owner.as_ref());
        for key in owner.iter().chain(&former) {
            let (ns, name) = key.split_once('/').unwrap_or(("", key));
            let set = ctx.api.find(self.0.resource(), ns, name);
            let pods = set.and_then(|set| set.int_at("status/replicas")).unwrap_or(0);
            ctx.wake_gathering(key, usize::try_from(pods).unwrap_or(0));
        }
        if change.verb != Verb::Deleted && claim::is_new_orphan(&change.object, before) {
            for owner in claim::candidates(ctx, self.0, &change.object) {
                ctx.wake(&format!("{ADOPT}{}", owner.key()));
            }
        }
    }
}

fn sync(ctx: &Ctx<'_>, kind: Kind, owner: &Object) -> Result<(), ApiError> {
    let owned = claim::owned_pods(ctx, kind, owner)?;
    let (terminating, owned): (Vec<Object>, Vec<Object>) =
        owned.into_iter().filter(|p| !is_terminal(p)).partition(Object::is_deleting);
    let outcome = if owner.is_deleting() { Ok(()) } else { manage(ctx, kind, owner, &owned) };
    // The status tells of the pods the pass began with; those it made are the next pass's.
    status::write(ctx, kind, owner, &owned, terminating.len(), &outcome)?;
    if let Some(at) = next_available(owner, &owned, ctx.now()) {
        ctx.wake_at(&owner.key(), at);
    }
    outcome
}

/// When the next pod that is ready already becomes available.
fn next_available(owner: &Object, pods: &[Object], now: Time) -> Option<Time> {
    let seconds = owner.int_at("spec/minReadySeconds").unwrap_or(0);
    pods.iter().filter_map(|p| available_at(p, seconds)).filter(|at| *at > now).min()
}

/// Makes the missing pods, or deletes those that are too many.
fn manage(ctx: &Ctx<'_>, kind: Kind, owner: &Object, pods: &[Object]) -> Result<(), ApiError> {
    let wanted = usize::try_from(owner.int_at("spec/replicas").unwrap_or(0)).unwrap_or(0);
    if pods.len() < wanted {
        let template = owner.at("spec/template");
        let (_, outcome) = slow_start((wanted - pods.len()).min(BURST), |_| {
            create_pod(ctx, kind.component(), owner, pod_from_template(template, owner)).map(|_| ())
        });
        return match outcome {
            Err(e) if super::pod_control::is_namespace_terminating(&e) => Ok(()),
            other => other,
        };
    }
    let excess = (pods.len() - wanted).min(BURST);
    if excess == 0 {
        return Ok(());
    }
    let siblings = siblings(ctx, owner);
    let related = pods.iter().chain(&siblings).filter(|p| is_active(p));
    let order = deletion_order(pods, related, ctx.now());
    let mut outcome = Ok(());
    for pod in &order[..excess] {
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
