//! Writes what a loop said: lines into the container's log, events through the API server.

use super::access::Access;
use super::flags::Flags;
use super::journal::{Entry, EventNote, Severity, Subject};
use super::log;
use crate::actors::programs::Process;
use crate::api::EventSpec;
use crate::machinery::{Duration, Object, Time};
use std::collections::BTreeMap;

const COMPONENT: &str = "cluster-autoscaler";
/// The name of the priority expander's ConfigMap.
pub const PRIORITIES: &str = "cluster-autoscaler-priority-expander";
/// Of events that are alike, one passes in so long.
const QUIET: Duration = Duration::from_secs(300);

/// Writes the entries. `passed` remembers when events were let through.
pub fn publish(
    entries: Vec<Entry>,
    process: &Process<'_>,
    access: &Access<'_>,
    flags: &Flags,
    passed: &mut BTreeMap<String, Time>,
) {
    let now = process.now();
    if entries.iter().any(|entry| matches!(entry, Entry::Event(_))) {
        passed.retain(|_, at| *at + QUIET > now);
    }
    let mut text = String::new();
    let mut say = |severity: Severity, site: &str, message: &str| {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&log::of(severity, now, site, message));
    };
    for entry in entries {
        match entry {
            Entry::Line(severity, site, message) => say(severity, site, &message),
            Entry::Event(event) => {
                if let Some(line) = record(&event, process, access, flags, passed, now)
                    && (line.0 == Severity::Error || flags.verbosity >= 4)
                {
                    say(line.0, "event_sink_logging_wrapper.go:48", &line.1);
                }
            }
        }
    }
    if !text.is_empty() {
        process.log(&text);
    }
}

/// Records an event unless it is one too many; returns the line about it.
fn record(
    event: &EventNote,
    process: &Process<'_>,
    access: &Access<'_>,
    flags: &Flags,
    passed: &mut BTreeMap<String, Time>,
    now: Time,
) -> Option<(Severity, String)> {
    let api = process.api;
    let config_map = |name: &str| {
        let found = api.find("configmaps", &flags.namespace, name);
        found.unwrap_or_else(|| Object::new("v1", "ConfigMap", &flags.namespace, name))
    };
    let about = match &event.subject {
        Subject::Status if !flags.write_status => return None,
        Subject::Status => config_map(&flags.status_config_map),
        Subject::Priorities => config_map(PRIORITIES),
        Subject::Object(object) => object.clone(),
    };
    if !flags.record_duplicated_events {
        let message = match event.subject {
            Subject::Status => event.message.as_str(),
            _ => "",
        };
        let key = format!("{} {} {} {} {message}", event.reason, about.kind(), about.key(), about.uid());
        if passed.contains_key(&key) {
            return None;
        }
        passed.insert(key, now);
    }
    let namespace = if about.namespace().is_empty() { "default" } else { about.namespace() };
    if let Err(why) = access.check("create", "", "events", namespace, "") {
        let text = format!("Server rejected event (will not retry!): {why}");
        return Some((Severity::Error, text));
    }
    let kind = if event.warning { "Warning" } else { "Normal" };
    let spec = EventSpec {
        kind,
        reason: event.reason,
        message: &event.message,
        component: COMPONENT,
        ..EventSpec::default()
    };
    api.record(&about, &spec);
    Some((
        Severity::Info,
        format!(
            "Event(v1.ObjectReference{{Kind:{:?}, Namespace:{:?}, Name:{:?}, UID:{:?}, APIVersion:{:?}, ResourceVersion:{:?}, FieldPath:\"\"}}): type: '{kind}' reason: '{}' {}",
            about.kind(),
            about.namespace(),
            about.name(),
            about.uid(),
            about.api_version(),
            about.str_at("metadata/resourceVersion"),
            event.reason,
            event.message
        ),
    ))
}

/// Writes lines of a process that has no events to tell.
pub fn write_lines(entries: Vec<Entry>, process: &Process<'_>) {
    for entry in entries {
        if let Entry::Line(severity, site, message) = entry {
            process.log(&log::of(severity, process.now(), site, &message));
        }
    }
}
