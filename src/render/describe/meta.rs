//! What every page begins with: names, labels, annotations, times.

use super::{Page, View, go};
use crate::machinery::{Map, Time, Value, duration};

/// Annotations longer than this, key included, are put on lines of their own and cut.
const LONG_ANNOTATION: usize = 140;
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl View<'_> {
    /// `Sun, 22 Nov 2026 22:39:21 +0000` in the user's zone.
    pub(super) fn time(&self, value: &Value) -> String {
        match Time::parse(value.as_str().unwrap_or("")) {
            Some(time) => self.zoned(time).strftime("%a, %d %b %Y %H:%M:%S %z").to_string(),
            None => "Mon, 01 Jan 0001 00:00:00 +0000".into(),
        }
    }

    /// An instant in the user's zone.
    pub(super) fn zoned(&self, time: Time) -> jiff::Zoned {
        time.timestamp().to_zoned(self.options.zone.clone())
    }

    /// How long ago an instant was, as tables print it.
    pub(super) fn age(&self, value: &Value) -> String {
        match Time::parse(value.as_str().unwrap_or("")) {
            Some(time) => duration::human_duration(self.options.now.since(time)),
            None => "<unknown>".into(),
        }
    }
}

/// Name and, for kinds of namespaces, namespace.
pub(super) fn name(page: &mut Page, view: &View<'_>) {
    page.field(0, "Name", view.object.name());
}

/// Name and namespace.
pub(super) fn name_and_namespace(page: &mut Page, view: &View<'_>) {
    name(page, view);
    page.field(0, "Namespace", view.object.namespace());
}

/// Labels of the object.
pub(super) fn labels(page: &mut Page, view: &View<'_>) {
    page.column(0, "Labels", &pairs(view.object.labels()));
}

/// Annotations of the object.
pub(super) fn annotations(page: &mut Page, view: &View<'_>) {
    page.column(0, "Annotations", &annotation_lines(view.object.annotations()));
}

/// Labels and annotations of the object.
pub(super) fn labels_and_annotations(page: &mut Page, view: &View<'_>) {
    labels(page, view);
    annotations(page, view);
}

/// `Controlled By: ReplicaSet/web-1`, if something does.
pub(super) fn controlled_by(page: &mut Page, view: &View<'_>) {
    if let Some(owner) = view.object.controller() {
        page.field(0, "Controlled By", format_args!("{}/{}", owner.kind, owner.name));
    }
}

/// `k=v` for each entry.
pub(super) fn pairs(map: &Map) -> Vec<String> {
    map.iter().map(|(k, v)| format!("{k}={}", go::text(v))).collect()
}

/// `k=v,k=v`, sorted as strings; `<none>` without any.
pub(super) fn joined_pairs(map: &Map) -> String {
    let mut pairs = pairs(map);
    pairs.sort();
    if pairs.is_empty() { "<none>".into() } else { pairs.join(",") }
}

/// The lines annotations take: `k: v`, or the key and below it the lines of a long value, cut.
pub(super) fn annotation_lines(map: &Map) -> Vec<String> {
    let mut lines = Vec::new();
    for (key, value) in map.iter().filter(|(key, _)| *key != LAST_APPLIED) {
        let value = go::text(value);
        let value = value.strip_suffix('\n').unwrap_or(&value);
        if !value.contains('\n') && key.len() + value.len() + 2 <= LONG_ANNOTATION {
            lines.push(format!("{key}: {value}"));
            continue;
        }
        lines.push(format!("{key}:"));
        lines.extend(value.split('\n').map(|line| format!("  {}", cut(line, LONG_ANNOTATION - 2))));
    }
    lines
}

/// At most `bytes` of a text, `...` in place of the rest.
fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_string();
    }
    let end = (0..=bytes).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    format!("{}...", &text[..end])
}

/// A text, or what stands for an empty one.
pub(super) fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

/// The text of a value, or what stands for an absent one.
pub(super) fn value_or(value: &Value, otherwise: &str) -> String {
    if value.is_null() { otherwise.into() } else { go::text(value) }
}

/// The strings of a list.
pub(super) fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.items().iter().filter_map(Value::as_str)
}

/// The strings of a list with a separator between them.
pub(super) fn join(value: &Value, separator: &str) -> String {
    strings(value).collect::<Vec<_>>().join(separator)
}
