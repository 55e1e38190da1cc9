//! What a scheduling attempt found out, node by node: the source of its message and of its explanation.

use super::plugins::Plugin;
use crate::json;
use crate::machinery::{KubeVersion, Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// Whether evicting pods from the node could help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// It could.
    Unschedulable,
    /// It could not.
    UnschedulableAndUnresolvable,
}

impl Code {
    /// The name of the status code.
    pub fn name(self) -> &'static str {
        match self {
            Code::Unschedulable => "Unschedulable",
            Code::UnschedulableAndUnresolvable => "UnschedulableAndUnresolvable",
        }
    }
}

/// Why a node is out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    /// The plugin that said no; the ones after it are not asked.
    pub plugin: Plugin,
    /// Whether preemption may help.
    pub code: Code,
    /// Its reasons; usually one.
    pub reasons: Vec<Cow<'static, str>>,
}

impl Rejection {
    /// A rejection that preemption may lift.
    pub fn unschedulable(plugin: Plugin, reason: impl Into<Cow<'static, str>>) -> Rejection {
        Rejection { plugin, code: Code::Unschedulable, reasons: vec![reason.into()] }
    }

    /// A rejection that preemption cannot lift.
    pub fn unresolvable(plugin: Plugin, reason: impl Into<Cow<'static, str>>) -> Rejection {
        Rejection { plugin, code: Code::UnschedulableAndUnresolvable, reasons: vec![reason.into()] }
    }
}

/// The score of a feasible node: what each plugin gave, weighted, and the sum.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NodeScore {
    /// By plugin; those that had nothing to say are absent.
    pub plugins: Vec<(Plugin, i64)>,
    /// Their sum.
    pub total: i64,
}

/// What became of a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finding {
    /// The pod could go there; the score is there when there was a choice to make.
    Feasible(Option<NodeScore>),
    /// A filter said no.
    Rejected(Rejection),
    /// The pod names other nodes, so that no filter was asked about this one.
    Excluded(Rejection),
}

/// A node and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeVerdict {
    /// Name of the node.
    pub node: Arc<str>,
    /// What became of it.
    pub finding: Finding,
}

impl NodeVerdict {
    /// Why the node is out, if it is.
    pub fn rejection(&self) -> Option<&Rejection> {
        match &self.finding {
            Finding::Feasible(_) => None,
            Finding::Rejected(r) | Finding::Excluded(r) => Some(r),
        }
    }

    /// As an entry of an explanation.
    pub fn to_value(&self) -> Value {
        let mut entry = json!({"node": &*self.node, "feasible": self.rejection().is_none()});
        match &self.finding {
            Finding::Rejected(r) | Finding::Excluded(r) => {
                let reasons: Value = r.reasons.iter().map(|reason| &**reason).collect();
                entry.set("plugin", r.plugin.name());
                entry.set("code", r.code.name());
                entry.set("reasons", reasons);
            }
            Finding::Feasible(Some(score)) => {
                let scores: Map = score.plugins.iter().map(|(plugin, s)| (plugin.name(), *s)).collect();
                entry.set("scores", scores);
                entry.set("total", score.total);
            }
            Finding::Feasible(None) => {}
        }
        entry
    }
}

/// `0/5 nodes are available: 1 Insufficient cpu, 4 node(s) were unschedulable.`: every reason with the number of nodes
/// that gave it. The parts are sorted as text, so `10 ...` comes before `2 ...`.
pub fn fit_error<'a>(nodes: usize, reasons: impl Iterator<Item = &'a str>) -> String {
    // Thousands of nodes have a handful of reasons.
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for reason in reasons {
        match counts.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, n)) => *n += 1,
            None => counts.push((reason, 1)),
        }
    }
    let mut parts: Vec<String> = counts.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
    parts.sort();
    match parts.is_empty() {
        true => format!("0/{nodes} nodes are available:"),
        false => format!("0/{nodes} nodes are available: {}.", parts.join(", ")),
    }
}

/// The whole message: what the filters said, then what came of preemption, as far as the version tells it.
pub fn with_preemption(filters: &str, preemption: Option<&str>, version: KubeVersion) -> String {
    match preemption {
        Some(text) if version.scheduler_reports_preemption() => {
            let claims =
                if version.scheduler_reports_claims() { "no new claims to deallocate, " } else { "" };
            let dot = if version.scheduler_doubles_the_final_dot() { "." } else { "" };
            format!("{filters} {claims}preemption: {text}{dot}")
        }
        _ => filters.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_and_sorted_as_text() {
        let reasons = ["Insufficient cpu"; 10].into_iter().chain(["node(s) were unschedulable"; 2]);
        assert_eq!(
            fit_error(12, reasons),
            "0/12 nodes are available: 10 Insufficient cpu, 2 node(s) were unschedulable."
        );
    }

    #[test]
    fn versions_tell_more_or_less_of_preemption() {
        let text = |minor| with_preemption("F.", Some("P."), KubeVersion::new(minor));
        assert_eq!(text(23), "F.");
        assert_eq!(text(25), "F. preemption: P..");
        assert_eq!(text(30), "F. preemption: P.");
        assert_eq!(text(36), "F. no new claims to deallocate, preemption: P.");
    }
}
