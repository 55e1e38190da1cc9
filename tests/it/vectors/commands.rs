//! kubectl, end to end: every recorded case, with what it printed, how it ended, and what it left in the cluster.

use super::after;
use super::harness::{self, same};
use super::session::{self, Outcome};
use kubetick::machinery::{Time, Value};

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
    let shown = shown(case, &outcome);
    let mut wrong: Vec<String> = shown.into_iter().filter_map(Result::err).collect();
    wrong.extend(after::check(dir, case, &outcome).err());
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n    ")) }
}

fn shown(case: &Value, outcome: &Outcome) -> [Result<(), String>; 3] {
    let home = outcome.home().display().to_string();
    let settled = |text: &str| {
        let text = text.replace(&format!("{home}/kubeconfig"), "/home/ec2-user/.kube/config");
        masked(case, &text.replace(&format!("{home}/work"), "${CWD}"))
    };
    [
        lines("stderr", &settled(&outcome.stderr), &masked(case, case.str_at("stderr"))),
        lines("stdout", &settled(&outcome.stdout), &masked(case, case.str_at("stdout"))),
        case.int_at("rc").map_or(Ok(()), |rc| same("rc", i64::from(outcome.rc), rc)),
    ]
}

/// The first line that differs.
fn lines(what: &str, got: &str, want: &str) -> Result<(), String> {
    let (mut g, mut w) = (got.lines(), want.lines());
    for n in 1.. {
        match (g.next(), w.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => return Err(format!("{what} line {n}:\n    got  {a:?}\n    want {b:?}")),
        }
    }
    same("line ends", got.len(), want.len())
}

/// Text without what differs from run to run.
fn masked(case: &Value, text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    if has(case, "klog-prefix") || !case.str_at("precondition").is_empty() {
        for line in &mut lines {
            if let Some((_, message)) = line.split_once("] ").filter(|_| line.starts_with(['W', 'E', 'I'])) {
                *line = message.to_string();
            }
        }
    }
    // Without a mask, too, a session or a watch prints what the server made of others' writes.
    let of_server = case.str_at("class") == "watch" || case.str_at("class").is_empty();
    if has(case, "server-ids") || has(case, "diff-file-times") || of_server {
        let ids = ["uid", "resourceVersion", "creationTimestamp", "restartedAt"];
        lines.retain(|line| {
            let key = line.trim_start_matches([' ', '-', '+', '"']);
            !ids.iter().any(|id| key.starts_with(&format!("{id}:")) || key.starts_with(&format!("{id}\":")))
        });
    }
    if case.items_at("argv").iter().any(|word| word == "drain") {
        // What stands in the way is told in the order of a map of Go, which differs from run to run.
        for line in &mut lines {
            let mut words: Vec<&str> = line.split([' ', ',', ';', '[', ']']).collect();
            words.sort();
            *line = words.join(" ").trim().to_string();
        }
        lines.sort();
    }
    if has(case, "tmp-path") {
        let of_diff = |word: &str, dir: &str| {
            word.split_once(dir)
                .map(|(_, rest)| format!("/tmp/{dir}0/{}", rest.split_once('/').map_or("", |(_, file)| file)))
        };
        for line in &mut lines {
            let settled = |word: &str| {
                of_diff(word, "LIVE-")
                    .or_else(|| of_diff(word, "MERGED-"))
                    .unwrap_or_else(|| word.to_string())
            };
            let words: Vec<String> = line.split([' ', '\t']).map(settled).collect();
            if line.contains("LIVE-") || line.contains("MERGED-") {
                *line = words[..words.len().min(if line.starts_with("diff") { 5 } else { 2 })].join(" ");
            }
        }
    }
    // The files of an editor.
    for line in &mut lines {
        if let Some((before, after)) = line.split_once("/tmp/kubectl-edit-") {
            let ending = after.trim_start_matches(|c: char| c.is_ascii_digit());
            *line = format!("{before}/tmp/kubectl-edit-0{ending}");
        }
    }
    // Addresses of Go's pointers.
    for line in &mut lines {
        if let Some((before, after)) = line.split_once("&{0xc") {
            let after = after.split_once(' ').map_or("", |(_, rest)| rest);
            *line = format!("{before}&{{{after}");
        }
    }
    if has(case, "diff-file-times") {
        for line in &mut lines {
            if line.starts_with("--- ") || line.starts_with("+++ ") {
                *line = line.split('\t').next().unwrap_or("").to_string();
            }
        }
    }
    lines.join("\n") + if text.ends_with('\n') { "\n" } else { "" }
}

fn run(rel: &str, least: usize) {
    let dir = rel.split('/').next().unwrap_or("");
    let only = std::env::var("ONLY").unwrap_or_default();
    let cases: Vec<Value> = harness::cases(rel)
        .into_iter()
        .filter(|case| case.str_at("id").contains(&only))
        .map(|mut case| {
            // When nothing could be reached, nobody looked at the clock.
            if Time::parse(case.str_at("now")).is_none() {
                case.set("now", "2026-11-22T23:08:38Z");
            }
            case
        })
        .collect();
    assert!(cases.len() >= least || !only.is_empty(), "{rel}: only {} cases", cases.len());
    harness::run_cases(rel, &cases, |case| check(dir, case));
}

#[test]
fn get() {
    run("kubectl/get.jsonl", 238);
}

#[test]
fn get_objects() {
    run("kubectl/objects.jsonl", 45);
}

#[test]
fn get_templates() {
    run("kubectl/templates.jsonl", 90);
}

#[test]
fn describe() {
    run("kubectl/describe.jsonl", 94);
}

/// What six versions of kubectl say of their arguments before they ask any server.
#[test]
fn arguments() {
    run("kubectl/arguments.jsonl", 1000);
}

/// Kustomizations of every sort, good and bad, as five versions of kubectl build them.
#[test]
fn kustomizations() {
    run("kubectl/kustomize.jsonl", 150);
}

/// Rare shapes of every kind, as seven versions of kubectl describe them.
#[test]
fn describe_more() {
    run("kubectl/describe-more.jsonl", 500);
}

#[test]
fn top() {
    run("kubectl/top.jsonl", 24);
}

#[test]
fn other_reads() {
    run("kubectl/misc.jsonl", 164);
}

#[test]
fn older_clients() {
    run("kubectl/client-versions.jsonl", 180);
}

#[test]
fn watch() {
    run("kubectl/watch.jsonl", 39);
}

#[test]
fn out_of_reach() {
    run("kubectl/errors-extra.jsonl", 48);
}

#[test]
fn mutate() {
    run("kubectl/mutate.jsonl", 367);
}

#[test]
fn older_clients_mutate() {
    run("kubectl/client-versions-mutate.jsonl", 240);
}

#[test]
fn autoscalers() {
    run("hpa/cli.jsonl", 175);
}
