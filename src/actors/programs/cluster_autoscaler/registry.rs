//! What the program believes of the groups: which nodes came, which are missing, what it asked for.

use super::backoff::{Backoff, Failure};
use super::cloud::Cloud;
use super::flags::Flags;
use super::journal::{Journal, Subject};
use super::scale_down::node::{Node, TO_BE_DELETED};
use crate::machinery::duration::go_duration;
use crate::machinery::{Duration, Object, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An unready node is believed to be starting for so long.
const STARTUP: Duration = Duration::from_mins(15);

/// Numbers of nodes by what they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs)]
pub struct Counts {
    pub registered: i64,
    pub ready: i64,
    pub not_started: i64,
    pub unready: i64,
    /// Unready ones that wait for a resource (a GPU, say). None here.
    pub resource_unready: i64,
    pub deleted: i64,
    pub unregistered: i64,
    pub long_unregistered: i64,
}

/// All nodes, and those of each group.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    /// All.
    pub total: Counts,
    /// By group.
    pub by_group: BTreeMap<String, Counts>,
}

impl Readiness {
    /// Those of a group.
    pub fn of(&self, group: &str) -> Counts {
        self.by_group.get(group).copied().unwrap_or_default()
    }
}

/// A scale-up that is under way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Request {
    /// By how many nodes.
    pub increase: i64,
    /// When it was last added to.
    pub at: Time,
    /// When the nodes must be there.
    pub expected: Time,
}

/// What is kept from loop to loop.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Registry {
    /// By group.
    pub requests: BTreeMap<String, Request>,
    /// Instances without node, by provider id, with when they were first seen.
    pub unregistered: BTreeMap<String, Time>,
    /// Failures that were counted already, by instance.
    failed: BTreeSet<String>,
    /// Whether it has seen the cluster before.
    pub populated: bool,
}

/// Ready, and nothing about it says otherwise.
pub fn is_ready(node: &Object, flags: &Flags) -> bool {
    let is = |kind: &str| node.condition_true(kind);
    let taints = node.items_at("spec/taints");
    let bad = |key: &str| {
        matches!(
            key,
            "node.kubernetes.io/not-ready"
                | "node.kubernetes.io/disk-pressure"
                | "node.kubernetes.io/network-unavailable"
        ) || is_startup_taint(key, flags)
    };
    is("Ready")
        && !is("DiskPressure")
        && !is("NetworkUnavailable")
        && !taints.iter().any(|t| bad(t.str_at("key")))
}

/// Taints that nodes lose when they have started.
pub fn is_startup_taint(key: &str, flags: &Flags) -> bool {
    key.starts_with("ignore-taint.cluster-autoscaler.kubernetes.io/")
        || key.starts_with("startup-taint.cluster-autoscaler.kubernetes.io/")
        || flags.ignored_taints.iter().chain(&flags.startup_taints).any(|t| t == key)
}

impl Counts {
    fn add(&mut self, node: &Node, now: Time) {
        self.registered += 1;
        if node.group.is_none() && node.taint(TO_BE_DELETED).is_some() {
            self.deleted += 1;
        } else if node.ready {
            self.ready += 1;
        } else if Registry::is_starting(node, now) {
            self.not_started += 1;
        } else {
            self.unready += 1;
        }
    }
}

fn warn_of_unknown_instance(node: &Node, provider_id: &str, journal: &mut Journal) {
    let mut parts = provider_id.trim_start_matches("aws:///").splitn(2, '/');
    let id = parts.nth(1).unwrap_or("");
    let text = format!(
        "Failed to check cloud provider has instance for {}: node is not present in aws: could not find instance {{{provider_id} {id}}}",
        node.name
    );
    journal.warn("clusterstate.go:1056", text);
}

impl Registry {
    /// Whether an unready node is only starting.
    pub fn is_starting(node: &Node, now: Time) -> bool {
        !node.ready && node.object.created().is_some_and(|at| at + STARTUP > now)
    }

    /// Counts the nodes; instances without node are noted.
    pub fn count(
        &mut self,
        nodes: &BTreeMap<Arc<str>, Node>,
        cloud: &Cloud,
        flags: &Flags,
        now: Time,
        journal: &mut Journal,
    ) -> Readiness {
        let mut readiness = Readiness::default();
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for node in nodes.values() {
            let provider_id = node.object.str_at("spec/providerID");
            known.insert(provider_id);
            if node.group.is_none() && provider_id.starts_with("aws:///") && !cloud.groups.is_empty() {
                warn_of_unknown_instance(node, provider_id, journal);
            }
            readiness.total.add(node, now);
            if let Some(group) = &node.group {
                readiness.by_group.entry(group.to_string()).or_default().add(node, now);
            }
        }
        let mut missing = BTreeMap::new();
        for asg in cloud.groups.values() {
            for instance in &asg.instances {
                let provider_id = instance.provider_id();
                if known.contains(provider_id.as_str()) {
                    continue;
                }
                let since = self.unregistered.get(&provider_id).copied().unwrap_or(now);
                let counts = readiness.by_group.entry(asg.name.clone()).or_default();
                for counts in [counts, &mut readiness.total] {
                    if since + flags.max_provision_time < now {
                        counts.long_unregistered += 1;
                    } else {
                        counts.unregistered += 1;
                    }
                }
                missing.insert(provider_id, since);
            }
        }
        self.unregistered = missing;
        let long: Vec<&str> = self.long_unregistered(flags, now).collect();
        if !long.is_empty() {
            journal.info(
                3,
                "clusterstate.go:667",
                format!("Found longUnregistered Nodes [{}]", long.join(" ")),
            );
        }
        readiness
    }

    /// Instances that have been without node for too long.
    pub fn long_unregistered(&self, flags: &Flags, now: Time) -> impl Iterator<Item = &str> {
        let limit = flags.max_provision_time;
        self.unregistered.iter().filter(move |(_, since)| **since + limit < now).map(|(id, _)| id.as_str())
    }

    /// Takes note of a scale-up that has begun.
    pub fn register(&mut self, group: &str, increase: i64, flags: &Flags, now: Time) {
        let request =
            self.requests.entry(group.to_string()).or_insert(Request { increase: 0, at: now, expected: now });
        request.increase += increase;
        request.at = now;
        request.expected = now + flags.max_provision_time;
    }

    /// Ends the scale-ups whose nodes are there, and those that took too long. The instants are now and the start of the
    /// process.
    pub fn settle_requests(
        &mut self,
        readiness: &Readiness,
        cloud: &Cloud,
        backoff: &mut Backoff,
        flags: &Flags,
        (now, started): (Time, Time),
        journal: &mut Journal,
    ) {
        if !self.populated {
            journal
                .warn("clusterstate.go:477", "AcceptableRanges have not been populated yet. Skip checking");
            self.populated = true;
        }
        let mut left = BTreeMap::new();
        for (group, request) in std::mem::take(&mut self.requests) {
            let Some(asg) = cloud.groups.get(&group) else { continue };
            let counts = readiness.of(&group);
            let took = go_duration(now.since(request.at));
            if asg.size <= counts.registered - counts.not_started {
                let text = format!("Scale up in group {group} finished successfully in {took}");
                journal.info(4, "clusterstate.go:266", text);
                continue;
            }
            if request.expected < now {
                let text = format!("Scale-up timed out for node group {group} after {took}");
                journal.warn("clusterstate.go:272", text.clone());
                journal.event(
                    Subject::Status,
                    true,
                    "ScaleUpTimedOut",
                    format!("Nodes added to group {group} failed to register within {took}"),
                );
                let failure = Failure { class: "Other".into(), code: "timeout".into(), message: text };
                backoff.fail(&group, failure, flags, now, started, journal);
                continue;
            }
            left.insert(group, request);
        }
        self.requests = left;
    }

    /// Notes the places that groups cannot fill; the groups back off. Returns the instances to give up, by group.
    pub fn creation_errors(
        &mut self,
        cloud: &Cloud,
        backoff: &mut Backoff,
        flags: &Flags,
        now: Time,
        started: Time,
        journal: &mut Journal,
    ) -> BTreeMap<String, Vec<String>> {
        let mut failed = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for asg in cloud.groups.values() {
            let mut by_code: BTreeMap<&str, (Vec<String>, &str)> = BTreeMap::new();
            for instance in &asg.instances {
                if let Some((code, message)) = &instance.failure {
                    by_code.entry(code).or_insert((Vec::new(), message)).0.push(instance.id.clone());
                }
            }
            for (code, (instances, message)) in by_code {
                let fresh = instances.iter().filter(|i| !self.failed.contains(*i)).count();
                if fresh > 0 {
                    let class = "OutOfResourcesErrorClass";
                    journal.info(
                        1,
                        "clusterstate.go:1155",
                        format!(
                            "Failed adding {} nodes ({fresh} unseen previously) to group {} due to {class}.{code}; errorMessages={message}",
                            instances.len(),
                            asg.name
                        ),
                    );
                    journal.event(
                        Subject::Status,
                        true,
                        "ScaleUpFailed",
                        format!("Failed adding {fresh} nodes to group {} due to {class}.{code}; source errors: {message}", asg.name),
                    );
                    let failure =
                        Failure { class: "OutOfResource".into(), code: code.into(), message: message.into() };
                    backoff.fail(&asg.name, failure, flags, now, started, journal);
                    self.requests.remove(&asg.name);
                }
                seen.extend(instances.iter().cloned());
                failed.entry(asg.name.clone()).or_insert_with(Vec::new).extend(instances);
            }
        }
        self.failed = seen;
        failed
    }

    /// Whether the cluster is healthy enough to be touched.
    pub fn is_cluster_healthy(readiness: &Readiness, flags: &Flags) -> bool {
        let total = readiness.total;
        let unready = total.unready;
        !(unready > flags.ok_unready
            && unready as f64 > flags.max_unready_percent / 100.0 * total.registered as f64)
    }

    /// Whether a group is healthy enough to grow.
    pub fn is_group_healthy(
        &self,
        group: &str,
        target: i64,
        readiness: &Readiness,
        flags: &Flags,
        journal: &mut Journal,
    ) -> bool {
        let pending = self.requests.get(group).map_or(0, |r| r.increase);
        let Some(counts) = readiness.by_group.get(group) else {
            if target == 0 || pending == target {
                return true;
            }
            journal.warn("clusterstate.go:405", format!("Failed to find readiness information for {group}"));
            return false;
        };
        let missing = target - counts.long_unregistered - pending - counts.ready;
        let all = counts.ready + counts.unready + counts.not_started;
        !(missing > flags.ok_unready && missing as f64 > flags.max_unready_percent / 100.0 * all as f64)
    }

    /// How many nodes of a group are still to come.
    pub fn upcoming(group: &str, target: i64, readiness: &Readiness) -> i64 {
        let counts = readiness.of(group);
        (target - counts.ready - counts.unready - counts.long_unregistered).max(0)
    }
}
