//! The cluster of a scenario: its nodes, its namespace, all controllers and the kubelet of the recordings.

use super::kubelet::ScriptedKubelet;
use super::reduce::reduce;
use super::state::{State, event};
use crate::lab;
use kubetick::api::Server;
use kubetick::json;
use kubetick::machinery::{Duration, KubeVersion, Map, Object, Time, Value};
use kubetick::sim::{self, Engine};
use kubetick::store::{Change, Store, Verb};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Nodes by the pool in their names, with what they have to give.
const SHARED: [&str; 3] = ["p-0", "p-1", "p-2"];

pub struct World {
    pub api: &'static Server,
    engine: Engine<'static>,
    _dir: tempfile::TempDir,
    pub ns: String,
    start: Time,
    state: State,
    /// Names of pods in the order they appeared, by what their names begin with.
    born: BTreeMap<String, Vec<String>>,
    /// The same of the recording.
    recorded: BTreeMap<String, Vec<String>>,
}

impl World {
    pub fn new(case: &Value) -> World {
        let dir = tempfile::tempdir().expect("a directory");
        let start = start(case);
        let meta = lab::meta(KubeVersion::LATEST, start - Duration::from_secs(30));
        let store = Store::create(&dir.path().join("lab.db"), meta).expect("a store");
        // The engine borrows the server for as long as the world stands: the few servers of a test run may stay.
        let api: &'static Server = Box::leak(Box::new(Server::new(store)));
        let mut actors = sim::actors();
        actors.retain(|a| a.name() != "kubelet");
        actors.push(Box::new(ScriptedKubelet));
        let mut world = World {
            api,
            engine: Engine::with(api, actors),
            _dir: dir,
            ns: case.str_at("namespace").to_string(),
            start,
            state: State::default(),
            born: BTreeMap::new(),
            recorded: recorded_births(case),
        };
        world.furnish(case);
        world
    }

    /// What there was before the scenario began.
    fn furnish(&mut self, case: &Value) {
        for ns in ["default", "kube-system"] {
            self.api.create(Object::new("v1", "Namespace", "", ns)).expect("a namespace");
        }
        let mut namespace = Object::new("v1", "Namespace", "", &self.ns);
        namespace.set("spec/finalizers", json!(["kubernetes"]));
        self.api.create(namespace).expect("a namespace");
        let mut high = Object::new("scheduling.k8s.io/v1", "PriorityClass", "", "high");
        high.set("value", 1000);
        self.api.create(high).expect("a priority class");
        let steps: Vec<&str> = case.items_at("steps").iter().map(|s| s.str_at("do")).collect();
        let own = case.items_at("nodes").iter().filter_map(Value::as_str);
        for node in SHARED.into_iter().chain(own) {
            if !steps.iter().any(|s| s.contains(&format!("{node} registers"))) {
                self.add_node(node, true);
            }
        }
        self.engine.run_until(self.start);
        self.state = State::default();
        self.born.clear();
    }

    pub fn add_node(&self, name: &str, ready: bool) {
        let pool = name.rsplit_once('-').map_or(name, |(pool, _)| pool);
        let zone = match name.chars().last() {
            Some('a' | '0') => 'a',
            Some('b' | '1') if !["drain", "small", "pre"].contains(&pool) => 'b',
            _ => 'c',
        };
        let cpu = if ["small", "pre"].contains(&pool) { "1" } else { "4" };
        let mut node = Object::new("v1", "Node", "", name);
        node.set(
            "metadata/labels",
            json!({
                "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": "m5.xlarge", "pool": pool,
                "topology.kubernetes.io/region": "ap-northeast-2",
                "topology.kubernetes.io/zone": (format!("ap-northeast-2{zone}")),
            }),
        );
        let amounts = json!({"cpu": cpu, "memory": "16Gi", "pods": "110"});
        node.set("status", json!({"allocatable": (amounts.clone()), "capacity": amounts}));
        self.api.create(node).expect("a node");
        self.say_ready(name, ready);
    }

    /// Writes the status a kubelet posts.
    pub fn say_ready(&self, name: &str, ready: bool) {
        let now = self.api.now().rfc3339();
        let condition = |kind: &str, status: &str, reason: &str, message: &str| {
            json!({
                "type": kind, "status": status, "reason": reason, "message": message,
                "lastHeartbeatTime": (now.as_str()), "lastTransitionTime": (now.as_str()),
            })
        };
        let mut conditions = vec![
            condition(
                "MemoryPressure",
                "False",
                "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available",
            ),
            condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            condition(
                "PIDPressure",
                "False",
                "KubeletHasSufficientPID",
                "kubelet has sufficient PID available",
            ),
        ];
        conditions.push(match ready {
            true => condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            false => condition("Ready", "False", "KubeletNotReady", "container runtime network not ready"),
        });
        self.api
            .modify_status("nodes", "", name, |node| node.set("status/conditions", conditions))
            .expect("a status");
    }

    /// The instant of the scenario's clock.
    pub fn instant(&self, t: f64) -> Time {
        self.start + Duration::from_millis((t * 1000.0).round() as i64)
    }

    pub fn run_until(&mut self, t: f64) {
        let target = self.instant(t);
        let World { engine, state, born, ns, .. } = self;
        let _ = engine.watch_until(target, &mut |changes| {
            for change in changes {
                note(state, born, ns, change);
            }
            ControlFlow::Continue(())
        });
    }

    pub fn state(&self) -> State {
        self.state.clone()
    }

    /// Our name of a pod of the recording: the one that appeared as its how-manieth.
    pub fn name_of(&self, recorded: &str) -> String {
        let prefix = prefix(recorded);
        let place = self.recorded.get(prefix).and_then(|names| names.iter().position(|n| n == recorded));
        let ours = place.and_then(|i| self.born.get(prefix)?.get(i).cloned());
        ours.unwrap_or_else(|| recorded.to_string())
    }
}

fn prefix(name: &str) -> &str {
    name.rsplit_once('-').map_or(name, |(prefix, _)| prefix)
}

fn recorded_births(case: &Value) -> BTreeMap<String, Vec<String>> {
    let mut births: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for w in case.items_at("writes") {
        if w.str_at("kind") == "Pod" && w.str_at("verb") == "ADDED" {
            births
                .entry(prefix(w.str_at("name")).to_string())
                .or_default()
                .push(w.str_at("name").to_string());
        }
    }
    births
}

/// When the scenario began, to the fraction of a second its events show.
fn start(case: &Value) -> Time {
    let whole = Time::parse(case.str_at("t0")).expect("t0");
    // Jobs measure from whole seconds, and so their recordings compare best from one.
    if case.str_at("id").starts_with("job-") {
        return whole;
    }
    let exact = case.items_at("events").iter().find_map(|e| {
        let at = Time::parse(e.str_at("eventTime"))?;
        Some(at - Duration::from_millis((e.at("t").as_f64()? * 1000.0) as i64))
    });
    exact.map_or(whole, |t| t.max(whole))
}

fn note(state: &mut State, born: &mut BTreeMap<String, Vec<String>>, ns: &str, change: &Change) {
    let object = &change.object;
    let here = object.namespace() == ns
        || object.kind() == "Node"
        || object.str_at("involvedObject/kind") == "Node"
        || (object.kind() == "Namespace" && object.name() == ns);
    if !here || matches!(object.kind(), "Lease") {
        return;
    }
    if object.kind() == "Event" {
        if change.verb != Verb::Deleted {
            let (said, count) = event(object);
            state.tell(object.name().to_string(), said, count);
        }
        return;
    }
    let key = format!("{} {}", object.kind(), object.name());
    if change.verb == Verb::Deleted {
        state.objects.remove(&key);
        return;
    }
    let fields: Map = reduce(object);
    let unchanged = change.previous.as_ref().is_some_and(|old| reduce(old) == fields);
    if unchanged {
        return;
    }
    if object.kind() == "Pod" && change.verb == Verb::Added {
        born.entry(prefix(object.name()).to_string()).or_default().push(object.name().to_string());
    }
    state.objects.insert(key, fields);
}
