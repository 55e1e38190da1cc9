//! What the driver of a scenario did, done here: requests as they are, commands as the requests they make.

use super::kubelet::stopped_key;
use super::world::World;
use kubetick::actors::node::stop_kubelet;
use kubetick::api::{DeleteOptions, Part, Patch, Propagation, Resource, WriteOptions, heartbeat};
use kubetick::json;
use kubetick::machinery::{Object, Value};

type Outcome = Result<(), String>;

/// The steps of a scenario; those that go on for a while come as several.
pub fn all(case: &Value) -> Vec<Value> {
    let mut steps = Vec::new();
    for step in case.items_at("steps") {
        let at = |key: &str| step.at(key).as_f64().unwrap_or(0.0);
        let argv: Vec<&str> = step.items_at("do/kubectl").iter().filter_map(Value::as_str).collect();
        let words = step.str_at("do");
        steps.push(step.clone());
        if let ["drain", node, ..] = argv[..] {
            // What a budget protects is tried again every five seconds.
            let mut t = at("t") + 0.1;
            while t < at("done_t") {
                steps.push(json!({"t": t, "do": {"evict all": node}}));
                t += 5.0;
            }
        } else if let Some(node) = words.strip_suffix(" registers (Ready=False)") {
            steps.push(json!({"t": (at("t") + 8.06), "do": (format!("{node}: Ready=True"))}));
        }
    }
    steps.sort_by(|a, b| a.at("t").as_f64().partial_cmp(&b.at("t").as_f64()).expect("numbers"));
    steps
}

pub fn take(world: &World, step: &Value) -> Outcome {
    let action = step.at("do");
    if let Some(words) = action.as_str() {
        return match words {
            "create" => create(world, step.at("manifest")),
            words => node(world, words),
        };
    }
    if !action.at("patch").is_null() {
        return patch(world, action);
    }
    if !action.at("delete").is_null() {
        let name = world.name_of(action.str_at("name"));
        return delete(world, action.str_at("delete"), &name, Propagation::Background);
    }
    if !action.at("evict").is_null() {
        let code = evict(world, &world.name_of(action.str_at("evict")));
        let wanted = step.int_at("response/code").unwrap_or(201);
        return if code == wanted {
            Ok(())
        } else {
            Err(format!("eviction answered {code} instead of {wanted}"))
        };
    }
    if let Some(node) = action.at("evict all").as_str() {
        return evict_all(world, node);
    }
    let argv: Vec<&str> = action.items_at("kubectl").iter().filter_map(Value::as_str).collect();
    kubectl(world, &argv)
}

fn resource(world: &World, kind: &str) -> Result<Resource, String> {
    let registry = world.api.registry();
    let found = registry.preferred().find(|r| {
        r.kind == kind || r.singular == kind || r.plural == kind || r.short_names.iter().any(|s| s == kind)
    });
    found.cloned().ok_or_else(|| format!("what is a {kind}?"))
}

fn create(world: &World, manifest: &Value) -> Outcome {
    let resource = resource(world, manifest.str_at("kind"))?;
    let mut body = manifest.clone();
    body.set("apiVersion", resource.api_version());
    world
        .api
        .post(&resource, &world.ns, body, &WriteOptions::strict("driver"))
        .map(|_| ())
        .map_err(|e| e.to_string())
}

fn patch(world: &World, action: &Value) -> Outcome {
    let resource = resource(world, action.str_at("patch"))?;
    let name = world.name_of(action.str_at("name"));
    let (patch, options) = (Patch::Strategic(action.at("body").clone()), WriteOptions::strict("driver"));
    let outcome = match action.str_at("subresource") {
        "scale" => world.api.patch_scale(
            &resource,
            &world.ns,
            &name,
            &Patch::Merge(action.at("body").clone()),
            &options,
        ),
        "status" => world.api.patch(&resource, &world.ns, &name, &patch, Part::Status, &options),
        _ => world.api.patch(&resource, &world.ns, &name, &patch, Part::Main, &options),
    };
    outcome.map(|_| ()).map_err(|e| e.to_string())
}

fn merge(world: &World, kind: &str, ns: &str, name: &str, body: Value) -> Outcome {
    let resource = resource(world, kind)?;
    world
        .api
        .patch(&resource, ns, name, &Patch::Merge(body), Part::Main, &WriteOptions::strict("kubectl"))
        .map(|_| ())
        .map_err(|e| e.to_string())
}

fn delete(world: &World, kind: &str, name: &str, propagation: Propagation) -> Outcome {
    let resource = resource(world, kind)?;
    let ns = if resource.namespaced { world.ns.as_str() } else { "" };
    let options = DeleteOptions { propagation, ..DeleteOptions::default() };
    world.api.remove(&resource, ns, name, &options).map(|_| ()).map_err(|e| e.to_string())
}

fn evict(world: &World, pod: &str) -> i64 {
    match world.api.evict(&world.ns, pod, &DeleteOptions::default()) {
        Ok(()) => 201,
        Err(e) => i64::from(e.code()),
    }
}

fn node(world: &World, words: &str) -> Outcome {
    let name = |prefix: &str| {
        words.strip_prefix(prefix).map(|rest| rest.split([' ', ':', ';']).next().unwrap_or("").to_string())
    };
    let store = world.api.store();
    if let Some(node) = name("kubelet of ") {
        store.remember("kubelet", &stopped_key(&node), true);
        return delete(world, "Node", &node, Propagation::Background);
    }
    let node = name("node ").ok_or_else(|| format!("what is {words:?}?"))?;
    if words.contains("registers Ready") {
        world.add_node(&node, true);
    } else if words.contains("registers") {
        world.add_node(&node, false);
    } else if words.contains("stops") {
        store.remember("kubelet", &stopped_key(&node), true);
        stop_kubelet(world.api, &node, false);
    } else if words.contains("back") {
        store.remember("kubelet", &stopped_key(&node), Value::Null);
        heartbeat::start(world.api, &node);
        // The recorded one takes up nothing of what happened meanwhile: pods being deleted stay as they are.
        world.say_ready(&node, true);
    } else {
        world.say_ready(&node, words.contains("Ready=True"));
    }
    Ok(())
}

fn kubectl(world: &World, argv: &[&str]) -> Outcome {
    let ns = world.ns.clone();
    let deployment = |word: &str| word.trim_start_matches("deployment/").to_string();
    match argv {
        ["delete", kind, name, flags @ ..] => {
            let propagation = match flags {
                ["--cascade=foreground"] => Propagation::Foreground,
                ["--cascade=orphan"] => Propagation::Orphan,
                _ => Propagation::Background,
            };
            delete(world, kind, name, propagation)
        }
        ["rollout", "pause", d] => {
            merge(world, "Deployment", &ns, &deployment(d), json!({"spec": {"paused": true}}))
        }
        ["rollout", "resume", d] => {
            merge(world, "Deployment", &ns, &deployment(d), json!({"spec": {"paused": null}}))
        }
        ["rollout", "restart", d] => {
            let at = world.api.now().rfc3339();
            let body = json!({"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": at}}}}});
            merge(world, "Deployment", &ns, &deployment(d), body)
        }
        ["rollout", "undo", d] => undo(world, &deployment(d)),
        ["rollout", "status" | "history", ..] => Ok(()),
        ["cordon" | "drain", node, ..] => {
            merge(world, "Node", "", node, json!({"spec": {"unschedulable": true}}))
        }
        ["uncordon", node] => merge(world, "Node", "", node, json!({"spec": {"unschedulable": null}})),
        ["label", "node", node, label] => {
            let body = json!({"metadata": {"labels": {(label.trim_end_matches('-')): null}}});
            merge(world, "Node", "", node, body)
        }
        ["taint", "nodes", node, taint] => set_taint(world, node, taint),
        other => Err(format!("what is kubectl {other:?}?")),
    }
}

fn undo(world: &World, name: &str) -> Outcome {
    const REVISION: &str = "deployment.kubernetes.io/revision";
    let deployment = world.api.get("deployments.apps", &world.ns, name).map_err(|e| e.to_string())?;
    let mut sets = world.api.list_owned("replicasets.apps", &deployment);
    let number = |o: &Object| o.annotation(REVISION).and_then(|r| r.parse::<i64>().ok()).unwrap_or(0);
    sets.sort_by_key(number);
    let before = sets.iter().rev().nth(1).ok_or("nothing to go back to")?;
    let mut changed = deployment.clone();
    let mut template = before.at("spec/template").clone();
    template.at_mut("metadata/labels").map_mut().remove("pod-template-hash");
    changed.set("spec/template", template);
    world.api.update(changed).map(|_| ()).map_err(|e| e.to_string())
}

fn set_taint(world: &World, node: &str, taint: &str) -> Outcome {
    let key = taint.split(['=', '-', ':']).next().unwrap_or("");
    let outcome = world.api.modify("nodes", "", node, |n| {
        let mut taints: Vec<Value> = n.items_at("spec/taints").to_vec();
        taints.retain(|t| t.str_at("key") != key);
        if let Some((value, effect)) = taint.split_once('=').and_then(|(_, rest)| rest.split_once(':')) {
            taints.push(json!({"key": key, "value": value, "effect": effect}));
        }
        if taints.is_empty() {
            n.remove("spec/taints");
        } else {
            n.set("spec/taints", taints);
        }
    });
    outcome.map(|_| ()).map_err(|e| e.to_string())
}

/// Evicts what is on a node and not protected by a budget.
fn evict_all(world: &World, node: &str) -> Outcome {
    for pod in world.api.pods_on_node(node) {
        if !pod.is_deleting() && pod.namespace() == world.ns {
            evict(world, pod.name());
        }
    }
    Ok(())
}
