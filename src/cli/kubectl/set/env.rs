//! `kubectl set env`.

use super::super::targets::{self, Target};
use super::super::{Failure, Kubectl, files, resources};
use super::{Words, called, change_each, each_container, fits, objects, pod_spec_path, split_args};
use crate::json;
use crate::machinery::quantity::Quantity;
use crate::machinery::{Object, Value, base64};

pub(super) fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let (mut resources, mut pairs) = split_args(&k.flags.args, "environment")?;
    pairs.extend(k.flags.list("env").iter().cloned());
    if resources.is_empty() && !files::given(k) {
        return Err(Failure::message(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if k.flags.bool("local") {
        // Alone among its siblings, this command does not mind them.
        resources.clear();
    }
    let from = k.flags.str("from");
    let (mut set, remove): (Vec<Value>, Vec<String>) = split(&pairs);
    if set.iter().any(|wanted| remove.iter().any(|name| name == wanted.str_at("name"))) {
        return Err(Failure::message(
            "can not both modify and remove the same environment variable in the same command",
        ));
    }
    if !from.is_empty() {
        set.extend(referenced(k, from)?);
    }
    let mut found = objects(k, &resources)?;
    if k.flags.bool("list") {
        return found.each(|target| list(k, target));
    }
    if set.is_empty() && remove.is_empty() {
        // Nothing was asked for, and that is what happens.
        return found.all().map(drop);
    }
    let pattern = k.flags.str("containers");
    found.targets.retain(|target| {
        let fitting = has_container(&target.object, pattern);
        if !fitting {
            let (kind, name) = (target.object.kind(), target.object.name());
            k.eprintln(&format!(
                "Warning: {kind}/{name} does not have any containers matching \"{pattern}\""
            ));
        }
        fitting
    });
    let words = Words { done: "env updated", refused: "failed to patch env update to pod template: " };
    change_each(k, found, &words, |target, object| {
        if !k.flags.bool("overwrite") {
            refuse_overwriting(k, target, &set)?;
        }
        each_container(k, target, object, k.flags.str("containers"), |container| {
            change_env(container, &set, &remove);
        })
    })
}

fn change_env(container: &mut Value, set: &[Value], remove: &[String]) {
    let mut env = container.items_at("env").to_vec();
    for wanted in set {
        match env.iter_mut().find(|e| e.str_at("name") == wanted.str_at("name")) {
            Some(old) => *old = wanted.clone(),
            None => env.push(wanted.clone()),
        }
    }
    env.retain(|e| !remove.iter().any(|r| r == e.str_at("name")));
    match env.is_empty() {
        true => drop(container.remove("env")),
        false => container.set("env", env),
    }
}

/// Whether a pattern fits any container. What has no pod is left to the change to refuse.
fn has_container(object: &Object, pattern: &str) -> bool {
    let Some(path) = pod_spec_path(object.kind()) else { return true };
    let of = |list: &str| object.items_at(&format!("{path}/{list}")).iter();
    of("containers").chain(of("initContainers")).any(|c| fits(pattern, c.str_at("name")))
}

fn split(pairs: &[String]) -> (Vec<Value>, Vec<String>) {
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    for pair in pairs {
        match pair.split_once('=') {
            Some((name, value)) => set.push(json!({"name": name, "value": value})),
            None => remove.push(pair.trim_end_matches('-').to_string()),
        }
    }
    (set, remove)
}

/// `--from=configmap/c`: a variable for each of its keys, in capitals.
fn referenced(k: &Kubectl<'_>, from: &str) -> Result<Vec<Value>, Failure> {
    let found = targets::named_alone(k, from)?;
    let (object, name) = (&found.object, found.object.name());
    let source = match found.resource.kind.as_ref() {
        "ConfigMap" => "configMapKeyRef",
        "Secret" => "secretKeyRef",
        _ => return Err(Failure::message("unsupported resource specified in --from")),
    };
    let keys = k.flags.list("keys");
    let mut variables = Vec::new();
    for key in object.map_at("data").keys().filter(|key| keys.is_empty() || keys.iter().any(|k| k == key)) {
        let shouted: String = key
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
            .collect();
        if shouted != key {
            k.eprintln(&format!("Warning: key {key} transferred to {shouted}"));
        }
        variables.push(json!({
            "name": (format!("{}{shouted}", k.flags.str("prefix"))),
            "valueFrom": {(source): {"key": key, "name": name}},
        }));
    }
    Ok(variables)
}

fn refuse_overwriting(k: &Kubectl<'_>, target: &Target, set: &[Value]) -> Result<(), Failure> {
    let mut problem = None;
    let mut object: Object = target.object.clone();
    each_container(k, target, &mut object, k.flags.str("containers"), |container| {
        for old in container.items_at("env") {
            let other = set.iter().any(|s| s.str_at("name") == old.str_at("name") && s != old);
            if other && problem.is_none() {
                problem = Some(format!(
                    "{} '{}' already has a value ({}), and --overwrite is false",
                    called(k, target),
                    old.str_at("name"),
                    old.str_at("value")
                ));
            }
        }
    })?;
    problem.map_or(Ok(()), |text| Err(Failure::Message(text)))
}

/// `--list`: the variables of each container.
fn list(k: &Kubectl<'_>, target: &Target) -> Result<(), Failure> {
    let object = &target.object;
    let Some(path) = pod_spec_path(&target.resource.kind) else { return Ok(()) };
    let of = |containers: &str| object.items_at(&format!("{path}/{containers}")).iter();
    for container in of("containers").chain(of("initContainers")) {
        if !fits(k.flags.str("containers"), container.str_at("name")) {
            continue;
        }
        k.println(&format!("# {} {}, container {}", object.kind(), object.name(), container.str_at("name")));
        for variable in container.items_at("env") {
            let resolved =
                if k.flags.bool("resolve") { resolved(k, object, container, variable)? } else { None };
            k.println(&resolved.unwrap_or_else(|| shown(variable)));
        }
    }
    Ok(())
}

/// `--resolve`: the variable with what it refers to; nothing for a plain one or when there is nothing to refer to, which is
/// told.
fn resolved(
    k: &Kubectl<'_>,
    object: &Object,
    container: &Value,
    variable: &Value,
) -> Result<Option<String>, Failure> {
    let (name, Some(from)) = (variable.str_at("name"), variable.get("valueFrom")) else { return Ok(None) };
    let value = match from.at("fieldRef/fieldPath").as_str() {
        Some(path) => field(object, path),
        None if !from.at("resourceFieldRef").is_null() => {
            let path = from.str_at("resourceFieldRef/resource").replacen('.', "/", 1);
            Ok(Quantity::of(container.at("resources").at(&path)).value().to_string())
        }
        None => key(k, from)?,
    };
    match value {
        Ok(value) => Ok(Some(format!("{name}={value}"))),
        Err(why) => {
            k.eprintln(&format!("error retrieving reference for {name}: {why}"));
            Ok(None)
        }
    }
}

/// A field of the object itself.
fn field(object: &Object, path: &str) -> Result<String, String> {
    match path {
        "metadata.name" | "metadata.namespace" | "metadata.uid" => {
            Ok(object.str_at(&path.replace('.', "/")).to_string())
        }
        _ => Err(format!("unsupported fieldPath: {path}")),
    }
}

/// A key of a Secret or ConfigMap, or why there is none.
fn key(k: &Kubectl<'_>, from: &Value) -> Result<Result<String, String>, Failure> {
    let secret = !from.at("secretKeyRef").is_null();
    let (resource, wanted) = match secret {
        true => ("secrets", from.at("secretKeyRef")),
        false => ("configmaps", from.at("configMapKeyRef")),
    };
    let (resource, name) = (resources::lookup(k, resource)?, wanted.str_at("name"));
    let found = match k.api()?.read(&resource, &k.namespace()?, name) {
        Ok(found) => found,
        Err(e) => return Ok(Err(e.message)),
    };
    let (kind, key) = (resource.kind.to_lowercase(), wanted.str_at("key"));
    let Some(value) = found.map_at("data").get(key).and_then(Value::as_str) else {
        return Ok(Err(format!("key {key} not found in {kind} {name}")));
    };
    let plain = |text| String::from_utf8_lossy(&base64::decode(text).unwrap_or_default()).into_owned();
    Ok(Ok(if secret { plain(value) } else { value.to_string() }))
}

fn shown(variable: &Value) -> String {
    let name = variable.str_at("name");
    let from = variable.at("valueFrom");
    if from.is_null() {
        return format!("{name}={}", variable.str_at("value"));
    }
    let reference = |field: &str| (from.at(field).str_at("name"), from.at(field).str_at("key"));
    if from.get("configMapKeyRef").is_some() {
        let (map, key) = reference("configMapKeyRef");
        return format!("# {name} from configmap {map}, key {key}");
    }
    if from.get("secretKeyRef").is_some() {
        let (secret, key) = reference("secretKeyRef");
        return format!("# {name} from secret {secret}, key {key}");
    }
    if from.get("fieldRef").is_some() {
        return format!("# {name} from field path {}", from.str_at("fieldRef/fieldPath"));
    }
    format!("# {name} from resource field {}", from.str_at("resourceFieldRef/resource"))
}
