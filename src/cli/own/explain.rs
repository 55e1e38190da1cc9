//! `kubetick explain`: the last decisions about an object, with every input and rule.

use super::{InNamespace, Outcome, Session, open};
use crate::actors::control_plane::{hpa, scheduler};
use crate::actors::programs::cluster_autoscaler::outlook;
use crate::actors::programs::{Chosen, programs_of};
use crate::api::Server;
use crate::json;
use crate::machinery::duration::parse_duration;
use crate::machinery::go_text::json_indented;
use crate::machinery::{Time, Value};
use crate::render::explain_hpa::explain_hpa;
use crate::render::explain_node::explain_node;
use crate::render::explain_pod::explain_pod;
use crate::store::Access;
use anyhow::{Context, bail};
use std::rc::Rc;

/// What is to be explained.
#[derive(clap::Args)]
pub(super) struct Args {
    /// hpa/NAME: why it has this many replicas; pod/NAME: why it is on its node, or on none, and what its containers run;
    /// node/NAME: why Cluster Autoscaler keeps it, or when it goes
    #[arg(value_name = "KIND/NAME")]
    about: String,
    #[command(flatten)]
    place: InNamespace,
    /// The decision in force at an instant, or so long ago (an RFC 3339 instant, or a duration such as 90s)
    #[arg(long, value_name = "WHEN")]
    at: Option<String>,
    /// Every decision that is remembered, oldest first
    #[arg(long)]
    all: bool,
    /// How to print it
    #[arg(short, long, value_parser = ["json", "text"], default_value = "text")]
    output: String,
}

/// A decision: when it was taken, as data, as text.
struct Entry {
    time: Option<Time>,
    value: Value,
    text: String,
}

pub(super) fn run(args: &Args, session: &Session) -> Outcome {
    let cluster = open(session, Access::Read)?;
    let api = &cluster.api;
    let (word, name) =
        args.about.split_once('/').with_context(|| format!("{}: want KIND/NAME", args.about))?;
    let resource = api.registry().lookup(word).cloned().with_context(|| format!("no such kind: {word}"))?;
    let ns = args.place.namespace(session);
    let mut entries = match resource.qualified().as_str() {
        "horizontalpodautoscalers.autoscaling" => of_hpa(api, &ns, name),
        "nodes" => of_node(api, name)?,
        "pods" => of_pod(api, &ns, name),
        other => bail!("{other}: decisions are kept for hpa, node and pod"),
    };
    if let Some(text) = &args.at {
        let at = instant(text, api.now())?;
        entries.retain(|e| e.time.is_some_and(|t| t <= at));
    }
    if entries.is_empty() {
        // A name that is wrong altogether is the likelier mistake.
        api.get(&crate::api::stored_under(&resource), &ns, name).map_err(|e| anyhow::anyhow!(e.message))?;
        bail!(
            "no decision about {} is remembered{}",
            args.about,
            if args.at.is_some() { " from then" } else { " yet" }
        );
    }
    if !args.all {
        entries.drain(..entries.len() - 1);
    }
    if args.output == "json" {
        let values: Vec<Value> = entries.into_iter().map(|e| e.value).collect();
        let value =
            if args.all { Value::from(values) } else { values.into_iter().next().unwrap_or_default() };
        session.println(&json_indented(&value, "    "));
        return Ok(());
    }
    let texts: Vec<String> = entries.into_iter().map(|e| e.text).collect();
    session.print(&texts.join("\n"));
    Ok(())
}

fn instant(text: &str, now: Time) -> anyhow::Result<Time> {
    if let Some(at) = Time::parse(text) {
        return Ok(at);
    }
    let ago = parse_duration(text).with_context(|| format!("--at {text}: want an instant or a duration"))?;
    Ok(now - ago)
}

fn of_hpa(api: &Server, ns: &str, name: &str) -> Vec<Entry> {
    let entry = |decision: Rc<hpa::Decision>| Entry {
        time: Time::parse(&decision.time),
        value: decision.signed(),
        text: explain_hpa(&decision),
    };
    hpa::decisions(api, ns, name).into_iter().map(entry).collect()
}

fn of_node(api: &Server, name: &str) -> anyhow::Result<Vec<Entry>> {
    let node = api.get("nodes", "", name).map_err(|e| anyhow::anyhow!(e.message))?;
    let Some(record) = outlook::of_node(api, &node) else {
        bail!("no Cluster Autoscaler has looked at nodes");
    };
    let text = explain_node(&record, api.now());
    Ok(vec![Entry { time: Time::parse(record.str_at("time")), text, value: record }])
}

fn of_pod(api: &Server, ns: &str, name: &str) -> Vec<Entry> {
    let mut record = api.store().memory(scheduler::ATTEMPTS, &format!("{ns}/{name}"));
    let programs = api.find("pods", ns, name).map(|pod| programs_of(api, &pod)).unwrap_or_default();
    if record.is_null() && programs.is_empty() {
        return Vec::new();
    }
    if !record.is_null() && record.at("node").is_null() {
        record.set("clusterAutoscaler", outlook::of_pod(api, &format!("{ns}/{name}")));
    }
    let time = Time::parse(record.str_at("time")).or_else(|| api.find("pods", ns, name)?.created());
    if record.is_null() {
        record = json!({"pod": (format!("{ns}/{name}"))});
    }
    let program = |c: &Chosen| json!({"container": &c.container, "image": &c.image, "program": c.program, "why": &c.why});
    record.set("programs", programs.iter().map(program).collect::<Value>());
    vec![Entry { time, text: explain_pod(&record), value: record }]
}
