//! The events about an object: the last block of most pages.

use super::meta::or;
use super::{Page, View};
use crate::machinery::{Object, Time, Value, go_sort};

/// The events about the object of the view.
pub(super) fn write(page: &mut Page, view: &View<'_>) {
    if view.options.show_events {
        table(page, view, about(view, view.object.kind(), view.object.uid()));
    }
}

/// The events that involve an object of the view's name and namespace, of this kind and uid. An empty kind or uid is
/// not looked at.
pub(super) fn about(view: &View<'_>, kind: &str, uid: &str) -> Vec<Object> {
    let (name, namespace) = (view.object.name(), view.object.namespace());
    let mut events = view.world.list("events", namespace);
    events.retain(|event| {
        let involved = event.at("involvedObject");
        let either = |wanted: &str, field: &str| wanted.is_empty() || involved.str_at(field) == wanted;
        involved.str_at("name") == name
            && involved.str_at("namespace") == namespace
            && either(kind, "kind")
            && either(uid, "uid")
    });
    events
}

/// The table of events, oldest last timestamp first. Events without one (those of the newer API, which carry an event
/// time) come first.
pub(super) fn table(page: &mut Page, view: &View<'_>, mut events: Vec<Object>) {
    if events.is_empty() {
        return page.field(0, "Events", "<none>");
    }
    let last = |event: &Object| Time::parse(event.str_at("lastTimestamp"));
    go_sort(&mut events, view.client(), |a, b| last(a) < last(b));
    page.line(0, "Events:");
    page.line(1, "Type\tReason\tAge\tFrom\tMessage");
    page.line(1, "----\t------\t----\t----\t-------");
    for event in &events {
        let from = or(event.str_at("source/component"), event.str_at("reportingComponent"));
        let mut message = event.str_at("message").trim().to_string();
        let part = event.str_at("involvedObject/fieldPath");
        if !part.is_empty() && view.client().describe_names_the_part_an_event_is_about() {
            message = format!("{part}: {message}");
        }
        let (kind, reason) = (event.str_at("type"), event.str_at("reason"));
        page.line(1, format_args!("{kind}\t{reason}\t{}\t{from}\t{message}", when(view, event)));
    }
}

/// `11m`, or `2m (x5 over 11m)` for what happened again and again.
fn when(view: &View<'_>, event: &Object) -> String {
    let first = match event.at("eventTime") {
        Value::Null => view.age(event.at("firstTimestamp")),
        time => view.age(time),
    };
    let count = event.int_at("count").unwrap_or(0);
    match event.at("series") {
        Value::Null if count > 1 => {
            format!("{} (x{count} over {first})", view.age(event.at("lastTimestamp")))
        }
        Value::Null => first,
        series => {
            let last = view.age(series.at("lastObservedTime"));
            format!("{last} (x{} over {first})", series.int_at("count").unwrap_or(0))
        }
    }
}
