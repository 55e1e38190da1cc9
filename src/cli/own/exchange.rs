//! Clusters as text: an export is a `v1` List of all objects, with the clock, the agenda, memories and logs as objects of
//! `kubetick.dev`; an import takes it back, or takes the objects of a real cluster.

use crate::api::Server;
use crate::aws;
use crate::json;
use crate::machinery::{KubeVersion, Object, Time, Value, well_known, yaml};
use crate::sim::Engine;
use crate::store::{ClockMode, LogLine, Meta, Store};
use anyhow::bail;
use std::collections::BTreeMap;
use std::path::Path;

const GROUP: &str = "kubetick.dev/v1";
/// What of that group is not an object of the cluster (as Programs are) but the cluster itself.
const OWN: [&str; 4] = ["Cluster", "Log", "Memory", "Wake"];

/// The whole cluster as YAML. Equal states give equal bytes.
pub(super) fn export(api: &Server) -> String {
    let store = api.store();
    let mut items: Vec<Value> = vec![cluster_object(store)];
    for resource in store.resources() {
        items.extend(store.list(&resource, "").into_iter().map(Value::from));
    }
    for wake in store.wakes() {
        items.push(json!({
            "apiVersion": GROUP, "kind": "Wake", "actor": (wake.actor), "key": (wake.key),
            "rank": (wake.rank), "time": (wake.time.0),
        }));
    }
    for actor in store.remembering_actors() {
        for (key, memory) in store.memories(&actor) {
            items.push(json!({
                "apiVersion": GROUP, "kind": "Memory", "actor": (actor.as_str()), "key": key, "memory": memory,
            }));
        }
    }
    for (pod, container, lines) in store.all_logs() {
        let lines: Vec<Value> =
            lines.into_iter().map(|l| json!({"time": (l.time.0), "text": (l.text)})).collect();
        items.push(
            json!({"apiVersion": GROUP, "kind": "Log", "pod": pod, "container": container, "lines": lines}),
        );
    }
    let list =
        json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items});
    yaml::to_yaml(&list).unwrap_or_default()
}

fn cluster_object(store: &Store) -> Value {
    let meta = store.meta();
    let clock = meta.clock.to_value();
    let counters: Value = meta.counters.iter().map(|(k, n)| (k, *n as i64)).collect();
    json!({
        "apiVersion": GROUP, "kind": "Cluster", "metadata": {"name": (meta.name.as_str())},
        "region": (meta.region.as_str()), "version": (meta.version.to_string()), "seed": (meta.seed.to_string()),
        "revision": (meta.revision as i64), "now": (meta.now.0), "clock": clock, "counters": counters,
        "config": (&meta.config),
    })
}

/// What a file holds, checked before anything is made.
pub(super) struct Import {
    /// The cluster to be.
    pub meta: Meta,
    objects: Vec<(String, Object)>,
    own: Vec<Value>,
    /// The file is an export of ours, with its agenda.
    exported: bool,
}

impl Import {
    /// Reads an export or a dump.
    pub(super) fn parse(text: &[u8], name: Option<&str>) -> anyhow::Result<Import> {
        let mut items = Vec::new();
        for document in yaml::Documents::new(text) {
            flatten(document?.value, &mut items);
        }
        let (own, objects): (Vec<Value>, Vec<Value>) = items
            .into_iter()
            .partition(|v| v.str_at("apiVersion") == GROUP && OWN.contains(&v.str_at("kind")));
        let cluster = own.iter().find(|v| v.str_at("kind") == "Cluster");
        let objects: Vec<Object> = objects.into_iter().map(Object).collect();
        if objects.is_empty() && cluster.is_none() {
            bail!("no objects in it");
        }
        let mut meta = match cluster {
            Some(cluster) => exported_meta(cluster),
            None => dumped_meta(&objects),
        };
        if let Some(name) = name {
            meta.name = name.to_string();
        }
        let objects = file_under(meta.version, objects)?;
        let exported = cluster.is_some();
        Ok(Import { meta, objects, own, exported })
    }

    /// Makes the cluster's file.
    pub(super) fn into_store(self, path: &Path) -> anyhow::Result<()> {
        let store = Store::create(path, self.meta.clone())?;
        for (resource, object) in self.objects {
            if self.exported { store.restore(&resource, object) } else { drop(store.put(&resource, object)) }
        }
        for item in &self.own {
            restore_own(&store, item);
        }
        let api = Server::new(store);
        if !self.exported {
            // Everything is new to the actors of this cluster.
            Engine::new(&api).settle();
        }
        api.store().commit()?;
        Ok(())
    }
}

fn flatten(value: Value, items: &mut Vec<Value>) {
    match value.get("items") {
        Some(Value::List(list)) if value.str_at("kind").ends_with("List") => {
            list.iter().for_each(|item| flatten(item.clone(), items));
        }
        _ if value.is_null() => {}
        _ => items.push(value),
    }
}

/// Each object with the name it is stored under; CRDs first, so that their kinds are known.
fn file_under(version: KubeVersion, objects: Vec<Object>) -> anyhow::Result<Vec<(String, Object)>> {
    let mut registry = crate::api::Registry::new(version);
    objects.iter().filter(|o| o.kind() == "CustomResourceDefinition").for_each(|crd| registry.add_crd(crd));
    let mut filed = Vec::new();
    for object in objects {
        if let Some(resource) = aws::state::stored_under(&object) {
            filed.push((resource.to_string(), object));
            continue;
        }
        let Some(resource) = registry.by_kind(object.api_version(), object.kind()) else {
            bail!("{} {}: no such kind in {}", object.kind(), object.name(), object.api_version());
        };
        if object.name().is_empty() {
            bail!("a {} has no metadata.name", object.kind());
        }
        filed.push((crate::api::stored_under(resource), object));
    }
    Ok(filed)
}

fn exported_meta(cluster: &Value) -> Meta {
    let counters = cluster.map_at("counters");
    Meta {
        name: cluster.str_at("metadata/name").to_string(),
        region: cluster.str_at("region").to_string(),
        version: KubeVersion::parse(cluster.str_at("version")).unwrap_or_default(),
        seed: cluster.str_at("seed").parse().unwrap_or(1),
        revision: cluster.int_at("revision").unwrap_or(0) as u64,
        now: Time(cluster.int_at("now").unwrap_or(0)),
        clock: ClockMode::from_value(cluster.at("clock")),
        counters: counters.iter().map(|(k, n)| (k.to_string(), n.as_i64().unwrap_or(0) as u64)).collect(),
        config: cluster.at("config").clone(),
    }
}

/// What a dump of a real cluster tells: the version of its nodes; the clock starts just after its newest timestamp.
fn dumped_meta(objects: &[Object]) -> Meta {
    let nodes = || objects.iter().filter(|o| o.kind() == "Node");
    let version = nodes().find_map(|n| KubeVersion::parse(n.str_at("status/nodeInfo/kubeletVersion")));
    let region = nodes().find_map(|n| n.label(well_known::REGION));
    let newest = objects.iter().filter_map(|o| newest_time(o)).max();
    Meta {
        name: "imported".into(),
        region: region.unwrap_or("ap-northeast-2").to_string(),
        version: version.unwrap_or_default(),
        seed: 1,
        revision: objects.iter().map(Object::resource_version).max().unwrap_or(0),
        now: newest.map_or(Time::from_secs(1_700_000_000), |t| t.truncated()),
        clock: ClockMode::Manual,
        counters: BTreeMap::new(),
        config: Value::Null,
    }
}

/// The latest timestamp anywhere in an object, except those that lie in the future by design.
fn newest_time(value: &Value) -> Option<Time> {
    match value {
        Value::Map(map) => map
            .iter()
            .filter_map(|(key, v)| match v {
                Value::Str(text)
                    if key != "deletionTimestamp"
                        && (key.ends_with("Time") || key.ends_with("Timestamp")) =>
                {
                    Time::parse(text)
                }
                v => newest_time(v),
            })
            .max(),
        Value::List(list) => list.iter().filter_map(newest_time).max(),
        _ => None,
    }
}

fn restore_own(store: &Store, item: &Value) {
    let (actor, key) = (item.str_at("actor"), item.str_at("key"));
    match item.str_at("kind") {
        "Wake" => {
            let rank = item.int_at("rank").unwrap_or(0) as u8;
            store.wake(actor, rank, key, Time(item.int_at("time").unwrap_or(0)));
        }
        "Memory" => store.remember(actor, key, item.at("memory").clone()),
        "Log" => {
            let lines = item.items_at("lines").iter().map(|l| LogLine {
                time: Time(l.int_at("time").unwrap_or(0)),
                text: l.str_at("text").to_string(),
            });
            store.restore_log(item.str_at("pod"), item.str_at("container"), lines);
        }
        _ => {}
    }
}
