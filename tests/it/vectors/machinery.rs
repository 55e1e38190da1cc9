//! The arithmetic of the field: quantities, durations, selectors, cron, hashes, jsonpath.

use super::harness::{run, same};
use kubetick::machinery::duration::{human_duration, short_human_duration};
use kubetick::machinery::selector::format_label_selector;
use kubetick::machinery::{Duration, LabelSelector, Quantity, Value};

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
        same("human", human_duration(d).as_str(), case.str_at("expect/human"))?;
        same("short", short_human_duration(d).as_str(), case.str_at("expect/short"))
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
