//! How a node goes: marked, after a pause drained, ended at the cloud. Every step is taken when its time has come; what is
//! under way is kept.

use super::access::Access;
use super::cloud::{Client, Cloud};
use super::flags::Flags;
use super::journal::{Journal, Subject};
use super::pod::Pod;
use super::scale_down::budgets::Budgets;
use super::scale_down::drain_rules::Controllers;
use super::scale_down::node::{DELETION_CANDIDATE, TO_BE_DELETED};
use super::scale_down::removal::pods_to_move;
use crate::api::{DeleteOptions, Server};
use crate::json;
use crate::machinery::{Duration, Object, Time, Value};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// From one try to evict a pod to the next.
const EVICTION_RETRY: Duration = Duration::from_secs(10);
/// From one look whether pods are gone to the next.
const POLL: Duration = Duration::from_secs(5);
/// What a step itself takes: calls to the API server.
pub const STEP: Duration = Duration::from_millis(20);
/// Pods may take so much longer than their grace.
const EXTRA_GRACE: Duration = Duration::from_secs(30);
const DELAYS: &str = "delay-deletion.cluster-autoscaler.kubernetes.io/";
const DAEMON_EVICTION: &str = "cluster-autoscaler.kubernetes.io/enable-ds-eviction";

/// Where a node is on its way out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Stage {
    /// Marked; nothing done yet.
    Marked,
    /// Pods are being evicted: since when, those not yet evicted, all of them.
    Evicting(Time, Vec<String>, Vec<String>),
    /// Evicted pods are stopping: since when, who.
    Stopping(Time, Vec<String>),
    /// Annotations ask to wait: since when.
    Held(Time),
}

/// A node on its way out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Deletion {
    /// The node.
    pub node: String,
    /// Its group.
    pub group: String,
    /// Whether pods have to move.
    pub drains: bool,
    /// Why it goes, for the metrics: `empty`, `underutilized`, `unready`.
    pub why: String,
    /// How far it is.
    pub stage: Stage,
    /// When the next step is due.
    pub next: Time,
}

/// What steps are taken with.
pub struct Crew<'a, 'c> {
    /// The API server.
    pub api: &'a Server,
    /// What may be done there.
    pub access: &'a Access<'a>,
    /// Flags.
    pub flags: &'a Flags,
    /// The objects that make pods.
    pub controllers: &'a dyn Controllers,
    /// The way to the cloud.
    pub client: &'a mut Client<'c>,
    /// The groups.
    pub cloud: &'a mut Cloud,
    /// The instant.
    pub now: Time,
}

/// What a step came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Progress {
    /// There is more to do, later.
    Waiting,
    /// The node is gone.
    Gone,
    /// It stays.
    Failed,
}

/// Marks a node: pods go elsewhere from now on.
pub fn mark(
    crew_api: &Server,
    access: &Access<'_>,
    node: &str,
    flags: &Flags,
    now: Time,
    journal: &mut Journal,
) -> Result<(), String> {
    set_taint(crew_api, access, node, TO_BE_DELETED, "NoSchedule", flags.cordon, now)?;
    journal.info(1, "taints.go:217", format!("Successfully added {TO_BE_DELETED} on node {node}"));
    if let Some(object) = crew_api.find("nodes", "", node) {
        let text = "marked the node as toBeDeleted/unschedulable";
        journal.event(Subject::Object(object), false, "ScaleDown", text);
    }
    Ok(())
}

/// Adds a taint with the instant as its value.
pub fn set_taint(
    api: &Server,
    access: &Access<'_>,
    node: &str,
    key: &str,
    effect: &str,
    cordon: bool,
    now: Time,
) -> Result<(), String> {
    access.check("update", "", "nodes", "", node)?;
    let value = now.secs().to_string();
    let result = api.modify("nodes", "", node, |n| {
        let taints = n.at_mut("spec/taints").list_mut();
        if !taints.iter().any(|t| t.str_at("key") == key) {
            taints.push(json!({"key": key, "value": (value.as_str()), "effect": effect}));
        }
        if cordon {
            n.set("spec/unschedulable", true);
        }
    });
    result.map(|_| ()).map_err(|e| e.message)
}

/// Takes a taint off.
pub fn clear_taint(
    api: &Server,
    access: &Access<'_>,
    node: &str,
    key: &str,
    uncordon: bool,
    journal: &mut Journal,
) -> Result<(), String> {
    access.check("update", "", "nodes", "", node)?;
    let Some(object) = api.find("nodes", "", node) else { return Ok(()) };
    let Some(taint) = object.items_at("spec/taints").iter().find(|t| t.str_at("key") == key).cloned() else {
        return Ok(());
    };
    let text = format!(
        "Releasing taint {{Key:{key} Value:{} Effect:{} TimeAdded:<nil>}} on node {node}",
        taint.str_at("value"),
        taint.str_at("effect")
    );
    journal.info(1, "taints.go:317", text);
    let result = api.modify("nodes", "", node, |n| {
        n.at_mut("spec/taints").list_mut().retain(|t| t.str_at("key") != key);
        if n.items_at("spec/taints").is_empty() {
            n.remove("spec/taints");
        }
        if uncordon {
            n.remove("spec/unschedulable");
        }
    });
    result.map_err(|e| e.message)?;
    journal.info(1, "taints.go:352", format!("Successfully released {key} on node {node}"));
    Ok(())
}

impl Deletion {
    /// Takes the step that is due.
    pub fn advance(&mut self, crew: &mut Crew<'_, '_>, journal: &mut Journal) -> Progress {
        loop {
            let next = match self.stage.clone() {
                Stage::Marked => self.begin(crew, journal),
                Stage::Evicting(since, left, all) => self.evict(since, left, all, crew, journal),
                Stage::Stopping(since, pods) => self.await_end(since, pods, crew, journal),
                Stage::Held(since) => self.await_release(since, crew, journal),
            };
            match next {
                Ok(Some(stage)) => self.stage = stage,
                Ok(None) if self.next > crew.now => return Progress::Waiting,
                Ok(None) => return self.finish(crew, journal),
                Err(why) => return self.fail(&why, crew, journal),
            }
        }
    }

    /// Looks at the node again: something may have come since it was marked.
    fn begin(&mut self, crew: &mut Crew<'_, '_>, journal: &mut Journal) -> Result<Option<Stage>, String> {
        let pods = pods_of(crew.api, &self.node);
        let budgets = Budgets::parse(&crew.api.list("poddisruptionbudgets.policy", ""));
        let found = pods_to_move(pods, &budgets, crew.controllers, crew.flags, crew.now);
        let (to_move, daemons) = found.map_err(|(pod, blocker)| blocker.text(&pod, crew.flags))?;
        if !self.drains && !to_move.is_empty() {
            return Err(format!("couldn't delete empty node \"{}\", new pods got scheduled", self.node));
        }
        let default = match self.drains {
            true => crew.flags.evict_daemons_of_occupied,
            false => crew.flags.evict_daemons_of_empty,
        };
        let evicted = |p: &&Arc<Pod>| match p.object.annotation(DAEMON_EVICTION) {
            Some("true") => true,
            Some("false") => false,
            _ => default,
        };
        for pod in to_move.iter().chain(daemons.iter().filter(evicted)) {
            let text = "deleting pod for node scale down";
            journal.event(Subject::Object(pod.object.clone()), false, "ScaleDown", text);
        }
        for pod in daemons.iter().filter(evicted) {
            // Whether it works does not matter: such pods do not hold the node.
            let _ = evict(crew, pod.namespace(), pod.name());
        }
        if !self.drains {
            journal.info(1, "drain.go:131", format!("All pods removed from {}", self.node));
            return Ok(Some(Stage::Held(crew.now)));
        }
        let keys: Vec<String> = to_move.iter().map(|p| p.key().to_string()).collect();
        Ok(Some(Stage::Evicting(crew.now, keys.clone(), keys)))
    }

    fn evict(
        &mut self,
        since: Time,
        left: Vec<String>,
        all: Vec<String>,
        crew: &mut Crew<'_, '_>,
        journal: &mut Journal,
    ) -> Result<Option<Stage>, String> {
        if self.next > crew.now {
            return Ok(None);
        }
        let mut refused = Vec::new();
        let mut errors = Vec::new();
        for key in left {
            let (ns, name) = key.split_once('/').unwrap_or(("", &key));
            if let Err(why) = evict(crew, ns, name) {
                errors.push(format!("failed to evict pod {key} within allowed timeout (last error: {why})"));
                refused.push(key.clone());
            }
        }
        if refused.is_empty() {
            self.next = crew.now;
            return Ok(Some(Stage::Stopping(crew.now, all)));
        }
        let again = crew.now + EVICTION_RETRY;
        if again < since + crew.flags.max_eviction_time {
            self.next = again;
            self.stage = Stage::Evicting(since, refused, all);
            return Ok(None);
        }
        for key in &refused {
            let (ns, name) = key.split_once('/').unwrap_or(("", key));
            if let Some(pod) = crew.api.find("pods", ns, name) {
                let text = "failed to delete pod for ScaleDown";
                journal.event(Subject::Object(pod), true, "ScaleDownFailed", text);
            }
        }
        let list = errors.join(" ");
        Err(format!("Failed to drain node /{}, due to following errors: [{list}]", self.node))
    }

    fn await_end(
        &mut self,
        since: Time,
        pods: Vec<String>,
        crew: &mut Crew<'_, '_>,
        journal: &mut Journal,
    ) -> Result<Option<Stage>, String> {
        if self.next > crew.now {
            return Ok(None);
        }
        let still = pods.iter().find(|key| {
            let (ns, name) = key.split_once('/').unwrap_or(("", key));
            crew.api.find("pods", ns, name).is_some_and(|p| p.str_at("spec/nodeName") == self.node)
        });
        let Some(key) = still else {
            journal.info(1, "drain.go:131", format!("All pods removed from {}", self.node));
            return Ok(Some(Stage::Held(crew.now)));
        };
        journal.info(1, "drain.go:143", format!("Not deleted yet {key}"));
        let limit = Duration::from_secs(crew.flags.max_graceful_termination) + EXTRA_GRACE;
        if since + limit <= crew.now {
            return Err(format!("Failed to drain node /{}: pods remaining after timeout", self.node));
        }
        self.next = crew.now + POLL + STEP;
        Ok(None)
    }

    fn await_release(
        &mut self,
        since: Time,
        crew: &mut Crew<'_, '_>,
        journal: &mut Journal,
    ) -> Result<Option<Stage>, String> {
        if self.next > crew.now {
            return Ok(None);
        }
        let node = crew.api.find("nodes", "", &self.node).unwrap_or_default();
        let held = node.annotations().iter().any(|(key, _)| key.starts_with(DELAYS));
        if !held || since + crew.flags.deletion_delay_timeout <= crew.now {
            if held {
                let text = format!(
                    "Delay node deletion timed out for node {}, delay deletion annotation wasn't removed within {}, this might slow down scale down.",
                    self.node,
                    crate::machinery::duration::go_duration(crew.flags.deletion_delay_timeout)
                );
                journal.warn("delete_in_batch.go:180", text);
            }
            return Ok(None);
        }
        self.next = crew.now + POLL + STEP;
        Ok(None)
    }

    fn finish(&mut self, crew: &mut Crew<'_, '_>, journal: &mut Journal) -> Progress {
        let Some(node) = crew.api.find("nodes", "", &self.node) else {
            return Progress::Gone;
        };
        let instance = node.str_at("spec/providerID").rsplit('/').next().unwrap_or("").to_string();
        let ended = crew.cloud.delete(crew.client, &self.group, &instance, crew.now, journal);
        if let Err(why) = ended {
            return self.fail(
                &format!("failed to delete nodes from group {}: {why}", self.group),
                crew,
                journal,
            );
        }
        journal.event(Subject::Object(node), false, "ScaleDown", "nodes removed by cluster autoscaler");
        match self.drains {
            true => journal.note("ScaleDown", format!("Scale-down: node {} removed with drain", self.node)),
            false => journal.note("ScaleDownEmpty", format!("Scale-down: empty node {} removed", self.node)),
        }
        Progress::Gone
    }

    fn fail(&mut self, why: &str, crew: &mut Crew<'_, '_>, journal: &mut Journal) -> Progress {
        let what = if self.drains { "drain and delete node" } else { "delete empty node" };
        let text = format!("Scale-down: couldn't {what} {:?}, status error: {why}", self.node);
        journal.error("actuator.go:420", text);
        if let Some(node) = crew.api.find("nodes", "", &self.node) {
            journal.event(Subject::Object(node), true, "ScaleDownFailed", format!("failed to {what}: {why}"));
        }
        let cordoned = crew.flags.cordon;
        if let Err(why) = clear_taint(crew.api, crew.access, &self.node, TO_BE_DELETED, cordoned, journal) {
            journal.warn("actuator.go:431", format!("Failed to clean taints on node {}: {why}", self.node));
        }
        Progress::Failed
    }
}

fn evict(crew: &Crew<'_, '_>, ns: &str, name: &str) -> Result<(), String> {
    crew.access.check("create", "", "pods/eviction", ns, "")?;
    let Some(pod) = crew.api.find("pods", ns, name) else { return Ok(()) };
    let own = pod.int_at("spec/terminationGracePeriodSeconds").unwrap_or(30);
    let grace = own.min(crew.flags.max_graceful_termination);
    let options = DeleteOptions { grace_period_seconds: Some(grace), ..DeleteOptions::default() };
    crew.api.evict(ns, name, &options).map_err(|e| e.message)
}

/// The pods of a node as they are now.
fn pods_of(api: &Server, node: &str) -> Vec<Arc<Pod>> {
    let live = |p: &Object| !matches!(p.str_at("status/phase"), "Succeeded" | "Failed");
    api.pods_on_node(node).iter().filter(|p| live(p)).map(|p| Arc::new(Pod::parse(p))).collect()
}

/// Marks unneeded nodes as candidates and takes the mark off others, as many as one loop may.
pub fn mark_candidates(
    api: &Server,
    access: &Access<'_>,
    managed: &[&Object],
    unneeded: &dyn Fn(&str) -> bool,
    flags: &Flags,
    now: Time,
    journal: &mut Journal,
) {
    let mut left = flags.soft_taints;
    let marked =
        |n: &Object, key: &str| n.items_at("spec/taints").iter().any(|t: &Value| t.str_at("key") == key);
    let nodes = || managed.iter().filter(|n| !marked(n, TO_BE_DELETED));
    for node in nodes().filter(|n| marked(n, DELETION_CANDIDATE) && !unneeded(n.name())) {
        if left <= 0 {
            return;
        }
        left -= 1;
        if let Err(why) = clear_taint(api, access, node.name(), DELETION_CANDIDATE, false, journal) {
            let text = format!("Soft taint on {} removal error {why}", node.name());
            journal.warn("softtaint.go:60", text);
        }
    }
    for node in nodes().filter(|n| !marked(n, DELETION_CANDIDATE) && unneeded(n.name())) {
        if left <= 0 {
            return;
        }
        left -= 1;
        let added = set_taint(api, access, node.name(), DELETION_CANDIDATE, "PreferNoSchedule", false, now);
        match added {
            Ok(()) => {
                let text = format!("Successfully added {DELETION_CANDIDATE} on node {}", node.name());
                journal.info(1, "taints.go:217", text);
            }
            Err(why) => {
                journal.warn("softtaint.go:70", format!("Soft taint on {} adding error {why}", node.name()));
            }
        }
    }
}
