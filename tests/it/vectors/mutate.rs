//! kubectl's writing commands, end to end.

use super::harness::{self, same};
use super::session;
use kubetick::machinery::Value;

/// The verb of a command line.
fn verb(case: &Value) -> String {
    let mut words = case.items_at("argv").iter().filter_map(Value::as_str).filter(|w| *w != "kubectl");
    while let Some(word) = words.next() {
        match word {
            "-n" | "--namespace" | "--context" => drop(words.next()),
            _ if word.starts_with('-') => {}
            _ => return word.to_string(),
        }
    }
    String::new()
}

fn check(dir: &str, case: &Value) -> Result<(), String> {
    let outcome = session::run(dir, case);
    let has = |mask: &str| case.items_at("mask").iter().any(|m| m == mask);
    same("stderr", masked(&outcome.stderr, case).as_str(), &masked(case.str_at("stderr"), case))?;
    if has("server-ids") {
        same("stdout", without_ids(&outcome.stdout), without_ids(case.str_at("stdout")))?;
    } else {
        same("stdout", outcome.stdout.as_str(), case.str_at("stdout"))?;
    }
    match case.int_at("rc") {
        Some(rc) => same("rc", i64::from(outcome.rc), rc),
        None => Ok(()),
    }
}

/// Text without process ids, times and temporary names.
fn masked(text: &str, case: &Value) -> String {
    let has = |mask: &str| case.items_at("mask").iter().any(|m| m == mask);
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    if has("klog-prefix") {
        for line in &mut lines {
            if let Some((_, message)) = line.split_once("] ").filter(|_| line.starts_with(['W', 'E', 'I'])) {
                *line = message.to_string();
            }
        }
    }
    lines.join("\n") + if text.ends_with('\n') { "\n" } else { "" }
}

/// Lines without what only the server chooses.
fn without_ids(text: &str) -> Vec<String> {
    let ids = ["uid", "resourceVersion", "creationTimestamp", "restartedAt"];
    text.lines()
        .filter(|line| {
            let key = line.trim_start_matches([' ', '-', '"']);
            !ids.iter().any(|id| key.starts_with(&format!("{id}:")) || key.starts_with(&format!("{id}\":")))
        })
        .map(String::from)
        .collect()
}

fn run(rel: &str, verbs: &[&str], least: usize) {
    let dir = rel.split('/').next().unwrap_or("");
    let only = std::env::var("ONLY").unwrap_or_default();
    let in_scope: Vec<Value> = harness::cases(rel)
        .into_iter()
        .filter(|case| verbs.contains(&verb(case).as_str()) && case.str_at("id").contains(&only))
        .collect();
    assert!(in_scope.len() >= least || !only.is_empty(), "{rel}: only {} cases in scope", in_scope.len());
    harness::run_cases(rel, &in_scope, |case| {
        if std::env::var_os("TRACE").is_some() {
            eprintln!("{}", case.str_at("id"));
        }
        check(dir, case)
    });
}

#[test]
fn label_annotate_scale_patch() {
    run("kubectl/mutate.jsonl", &["label", "annotate", "scale", "patch"], 70);
}

#[test]
fn rollout_drain_taint() {
    run(
        "kubectl/mutate.jsonl",
        &["rollout", "cordon", "uncordon", "drain", "taint", "expose", "autoscale", "run", "set", "edit"],
        100,
    );
}

#[test]
fn apply_create_delete_replace() {
    run("kubectl/mutate.jsonl", &["apply", "create", "delete", "replace"], 150);
}
