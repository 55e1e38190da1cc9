//! `get -w`: the recorded writes are made one by one, each at its instant, and printed as they come.

use super::argv::Argv;
use super::world::World;
use kubetick::api::Resource;
use kubetick::machinery::{Duration, Object, Time, Value};
use kubetick::render::table::TablePrinter;

pub fn get(case: &Value, argv: &Argv, world: &World) -> Option<String> {
    let selected = argv.select(world, case);
    let resource = world.registry.lookup(&argv.kind)?.clone();
    let start = Time::parse(case.str_at("now"))?;
    let mut printer = TablePrinter::new(argv.layout());
    let mut out = String::new();
    let mut live: Vec<Object> = selected.into_iter().flat_map(|(_, o)| o).collect();
    if !argv.has("watch-only") {
        printer.add(&resource, &world.table(&resource, &live, start));
        out.push_str(&printer.flush());
    }
    for change in changes(case, start, &mut live, &resource) {
        if argv.in_namespace(&change.object)
            && argv.matches_labels(&change.object)
            && (argv.names.is_empty() || argv.names.iter().any(|n| n == change.object.name()))
        {
            let row = world.table(&resource, &[change.object], change.at);
            printer.add_event(change.kind, &resource, &row);
            out.push_str(&printer.flush());
        }
    }
    Some(out)
}

pub struct Change {
    pub at: Time,
    kind: &'static str,
    pub object: Object,
}

/// The events that the recorded writes cause among objects of one kind.
pub fn changes(case: &Value, start: Time, live: &mut Vec<Object>, resource: &Resource) -> Vec<Change> {
    let mut out = Vec::new();
    for write in case.items_at("watch") {
        let at = Time::parse(write.str_at("now")).expect("now");
        // The record of a deletion holds no more than the object's name.
        if write.str_at("op") != "DELETED" {
            *live = vec![Object(write.at("object").clone())];
        }
        out.push(Change { at, kind: "MODIFIED", object: live[0].clone() });
    }
    for write in case.items_at("script") {
        let at = start + Duration::from_secs_f64(write.at("at_s").as_f64().unwrap_or(0.0));
        let path: Vec<&str> = write.str_at("path").trim_matches('/').split('/').collect();
        let Some(plural) = path.iter().position(|p| *p == resource.plural) else { continue };
        let namespace = match path[..plural] {
            [.., "namespaces", namespace] => namespace,
            _ => "",
        };
        let name = path.get(plural + 1).copied().unwrap_or(write.str_at("body/metadata/name"));
        let body = write.at("body");
        let mut push = |kind, object: &Object| out.push(Change { at, kind, object: object.clone() });
        let found = live.iter().position(|o| o.namespace() == namespace && o.name() == name);
        match (write.str_at("method"), path.get(plural + 2).copied(), found) {
            ("POST", None, _) => {
                let mut object = Object(body.clone());
                object.set("metadata/namespace", namespace);
                object.set("metadata/creationTimestamp", at.rfc3339());
                if resource.kind == "Pod" {
                    object.set("status/phase", "Pending");
                }
                push("ADDED", &object);
                live.push(object);
            }
            ("POST", Some("binding"), Some(i)) => {
                live[i].set("spec/nodeName", body.at("target/name").clone());
                push("MODIFIED", &live[i]);
            }
            ("PATCH", _, Some(i)) => {
                merge(&mut live[i].0, body);
                push("MODIFIED", &live[i]);
            }
            ("DELETE", _, Some(i)) => {
                live[i].set("metadata/deletionTimestamp", at.rfc3339());
                push("MODIFIED", &live[i]);
                if body.int_at("gracePeriodSeconds") == Some(0) {
                    let gone = live.remove(i);
                    push("DELETED", &gone);
                }
            }
            _ => {}
        }
    }
    out
}

/// A JSON merge patch.
fn merge(value: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_map() else {
        *value = patch.clone();
        return;
    };
    for (key, change) in fields.iter() {
        if change.is_null() {
            value.map_mut().remove(key);
        } else {
            merge(value.map_mut().entry(key), change);
        }
    }
}
