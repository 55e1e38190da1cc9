//! Recorded requests, answered by the API's own door in the order they were sent.

use super::api::{difference, server_with_kinds_of};
use super::harness::{self, same};
use super::requests::{self, Request};
use kubetick::api::{Server, rest};
use kubetick::machinery::{Object, Value};
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

/// What is asked of the HTTP layer, or in a form that only HTTP clients ask for.
fn is_plain(case: &Value) -> bool {
    let (headers, path) = (case.at("request/headers"), case.str_at("request/path"));
    let whole = ["/api", "/apis"].iter().any(|root| path.starts_with(root)) && !path.contains("watch");
    // These have servers of their own behind the recorded one, or none.
    let elsewhere = path.contains("metrics.k8s.io") || path == "/apis";
    // The recorded server is another, with another address.
    let of_place = path == "/api";
    case.str_at("request/method") == "GET"
        && headers["Accept"].as_str() == Some("application/json")
        // An administrator asks unless it says otherwise.
        && headers.get("Authorization").is_none()
        && headers["Impersonate-User"].is_null()
        && whole
        && !elsewhere
        && !of_place
}

/// The types of values instead of the values.
fn shape(value: &mut Value) {
    match value {
        Value::Map(_) => {
            let keys: Vec<String> = value.map().keys().map(String::from).collect();
            keys.iter().filter_map(|key| value.map_mut().get_mut(key).map(shape)).count();
        }
        Value::List(_) => {
            value.list_mut().truncate(1);
            value.list_mut().iter_mut().for_each(shape);
        }
        Value::Str(_) => *value = "text".into(),
        Value::Int(_) | Value::Float(_) => *value = 1.into(),
        _ => {}
    }
}

fn read(server: &Server, case: &Value) -> Result<(), String> {
    let path = case.str_at("request/path");
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let body = case.str_at("response/body");
    match rest::get(server, path, query) {
        Err(error) => match Value::parse(body) {
            // Of a group nobody serves there is not even a status.
            Err(_) => same("code", i64::from(error.code()), case.int_at("response/status").unwrap_or(0)),
            Ok(want) => {
                let mut got = error.to_value();
                let mut want = want;
                // Both name the revision they have reached.
                for status in [&mut got, &mut want] {
                    let text = status.str_at("message").split(", current: ").next().unwrap_or("").to_string();
                    status.set("message", text);
                }
                same("status", got, want)
            }
        },
        Ok(_) if case.int_at("response/status") != Some(200) => {
            same("answer", "", body).map_err(|_| format!("answered; want {body}"))
        }
        Ok(got) if !case.at("response/body_truncated_from").is_null() => {
            // The beginning was kept: what is served, in order.
            let names = |text: &str| -> Vec<String> {
                text.split("\"name\":\"")
                    .skip(1)
                    .filter_map(|t| t.split('"').next())
                    .map(String::from)
                    .collect()
            };
            let want = names(body);
            same(
                "names",
                names(&got).into_iter().take(want.len() - 1).collect(),
                want[..want.len() - 1].to_vec(),
            )
        }
        Ok(got) => {
            let listed = |text: &str| -> Result<Value, String> {
                let mut value = Value::parse(text).map_err(|e| format!("{e}: {text}"))?;
                if value.get("items").is_some() {
                    value.remove("metadata/resourceVersion");
                    value.remove("metadata/continue");
                    let own = |o: &Value| !o.str_at("metadata/name").ends_with(".crt");
                    let items = value.items_at("items").iter().filter(|o| own(o)).cloned().map(comparable);
                    let items: Vec<Value> = items.collect();
                    value.set("items", items);
                    return Ok(value);
                }
                Ok(comparable(value))
            };
            let (mut got, mut want) = (listed(&got)?, listed(body)?);
            if !case.str_at("request/path").contains("namespaces/api/") {
                // Elsewhere the recorded cluster was like this one, but another.
                [&mut got, &mut want].into_iter().for_each(shape);
            }
            if got == want { Ok(()) } else { Err(difference(&want, &got)) }
        }
    }
}

#[test]
fn requests_are_answered_as_recorded() {
    let state = Value::parse(&harness::text("kubectl/state/world-a.json.gz")).unwrap();
    let (_dir, server) = server_with_kinds_of(&state);
    for object in state.items_at("items") {
        let object = Object(object.clone());
        if let Some(resource) = server.resource_of(&object) {
            server.store().put(&kubetick::api::stored_under(&resource), object);
        }
    }
    server.create(Object::new("v1", "Namespace", "", "api")).unwrap();
    server.create(Object::new("v1", "ServiceAccount", "api", "default")).unwrap();
    let for_us = |c: &Value| c.str_at("request/method") != "GET" || is_plain(c);
    let requests: Vec<Value> = harness::cases("api-server/wire.jsonl")
        .into_iter()
        .filter(|c| for_us(c) && !BEFORE_THE_API.contains(&c.str_at("id")))
        .collect();
    let server = RefCell::new(server);
    harness::run_cases("api-server/wire.jsonl", &requests, |case| {
        if case.str_at("request/method") == "GET" {
            return read(&server.borrow(), case);
        }
        let want = Value::parse(case.str_at("response/body")).map_err(|e| e.to_string())?;
        let headers = case.at("request/headers");
        let request = Request {
            method: case.str_at("request/method"),
            path: case.str_at("request/path"),
            media: headers["Content-Type"].as_str().unwrap_or(""),
            text: case.str_at("request/body"),
        };
        match requests::answer(&server.borrow(), &request) {
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
