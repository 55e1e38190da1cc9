//! `kubetick explain hpa/NAME`: one pass of the autoscaler in readable lines.

use super::tabwriter::{DESCRIBE, TabWriter};
use crate::actors::control_plane::hpa::{
    Decision, MetricDecision, PodGroup, PodInput, PolicyLimit, RecommendationUse, Rule, WindowEntry,
};
use crate::machinery::quantity::{Format, Quantity};
use std::fmt::Write;

/// How many pods a table shows before it counts the rest.
const MOST_PODS: usize = 20;

/// The text for one pass.
pub fn explain_hpa(decision: &Decision) -> String {
    let mut out = String::new();
    let d = decision;
    // Writing to a String cannot fail.
    let _ = writeln!(out, "HorizontalPodAutoscaler {} at {}", d.hpa, d.time);
    let _ = writeln!(
        out,
        "{}: {} now, {} to {} allowed",
        d.target,
        replicas(d.current_replicas),
        d.min_replicas,
        d.max_replicas
    );
    for (i, metric) in d.metrics.iter().enumerate() {
        let _ = writeln!(out, "\nMetric {}: {}, target {}", i + 1, metric.name, metric.target);
        out.push_str(&pods(metric));
        numbered(&mut out, &metric.rules, &metric.resource);
        let _ = match (&metric.proposal, &metric.error) {
            (Some(n), _) => writeln!(out, "  => asks for {}", replicas(*n)),
            (None, Some(error)) => writeln!(out, "  => no value: {error}"),
            (None, None) => Ok(()),
        };
    }
    let _ = writeln!(out, "\nDecision:");
    numbered(&mut out, &d.rules, "");
    let _ = writeln!(out, "  => {}", outcome(d));
    out
}

fn outcome(d: &Decision) -> String {
    let reason = if d.reason.is_empty() { "an earlier recommendation" } else { d.reason.as_str() };
    match &d.error {
        Some(error) if d.rescaled => {
            format!(
                "scaled from {} to {} ({reason}); beside that: {error}",
                d.current_replicas, d.desired_replicas
            )
        }
        Some(error) => format!("stays at {}: {error}", d.current_replicas),
        None if d.rescaled => {
            format!("scaled from {} to {}: {reason}", d.current_replicas, d.desired_replicas)
        }
        None => format!("stays at {}", d.current_replicas),
    }
}

fn numbered(out: &mut String, rules: &[Rule], resource: &str) {
    for (i, rule) in rules.iter().enumerate() {
        let _ = writeln!(out, "  {}. {}", i + 1, sentence(rule, resource));
        if let Rule::Stabilization { recommendations, .. } = rule {
            for entry in recommendations {
                let _ = writeln!(out, "       {}", recommendation(entry));
            }
        }
        if let Rule::Policies { policies, .. } = rule {
            for limit in policies {
                let _ = writeln!(out, "       {}", policy(limit));
            }
        }
        let _ = writeln!(out, "       [{}]", rule.source());
    }
}

/// The table of pods: those that do not simply count first.
fn pods(metric: &MetricDecision) -> String {
    if metric.pods.is_empty() {
        return String::new();
    }
    let (plain, special): (Vec<&PodInput>, Vec<&PodInput>) =
        metric.pods.iter().partition(|p| p.group == PodGroup::Ready);
    let mut table = TabWriter::new(DESCRIBE);
    table.write("  POD\tGROUP\tUSAGE\tREQUEST\tCOUNTED\tWHY\n");
    let optional = |milli: Option<i64>| milli.map_or("-".to_string(), |m| amount(m, &metric.resource));
    for pod in special.iter().chain(&plain).take(MOST_PODS) {
        let (usage, request, counted) = (optional(pod.usage), optional(pod.request), optional(pod.counted));
        let (group, why) = (group(pod.group), &pod.why);
        table.write(&format!("  {}\t{group}\t{usage}\t{request}\t{counted}\t{why}\n", pod.pod));
    }
    let mut text: String = table.flush().lines().fold(String::new(), |text, l| text + l.trim_end() + "\n");
    let hidden = metric.pods.len().saturating_sub(MOST_PODS);
    if hidden > 0 {
        let _ = writeln!(text, "  ... and {hidden} more");
    }
    text
}

fn group(group: PodGroup) -> &'static str {
    match group {
        PodGroup::Ready => "ready",
        PodGroup::Unready => "unready",
        PodGroup::Missing => "missing",
        PodGroup::Ignored => "ignored",
        PodGroup::Unknown => "unknown",
    }
}

fn recommendation(entry: &WindowEntry) -> String {
    let used = match entry.used_for {
        RecommendationUse::Expired => "outside the window",
        RecommendationUse::Up => "counts for growing",
        RecommendationUse::Down => "counts for shrinking",
        RecommendationUse::Both => "counts",
    };
    format!("{} recommended {}s ago: {used}", entry.replicas, number(entry.age_seconds))
}

fn policy(p: &PolicyLimit) -> String {
    let unit = if p.kind == "Percent" { "%" } else { " pods" };
    format!(
        "{}{unit} in {}s: {} at its start ({} added, {} removed since), so {}",
        p.value, p.period_seconds, p.start, p.added, p.removed, p.limit
    )
}

/// What a rule did, in words.
fn sentence(rule: &Rule, resource: &str) -> String {
    let amount = |milli: i64| amount(milli, resource);
    match rule {
        Rule::UtilizationRatio { usage, requests, pods, utilization, target, ratio, adjusted } => {
            let (usage, requests, ratio) = (amount(*usage), amount(*requests), number(*ratio));
            let whose = counted(*pods, "pod") + filled(*adjusted);
            format!(
                "{usage} of {requests} requested by {whose}: {utilization}%, against {target}% a ratio of {ratio}"
            )
        }
        Rule::AverageRatio { usage, pods, average, target, ratio, adjusted } => {
            let (usage, average, target) = (amount(*usage), amount(*average), amount(*target));
            let (whose, ratio) = (counted(*pods, "pod") + filled(*adjusted), number(*ratio));
            format!("{usage} over {whose}: {average} on average, against {target} a ratio of {ratio}")
        }
        Rule::ValueRatio { usage, target, replicas: by, ratio } => {
            let (usage, target, ratio) = (amount(*usage), amount(*target), number(*ratio));
            let each = by.map_or(String::new(), |n| format!(" for each of {}", replicas(n)));
            format!("{usage} against {target}{each}: a ratio of {ratio}")
        }
        Rule::FillMissing { pods, assumed } => {
            format!("{} without a metric: assumed to use {assumed}", counted(*pods as i64, "pod"))
        }
        Rule::FillUnready { pods } => {
            format!("{} not ready: assumed to use nothing", counted(*pods as i64, "pod"))
        }
        Rule::Tolerance { ratio, low, high, within } => {
            let (low, high, ratio) = (number(*low), number(*high), number(*ratio));
            let verdict = if *within { "within tolerance, no change" } else { "outside tolerance" };
            format!("Ratio {ratio}, tolerated from {low} to {high}: {verdict}")
        }
        Rule::DirectionChanged { before, after } => {
            let (before, after) = (number(*before), number(*after));
            format!("The assumptions turn the ratio from {before} to {after}, across 1: no change")
        }
        Rule::AgainstDirection { ratio, proposal, current } => {
            format!("{proposal} would go against a ratio of {}: no change from {current}", number(*ratio))
        }
        Rule::Multiply { ratio, pods, proposal } => {
            format!("{} x {}, rounded up: {proposal}", number(*ratio), counted(*pods, "pod"))
        }
        Rule::Divide { usage, target, proposal } => {
            format!("{} / {}, rounded up: {proposal}", amount(*usage), amount(*target))
        }
        Rule::Disabled => "The target has no replicas: scaling is disabled".to_string(),
        Rule::OutOfBounds { current, bound } => {
            let side = if current > bound { "above the maximum" } else { "below the minimum" };
            format!("{current} is {side}: to {bound}, without reading metrics")
        }
        Rule::Largest { metric, proposal } => format!("Largest proposal: {proposal}, from {metric}"),
        Rule::InvalidMetrics { invalid, of, stops } => {
            let then = if *stops { "nothing is decided" } else { "the rest may only grow the target" };
            format!("{invalid} of {of} metrics have no value: {then}")
        }
        Rule::Stabilization { up_seconds, down_seconds, lowest, highest, before, after, .. } => {
            let window = match up_seconds {
                None => format!("Largest recommendation of the last {down_seconds}s"),
                Some(up) => format!(
                    "Recommendations: at least {} for the last {up}s, at most {highest} for the last {down_seconds}s",
                    lowest.unwrap_or(*before)
                ),
            };
            format!("{window}: {before} becomes {after}")
        }
        Rule::ScaleUpLimit { current, limit } => {
            format!("From {current} one step may grow to twice as many, or to 4: {limit}")
        }
        Rule::Policies { direction, select_policy, limit, .. } => {
            format!("Policies of {direction}, {select_policy:?}: to {limit}")
        }
        Rule::Clamp { low, high, before, after, reason } => {
            let limits = match (low, high) {
                (Some(low), Some(high)) => format!("between {low} and {high}"),
                (Some(low), None) => format!("at least {low}"),
                (None, Some(high)) => format!("at most {high}"),
                (None, None) => "no limit applies".to_string(),
            };
            format!("Limits: {limits}: {before} becomes {after} ({reason})")
        }
        Rule::WakeToMinimum { min } => format!("Woken from zero: at least the minimum, {min}"),
    }
}

fn filled(adjusted: bool) -> &'static str {
    if adjusted { " with those assumptions" } else { "" }
}

fn replicas(n: i32) -> String {
    counted(n.into(), "replica")
}

fn counted(n: i64, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

/// Thousandths in the unit of a resource.
fn amount(milli: i64, resource: &str) -> String {
    let format = if resource == "memory" { Format::BinarySI } else { Format::DecimalSI };
    Quantity::from_milli(milli).with_format(format).to_string()
}

/// At most four decimals.
fn number(n: f64) -> String {
    let text = format!("{n:.4}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(9.66), "9.66");
        assert_eq!(number(1.0), "1");
        assert_eq!(number(0.33333), "0.3333");
        assert_eq!(number(f64::INFINITY), "inf");
        assert_eq!(amount(104_857_600_000, "memory"), "100Mi");
    }
}
