//! Cell texts that several kinds share.

use crate::machinery::{Object, Time, Value, duration::human_duration};

/// What stands for a missing value.
pub(super) const NONE: &str = "<none>";
/// What stands for a missing optional setting.
pub(super) const UNSET: &str = "<unset>";

/// How long ago an RFC 3339 time was, as an AGE column says it; `<unknown>` for a missing time.
pub(super) fn age(timestamp: &str, now: Time) -> String {
    age_of(Time::parse(timestamp), now)
}

/// As [`age`], for a time already read.
pub(super) fn age_of(time: Option<Time>, now: Time) -> String {
    time.map_or_else(|| "<unknown>".to_string(), |t| human_duration(now.since(t)))
}

/// The text, or what stands for an empty one.
pub(super) fn or<'a>(text: &'a str, missing: &'a str) -> &'a str {
    if text.is_empty() { missing } else { text }
}

/// The integer at a path; 0 when missing, as Go reads it.
pub(super) fn int(object: &Value, path: &str) -> i64 {
    object.int_at(path).unwrap_or(0)
}

/// A boolean as Go prints it.
pub(super) fn bool_text(b: bool) -> &'static str {
    if b { "true" } else { "false" }
}

/// The strings at `path` of each item of a list, joined by commas.
pub(super) fn join(items: &[Value], path: &str) -> String {
    items.iter().map(|i| i.str_at(path)).collect::<Vec<_>>().join(",")
}

/// A list of strings, joined by commas.
pub(super) fn join_strings(items: &[Value]) -> String {
    join(items, "")
}

/// The first few of many, and how many more there are.
pub(super) fn at_most(max: usize, items: &[String], separator: &str) -> String {
    let shown = items[..items.len().min(max)].join(separator);
    match items.len().saturating_sub(max) {
        0 => shown,
        more => format!("{shown} + {more} more..."),
    }
}

/// Names of the containers of a pod template.
pub(super) fn container_names(object: &Object, template: &str) -> Value {
    join(object.items_at(&format!("{template}/spec/containers")), "name").into()
}

/// Images of the containers of a pod template.
pub(super) fn container_images(object: &Object, template: &str) -> Value {
    join(object.items_at(&format!("{template}/spec/containers")), "image").into()
}
