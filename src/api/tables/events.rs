//! Events: the table shows what happened first, the name of the event itself last.

use super::cells::{age_of, int};
use super::{Cell, Context, Printer};
use crate::machinery::{Object, Time, Value};

const EVENT: &[Cell] = &[
    Cell::string("Last Seen", |o, cx| age_of(last_seen(o), cx.now).into()),
    Cell::string("Type", |o, _| o.str_at("type").into()),
    Cell::string("Reason", |o, _| o.str_at("reason").into()),
    Cell::string("Object", |o, _| {
        let about = regarding(o);
        format!("{}/{}", about.str_at("kind").to_lowercase(), about.str_at("name")).into()
    }),
    Cell::string("Subobject", |o, _| regarding(o).str_at("fieldPath").into()).wide(),
    Cell::string("Source", |o, _| source(o).into()).wide(),
    Cell::string("Message", |o, _| either(o, "message", "note").trim().into()),
    Cell::string("First Seen", first_seen).wide(),
    Cell::string("Count", |o, _| count(o).into()).wide(),
    Cell::string("Name", |o, _| o.name().into()).format("name").wide(),
];

pub(super) const PRINTERS: &[Printer] =
    &[Printer::new("", "Event", EVENT), Printer::new("events.k8s.io", "Event", EVENT)];

/// A field by its core name, else by its name in `events.k8s.io`.
fn either<'a>(event: &'a Object, core: &str, events: &str) -> &'a str {
    match event.str_at(core) {
        "" => event.str_at(events),
        text => text,
    }
}

fn regarding(event: &Object) -> &Value {
    let involved = event.at("involvedObject");
    if involved.is_null() { event.at("regarding") } else { involved }
}

fn time(event: &Object, core: &str, events: &str) -> Option<Time> {
    Time::parse(either(event, core, events))
}

/// When the event was last seen: by its series, else by its timestamps.
fn last_seen(event: &Object) -> Option<Time> {
    Time::parse(event.str_at("series/lastObservedTime"))
        .or_else(|| time(event, "lastTimestamp", "deprecatedLastTimestamp"))
        .or_else(|| first_time(event))
}

fn first_time(event: &Object) -> Option<Time> {
    time(event, "firstTimestamp", "deprecatedFirstTimestamp")
        .or_else(|| Time::parse(event.str_at("eventTime")))
}

fn first_seen(event: &Object, cx: &Context) -> Value {
    age_of(first_time(event), cx.now).into()
}

fn count(event: &Object) -> i64 {
    match (event.int_at("series/count"), int(event, "count").max(int(event, "deprecatedCount"))) {
        (Some(series), _) => series,
        (None, 0) => 1,
        (None, count) => count,
    }
}

fn source(event: &Object) -> String {
    let component = either(event, "source/component", "deprecatedSource/component");
    let host = either(event, "source/host", "deprecatedSource/host");
    let (component, host) = if component.is_empty() {
        (either(event, "reportingComponent", "reportingController"), event.str_at("reportingInstance"))
    } else {
        (component, host)
    };
    if host.is_empty() { component.to_string() } else { format!("{component}, {host}") }
}
