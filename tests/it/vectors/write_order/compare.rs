//! A recording beside what happened here: object by object, what was written and told, in order.

use kubetick::machinery::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How far apart in time the same thing may happen: recordings begin within a second, not at its start, and most of
/// what is written is measured from whole seconds.
const TOLERANCE: f64 = 1.5;

/// Status writes this close to each other count as one, except where every one tells something.
const MOMENT: f64 = 0.5;
const COUNTED: [&str; 2] = ["Job", "CronJob"];

/// The kinds whose writes are compared.
const KINDS: [&str; 6] = ["Pod", "Job", "CronJob", "StatefulSet", "DaemonSet", "ControllerRevision"];

/// What a scripted kubelet and the scheduler write of pods is not compared, nor what they tell.
const POD_FIELDS: [&str; 5] = ["deleting", "grace", "finalizers", "owners", "generation"];

fn seconds(v: &Value) -> f64 {
    v.at("t").as_f64().unwrap_or(0.0)
}

struct Entry {
    t: f64,
    text: String,
}

type Sequences = BTreeMap<String, Vec<Entry>>;

/// Names with a random end are replaced by a number: pods made in one batch are alike, so those that go first come
/// first.
struct Names {
    known: BTreeMap<String, String>,
    /// Pods of DaemonSets: which node is served first, and so when each pod is made, is free.
    timeless: BTreeSet<String>,
}

impl Names {
    fn read(timeline: &Value) -> Names {
        let writes = timeline.items_at("writes");
        let gone = |name: &str| {
            let going = |w: &&Value| w.str_at("verb") == "DELETED" || w.at("set").bool_at("deleting");
            writes.iter().filter(going).find(|w| w.str_at("name") == name).map_or(f64::MAX, seconds)
        };
        let mut pods = Vec::new();
        let mut timeless = BTreeSet::new();
        for (i, write) in writes.iter().enumerate() {
            let owner = write.at("set").str_at("owners/0/kind");
            if write.str_at("kind") == "Pod" && write.str_at("verb") == "ADDED" && owner != "StatefulSet" {
                let name = write.str_at("name");
                pods.push((gone(name), i, name));
                if owner == "DaemonSet" {
                    timeless.insert(format!("Pod {name}"));
                }
            }
        }
        pods.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (mut known, mut counts) = (BTreeMap::new(), BTreeMap::<&str, usize>::new());
        for (_, _, name) in pods {
            let base = name.rsplit_once('-').map_or(name, |(base, _)| base);
            let n = counts.entry(base).or_default();
            *n += 1;
            known.insert(name.to_string(), format!("{base}-#{n}"));
        }
        Names { known, timeless }
    }

    fn of<'a>(&'a self, name: &'a str) -> &'a str {
        self.known.get(name).map_or(name, String::as_str)
    }

    /// A text with the names and uids in it replaced.
    fn mask(&self, text: &str) -> String {
        let mut out = String::new();
        let mut word = String::new();
        for c in text.chars().chain(['\0']) {
            if c.is_ascii_alphanumeric() || c == '-' {
                word.push(c);
                continue;
            }
            let is_uid = word.len() == 36 && word.bytes().filter(|b| *b == b'-').count() == 4;
            out.push_str(if is_uid { "UID" } else { self.of(&word) });
            word.clear();
            if c != '\0' {
                out.push(c);
            }
        }
        out
    }
}

fn writes(timeline: &Value, names: &Names) -> Sequences {
    let mut out = Sequences::new();
    for write in timeline.items_at("writes") {
        let kind = write.str_at("kind");
        if !KINDS.contains(&kind) {
            continue;
        }
        let mut set = write.at("set").clone();
        if kind == "Pod" {
            set.map_mut().retain(|key, _| POD_FIELDS.contains(&key));
            if set.map().is_empty() && write.str_at("verb") == "MODIFIED" {
                continue;
            }
        }
        for key in ["startTime", "completionTime", "lastSuccessfulTime"] {
            if set.at("status").at(key).as_str().is_some() {
                set.set(&format!("status/{key}"), "TIME");
            }
        }
        if write.str_at("verb") == "DELETED" {
            set = Value::object();
        }
        let text = format!("{} {}", write.str_at("verb"), names.mask(&set.to_json()));
        let timeless = names.timeless.contains(&format!("{kind} {}", write.str_at("name")));
        let t = if timeless { 0.0 } else { seconds(write) };
        let name = format!("{kind} {}", names.of(write.str_at("name")));
        let sequence = out.entry(name).or_default();
        let status_alone = |text: &str| text.starts_with("MODIFIED {\"status\":");
        // How many of the changes within a moment get a status of their own is up to the latencies.
        let supersedes =
            |last: &Entry| status_alone(&last.text) && status_alone(&text) && t - last.t < MOMENT;
        if !COUNTED.contains(&kind) && sequence.last().is_some_and(supersedes) {
            sequence.pop();
        }
        sequence.push(Entry { t, text });
    }
    out
}

fn events(timeline: &Value, names: &Names) -> Sequences {
    let mut out = Sequences::new();
    for event in timeline.items_at("events") {
        let object = event.at("object");
        if !event.str_at("source/component").ends_with("-controller") {
            continue;
        }
        let name = format!("events of {} {}", object.str_at("kind"), names.of(object.str_at("name")));
        let mut message = names.mask(event.str_at("message"));
        if object.str_at("kind") == "DaemonSet"
            && let Some((text, _)) = message.split_once("-#")
        {
            message = format!("{text}-#");
        }
        let count = event.int_at("count").unwrap_or(0);
        let text = format!("{} {} {message} x{count}", event.str_at("type"), event.str_at("reason"));
        out.entry(name).or_default().push(Entry { t: seconds(event), text });
    }
    // Recorders work beside the controller: what is told within a moment has no order.
    for sequence in out.values_mut() {
        sequence.sort_by(|a, b| ((a.t / 2.0) as i64, &a.text).cmp(&((b.t / 2.0) as i64, &b.text)));
    }
    out
}

/// Compares a recording with what happened here.
pub fn compare(recorded: &Value, ours: &Value) -> Result<(), String> {
    let (theirs, mine) = (Names::read(recorded), Names::read(ours));
    let mut wrong = differences(&writes(recorded, &theirs), &writes(ours, &mine));
    wrong.extend(differences(&events(recorded, &theirs), &events(ours, &mine)));
    if wrong.is_empty() { Ok(()) } else { Err(format!("\n{}", wrong.join("\n"))) }
}

fn differences(wanted: &Sequences, got: &Sequences) -> Vec<String> {
    let mut names: Vec<&String> = wanted.keys().chain(got.keys()).collect();
    names.sort();
    names.dedup();
    let none = Vec::new();
    let mut out = Vec::new();
    for name in names {
        let (wanted, got) = (wanted.get(name).unwrap_or(&none), got.get(name).unwrap_or(&none));
        let pairs = wanted.iter().zip(got);
        let differs = pairs.clone().position(|(w, g)| w.text != g.text || (w.t - g.t).abs() > TOLERANCE);
        let at = differs.or((wanted.len() != got.len()).then(|| pairs.len()));
        if let Some(at) = at {
            out.push(format!("{name}, {at} things are right, then"));
            let show = |label: &str, entries: &[Entry], out: &mut Vec<String>| {
                for entry in entries.iter().skip(at).take(3) {
                    out.push(format!("  {label} {:7.2} {}", entry.t, entry.text));
                }
            };
            show("want", wanted, &mut out);
            show("got ", got, &mut out);
        }
    }
    out
}
