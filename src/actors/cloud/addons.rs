//! EKS: an add-on's objects come into the cluster, and it is active when its pods run; with it they go.

use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::aws::state::{self, ADDON};
use crate::catalog::eks_addons::{self, Place};
use crate::json;
use crate::machinery::{Duration, Object, Time, Value};
use crate::store::{Change, Verb};

const DAEMON_SETS: &str = "daemonsets.apps";
const DEPLOYMENTS: &str = "deployments.apps";

/// How often an add-on that is not up is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// After this long an add-on that is not up counts as degraded, and is looked at when one of its workloads changes.
const PATIENCE: Duration = Duration::from_mins(15);

/// Installs and removes add-ons; keys are their names.
pub struct Addons;

impl Actor for Addons {
    fn name(&self) -> &'static str {
        "eks-addons"
    }

    fn rank(&self) -> u8 {
        73
    }

    fn watches(&self) -> &'static [&'static str] {
        &[ADDON.resource, DAEMON_SETS, DEPLOYMENTS]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        if change.resource.as_ref() != ADDON.resource {
            return wake_degraded(change, ctx);
        }
        if change.verb != Verb::Deleted && change.object.str_at("spec/status") != "ACTIVE" {
            ctx.wake(change.object.name());
        }
    }

    fn reconcile(&mut self, name: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let Some(addon) = state::find(ctx.api.store(), ADDON, name) else { return Ok(()) };
        match addon.str_at("spec/status") {
            "CREATING" => {
                for object in objects(name, ctx) {
                    install(object, ctx)?;
                }
                settle(&addon, ctx);
            }
            "DEGRADED" => settle(&addon, ctx),
            "DELETING" => {
                if !addon.bool_at("spec/kubetick/preserve") {
                    for object in objects(name, ctx) {
                        remove(&object, ctx)?;
                    }
                }
                state::remove(ctx.api.store(), ADDON, name);
            }
            _ => {}
        }
        Ok(())
    }
}

/// A workload of add-ons has changed: one that was degraded may be up.
fn wake_degraded(change: &Change, ctx: &Ctx<'_>) {
    if change.object.namespace() != "kube-system" {
        return;
    }
    for addon in state::list(ctx.api.store(), ADDON) {
        if addon.str_at("spec/status") == "DEGRADED" {
            ctx.wake(addon.name());
        }
    }
}

fn objects(addon: &str, ctx: &Ctx<'_>) -> Vec<Object> {
    let (cluster, region) = {
        let meta = ctx.api.store().meta();
        (meta.name.clone(), meta.region.clone())
    };
    eks_addons::objects(addon, &Place { cluster: &cluster, region: &region })
}

/// Creates an object; one that somebody made before stays.
fn install(object: Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let Some(resource) = ctx.api.resource_of(&object) else { return Ok(()) };
    match ctx.api.find(&resource.qualified(), object.namespace(), object.name()) {
        Some(_) => Ok(()),
        None => ctx.api.create(object).map(drop),
    }
}

fn remove(object: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let Some(resource) = ctx.api.resource_of(object) else { return Ok(()) };
    match ctx.api.find(&resource.qualified(), object.namespace(), object.name()) {
        Some(_) => ctx.api.delete(&resource.qualified(), object.namespace(), object.name()).map(drop),
        None => Ok(()),
    }
}

/// Writes how an add-on is, and looks again while it is not up.
fn settle(addon: &Object, ctx: &Ctx<'_>) {
    let name = addon.name();
    let begun = Time::parse(addon.str_at("spec/createdAt")).unwrap_or_default();
    let (status, issues) = if objects(name, ctx).iter().all(|object| is_up(object, ctx)) {
        ("ACTIVE", Vec::new())
    } else if ctx.now() >= begun + PATIENCE {
        let message = "The add-on is unhealthy because it doesn't have the desired number of replicas.";
        ("DEGRADED", vec![json!({"code": "InsufficientNumberOfReplicas", "message": message})])
    } else {
        ctx.wake_in(name, LOOK);
        ("CREATING", Vec::new())
    };
    if addon.str_at("spec/status") != status {
        let now = state::timestamp_milli(ctx.now());
        state::modify(ctx.api.store(), ADDON, name, |spec| {
            spec.set("status", status);
            spec.set("health/issues", Value::from(issues));
            spec.set("modifiedAt", now);
        });
    }
}

/// Whether a workload has all its pods; other objects have none.
fn is_up(object: &Object, ctx: &Ctx<'_>) -> bool {
    let (resource, wanted, there) = match object.kind() {
        "DaemonSet" => (DAEMON_SETS, "status/desiredNumberScheduled", "status/numberAvailable"),
        "Deployment" => (DEPLOYMENTS, "spec/replicas", "status/availableReplicas"),
        _ => return true,
    };
    let found = ctx.api.find(resource, object.namespace(), object.name());
    found.is_some_and(|workload| {
        let observed = workload.int_at("status/observedGeneration") == workload.int_at("metadata/generation");
        observed && workload.int_at(there).unwrap_or(0) >= workload.int_at(wanted).unwrap_or(0)
    })
}
