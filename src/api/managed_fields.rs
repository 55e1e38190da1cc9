//! Sets of fields, as `metadata.managedFields` writes them, and merging by them.

use crate::api::schema::MergeRules;
use crate::machinery::patch::{Rule, Schema};
use crate::machinery::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;

/// One step of a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Step {
    /// A field of a map.
    Field(String),
    /// The item of a list with these keys, as JSON.
    Key(String),
    /// An item of a set, as JSON.
    Item(String),
}

/// Where a field is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct FieldPath(Vec<Step>);

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Item(json) => write!(f, "[={json}]")?,
                Step::Key(json) => {
                    let keys = Value::parse(json).unwrap_or_default();
                    let pairs: Vec<String> =
                        keys.map().iter().map(|(k, v)| format!("{k}={}", v.to_json())).collect();
                    write!(f, "[{}]", pairs.join(","))?;
                }
            }
        }
        Ok(())
    }
}

/// Fields, each by its path.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct FieldSet(BTreeSet<FieldPath>);

/// Fields no manager owns: they say which object it is.
const IDENTITY: &[&str] = &["apiVersion", "kind"];
const METADATA: &[&str] = &[
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "generateName",
];

impl FieldSet {
    /// The fields an applied configuration sets.
    pub(crate) fn of(config: &Value, rules: MergeRules) -> FieldSet {
        let mut set = FieldSet::default();
        for (key, value) in config.map().iter().filter(|(key, _)| !IDENTITY.contains(key)) {
            let mut value = value.clone();
            if key == "metadata" {
                METADATA.iter().for_each(|field| drop(value.map_mut().remove(field)));
                if value.map().is_empty() {
                    continue;
                }
            }
            set.add(&value, rules.field(key), &mut vec![Step::Field(key.to_string())]);
        }
        set
    }

    fn add(&mut self, value: &Value, rule: Rule<MergeRules>, path: &mut Vec<Step>) {
        match value {
            Value::Map(map) if !map.is_empty() => {
                for (key, below) in map.iter() {
                    path.push(Step::Field(key.to_string()));
                    self.add(below, rule.below.field(key), path);
                    path.pop();
                }
            }
            Value::List(items) if rule.merge && !items.is_empty() => {
                for item in items.iter() {
                    path.push(step_of(item, rule));
                    if let Step::Key(_) = path[path.len() - 1] {
                        self.0.insert(FieldPath(path.clone()));
                        for (key, below) in item.map().iter() {
                            path.push(Step::Field(key.to_string()));
                            self.add(below, rule.below.field(key), path);
                            path.pop();
                        }
                    } else {
                        self.0.insert(FieldPath(path.clone()));
                    }
                    path.pop();
                }
            }
            _ => {
                self.0.insert(FieldPath(path.clone()));
            }
        }
    }

    /// Reads the tree of `fieldsV1`.
    pub(crate) fn from_fields_v1(tree: &Value) -> FieldSet {
        let mut set = FieldSet::default();
        set.read(tree, &mut Vec::new());
        set
    }

    fn read(&mut self, tree: &Value, path: &mut Vec<Step>) {
        let below = tree.map();
        if !path.is_empty() && (below.is_empty() || below.contains_key(".")) {
            self.0.insert(FieldPath(path.clone()));
        }
        for (key, value) in below.iter() {
            let step = match key.split_once(':') {
                Some(("f", name)) => Step::Field(name.to_string()),
                Some(("k", json)) => Step::Key(json.to_string()),
                Some(("v", json)) => Step::Item(json.to_string()),
                _ => continue,
            };
            path.push(step);
            self.read(value, path);
            path.pop();
        }
    }

    /// The tree of `fieldsV1`.
    pub(crate) fn to_fields_v1(&self) -> Value {
        let mut tree = Value::object();
        for FieldPath(steps) in &self.0 {
            let mut here = &mut tree;
            for step in steps {
                let key = match step {
                    Step::Field(name) => format!("f:{name}"),
                    Step::Key(json) => format!("k:{json}"),
                    Step::Item(json) => format!("v:{json}"),
                };
                here = here.map_mut().entry(&key);
                here.map_mut();
            }
            if let Some(Step::Key(_)) = steps.last() {
                here.map_mut().insert(".", Value::object());
            }
        }
        tree
    }

    /// Takes one field out.
    pub(crate) fn remove(&mut self, path: &FieldPath) {
        self.0.remove(path);
    }

    /// Takes the fields of another set out, and what those fields stand in.
    pub(crate) fn subtract(&mut self, other: &FieldSet) {
        // Whatever begins with a path sorts right behind it.
        let held = |path: &FieldPath| other.0.range(path..).next().is_some_and(|f| f.0.starts_with(&path.0));
        self.0.retain(|path| !held(path));
    }
}

/// How an item of a merging list is told from the others.
fn step_of(item: &Value, rule: Rule<MergeRules>) -> Step {
    if rule.key.is_empty() {
        return Step::Item(item.to_json());
    }
    let mut keys = Map::new();
    for key in keys_of(rule.key) {
        let default = if *key == "protocol" { Value::from("TCP") } else { Value::Null };
        keys.insert(key, item.get(key).cloned().unwrap_or(default));
    }
    Step::Key(Value::from(keys).to_json())
}

/// Ports are told apart by their protocol, too.
fn keys_of(merge_key: &str) -> &'static [&'static str] {
    match merge_key {
        "containerPort" => &["containerPort", "protocol"],
        "port" => &["port", "protocol"],
        "topologyKey" => &["topologyKey", "whenUnsatisfiable"],
        "name" => &["name"],
        "type" => &["type"],
        "ip" => &["ip"],
        "uid" => &["uid"],
        "mountPath" => &["mountPath"],
        "devicePath" => &["devicePath"],
        _ => &["name"],
    }
}

/// Fields that another manager owns and has given another value.
pub(crate) struct Conflict {
    /// `"kubectl" using apps/v1`.
    pub manager: String,
    /// Which entry of the others.
    pub entry: usize,
    pub paths: Vec<FieldPath>,
}

/// Where an applied configuration differs from what other managers own.
pub(crate) fn conflicts(
    wanted: &FieldSet,
    config: &Value,
    live: &Value,
    others: &[Value],
    rules: MergeRules,
) -> Vec<Conflict> {
    let mut found = Vec::new();
    for (entry, other) in others.iter().enumerate() {
        let owned = FieldSet::from_fields_v1(other.at("fieldsV1"));
        let paths: Vec<FieldPath> = wanted
            .0
            .intersection(&owned.0)
            .filter(|path| find(config, path, rules) != find(live, path, rules))
            .filter(|path| !matches!(path.0.last(), Some(Step::Key(_))))
            .cloned()
            .collect();
        if !paths.is_empty() {
            let mut manager = format!("\"{}\"", other.str_at("manager"));
            if other.str_at("operation") == "Update" {
                if !other.str_at("subresource").is_empty() {
                    manager.push_str(&format!(" with subresource \"{}\"", other.str_at("subresource")));
                }
                manager.push_str(&format!(" using {}", other.str_at("apiVersion")));
            }
            found.push(Conflict { manager, entry, paths });
        }
    }
    found
}

fn find<'a>(value: &'a Value, path: &FieldPath, rules: MergeRules) -> Option<&'a Value> {
    let (mut here, mut rule) = (value, None::<Rule<MergeRules>>);
    for step in &path.0 {
        here = match step {
            Step::Field(name) => {
                rule = Some(rule.map_or(rules, |r| r.below).field(name));
                here.get(name)?
            }
            step => {
                let rule = rule?;
                here.items().iter().find(|item| step_of(item, rule) == *step)?
            }
        };
    }
    Some(here)
}

/// The live object with an applied configuration in it.
pub(crate) fn merge(live: &Value, config: &Value, rules: MergeRules) -> Value {
    let mut merged = live.clone();
    for (key, wanted) in config.map().iter() {
        let rule = rules.field(key);
        let before = merged[key].clone();
        let value = match (&before, wanted) {
            (Value::Map(_), Value::Map(_)) => merge(&before, wanted, rule.below),
            (Value::List(items), Value::List(new)) if rule.merge => merge_lists(items, new, rule),
            _ => wanted.clone(),
        };
        merged.map_mut().insert(key, value);
    }
    merged
}

fn merge_lists(live: &[Value], config: &[Value], rule: Rule<MergeRules>) -> Value {
    let mut merged = live.to_vec();
    for item in config {
        let step = step_of(item, rule);
        match merged.iter_mut().find(|m| step_of(m, rule) == step) {
            Some(found) if !rule.key.is_empty() => *found = merge(found, item, rule.below),
            Some(_) => {}
            None => merged.push(item.clone()),
        }
    }
    merged.into()
}

/// Takes fields out of an object; what holds nothing after that goes too.
pub(crate) fn remove(object: &mut Value, fields: &FieldSet) {
    for FieldPath(steps) in &fields.0 {
        remove_at(object, steps);
    }
}

fn remove_at(value: &mut Value, steps: &[Step]) {
    let Some((step, rest)) = steps.split_first() else { return };
    match (step, &*value) {
        (Step::Field(name), Value::Map(map)) if map.contains_key(name) => {
            if rest.is_empty() {
                value.map_mut().remove(name);
            } else if let Some(below) = value.map_mut().get_mut(name) {
                remove_at(below, rest);
            }
        }
        (Step::Key(json) | Step::Item(json), Value::List(_)) => {
            let keys = Value::parse(json).unwrap_or_default();
            let fits = |item: &Value| match keys.as_map() {
                Some(keys) => keys.iter().all(|(k, v)| {
                    item.get(k).is_some_and(|found| found == v) || (k == "protocol" && item.get(k).is_none())
                }),
                None => *item == keys,
            };
            if rest.is_empty() {
                value.list_mut().retain(|item| !fits(item));
            } else if let Some(item) = value.list_mut().iter_mut().find(|item| fits(item)) {
                remove_at(item, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Registry;
    use crate::json;
    use crate::machinery::KubeVersion;

    fn rules() -> MergeRules {
        let registry = Registry::new(KubeVersion::LATEST);
        MergeRules::of(registry.by_kind("v1", "Pod").expect("pods"))
    }

    fn pod() -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"a": "1"}}, "spec": {
            "containers": [{"name": "c", "image": "x", "ports": [{"containerPort": 80}]}], "nodeName": "n",
        }})
    }

    #[test]
    fn field_sets_are_written_and_read_as_fields_v1() {
        let set = FieldSet::of(&pod(), rules());
        let tree = set.to_fields_v1();
        assert_eq!(
            tree,
            json!({"f:metadata": {"f:labels": {"f:a": {}}}, "f:spec": {"f:nodeName": {}, "f:containers": {
                "k:{\"name\":\"c\"}": {".": {}, "f:image": {}, "f:name": {}, "f:ports": {
                    "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}},
                }},
            }}})
        );
        assert_eq!(FieldSet::from_fields_v1(&tree), set);
    }

    #[test]
    fn conflicts_merges_and_removals_follow_ownership() {
        let mut config = pod();
        config.set("spec/containers/0/image", "y");
        let wanted = FieldSet::of(&config, rules());
        let other = json!({"manager": "m", "operation": "Update", "apiVersion": "v1",
            "fieldsV1": (FieldSet::of(&pod(), rules()).to_fields_v1())});
        let found = conflicts(&wanted, &config, &pod(), &[other], rules());
        assert_eq!(found[0].manager, "\"m\" using v1");
        assert_eq!(found[0].paths[0].to_string(), ".spec.containers[name=\"c\"].image");
        assert_eq!(merge(&pod(), &config, rules()), config);
        let mut dropped = FieldSet::of(&pod(), rules());
        dropped.subtract(&FieldSet::of(&json!({"spec": {"nodeName": "n"}}), rules()));
        let mut left = pod();
        remove(&mut left, &dropped);
        assert_eq!(left.at("spec"), &json!({"containers": [], "nodeName": "n"}));
    }
}
