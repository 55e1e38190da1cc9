//! `kubectl events`: a table the client makes from the events themselves, oldest first.

use super::tabwriter::{TABLE, TabWriter};
use crate::machinery::{KubeVersion, Object, Time, duration::human_duration, go_sort};

/// Puts events in the order `kubectl events` shows them in.
pub fn sort(events: &mut [Object], client: KubeVersion) {
    go_sort(events, client, |a, b| last_time(a) < last_time(b));
}

/// Prints events; in a watch, one after the other.
#[derive(Debug)]
pub struct EventPrinter {
    all_namespaces: bool,
    headed: bool,
    writer: TabWriter,
}

impl EventPrinter {
    /// A printer that has not printed anything.
    pub fn new(all_namespaces: bool, no_headers: bool) -> EventPrinter {
        EventPrinter { all_namespaces, headed: no_headers, writer: TabWriter::new(TABLE) }
    }

    /// The lines of some events, with the header in front of the first ever.
    pub fn print(&mut self, events: &[Object], now: Time) -> String {
        if events.is_empty() {
            return String::new();
        }
        if !std::mem::replace(&mut self.headed, true) {
            let namespace = if self.all_namespaces { "NAMESPACE\t" } else { "" };
            self.writer.write(&format!("{namespace}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n"));
        }
        for event in events {
            if self.all_namespaces {
                self.writer.write(&format!("{}\t", event.namespace()));
            }
            let about = event.at("involvedObject");
            self.writer.write(&format!(
                "{}\t{}\t{}\t{}/{}\t{}\n",
                interval(event, now),
                event.str_at("type"),
                event.str_at("reason"),
                about.str_at("kind"),
                about.str_at("name"),
                event.str_at("message").trim(),
            ));
        }
        self.writer.flush()
    }
}

/// `13m (x4 over 15m)`, or how long ago a single event was.
fn interval(event: &Object, now: Time) -> String {
    let ago = |t: Option<Time>| t.map_or_else(|| "<unknown>".to_string(), |t| human_duration(now.since(t)));
    let first = ago(time(event, "eventTime").or_else(|| time(event, "firstTimestamp")));
    let repeated = |last: &str, count: i64| format!("{} (x{count} over {first})", ago(time(event, last)));
    let count = event.int_at("count").unwrap_or(0);
    if !event.at("series").is_null() {
        repeated("series/lastObservedTime", event.int_at("series/count").unwrap_or(0))
    } else if count > 1 {
        repeated("lastTimestamp", count)
    } else {
        first
    }
}

fn time(event: &Object, path: &str) -> Option<Time> {
    Time::parse(event.str_at(path))
}

fn last_time(event: &Object) -> Option<Time> {
    if !event.at("series").is_null() {
        return time(event, "series/lastObservedTime");
    }
    time(event, "lastTimestamp").or_else(|| time(event, "eventTime"))
}
