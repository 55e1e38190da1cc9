//! `kubectl set env`.

use super::super::targets::Target;
use super::super::{Failure, Kubectl, files, resources};
use super::{change_each, each_container, fits, objects, pod_spec_path};
use crate::json;
use crate::machinery::{Object, Value};
use crate::render::output;

pub(super) fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let is_pair = |arg: &String| arg.contains('=') || arg.ends_with('-');
    let (mut pairs, resources): (Vec<String>, Vec<String>) = k.flags.args.iter().cloned().partition(is_pair);
    pairs.extend(k.flags.list("env").iter().cloned());
    if resources.is_empty() && !files::given(k) {
        return Err(Failure::message(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
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
    let found = objects(k, &resources)?;
    if k.flags.bool("list") {
        return found.each(|target| {
            list(k, target);
            Ok(())
        });
    }
    if set.is_empty() && remove.is_empty() {
        // Nothing was asked for, and that is what happens.
        return found.all().map(drop);
    }
    change_each(k, found, "env updated", |target, object| {
        if !k.flags.bool("overwrite") {
            refuse_overwriting(k, target, &set)?;
        }
        each_container(object, k.flags.str("containers"), |container| {
            let mut env = container.items_at("env").to_vec();
            for wanted in &set {
                match env.iter_mut().find(|e| e.str_at("name") == wanted.str_at("name")) {
                    Some(old) => *old = wanted.clone(),
                    None => env.push(wanted.clone()),
                }
            }
            env.retain(|e| !remove.iter().any(|r| r == e.str_at("name")));
            if env.is_empty() {
                container.remove("env");
            } else {
                container.set("env", env);
            }
        })
    })
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
    let (kind, name) = from.split_once('/').unwrap_or((from, ""));
    let resource = resources::lookup(k, kind)?;
    let source = match resource.kind.as_ref() {
        "ConfigMap" => "configMapKeyRef",
        "Secret" => "secretKeyRef",
        kind => return Err(Failure::message(format!("unsupported resource specified in --from: {kind}"))),
    };
    let object = k.api()?.read(&resource, &k.namespace()?, name)?;
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
    each_container(&mut object, k.flags.str("containers"), |container| {
        for old in container.items_at("env") {
            let other = set.iter().any(|s| s.str_at("name") == old.str_at("name") && s != old);
            if other && problem.is_none() {
                // What a file holds is called otherwise.
                let shown = match k.flags.bool("local") {
                    true => format!("{}\n", output::name_of(&target.object)),
                    false => format!("{}/{}", target.resource.plural, target.object.name()),
                };
                problem = Some(format!(
                    "{shown} '{}' already has a value ({}), and --overwrite is false",
                    old.str_at("name"),
                    old.str_at("value")
                ));
            }
        }
    })?;
    problem.map_or(Ok(()), |text| Err(Failure::Message(text)))
}

/// `--list`: the variables of each container.
fn list(k: &Kubectl<'_>, target: &Target) {
    let object = &target.object;
    let Some(path) = pod_spec_path(&target.resource.kind) else { return };
    for container in object.items_at(&format!("{path}/containers")) {
        if !fits(k.flags.str("containers"), container.str_at("name")) {
            continue;
        }
        k.println(&format!("# {} {}, container {}", object.kind(), object.name(), container.str_at("name")));
        for variable in container.items_at("env") {
            k.println(&shown(variable));
        }
    }
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
    format!("# {name} from resource {}", from.str_at("resourceFieldRef/resource"))
}
