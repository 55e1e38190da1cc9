//! A cluster of one's own for tests of what controllers do over time.

use kubetick::api::Server;
use kubetick::json;
use kubetick::machinery::{KubeVersion, Object, Time, Value};
use kubetick::store::{Access, ClockMode, Meta, Store};
use std::collections::BTreeMap;

/// A cluster in a file that goes away with it.
pub struct Lab {
    dir: tempfile::TempDir,
}

impl Lab {
    /// A new, empty cluster with the namespace `default`.
    pub fn new(version: KubeVersion) -> (Lab, Server) {
        let lab = Lab { dir: tempfile::tempdir().unwrap() };
        let meta = Meta {
            name: "lab".into(),
            region: "us-east-1".into(),
            version,
            seed: 1,
            revision: 0,
            now: Time::parse("2026-06-03T00:00:00Z").unwrap(),
            clock: ClockMode::Manual,
            counters: BTreeMap::new(),
            config: json!({}),
        };
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

/// A Ready node.
pub fn node(name: &str, cpu: &str, memory: &str) -> Object {
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
