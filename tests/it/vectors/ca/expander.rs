//! `ca/expander.jsonl`: chains of expanders.

use super::super::harness::{self, same};
use super::{int, pods, template};
use kubetick::actors::programs::cluster_autoscaler::Release;
use kubetick::actors::programs::cluster_autoscaler::expander::{Priorities, Proposal, filter, parse_chain};
use kubetick::actors::programs::cluster_autoscaler::journal::{Entry, Journal};
use kubetick::json;
use kubetick::machinery::Value;
use std::sync::Arc;

fn groups(options: &[Proposal]) -> Value {
    options.iter().map(|o| Value::from(&*o.group)).collect()
}

#[test]
fn expanders() {
    harness::run("ca/expander.jsonl", |case| {
        let input = case.at("input");
        let release = Release::default();
        let names: Vec<&str> = input.items_at("Expanders").iter().filter_map(Value::as_str).collect();
        let chain = parse_chain(&names.join(","), release)?;
        let mut options: Vec<Proposal> = input
            .items_at("Options")
            .iter()
            .map(|o| Proposal {
                group: Arc::from(o.str_at("NodeGroup")),
                nodes: int(o, "NodeCount"),
                pods: pods(o.items_at("Pods")),
                template: Arc::new(template(input.at("Templates").at(o.str_at("NodeGroup")))),
            })
            .collect();
        let priorities = match input.at("Priorities").as_str() {
            Some(text) => Priorities::Text(text.to_string()),
            None => Priorities::Missing,
        };
        let mut journal = Journal::new(4);
        let mut steps = Value::array();
        for expander in chain {
            options = filter(expander, options, &priorities, release, &mut journal);
            steps.list_mut().push(json!({"expander": expander.name(), "left": groups(&options)}));
            if options.len() <= 1 {
                break;
            }
        }
        let want = case.at("expect");
        same("steps", &steps, want.at("steps"))?;
        same("best", &groups(&options), want.at("best"))?;
        let events: Value = journal
            .take()
            .iter()
            .filter_map(|entry| match entry {
                Entry::Event(e) => Some(e),
                Entry::Line(..) => None,
            })
            .map(|e| {
                let kind = if e.warning { "Warning" } else { "Normal" };
                Value::from(format!("{kind} {} {}", e.reason, e.message))
            })
            .collect();
        same("events", &events, want.at("events"))
    });
}
