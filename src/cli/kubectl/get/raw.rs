//! `get --raw`: what the server answers to a GET of a path.

use crate::actors::load::metrics_api;
use crate::api::{ApiError, ListOptions, Resource};
use crate::cli::kubectl::{Failure, Kubectl, version};
use crate::machinery::{Object, Value};

pub(super) fn get(k: &Kubectl<'_>) -> Result<(), Failure> {
    if !k.flags.args.is_empty() {
        return Err(Failure::usage("arguments may not be passed when --raw is specified"));
    }
    let path = k.flags.str("raw");
    let path = path.split_once("://").map_or(path, |(_, rest)| rest.find('/').map_or("/", |i| &rest[i..]));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    k.print(&answer(k, path, query)?);
    Ok(())
}

fn answer(k: &Kubectl<'_>, path: &str, query: &str) -> Result<String, Failure> {
    let api = k.api()?;
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let (group, version, rest) = match parts.as_slice() {
        ["readyz" | "healthz" | "livez", ..] => return Ok("ok".to_string()),
        ["version"] => return Ok(version::server_info(api.version())),
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return Err(ApiError::no_such_resource().into()),
    };
    let parameter = |name: &str| {
        let mut pairs = query.split('&').filter_map(|p| p.split_once('='));
        pairs.find(|(key, _)| *key == name).map_or_else(String::new, |(_, v)| unescaped(v))
    };
    if let Some(metrics) = metrics_api::answer(api, group, version, rest, &parameter("labelSelector")) {
        return Ok(metrics?);
    }
    let (ns, rest) = match rest {
        ["namespaces", ns, plural, more @ ..] if !matches!(*plural, "status" | "finalize") => {
            (*ns, [&[*plural], more].concat())
        }
        other => ("", other.to_vec()),
    };
    let find = |plural: &str| {
        let found = api.registry().by_path(group, version, plural).cloned();
        found.ok_or_else(ApiError::no_such_resource)
    };
    match rest.as_slice() {
        [plural] => {
            let resource = find(plural)?;
            let options =
                ListOptions { labels: parameter("labelSelector"), fields: parameter("fieldSelector") };
            let items = api.read_list(&resource, ns, &options)?;
            Ok(list(&resource, api.store().meta().revision, items))
        }
        [plural, name] => Ok(wire(&api.read(&find(plural)?, ns, name)?)),
        [plural, name, "status"] => Ok(wire(&api.read(&find(plural)?, ns, name)?)),
        [plural, name, "scale"] => Ok(wire(&api.scale(&find(plural)?, ns, name)?)),
        _ => Err(ApiError::no_such_resource().into()),
    }
}

/// `%3D` and the like.
fn unescaped(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let hex: Vec<u8> = bytes.by_ref().take(2).collect();
                let digits = String::from_utf8_lossy(&hex).into_owned();
                out.push(u8::from_str_radix(&digits, 16).unwrap_or(b'%'));
            }
            b'+' => out.push(b' '),
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// An object on one line, its kind in front, as the server sends it.
fn wire(object: &Object) -> String {
    let mut body = object.0.clone();
    let head = [("kind", object.kind()), ("apiVersion", object.api_version())]
        .map(|(key, value)| format!("{key:?}:{value:?}"))
        .join(",");
    body.remove("kind");
    body.remove("apiVersion");
    let rest = body.to_json();
    format!("{{{head},{}\n", &rest[1..])
}

fn list(resource: &Resource, revision: u64, items: Vec<Object>) -> String {
    let items: Value = items
        .into_iter()
        .map(|mut o| {
            o.0.remove("kind");
            o.0.remove("apiVersion");
            o.0
        })
        .collect();
    format!(
        "{{\"kind\":\"{}List\",\"apiVersion\":\"{}\",\"metadata\":{{\"resourceVersion\":\"{revision}\"}},\"items\":{}}}\n",
        resource.kind,
        resource.api_version(),
        items.to_json()
    )
}
