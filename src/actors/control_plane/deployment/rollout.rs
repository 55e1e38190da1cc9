//! The two strategies: rolling from old ReplicaSets to the new one, or ending the old before the new begins.

use super::rolling::Resize;
use super::sets::Sets;
use super::{Sync, revision, status};
use crate::actors::control_plane::pod_control::is_terminal;
use crate::actors::control_plane::replicaset::REPLICA_SETS;
use crate::api::ApiError;
use crate::machinery::Object;

impl Sync<'_> {
    /// One step of a rolling update: the new ReplicaSet grows, or old ones shrink.
    pub(super) fn roll(&mut self) -> Result<(), ApiError> {
        let mut sets = self.sets_with_new()?;
        if let Some(write) = sets.rollout(&self.deployment).grow_new() {
            self.resize(&mut sets, &[write])?;
            return self.sync_rollout_status(&sets);
        }
        let writes = sets.rollout(&self.deployment).shrink_old();
        if !writes.is_empty() {
            self.resize(&mut sets, &writes)?;
            return self.sync_rollout_status(&sets);
        }
        self.finish(&sets)
    }

    /// One step of a recreation: the old ReplicaSets end, their pods go, the new one begins.
    pub(super) fn recreate(&mut self) -> Result<(), ApiError> {
        let mut sets = self.current_sets()?;
        let ends: Vec<Resize> =
            sets.old.iter().filter_map(|set| Resize::to_size(&self.deployment, set, 0)).collect();
        if !ends.is_empty() {
            self.resize(&mut sets, &ends)?;
            return self.sync_rollout_status(&sets);
        }
        if self.old_pods_run(&sets) {
            return self.sync_rollout_status(&sets);
        }
        if sets.new.is_none() {
            sets = self.sets_with_new()?;
        }
        let wanted = self.deployment.int_at("spec/replicas").unwrap_or(0);
        let grow = sets.new.as_ref().and_then(|new| Resize::to_size(&self.deployment, new, wanted));
        if let Some(write) = grow {
            self.resize(&mut sets, &[write])?;
        }
        self.finish(&sets)
    }

    fn finish(&mut self, sets: &Sets) -> Result<(), ApiError> {
        if status::is_complete(&self.deployment, self.deployment.at("status")) {
            self.clean_up(sets)?;
        }
        self.sync_rollout_status(sets)
    }

    /// Whether a pod of an old ReplicaSet has not ended; one that is being deleted has not.
    fn old_pods_run(&self, sets: &Sets) -> bool {
        let pods = sets.old.iter().flat_map(|set| self.ctx.api.list_owned("pods", set));
        pods.into_iter().any(|pod| !is_terminal(&pod))
    }

    /// Carries out changes of size, with their events.
    pub(super) fn resize(&mut self, sets: &mut Sets, writes: &[Resize]) -> Result<(), ApiError> {
        for write in writes {
            let Some(set) = sets.find_mut(&write.name) else { continue };
            let mut changed = set.clone();
            write.apply(&mut changed);
            *set = self.ctx.api.update(changed)?;
            if let Some(message) = write.message(self.ctx.api.version()) {
                self.tell("Normal", "ScalingReplicaSet", &message);
            }
        }
        Ok(())
    }

    /// Deletes the oldest ReplicaSets nobody may want to go back to.
    pub(super) fn clean_up(&mut self, sets: &Sets) -> Result<(), ApiError> {
        let Some(limit) = self.deployment.int_at("spec/revisionHistoryLimit") else { return Ok(()) };
        let limit = usize::try_from(limit).unwrap_or(0);
        let mut kept: Vec<&Object> = sets.old.iter().filter(|set| !set.is_deleting()).collect();
        let excess = kept.len().saturating_sub(limit);
        kept.sort_by_key(|set| (revision::number(set), set.created()));
        for set in &kept[..excess] {
            let in_use = ["status/replicas", "spec/replicas"].iter().any(|p| set.int_at(p).unwrap_or(0) != 0);
            let observed = set.int_at("status/observedGeneration").unwrap_or(0) >= set.generation();
            if !in_use && observed {
                self.ctx.api.delete(REPLICA_SETS, set.namespace(), set.name())?;
            }
        }
        Ok(())
    }
}
