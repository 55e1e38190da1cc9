//! EKS: a control plane that is being updated serves its new version when the update is over.

use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::aws::state::{self, CLUSTER};
use crate::machinery::{KubeVersion, Time};
use crate::store::{Change, Verb};

/// Replaces the control plane; the key is the cluster's name.
pub struct ControlPlane;

impl Actor for ControlPlane {
    fn name(&self) -> &'static str {
        "eks-control-plane"
    }

    fn rank(&self) -> u8 {
        71
    }

    fn watches(&self) -> &'static [&'static str] {
        &[CLUSTER.resource]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        if change.verb != Verb::Deleted && !change.object.at("spec/kubetick/becomes").is_null() {
            ctx.wake(change.object.name());
        }
    }

    fn reconcile(&mut self, name: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let store = ctx.api.store();
        let Some(cluster) = state::find(store, CLUSTER, name) else { return Ok(()) };
        let becomes = cluster.at("spec/kubetick/becomes");
        let Some(version) = KubeVersion::parse(becomes.str_at("version")) else { return Ok(()) };
        let at = Time(becomes.int_at("at").unwrap_or(0));
        if ctx.now() < at {
            ctx.wake_at(name, at);
            return Ok(());
        }
        state::modify(store, CLUSTER, name, |spec| drop(spec.remove("kubetick/becomes")));
        ctx.api.upgrade_to(version);
        Ok(())
    }
}
