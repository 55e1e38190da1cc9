//! DELETE: graceful for pods, deferred by finalizers, at once for everything else.

use super::{ApiError, Resource, Server};
use crate::api::Reason;
use crate::api::conversion;
use crate::machinery::{Duration, Object, Value};

/// What becomes of an object's dependents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Propagation {
    /// What an earlier deletion chose, else as in the background.
    #[default]
    Unsaid,
    /// The garbage collector removes them afterwards.
    Background,
    /// They go first; the object waits for them.
    Foreground,
    /// They stay, without their owner.
    Orphan,
}

/// How an object is deleted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeleteOptions {
    /// Seconds of grace instead of the object's own; 0 removes a pod at once.
    pub grace_period_seconds: Option<i64>,
    /// What becomes of dependents.
    pub propagation: Propagation,
    /// The object must have this uid.
    pub uid: Option<String>,
    /// The object must have this resourceVersion.
    pub resource_version: Option<String>,
    /// Everything is checked, nothing is stored.
    pub dry_run: bool,
}

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

impl Server {
    /// Deletes an object as a controller does, with the defaults of its kind. An object that is gone already is no
    /// error.
    pub fn delete(&self, resource: &str, ns: &str, name: &str) -> Result<(), ApiError> {
        let Some(kind) = self.resource(resource) else { return Err(ApiError::no_such_resource()) };
        match self.remove(&kind, ns, name, &DeleteOptions::default()) {
            Err(e) if e.reason == Reason::NotFound => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// Answers a client's DELETE: the object as it is afterwards, or as it last was when it is gone.
    pub fn remove(
        &self,
        resource: &Resource,
        ns: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Object, ApiError> {
        self.warn_of_deprecation(resource);
        let stored_as = conversion::stored_under(resource);
        let old = self.get(&stored_as, ns, name)?;
        check_preconditions(resource, &old, options)?;
        if stored_as == "namespaces" && ["default", "kube-system", "kube-public"].contains(&name) {
            return Err(ApiError::forbidden(resource, name, "this namespace may not be deleted"));
        }
        let marked = self.mark_deleted(&stored_as, &old, options);
        if options.dry_run {
            return Ok(marked.unwrap_or(old));
        }
        match marked {
            Some(object) if object == old && !goes_at_once(&object) => Ok(old),
            Some(object) if goes_at_once(&object) => {
                // Watchers see the end of a pod announced, then the pod go.
                let last = if object == old { old } else { self.store.put(&stored_as, object) };
                Ok(self.drop_object(&stored_as, &last))
            }
            Some(object) => {
                let stored = self.store.put(&stored_as, object);
                Ok(conversion::to_version(stored, resource))
            }
            None => Ok(self.drop_object(&stored_as, &old)),
        }
    }

    pub(super) fn drop_object(&self, stored_as: &str, old: &Object) -> Object {
        let gone = self.store.remove(stored_as, old.namespace(), old.name()).unwrap_or_else(|| old.clone());
        if stored_as == "pods" {
            self.store.drop_logs(old.uid());
        }
        self.note_kind_change(stored_as, &gone, true);
        gone
    }

    /// The object with its deletion begun, or `None` when it goes without notice.
    fn mark_deleted(&self, stored_as: &str, old: &Object, options: &DeleteOptions) -> Option<Object> {
        let mut object = old.clone();
        choose_propagation(&mut object, options.propagation);
        let grace = match stored_as {
            "pods" => pod_grace(old, options.grace_period_seconds),
            _ => 0,
        };
        let waits = object.finalizers().next().is_some()
            || (stored_as == "namespaces" && !object.items_at("spec/finalizers").is_empty());
        if stored_as != "pods" && !waits {
            return None;
        }
        let now = self.now();
        // A second deletion may only shorten the first one's grace.
        let sooner = old.int_at("metadata/deletionGracePeriodSeconds").is_none_or(|before| grace < before);
        if !old.is_deleting() || sooner {
            let began = old.deletion_timestamp().map(|t| {
                t - Duration::from_secs(old.int_at("metadata/deletionGracePeriodSeconds").unwrap_or(0))
            });
            let until = began.unwrap_or(now).max(now) + Duration::from_secs(grace);
            object.set("metadata/deletionTimestamp", until.rfc3339());
            object.set("metadata/deletionGracePeriodSeconds", grace);
            if !old.is_deleting() && old.generation() > 0 {
                object.set("metadata/generation", old.generation() + 1);
            }
        }
        if stored_as == "namespaces" {
            object.remove("metadata/deletionGracePeriodSeconds");
            object.set("status/phase", "Terminating");
        }
        Some(object)
    }
}

/// Only the object the client means is deleted.
fn check_preconditions(resource: &Resource, old: &Object, options: &DeleteOptions) -> Result<(), ApiError> {
    let version = old.str_at("metadata/resourceVersion");
    let checks = [
        (&options.uid, "UID", old.uid(), "deleted and then recreated"),
        (&options.resource_version, "ResourceVersion", version, "modified"),
    ];
    for (wanted, what, found, fate) in checks {
        if let Some(wanted) = wanted.as_deref().filter(|wanted| *wanted != found) {
            let why = format!(
                "the {what} in the precondition ({wanted}) does not match the {what} in record ({found}). The object \
                 might have been {fate}"
            );
            return Err(ApiError::kind_conflict(resource, old.name(), why));
        }
    }
    Ok(())
}

/// Whether a marked object waits neither for its grace to end nor for a finalizer.
fn goes_at_once(marked: &Object) -> bool {
    let pod_without_grace = marked.int_at("metadata/deletionGracePeriodSeconds") == Some(0);
    marked.kind() == "Pod" && pod_without_grace && marked.finalizers().next().is_none()
}

/// Pods on a node get time to stop; others have nothing to stop.
fn pod_grace(pod: &Object, asked: Option<i64>) -> i64 {
    let over = matches!(pod.str_at("status/phase"), "Succeeded" | "Failed");
    if pod.str_at("spec/nodeName").is_empty() || over {
        return 0;
    }
    asked.or_else(|| pod.int_at("spec/terminationGracePeriodSeconds")).unwrap_or(30).max(0)
}

/// A policy stands as a finalizer; a later one takes its place.
fn choose_propagation(object: &mut Object, propagation: Propagation) {
    let chosen = match propagation {
        Propagation::Unsaid => return,
        Propagation::Background => None,
        Propagation::Foreground => Some(FOREGROUND),
        Propagation::Orphan => Some(ORPHAN),
    };
    let is_policy = |f: &str| f == FOREGROUND || f == ORPHAN;
    if object.finalizers().filter(|f| is_policy(f)).eq(chosen) {
        return;
    }
    let kept = object.finalizers().filter(|f| !is_policy(f)).chain(chosen);
    let finalizers: Vec<Value> = kept.map(Value::from).collect();
    match finalizers.is_empty() {
        true => drop(object.remove("metadata/finalizers")),
        false => object.set("metadata/finalizers", finalizers),
    }
}
