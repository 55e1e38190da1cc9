//! Which group grows, by how much, and which pods are told what.

pub mod balance;
pub mod limits;
pub mod similarity;

use super::equivalence::{PodGroup, group as group_pods};
use super::estimator::estimate;
use super::expander::Proposal;
use super::flags::Flags;
use super::group::{Group, Standing};
use super::journal::{Journal, Quota};
use super::pod::Pod;
use super::simulation::Simulation;
use super::template::Template;
use limits::{Room, Totals};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A change of a group's size.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Increase {
    /// The group.
    pub group: Arc<str>,
    /// Its size before.
    pub from: i64,
    /// Its size after.
    pub to: i64,
    /// The most it may have.
    pub max: i64,
}

/// `[{G 3->5 (max: 6)} {H 0->1 (max: 2)}]`
pub fn plan_text(plan: &[Increase]) -> String {
    let parts: Vec<String> =
        plan.iter().map(|p| format!("{{{} {}->{} (max: {})}}", p.group, p.from, p.to, p.max)).collect();
    format!("[{}]", parts.join(" "))
}

/// How a scale-up ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// There is a plan.
    Planned,
    /// No group helps.
    NoOptions,
    /// Nothing pends.
    NotNeeded,
    /// It failed.
    Error(String),
}

/// A pod that no group helps, with the reasons and how many groups gave each.
pub type Helpless = (Arc<Pod>, Vec<(usize, String)>);

/// Why a group does not help: its name, the reason as events count it, and what else there is to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The group.
    pub group: Arc<str>,
    /// The reason.
    pub reason: String,
    /// More of it; may be empty.
    pub detail: String,
}

/// What was decided.
#[derive(Clone, Debug)]
pub struct ScaleUp {
    /// How it ended.
    pub outcome: Outcome,
    /// All the options there were: group, nodes, pods.
    pub options: Vec<(Arc<str>, i64, usize)>,
    /// Who grows.
    pub plan: Vec<Increase>,
    /// The pods for whom it grows.
    pub triggered: Vec<Arc<Pod>>,
    /// Pods that another group would help, and not this one.
    pub awaiting: Vec<Arc<Pod>>,
    /// Pods that no group helps, with the reasons and how many groups gave each.
    pub remaining: Vec<Helpless>,
    /// The same by group: pods that are alike, and what each group says.
    pub refused: Vec<(Vec<Arc<Pod>>, Vec<Refusal>)>,
}

impl ScaleUp {
    fn ended(outcome: Outcome) -> ScaleUp {
        ScaleUp {
            outcome,
            options: Vec::new(),
            plan: Vec::new(),
            triggered: Vec::new(),
            awaiting: Vec::new(),
            remaining: Vec::new(),
            refused: Vec::new(),
        }
    }
}

/// What a scale-up is decided from.
pub struct Situation<'a> {
    /// Flags.
    pub flags: &'a Flags,
    /// The cluster with its upcoming nodes.
    pub simulation: &'a mut Simulation,
    /// The groups, by name.
    pub groups: &'a [Group],
    /// The pods that find no node.
    pub pending: &'a [Arc<Pod>],
    /// Nodes that are ready, and those that are coming.
    pub nodes: i64,
    /// Nodes that are coming.
    pub upcoming: i64,
    /// What nodes of no group have.
    pub ungrouped: Totals,
}

/// Chooses one of the options.
pub type Choose<'a> = &'a mut dyn FnMut(Vec<Proposal>, &mut Journal) -> Option<Proposal>;

/// The groups that may grow, and why the others may not.
struct Candidates<'a> {
    valid: Vec<(&'a Group, Arc<Template>)>,
    skipped: Vec<Refusal>,
}

impl Candidates<'_> {
    fn skip(&mut self, group: &Group, reason: impl Into<String>, detail: &str) {
        let (group, detail) = (group.name.clone(), detail.to_string());
        self.skipped.push(Refusal { group, reason: reason.into(), detail });
    }
}

/// What was tried out: by candidate, the kinds of pods that fit, and the candidates that are like it.
struct Fits<'a> {
    pod_groups: &'a [PodGroup],
    fitting: &'a [BTreeSet<usize>],
    similar: &'a [Vec<usize>],
}

/// How each candidate could grow; those that would take no pod are left out.
fn proposals(
    candidates: &Candidates<'_>,
    fits: &Fits<'_>,
    simulation: &mut Simulation,
    nodes: i64,
    flags: &Flags,
    journal: &mut Journal,
) -> Vec<Proposal> {
    let mut options = Vec::new();
    for (i, (group, template)) in candidates.valid.iter().enumerate() {
        let packed: Vec<&PodGroup> = fits.fitting[i].iter().map(|n| &fits.pod_groups[*n]).collect();
        let capacity: i64 = fits.similar[i]
            .iter()
            .chain([&i])
            .map(|n| candidates.valid[*n].0)
            .map(|g| g.max - g.target)
            .sum();
        let limit = limit(flags, capacity, nodes);
        let estimate = estimate(simulation, &packed, template, limit, flags.release);
        if let Some(limit) = estimate.capped_at {
            let text = format!("Capping binpacking after exceeding threshold of {limit} nodes");
            journal.info(4, "threshold_based_limiter.go:59", text);
        }
        if estimate.nodes == 0 {
            journal.info(4, "orchestrator.go:154", format!("No pod can fit to {}", group.name));
            continue;
        }
        options.push(Proposal {
            group: group.name.clone(),
            nodes: estimate.nodes as i64,
            pods: estimate.pods(),
            template: template.clone(),
        });
    }
    options
}

/// Decides which group grows.
pub fn decide(situation: Situation<'_>, choose: Choose<'_>, journal: &mut Journal) -> ScaleUp {
    let Situation { flags, simulation, groups, pending, nodes, upcoming, ungrouped } = situation;
    if pending.is_empty() {
        return ScaleUp::ended(Outcome::NotNeeded);
    }
    log_pending(pending, journal);
    journal.info(4, "orchestrator.go:112", format!("Upcoming {upcoming} nodes"));
    let pod_groups = group_pods(pending);
    let mut total = ungrouped;
    for group in groups {
        if let Some(template) = &group.template {
            total.add(&Totals::of(&template.capacity(), flags), group.target);
        }
    }
    let room = Room::new(flags, &total);
    let candidates = sort_out(groups, &room, flags, journal);

    // Which kinds of pods each group could take, and what the others lack.
    let mut fitting: Vec<BTreeSet<usize>> = Vec::new();
    let mut reasons: Vec<Vec<Refusal>> = vec![Vec::new(); pod_groups.len()];
    for (group, template) in &candidates.valid {
        fitting.push(try_out(group, template, simulation, &pod_groups, &mut reasons, flags, journal));
    }
    let similar: Vec<Vec<usize>> =
        (0..candidates.valid.len()).map(|i| similar_to(i, &candidates.valid, &fitting, flags)).collect();

    let fits = Fits { pod_groups: &pod_groups, fitting: &fitting, similar: &similar };
    let options = proposals(&candidates, &fits, simulation, nodes, flags, journal);
    let refused = refused(&pod_groups, &fitting, &reasons, &candidates.skipped);
    let mut result = ScaleUp::ended(Outcome::NoOptions);
    result.options = options.iter().map(|o| (o.group.clone(), o.nodes, o.pods.len())).collect();
    result.remaining = refused.iter().flat_map(|(pods, refusals)| counted(pods, refusals)).collect();
    result.refused = refused;
    if options.is_empty() {
        journal.info(1, "orchestrator.go:170", "No expansion options");
        return result;
    }
    let Some(best) = choose(options, journal) else { return result };
    journal.info(1, "orchestrator.go:187", format!("Best option to resize: {}", best.group));
    journal.info(
        1,
        "orchestrator.go:191",
        format!("Estimated {} nodes needed in {}", best.nodes, best.group),
    );
    let wanted = match capped(&best, nodes, &room, flags, journal) {
        Ok(wanted) => wanted,
        Err(problem) => {
            result.outcome = Outcome::Error(problem.to_string());
            return result;
        }
    };
    let index = candidates.valid.iter().position(|(g, _)| g.name == best.group).unwrap_or(0);
    let mut targets = vec![candidates.valid[index].0];
    if flags.balance {
        let alike: Vec<&Group> = similar[index].iter().map(|n| candidates.valid[*n].0).collect();
        log_similar(targets[0], &alike, journal);
        targets.extend(alike);
    }
    result.plan = balance::split(&targets, wanted, journal);
    journal.info(1, "orchestrator.go:295", format!("Final scale-up plan: {}", plan_text(&result.plan)));
    let elsewhere = |n: &usize| !fitting[index].contains(n) && fitting.iter().any(|f| f.contains(n));
    result.awaiting =
        (0..pod_groups.len()).filter(elsewhere).flat_map(|n| pod_groups[n].pods.clone()).collect();
    result.outcome = Outcome::Planned;
    result.triggered = best.pods;
    result
}

fn log_pending(pending: &[Arc<Pod>], journal: &mut Journal) {
    if !journal.keeps(1) {
        return;
    }
    let mut quota = Quota::usual();
    for pod in pending {
        if quota.take() {
            journal.info(1, "klogx.go:87", format!("Pod {} is unschedulable", pod.key()));
        }
    }
    if quota.over() > 0 {
        journal.info(1, "klogx.go:87", format!("{} other pods are also unschedulable", quota.over()));
    }
}

fn sort_out<'a>(groups: &'a [Group], room: &Room, flags: &Flags, journal: &mut Journal) -> Candidates<'a> {
    let mut candidates = Candidates { valid: Vec::new(), skipped: Vec::new() };
    for group in groups {
        let name = &group.name;
        match &group.standing {
            Standing::Unhealthy => {
                let text = format!("Node group {name} is not ready for scaleup - unhealthy");
                journal.warn("orchestrator.go:650", text);
                candidates.skip(group, "not ready for scale-up", "too many of its nodes are unready");
                continue;
            }
            Standing::BackedOff(status) => {
                let detail = if flags.release.logs_in_detail() {
                    format!(" with status: {status}")
                } else {
                    String::new()
                };
                let text = format!("Node group {name} is not ready for scaleup - backoff{detail}");
                journal.warn("orchestrator.go:654", text);
                candidates.skip(group, "in backoff after failed scale-up", status);
                continue;
            }
            Standing::Safe => {}
        }
        if group.target >= group.max {
            let text = format!("Skipping node group {name} - max size reached");
            journal.info(4, "orchestrator.go:444", text);
            candidates.skip(group, "max node group size reached", "");
            continue;
        }
        let Some(template) = &group.template else {
            journal.error("orchestrator.go:450", format!("No node info for: {name}"));
            candidates.skip(group, "not ready for scale-up", "what its nodes are like is not known");
            continue;
        };
        let exceeded = room.exceeded_by(template, flags);
        if !exceeded.is_empty() {
            let text = format!("Skipping node group {name}; maximal limit exceeded for {}", list(&exceeded));
            journal.info(4, "orchestrator.go:468", text);
            candidates.skip(group, format!("max cluster {} limit reached", exceeded.join(", ")), "");
            continue;
        }
        candidates.valid.push((group, template.clone()));
    }
    candidates
}

fn list(names: &[&str]) -> String {
    format!("[{}]", names.join(" "))
}

/// Which kinds of pods the template takes, tried one by one.
fn try_out(
    group: &Group,
    template: &Template,
    simulation: &Simulation,
    pods: &[PodGroup],
    reasons: &mut [Vec<Refusal>],
    flags: &Flags,
    journal: &mut Journal,
) -> BTreeSet<usize> {
    let mut trial = simulation.clone();
    let node = template.add_plain_to(&mut trial);
    let mut fitting = BTreeSet::new();
    for (n, kind) in pods.iter().enumerate() {
        let Err(no) = trial.fits(kind.sample(), &node) else {
            fitting.insert(n);
            continue;
        };
        if journal.keeps(2) {
            let why = no.reasons.join(", ");
            let sample = kind.sample();
            let named =
                if flags.release.logs_in_detail() { sample.key() } else { &*sample.pending.info.name };
            journal.info(
                2,
                "orchestrator.go:616",
                format!(
                    "Pod {named} can't be scheduled on {}, predicate checking error: {why}; predicateName={}; reasons: {why}; debugInfo=",
                    group.name,
                    no.plugin.name()
                ),
            );
            if kind.pods.len() > 1 {
                let text = format!(
                    "{} other pods similar to {} can't be scheduled on {}",
                    kind.pods.len() - 1,
                    sample.name(),
                    group.name
                );
                journal.info(2, "orchestrator.go:618", text);
            }
        }
        let refusal = |reason: String| Refusal { group: group.name.clone(), reason, detail: String::new() };
        reasons[n].extend(no.reasons.iter().map(|r| refusal(r.to_string())));
    }
    fitting
}

/// The groups that are like the one of an index and take whatever it takes.
fn similar_to(
    index: usize,
    valid: &[(&Group, Arc<Template>)],
    fitting: &[BTreeSet<usize>],
    flags: &Flags,
) -> Vec<usize> {
    if !flags.balance || fitting[index].is_empty() {
        return Vec::new();
    }
    let alike = |other: &usize| {
        *other != index
            && fitting[index].is_subset(&fitting[*other])
            && similarity::compare(&valid[index].1, &valid[*other].1, flags).is_ok()
    };
    (0..valid.len()).filter(alike).collect()
}

/// The most nodes an estimate may make; `None` for any number.
fn limit(flags: &Flags, capacity: i64, nodes: i64) -> Option<i64> {
    let mut limits = vec![flags.max_nodes_per_scale_up];
    if flags.release.estimate_knows_group_capacity() {
        limits.push(capacity);
        if flags.max_nodes_total > 0 {
            // Nothing left is a limit too; zero would be none.
            let left = flags.max_nodes_total - nodes;
            limits.push(if left <= 0 { -1 } else { left });
        }
    }
    limits.into_iter().filter(|l| *l != 0).min()
}

/// How many of the option's nodes the cluster's limits allow.
fn capped(
    best: &Proposal,
    nodes: i64,
    room: &Room,
    flags: &Flags,
    journal: &mut Journal,
) -> Result<i64, &'static str> {
    let mut wanted = best.nodes;
    let total = flags.max_nodes_total;
    if total > 0 && wanted + nodes > total {
        journal.info(1, "orchestrator.go:205", format!("Capping size to max cluster total size ({total})"));
        wanted = total - nodes;
        let text = format!("Max total nodes in cluster reached: {total}");
        journal.event(super::journal::Subject::Status, true, "MaxNodesTotalReached", text);
        if wanted < 1 {
            return Err("max node total count already reached");
        }
    }
    let fitting = room.fit(&best.template, flags, wanted);
    if fitting < wanted {
        let text = format!("Only {fitting} nodes can be added to {} due to cluster-wide limits", best.group);
        journal.info(1, "manager.go:130", text);
    }
    Ok(fitting)
}

fn log_similar(group: &Group, alike: &[&Group], journal: &mut Journal) {
    let names: Vec<&str> = alike.iter().map(|g| &*g.name).collect();
    if names.is_empty() {
        journal.info(2, "orchestrator.go:246", "No similar node groups found");
        return;
    }
    let found = format!("Found {} similar node groups: {}", names.len(), list(&names));
    journal.info(2, "orchestrator.go:252", found);
    let all: Vec<&str> = [&*group.name].into_iter().chain(names).collect();
    let text =
        format!("Splitting scale-up between {} similar node groups: {{{}}}", all.len(), all.join(", "));
    journal.info(1, "orchestrator.go:269", text);
}

/// The pods that fit no group, those alike together, with what each group says.
fn refused(
    groups: &[PodGroup],
    fitting: &[BTreeSet<usize>],
    reasons: &[Vec<Refusal>],
    skipped: &[Refusal],
) -> Vec<(Vec<Arc<Pod>>, Vec<Refusal>)> {
    let fits = |n: usize| fitting.iter().any(|f| f.contains(&n));
    let left = groups.iter().enumerate().filter(|(n, _)| !fits(*n));
    left.map(|(n, group)| (group.pods.clone(), [&reasons[n], skipped].concat())).collect()
}

/// The reasons of the groups, counted, for each pod.
fn counted(pods: &[Arc<Pod>], refusals: &[Refusal]) -> Vec<Helpless> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for refusal in refusals {
        *counts.entry(&refusal.reason).or_default() += 1;
    }
    let counts: Vec<(usize, String)> = counts.into_iter().map(|(r, c)| (c, r.to_string())).collect();
    pods.iter().map(|pod| (pod.clone(), counts.clone())).collect()
}
