//! What `/metrics` shows.

use super::state::State;
use crate::machinery::go_text::float_g;
use std::collections::BTreeMap;

const PREFIX: &str = "cluster_autoscaler_";

/// The text of the page: gauges and counters by name.
pub fn text(state: &State) -> String {
    let mut lines: BTreeMap<String, (bool, String)> = BTreeMap::new();
    for (name, value) in &state.gauges {
        lines.insert(name.clone(), (true, float_g(*value)));
    }
    for (name, value) in &state.counters {
        lines.insert(name.clone(), (false, value.to_string()));
    }
    let mut text = String::new();
    let mut last = String::new();
    for (name, (is_gauge, value)) in lines {
        let family = name.split('{').next().unwrap_or(&name);
        if family != last {
            let kind = if is_gauge { "gauge" } else { "counter" };
            text.push_str(&format!("# TYPE {PREFIX}{family} {kind}\n"));
            last = family.to_string();
        }
        text.push_str(&format!("{PREFIX}{name} {value}\n"));
    }
    text
}
