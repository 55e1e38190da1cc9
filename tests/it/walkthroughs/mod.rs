//! The commands of the workshop documents, run unmodified by bash in a shell that `kubetick activate` prepared.

mod compare;

use crate::bash::Shell;
use kubetick::machinery::{Value, yaml};
use std::path::Path;

/// The HPA part of document 000.
#[test]
fn hpa_on_eks() {
    run("000", Some("hpa-watch-down"), &[]);
}

/// The HPA part of document 002; krew plugins come with another part of the product. Left out: `describe-hpa` and
/// `hpa-yaml` are what the document saw seconds after the autoscaler was made, and stand six minutes later here, when the
/// recommendation it began with is out of its window.
#[test]
fn hpa_of_the_study_week() {
    run("002", Some("delete-all-kinds"), &["neat", "describe-hpa", "hpa-yaml"]);
}

/// The whole of document 003.
#[test]
#[ignore = "19 days of cron jobs take minutes in a debug build; load balancers stay <pending>, so get-all differs"]
fn metrics_server_and_hpa_v1() {
    run("003", None, &[]);
}

/// Runs a walkthrough up to a step and fails with everything that differs.
fn run(name: &str, last: Option<&str>, left_out: &[&str]) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/walkthroughs");
    let text = std::fs::read_to_string(dir.join(format!("{name}.yaml"))).expect("the walkthrough");
    let walkthrough = yaml::read(&text).expect("YAML");
    let mut shell = Shell::of_walkthrough(&walkthrough);
    let mut failures = Vec::new();
    for step in walkthrough.items_at("steps") {
        let id = step.str_at("id");
        if left_out.contains(&id) {
            // Its time passes all the same.
            shell.prepare(step, &dir);
        } else if let Err(why) = run_step(&mut shell, step, &dir) {
            failures.push(format!("--- {name}/{id}: {why}"));
        }
        if last == Some(id) {
            break;
        }
    }
    shell.end_all();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn run_step(shell: &mut Shell, step: &Value, dir: &Path) -> Result<(), String> {
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
    compare::check(step, &output)
}
