//! Laws that hold whatever is done to a cluster, tried with random scripts.
//!
//! By default each law is tried with a few cases, the same ones every time; `PROPTEST_CASES=n` tries `n` new ones. A script
//! that breaks a law is printed in the form in which `scripts/` keeps some for every law about scripts.

mod copies;
mod crash;
mod manifests;
mod rest;
mod script;
mod time;
mod together;

use crate::shell::Shell;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use script::{Script, Step};
use std::fmt::Debug;
use std::fmt::Write;

/// How many cases: `few` unless the environment says otherwise.
fn cases(few: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(few)
}

/// Tries a law with random values.
fn law<S: Strategy>(few: u32, strategy: S, holds: impl Fn(S::Value) -> Result<(), String>)
where
    S::Value: Debug,
{
    let config =
        Config { cases: cases(few), max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let mut runner = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    match runner.run(&strategy, |value| holds(value).map_err(TestCaseError::fail)) {
        Ok(()) => {}
        Err(TestError::Fail(why, value)) => panic!("the law does not hold for {value:?}\n\n{why}"),
        Err(e) => panic!("{e}"),
    }
}

/// Tries a law about a script and something else: with those that are kept, then with random ones.
fn law_of_scripts<T: Debug + Default>(
    few: u32,
    scripts: impl Strategy<Value = (Script, T)>,
    holds: impl Fn((Script, T)) -> Result<(), String>,
) {
    for (name, text) in KEPT {
        if let Err(why) = holds((Script::parse(text), T::default())) {
            panic!("the law does not hold for {name}\n\n{why}");
        }
    }
    law(few, scripts, holds);
}

/// Scripts that every law about scripts is tried with.
const KEPT: &[(&str, &str)] = &[
    ("scripts/shift.txt", include_str!("scripts/shift.txt")),
    ("scripts/upgrade.txt", include_str!("scripts/upgrade.txt")),
];

/// How a script's ticks are cut, and what happens between the parts.
#[derive(Clone, Copy)]
enum Cut {
    /// Not at all.
    Whole,
    /// Into so many equal parts, as far as that goes.
    Equal(u32),
    /// As a seed has it, with a look at the cluster between the parts.
    Seeded(u64),
}

impl Cut {
    fn parts(self, n: u32, step: usize) -> Vec<u32> {
        match self {
            Cut::Whole => vec![n],
            Cut::Equal(parts) => {
                let part = n.div_ceil(parts).max(1);
                (0..n).step_by(part as usize).map(|from| part.min(n - from)).collect()
            }
            Cut::Seeded(seed) => {
                let (mut left, mut state, mut parts) = (n, seed ^ step as u64, Vec::new());
                while left > 0 {
                    // Knuth's multiplier: any spread of sizes will do.
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let part = (1 + (state >> 33) as u32 % left.max(2)).min(left);
                    parts.push(part);
                    left -= part;
                }
                parts
            }
        }
    }
}

/// Runs a script; answers what the user saw, command by command. The narration of a tick is one however it is cut.
fn play(shell: &Shell, script: &Script, cut: Cut) -> String {
    let nodes = node_names(shell);
    let mut seen = String::new();
    for (i, step) in script.0.iter().enumerate() {
        let _ = writeln!(seen, "$ {}", step.0);
        if let Some(seconds) = step.ticks() {
            for (j, part) in cut.parts(seconds, i).into_iter().enumerate() {
                if j > 0 && matches!(cut, Cut::Seeded(_)) {
                    shell.run(LOOKS[j % LOOKS.len()]);
                }
                seen.push_str(&shell.must(&format!("kubetick tick {part}s")));
            }
        } else {
            seen.push_str(&run(shell, step, &nodes));
        }
    }
    seen
}

/// Commands that change nothing.
const LOOKS: [&str; 3] =
    ["kubectl get pods,nodes,hpa -A -o wide", "kubectl top pods -A", "kubectl describe pods -n shop"];

fn run(shell: &Shell, step: &Step, nodes: &[String]) -> String {
    let (line, input) = step.command();
    let mut line = line.to_string();
    for (i, node) in nodes.iter().enumerate() {
        line = line.replace(&format!("{{node{i}}}"), node);
    }
    let said = shell.run_with(&line, input);
    format!("{}{}[{}]\n", said.stdout, said.stderr, said.rc)
}

fn node_names(shell: &Shell) -> Vec<String> {
    let names = shell.must("kubectl get nodes -o name");
    names.lines().map(|l| l.trim_start_matches("node/").to_string()).collect()
}

/// `Err` with the first difference and what stands around it.
fn same(what: &str, left: &str, right: &str) -> Result<(), String> {
    if left == right {
        return Ok(());
    }
    let (left, right): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
    let at = left.iter().zip(&right).take_while(|(l, r)| l == r).count();
    let around = |lines: &[&str]| lines[at.min(lines.len())..(at + 12).min(lines.len())].join("\n");
    let above = left[at.saturating_sub(25)..at].join("\n");
    Err(format!(
        "{what} differ at line {at}:\n{above}\n<<<<\n{}\n====\n{}\n>>>>",
        around(&left),
        around(&right)
    ))
}
