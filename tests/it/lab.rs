//! A cluster of one's own for tests of what controllers do over time.

use kubetick::actors::{Actor, Ctx};
use kubetick::api::{ApiError, DeleteOptions, Server, set_condition};
use kubetick::json;
use kubetick::machinery::{KubeVersion, Object, Time, Value};
use kubetick::store::{Access, Change, ClockMode, Meta, Store, Verb};
use std::collections::BTreeMap;

/// The identity of a cluster in which nothing has happened yet.
pub fn meta(version: KubeVersion, now: Time) -> Meta {
    Meta {
        name: "lab".into(),
        region: "ap-northeast-2".into(),
        version,
        seed: 1,
        revision: 0,
        now,
        clock: ClockMode::Manual,
        counters: BTreeMap::new(),
        config: Value::Null,
    }
}

/// A cluster in a file that goes away with it.
pub struct Lab {
    dir: tempfile::TempDir,
}

impl Lab {
    /// A new, empty cluster with the namespace `default`.
    pub fn new(version: KubeVersion) -> (Lab, Server) {
        let lab = Lab { dir: tempfile::tempdir().unwrap() };
        let start = Time::parse("2026-06-03T00:00:00Z").unwrap();
        let meta = Meta { region: "us-east-1".into(), ..meta(version, start) };
        let server = Server::new(Store::create(&lab.path(), meta).unwrap());
        server.create(Object::new("v1", "Namespace", "", "default")).unwrap();
        (lab, server)
    }

    fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("lab.db")
    }

    /// What the next command finds: the committed state, in a process that knows nothing else.
    pub fn reopen(&self, server: Server) -> Server {
        server.store().commit().unwrap();
        drop(server);
        Server::new(Store::open(&self.path(), Access::Write).unwrap())
    }
}

/// Adds a Ready node.
pub fn add_node(server: &Server, name: &str, cpu: &str, memory: &str) {
    let ready = node(name, cpu, memory);
    server.create(ready.clone()).unwrap();
    server.modify_status("nodes", "", name, |n| n.set("status", ready.at("status"))).unwrap();
    // No node controller here to find it ready.
    server.modify("nodes", "", name, |n| drop(n.remove("spec/taints"))).unwrap();
}

fn node(name: &str, cpu: &str, memory: &str) -> Object {
    let mut node = Object::new("v1", "Node", "", name);
    let amounts = json!({"cpu": cpu, "memory": memory, "pods": "110"});
    node.set("metadata/labels", json!({"kubernetes.io/hostname": name}));
    node.set(
        "status",
        json!({
            "allocatable": (amounts.clone()), "capacity": amounts,
            "conditions": [{"type": "Ready", "status": "True"}],
        }),
    );
    node
}

/// A pod with one container.
pub fn pod(name: &str, requests: Value) -> Object {
    let mut pod = Object::new("v1", "Pod", "default", name);
    pod.set(
        "spec/containers",
        json!([{"name": "app", "image": "pause", "resources": {"requests": requests}}]),
    );
    pod
}

/// Runs every pod that has a node the moment it gets there, and lets go of what is deleted.
pub struct FakeKubelet;

impl Actor for FakeKubelet {
    fn name(&self) -> &'static str {
        "fake-kubelet"
    }

    fn rank(&self) -> u8 {
        60
    }

    fn watches(&self) -> &'static [&'static str] {
        &["pods"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let pod = &change.object;
        let idle = !pod.str_at("spec/nodeName").is_empty() && pod.str_at("status/phase") != "Running";
        if change.verb != Verb::Deleted && (idle || pod.is_deleting()) {
            ctx.wake(&pod.key());
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (ns, name) = key.split_once('/').unwrap();
        let Some(pod) = ctx.api.find("pods", ns, name) else { return Ok(()) };
        if pod.is_deleting() {
            let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
            return ctx.api.remove(&ctx.api.resource("pods").unwrap(), ns, name, &options).map(|_| ());
        }
        let now = ctx.now().rfc3339();
        let running = |c: &Value| json!({"name": &c["name"], "ready": true, "restartCount": 0, "state": {"running": {"startedAt": &now}}});
        let containers: Value = pod.items_at("spec/containers").iter().map(running).collect();
        let ip = format!("10.0.0.{}", pod.resource_version() % 250);
        let changed = ctx.api.modify_status("pods", ns, name, |p| {
            p.set("status/phase", "Running");
            p.set("status/startTime", &now);
            p.set("status/podIP", &ip);
            p.set("status/containerStatuses", containers);
            set_condition(p, json!({"type": "Ready", "status": "True"}), &now);
        });
        changed.map(|_| ())
    }
}
