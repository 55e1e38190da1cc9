//! Controllers on the engine, over a kubelet that does at once what it is told.

mod cronjob;
mod daemonset;
mod job;
mod load_balancer;
mod persistent_volume;
mod statefulset;

use crate::lab;
use kubetick::actors::Actor;
use kubetick::api::{DeleteOptions, Server};
use kubetick::json;
use kubetick::machinery::{Duration, KubeVersion, Object, Time, Value};
use kubetick::sim::Engine;
use kubetick::store::Store;

/// A cluster with one namespace, `shop`, whose pods run as soon as they exist.
pub struct Lab {
    _dir: tempfile::TempDir,
    pub api: Server,
}

impl Lab {
    pub fn new() -> Lab {
        let dir = tempfile::tempdir().unwrap();
        let meta = lab::meta(KubeVersion::LATEST, Time::parse("2026-11-22T22:32:11Z").unwrap());
        let api = Server::new(Store::create(&dir.path().join("lab.db"), meta).unwrap());
        let mut shop = Object::new("v1", "Namespace", "", "shop");
        shop.set("spec/finalizers", json!(["kubernetes"]));
        api.create(shop).unwrap();
        let mut account = Object::new("v1", "ServiceAccount", "shop", "default");
        account.set("metadata/labels", json!({}));
        api.create(account).unwrap();
        Lab { _dir: dir, api }
    }

    /// Makes an object as a client does.
    pub fn post(&self, object: Value) -> Object {
        let object = Object(object);
        let resource = self.api.resource_of(&object).unwrap();
        self.api.post(&resource, "shop", object.0, &Default::default()).unwrap()
    }

    /// Lets a while pass in steps of a tenth of a second; after each, the kubelet does its work.
    pub fn run(&self, actor: impl Fn() -> Box<dyn Actor>, time: Duration, kubelet: impl Fn(&Lab, &Object)) {
        let mut engine = Engine::with(&self.api, vec![actor()]);
        let end = self.api.now() + time;
        while self.api.now() < end {
            engine.run_until((self.api.now() + Duration::from_millis(100)).min(end));
            for pod in self.api.list("pods", "shop") {
                kubelet(self, &pod);
            }
        }
    }

    /// Writes what a kubelet says of a pod.
    pub fn pod_status(&self, pod: &Object, phase: &str, ready: bool) {
        let now = self.api.now().rfc3339();
        let ready = if ready { "True" } else { "False" };
        let mut status = json!({
            "phase": phase,
            "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": (now.clone())}],
        });
        if phase == "Failed" || phase == "Succeeded" {
            let code = i64::from(phase == "Failed");
            status.set("containerStatuses", json!([
                {"name": "app", "restartCount": 0, "state": {"terminated": {"exitCode": code, "finishedAt": now}}}
            ]));
        }
        self.api.modify_status("pods", "shop", pod.name(), |p| p.set("status", status)).unwrap();
    }

    /// Takes a pod away for good.
    pub fn remove(&self, pod: &Object) {
        let resource = self.api.resource("pods").unwrap();
        let now = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
        self.api.remove(&resource, "shop", pod.name(), &now).unwrap();
    }

    /// Reasons and messages of the events about an object, in order.
    pub fn events(&self, name: &str) -> Vec<String> {
        let mut events = self.api.list("events", "shop");
        events.sort_by_key(Object::resource_version);
        let about = events.iter().filter(|e| e.str_at("involvedObject/name") == name);
        about.map(|e| format!("{} {}", e.str_at("reason"), e.str_at("message"))).collect()
    }

    pub fn pods(&self) -> Vec<String> {
        self.api.list("pods", "shop").iter().map(|p| p.name().to_string()).collect()
    }
}

/// Starts pods and lets them go.
pub fn obedient(lab: &Lab, pod: &Object) {
    if pod.is_deleting() {
        lab.remove(pod);
    } else if pod.str_at("status/phase") != "Running" {
        lab.pod_status(pod, "Running", true);
    }
}
