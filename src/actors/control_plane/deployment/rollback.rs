//! The annotation by which old clients ask for a former revision; today's write the template themselves.

use super::Sync;
use super::revision::{self, annotations_of_revision};
use super::sets::template_without_hash;
use crate::api::ApiError;
use crate::machinery::Object;

/// Annotation: the revision to go back to, 0 for the one before.
pub(super) const ROLLBACK_TO: &str = "deprecated.deployment.rollback.to";

/// The revision a Deployment is asked to go back to.
pub(super) fn wanted(deployment: &Object) -> Option<i64> {
    deployment.annotation(ROLLBACK_TO)?.parse().ok()
}

impl Sync<'_> {
    pub(super) fn roll_back(&mut self, to: i64) -> Result<(), ApiError> {
        const NOT_FOUND: &str = "DeploymentRollbackRevisionNotFound";
        let sets = self.sets_with_new()?;
        let mut numbers: Vec<i64> = sets.all().map(revision::number).collect();
        numbers.sort_unstable();
        let to = match to {
            0 => numbers.iter().rev().nth(1).copied().unwrap_or(0),
            n => n,
        };
        if to == 0 {
            self.tell("Warning", NOT_FOUND, "Unable to find last revision.");
            return self.forget_rollback(None);
        }
        let Some(target) = sets.all().find(|set| revision::number(set) == to) else {
            self.tell("Warning", NOT_FOUND, "Unable to find the revision to rollback to.");
            return self.forget_rollback(None);
        };
        let name = self.deployment.name().to_string();
        if template_without_hash(target) == template_without_hash(&self.deployment) {
            let message =
                format!("The rollback revision contains the same template as current deployment {name:?}");
            self.tell("Warning", "DeploymentRollbackTemplateUnchanged", &message);
            return self.forget_rollback(None);
        }
        self.tell(
            "Normal",
            "DeploymentRollback",
            &format!("Rolled back deployment {name:?} to revision {to}"),
        );
        self.forget_rollback(Some(target))
    }

    /// Takes the request off the Deployment, and its template from a former revision.
    fn forget_rollback(&mut self, target: Option<&Object>) -> Result<(), ApiError> {
        let mut changed = self.deployment.clone();
        if let Some(set) = target {
            changed.set("spec/template", template_without_hash(set));
            changed.set("metadata/annotations", annotations_of_revision(&self.deployment, set));
        }
        changed.at_mut("metadata/annotations").map_mut().remove(ROLLBACK_TO);
        self.deployment = self.ctx.api.update(changed)?;
        Ok(())
    }
}
