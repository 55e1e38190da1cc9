//! What the controller knows of the pods of its owners: read once in a process, then kept up to date change by change,
//! so that a pass over thousands of pods counts a few words of each.

use super::Kind;
use crate::actors::control_plane::pod_control::{Readiness, is_terminal};
use crate::api::Server;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Object, Time, Value};
use crate::store::{Change, Verb};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the controller asks of a pod.
#[derive(Clone, Copy, Debug)]
struct Facts {
    matches: bool,
    labelled: bool,
    terminal: bool,
    deleting: bool,
    readiness: Readiness,
}

impl Facts {
    /// Whether it counts as one of the replicas.
    fn counts(&self) -> bool {
        self.matches && !self.terminal && !self.deleting
    }
}

/// How many pods of an owner are what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Counts {
    /// Those that count as replicas.
    pub replicas: usize,
    /// Of these, those with all labels of the template.
    pub labelled: usize,
    /// Of these, those that are ready.
    pub ready: usize,
    /// Of these, those that are available.
    pub available: usize,
    /// Those that are being deleted.
    pub terminating: usize,
    /// When the next one becomes available that is ready already.
    pub next_available: Option<Time>,
}

/// The pods that name one owner as their controller.
#[derive(Debug)]
pub(super) struct Roll {
    namespace: String,
    /// What the facts were found with.
    selector: Value,
    labels: Value,
    matcher: LabelSelector,
    pods: BTreeMap<Arc<str>, Facts>,
}

impl Roll {
    fn read(api: &Server, kind: Kind, owner: &Object) -> Roll {
        let mut roll = Roll {
            namespace: owner.namespace().to_string(),
            selector: owner.at("spec/selector").clone(),
            labels: template_labels(owner).clone(),
            matcher: kind.selector(owner),
            pods: BTreeMap::new(),
        };
        for pod in api.list_owned("pods", owner) {
            if pod.is_controlled_by(owner.uid()) {
                roll.enter(&pod);
            }
        }
        roll
    }

    fn is_of(&self, owner: &Object) -> bool {
        self.selector == *owner.at("spec/selector") && self.labels == *template_labels(owner)
    }

    fn enter(&mut self, pod: &Object) {
        let labels = pod.labels();
        let facts = Facts {
            matches: self.matcher.matches(labels),
            labelled: self.labels.map().iter().all(|(key, value)| labels.get(key) == Some(value)),
            terminal: is_terminal(pod),
            deleting: pod.is_deleting(),
            readiness: Readiness::of(pod),
        };
        match self.pods.get_mut(pod.name()) {
            Some(known) => *known = facts,
            None => drop(self.pods.insert(pod.name().into(), facts)),
        }
    }

    /// The pods that count as replicas, by name.
    pub(super) fn replicas(&self) -> impl Iterator<Item = &Arc<str>> {
        self.pods.iter().filter(|(_, facts)| facts.counts()).map(|(name, _)| name)
    }

    /// The pods that no longer match and are to be let go, by name.
    pub(super) fn strangers(&self) -> impl Iterator<Item = &Arc<str>> {
        self.pods.iter().filter(|(_, facts)| !facts.matches && !facts.deleting).map(|(name, _)| name)
    }

    /// Counts them.
    pub(super) fn counts(&self, min_ready_seconds: i64, now: Time) -> Counts {
        let mut counts = Counts::default();
        for facts in self.pods.values() {
            counts.terminating += usize::from(facts.matches && !facts.terminal && facts.deleting);
            if !facts.counts() {
                continue;
            }
            counts.replicas += 1;
            counts.labelled += usize::from(facts.labelled);
            counts.ready += usize::from(facts.readiness.ready);
            match facts.readiness.available_at(min_ready_seconds) {
                Some(at) if at <= now => counts.available += 1,
                Some(at) => counts.next_available = counts.next_available.into_iter().chain([at]).min(),
                None => {}
            }
        }
        counts
    }
}

fn template_labels(owner: &Object) -> &Value {
    owner.at("spec/template/metadata/labels")
}

/// The rolls of the owners that were asked for, by uid.
#[derive(Debug, Default)]
pub(super) struct Census(BTreeMap<String, Roll>);

impl Census {
    /// The pods of an owner.
    pub(super) fn of(&mut self, api: &Server, kind: Kind, owner: &Object) -> &Roll {
        let known = self.0.remove(owner.uid()).filter(|roll| roll.is_of(owner));
        let roll = known.unwrap_or_else(|| Roll::read(api, kind, owner));
        self.0.entry(owner.uid().to_string()).or_insert(roll)
    }

    /// Takes over a change of a pod.
    pub(super) fn note(&mut self, change: &Change) {
        let pod = &change.object;
        let before = change.previous.as_ref().and_then(controller_uid);
        let after = controller_uid(pod).filter(|_| change.verb != Verb::Deleted);
        if before != after
            && let Some(roll) = before.and_then(|uid| self.0.get_mut(uid))
            && roll.namespace == pod.namespace()
        {
            roll.pods.remove(pod.name());
        }
        if let Some(roll) = after.and_then(|uid| self.0.get_mut(uid))
            && roll.namespace == pod.namespace()
        {
            roll.enter(pod);
        }
    }

    /// Forgets an owner.
    pub(super) fn forget(&mut self, uid: &str) {
        self.0.remove(uid);
    }
}

fn controller_uid(object: &Object) -> Option<&str> {
    let owners = object.items_at("metadata/ownerReferences").iter();
    owners.filter(|r| r.bool_at("controller")).map(|r| r.str_at("uid")).next()
}
