//! What the API server makes of new objects: defaults, admission and refusals.

use super::api::server_with_kinds_of;
use super::harness::{self, same};
use kubetick::api::{Server, WriteOptions};
use kubetick::json;
use kubetick::machinery::{Object, Value};

/// The objects every namespace has before anybody makes anything in it.
fn furnish(server: &Server, ns: &str) {
    let _ = server.create(Object::new("v1", "Namespace", "", ns));
    let _ = server.create(Object::new("v1", "ServiceAccount", ns, "default"));
}

/// Replaces what no two servers agree on, as the recording does.
fn mask(value: &mut Value, path: &str, uid: &str) {
    if let Value::Map(_) = value {
        let keys: Vec<String> = value.map().keys().map(str::to_string).collect();
        for key in keys {
            let below = format!("{path}/{key}");
            if let Some(child) = value.map_mut().get_mut(&key) {
                mask(child, &below, uid);
            }
        }
        return;
    }
    if let Value::List(_) = value {
        value.list_mut().iter_mut().for_each(|v| mask(v, path, uid));
        return;
    }
    let key = path.rsplit('/').next().unwrap_or("");
    let text = value.as_str().unwrap_or("").to_string();
    if !uid.is_empty() && text == uid {
        *value = "<uid>".into();
    } else if key == "creationTimestamp" && !text.is_empty() {
        *value = "<creationTimestamp>".into();
    } else if (key == "clusterIP" || key == "clusterIPs") && text.starts_with("10.") {
        *value = "<clusterIP>".into();
    } else if matches!(key, "nodePort" | "healthCheckNodePort") {
        *value = "<nodePort>".into();
    } else if text.starts_with("kube-api-access-") {
        *value = "kube-api-access-<suffix>".into();
    } else if path == "/metadata/name" && text.starts_with("job-") {
        *value = "job-<suffix>".into();
    }
}

#[test]
fn defaults_and_admission() {
    harness::run("machinery/api-defaults.jsonl", |case| {
        let (_dir, server) = server_with_kinds_of(&json!({}));
        furnish(&server, "default");
        let object = case.at("input/object");
        let resource = server.resource_of(&Object(object.clone())).ok_or("no such kind")?;
        let options = WriteOptions { dry_run: true, ..WriteOptions::strict("kubectl") };
        let (code, mut got) =
            match server.post(&resource, case.str_at("input/namespace"), object.clone(), &options) {
                Ok(object) => (201, object.0),
                Err(error) => (i64::from(error.code()), error.to_value()),
            };
        let uid = got.str_at("metadata/uid").to_string();
        mask(&mut got, "", &uid);
        let mut want = case.at("expect/body").clone();
        mask(&mut want, "", "");
        same("code", code, case.int_at("expect/code").unwrap_or(0))
            .map_err(|e| format!("{e} {}", got.str_at("message")))?;
        if got == want { Ok(()) } else { Err(super::api::difference(&want, &got)) }
    });
}
