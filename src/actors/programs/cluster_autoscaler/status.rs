//! The ConfigMap `cluster-autoscaler-status`: YAML from 1.30 on, text before.

use super::backoff::Backoff;
use super::clock::{go_time, process_time};
use super::cloud::Cloud;
use super::flags::Flags;
use super::registry::{Counts, Readiness, Registry};
use crate::machinery::{Time, go_text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a thing's status is and since when.
pub type Transitions = BTreeMap<String, (String, Time)>;

/// What a status is made from.
pub struct Report<'a> {
    /// Flags.
    pub flags: &'a Flags,
    /// The groups.
    pub cloud: &'a Cloud,
    /// Their nodes.
    pub readiness: &'a Readiness,
    /// Scale-ups under way.
    pub registry: &'a Registry,
    /// Groups that failed.
    pub backoff: &'a Backoff,
    /// Groups that are healthy.
    pub healthy: &'a BTreeMap<String, bool>,
    /// Unneeded nodes by group.
    pub candidates: &'a BTreeMap<String, i64>,
    /// When the process began.
    pub started: Time,
    /// The instant.
    pub now: Time,
}

/// The status of a thing: what, since when, and what more there is to say.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
struct Condition {
    status: String,
    since: Time,
}

/// The text of a process that has not looked yet.
pub fn initializing(flags: &Flags, now: Time) -> String {
    match flags.release.writes_yaml_status() {
        true => format!("time: {}\nautoscalerStatus: Initializing\n", go_time(now)),
        false => "Initializing".into(),
    }
}

impl Report<'_> {
    /// The text. Since when things are as they are is kept in `transitions`.
    pub fn text(&self, transitions: &mut Transitions) -> String {
        let mut seen = Transitions::new();
        let mut note = |key: String, status: &str| {
            let since = match transitions.get(&key) {
                Some((old, since)) if old == status => *since,
                _ => self.now,
            };
            seen.insert(key, (status.to_string(), since));
            Condition { status: status.to_string(), since }
        };
        let yaml = self.flags.release.writes_yaml_status();
        let healthy =
            if Registry::is_cluster_healthy(self.readiness, self.flags) { "Healthy" } else { "Unhealthy" };
        let total: i64 = self.candidates.values().sum();
        let growing = if self.registry.requests.is_empty() { "NoActivity" } else { "InProgress" };
        let wide = [
            note("cluster health".into(), healthy),
            note("cluster scaleUp".into(), growing),
            note("cluster scaleDown".into(), candidates(total)),
        ];
        let mut text = if yaml { self.yaml_head(&wide, total) } else { self.legacy_head(&wide, total) };
        for (name, asg) in &self.cloud.groups {
            let counts = self.readiness.of(name);
            let healthy = self.healthy.get(name).copied().unwrap_or(true);
            let failure = self.backoff.of(name, self.now);
            let growing = match (self.registry.requests.contains_key(name), healthy, failure) {
                (true, _, _) => "InProgress",
                (_, false, _) => "Unhealthy",
                (_, _, Some(_)) => "Backoff",
                _ => "NoActivity",
            };
            let unneeded = self.candidates.get(name).copied().unwrap_or(0);
            let conditions = [
                note(format!("{name} health"), if healthy { "Healthy" } else { "Unhealthy" }),
                note(format!("{name} scaleUp"), growing),
                note(format!("{name} scaleDown"), candidates(unneeded)),
            ];
            let sizes = (asg.size, asg.min, asg.max);
            if yaml {
                let info = failure.filter(|_| growing == "Backoff");
                let info = info.map(|f| {
                    let quoted = |text: &str| {
                        if text.contains(": ") { go_text::quote(text) } else { text.to_string() }
                    };
                    format!(
                        "    backoffInfo:\n      errorCode: {}\n      errorMessage: {}\n",
                        f.code,
                        quoted(&f.message)
                    )
                });
                text.push_str(&format!("- name: {name}\n"));
                text.push_str(&self.yaml_conditions(
                    &conditions,
                    counts,
                    unneeded,
                    Some(sizes),
                    info.as_deref(),
                ));
            } else {
                text.push_str(&self.legacy_group(name, &conditions, counts, unneeded, sizes));
            }
        }
        *transitions = seen;
        text
    }

    fn yaml_head(&self, conditions: &[Condition; 3], unneeded: i64) -> String {
        let body = self.yaml_conditions(conditions, self.readiness.total, unneeded, None, None);
        let groups = if self.cloud.groups.is_empty() { "" } else { "nodeGroups:\n" };
        format!("time: {}\nautoscalerStatus: Running\nclusterWide:\n{body}{groups}", go_time(self.now))
    }

    fn yaml_conditions(
        &self,
        [health, up, down]: &[Condition; 3],
        counts: Counts,
        unneeded: i64,
        sizes: Option<(i64, i64, i64)>,
        backoff: Option<&str>,
    ) -> String {
        let times = |c: &Condition| {
            format!(
                "    lastProbeTime: \"{}\"\n    lastTransitionTime: \"{}\"\n",
                self.now.timestamp(),
                c.since.timestamp()
            )
        };
        let deleted = match counts.deleted {
            0 => String::new(),
            n => format!("        beingDeleted: {n}\n"),
        };
        let unready = match counts.unready {
            0 => String::new(),
            n => format!(
                "        unready:\n          total: {n}\n          resourceUnready: {}\n",
                counts.resource_unready
            ),
        };
        let sizes = sizes.map_or(String::new(), |(target, min, max)| {
            format!("    cloudProviderTarget: {target}\n    minSize: {min}\n    maxSize: {max}\n")
        });
        let present = if unneeded > 0 { format!("    candidates: {unneeded}\n") } else { String::new() };
        format!(
            "  health:\n    status: {}\n    nodeCounts:\n      registered:\n        total: {}\n        ready: {}\n        notStarted: {}\n{deleted}{unready}      longUnregistered: {}\n      unregistered: {}\n{sizes}{}  scaleUp:\n    status: {}\n{}{}  scaleDown:\n    status: {}\n{present}{}",
            health.status,
            counts.registered,
            counts.ready,
            counts.not_started,
            counts.long_unregistered,
            counts.unregistered,
            times(health),
            up.status,
            backoff.unwrap_or(""),
            times(up),
            down.status,
            times(down),
        )
    }

    fn legacy_head(&self, [health, up, down]: &[Condition; 3], unneeded: i64) -> String {
        let c = self.readiness.total;
        let mut text = format!("Cluster-autoscaler status at {}:\nCluster-wide:\n", go_time(self.now));
        text.push_str(&self.legacy_line("Health:", health, &health_message(c)));
        text.push_str(&self.legacy_line(
            "ScaleUp:",
            up,
            &format!("ready={} registered={}", c.ready, c.registered),
        ));
        text.push_str(&self.legacy_line("ScaleDown:", down, &format!("candidates={unneeded}")));
        text.push_str("\nNodeGroups:\n");
        text
    }

    fn legacy_group(
        &self,
        name: &str,
        [health, up, down]: &[Condition; 3],
        c: Counts,
        unneeded: i64,
        (target, min, max): (i64, i64, i64),
    ) -> String {
        let message =
            format!("{} cloudProviderTarget={target} (minSize={min}, maxSize={max})", health_message(c));
        let mut text = format!("  {:<12} {name}\n", "Name:");
        text.push_str(&self.legacy_line("Health:", health, &message));
        text.push_str(&self.legacy_line(
            "ScaleUp:",
            up,
            &format!("ready={} cloudProviderTarget={target}", c.ready),
        ));
        text.push_str(&self.legacy_line("ScaleDown:", down, &format!("candidates={unneeded}")));
        text.push('\n');
        text
    }

    fn legacy_line(&self, what: &str, condition: &Condition, message: &str) -> String {
        let at = |t: Time| process_time(t, self.started);
        format!(
            "  {what:<12} {} ({message})\n{pad}LastProbeTime:      {}\n{pad}LastTransitionTime: {}\n",
            condition.status,
            at(self.now),
            at(condition.since),
            pad = " ".repeat(15),
        )
    }
}

fn candidates(unneeded: i64) -> &'static str {
    if unneeded > 0 { "CandidatesPresent" } else { "NoCandidates" }
}

fn health_message(c: Counts) -> String {
    format!(
        "ready={} unready={} (resourceUnready={}) notStarted={} longNotStarted=0 registered={} longUnregistered={}",
        c.ready, c.unready, c.resource_unready, c.not_started, c.registered, c.long_unregistered
    )
}
