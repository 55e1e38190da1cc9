//! Just enough of kubectl's command line.

use super::world::World;
use kubetick::api::Resource;
use kubetick::machinery::selector::FieldSelector;
use kubetick::machinery::{LabelSelector, Object, Value};
use kubetick::render::table::Layout;
use std::collections::BTreeMap;

/// Flags that take a value.
const VALUED: &[&str] = &[
    "namespace",
    "output",
    "selector",
    "label-columns",
    "field-selector",
    "sort-by",
    "server-print",
    "subresource",
    "filename",
    "context",
    "as",
    "chunk-size",
    "server",
    "kubeconfig",
    "token",
    "for",
    "types",
    "api-group",
    "namespaced",
    "verbs",
    "categories",
    "request-timeout",
    "raw",
    "template",
];

#[derive(Debug, Default)]
pub struct Argv {
    pub command: String,
    pub kind: String,
    pub names: Vec<String>,
    flags: BTreeMap<String, Vec<String>>,
}

impl Argv {
    pub fn read(case: &Value) -> Option<Argv> {
        let mut argv = Argv::default();
        let mut rest = Vec::new();
        let mut words =
            case.items_at("argv").iter().filter_map(Value::as_str).skip_while(|w| *w == "kubectl");
        while let Some(word) = words.next() {
            let Some(flag) = word.strip_prefix('-').filter(|f| !f.is_empty()) else {
                rest.push(word.to_string());
                continue;
            };
            let (name, value) = match flag.strip_prefix('-') {
                Some(long) => match long.split_once('=') {
                    Some((name, value)) => (name.to_string(), Some(value.to_string())),
                    None => (long.to_string(), None),
                },
                None => {
                    let long = match &flag[..1] {
                        "n" => "namespace",
                        "o" => "output",
                        "l" => "selector",
                        "L" => "label-columns",
                        "A" => "all-namespaces",
                        "f" => "filename",
                        "w" => "watch",
                        _ => return None,
                    };
                    (long.to_string(), Some(flag[1..].to_string()).filter(|v| !v.is_empty()))
                }
            };
            let value = match value {
                Some(v) => v,
                None if VALUED.contains(&name.as_str()) => words.next()?.to_string(),
                None => "true".to_string(),
            };
            argv.flags.entry(name).or_default().push(value);
        }
        let mut rest = rest.into_iter();
        argv.command = rest.next()?;
        argv.kind = rest.next().unwrap_or_default();
        argv.names = rest.collect();
        if argv.get("context") == Some("dev") && !argv.has("namespace") {
            argv.flags.insert("namespace".into(), vec!["shop".into()]);
        }
        Some(argv)
    }

    pub fn get(&self, flag: &str) -> Option<&str> {
        self.flags.get(flag).and_then(|v| v.last()).map(String::as_str)
    }

    pub fn has(&self, flag: &str) -> bool {
        self.get(flag).is_some_and(|v| v != "false")
    }

    /// Whether the command succeeds with a table. Which commands fail is decided elsewhere.
    pub fn prints_a_table(&self) -> bool {
        let wide = matches!(self.get("output"), None | Some("wide"));
        match self.command.as_str() {
            "get" => wide && !self.has("raw"),
            "events" => wide,
            "top" => !self.kind.is_empty(),
            "api-resources" => true,
            "config" => self.kind == "get-contexts",
            _ => false,
        }
    }

    pub fn layout(&self) -> Layout {
        Layout {
            no_headers: self.has("no-headers"),
            wide: self.get("output") == Some("wide"),
            all_namespaces: self.has("all-namespaces"),
            show_kind: self.has("show-kind"),
            show_labels: self.has("show-labels"),
            label_columns: self
                .flags
                .get("label-columns")
                .into_iter()
                .flatten()
                .flat_map(|v| v.split(','))
                .map(String::from)
                .collect(),
            watch_events: self.has("output-watch-events"),
        }
    }

    pub fn in_namespace(&self, o: &Object) -> bool {
        let namespace = self.get("namespace").unwrap_or("default");
        self.has("all-namespaces") || o.namespace().is_empty() || o.namespace() == namespace
    }

    pub fn matches_labels(&self, o: &Object) -> bool {
        let text = self.get("selector").unwrap_or("");
        LabelSelector::parse(text).expect("selector").matches(o.labels())
    }

    fn matches_fields(&self, o: &Object) -> bool {
        let text = self.get("field-selector").unwrap_or("");
        FieldSelector::parse(text).expect("field selector").matches(o)
    }

    /// The objects of each kind asked for, in printing order; kinds of several make names carry their kind.
    pub fn select(&self, world: &World, case: &Value) -> Vec<(Resource, Vec<Object>)> {
        let mut out: Vec<(Resource, Vec<Object>)> = Vec::new();
        let mut add = |resource: &Resource, names: &[String]| {
            let resource = self.subresource(resource);
            let listed = world.objects.iter().filter(|o| {
                o.kind() == resource.1.kind && o.group() == resource.1.group && self.in_namespace(o)
            });
            if names.is_empty() {
                let objects =
                    listed.filter(|o| self.matches_labels(o) && self.matches_fields(o)).cloned().collect();
                out.push((resource.0, objects));
            } else {
                for name in names {
                    if let Some(o) = listed.clone().find(|o| o.name() == name) {
                        let o = if resource.0.kind == "Scale" { scale(o) } else { o.clone() };
                        out.push((resource.0.clone(), vec![o]));
                    }
                }
            }
        };
        if self.has("filename") {
            let text = case.at("files").get("x.yaml").and_then(Value::as_str).unwrap_or("");
            for document in text.split("---") {
                // Flow style and block style alike: the word after the key.
                let field = |key: &str| {
                    let after = document.split(key).nth(1).unwrap_or("");
                    after.split([' ', '\n', '}']).find(|w| !w.is_empty()).unwrap_or("").to_string()
                };
                let resource = world.registry.lookup(&field("kind:")).expect("kind");
                add(resource, &[field("name:")]);
            }
            return out;
        }
        let words: Vec<String> = [self.kind.clone()].into_iter().chain(self.names.clone()).collect();
        if self.kind.contains('/') {
            for word in words {
                let (kind, name) = word.split_once('/').expect("kind/name");
                add(world.registry.lookup(kind).expect("kind"), &[name.to_string()]);
            }
        } else if self.kind == "all" {
            for resource in world.registry.category("all") {
                add(resource, &[]);
            }
        } else {
            for kind in self.kind.split(',') {
                add(world.registry.lookup(kind).expect("kind"), &self.names);
            }
        }
        out
    }

    /// Whether more than one kind is asked for.
    pub fn several_kinds(&self, selected: &[(Resource, Vec<Object>)]) -> bool {
        selected.iter().any(|(r, _)| *r != selected[0].0)
    }

    fn subresource(&self, resource: &Resource) -> (Resource, Resource) {
        let mut shown = resource.clone();
        if self.get("subresource") == Some("scale") {
            shown.group = "autoscaling".into();
            shown.version = "v1".into();
            shown.kind = "Scale".into();
        }
        (shown, resource.clone())
    }
}

fn scale(o: &Object) -> Object {
    let mut scale = Object::new("autoscaling/v1", "Scale", o.namespace(), o.name());
    scale.set("metadata", o.at("metadata").clone());
    scale.set("spec/replicas", o.at("spec/replicas").clone());
    scale.set("status/replicas", o.at("status/replicas").clone());
    scale
}
