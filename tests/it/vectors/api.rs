//! The API server's knowledge of kinds, against what a real server said.

use super::harness::{self, same};
use kubetick::api::{Registry, Resource};
use kubetick::machinery::{KubeVersion, Object, Value};

/// The registry of a recorded cluster.
fn registry_of(state: &Value) -> Registry {
    let mut registry = Registry::new(KubeVersion::LATEST);
    for crd in state.items_at("items").iter().filter(|o| o.str_at("kind") == "CustomResourceDefinition") {
        registry.add_crd(&Object(crd.clone()));
    }
    registry.add_metrics();
    registry
}

/// A row of `kubectl api-resources -o wide`, its columns by single spaces.
fn wide_row(r: &Resource) -> String {
    let cells = [
        r.plural.to_string(),
        r.short_names.join(","),
        r.api_version(),
        r.namespaced.to_string(),
        r.kind.to_string(),
        r.verbs.join(","),
        r.categories.join(","),
    ];
    cells.iter().filter(|c| !c.is_empty()).cloned().collect::<Vec<_>>().join(" ")
}

#[test]
fn api_resources() {
    let wanted = ["cmd-api-resources_-o_wide", "cmd-api-resources_--categories=all"];
    let cases: Vec<Value> = harness::cases("kubectl/misc.jsonl")
        .into_iter()
        .filter(|c| wanted.contains(&c.str_at("id")))
        .collect();
    assert_eq!(cases.len(), wanted.len());
    harness::run_cases("kubectl/misc.jsonl", &cases, |case| {
        let state = Value::parse(&harness::text(&format!("kubectl/{}", case.str_at("state")))).unwrap();
        let registry = registry_of(&state);
        let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let printed: Vec<String> = case.str_at("stdout").lines().skip(1).map(squeezed).collect();
        let all = registry.api_resources();
        if case.str_at("id").ends_with("wide") {
            return same("rows", all.iter().map(|r| wide_row(r)).collect(), printed);
        }
        let names: Vec<&str> = all
            .iter()
            .filter(|r| r.categories.iter().any(|c| c == "all"))
            .map(|r| r.plural.as_ref())
            .collect();
        same("names", names, printed.iter().filter_map(|l| l.split(' ').next()).collect())
    });
}
