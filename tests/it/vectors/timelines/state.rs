//! All objects and events of a scenario at one instant, in a form that compares.

use super::masks;
use super::reduce::changed;
use kubetick::json;
use kubetick::machinery::{Map, Value};
use std::collections::BTreeMap;

/// Objects by `KIND NAME`, and events by name with what they say.
#[derive(Clone, Default)]
pub struct State {
    pub objects: BTreeMap<String, Map>,
    pub events: BTreeMap<String, (Value, i64)>,
    /// By how much ReplicaSets were scaled, up and down: in how many steps depends on how close together pods change.
    scaled: BTreeMap<String, i64>,
}

/// What is told again whenever a queue comes back to it.
const REPEATED: [&str; 4] = [" FailedScheduling ", " SawCompletedJob ", " FailedCreate ", " NoPods "];

impl State {
    /// Takes note of an event that was recorded, or recorded again.
    pub fn tell(&mut self, name: String, said: Value, count: i64) {
        if said.str_at("reason") == "ScalingReplicaSet" {
            let message = said.str_at("message");
            let words: Vec<&str> = message.split(' ').collect();
            if let [.., up, "replica", "set", name, "from", from, "to", to] = words[..] {
                let (from, to): (i64, i64) = (from.parse().unwrap_or(0), to.parse().unwrap_or(0));
                let about = format!("{} scaled {up} {name}", said.str_at("object/name"));
                *self.scaled.entry(about).or_default() += (to - from).abs();
                return;
            }
        }
        self.events.insert(name, (said, count));
    }

    pub fn forget_slices(&mut self) {
        self.objects.retain(|key, _| !key.starts_with("EndpointSlice "));
    }

    /// Lines that both sides must share: an object or a kind of event each.
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .objects
            .iter()
            .filter_map(|(key, fields)| Some(format!("{} {}", masks::text(key), object(key, fields)?)))
            .collect();
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for (event, count) in self.events.values() {
            let Some(line) = event_line(event) else { continue };
            *counts.entry(line).or_default() += count;
        }
        lines.extend(counts.into_iter().map(
            |(line, count)| match REPEATED.iter().any(|r| line.contains(r)) {
                true => format!("Event {line}"),
                false => format!("Event {line} x{count}"),
            },
        ));
        lines.extend(self.scaled.iter().map(|(what, by)| format!("Event {what} by {by} in all")));
        lines.sort();
        lines
    }

    /// What one side has and the other has not.
    pub fn difference(got: &State, want: &State) -> Option<String> {
        let (mut got, mut missing) = (got.lines(), Vec::new());
        for line in want.lines() {
            match got.iter().position(|l| *l == line) {
                Some(i) => drop(got.remove(i)),
                None => missing.push(line),
            }
        }
        let mut text = String::new();
        for want in missing {
            let same = got.iter().position(|got| subject(got) == subject(&want) && want.contains('{'));
            text += &match same.map(|i| got.remove(i)) {
                Some(got) => beside(&got, &want),
                None => format!("\n      want {want}"),
            };
        }
        got.iter().for_each(|got| text += &format!("\n      got  {got}"));
        (!text.is_empty()).then_some(text)
    }
}

/// What a line is about.
fn subject(line: &str) -> &str {
    line.split('{').next().unwrap_or("")
}

/// The fields of two objects that differ.
fn beside(got: &str, want: &str) -> String {
    let read = |line: &str| Value::parse(&line[subject(line).len()..]).unwrap_or_default().map().clone();
    let (got_fields, want_fields) = (read(got), read(want));
    format!(
        "\n      {}got  {}\n      {}want {}",
        subject(want),
        changed(&want_fields, &got_fields).to_json(),
        subject(want),
        changed(&got_fields, &want_fields).to_json()
    )
}

/// An object without its accidents; none for what is not compared.
fn object(key: &str, fields: &Map) -> Option<String> {
    let kind = key.split(' ').next().unwrap_or("");
    let mut fields = fields.clone();
    match kind {
        "Node" => fields.retain(|key, _| ["taints", "unschedulable"].contains(&key)),
        // How often a slice was written depends on how close together its pods changed.
        "EndpointSlice" => drop(fields.remove("generation")),
        "ReplicaSet" => {
            fields.remove("generation");
            if let Some(status) = fields.get_mut("status") {
                status.remove("observedGeneration");
            }
        }
        "Pod" => {
            // The scheduler counts all nodes of its cluster; its texts are compared elsewhere.
            if let Some(conditions) = fields.get_mut("conditions")
                && conditions.at("PodScheduled").str_at("reason") == "Unschedulable"
            {
                conditions.set("PodScheduled/message", "UNSCHEDULABLE");
            }
        }
        "Job" | "CronJob" => mask_times(&mut fields),
        "ConfigMap" | "ServiceAccount" | "Service" => fields = Map::new(),
        "ResourceQuota" => fields = Map::new(),
        _ => {}
    }
    if let Some(annotations) = fields.get_mut("annotations") {
        // Which of the changes it saw came last is told to the second, and left out when it is none.
        annotations.map_mut().remove("endpoints.kubernetes.io/last-change-trigger-time");
        if annotations.map().is_empty() {
            fields.remove("annotations");
        }
    }
    let mut masked = masks::value(&fields.into());
    for list in ["endpoints", "finalizers"] {
        sort(masked.at_mut_if(list));
    }
    if !masked.at("subsets").is_null() {
        for subset in masked.at_mut("subsets").list_mut() {
            sort(Some(subset.at_mut("addresses")));
            sort(Some(subset.at_mut("notReady")));
        }
    }
    Some(masked.to_json())
}

trait AtMutIf {
    fn at_mut_if(&mut self, path: &str) -> Option<&mut Value>;
}

impl AtMutIf for Value {
    fn at_mut_if(&mut self, path: &str) -> Option<&mut Value> {
        if self.at(path).is_null() { None } else { Some(self.at_mut(path)) }
    }
}

fn sort(list: Option<&mut Value>) {
    if let Some(list) = list {
        list.list_mut().sort_by_key(Value::to_json);
    }
}

fn mask_times(fields: &mut Map) {
    let Some(status) = fields.get_mut("status") else { return };
    for key in ["startTime", "completionTime", "lastSuccessfulTime"] {
        if !status.at(key).is_null() {
            status.set(key, "TIME");
        }
    }
    status.map_mut().retain(|_, v| !v.is_null());
}

/// What an event says, without when and how often.
fn event_line(event: &Value) -> Option<String> {
    // Told of every node there is, some time after the scenario's nodes were made.
    if event.str_at("reason") == "RegisteredNode" {
        return None;
    }
    let about = format!("{} {}", event.str_at("object/kind"), event.str_at("object/name"));
    // The scheduler counts all nodes of its cluster; its texts are compared elsewhere.
    let message = if event.str_at("reason") == "FailedScheduling" { "" } else { event.str_at("message") };
    let line = format!(
        "{about}: {} {} {message} [{} {}]",
        event.str_at("type"),
        event.str_at("reason"),
        event.str_at("source/component"),
        event.str_at("reportingComponent"),
    );
    Some(masks::text(&line))
}

/// The recorded writes, replayed.
pub struct Recorded {
    steps: Vec<(f64, State)>,
    tolerance: f64,
}

impl Recorded {
    pub fn read(case: &Value) -> Recorded {
        let mut writes: Vec<(f64, bool, &Value)> = Vec::new();
        for (path, is_event) in [("writes", false), ("events", true)] {
            let mut latest = 0.0f64;
            for w in case.items_at(path) {
                // The order is that of the revisions; the instants were noted by several watchers.
                latest = latest.max(w.at("t").as_f64().unwrap_or(0.0));
                writes.push((latest, is_event, w));
            }
        }
        writes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut state = State::default();
        let mut steps: Vec<(f64, State)> = Vec::new();
        for (n, (t, is_event, write)) in writes.iter().enumerate() {
            if *is_event {
                note_event(&mut state, write, n)
            } else {
                replay(&mut state, write)
            }
            match steps.last_mut() {
                Some((last, kept)) if *t - *last < 0.05 => (*last, *kept) = (*t, state.clone()),
                _ => steps.push((*t, state.clone())),
            }
        }
        Recorded { steps, tolerance: tolerance(case) }
    }

    /// Instants at which nothing had happened for a while, nor was going to.
    pub fn pauses(&self) -> Vec<f64> {
        let mut looks: Vec<f64> = Vec::new();
        for pair in self.steps.windows(2) {
            let (from, to) = (pair[0].0, pair[1].0);
            if to - from > 2.0 * self.tolerance - 0.1 {
                looks.push((from + to) / 2.0);
            }
        }
        looks.extend(self.steps.last().map(|(t, _)| t + self.tolerance));
        looks
    }

    /// Whether endpoint slices stay as they are for a while: what comes after a slice was read too early is retried after
    /// a second.
    pub fn slices_rest(&self, t: f64) -> bool {
        let slices = |state: State| -> Vec<Map> {
            state
                .objects
                .into_iter()
                .filter(|(key, _)| key.starts_with("EndpointSlice "))
                .map(|(_, o)| o)
                .collect()
        };
        slices(self.at(t)) == slices(self.at(t + 1.2))
    }

    pub fn at(&self, t: f64) -> State {
        self.steps.iter().rev().find(|(at, _)| *at <= t).map(|(_, state)| state.clone()).unwrap_or_default()
    }
}

/// How far apart the two clocks may be: jobs are looked at once a second and count in whole ones, nodes every five, pods without one every twenty.
fn tolerance(case: &Value) -> f64 {
    let tells = |reason: &str| case.items_at("events").iter().any(|e| e.str_at("reason") == reason);
    let quota = tells("FailedCreate");
    let has = |kind: &str| case.items_at("writes").iter().any(|w| w.str_at("kind") == kind);
    let lost = |w: &Value| w.str_at("kind") == "Node" && (w.str_at("verb") == "DELETED");
    if case.items_at("writes").iter().any(lost) {
        20.0
    } else if tells("TaintManagerEviction") && tells("NodeNotReady") || case.str_at("id").starts_with("node-")
    {
        5.0
    } else if quota {
        2.0
    } else if has("Job") {
        1.5
    } else {
        0.45
    }
}

fn replay(state: &mut State, write: &Value) {
    let key = format!("{} {}", write.str_at("kind"), write.str_at("name"));
    match write.str_at("verb") {
        "DELETED" => drop(state.objects.remove(&key)),
        verb => {
            let fields = state.objects.entry(key).or_default();
            if verb == "ADDED" {
                *fields = Map::new();
            }
            for (name, value) in write.map_at("set").iter() {
                if value.is_null() {
                    fields.remove(name);
                } else {
                    fields.insert(name, value.clone());
                }
            }
        }
    }
}

fn note_event(state: &mut State, event: &Value, n: usize) {
    let mut said = event.clone();
    for key in ["t", "verb", "count", "series", "firstTimestamp", "lastTimestamp", "eventTime"] {
        said.remove(key);
    }
    let count = event.int_at("series/count").or_else(|| event.int_at("count")).unwrap_or(1);
    let again = |other: &Value| {
        let same = |key: &str| other.at(key) == said.at(key);
        let combined = |e: &Value| e.str_at("message").starts_with("(combined");
        ["type", "reason", "object"].iter().all(|key| same(key))
            && (same("message") || combined(other) && combined(&said))
    };
    let known = state.events.iter().filter(|_| event.str_at("verb") == "MODIFIED");
    let name = known.filter(|(_, (other, _))| again(other)).map(|(name, _)| name.clone()).next_back();
    state.tell(name.unwrap_or_else(|| format!("{n:06}")), said, count);
}

/// An event of ours in the recorded form.
pub fn event(object: &Value) -> (Value, i64) {
    let count = object.int_at("series/count").or_else(|| object.int_at("count")).unwrap_or(1);
    let said = json!({
        "type": object.at("type"), "reason": object.at("reason"), "message": object.at("message"),
        "object": {"kind": object.at("involvedObject/kind"), "name": object.at("involvedObject/name")},
        "reportingComponent": object.at("reportingComponent"), "source": object.at("source"),
    });
    (said, count)
}
