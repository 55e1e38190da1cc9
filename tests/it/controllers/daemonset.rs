use super::{Lab, obedient};
use kubetick::actors::Actor;
use kubetick::actors::control_plane::daemonset::DaemonSetController;
use kubetick::json;
use kubetick::machinery::{Duration, Object, Value};

const SETS: &str = "daemonsets.apps";

fn controller() -> Box<dyn Actor> {
    Box::new(DaemonSetController)
}

fn set() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "namespace": "shop"},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {"metadata": {"labels": {"app": "agent"}},
                         "spec": {"containers": [{"name": "app", "image": "registry.example/app:1.0"}]}},
        },
    })
}

fn node(lab: &Lab, name: &str) {
    let mut node = Object::new("v1", "Node", "", name);
    node.set_label("kubernetes.io/hostname", name);
    lab.api.create(node).unwrap();
    // A new node is not ready, and tainted for it.
    lab.api.modify("nodes", "", name, |n| drop(n.remove("spec/taints"))).unwrap();
}

fn run(lab: &Lab, seconds: i64) {
    lab.run(controller, Duration::from_secs(seconds), obedient);
}

fn status(lab: &Lab, key: &str) -> Option<i64> {
    lab.api.get(SETS, "shop", "agent").unwrap().at("status").int_at(key)
}

#[test]
fn every_node_gets_a_pod_as_it_comes() {
    let lab = Lab::new();
    node(&lab, "n1");
    lab.post(set());
    run(&lab, 2);
    assert_eq!(lab.pods().len(), 1);
    node(&lab, "n2");
    run(&lab, 2);
    assert_eq!(lab.pods().len(), 2);
    assert_eq!(status(&lab, "numberAvailable"), Some(2));
    assert_eq!(status(&lab, "desiredNumberScheduled"), Some(2));
    lab.api
        .modify("nodes", "", "n2", |n| n.set("spec/taints", json!([{"key": "mine", "effect": "NoExecute"}])))
        .unwrap();
    run(&lab, 2);
    assert_eq!(lab.pods().len(), 1);
}

#[test]
fn a_new_template_replaces_one_pod_after_the_other() {
    let lab = Lab::new();
    for name in ["n1", "n2", "n3"] {
        node(&lab, name);
    }
    lab.post(set());
    run(&lab, 2);
    let before = lab.pods();
    let change = |o: &mut Object| o.set("spec/template/spec/containers/0/image", "registry.example/app:2.0");
    lab.api.modify(SETS, "shop", "agent", change).unwrap();
    run(&lab, 5);
    assert!(lab.pods().iter().all(|p| !before.contains(p)));
    assert_eq!(status(&lab, "updatedNumberScheduled"), Some(3));
    assert_eq!(lab.api.list("controllerrevisions.apps", "shop").len(), 2);
    let revision = lab.api.store().meta().revision;
    run(&lab, 60);
    assert_eq!(lab.api.store().meta().revision, revision, "nothing is written when nothing changes");
}

#[test]
fn a_failed_pod_is_replaced_ever_more_slowly() {
    let lab = Lab::new();
    node(&lab, "n1");
    lab.post(set());
    lab.run(controller, Duration::from_secs(20), |lab, pod| {
        if pod.is_deleting() {
            lab.remove(pod);
        } else if pod.str_at("status/phase") == "Pending" {
            lab.pod_status(pod, "Failed", false);
        }
    });
    let kills = lab.events("agent").iter().filter(|e| e.starts_with("FailedDaemonPod Found failed")).count();
    assert_eq!(kills, 5, "after 0, 1, 3, 7 and 15 seconds");
}
