//! What the scheduler knows of the cluster: read once in a process, then kept up to date change by change.

use super::attempt::Attempt;
use super::cluster_event::ClusterEvent;
use super::node_info::NodeInfo;
use super::pod_info::{PendingPod, PodInfo, occupies_node};
use super::preemption::Budget;
use super::queue::SchedulingQueue;
use super::snapshot::Snapshot;
use crate::api::Server;
use crate::machinery::{Members, Object, Time, Value};
use crate::store::{Change, Verb};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

const DEFAULT_SCHEDULER: &str = "default-scheduler";

/// The volumes' resources.
const STORAGE: [&str; 4] = [
    "persistentvolumeclaims",
    "persistentvolumes",
    "storageclasses.storage.k8s.io",
    "csinodes.storage.k8s.io",
];

/// Whether a pod waits for this scheduler.
pub(super) fn is_pending(pod: &Object) -> bool {
    pod.str_at("spec/nodeName").is_empty()
        && !matches!(pod.str_at("status/phase"), "Succeeded" | "Failed")
        && matches!(pod.str_at("spec/schedulerName"), "" | DEFAULT_SCHEDULER)
}

/// The queue, the pods in it, and, once something has to be placed, the cluster they could go to.
pub(super) struct View {
    pub(super) queue: SchedulingQueue,
    pending: BTreeMap<Arc<str>, PendingPod>,
    snapshot: Option<Snapshot>,
    budgets: Option<Vec<Budget>>,
    /// The last attempt if it was in vain and nothing has changed since.
    failure: Option<(PendingPod, Rc<Attempt>)>,
}

impl View {
    /// The view of a process that has just begun, with the queue as an earlier one left it.
    pub(super) fn new(api: &Server, mut queue: SchedulingQueue) -> View {
        let keys: Vec<Arc<str>> = queue.keys().cloned().collect();
        let mut pending = BTreeMap::new();
        for key in keys {
            match find_pod(api, &key).filter(is_pending) {
                Some(pod) => drop(pending.insert(key, PendingPod::parse(&pod))),
                None => queue.remove(&key),
            }
        }
        View { queue, pending, snapshot: None, budgets: None, failure: None }
    }

    /// The cluster, to be changed; read when it is first asked for.
    pub(super) fn snapshot(&mut self, api: &Server) -> &mut Snapshot {
        self.failure = None;
        self.snapshot.get_or_insert_with(|| read_cluster(api, &self.pending))
    }

    /// The cluster and the budgets side by side.
    pub(super) fn cluster(&mut self, api: &Server) -> (&Snapshot, &[Budget]) {
        let snapshot = self.snapshot.get_or_insert_with(|| read_cluster(api, &self.pending));
        let budgets = self.budgets.get_or_insert_with(|| {
            api.list("poddisruptionbudgets.policy", "").iter().map(Budget::parse).collect()
        });
        (snapshot, budgets)
    }

    /// The attempt before, if it was in vain and would be again for this pod. Many pods that are alike find no place.
    pub(super) fn failure_of(&self, pod: &PendingPod, start: usize) -> Option<Rc<Attempt>> {
        let (other, attempt) = self.failure.as_ref()?;
        (attempt.next_start == start && pod.asks_like(other)).then(|| attempt.clone())
    }

    /// Remembers an attempt that was in vain and changes nothing.
    pub(super) fn note_failure(&mut self, pod: PendingPod, attempt: &Rc<Attempt>) {
        if attempt.node().is_none() && attempt.preemption().is_none() {
            self.failure = Some((pod, attempt.clone()));
        }
    }

    /// Queues pods that no change told of: those of an imported cluster.
    pub(super) fn adopt(&mut self, api: &Server, now: Time) {
        let mut found = Vec::new();
        api.store().for_each("pods", "", |pod| {
            if is_pending(pod) && !self.queue.contains(&pod.key()) {
                found.push(pod.clone());
            }
        });
        found.sort_by_key(Object::resource_version);
        for pod in found {
            self.enqueue(&pod, now);
        }
    }

    fn enqueue(&mut self, pod: &Object, now: Time) {
        let pending = PendingPod::parse(pod);
        self.queue.add(&pending, now);
        self.set_pending(pending);
    }

    fn set_pending(&mut self, pod: PendingPod) {
        if let Some(snapshot) = &mut self.snapshot {
            let changed = match &pod.nominated_node {
                Some(node) => {
                    snapshot.nominate(Arc::new(pod.info.clone()), node);
                    true
                }
                None => snapshot.remove_nomination(&pod.info.key),
            };
            if changed {
                self.failure = None;
            }
        }
        self.pending.insert(pod.info.key.clone(), pod);
    }

    /// Forgets a pod that needs no node any more.
    pub(super) fn dequeue(&mut self, key: &str) {
        self.queue.remove(key);
        self.pending.remove(key);
        if self.snapshot.as_mut().is_some_and(|snapshot| snapshot.remove_nomination(key)) {
            self.failure = None;
        }
    }

    /// Takes over a change.
    pub(super) fn apply(&mut self, change: &Change, api: &Server, now: Time) {
        let object = &change.object;
        let gone = change.verb == Verb::Deleted;
        if change.resource.as_ref() != "pods" {
            self.failure = None;
        }
        match change.resource.as_ref() {
            "pods" => self.apply_pod(change, api, now),
            "nodes" => self.apply_node(change, api, now),
            "poddisruptionbudgets.policy" => self.budgets = None,
            "namespaces" => {
                if let Some(snapshot) = &mut self.snapshot {
                    if gone {
                        snapshot.remove_namespace(object.name())
                    } else {
                        snapshot.set_namespace(object)
                    }
                }
            }
            resource if STORAGE.contains(&resource) => {
                if let Some(snapshot) = &mut self.snapshot {
                    if gone { snapshot.volumes.remove(object) } else { snapshot.volumes.set(object) }
                }
                self.announce(ClusterEvent::StorageChanged, api, now);
            }
            _ => {}
        }
    }

    fn apply_pod(&mut self, change: &Change, api: &Server, now: Time) {
        let (pod, before) = (&change.object, change.previous.as_ref());
        let key = pod.key();
        if change.verb != Verb::Deleted && is_pending(pod) {
            let same = before.is_some_and(|b| b.at("spec") == pod.at("spec") && b.labels() == pod.labels());
            let told = |o: &Object| o.at("status/nominatedNodeName").clone();
            if same && self.queue.contains(&key) {
                // Most changes tell that it has found no place: nothing that it looks for.
                if before.is_none_or(|b| !weighs_alike(b, pod) || told(b) != told(pod)) {
                    self.set_pending(PendingPod::parse(pod));
                }
            } else {
                self.enqueue(pod, now);
            }
            return;
        }
        if self.queue.contains(&key) {
            self.dequeue(&key);
        }
        let occupied = before.is_some_and(occupies_node);
        // Most changes tell what a kubelet sees: nothing that weighs.
        if occupied && before.is_some_and(|b| weighs_alike(b, pod)) && change.verb != Verb::Deleted {
            return;
        }
        let occupies = change.verb != Verb::Deleted && occupies_node(pod);
        self.failure = None;
        if let Some(snapshot) = &mut self.snapshot {
            if occupies {
                snapshot.set_pod(pod);
            } else if occupied {
                snapshot.remove_pod(&key);
            }
        }
        if !self.queue.has_waiting() {
            return;
        }
        let info = PodInfo::parse(pod);
        match (before.filter(|_| occupied), occupies) {
            (None, true) => self.announce(ClusterEvent::PodAssigned(&info), api, now),
            (Some(before), true) => {
                let old = PodInfo::parse(before);
                self.announce(ClusterEvent::PodChanged { old: &old, new: &info }, api, now);
            }
            (Some(_), false) => self.announce(ClusterEvent::PodRemoved(&info), api, now),
            (None, false) => {}
        }
    }

    fn apply_node(&mut self, change: &Change, api: &Server, now: Time) {
        let node = &change.object;
        if let Some(snapshot) = &mut self.snapshot {
            if change.verb == Verb::Deleted {
                snapshot.remove_node(node.name())
            } else {
                snapshot.set_node(node)
            }
        }
        if !self.queue.has_waiting() {
            return;
        }
        let new = NodeInfo::parse(node);
        match (change.verb, change.previous.as_ref().map(NodeInfo::parse)) {
            (Verb::Deleted, _) => self.announce(ClusterEvent::NodeRemoved(&new), api, now),
            (_, None) => self.announce(ClusterEvent::NodeAdded(&new), api, now),
            (_, Some(old)) => {
                let same = old.allocatable == new.allocatable
                    && old.pod_capacity == new.pod_capacity
                    && old.labels() == new.labels()
                    && old.taints == new.taints
                    && old.unschedulable == new.unschedulable;
                if !same {
                    self.announce(ClusterEvent::NodeChanged { old: &old, new: &new }, api, now);
                }
            }
        }
    }

    /// Tells waiting pods of an event.
    fn announce(&mut self, event: ClusterEvent<'_>, api: &Server, now: Time) {
        if self.queue.has_waiting() {
            let snapshot = self.snapshot.get_or_insert_with(|| read_cluster(api, &self.pending));
            let pending = &self.pending;
            self.queue.on_event(event, |key| pending.get(key), snapshot, now);
        }
    }
}

/// Whether two states of a pod look the same to the scheduler: [`PodInfo::parse`] reads nothing else.
fn weighs_alike(before: &Object, pod: &Object) -> bool {
    let same = |path| before.at(path) == pod.at(path);
    // A resize in place shows here.
    let granted = |o: &Object| -> Vec<Value> {
        let lists = ["status/containerStatuses", "status/initContainerStatuses"];
        lists.iter().flat_map(|list| o.items_at(list)).map(|s| s.at("resources").clone()).collect()
    };
    same("spec")
        && same("metadata/labels")
        && same("status/phase")
        && same("status/startTime")
        && before.is_deleting() == pod.is_deleting()
        && before.condition("DisruptionTarget") == pod.condition("DisruptionTarget")
        && before.condition("PodResizePending") == pod.condition("PodResizePending")
        && granted(before) == granted(pod)
}

/// A pod by its `namespace/name`.
pub(super) fn find_pod(api: &Server, key: &str) -> Option<Object> {
    let (ns, name) = key.split_once('/')?;
    api.find("pods", ns, name)
}

fn read_cluster(api: &Server, pending: &BTreeMap<Arc<str>, PendingPod>) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let store = api.store();
    store.for_each("namespaces", "", |ns| snapshot.set_namespace(ns));
    store.survey("nodes", &Members::at(NodeInfo::MEMBERS), |node| snapshot.set_node(node));
    store.survey("pods", &Members::at(PodInfo::MEMBERS), |pod| snapshot.set_pod(pod));
    for resource in STORAGE {
        store.for_each(resource, "", |object| snapshot.volumes.set(object));
    }
    for pod in pending.values() {
        if let Some(node) = &pod.nominated_node {
            snapshot.nominate(Arc::new(pod.info.clone()), node);
        }
    }
    snapshot
}
