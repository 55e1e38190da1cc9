//! Recorded HTTP requests, answered by the API's own door.

use kubetick::api::{
    ApiError, DeleteOptions, FieldValidation, Part, Patch, Propagation, Resource, Server, WriteOptions,
    schema,
};
use kubetick::machinery::{Value, yaml};

/// A request as it was sent.
pub struct Request<'r> {
    pub method: &'r str,
    /// With the query.
    pub path: &'r str,
    /// `Content-Type`.
    pub media: &'r str,
    pub text: &'r str,
}

/// A path taken apart.
pub struct Target {
    pub resource: Resource,
    pub ns: String,
    pub name: String,
    pub sub: String,
    query: Vec<(String, String)>,
}

impl Target {
    pub fn of(server: &Server, path: &str) -> Option<Target> {
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

    pub fn query(&self, key: &str) -> &str {
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

/// The object a writing request is answered with; null when the answer is a mere success.
pub fn answer(server: &Server, request: &Request<'_>) -> Result<Value, ApiError> {
    let target = Target::of(server, request.path).ok_or_else(ApiError::no_such_resource)?;
    let (resource, ns, name) = (&target.resource, target.ns.as_str(), target.name.as_str());
    let options = target.options();
    let (text, media) = (request.text, request.media);
    let body = || match media.contains("yaml") {
        true => yaml::read(text).unwrap_or_default(),
        false => Value::parse(text).unwrap_or_default(),
    };
    match (request.method, target.sub.as_str()) {
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
                    "Background" => Propagation::Background,
                    _ => Propagation::Unsaid,
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
