//! A session that was recorded while real controllers, a scheduler and a kubelet of the recorder's were at work: what
//! its commands say here, in the same order and at the same intervals, where our own controllers are at work.
//!
//! Names, ages and the number and order of rows are those of the day; compared is which different lines are printed.

use super::harness;
use crate::shell::Shell;
use kubetick::machinery::{Time, Value};
use regex_lite::Regex;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

const FILE: &str = "kubectl/live.jsonl";

#[test]
fn a_session_beside_controllers_at_work() {
    let session = RefCell::new(Session::new());
    harness::run(FILE, |case| session.borrow_mut().play(case));
}

struct Session {
    shell: Shell,
    /// When the last command of the recording ended.
    last: Option<Time>,
    /// Nodes of ours for those that the recorder drained: nodes that run pods of the session.
    nodes: BTreeMap<String, String>,
}

impl Session {
    fn new() -> Session {
        let shell = Shell::of_config(
            "\
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: lab, region: us-west-2, version: \"1.36\"}
managedNodeGroups:
  - {name: ng, instanceType: m5.large, desiredCapacity: 5}
",
        );
        Session { shell, last: None, nodes: BTreeMap::new() }
    }

    fn play(&mut self, case: &Value) -> Result<(), String> {
        let instant = |member| Time::parse(case.str_at(member)).expect("an instant");
        let (now, end) = (instant("now"), instant("now_end"));
        let pause = self.last.replace(end).map_or(0, |last| now.since(last).as_nanos() / 1_000_000_000);
        if pause > 0 {
            self.shell.must(&format!("kubetick tick {pause}s -q"));
        }
        let line: Vec<String> =
            case.items_at("argv").iter().filter_map(Value::as_str).map(|word| self.word(word)).collect();
        // What has no exit status was interrupted.
        let interrupted = case.at("rc").is_null();
        let lasts = format!("{}ms", end.since(now).as_nanos() / 1_000_000);
        self.shell.env("KUBETICK_WATCH_FOR", if interrupted { &lasts } else { "" });
        let said = self.shell.run(&format!("kubectl {}", line.join(" ")));
        if !interrupted {
            harness::same("exit status", i64::from(said.rc), case.int_at("rc").unwrap_or(0))?;
        }
        harness::same("stdout", texts(&said.stdout), texts(case.str_at("stdout")))?;
        harness::same("stderr", texts(&said.stderr), texts(case.str_at("stderr")))
    }

    fn word(&mut self, word: &str) -> String {
        if !word.starts_with("ip-") {
            return word.to_string();
        }
        if let Some(node) = self.nodes.get(word) {
            return node.clone();
        }
        let running = "kubectl -n live get pods -l app=nginx -o jsonpath={.items[*].spec.nodeName}";
        let running = self.shell.must(running);
        let node = running.split_whitespace().find(|node| self.nodes.values().all(|taken| taken != node));
        let node = node.expect("a node").to_string();
        self.nodes.insert(word.to_string(), node.clone());
        node
    }
}

/// The different lines of an output, without what is of the day.
fn texts(output: &str) -> BTreeSet<String> {
    const OF_THE_DAY: &[(&str, &str)] = &[
        (r"ip-[\d-]+[a-z0-9.-]*", "<node>"),
        (r"\d+\.\d+\.\d+\.\d+", "<ip>"),
        (r"\b(nginx|pi)(-[a-z0-9]{8,10})?-[a-z0-9]{5}\b", "$1-<pod>"),
        (r"\bnginx-[a-f0-9]{7,10}\b", "nginx-<replica set>"),
        (r"pod-template-hash[=:]\s*[a-f0-9]+", "<hash>"),
        (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]+ [+-]\d{4}", "<date>"),
        (r"\b[\d.]+(s|m|h|d|ms)(\d+s)?\b", "<age>"),
        (r"Image size: \d+", "Image size: <bytes>"),
        (r"\s+", " "),
    ];
    thread_local!(static PATTERNS: Vec<(Regex, &'static str)> =
        OF_THE_DAY.iter().map(|(pattern, word)| (Regex::new(pattern).expect("a pattern"), *word)).collect());
    PATTERNS.with(|patterns| {
        let text = |line: &str| {
            patterns.iter().fold(line.to_string(), |line, (pattern, word)| {
                pattern.replace_all(&line, *word).trim().to_string()
            })
        };
        output.lines().map(text).filter(|line| !line.is_empty()).collect()
    })
}
