//! The arithmetic of the workload controllers against the functions of the real ones.

use super::harness::{self, same};
use kubetick::actors::control_plane::deployment::rolling::{
    Resize, Rollout, fenceposts, max_surge, max_unavailable,
};
use kubetick::actors::control_plane::disruption::budget::{BudgetStatus, Scale};
use kubetick::actors::control_plane::replicaset::deletion_order::deletion_order;
use kubetick::json;
use kubetick::machinery::{Duration, KubeVersion, Map, Object, Time, Value};
use std::collections::BTreeMap;

fn now(case: &Value) -> Time {
    Time::parse(case.str_at("input/now")).expect("now")
}

fn pod(p: &Value) -> Object {
    let mut pod = Object::new("v1", "Pod", "default", p.str_at("name"));
    pod.set("metadata/uid", p.at("uid"));
    pod.set("metadata/creationTimestamp", p.at("created"));
    if let Some(cost) = p.at("deletionCost").as_str() {
        pod.set_annotation("controller.kubernetes.io/pod-deletion-cost", cost);
    }
    pod.set("spec/nodeName", p.at("nodeName"));
    pod.set("status/phase", p.at("phase"));
    pod.set("status/containerStatuses", json!([{"restartCount": p.at("restarts")}]));
    if !p.at("readySince").is_null() {
        let ready = json!({"type": "Ready", "status": "True", "lastTransitionTime": p.at("readySince")});
        pod.set("status/conditions", json!([ready]));
    }
    pod
}

#[test]
fn deletion_order_of_replicas() {
    harness::run("machinery/replica-deletion-order.jsonl", |case| {
        let read = |path: &str| case.items_at(path).iter().map(pod).collect::<Vec<_>>();
        let (own, others) = (read("input/pods"), read("input/relatedPodsOfOtherReplicaSets"));
        let order = deletion_order(&own, own.iter().chain(&others), now(case), KubeVersion::LATEST);
        let names: Value = order.iter().map(|p| p.name()).collect();
        same("order", &names, case.at("expect/deletionOrder"))
    });
}

fn deployment(input: &Value) -> Object {
    let mut d = Object::new("apps/v1", "Deployment", "default", "web");
    d.set("spec/replicas", input.at("replicas"));
    d.set("spec/strategy/type", "RollingUpdate");
    d.set("spec/strategy/rollingUpdate/maxSurge", input.at("maxSurge"));
    d.set("spec/strategy/rollingUpdate/maxUnavailable", input.at("maxUnavailable"));
    d.set("status/replicas", input.at("statusReplicas"));
    d
}

fn replica_set(r: &Value) -> Object {
    let mut rs = Object::new("apps/v1", "ReplicaSet", "default", r.str_at("name"));
    rs.set("metadata/creationTimestamp", r.at("created"));
    rs.set("metadata/annotations", r.at("annotations"));
    rs.set("spec/replicas", r.at("replicas"));
    rs.set("status/availableReplicas", r.at("availableReplicas"));
    rs
}

fn check_fenceposts(deployment: &Object, expect: &Value) -> Result<(), String> {
    let (surge, unavailable) = fenceposts(deployment).map_err(|e| e.to_string())?;
    let got = json!({
        "surge": surge, "unavailable": unavailable, "error": null,
        "deploymentMaxSurge": max_surge(deployment), "deploymentMaxUnavailable": max_unavailable(deployment),
    });
    same("fenceposts", &got, expect)
}

fn check_writes(writes: Vec<Resize>, sets: Vec<Object>, case: &Value) -> Result<(), String> {
    let mut sets: BTreeMap<String, Object> = sets.into_iter().map(|rs| (rs.name().to_string(), rs)).collect();
    let mut events = Vec::new();
    for write in &writes {
        write.apply(sets.get_mut(&write.name).ok_or("a write to nothing")?);
        let message = write.message(KubeVersion::LATEST);
        events.extend(message.map(|text| format!("Normal ScalingReplicaSet {text}")));
    }
    let of = |path: &str| sets.iter().map(|(name, rs)| (name, rs.at(path))).collect::<Map>();
    same("replicas", &of("spec/replicas"), case.map_at("expect/replicas"))?;
    same("annotations", &of("metadata/annotations"), case.map_at("expect/annotations"))?;
    same("events", &Value::from(events), case.at("expect/events"))?;
    if case.str_at("input/op") == "scale" {
        return Ok(());
    }
    same("changed", writes.iter().any(Resize::changes_size), case.bool_at("expect/changed"))
}

#[test]
fn rolling_updates() {
    harness::run("machinery/rolling-update.jsonl", |case| {
        let input = case.at("input");
        let deployment = deployment(input);
        let new = Some(input.at("newRS")).filter(|rs| !rs.is_null()).map(replica_set);
        let old: Vec<Object> = input.items_at("oldRSs").iter().map(replica_set).collect();
        let rollout = Rollout { deployment: &deployment, new: new.as_ref(), old: &old };
        let writes = match input.str_at("op") {
            "fenceposts" => return check_fenceposts(&deployment, case.at("expect")),
            "scale" => rollout.scale(),
            "new" => rollout.grow_new().into_iter().collect(),
            "old" => rollout.shrink_old(),
            other => return Err(format!("what is {other}?")),
        };
        check_writes(writes, old.iter().chain(&new).cloned().collect(), case)
    });
}

#[test]
fn disruption_budgets() {
    harness::run("machinery/pdb-status.jsonl", |case| {
        let (input, expect, now) = (case.at("input"), case.at("expect"), now(case));
        let mut pdb = Object::new("policy/v1", "PodDisruptionBudget", "default", "pdb");
        for field in ["minAvailable", "maxUnavailable"] {
            pdb.set(&format!("spec/{field}"), input.at(field));
        }
        let mut pods = Vec::new();
        for p in input.items_at("pods") {
            let mut pod = Object::new("v1", "Pod", "default", p.str_at("name"));
            let ready = if p.bool_at("ready") { "True" } else { "False" };
            pod.set("status/conditions", json!([{"type": "Ready", "status": ready}]));
            if p.bool_at("terminating") {
                pod.set("metadata/deletionTimestamp", now.rfc3339());
            }
            if let Some(owner) = p.at("owner").as_str() {
                let reference =
                    json!({"kind": "StatefulSet", "name": owner, "uid": owner, "controller": true});
                pod.set("metadata/ownerReferences", json!([reference]));
            }
            if let Some(ago) = p.int_at("disruptedSecondsAgo") {
                let at = (now - Duration::from_secs(ago)).rfc3339();
                pdb.at_mut("status/disruptedPods").map_mut().insert(pod.name(), at);
            }
            pods.push(pod);
        }
        let pods: Vec<&Object> = pods.iter().collect();
        let scale = |owner: &str| {
            let owner = input.items_at("owners").iter().find(|o| o.str_at("name") == owner)?;
            Some(Scale { uid: owner.str_at("name").into(), replicas: owner.int_at("replicas")? })
        };
        let status = BudgetStatus::measure(&pdb, &pods, |owner| scale(&owner.name), now);
        let status = status.map_err(|e| e.to_string())?;
        status.write(&mut pdb, now);
        for field in ["currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"] {
            same(field, pdb.at("status").at(field), expect.at(field))?;
        }
        let disrupted: Value = pdb.map_at("status/disruptedPods").keys().collect();
        same("disruptedPods", &disrupted, expect.at("disruptedPods"))?;
        same("unmanagedPods", &Value::from(status.unmanaged), expect.at("unmanagedPods"))?;
        let condition = pdb.condition("DisruptionAllowed").cloned().unwrap_or_default();
        for field in ["type", "status", "reason", "message"] {
            same(field, condition.at(field), expect.at("condition").at(field))?;
        }
        Ok(())
    });
}
