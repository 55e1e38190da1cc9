//! kubectl's reading commands, end to end.

use super::harness::{self, same};
use super::session;
use kubetick::machinery::{Time, Value};

/// The verb of a command line.
fn verb(case: &Value) -> String {
    let mut words = case.items_at("argv").iter().filter_map(Value::as_str).filter(|w| *w != "kubectl");
    while let Some(word) = words.next() {
        match word {
            "-n" | "--namespace" | "--context" | "--server" | "--kubeconfig" => drop(words.next()),
            _ if word.starts_with('-') => {}
            _ => return word.to_string(),
        }
    }
    String::new()
}

fn has(case: &Value, mask: &str) -> bool {
    case.items_at("mask").iter().any(|m| m == mask)
}

fn check(dir: &str, case: &Value) -> Result<(), String> {
    match check_at(dir, case) {
        Err(first) if has(case, "microtime-age") || has(case, "age-second") => {
            // Ages depend on the instant within the second.
            let mut late = case.clone();
            let end = Time::parse(case.str_at("now")).ok_or("now")?;
            late.set("now", Time::from_secs(end.secs() + 1).rfc3339());
            check_at(dir, &late).or_else(|_| by_word(dir, case, &late)).map_err(|_| first)
        }
        outcome => outcome,
    }
}

/// Every word as it was at one of two instants.
fn by_word(dir: &str, early: &Value, late: &Value) -> Result<(), String> {
    let (a, b) = (session::run(dir, early).stdout, session::run(dir, late).stdout);
    let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
    let (a, b, want) = (words(&a), words(&b), words(early.str_at("stdout")));
    let fits = a.len() == want.len()
        && b.len() == want.len()
        && want.iter().enumerate().all(|(i, w)| *w == a[i] || *w == b[i]);
    if fits { Ok(()) } else { Err("neither this second nor the next".to_string()) }
}

fn check_at(dir: &str, case: &Value) -> Result<(), String> {
    let outcome = session::run(dir, case);
    let own = format!("{}/kubeconfig", outcome.home().display());
    let got = outcome.stderr.replace(&own, "/home/ec2-user/.kube/config");
    same("stderr", klogless(case, &got), klogless(case, case.str_at("stderr")))?;
    lines(&outcome.stdout, case.str_at("stdout"))?;
    match case.int_at("rc") {
        Some(rc) => same("rc", i64::from(outcome.rc), rc),
        None => Ok(()),
    }
}

/// The first line that differs.
fn lines(got: &str, want: &str) -> Result<(), String> {
    let (mut g, mut w) = (got.lines(), want.lines());
    for n in 1.. {
        match (g.next(), w.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => return Err(format!("stdout line {n}:\n    got  {a:?}\n    want {b:?}")),
        }
    }
    same("line ends", got.len(), want.len())
}

fn klogless(case: &Value, text: &str) -> String {
    if has(case, "klog-prefix") { without_klog_prefix(text) } else { text.to_string() }
}

fn without_klog_prefix(text: &str) -> String {
    let line = |l: &str| match l.split_once("] ").filter(|_| l.starts_with(['W', 'E', 'I'])) {
        Some((_, message)) => format!("{message}\n"),
        None => format!("{l}\n"),
    };
    text.lines().map(line).collect()
}

fn run(rel: &str, verbs: &[&str], least: usize) {
    let dir = rel.split('/').next().unwrap_or("");
    let only = std::env::var("ONLY").unwrap_or_default();
    let in_scope: Vec<Value> = harness::cases(rel)
        .into_iter()
        .filter(|case| {
            verbs.contains(&verb(case).as_str())
                && case.str_at("id").contains(&only)
                && case.int_at("rc").is_some()
                && !case.str_at("state").is_empty()
                // What others write meanwhile is played back elsewhere.
                && case.items_at("script").is_empty()
        })
        .collect();
    assert!(in_scope.len() >= least || !only.is_empty(), "{rel}: only {} cases in scope", in_scope.len());
    harness::run_cases(rel, &in_scope, |case| check(dir, case));
}

#[test]
fn get() {
    run("kubectl/get.jsonl", &["get"], 200);
}

#[test]
fn get_objects() {
    run("kubectl/objects.jsonl", &["get"], 40);
}

#[test]
fn get_templates() {
    run("kubectl/templates.jsonl", &["get"], 80);
}

const READS: &[&str] = &[
    "get",
    "version",
    "describe",
    "wait",
    "logs",
    "exec",
    "attach",
    "events",
    "auth",
    "config",
    "api-resources",
    "api-versions",
    "cluster-info",
];

#[test]
fn older_clients() {
    run("kubectl/client-versions.jsonl", READS, 120);
}

#[test]
fn describe() {
    run("kubectl/describe.jsonl", &["describe"], 90);
}

#[test]
fn other_reads() {
    run("kubectl/misc.jsonl", READS, 60);
}

#[test]
fn waits() {
    run("kubectl/watch.jsonl", &["get", "wait"], 3);
}

#[test]
fn out_of_reach() {
    let cases: Vec<Value> = harness::cases("kubectl/errors-extra.jsonl")
        .into_iter()
        .filter(|case| verb(case) != "apply")
        .map(|mut case| {
            case.set("state", "state/world-a.json.gz");
            case.set("now", "2026-11-22T23:08:38Z");
            case.set("mask", kubetick::json!(["klog-prefix"]));
            case
        })
        .collect();
    harness::run_cases("kubectl/errors-extra.jsonl", &cases, |case| check("kubectl", case));
}

/// Rare shapes of every kind, as seven versions of kubectl describe them.
#[test]
fn describe_more() {
    run("kubectl/describe-more.jsonl", &["describe"], 500);
}

#[test]
fn autoscalers() {
    run("hpa/cli.jsonl", &["get", "describe"], 30);
}
