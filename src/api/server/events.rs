//! Recording events, with the counting and aggregation of client-go: a repeat raises the count of the first event,
//! too many similar ones become one, too many of one source are dropped.

use super::Server;
use crate::json;
use crate::machinery::backoff::{RateLimit, TokenBucket};
use crate::machinery::{Duration, Object, Time, Value, duration};

/// From this many distinct messages within [`SIMILAR_WINDOW`] on, similar events become one.
const SIMILAR_LIMIT: usize = 10;
const SIMILAR_WINDOW: Duration = Duration::from_mins(10);
/// Spam filter of a source and object: 25 at once, one more every 5 minutes, a rate that client-go keeps in single precision.
const SPAM_LIMIT: RateLimit = RateLimit { per_second: (1.0_f32 / 300.0) as f64, burst: 25.0 };
/// A series is forgotten when nothing happened for this long.
const SERIES_END: Duration = Duration::from_mins(6);
/// A series that goes on is written this often.
const SERIES_REFRESH: Duration = Duration::from_mins(30);
/// An event that was not written for this long is gone (kube-apiserver, `--event-ttl`; an hour on EKS too).
const EVENT_TTL: Duration = Duration::from_mins(60);
/// Memory of the recorders in the store.
const MEMORY: &str = "event-recorder";

/// What an event says.
#[derive(Clone, Debug, Default)]
pub struct EventSpec<'a> {
    /// `Normal` or `Warning`.
    pub kind: &'a str,
    /// `ScalingReplicaSet`.
    pub reason: &'a str,
    /// The text.
    pub message: &'a str,
    /// Who tells: `deployment-controller`, `kubelet`.
    pub component: &'a str,
    /// The node of a kubelet; empty for others.
    pub host: &'a str,
    /// Part of the object: `spec.containers{main}`.
    pub field_path: &'a str,
    /// For the events.k8s.io recorder (the scheduler): what was being done (`Binding`, `Scheduling`). Empty for the
    /// core recorder.
    pub action: &'a str,
}

impl Server {
    /// Records an event about an object.
    pub fn record(&self, about: &Object, event: &EventSpec<'_>) {
        if event.action.is_empty() {
            self.record_core(about, event)
        } else {
            self.record_series(about, event)
        }
    }

    /// Whether the server still has an object that the file holds: it drops an event some time after its last write, and the
    /// file keeps it for `kubetick timeline`.
    pub(super) fn kept(&self, resource: &str) -> impl Fn(&Object) -> bool {
        const WRITTEN: [&str; 4] =
            ["lastTimestamp", "series/lastObservedTime", "metadata/creationTimestamp", "eventTime"];
        let ttl = (resource == "events").then(|| self.event_ttl());
        let now = self.now();
        let written = |event: &Object, path| Time::parse(event.str_at(path));
        move |object| {
            ttl.is_none_or(|ttl| {
                WRITTEN.into_iter().filter_map(|path| written(object, path)).any(|at| now < at + ttl)
            })
        }
    }

    /// An hour, unless the cluster says something else.
    fn event_ttl(&self) -> Duration {
        duration::parse_go_duration(self.store.meta().config.str_at("eventTTL")).unwrap_or(EVENT_TTL)
    }

    /// The core/v1 recorder.
    fn record_core(&self, about: &Object, event: &EventSpec<'_>) {
        let now = self.now();
        let same = format!(
            "{}|{}|{}|{}|{}|{}|{}",
            event.component,
            event.host,
            about.kind(),
            about.uid(),
            event.field_path,
            event.kind,
            event.reason
        );
        let mut group = self.store.memory(MEMORY, &same);
        let recent = group.int_at("last").is_some_and(|last| now.since(Time(last)) <= SIMILAR_WINDOW);
        if !recent {
            group.remove("messages");
        }
        group.set("last", now.0);
        let messages = group.at_mut("messages").list_mut();
        if !messages.iter().any(|m| m == event.message) && messages.len() < SIMILAR_LIMIT {
            messages.push(event.message.into());
        }
        let combined = messages.len() >= SIMILAR_LIMIT;
        let message = if combined {
            format!("(combined from similar events): {}", event.message)
        } else {
            event.message.to_string()
        };
        let slot = if combined { "combined" } else { event.message };
        let known = group.at("names").get(slot).and_then(Value::as_str).map(str::to_string);
        self.store.remember(MEMORY, &same, group.clone());
        if !self.within_budget(about, event, now) {
            return;
        }
        let ns = event_namespace(about);
        if let Some(mut old) = known.and_then(|name| self.store.get("events", &ns, &name)) {
            if !self.kept("events")(&old) {
                // The recorder still counts it, and finding it gone makes it anew under its name.
                self.store.remove("events", &ns, old.name());
                old.set("metadata/uid", self.new_uid());
                old.set("metadata/creationTimestamp", now.rfc3339());
            }
            let count = old.int_at("count").unwrap_or(1) + 1;
            old.set("count", count);
            old.set("lastTimestamp", now.rfc3339());
            old.set("message", message);
            self.store.put("events", old);
            return;
        }
        let mut fresh = self.new_event(about, event, &message);
        fresh.set("firstTimestamp", now.rfc3339());
        fresh.set("lastTimestamp", now.rfc3339());
        fresh.set("count", 1);
        fresh.set("eventTime", Value::Null);
        fresh.set("source/component", event.component);
        if !event.host.is_empty() {
            fresh.set("source/host", event.host);
        }
        // The aggregating recorder makes these events anew and leaves out who reports.
        if combined {
            fresh.set("reportingComponent", "");
            fresh.set("reportingInstance", "");
        }
        group.at_mut("names").map_mut().insert(slot, fresh.name());
        self.store.remember(MEMORY, &same, group);
        self.store.put("events", fresh);
    }

    /// The events.k8s.io recorder: the second occurrence makes a series; later ones are counted, and written now and then.
    fn record_series(&self, about: &Object, event: &EventSpec<'_>) {
        let now = self.now();
        let key = format!(
            "series {}|{}|{}|{}|{}|{}",
            event.component,
            about.uid(),
            about.resource_version(),
            event.kind,
            event.reason,
            event.action
        );
        let memory = self.store.memory(MEMORY, &key);
        let alive = memory.int_at("last").is_some_and(|last| now.since(Time(last)) < SERIES_END);
        let known =
            alive.then(|| self.find("events", &event_namespace(about), memory.str_at("name"))).flatten();
        let Some(mut old) = known else {
            let mut fresh = self.new_event(about, event, event.message);
            fresh.set("eventTime", now.rfc3339_micro());
            fresh.set("action", event.action);
            fresh.set("firstTimestamp", Value::Null);
            fresh.set("lastTimestamp", Value::Null);
            fresh.set("source", Value::object());
            self.store.remember(MEMORY, &key, json!({"last": (now.0), "name": (fresh.name()), "count": 1}));
            self.store.put("events", fresh);
            return;
        };
        let count = memory.int_at("count").unwrap_or(1) + 1;
        self.store.remember(MEMORY, &key, json!({"last": (now.0), "name": (old.name()), "count": count}));
        let written = Time::parse(old.str_at("series/lastObservedTime"));
        if written.is_none_or(|at| now.since(at) >= SERIES_REFRESH) {
            old.set("series", json!({"count": count, "lastObservedTime": (now.rfc3339_micro())}));
            self.store.put("events", old);
        }
    }

    fn new_event(&self, about: &Object, event: &EventSpec<'_>, message: &str) -> Object {
        let now = self.now();
        let ns = event_namespace(about);
        // Named by the instant, as client-go does; the counter keeps apart what happens within one nanosecond.
        let mut nanos = now.0;
        let mut name = format!("{}.{nanos:x}", about.name());
        while self.find("events", &ns, &name).is_some() {
            nanos += 1;
            name = format!("{}.{nanos:x}", about.name());
        }
        let mut object = Object::new("v1", "Event", &ns, &name);
        object.set("metadata/uid", self.new_uid());
        object.set("metadata/creationTimestamp", now.rfc3339());
        let mut involved = json!({
            "apiVersion": (about.api_version()), "kind": (about.kind()), "name": (about.name()),
            "resourceVersion": (about.str_at("metadata/resourceVersion")), "uid": (about.uid()),
        });
        if !about.namespace().is_empty() {
            involved.set("namespace", about.namespace());
        }
        // The kubelet and the node controller name a node by its name, also as uid.
        if about.kind() == "Node" && matches!(event.component, "kubelet" | "kube-proxy") {
            involved.set("uid", about.name());
            involved.remove("resourceVersion");
            involved.remove("apiVersion");
        }
        if !event.field_path.is_empty() {
            involved.set("fieldPath", event.field_path);
        }
        object.set("involvedObject", involved);
        object.set("type", event.kind);
        object.set("reason", event.reason);
        object.set("message", message);
        object.set("reportingComponent", event.component);
        object.set("reportingInstance", event.host);
        object
    }

    /// The spam filter's token bucket of a source and object.
    fn within_budget(&self, about: &Object, event: &EventSpec<'_>, now: Time) -> bool {
        let key = format!(
            "bucket {}|{}|{}|{}|{}",
            event.component,
            event.host,
            about.kind(),
            about.uid(),
            event.kind
        );
        let kept = self.store.memory(MEMORY, &key);
        let mut bucket = match (kept.at("tokens").as_f64(), kept.int_at("at")) {
            (Some(tokens), Some(at)) => TokenBucket { tokens, updated: Time(at) },
            _ => TokenBucket::full(SPAM_LIMIT, now),
        };
        let granted = bucket.try_accept(SPAM_LIMIT, now);
        self.store.remember(MEMORY, &key, json!({"at": (bucket.updated.0), "tokens": (bucket.tokens)}));
        granted
    }
}

/// Events live beside their object; those of cluster-scoped objects in `default`.
fn event_namespace(about: &Object) -> String {
    match about.namespace() {
        "" => "default".to_string(),
        ns => ns.to_string(),
    }
}
