//! The commands of the workshop documents, run unmodified by bash in a shell that `kubetick activate` prepared.

mod compare;

use crate::bash::Shell;
use kubetick::machinery::{Value, yaml};
use std::path::Path;

/// The whole of document 000, without what no real tool prints (the steps run, but are not judged):
/// - `oidc`: eksctl writes "Open ID Connect provider", in 2021 as today.
/// - `ca-logs`: three minutes after the scale-up the last hundred lines at `--v=4` are about later loops.
#[test]
fn hpa_and_cluster_autoscaler_on_eks() {
    run("000", None, &["oidc", "ca-logs"]);
}

/// The whole of document 001. `scale-down-logs` looks five minutes after the nodes went: at `--v=4` that is further
/// back than the two hundred lines it asks for.
#[test]
fn cluster_autoscaler_with_irsa() {
    run("001", None, &["scale-down-logs"]);
}

/// The HPA part of document 002; krew plugins come with another part of the product.
#[test]
fn hpa_of_the_study_week() {
    run("002", Some("delete-all-kinds"), &["neat"]);
}

/// The Cluster Autoscaler of document 002: three nodes, five, and three again. Of `ca-pod` the document shows only the
/// beginning.
#[test]
fn cluster_autoscaler_of_the_study_week() {
    run_between("002", Some("ca-asg"), Some("ca-scale-in"), &["ca-pod"]);
}

/// The whole of document 003.
#[test]
fn metrics_server_and_hpa_v1() {
    run("003", None, &[]);
}

/// Lines as a document shows them, each with one that is right as well.
type Lines = &'static [(&'static str, &'static str)];

/// What the notes of steps leave open: walkthrough and step, and the lines shown there with what is right as well.
///
/// The author of 002 looked within half a minute of creating the HPA, while the recommendation it starts with still
/// counts; the step looks after six minutes, when an idle workload has had nothing but recommendations of zero.
///
/// The table of `asg-describe` in 000 was written by hand, a dash too narrow for its second name: aws-cli 1.46.3 and 2.36.7
/// print what is printed here.
///
/// Service accounts have no token secrets from 1.24 on. The author of 001 typed `version --short` with a kubectl of
/// 1.21; the one that came with the cluster adds what it thinks of the flag and the version of kustomize, and has
/// nothing to warn of.
const LEFT_OPEN: &[(&str, &str, Lines)] = &[
    (
        "000",
        "describe-sa",
        &[
            ("Mountable secrets:   cluster-autoscaler-token-9l7wf", "Mountable secrets:   <none>"),
            ("Tokens:              cluster-autoscaler-token-9l7wf", "Tokens:              <none>"),
        ],
    ),
    (
        "000",
        "asg-describe",
        &[
            (
                "---------------------------------------------------------------------------------------",
                "----------------------------------------------------------------------------------------",
            ),
            (
                "|                              DescribeAutoScalingGroups                              |",
                "|                               DescribeAutoScalingGroups                              |",
            ),
            (
                "+----------------------------------------------------------------------+----+----+----+",
                "+-----------------------------------------------------------------------+----+----+----+",
            ),
        ],
    ),
    (
        "001",
        "version-short",
        &[
            (
                "Client Version: v1.21.2-13+d2965f0db10712",
                "Flag --short has been deprecated\nClient Version: v1.27.16\nKustomize Version: v5.0.1",
            ),
            (
                "WARNING: version difference between client (1.21) and server (1.27) exceeds the supported minor \
                 version skew of +/-1",
                "",
            ),
        ],
    ),
    (
        "002",
        "describe-hpa",
        &[
            (
                "AbleToScale     True    ScaleDownStabilized  recent recommendations were higher than current one, \
                 applying the highest recent recommendation",
                "  AbleToScale     True    ReadyForNewScale  recommended size matches current size",
            ),
            (
                "ScalingLimited  False   DesiredWithinRange   the desired count is within the acceptable range",
                "  ScalingLimited  True    TooFewReplicas    the desired replica count is less than the minimum \
                 replica count",
            ),
        ],
    ),
];

/// Runs a walkthrough up to a step and fails with everything that differs, except in the steps that are not judged.
fn run(name: &str, last: Option<&str>, unjudged: &[&str]) {
    run_between(name, None, last, unjudged);
}

/// Runs the steps of a walkthrough from one to another.
fn run_between(name: &str, first: Option<&str>, last: Option<&str>, unjudged: &[&str]) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/walkthroughs");
    let text = std::fs::read_to_string(dir.join(format!("{name}.yaml"))).expect("the walkthrough");
    let walkthrough = yaml::read(&text).expect("YAML");
    let mut shell = Shell::of_walkthrough(&walkthrough);
    let mut failures = Vec::new();
    let steps = walkthrough.items_at("steps").iter();
    for step in steps.skip_while(|step| first.is_some_and(|id| step.str_at("id") != id)) {
        let id = step.str_at("id");
        if let Err(why) = run_step(&mut shell, step, &dir, left_open(name, id))
            && !unjudged.contains(&id)
        {
            failures.push(format!("--- {name}/{id}: {why}"));
        }
        if last == Some(id) {
            break;
        }
    }
    shell.end_all();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn left_open(name: &str, id: &str) -> &'static [(&'static str, &'static str)] {
    LEFT_OPEN.iter().find(|(n, i, _)| (*n, *i) == (name, id)).map_or(&[], |(.., lines)| lines)
}

fn run_step(shell: &mut Shell, step: &Value, dir: &Path, open: &[(&str, &str)]) -> Result<(), String> {
    let ended = match step.str_at("ends") {
        "" => None,
        id => Some(shell.end(id)),
    };
    shell.prepare(step, dir);
    if step.at("background").as_bool() == Some(true) {
        shell.start_background(step);
        return Ok(());
    }
    let (output, rc) = shell.run(step.str_at("cmd"));
    if std::env::var_os("KUBETICK_SHOW").is_some() {
        println!("$ {}\n{output}(rc {rc})", step.str_at("cmd").trim_end());
        if let Some(text) = ended {
            println!("(the ended command had printed)\n{}", text.chars().take(400).collect::<String>());
        }
    }
    let wanted_rc = match step.get("rc") {
        Some(v) if v.as_str() == Some("any") => None,
        Some(v) => v.as_i64(),
        None => Some(0),
    };
    if let Some(wanted) = wanted_rc.filter(|w| *w != rc) {
        return Err(format!("exit status {rc}, want {wanted}\n{output}"));
    }
    let other = compare::otherwise(step, open).filter(|other| compare::check(other, &output).is_ok());
    if other.is_some() { Ok(()) } else { compare::check(step, &output) }
}
