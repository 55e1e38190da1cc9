//! The Deployment controller: a ReplicaSet a template, and the way from one to the next.

mod pause;
mod progress;
mod revision;
mod rollback;
pub mod rolling;
mod rollout;
mod sets;
mod status;

use super::pod_control::{controller_key, record};
use super::replicaset::REPLICA_SETS;
use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::machinery::{Duration, Object, Value};
use crate::store::{Change, Verb};

const DEPLOYMENTS: &str = "deployments.apps";
const COMPONENT: &str = "deployment-controller";
/// Key of a Deployment that ReplicaSets without an owner appeared for.
const ADOPT: &str = "adopt ";

/// The controller as an actor.
#[derive(Debug)]
pub struct DeploymentController;

impl Actor for DeploymentController {
    fn name(&self) -> &'static str {
        COMPONENT
    }

    fn rank(&self) -> u8 {
        20
    }

    fn watches(&self) -> &'static [&'static str] {
        &[DEPLOYMENTS, REPLICA_SETS, "pods"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        match change.resource.as_ref() {
            "pods" if change.verb == Verb::Deleted => react_to_gone_pod(object, ctx),
            "pods" => {}
            REPLICA_SETS => react_to_replica_set(change, ctx),
            _ if change.verb == Verb::Deleted => ctx.forget_wake(&object.key()),
            _ => ctx.wake(&object.key()),
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (key, adopt) = match key.strip_prefix(ADOPT) {
            Some(key) => (key, true),
            None => (key, false),
        };
        let (ns, name) = key.split_once('/').unwrap_or(("", key));
        match ctx.api.find(DEPLOYMENTS, ns, name) {
            Some(deployment) if adopt => sets::adopt(ctx, &deployment),
            Some(deployment) => Sync { ctx, deployment }.run(),
            None => Ok(()),
        }
    }
}

/// A Deployment that recreates its pods waits for the old ones to be gone.
fn react_to_gone_pod(pod: &Object, ctx: &Ctx<'_>) {
    let Some(owner) = pod.controller().filter(|owner| owner.kind == "ReplicaSet") else { return };
    let Some(set) = ctx.api.find(REPLICA_SETS, pod.namespace(), &owner.name) else { return };
    let Some(above) = set.controller().filter(|owner| owner.kind == "Deployment") else { return };
    let deployment = ctx.api.find(DEPLOYMENTS, pod.namespace(), &above.name);
    if let Some(deployment) = deployment.filter(|d| d.str_at("spec/strategy/type") == "Recreate") {
        ctx.wake(&deployment.key());
    }
}

fn react_to_replica_set(change: &Change, ctx: &Ctx<'_>) {
    let set = &change.object;
    let owner = controller_key(set, "Deployment");
    let before = change.previous.as_ref();
    let former =
        before.and_then(|old| controller_key(old, "Deployment")).filter(|key| Some(key) != owner.as_ref());
    for key in owner.iter().chain(&former) {
        ctx.wake(key);
    }
    let news = |old: &Object| old.controller().is_some() || old.labels() != set.labels();
    if change.verb != Verb::Deleted
        && set.controller().is_none()
        && !set.is_deleting()
        && before.is_none_or(news)
    {
        for deployment in ctx.api.list(DEPLOYMENTS, set.namespace()) {
            if sets::selector(&deployment).matches(set.labels()) {
                ctx.wake(&format!("{ADOPT}{}", deployment.key()));
            }
        }
    }
}

/// One pass over one Deployment.
struct Sync<'a> {
    ctx: &'a Ctx<'a>,
    deployment: Object,
}

impl Sync<'_> {
    fn run(&mut self) -> Result<(), ApiError> {
        if self.deployment.at("spec/selector").map().is_empty() {
            let message = "This deployment is selecting all pods. A non-empty selector is required.";
            self.tell("Warning", "SelectingAll", message);
            return self.observe_generation();
        }
        if self.deployment.int_at("status/observedGeneration").unwrap_or(0) == 0 {
            sets::adopt(self.ctx, &self.deployment)?;
        }
        if self.deployment.is_deleting() {
            return self.sync_status_only();
        }
        self.note_pause()?;
        if self.deployment.bool_at("spec/paused") {
            return self.follow_size();
        }
        if let Some(revision) = rollback::wanted(&self.deployment) {
            return self.roll_back(revision);
        }
        if self.has_been_scaled()? {
            return self.follow_size();
        }
        match self.deployment.str_at("spec/strategy/type") {
            "Recreate" => self.recreate(),
            _ => self.roll(),
        }
    }

    fn tell(&self, kind: &str, reason: &str, message: &str) {
        record(self.ctx, &self.deployment, COMPONENT, kind, reason, message);
    }

    fn observe_generation(&mut self) -> Result<(), ApiError> {
        let mut status = self.deployment.at("status").clone();
        status.set("observedGeneration", self.deployment.generation());
        self.write_status(status)
    }

    /// Writes a status, and the annotations changed so far.
    fn write_status(&mut self, status: impl Into<Value>) -> Result<(), ApiError> {
        let mut changed = self.deployment.clone();
        changed.set("status", status);
        changed.remove("metadata/resourceVersion");
        self.deployment = self.ctx.api.update_status(changed)?;
        Ok(())
    }

    /// How long a rollout may stand still; none when nobody asks.
    fn progress_deadline(&self) -> Option<Duration> {
        let seconds = self.deployment.int_at("spec/progressDeadlineSeconds")?;
        (seconds != i64::from(i32::MAX)).then(|| Duration::from_secs(seconds))
    }
}
