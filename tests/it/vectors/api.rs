//! The API server's knowledge of kinds, against what a real server said.

use super::harness::{self, same};
use crate::lab;
use kubetick::api::{FieldValidation, Registry, Resource, Server, schema};
use kubetick::machinery::{KubeVersion, Object, Time, Value};
use kubetick::store::Store;
use std::collections::BTreeSet;
use tempfile::TempDir;

/// A server of an empty cluster, with the kinds of a recorded one.
pub(super) fn server_with_kinds_of(state: &Value) -> (TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let meta = lab::meta(KubeVersion::LATEST, Time::from_secs(1_795_000_000));
    let store = Store::create(&dir.path().join("lab.db"), meta).unwrap();
    for crd in state.items_at("items").iter().filter(|o| o.str_at("kind") == "CustomResourceDefinition") {
        store.put("customresourcedefinitions.apiextensions.k8s.io", Object(crd.clone()));
    }
    (dir, Server::new(store))
}

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
        let mut all: Vec<&Resource> = registry.preferred().collect();
        all.sort_by_key(|r| (r.group.clone(), r.plural.clone()));
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

/// Every object of the recorded clusters: what a server has stored is what reading it gives back.
#[test]
fn stored_objects_survive_reading() {
    let (mut read, mut wrong) = (0, Vec::new());
    for state in ["kubectl/state/world-a.json.gz"] {
        let state = Value::parse(&harness::text(state)).unwrap();
        let (_dir, server) = server_with_kinds_of(&state);
        let registry = server.registry();
        for object in state.items_at("items") {
            let Some(resource) = registry.by_kind(object.str_at("apiVersion"), object.str_at("kind")) else {
                continue;
            };
            read += 1;
            match schema::read(resource, object, FieldValidation::Strict, &server) {
                Ok((back, _)) if back.0 == *object => {}
                Ok((back, _)) => {
                    wrong.push(format!("{} {}: {}", back.kind(), back.key(), difference(object, &back)))
                }
                Err(e) => wrong.push(format!("{}: {e}", object.str_at("metadata/name"))),
            }
        }
    }
    println!("{read} objects");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The first path at which two values differ.
pub(super) fn difference(a: &Value, b: &Value) -> String {
    let keys = a
        .map()
        .keys()
        .chain(b.map().keys())
        .map(str::to_string)
        .chain((0..a.items().len().max(b.items().len())).map(|i| i.to_string()));
    for key in keys.collect::<BTreeSet<_>>() {
        let pick = |v: &Value| {
            key.parse::<usize>()
                .ok()
                .filter(|_| v.as_list().is_some())
                .map_or_else(|| v[key.as_str()].clone(), |i| v[i].clone())
        };
        let (x, y) = (pick(a), pick(b));
        if x != y || (a.as_map().is_some() && a.get(&key).is_some() != b.get(&key).is_some()) {
            return match (&x, &y) {
                (Value::Map(_), Value::Map(_)) | (Value::List(_), Value::List(_)) => {
                    format!("{key}.{}", difference(&x, &y))
                }
                _ => format!("{key}: stored {x:?}, read {y:?}"),
            };
        }
    }
    String::new()
}
