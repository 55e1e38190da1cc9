use super::{Lab, obedient};
use kubetick::actors::Actor;
use kubetick::actors::control_plane::statefulset::StatefulSetController;
use kubetick::json;
use kubetick::machinery::{Duration, Object, Value};

const SETS: &str = "statefulsets.apps";

fn controller() -> Box<dyn Actor> {
    Box::new(StatefulSetController)
}

fn set(replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": "shop"},
        "spec": {
            "serviceName": "db", "replicas": replicas, "selector": {"matchLabels": {"app": "db"}},
            "template": {"metadata": {"labels": {"app": "db"}},
                         "spec": {"containers": [{"name": "app", "image": "registry.example/app:1.0",
                                                  "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
                "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}],
        },
    })
}

fn seconds(n: i64) -> Duration {
    Duration::from_secs(n)
}

fn read(lab: &Lab) -> Object {
    lab.api.get(SETS, "shop", "db").unwrap()
}

#[test]
fn pods_come_in_order_with_their_claims() {
    let lab = Lab::new();
    lab.post(set(2));
    lab.run(controller, seconds(2), obedient);
    assert_eq!(lab.pods(), ["db-0", "db-1"]);
    let status = read(&lab).at("status").clone();
    assert_eq!(status.int_at("availableReplicas"), Some(2));
    assert_eq!(status.at("currentRevision"), status.at("updateRevision"));
    assert!(lab.api.find("persistentvolumeclaims", "shop", "data-db-1").is_some());
    assert_eq!(
        lab.events("db")[..2],
        [
            "SuccessfulCreate Create Claim data-db-0 Pod db-0 in StatefulSet db success",
            "SuccessfulCreate Create Pod db-0 in StatefulSet db successful",
        ]
    );
}

#[test]
fn an_update_replaces_all_and_scaling_down_takes_the_last() {
    let lab = Lab::new();
    lab.post(set(3));
    lab.run(controller, seconds(2), obedient);
    let before = read(&lab).str_at("status/currentRevision").to_string();
    let change = |o: &mut Object| o.set("spec/template/spec/containers/0/image", "registry.example/app:2.0");
    lab.api.modify(SETS, "shop", "db", change).unwrap();
    lab.run(controller, seconds(4), obedient);
    let after = read(&lab);
    assert_ne!(after.str_at("status/currentRevision"), before);
    assert_eq!(after.int_at("status/currentReplicas"), Some(3));
    let updated =
        |p: &Object| p.label("controller-revision-hash") == Some(after.str_at("status/updateRevision"));
    assert!(lab.api.list("pods", "shop").iter().all(updated));
    assert_eq!(lab.api.list("controllerrevisions.apps", "shop").len(), 2);
    lab.api.modify(SETS, "shop", "db", |o| o.set("spec/replicas", 1)).unwrap();
    lab.run(controller, seconds(2), obedient);
    assert_eq!(lab.pods(), ["db-0"]);
    assert!(lab.api.find("persistentvolumeclaims", "shop", "data-db-2").is_some(), "claims stay");
}

#[test]
fn nothing_is_written_when_nothing_changes() {
    let lab = Lab::new();
    lab.post(set(2));
    lab.run(controller, seconds(3), obedient);
    let before = lab.api.store().meta().revision;
    lab.run(controller, seconds(60), obedient);
    assert_eq!(lab.api.store().meta().revision, before);
}
