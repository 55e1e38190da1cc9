//! Paused Deployments, and those whose size changed: both are scaled without being rolled out.

use super::rolling::DESIRED_REPLICAS;
use super::{Sync, rollback, status};
use crate::api::ApiError;

const PAUSED: &str = "DeploymentPaused";

impl Sync<'_> {
    /// Says in the condition `Progressing` that a rollout is paused, or resumed: its deadline does not run meanwhile.
    pub(super) fn note_pause(&mut self) -> Result<(), ApiError> {
        if self.progress_deadline().is_none() {
            return Ok(());
        }
        let reason = self.deployment.condition(status::PROGRESSING).map_or("", |c| c.str_at("reason"));
        let known = reason == PAUSED;
        let (reason, message) = match (self.deployment.bool_at("spec/paused"), known) {
            _ if reason == status::TIMED_OUT => return Ok(()),
            (true, false) => (PAUSED, "Deployment is paused"),
            (false, true) => ("DeploymentResumed", "Deployment is resumed"),
            _ => return Ok(()),
        };
        let mut changed = self.deployment.at("status").clone();
        status::set_condition(&mut changed, status::PROGRESSING, "Unknown", reason, message, self.ctx.now());
        self.write_status(changed)
    }

    /// Whether a ReplicaSet still has replicas for a size of the Deployment that is no longer wanted.
    pub(super) fn has_been_scaled(&mut self) -> Result<bool, ApiError> {
        let wanted = self.deployment.int_at("spec/replicas").unwrap_or(0);
        let sets = self.current_sets()?;
        let differs = |annotation: &str| annotation.parse::<i64>().is_ok_and(|n| n != wanted);
        Ok(sets
            .all()
            .filter(|set| set.int_at("spec/replicas").unwrap_or(0) > 0)
            .filter_map(|set| set.annotation(DESIRED_REPLICAS))
            .any(differs))
    }

    /// Gives the ReplicaSets there are the Deployment's size.
    pub(super) fn follow_size(&mut self) -> Result<(), ApiError> {
        let mut sets = self.current_sets()?;
        let writes = sets.rollout(&self.deployment).scale();
        self.resize(&mut sets, &writes)?;
        if self.deployment.bool_at("spec/paused") && rollback::wanted(&self.deployment).is_none() {
            self.clean_up(&sets)?;
        }
        self.sync_status(&sets)
    }

    /// Counts only: what a Deployment that is going away still gets.
    pub(super) fn sync_status_only(&mut self) -> Result<(), ApiError> {
        let sets = self.current_sets()?;
        self.sync_status(&sets)
    }
}
