//! ResourceQuotas say how much of what they limit is in use (resourcequota-controller of kube-controller-manager). What
//! they refuse is admission's business.

use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::api::admission::quota_usage;
use crate::store::{Change, Verb};

const QUOTAS: &str = "resourcequotas";

/// Keeps the status of quotas; keys are `NAMESPACE/NAME`.
pub struct ResourceQuotaController;

impl Actor for ResourceQuotaController {
    fn name(&self) -> &'static str {
        "resourcequota-controller"
    }

    fn rank(&self) -> u8 {
        40
    }

    fn watches(&self) -> &'static [&'static str] {
        &[
            QUOTAS,
            "pods",
            "services",
            "persistentvolumeclaims",
            "configmaps",
            "secrets",
            "replicationcontrollers",
            "deployments.apps",
            "replicasets.apps",
            "statefulsets.apps",
            "jobs.batch",
            "cronjobs.batch",
        ]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        if change.resource.as_ref() == QUOTAS {
            if change.verb != Verb::Deleted {
                ctx.wake(&object.key());
            }
            return;
        }
        let mut concerned = Vec::new();
        ctx.api.store().for_each(QUOTAS, object.namespace(), |quota| concerned.push(quota.key()));
        concerned.iter().for_each(|key| ctx.wake(key));
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (ns, name) = key.split_once('/').unwrap_or(("", key));
        let Some(mut quota) = ctx.api.find(QUOTAS, ns, name) else { return Ok(()) };
        let hard = quota.at("spec/hard").clone();
        if hard.is_null() {
            return Ok(());
        }
        let used = quota_usage(&quota, ctx.api);
        quota.set("status/hard", hard);
        quota.set("status/used", used);
        ctx.api.update_status(quota).map(|_| ())
    }
}
