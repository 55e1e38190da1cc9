//! Which nodes are not needed, for how long, and which of them go now.

use super::budgets::Budgets;
use super::drain_rules::{Blocker, Controllers};
use super::node::{Node, Settings};
use super::removal::{Hints, Pass, Removable, Unremovable};
use super::utilization::{GPU, Utilization, utilization};
use crate::actors::programs::cluster_autoscaler::clock::process_time;
use crate::actors::programs::cluster_autoscaler::flags::Flags;
use crate::actors::programs::cluster_autoscaler::journal::{Journal, Quota};
use crate::actors::programs::cluster_autoscaler::simulation::Simulation;
use crate::machinery::duration::go_duration;
use crate::machinery::{Time, go_text};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Why a node stays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It was found to stay a short time ago.
    RecentlyUnremovable,
    /// It is going already.
    CurrentlyBeingDeleted,
    /// An annotation says so.
    ScaleDownDisabledAnnotation,
    /// It has no group.
    NotAutoscaled,
    /// It is unready, and such nodes are left alone.
    ScaleDownUnreadyDisabled,
    /// Too much of it is used.
    NotUnderutilized,
    /// A pod holds it: its name, why.
    BlockedByPod(Arc<str>, Blocker),
    /// Its pods have nowhere to go.
    NoPlaceToMovePods,
    /// It has been ready and unneeded for too short.
    NotUnneededLongEnough,
    /// It has been unready for too short.
    NotUnreadyLongEnough,
    /// Its group has no node to spare.
    NodeGroupMinSizeReached,
    /// The cluster would have too few cores or too little memory.
    MinimalResourceLimitExceeded,
    /// Something went wrong.
    UnexpectedError,
}

impl Reason {
    /// The name of the reason.
    pub fn name(&self) -> &'static str {
        match self {
            Reason::RecentlyUnremovable => "RecentlyUnremovable",
            Reason::CurrentlyBeingDeleted => "CurrentlyBeingDeleted",
            Reason::ScaleDownDisabledAnnotation => "ScaleDownDisabledAnnotation",
            Reason::NotAutoscaled => "NotAutoscaled",
            Reason::ScaleDownUnreadyDisabled => "ScaleDownUnreadyDisabled",
            Reason::NotUnderutilized => "NotUnderutilized",
            Reason::BlockedByPod(..) => "BlockedByPod",
            Reason::NoPlaceToMovePods => "NoPlaceToMovePods",
            Reason::NotUnneededLongEnough => "NotUnneededLongEnough",
            Reason::NotUnreadyLongEnough => "NotUnreadyLongEnough",
            Reason::NodeGroupMinSizeReached => "NodeGroupMinSizeReached",
            Reason::MinimalResourceLimitExceeded => "MinimalResourceLimitExceeded",
            Reason::UnexpectedError => "UnexpectedError",
        }
    }
}

/// What a planner keeps from loop to loop.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    /// Since when nodes are unneeded.
    pub since: BTreeMap<Arc<str>, Time>,
    /// Until when nodes are not looked at again.
    pub recheck: BTreeMap<Arc<str>, Time>,
    /// Where pods would go.
    pub hints: Hints,
    /// When the planner last looked.
    pub looked: Option<Time>,
    /// The shortest time from one look to the next, in nanoseconds.
    pub shortest: Option<i64>,
}

impl Memory {
    /// A look begins: the nodes that are looked at again are those of which the time has come.
    fn note_look(&mut self, view: &View<'_>) {
        if let Some(looked) = self.looked {
            let interval = view.now.0 - looked.0;
            self.shortest = Some(self.shortest.map_or(interval, |s| s.min(interval)));
        }
        self.looked = Some(view.now);
        self.recheck.retain(|node, until| *until >= view.now && view.nodes.contains_key(node));
    }
}

/// What a planner looks at.
pub struct View<'a> {
    /// Flags.
    pub flags: &'a Flags,
    /// All nodes.
    pub nodes: &'a BTreeMap<Arc<str>, Node>,
    /// Settings by group.
    pub settings: &'a dyn Fn(&str) -> Settings,
    /// The objects that make pods.
    pub controllers: &'a dyn Controllers,
    /// The disruption budgets.
    pub budgets: Budgets,
    /// Nodes that are going.
    pub going: &'a BTreeSet<Arc<str>>,
    /// When the process began.
    pub started: Time,
    /// The instant.
    pub now: Time,
}

/// What a look found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The nodes that could go, in the order in which they were tried.
    pub removable: Vec<(Arc<str>, Removable)>,
    /// Why the others stay.
    pub unremovable: BTreeMap<Arc<str>, Reason>,
    /// How much of the nodes is used, as far as that was asked.
    pub utilization: BTreeMap<Arc<str>, Utilization>,
}

/// Looks at the candidates in their order. Pods are moved in the simulation, which is copied for it if it is borrowed:
/// while every node is in use nothing moves.
pub fn look(
    memory: &mut Memory,
    candidates: &[Arc<str>],
    view: &View<'_>,
    simulation: &mut Cow<'_, Simulation>,
    journal: &mut Journal,
) -> Findings {
    let (flags, now) = (view.flags, view.now);
    memory.note_look(view);
    let mut findings = Findings::default();
    let eligible = sort_out(memory, candidates, view, simulation, &mut findings, journal);

    if eligible.is_empty() {
        memory.since.clear();
        return findings;
    }
    let limit = unneeded_limit(memory, flags);
    let mut budgets = view.budgets.clone();
    let mut chosen: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut failed = 0;
    let mut pass = Pass {
        flags,
        controllers: view.controllers,
        simulation: simulation.to_mut(),
        budgets: &mut budgets,
        hints: &mut memory.hints,
        quota: Quota::usual(),
        now,
    };
    for (i, name) in eligible.iter().enumerate() {
        if findings.removable.len() as i64 >= limit {
            log_skipped(eligible.len() - i, eligible.len(), findings.removable.len(), journal);
            break;
        }
        journal.info(2, "cluster.go:156", format!("Simulating node {name} removal"));
        let takes = |other: &str| {
            view.nodes.contains_key(other) && !view.going.contains(other) && !chosen.contains(other)
        };
        match pass.remove(name, &takes, journal) {
            Ok(removable) => {
                let word = node_word(flags);
                journal.info(2, "cluster.go:174", format!("{word} {name} may be removed"));
                chosen.insert(name.clone());
                findings.removable.push((name.clone(), removable));
            }
            Err(why) => {
                failed += 1;
                memory.recheck.insert(name.clone(), now + flags.recheck_timeout);
                findings.unremovable.insert(name.clone(), told_unremovable(name, why, flags, journal));
            }
        }
    }
    note_unneeded(memory, &findings, view, journal);
    if failed > 0 {
        let at = process_time(now + flags.recheck_timeout, view.started);
        let text =
            format!("{failed} nodes found to be unremovable in simulation, will re-check them at {at}");
        journal.info(1, "planner.go:304", text);
    }
    findings
}

fn log_skipped(skipped: usize, of: usize, unneeded: usize, journal: &mut Journal) {
    let text = format!(
        "{skipped} out of {of} nodes skipped in scale down simulation: there are already {unneeded} unneeded nodes so no point in looking for more. Total atomic scale down nodes: 0"
    );
    journal.info(4, "planner.go:289", text);
}

fn node_word(flags: &Flags) -> &'static str {
    if flags.release.capitalizes_nodes() { "Node" } else { "node" }
}

/// Says why a node cannot go.
fn told_unremovable(name: &str, why: Unremovable, flags: &Flags, journal: &mut Journal) -> Reason {
    let word = node_word(flags);
    match why {
        Unremovable::Blocked(pod, blocker) => {
            let text = format!("{word} {name} cannot be removed: {}", blocker.text(&pod, flags));
            journal.info(2, "cluster.go:160", text);
            Reason::BlockedByPod(Arc::from(pod.name()), blocker)
        }
        Unremovable::NoPlace(placed, all) => {
            let text = format!(
                "{word} {name} is not suitable for removal: can reschedule only {placed} out of {all} pods"
            );
            journal.info(2, "cluster.go:171", text);
            Reason::NoPlaceToMovePods
        }
    }
}

/// How many unneeded nodes are worth knowing.
fn unneeded_limit(memory: &Memory, flags: &Flags) -> i64 {
    let parallel = flags.scale_down_parallelism;
    let unneeded_time = flags.unneeded_time.as_nanos() as i64;
    let interval = memory.shortest.map_or(unneeded_time, |s| s.min(unneeded_time)).max(1);
    let loops = unneeded_time / interval;
    let known = memory.since.len() as i64;
    (known + 2 * parallel).min(parallel.saturating_mul(loops.max(1)).saturating_add(parallel))
}

fn note_unneeded(memory: &mut Memory, findings: &Findings, view: &View<'_>, journal: &mut Journal) {
    let now = view.now;
    let mut since = BTreeMap::new();
    for (name, _) in &findings.removable {
        let start = memory.since.get(name).copied().unwrap_or(now);
        if journal.keeps(4) {
            let (from, duration) = (process_time(start, view.started), go_duration(now.since(start)));
            journal.info(4, "nodes.go:84", format!("{name} is unneeded since {from} duration {duration}"));
        }
        since.insert(name.clone(), start);
    }
    memory.since = since;
}

/// The tests that need no simulation.
fn sort_out(
    memory: &Memory,
    candidates: &[Arc<str>],
    view: &View<'_>,
    simulation: &Simulation,
    findings: &mut Findings,
    journal: &mut Journal,
) -> Vec<Arc<str>> {
    let mut eligible = Vec::new();
    let mut recent = 0;
    let mut quota = Quota::usual();
    for name in candidates {
        let Some(node) = view.nodes.get(name) else { continue };
        if memory.recheck.contains_key(name) {
            recent += 1;
            findings.unremovable.insert(name.clone(), Reason::RecentlyUnremovable);
            continue;
        }
        match ineligibility(node, view, simulation, findings, &mut quota, journal) {
            Some(reason) => drop(findings.unremovable.insert(name.clone(), reason)),
            None => eligible.push(name.clone()),
        }
    }
    if quota.over() > 0 {
        let text = format!("Skipped logging utilization for {} other nodes", quota.over());
        journal.info(4, "klogx.go:87", text);
    }
    if recent > 0 {
        let timeout = go_duration(view.flags.recheck_timeout);
        let text =
            format!("Scale-down calculation: ignoring {recent} nodes unremovable in the last {timeout}");
        journal.info(1, "eligibility.go:104", text);
    }
    eligible
}

fn ineligibility(
    node: &Node,
    view: &View<'_>,
    simulation: &Simulation,
    findings: &mut Findings,
    quota: &mut Quota,
    journal: &mut Journal,
) -> Option<Reason> {
    let (flags, name) = (view.flags, &node.name);
    if node.is_being_removed(view.now) {
        let text = format!("Skipping {name} from delete consideration - the node is currently being deleted");
        journal.info(1, "eligibility.go:124", text);
        return Some(Reason::CurrentlyBeingDeleted);
    }
    if node.is_kept() {
        let text = format!("Skipping {name} from delete consideration - the node is marked as no scale down");
        journal.info(1, "eligibility.go:130", text);
        return Some(Reason::ScaleDownDisabledAnnotation);
    }
    let Some(group) = &node.group else {
        return Some(Reason::NotAutoscaled);
    };
    if !node.ready && !flags.scale_down_unready {
        return Some(Reason::ScaleDownUnreadyDisabled);
    }
    let settings = (view.settings)(group);
    let load = simulation.load_of(name);
    let used = match utilization(&node.allocatable, load, settings.ignore_daemons, flags, view.now) {
        Ok(used) => used,
        Err(why) => {
            journal.warn("eligibility.go:145", format!("Failed to calculate utilization for {name}: {why}"));
            return Some(Reason::UnexpectedError);
        }
    };
    findings.utilization.insert(name.clone(), used);
    let threshold = if used.resource == GPU { settings.gpu_threshold } else { settings.threshold };
    if used.max >= threshold {
        if journal.keeps(4) {
            journal.info(4, "eligibility.go:162", too_much_used(name, &used, flags));
        }
        return Some(Reason::NotUnderutilized);
    }
    if journal.keeps(4) && quota.take() {
        let text = match flags.release.logs_in_detail() {
            true => {
                format!("Node {name} - {} requested is {}% of allocatable", used.resource, percent(&used))
            }
            false => format!("Node {name} - {} utilization {:.6}", used.resource, used.max),
        };
        journal.info(4, "klogx.go:87", text);
    }
    None
}

fn too_much_used(name: &str, used: &Utilization, flags: &Flags) -> String {
    let resource = used.resource;
    match flags.release.logs_in_detail() {
        true => format!(
            "Node {name} unremovable: {resource} requested ({}% of allocatable) is above the scale-down utilization threshold",
            percent(used)
        ),
        false => format!(
            "Node {name} is not suitable for removal - {resource} utilization too big ({:.6})",
            used.max
        ),
    }
}

fn percent(used: &Utilization) -> String {
    go_text::float_g_digits(used.max * 100.0, 6)
}

/// Size of a group, for who may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Fewest nodes.
    pub min: i64,
    /// The size that is asked for.
    pub target: i64,
    /// Nodes on their way out.
    pub going: i64,
}

/// The nodes that go now.
#[derive(Clone, Debug, Default)]
pub struct Departures {
    /// Nothing has to move.
    pub empty: Vec<(Arc<str>, Removable)>,
    /// Pods have to move.
    pub drain: Vec<(Arc<str>, Removable)>,
    /// Why others do not go yet.
    pub staying: BTreeMap<Arc<str>, Reason>,
}

/// Which of the unneeded nodes have been so for long enough, as far as their groups and the cluster can spare them. Of
/// equals the one unneeded for longest goes first.
pub fn due(
    memory: &Memory,
    findings: &Findings,
    view: &View<'_>,
    sizes: &mut BTreeMap<Arc<str>, Size>,
    spare: &mut (i64, i64),
    journal: &mut Journal,
) -> Departures {
    let mut order: Vec<&(Arc<str>, Removable)> = findings.removable.iter().collect();
    order.sort_by_key(|(name, r)| (!r.to_move.is_empty(), memory.since.get(name), name.clone()));
    let mut departures = Departures::default();
    for (name, removable) in order {
        let Some(node) = view.nodes.get(name) else { continue };
        let since = memory.since.get(name).copied().unwrap_or(view.now);
        if journal.keeps(2) {
            let text = format!("{name} was unneeded for {}", go_duration(view.now.since(since)));
            let site = if removable.to_move.is_empty() { "nodes.go:126" } else { "nodes.go:134" };
            journal.info(2, site, text);
        }
        if let Some(reason) = not_yet(node, since, view, sizes, spare, journal) {
            departures.staying.insert(name.clone(), reason);
            continue;
        }
        let list = if removable.to_move.is_empty() { &mut departures.empty } else { &mut departures.drain };
        list.push((name.clone(), removable.clone()));
    }
    departures.drain.sort_by_key(|(_, r)| r.risky);
    departures
}

fn not_yet(
    node: &Node,
    since: Time,
    view: &View<'_>,
    sizes: &mut BTreeMap<Arc<str>, Size>,
    spare: &mut (i64, i64),
    journal: &mut Journal,
) -> Option<Reason> {
    if node.is_kept() {
        return Some(Reason::ScaleDownDisabledAnnotation);
    }
    let Some(group) = &node.group else { return Some(Reason::NotAutoscaled) };
    let settings = (view.settings)(group);
    if node.ready && since + settings.unneeded_time >= view.now {
        return Some(Reason::NotUnneededLongEnough);
    }
    if !node.ready && since + settings.unready_time >= view.now {
        return Some(Reason::NotUnreadyLongEnough);
    }
    let Some(size) = sizes.get_mut(group) else { return Some(Reason::NotAutoscaled) };
    if size.target - size.going <= size.min {
        let text = format!("Skipping {} - node group min size reached", node.name);
        journal.info(1, "nodes.go:236", text);
        return Some(Reason::NodeGroupMinSizeReached);
    }
    let (cores, memory) = node.machine();
    if cores > spare.0 || memory > spare.1 {
        let text = format!("Skipping {} - minimal limit exceeded for [cpu memory]", node.name);
        journal.info(4, "nodes.go:250", text);
        return Some(Reason::MinimalResourceLimitExceeded);
    }
    *spare = (spare.0 - cores, spare.1 - memory);
    size.target -= 1;
    None
}

/// As many of the departures as may go side by side, given how many are going with nothing to move and with pods to
/// move. Empty ones first.
pub fn crop(mut departures: Departures, going: (i64, i64), flags: &Flags) -> Departures {
    let left = (flags.scale_down_parallelism - going.0 - going.1).max(0);
    departures.empty.truncate(left as usize);
    let left = left - departures.empty.len() as i64;
    let drains = left.min(flags.drain_parallelism - going.1).max(0);
    departures.drain.truncate(drains as usize);
    departures
}
