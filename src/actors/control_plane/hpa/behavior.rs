//! From the size the metrics ask for to the size that is set: recommendations are stabilized over a window, then held to
//! what the rate limits and the bounds allow.

use super::conditions::Condition;
use super::decision::{PolicyLimit, RecommendationUse, Rule, WindowEntry};
use super::memory::{Memory, Recommendation, ScaleEvent};
use super::spec::{Behavior, Policy, ScalingRules, SelectPolicy};
use crate::machinery::{Duration, Time};

/// Without `spec.behavior` a pass may grow the target to this multiple of its size,
const SCALE_UP_LIMIT_FACTOR: f64 = 2.0;
/// or to this many replicas.
const SCALE_UP_LIMIT_MINIMUM: f64 = 4.0;

/// A size within all limits, with what the conditions say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalized {
    /// The size.
    pub replicas: i32,
    /// AbleToScale.
    pub able_to_scale: Condition,
    /// ScalingLimited.
    pub scaling_limited: Condition,
}

#[derive(Clone, Copy)]
enum Direction {
    Up,
    Down,
}

impl Direction {
    /// Its field in `spec.behavior`.
    fn field(self) -> &'static str {
        match self {
            Direction::Up => "scaleUp",
            Direction::Down => "scaleDown",
        }
    }

    fn rules(self, behavior: &Behavior) -> Option<&ScalingRules> {
        match self {
            Direction::Up => behavior.scale_up.as_ref(),
            Direction::Down => behavior.scale_down.as_ref(),
        }
    }

    /// The size a policy allows when its period began with `start` replicas.
    fn limit(self, policy: &Policy, start: i64) -> i32 {
        let part = f64::from(policy.value) / 100.0;
        match (policy.kind.as_str(), self) {
            ("Percent", Direction::Up) => (start as f64 * (1.0 + part)).ceil() as i32,
            ("Percent", Direction::Down) => (start as f64 * (1.0 - part)) as i32,
            (_, Direction::Up) => saturate(start + i64::from(policy.value)),
            (_, Direction::Down) => saturate(start - i64::from(policy.value)),
        }
    }
}

/// What proposals of one pass are held to.
#[derive(Clone, Copy, Debug)]
pub struct Normalizer<'a> {
    /// The instant of the pass.
    pub now: Time,
    /// `spec.minReplicas`.
    pub min: i32,
    /// `spec.maxReplicas`.
    pub max: i32,
    /// `spec.behavior`.
    pub behavior: Option<&'a Behavior>,
    /// The controller's flag.
    pub downscale_stabilization: Duration,
}

impl Normalizer<'_> {
    /// Normalizes a proposal and remembers it as a recommendation. `rules` gets what was applied.
    pub fn normalize(
        &self,
        memory: &mut Memory,
        current: i32,
        proposal: i32,
        rules: &mut Vec<Rule>,
    ) -> Normalized {
        let recommendations = &mut memory.recommendations;
        let (stabilized, able_to_scale) = match self.behavior {
            None => self.stabilize(recommendations, proposal, rules),
            Some(behavior) => self.stabilize_by_behavior(behavior, recommendations, current, proposal, rules),
        };
        let (low, high) = match self.behavior {
            None => (Some(self.min_bound()), Some(self.scale_up_limit(current, rules))),
            Some(b) if stabilized > current => {
                (None, Some(self.upper(self.rate_limit(Direction::Up, b, memory, current, rules))))
            }
            Some(b) if stabilized < current => {
                (Some(self.lower(self.rate_limit(Direction::Down, b, memory, current, rules))), None)
            }
            Some(_) => (None, None),
        };
        let (replicas, reason) = match (low, high) {
            (Some((low, reason)), _) if stabilized < low => (low, reason),
            (_, Some((high, reason))) if stabilized > high => (high, reason),
            _ => (stabilized, "DesiredWithinRange"),
        };
        rules.push(Rule::Clamp {
            low: low.map(|l| l.0),
            high: high.map(|h| h.0),
            before: stabilized,
            after: replicas,
            reason: reason.into(),
        });
        Normalized { replicas, able_to_scale, scaling_limited: limited(reason, replicas != stabilized) }
    }

    /// Stabilization without `spec.behavior`: the largest recommendation of the window, whichever the direction.
    fn stabilize(
        &self,
        recommendations: &mut Vec<Recommendation>,
        proposal: i32,
        rules: &mut Vec<Rule>,
    ) -> (i32, Condition) {
        let cutoff = self.now - self.downscale_stabilization;
        let counts = |r: &Recommendation| r.time >= cutoff;
        let stabilized =
            recommendations.iter().filter(|r| counts(r)).map(|r| r.replicas).fold(proposal, i32::max);
        rules.push(Rule::Stabilization {
            up_seconds: None,
            down_seconds: self.downscale_stabilization.as_secs(),
            recommendations: self.entries(recommendations, |r| {
                if counts(r) { RecommendationUse::Both } else { RecommendationUse::Expired }
            }),
            lowest: None,
            highest: stabilized,
            before: proposal,
            after: stabilized,
        });
        self.remember(recommendations, proposal, |r| r.time < cutoff);
        (stabilized, able_to_scale(proposal, stabilized, "ScaleDownStabilized"))
    }

    /// Stabilization with `spec.behavior`: growing waits for the smallest recommendation of its window, shrinking for
    /// the largest of its own.
    fn stabilize_by_behavior(
        &self,
        behavior: &Behavior,
        recommendations: &mut Vec<Recommendation>,
        current: i32,
        proposal: i32,
        rules: &mut Vec<Rule>,
    ) -> (i32, Condition) {
        let window =
            |rules: &Option<ScalingRules>| rules.as_ref().and_then(|r| r.stabilization_window_seconds);
        let up_seconds = window(&behavior.scale_up).unwrap_or(0);
        let down_seconds =
            window(&behavior.scale_down).unwrap_or_else(|| self.downscale_stabilization.as_secs());
        let up_cutoff = self.now - Duration::from_secs(up_seconds);
        let down_cutoff = self.now - Duration::from_secs(down_seconds);

        let sizes_since =
            |cutoff: Time| recommendations.iter().filter(move |r| r.time > cutoff).map(|r| r.replicas);
        let lowest = sizes_since(up_cutoff).fold(proposal, i32::min);
        let highest = sizes_since(down_cutoff).fold(proposal, i32::max);
        let stabilized = current.max(lowest).min(highest);

        rules.push(Rule::Stabilization {
            up_seconds: Some(up_seconds),
            down_seconds,
            recommendations: self.entries(recommendations, |r| {
                match (r.time > up_cutoff, r.time > down_cutoff) {
                    (true, true) => RecommendationUse::Both,
                    (true, false) => RecommendationUse::Up,
                    (false, true) => RecommendationUse::Down,
                    (false, false) => RecommendationUse::Expired,
                }
            }),
            lowest: Some(lowest),
            highest,
            before: proposal,
            after: stabilized,
        });
        self.remember(recommendations, proposal, |r| r.time < up_cutoff && r.time < down_cutoff);
        let reason = if proposal >= current { "ScaleUpStabilized" } else { "ScaleDownStabilized" };
        (stabilized, able_to_scale(proposal, stabilized, reason))
    }

    fn entries(
        &self,
        recommendations: &[Recommendation],
        used_for: impl Fn(&Recommendation) -> RecommendationUse,
    ) -> Vec<WindowEntry> {
        let entry = |r: &Recommendation| WindowEntry {
            replicas: r.replicas,
            age_seconds: self.now.since(r.time).as_secs_f64(),
            used_for: used_for(r),
        };
        recommendations.iter().map(entry).collect()
    }

    /// Stores the proposal of this pass over the last entry that no window will ask for again, else at the end.
    fn remember(
        &self,
        recommendations: &mut Vec<Recommendation>,
        replicas: i32,
        expired: impl Fn(&Recommendation) -> bool,
    ) {
        let fresh = Recommendation { replicas, time: self.now };
        match recommendations.iter().rposition(expired) {
            Some(place) => recommendations[place] = fresh,
            None => recommendations.push(fresh),
        }
    }

    fn min_bound(&self) -> (i32, &'static str) {
        (self.min, "TooFewReplicas")
    }

    /// The upper limit without `spec.behavior`.
    fn scale_up_limit(&self, current: i32, rules: &mut Vec<Rule>) -> (i32, &'static str) {
        let limit = (SCALE_UP_LIMIT_FACTOR * f64::from(current)).max(SCALE_UP_LIMIT_MINIMUM) as i32;
        rules.push(Rule::ScaleUpLimit { current, limit });
        self.upper(limit)
    }

    fn upper(&self, limit: i32) -> (i32, &'static str) {
        if self.max > limit { (limit, "ScaleUpLimit") } else { (self.max, "TooManyReplicas") }
    }

    fn lower(&self, limit: i32) -> (i32, &'static str) {
        if self.min < limit { (limit, "ScaleDownLimit") } else { self.min_bound() }
    }

    /// How far the policies of a direction let the target go.
    fn rate_limit(
        &self,
        direction: Direction,
        behavior: &Behavior,
        memory: &Memory,
        current: i32,
        rules: &mut Vec<Rule>,
    ) -> i32 {
        let default = ScalingRules::default();
        let scaling = direction.rules(behavior).unwrap_or(&default);
        let policies = self.policy_limits(scaling, memory, current, |p, start| direction.limit(p, start));
        let allowed = policies.iter().map(|p| p.limit);
        // The policy that changes most is that of the largest size on the way up, of the smallest on the way down.
        let chosen = match (scaling.select_policy, direction) {
            (SelectPolicy::Disabled, _) => None,
            (SelectPolicy::Max, Direction::Up) | (SelectPolicy::Min, Direction::Down) => allowed.max(),
            (SelectPolicy::Max, Direction::Down) | (SelectPolicy::Min, Direction::Up) => allowed.min(),
        };
        let chosen = chosen.unwrap_or(current);
        let limit = match direction {
            Direction::Up => chosen.max(current),
            Direction::Down => chosen.min(current),
        };
        rules.push(Rule::Policies {
            direction: direction.field().into(),
            select_policy: scaling.select_policy,
            policies,
            limit,
        });
        limit
    }

    /// What each policy allows, counted from the size at the start of its period.
    fn policy_limits(
        &self,
        rules: &ScalingRules,
        memory: &Memory,
        current: i32,
        limit: impl Fn(&Policy, i64) -> i32,
    ) -> Vec<PolicyLimit> {
        let changed = |events: &[ScaleEvent], policy: &Policy| -> i64 {
            let cutoff = self.now - period(policy);
            events.iter().filter(|e| e.time > cutoff).map(|e| i64::from(e.change)).sum()
        };
        let limit_of = |policy: &Policy| {
            let added = changed(&memory.scale_up_events, policy);
            let removed = changed(&memory.scale_down_events, policy);
            let start = i64::from(current) - added + removed;
            PolicyLimit {
                kind: policy.kind.clone(),
                value: policy.value,
                period_seconds: policy.period_seconds,
                added,
                removed,
                start,
                limit: limit(policy, start),
            }
        };
        rules.policies.iter().map(limit_of).collect()
    }

    /// Remembers a change of size that was carried out, for the policies of later passes.
    pub fn remember_scale(&self, memory: &mut Memory, from: i32, to: i32) {
        let Some(behavior) = self.behavior else { return };
        let (events, rules) = if to > from {
            (&mut memory.scale_up_events, &behavior.scale_up)
        } else {
            (&mut memory.scale_down_events, &behavior.scale_down)
        };
        let policies = rules.iter().flat_map(|r| &r.policies);
        let cutoff = self.now - policies.map(period).max().unwrap_or_default();
        for event in events.iter_mut().filter(|e| e.time < cutoff) {
            event.outdated = true;
        }
        let change = to.saturating_sub(from).saturating_abs();
        let fresh = ScaleEvent { change, time: self.now, outdated: false };
        match events.iter().rposition(|e| e.outdated) {
            Some(place) => events[place] = fresh,
            None => events.push(fresh),
        }
    }
}

fn period(policy: &Policy) -> Duration {
    Duration::from_secs(policy.period_seconds.into())
}

fn saturate(replicas: i64) -> i32 {
    replicas.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

fn able_to_scale(proposal: i32, stabilized: i32, reason: &str) -> Condition {
    if stabilized == proposal {
        return Condition::able_to_scale(true, "ReadyForNewScale", "recommended size matches current size");
    }
    let message = match reason {
        "ScaleUpStabilized" => {
            "recent recommendations were lower than current one, applying the lowest recent recommendation"
        }
        _ => {
            "recent recommendations were higher than current one, applying the highest recent recommendation"
        }
    };
    Condition::able_to_scale(true, reason, message)
}

fn limited(reason: &str, holds: bool) -> Condition {
    let message = match reason {
        "ScaleUpLimit" => "the desired replica count is increasing faster than the maximum scale rate",
        "ScaleDownLimit" => "the desired replica count is decreasing faster than the maximum scale rate",
        "TooManyReplicas" => "the desired replica count is more than the maximum replica count",
        "TooFewReplicas" => "the desired replica count is less than the minimum replica count",
        _ => "the desired count is within the acceptable range",
    };
    Condition::scaling_limited(holds, reason, message)
}
