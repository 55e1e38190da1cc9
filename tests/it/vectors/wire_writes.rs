//! Recorded requests that write, answered by the API's own door in the order they were sent.

use super::api::{difference, server_with_kinds_of};
use super::harness;
use kubetick::api::{
    ApiError, DeleteOptions, FieldValidation, Part, Patch, Propagation, Resource, Server, WriteOptions,
    schema,
};
use kubetick::machinery::{Object, Value, yaml};
use std::cell::RefCell;

/// What the HTTP layer answers before the API is asked.
const BEFORE_THE_API: [&str; 15] = [
    "forbidden-ns",
    "forbidden-sub",
    "405",
    "405b",
    "415",
    "create-drybad",
    "fv-bad",
    "patch-ct",
    "del-badprop",
    "delcoll",
    "sar",
    "ssrr",
    "whoami",
    "token",
    "verb",
];

/// A path taken apart.
struct Target {
    resource: Resource,
    ns: String,
    name: String,
    sub: String,
    query: Vec<(String, String)>,
}

impl Target {
    fn of(server: &Server, path: &str) -> Option<Target> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut parts: Vec<&str> = path.split('/').skip(1).collect();
        let api_version = if parts.remove(0) == "api" {
            parts.remove(0).to_string()
        } else {
            format!("{}/{}", parts.remove(0), parts.remove(0))
        };
        let ns = if parts[0] == "namespaces" && parts.len() > 2 {
            let ns = parts[1].to_string();
            parts.drain(..2);
            ns
        } else {
            String::new()
        };
        let plural = parts[0];
        let registry = server.registry();
        let resource =
            registry.all().iter().find(|r| r.api_version() == api_version && r.plural == plural)?.clone();
        let part = |i: usize| parts.get(i).map(|p| p.to_string()).unwrap_or_default();
        let query = query.split('&').filter_map(|pair| pair.split_once('='));
        let query = query.map(|(k, v)| (k.to_string(), v.to_string())).collect();
        Some(Target { resource, ns, name: part(1), sub: part(2), query })
    }

    fn query(&self, key: &str) -> &str {
        self.query.iter().find(|(k, _)| k == key).map_or("", |(_, v)| v)
    }

    fn options(&self) -> WriteOptions {
        WriteOptions {
            dry_run: self.query("dryRun") == "All",
            manager: self.query("fieldManager").to_string(),
            field_validation: match self.query("fieldValidation") {
                "Strict" => FieldValidation::Strict,
                "Ignore" => FieldValidation::Ignore,
                _ => FieldValidation::Warn,
            },
            ..WriteOptions::default()
        }
    }
}

fn answer(server: &Server, request: &Value) -> Result<Value, ApiError> {
    let target = Target::of(server, request.str_at("path")).ok_or_else(ApiError::no_such_resource)?;
    let (resource, ns, name) = (&target.resource, target.ns.as_str(), target.name.as_str());
    let options = target.options();
    let (text, media) = (request.str_at("body"), request.str_at("headers/Content-Type"));
    let media =
        if media.is_empty() { request.at("headers")["Content-Type"].as_str().unwrap_or("") } else { media };
    let body = || match media.contains("yaml") {
        true => yaml::read(text).unwrap_or_default(),
        false => Value::parse(text).unwrap_or_default(),
    };
    match (request.str_at("method"), target.sub.as_str()) {
        ("POST", "binding") => server.bind(ns, name, body().str_at("target/name")).map(|_| Value::Null),
        ("POST", "eviction") => {
            let options = DeleteOptions { dry_run: options.dry_run, ..DeleteOptions::default() };
            server.evict(ns, name, &options).map(|()| Value::Null)
        }
        ("POST", _) if media.contains("yaml") => server.post(resource, ns, body(), &options).map(|o| o.0),
        ("POST", _) => {
            // The text says what was written twice; the object is then made of what is left.
            schema::decode_text(resource, text, options.field_validation, server)?;
            server.post(resource, ns, body(), &options).map(|o| o.0)
        }
        ("PUT", "scale") => {
            let (scale, current) = (body(), server.scale(resource, ns, name)?);
            let wanted = scale.str_at("metadata/resourceVersion");
            if !wanted.is_empty() && wanted != current.str_at("metadata/resourceVersion") {
                return Err(ApiError::modified(resource, name));
            }
            let replicas = scale.int_at("spec/replicas").unwrap_or(0);
            server.set_scale(resource, ns, name, replicas, &options).map(|o| o.0)
        }
        ("PUT", sub) => server.put(resource, ns, name, body(), part(sub), &options).map(|o| o.0),
        ("PATCH", sub) => {
            if media == "application/apply-patch+yaml" {
                let body = yaml::read(text).unwrap_or_default();
                let force = target.query("force") == "true";
                return server.apply(resource, ns, name, body, force, &options).map(|o| o.0);
            }
            let patch = match media {
                "application/json-patch+json" => Patch::Json(body()),
                "application/merge-patch+json" => Patch::Merge(body()),
                _ => Patch::Strategic(body()),
            };
            if sub == "scale" {
                return server.patch_scale(resource, ns, name, &patch, &options).map(|o| o.0);
            }
            server.patch(resource, ns, name, &patch, part(sub), &options).map(|o| o.0)
        }
        _ => {
            let body = body();
            let options = DeleteOptions {
                dry_run: options.dry_run,
                grace_period_seconds: body.int_at("gracePeriodSeconds"),
                uid: body["preconditions"]["uid"].as_str().map(str::to_string),
                propagation: match body.str_at("propagationPolicy") {
                    "Foreground" => Propagation::Foreground,
                    "Orphan" => Propagation::Orphan,
                    _ => Propagation::Background,
                },
                ..DeleteOptions::default()
            };
            server.remove(resource, ns, name, &options).map(|_| Value::Null)
        }
    }
}

fn part(sub: &str) -> Part {
    if sub == "status" { Part::Status } else { Part::Main }
}

/// Uids of others, and the line numbers of a diff: the recorded pods had a volume that was taken out of the recording.
fn unnumbered(status: &Value) -> Value {
    let mut text = String::new();
    for (i, part) in status.to_json().split("@@").enumerate() {
        text.push_str(if i % 2 == 1 { "@@" } else { part });
    }
    let words: Vec<&str> = text.split_inclusive([' ', '(', ')', '"', ',']).collect();
    let is_uid = |w: &str| w.len() >= 36 && w.as_bytes()[8] == b'-' && w.as_bytes()[23] == b'-';
    let masked: String = words.into_iter().map(|w| if is_uid(w) { "UID" } else { w }).collect();
    Value::parse(&masked).unwrap_or(Value::Str(masked.into()))
}

/// Leaves out what no two servers agree on.
fn comparable(mut object: Value) -> Value {
    for key in ["managedFields", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp"] {
        object.remove(&format!("metadata/{key}"));
    }
    object.remove("status/when");
    if object["metadata"]["generateName"].as_str().is_some() {
        object.remove("metadata/name");
    }
    for list in ["volumes", "containers"] {
        if !object["spec"][list].is_null() && object.str_at("kind") == "Pod" {
            object.remove(&format!("spec/{list}"));
        }
    }
    if let Some(conditions) = object.at("status/conditions").as_list().map(<[Value]>::to_vec) {
        let timeless = conditions.into_iter().map(|mut c| {
            c.remove("lastTransitionTime");
            c
        });
        object.set("status/conditions", timeless.collect::<Vec<_>>());
    }
    object
}

#[test]
fn writes_are_answered_as_recorded() {
    let state = Value::parse(&harness::text("kubectl/state/world-a.json.gz")).unwrap();
    let (_dir, server) = server_with_kinds_of(&state);
    for object in state.items_at("items") {
        let object = Object(object.clone());
        let keep = matches!(object.kind(), "Namespace" | "ServiceAccount" | "Node" | "Widget");
        if keep && let Some(resource) = server.resource_of(&object) {
            server.store().put(&kubetick::api::stored_under(&resource), object);
        }
    }
    server.create(Object::new("v1", "Namespace", "", "api")).unwrap();
    server.create(Object::new("v1", "ServiceAccount", "api", "default")).unwrap();
    let writes: Vec<Value> = harness::cases("api-server/wire.jsonl")
        .into_iter()
        .filter(|c| c.str_at("request/method") != "GET" && !BEFORE_THE_API.contains(&c.str_at("id")))
        .collect();
    let server = RefCell::new(server);
    harness::run_cases("api-server/wire.jsonl", &writes, |case| {
        let want = Value::parse(case.str_at("response/body")).map_err(|e| e.to_string())?;
        match answer(&server.borrow(), case.at("request")) {
            Err(error) => {
                let (got, want) = (unnumbered(&error.to_value()), unnumbered(&want));
                if got == want {
                    Ok(())
                } else {
                    Err(format!("{}\n    got {got:?}", difference(&want, &got)))
                }
            }
            Ok(_) if want.str_at("status") == "Failure" => Err(format!("accepted; want {want:?}")),
            Ok(Value::Null) => Ok(()),
            Ok(object) => {
                let (got, want) = (comparable(object), comparable(want));
                if got == want { Ok(()) } else { Err(difference(&want, &got)) }
            }
        }
    });
}
