//! `kubetick timeline`: every event of every component, in the order things happened.

use super::{Outcome, Session, open};
use crate::machinery::{Object, Time, Value};
use crate::store::Access;

/// What of it.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Only this namespace
    #[arg(short, long)]
    namespace: Option<String>,
    /// Only events about this object: KIND/NAME, for example hpa/php-apache
    #[arg(long = "for", value_name = "KIND/NAME")]
    about: Option<String>,
    /// As a JSON array
    #[arg(short, long, value_parser = ["json", "text"], default_value = "text")]
    output: String,
}

pub(super) fn run(args: &Args, session: &Session) -> Outcome {
    let cluster = open(session, Access::Read)?;
    let kind_and_name = match &args.about {
        None => None,
        Some(text) => {
            let (word, name) =
                text.split_once('/').ok_or_else(|| anyhow::anyhow!("--for {text}: want KIND/NAME"))?;
            let kind = cluster.api.registry().lookup(word).map(|r| r.kind.to_string());
            let kind = kind.ok_or_else(|| anyhow::anyhow!("--for {text}: no such kind: {word}"))?;
            Some((kind, name.to_string()))
        }
    };
    // Also those that the API server has dropped.
    let mut events = cluster.api.store().list("events", args.namespace.as_deref().unwrap_or(""));
    events.retain(|e| {
        kind_and_name.as_ref().is_none_or(|(kind, name)| {
            e.str_at("involvedObject/kind") == kind && e.str_at("involvedObject/name") == name
        })
    });
    // Equal instants keep the order of writing.
    events.sort_by_key(|e| (first_seen(e), e.resource_version()));
    if args.output == "json" {
        let all: Value = events.into_iter().map(Value::from).collect::<Vec<_>>().into();
        session.println(&crate::machinery::go_text::json_indented(&all, "    "));
        return Ok(());
    }
    for e in &events {
        session.println(&line(e));
    }
    Ok(())
}

fn first_seen(event: &Object) -> Option<Time> {
    ["eventTime", "firstTimestamp", "metadata/creationTimestamp"]
        .iter()
        .find_map(|p| Time::parse(event.str_at(p)))
}

fn line(e: &Object) -> String {
    let at = first_seen(e).map(|t| t.to_string()).unwrap_or_default();
    let count = e.int_at("series/count").or(e.int_at("count")).unwrap_or(1);
    let times = if count > 1 { format!(" (x{count})") } else { String::new() };
    let from = match e.str_at("source/component") {
        "" => e.str_at("reportingComponent"),
        component => component,
    };
    let ns = match e.str_at("involvedObject/namespace") {
        "" => String::new(),
        ns => format!("{ns}/"),
    };
    format!(
        "{at}  {:<26}  {ns}{}/{}  {}{times}: {}",
        from,
        e.str_at("involvedObject/kind").to_lowercase(),
        e.str_at("involvedObject/name"),
        e.str_at("reason"),
        e.str_at("message").trim()
    )
}
