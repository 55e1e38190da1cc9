//! How a rollout goes: the condition `Progressing`, its deadline, and failures of the ReplicaSets.

use super::Sync;
use super::sets::Sets;
use super::status::{
    AVAILABLE, PROGRESSING, TIMED_OUT, condition, is_complete, remove_condition, set_condition,
};
use crate::api::ApiError;
use crate::machinery::{Duration, Object, Time, Value};

const FAILURE: &str = "ReplicaFailure";

impl Sync<'_> {
    /// Writes the counts and how the rollout goes. When nothing changed, looks again at the deadline.
    pub(super) fn sync_rollout_status(&mut self, sets: &Sets) -> Result<(), ApiError> {
        let mut status = self.count(sets);
        if self.progress_deadline().is_none() {
            remove_condition(&mut status, PROGRESSING);
        } else if !self.has_ended(&status) {
            self.judge(&mut status, sets.new.as_ref());
        }
        match failure(sets) {
            Some(c) => {
                let (value, reason, text) = (c.str_at("status"), c.str_at("reason"), c.str_at("message"));
                set_condition(&mut status, FAILURE, value, reason, text, self.ctx.now());
            }
            None => remove_condition(&mut status, FAILURE),
        }
        if &status == self.deployment.at("status") {
            self.watch_deadline();
            return Ok(());
        }
        self.write_status(status)
    }

    /// Whether the rollout was over before: losing a pod later does not make it one again.
    fn has_ended(&self, status: &Value) -> bool {
        let reason = self.deployment.condition(PROGRESSING).map_or("", |c| c.str_at("reason"));
        let count = |key: &str| status.int_at(key).unwrap_or(0);
        count("replicas") == count("updatedReplicas") && reason == AVAILABLE
    }

    fn judge(&self, status: &mut Value, new: Option<&Object>) {
        let now = self.ctx.now();
        let subject = match new {
            Some(set) => format!("ReplicaSet {:?}", set.name()),
            None => format!("Deployment {:?}", self.deployment.name()),
        };
        if is_complete(&self.deployment, status) {
            let message = format!("{subject} has successfully progressed.");
            set_condition(status, PROGRESSING, "True", AVAILABLE, &message, now);
        } else if self.progressed(status) {
            let old = self.deployment.condition(PROGRESSING);
            let since =
                old.filter(|c| c.str_at("status") == "True").map(|c| c.at("lastTransitionTime").clone());
            // The condition is written anew even when it says the same: its update time is what the deadline counts from.
            status.at_mut("conditions").list_mut().retain(|c| c.str_at("type") != PROGRESSING);
            let message = format!("{subject} is progressing.");
            set_condition(status, PROGRESSING, "True", "ReplicaSetUpdated", &message, now);
            if let Some((since, last)) = since.zip(status.at_mut("conditions").list_mut().last_mut()) {
                last.set("lastTransitionTime", since);
            }
        } else if self.timed_out(status) {
            let message = format!("{subject} has timed out progressing.");
            set_condition(status, PROGRESSING, "False", TIMED_OUT, &message, now);
        }
    }

    /// Whether the counts are nearer to the goal than they were.
    fn progressed(&self, status: &Value) -> bool {
        let (new, old) = (status, self.deployment.at("status"));
        let count = |status: &Value, key: &str| status.int_at(key).unwrap_or(0);
        let outdated = |status: &Value| count(status, "replicas") - count(status, "updatedReplicas");
        let rose = |key: &str| count(new, key) > count(old, key);
        rose("updatedReplicas")
            || outdated(new) < outdated(old)
            || rose("readyReplicas")
            || rose("availableReplicas")
    }

    fn timed_out(&self, status: &Value) -> bool {
        let Some(progressing) = condition(status, PROGRESSING) else { return false };
        match progressing.str_at("reason") {
            AVAILABLE => false,
            TIMED_OUT => true,
            _ => self.deadline(progressing).is_some_and(|at| at < self.ctx.now()),
        }
    }

    fn deadline(&self, progressing: &Value) -> Option<Time> {
        let updated = Time::parse(progressing.str_at("lastUpdateTime"))?;
        self.progress_deadline().map(|deadline| updated + deadline)
    }

    /// Asks for a look after the deadline of a rollout that stands still.
    fn watch_deadline(&self) {
        let Some(progressing) = self.deployment.condition(PROGRESSING) else { return };
        // A rollout that was done once no longer times out: looking at it again and again would never end.
        if matches!(progressing.str_at("reason"), TIMED_OUT | AVAILABLE)
            || is_complete(&self.deployment, self.deployment.at("status"))
        {
            return;
        }
        if let Some(at) = self.deadline(progressing) {
            self.ctx.wake_at(&self.deployment.key(), (at + Duration::from_secs(1)).max(self.ctx.now()));
        }
    }
}

/// The failure of the new ReplicaSet, else of an old one.
fn failure(sets: &Sets) -> Option<&Value> {
    sets.new.iter().chain(&sets.old).find_map(|set| set.condition(FAILURE))
}
