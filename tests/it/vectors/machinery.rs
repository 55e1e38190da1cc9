//! The arithmetic of the field: quantities, durations, selectors, cron, hashes, jsonpath.

use super::harness::{run, same, text};
use kubetick::machinery::backoff::{self, Backoff, RateLimit, TokenBucket};
use kubetick::machinery::cron::{self, Missed, Schedule};
use kubetick::machinery::duration::human_duration;
use kubetick::machinery::jsonpath::print_results;
use kubetick::machinery::selector::format_label_selector;
use kubetick::machinery::{Duration, JsonPath, LabelSelector, Quantity, Time, Value, hash, names};
use std::collections::BTreeSet;

#[test]
fn quantity() {
    run("machinery/quantity.jsonl", |case| {
        let (input, expect) = (case.at("input"), case.at("expect"));
        let q = match Quantity::parse(input.str_at("text")) {
            Ok(q) => q,
            Err(e) => return same("error", e.to_string().as_str(), expect.str_at("error")),
        };
        same("error", "", expect.str_at("error"))?;
        same("text", q.to_string().as_str(), expect.str_at("canonical"))?;
        let again = Quantity::parse(&q.to_string()).map_err(|e| e.to_string())?;
        same("round trip", again.to_string().as_str(), expect.str_at("roundtrip"))?;
        same("format", q.format().name(), expect.str_at("format"))?;
        same("value", q.value().to_string().as_str(), expect.str_at("value"))?;
        same("milli", q.milli_value().to_string().as_str(), expect.str_at("milliValue"))?;
        same("sign", Some(i64::from(q.sign())), expect.int_at("sign"))?;
        let Some(other) = input.at("other").as_str() else { return Ok(()) };
        let other = Quantity::parse(other).map_err(|e| e.to_string())?;
        same("cmp", Some(q.cmp(&other) as i64), expect.int_at("cmp"))?;
        same("add", (&q + &other).to_string().as_str(), expect.str_at("add"))?;
        same("sub", (&q - &other).to_string().as_str(), expect.str_at("sub"))
    });
}

#[test]
fn durations() {
    run("machinery/human-duration.jsonl", |case| {
        let d = Duration::from_millis(case.int_at("input/milliseconds").ok_or("no input")?);
        same("human", human_duration(d).as_str(), case.str_at("expect/human"))
    });
}

#[test]
fn label_selector() {
    run("machinery/label-selector.jsonl", |case| {
        let (input, expect) = (case.at("input"), case.at("expect"));
        let selector = input.at("selector");
        let read = match input.str_at("kind") {
            "string" => LabelSelector::parse(selector.as_str().unwrap_or_default()),
            _ => {
                let text = format_label_selector(selector);
                same("kubectl text", text.as_str(), expect.str_at("formatLabelSelector"))?;
                LabelSelector::from_object(selector)
            }
        };
        let read = match read {
            Ok(read) => read,
            Err(e) => return same("error", e.to_string().as_str(), expect.str_at("error")),
        };
        same("error", "", expect.str_at("error"))?;
        same("canonical", read.to_string().as_str(), expect.str_at("canonical"))?;
        if input.str_at("kind") == "string" {
            same("empty", read.is_everything(), expect.bool_at("empty"))?;
        }
        let matches: Value = input.items_at("labelSets").iter().map(|l| read.matches(l.map())).collect();
        same("matches", &matches, expect.at("matches"))
    });
}

fn time(v: &Value) -> Option<Time> {
    Time::parse(v.as_str()?)
}

#[test]
fn cron_schedules() {
    run("machinery/cron.jsonl", |case| {
        let (input, expect) = (case.at("input"), case.at("expect"));
        let zone = input.str_at("timeZone");
        let schedule = match Schedule::parse_in_zone(input.str_at("schedule"), zone) {
            Ok(schedule) => schedule,
            Err(e) => return same("error", e.to_string().as_str(), expect.str_at("error")),
        };
        match input.str_at("op") {
            "next" => {
                same("error", "", expect.str_at("error"))?;
                let mut t = time(input.at("from"));
                for want in expect.items_at("next") {
                    t = t.and_then(|t| schedule.next(t));
                    let text = t.map(Time::rfc3339).unwrap_or_default();
                    same("next", Some(text.as_str()), want.as_str())?;
                }
                Ok(())
            }
            _ => cron_controller(&schedule, input, expect),
        }
    });
}

fn cron_controller(schedule: &Schedule, input: &Value, expect: &Value) -> Result<(), String> {
    let since = time(input.at("lastScheduleTime")).or_else(|| time(input.at("created"))).ok_or("since")?;
    let now = time(input.at("now")).ok_or("now")?;
    let deadline = input.int_at("startingDeadlineSeconds").map(Duration::from_secs);
    let unmet = cron::most_recent_unmet(schedule, since, now, deadline);
    let error = unmet.as_ref().err().map(|e| e.to_string());
    same("error", error.as_deref(), expect.at("error").as_str())?;
    let requeue = cron::requeue_after(schedule, since, now).map(|d| d.as_millis() as i64);
    same("requeue", requeue, expect.int_at("requeueAfterMs"))?;
    let Ok(unmet) = unmet else { return Ok(()) };
    let missed = match unmet.missed {
        Missed::None => "none",
        Missed::Few => "few",
        Missed::Many => "many",
    };
    same("missed", missed, expect.str_at("missed"))?;
    same("most recent", unmet.time, time(expect.at("mostRecent")))?;
    let job = unmet.time.map(|t| format!("cj-{}", t.secs() / 60));
    same("job", job.as_deref(), expect.at("jobName").as_str())
}

#[test]
fn back_off() {
    run("machinery/backoff.jsonl", |case| {
        let (input, expect) = (case.at("input"), case.at("expect"));
        let secs = |key: &str| Duration::from_secs(input.int_at(key).unwrap_or(0));
        let (initial, max) = (secs("initialSeconds"), secs("maxSeconds"));
        let millis = |d: Duration| Value::from(d.as_millis() as i64);
        match input.str_at("kind") {
            "flowcontrol.Backoff" => {
                let mut entry: Option<Backoff> = None;
                for (call, want) in input.items_at("calls").iter().zip(expect.items_at("calls")) {
                    let at = |key: &str| Time::from_secs(call.int_at(key).unwrap_or(0));
                    let (event, now) = (at("containerFinishedAt"), at("t"));
                    let holds = entry.is_some_and(|b| b.holds_since(event, now, max));
                    same("in back-off", holds, want.bool_at("inBackOff"))?;
                    if !holds {
                        entry = Some(Backoff::next(entry, event, now, initial, max));
                    }
                    same("delay", entry.map(|b| millis(b.delay)), Some(want.at("delayMs").clone()))?;
                }
                Ok(())
            }
            "flowcontrol.TokenBucket.TryAccept" => {
                let mut now = Time::from_secs(0);
                let number = |key: &str| input.at(key).as_f64().unwrap_or(0.0);
                let limit = RateLimit { per_second: number("qps"), burst: number("burst") };
                let mut bucket = TokenBucket::full(limit, now);
                let steps = input.items_at("advanceMsBeforeEachCall").iter();
                let accepted: Value = steps
                    .map(|step| {
                        now = now + Duration::from_millis(step.as_i64().unwrap_or(0));
                        bucket.try_accept(limit, now)
                    })
                    .collect();
                same("accepted", &accepted, expect.at("accepted"))
            }
            "workqueue.ItemExponentialFailureRateLimiter" => {
                let base = Duration::from_millis(input.int_at("baseMs").unwrap_or(0));
                let failures = input.int_at("failures").unwrap_or(0) as u32;
                let delays: Value =
                    (0..failures).map(|n| millis(backoff::exponential(base, n, max))).collect();
                same("delays", &delays, expect.at("delaysMs"))
            }
            _ => {
                let attempts = input.int_at("attempts").unwrap_or(0) as u32;
                let delay = millis(backoff::after_attempts(initial, attempts, max));
                same("delay", &delay, expect.at("delayMs"))
            }
        }
    });
}

#[test]
fn safe_encoding() {
    run("machinery/safe-encode.jsonl", |case| {
        let encoded = hash::safe_encode(case.str_at("input/text"));
        same("encoded", encoded.as_str(), case.str_at("expect/encoded"))
    });
}

#[test]
fn pod_template_hash() {
    run("machinery/pod-template-hash.jsonl", |case| {
        let (template, expect) = (case.at("input/template"), case.at("expect"));
        let dump = hash::dump_pod_template(template);
        if let Some(want) = expect.at("dump").as_str() {
            same("dump", dump.as_str(), want)?;
        }
        same("length of the dump", Some(dump.len() as i64), expect.int_at("dumpLength"))?;
        let fnv = i64::from(hash::fnv1a_32(dump.as_bytes()));
        same("fnv32a", Some(fnv), expect.int_at("fnv32a"))?;
        let text = hash::pod_template_hash(template, case.int_at("input/collisionCount"));
        same("hash", text.as_str(), expect.str_at("hash"))
    });
}

#[test]
fn controller_revision_hash() {
    run("machinery/controllerrevision-hash.jsonl", |case| {
        let input = case.at("input");
        let count = input.int_at("collisionCount").unwrap_or(0);
        let text = hash::controller_revision_hash(input.at("data"), count);
        same("hash", text.as_str(), case.str_at("expect/hash"))
    });
}

#[test]
fn generated_suffixes() {
    // Which characters come up is the cluster's own affair: the alphabet and the length are Kubernetes'.
    run("machinery/generate-name-seeded.jsonl", |case| {
        let seed = case.int_at("input/seed").unwrap_or(0) as u64;
        let alphabet: BTreeSet<char> = "bcdfghjklmnpqrstvwxz2456789".chars().collect();
        for (n, recorded) in case.items_at("expect/suffixes").iter().enumerate() {
            let ours = names::suffix(seed, "pod", n as u64);
            for text in [ours.as_str(), recorded.as_str().unwrap_or("")] {
                same("length", text.len(), 5)?;
                same("in the alphabet", text.chars().all(|c| alphabet.contains(&c)), true)?;
            }
        }
        Ok(())
    });
}

#[test]
fn jsonpath() {
    let data = Value::parse(&text("machinery/jsonpath-data.json")).expect("objects");
    run("machinery/jsonpath.jsonl", |case| {
        let object = data.at(case.str_at("input/data"));
        let path = match JsonPath::parse(case.str_at("input/template")) {
            Ok(path) => path,
            Err(e) => {
                return same("parse error", e.as_str(), case.str_at("expect/strict/parseError"));
            }
        };
        for (name, allow_missing) in [("allowMissingKeys", true), ("strict", false)] {
            let expect = case.at("expect").at(name);
            let printed = path.find(object, allow_missing);
            let printed = printed.map(|found| found.iter().map(|r| print_results(r)).collect::<String>());
            let error = printed.as_ref().err().map(String::as_str);
            same(name, error, expect.at("error").as_str())?;
            same(name, printed.unwrap_or_default().as_str(), expect.str_at("output"))?;
        }
        Ok(())
    });
}
