//! Revisions: the ReplicaSet of the current template has the highest number, and the Deployment repeats it.

use super::rolling::{DESIRED_REPLICAS, MAX_REPLICAS, created_message, max_surge};
use super::sets::{HASH_LABEL, Sets, template_without_hash};
use super::{Sync, status};
use crate::actors::control_plane::pod_control::is_namespace_terminating;
use crate::actors::control_plane::replicaset::REPLICA_SETS;
use crate::api::{ApiError, Reason};
use crate::machinery::{Object, Value, hash};

/// Annotation: the number of a revision.
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
/// Annotation of a ReplicaSet that became current again: the numbers it had before.
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// Where that list ends.
const HISTORY_LENGTH: usize = 2000;
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Annotations of a Deployment that say nothing of its ReplicaSets.
pub(super) const NOT_COPIED: [&str; 6] =
    [LAST_APPLIED, REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS, super::rollback::ROLLBACK_TO];

/// The number of a ReplicaSet; 0 without one.
pub(super) fn number(set: &Object) -> i64 {
    set.annotation(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}

impl Sync<'_> {
    /// The ReplicaSets there are, with the annotations of the current one brought up to date.
    pub(super) fn current_sets(&mut self) -> Result<Sets, ApiError> {
        let mut sets = Sets::read(self.ctx, &self.deployment)?;
        let next = sets.old.iter().map(number).max().unwrap_or(0) + 1;
        let Some(new) = sets.new.take() else { return Ok(sets) };
        let mut changed = new.clone();
        annotate(&self.deployment, &mut changed, next);
        let min_ready = self.deployment.int_at("spec/minReadySeconds").unwrap_or(0);
        if changed.int_at("spec/minReadySeconds").unwrap_or(0) != min_ready {
            changed.set("spec/minReadySeconds", min_ready);
        }
        if changed != new {
            sets.new = Some(self.ctx.api.update(changed)?);
            return Ok(sets);
        }
        self.take_up(&new, "FoundNewReplicaSet", "Found new replica set")?;
        sets.new = Some(new);
        Ok(sets)
    }

    /// The same, with a ReplicaSet for the current template made if there is none.
    pub(super) fn sets_with_new(&mut self) -> Result<Sets, ApiError> {
        let mut sets = self.current_sets()?;
        if sets.new.is_none() {
            sets.new = Some(self.make_new(&sets)?);
        }
        Ok(sets)
    }

    /// Repeats the number of the current ReplicaSet in the Deployment; the first time the condition `Progressing` says
    /// where it came from.
    fn take_up(&mut self, new: &Object, reason: &str, text: &str) -> Result<(), ApiError> {
        let revision = new.annotation(REVISION).unwrap_or("").to_string();
        let news = self.deployment.annotation(REVISION) != Some(&revision);
        if news {
            self.deployment.set_annotation(REVISION, &revision);
        }
        let mut status = self.deployment.at("status").clone();
        let made = reason == "NewReplicaSetCreated";
        let unknown = self.deployment.condition(status::PROGRESSING).is_none();
        let tells = self.progress_deadline().is_some() && (made || unknown);
        if tells {
            let message = format!("{text} {:?}", new.name());
            status::set_condition(&mut status, status::PROGRESSING, "True", reason, &message, self.ctx.now());
        }
        if news || tells { self.write_status(status) } else { Ok(()) }
    }

    fn make_new(&mut self, sets: &Sets) -> Result<Object, ApiError> {
        let set = self.new_set(sets);
        let (name, replicas) = (set.name().to_string(), set.int_at("spec/replicas").unwrap_or(0));
        let (made, known) = match self.ctx.api.create(set) {
            Ok(made) => (made, false),
            Err(e) if e.reason == Reason::AlreadyExists => (self.after_collision(&name, e)?, true),
            Err(e) if is_namespace_terminating(&e) => return Err(e),
            Err(e) => {
                self.report_failure(&name, &e)?;
                return Err(e);
            }
        };
        if !known && replicas > 0 {
            let message = created_message(&name, replicas, self.ctx.api.version());
            self.tell("Normal", "ScalingReplicaSet", &message);
        }
        if known {
            self.take_up(&made, "FoundNewReplicaSet", "Found new replica set")?;
        } else {
            self.take_up(&made, "NewReplicaSetCreated", "Created new replica set")?;
        }
        Ok(made)
    }

    fn new_set(&self, sets: &Sets) -> Object {
        let deployment = &self.deployment;
        let hash = hash::pod_template_hash(
            deployment.at("spec/template"),
            deployment.int_at("status/collisionCount"),
        );
        let name = format!("{}-{hash}", deployment.name());
        let mut set = Object::new("apps/v1", "ReplicaSet", deployment.namespace(), &name);
        let mut template = deployment.at("spec/template").clone();
        template.at_mut("metadata/labels").map_mut().insert(HASH_LABEL, hash.as_str());
        set.set("metadata/labels", template.at("metadata/labels"));
        set.set("metadata/ownerReferences", vec![deployment.as_controller_ref()]);
        let mut selector = deployment.at("spec/selector").clone();
        selector.at_mut("matchLabels").map_mut().insert(HASH_LABEL, hash.as_str());
        set.set("spec/selector", selector);
        set.set("spec/template", template);
        set.set("spec/replicas", sets.rollout(deployment).new_replicas());
        if let Some(seconds) = deployment.int_at("spec/minReadySeconds").filter(|s| *s != 0) {
            set.set("spec/minReadySeconds", seconds);
        }
        annotate(deployment, &mut set, sets.old.iter().map(number).max().unwrap_or(0) + 1);
        let wanted = deployment.int_at("spec/replicas").unwrap_or(0);
        set.set_annotation(DESIRED_REPLICAS, &wanted.to_string());
        set.set_annotation(MAX_REPLICAS, &(wanted + max_surge(deployment)).to_string());
        set
    }

    /// The name is taken: by the Deployment's own ReplicaSet, or by another whose hash happens to be the same. Then the
    /// count of collisions goes into the next hash.
    fn after_collision(&mut self, name: &str, error: ApiError) -> Result<Object, ApiError> {
        let there = self.ctx.api.get(REPLICA_SETS, self.deployment.namespace(), name)?;
        if there.is_controlled_by(self.deployment.uid())
            && template_without_hash(&there) == self.deployment.at("spec/template").clone()
        {
            return Ok(there);
        }
        let mut status = self.deployment.at("status").clone();
        let collisions = status.int_at("collisionCount").unwrap_or(0);
        status.set("collisionCount", collisions + 1);
        self.write_status(status)?;
        Err(error)
    }

    fn report_failure(&mut self, name: &str, error: &ApiError) -> Result<(), ApiError> {
        let message = format!("Failed to create new replica set {name:?}: {error}");
        const REASON: &str = "ReplicaSetCreateError";
        if self.progress_deadline().is_some() {
            let mut status = self.deployment.at("status").clone();
            status::set_condition(
                &mut status,
                status::PROGRESSING,
                "False",
                REASON,
                &message,
                self.ctx.now(),
            );
            self.write_status(status)?;
        }
        self.tell("Warning", REASON, &message);
        Ok(())
    }
}

/// Gives a ReplicaSet the annotations of its Deployment, and a number when it has none as high.
fn annotate(deployment: &Object, set: &mut Object, next: i64) {
    for (key, value) in deployment.annotations().iter() {
        if !NOT_COPIED.contains(&key) && set.annotations().get(key) != Some(value) {
            set.set_annotation(key, value.as_str().unwrap_or(""));
        }
    }
    let former = set.annotation(REVISION).map(str::to_string);
    let current = match former.as_deref() {
        None | Some("") => 0,
        Some(text) => match text.parse::<i64>() {
            Ok(n) => n,
            Err(_) => return,
        },
    };
    if current >= next {
        return;
    }
    set.set_annotation(REVISION, &next.to_string());
    if let Some(former) = former {
        let history = extended(set.annotation(REVISION_HISTORY).unwrap_or(""), &former);
        set.set_annotation(REVISION_HISTORY, &history);
    }
}

/// A list of numbers with one more; the oldest go when it gets too long.
fn extended(history: &str, number: &str) -> String {
    let mut numbers: Vec<&str> = history.split(',').filter(|n| !n.is_empty()).collect();
    while !numbers.is_empty() && numbers.join(",").len() + 1 + number.len() > HISTORY_LENGTH {
        numbers.remove(0);
    }
    numbers.push(number);
    numbers.join(",")
}

/// The annotations of a Deployment as one of its revisions had them; what belongs to the Deployment alone stays.
pub(super) fn annotations_of_revision(deployment: &Object, set: &Object) -> Value {
    let own = deployment.annotations().iter().filter(|(key, _)| NOT_COPIED.contains(key));
    let recorded = set.annotations().iter().filter(|(key, _)| !NOT_COPIED.contains(key));
    own.chain(recorded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histories_are_lists_of_bounded_length() {
        assert_eq!(extended("", "1"), "1");
        assert_eq!(extended("1,3", "5"), "1,3,5");
        let long = vec!["1000"; 400].join(",");
        let next = extended(&long, "7");
        assert!(next.len() <= HISTORY_LENGTH && next.ends_with(",7"));
    }
}
