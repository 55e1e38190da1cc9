//! The part of a turn that makes groups shrink.

use super::{Picture, Turn};
use crate::actors::programs::cluster_autoscaler::actuator::{Deletion, STEP, Stage, mark, mark_candidates};
use crate::actors::programs::cluster_autoscaler::clock::process_time;
use crate::actors::programs::cluster_autoscaler::cloud::group_options;
use crate::actors::programs::cluster_autoscaler::controllers::Owners;
use crate::actors::programs::cluster_autoscaler::journal::Subject;
use crate::actors::programs::cluster_autoscaler::registry::Registry;
use crate::actors::programs::cluster_autoscaler::scale_down::budgets::Budgets;
use crate::actors::programs::cluster_autoscaler::scale_down::node::Settings;
use crate::actors::programs::cluster_autoscaler::scale_down::planner::{
    Departures, Findings, Reason, Size, View, crop, due, look,
};
use crate::actors::programs::cluster_autoscaler::scale_down::removal::Removable;
use crate::machinery::duration::go_duration;
use crate::machinery::go_text::float_g;
use crate::machinery::{Duration, Object, Time};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Turn<'_, '_> {
    /// Finds unneeded nodes, and lets go those whose time has come.
    pub(super) fn shrink(&mut self, picture: &Picture, forbidden: bool) {
        let now = self.now();
        self.journal.info(4, "static_autoscaler.go:587", "Calculating unneeded nodes");
        let candidates = self.candidates(picture);
        let api = self.process.api;
        let owners = Owners(api);
        let flags = self.flags;
        let options = self.state.cloud.groups.iter();
        let options: BTreeMap<String, Settings> =
            options.map(|(name, asg)| (name.clone(), group_options(Some(asg), flags))).collect();
        let settings =
            |group: &str| options.get(group).copied().unwrap_or_else(|| group_options(None, flags));
        let going: BTreeSet<Arc<str>> =
            self.state.deletions.iter().map(|d| Arc::from(d.node.as_str())).collect();
        let view = View {
            flags,
            nodes: &picture.nodes,
            settings: &settings,
            controllers: &owners,
            budgets: Budgets::parse(&api.list("poddisruptionbudgets.policy", "")),
            going: &going,
            started: self.state.started,
            now,
        };
        self.world.simulation.adopt(flags.release.scheduler(), self.state.next_node);
        let mut trial = Cow::Borrowed(&self.world.simulation);
        let findings = look(&mut self.state.planner, &candidates, &view, &mut trial, self.journal);
        self.state.next_node = trial.next;
        self.state.planner.hints.retain(|pod, _| self.world.simulation.has_pod(pod));
        self.note_staying(&findings.unremovable);
        self.state.looked = now;
        let used = findings.utilization.iter();
        self.state.used = used.map(|(n, u)| (n.to_string(), (u.max, u.resource.to_string()))).collect();

        let cooldown = self.is_cooling(forbidden, candidates.is_empty());
        self.log_cooldown(forbidden, cooldown);
        self.state.gauges.insert("scale_down_in_cooldown".into(), f64::from(u8::from(cooldown)));
        if cooldown {
            return;
        }
        self.journal.info(4, "static_autoscaler.go:651", "Starting scale down");
        let mut sizes = self.sizes();
        let mut spare = self.spare(picture);
        let departures = due(&self.state.planner, &findings, &view, &mut sizes, &mut spare, self.journal);
        self.note_staying(&departures.staying);
        let departures = self.as_many_as_may(departures);
        if !self.start(departures, &findings, picture) {
            self.mark_soft(picture);
        }
    }

    /// The nodes that may be looked at, in the order in which they are.
    fn candidates(&mut self, picture: &Picture) -> Vec<Arc<str>> {
        let now = self.now();
        let mut candidates: Vec<Arc<str>> = Vec::new();
        for node in picture.nodes.values() {
            let asg = node.group.as_ref().and_then(|g| self.state.cloud.groups.get(&**g));
            let Some(asg) = asg else {
                if self.journal.keeps(4) {
                    let text = format!(
                        "Node {} should not be processed by cluster autoscaler (no node group config)",
                        node.name
                    );
                    self.journal.info(4, "pre_filtering_processor.go:57", text);
                }
                continue;
            };
            if asg.size <= asg.min {
                if self.journal.keeps(1) {
                    let text = format!(
                        "Skipping {} - node group min size reached (current: {}, min: {})",
                        node.name, asg.size, asg.min
                    );
                    self.journal.info(1, "pre_filtering_processor.go:67", text);
                }
                continue;
            }
            let leaving = self.state.deletions.iter().any(|d| d.node == *node.name);
            if Registry::is_starting(node, now) || leaving || self.group_is_cooling(&asg.name) {
                continue;
            }
            candidates.push(node.name.clone());
        }
        let is_empty = |name: &str| self.world.simulation.load_of(name).is_bare();
        let known = &self.state.planner.since;
        candidates.sort_by_cached_key(|name| {
            if is_empty(name) { 0 } else { 2 - i32::from(known.contains_key(name)) }
        });
        if !self.flags.parallel_drain {
            self.limit_to_pool(&mut candidates, picture.nodes.len(), &is_empty);
        }
        candidates
    }

    /// The older planner looks at a part of the nodes with pods only.
    fn limit_to_pool(&self, candidates: &mut Vec<Arc<str>>, nodes: usize, is_empty: &dyn Fn(&str) -> bool) {
        let pool = ((nodes as f64 * self.flags.pool_ratio).ceil() as i64).max(self.flags.pool_min);
        let mut left = pool.min(self.flags.non_empty_candidates.max(0) + pool);
        candidates.retain(|name| {
            if is_empty(name) {
                return true;
            }
            left -= 1;
            left >= 0
        });
    }

    /// Whether the delays after earlier changes, which may be those of the group alone, still run for a group.
    fn group_is_cooling(&self, group: &str) -> bool {
        if !self.flags.delays_are_local {
            return false;
        }
        let now = self.now();
        let times = self.state.group_times.get(group).copied().unwrap_or_default();
        let recent = |at: Time, delay: Duration| at.0 > 0 && at + delay > now;
        recent(times.added, self.flags.delay_after_add)
            || recent(times.failed, self.flags.delay_after_failure)
            || recent(times.deleted, self.delay_after_delete())
    }

    fn delay_after_delete(&self) -> Duration {
        let delay = self.flags.delay_after_delete;
        if delay.is_zero() { self.flags.scan_interval } else { delay }
    }

    fn is_cooling(&self, forbidden: bool, nobody: bool) -> bool {
        let now = self.now();
        let state = &self.state;
        if forbidden || nobody {
            return true;
        }
        !self.flags.delays_are_local
            && (state.last_scale_up + self.flags.delay_after_add > now
                || state.last_fail + self.flags.delay_after_failure > now
                || state.last_delete + self.delay_after_delete() > now)
    }

    fn log_cooldown(&mut self, forbidden: bool, cooldown: bool) {
        if !self.journal.keeps(4) {
            return;
        }
        let started = self.state.started;
        let at = |t: Time| process_time(t, started);
        let text = format!(
            "Scale down status: lastScaleUpTime={} lastScaleDownDeleteTime={} lastScaleDownFailTime={} scaleDownForbidden={forbidden} scaleDownInCooldown={cooldown}",
            at(self.state.last_scale_up),
            at(self.state.last_delete),
            at(self.state.last_fail)
        );
        self.journal.info(4, "static_autoscaler.go:630", text);
    }

    fn sizes(&self) -> BTreeMap<Arc<str>, Size> {
        let going = |name: &str| self.state.deletions.iter().filter(|d| d.group == name).count() as i64;
        let sizes = self.state.cloud.groups.values();
        sizes
            .map(|g| (Arc::from(g.name.as_str()), Size { min: g.min, target: g.size, going: going(&g.name) }))
            .collect()
    }

    /// Cores and memory that the cluster has above its minimum.
    fn spare(&self, picture: &Picture) -> (i64, i64) {
        let (mut cores, mut memory) = (0, 0);
        for node in picture.nodes.values().filter(|n| !n.is_being_removed(self.process.now())) {
            let (c, m) = node.machine();
            cores += c;
            memory += m;
        }
        (cores - self.flags.cores.min, memory - self.flags.memory.min)
    }

    fn as_many_as_may(&mut self, mut departures: Departures) -> Departures {
        let draining = self.state.deletions.iter().filter(|d| d.drains).count() as i64;
        let emptying = self.state.deletions.len() as i64 - draining;
        if self.flags.parallel_drain {
            return crop(departures, (emptying, draining), self.flags);
        }
        // The older actuator: empty nodes in bulk, else one with pods, and nothing new during a drain.
        if draining > 0 {
            return Departures::default();
        }
        departures.empty.truncate(self.flags.empty_bulk_delete.max(0) as usize);
        departures.drain.truncate(usize::from(departures.empty.is_empty()));
        if departures.empty.is_empty() && departures.drain.is_empty() {
            self.journal.info(1, "legacy.go:580", "No node to remove");
        }
        departures
    }

    /// Begins to remove nodes; whether there were any.
    fn start(&mut self, departures: Departures, findings: &Findings, picture: &Picture) -> bool {
        let now = self.now();
        let api = self.process.api;
        let mut begun = false;
        if self.flags.release.considers_standard_scale_down() && self.journal.keeps(2) {
            for (name, _) in departures.empty.iter().chain(&departures.drain) {
                let text = format!("Considering node {name} for standard scale down");
                self.journal.info(2, "klogx.go:87", text);
            }
        }
        for (list, drains) in [(departures.empty, false), (departures.drain, true)] {
            let mut marked = Vec::new();
            for (name, removable) in list {
                match mark(api, self.access, &name, self.flags, now, self.journal) {
                    Ok(()) => marked.push((name, removable)),
                    Err(why) => {
                        self.state.last_fail = now;
                        self.tell_unmarked(&name, &why);
                    }
                }
            }
            let mut groups: BTreeSet<Arc<str>> = BTreeSet::new();
            for (name, removable) in marked {
                self.announce(&name, &removable, drains, findings);
                let node = picture.nodes.get(&name);
                let group = node.and_then(|n| n.group.clone()).unwrap_or_default();
                let ready = node.is_none_or(|n| n.ready);
                let why = match (ready, drains) {
                    (false, _) => "unready",
                    (_, true) => "underutilized",
                    _ => "empty",
                };
                groups.insert(group.clone());
                self.state.deletions.push(Deletion {
                    node: name.to_string(),
                    group: group.to_string(),
                    drains,
                    why: why.to_string(),
                    stage: Stage::Marked,
                    next: now + self.flags.delete_delay_after_taint + STEP,
                });
                begun = true;
            }
            for _ in groups {
                let delay = go_duration(self.flags.delete_delay_after_taint);
                let text = format!("Scale-down: waiting {delay} before trying to delete nodes");
                self.journal.info(0, "actuator.go:242", text);
            }
        }
        if begun {
            self.state.last_delete = now;
        }
        begun
    }

    fn tell_unmarked(&mut self, name: &str, why: &str) {
        if let Some(node) = self.process.api.find("nodes", "", name) {
            let text = format!("failed to mark the node as toBeDeleted/unschedulable: {why}");
            self.journal.event(Subject::Object(node), true, "ScaleDownFailed", text);
        }
        let text = format!("Scale-down: couldn't taint node {name}: {why}");
        self.journal.error("actuator.go:160", text);
    }

    fn announce(&mut self, name: &str, removable: &Removable, drains: bool, findings: &Findings) {
        if !drains {
            let text = format!("Scale-down: removing empty node \"{name}\"");
            self.journal.info(0, "actuator.go:147", text.clone());
            self.journal.note("ScaleDownEmpty", text);
            return;
        }
        let used = findings.utilization.get(name).copied().unwrap_or_default();
        let pods: Vec<&str> = removable.to_move.iter().map(|p| p.name()).collect();
        let text = format!(
            "Scale-down: removing node {name}, utilization: {{{} {} {} {} {}}}, pods to reschedule: {}",
            float_g(used.cpu),
            float_g(used.memory),
            float_g(used.gpu),
            used.resource,
            float_g(used.max),
            pods.join(",")
        );
        self.journal.info(0, "actuator.go:215", text.clone());
        self.journal.note("ScaleDown", text);
    }

    fn mark_soft(&mut self, picture: &Picture) {
        if self.flags.soft_taints <= 0 {
            return;
        }
        let managed: Vec<&Object> =
            picture.nodes.values().filter(|n| n.group.is_some()).map(|n| &n.object).collect();
        let since = &self.state.planner.since;
        let unneeded = |name: &str| since.contains_key(name);
        let now = self.process.now();
        mark_candidates(self.process.api, self.access, &managed, &unneeded, self.flags, now, self.journal);
    }

    /// Remembers why nodes stay.
    fn note_staying(&mut self, reasons: &BTreeMap<Arc<str>, Reason>) {
        for (node, reason) in reasons {
            let text = match reason {
                Reason::BlockedByPod(pod, why) => format!("{} {pod} {}", reason.name(), why.name()),
                Reason::RecentlyUnremovable => continue,
                other => other.name().to_string(),
            };
            self.state.staying.insert(node.to_string(), text);
        }
        let since = &self.state.planner.since;
        self.state.staying.retain(|node, _| {
            let found = reasons.contains_key(node.as_str());
            found || !since.contains_key(node.as_str())
        });
    }
}
