//! A recorded kubectl command, run: the recorded state becomes a cluster file, files and standard input are laid out,
//! the command runs in this process with its streams captured.

use super::harness;
use crate::captured::{self, Said};
use kubetick::api::{Registry, stored_under};
use kubetick::cli::Env;
use kubetick::machinery::{Duration, KubeVersion, Object, Time, Value};
use kubetick::store::{Access, ClockMode, Meta, Store};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

/// What a command left behind.
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub rc: i32,
    home: TempDir,
}

impl Outcome {
    /// Where the command had its files.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The objects afterwards, by `KIND NAMESPACE/NAME`.
    #[allow(dead_code)]
    pub fn after(&self) -> BTreeMap<String, Object> {
        stored(&self.home.path().join("clusters/lab.db"))
    }
}

/// The objects of a recorded state.
pub fn objects(rel: &str) -> Vec<Object> {
    thread_local!(static READ: RefCell<BTreeMap<String, Vec<Object>>> = RefCell::default());
    READ.with_borrow_mut(|read| {
        let parse = || {
            let list = Value::parse(&harness::text(rel)).expect("state");
            list.items_at("items").iter().cloned().map(Object).collect()
        };
        read.entry(rel.to_string()).or_insert_with(parse).clone()
    })
}

/// Runs a case; `dir` is where its state files are.
pub fn run(dir: &str, case: &Value) -> Outcome {
    let home = TempDir::new().expect("a directory");
    let work = home.path().join("work");
    std::fs::create_dir_all(home.path().join("clusters")).expect("a directory");
    std::fs::create_dir_all(&work).expect("a directory");
    let file = home.path().join("clusters/lab.db");
    restored(dir, case, &file);
    for (name, text) in case.map_at("files").iter() {
        let path = work.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text.as_str().unwrap_or_default()).expect("a file");
    }
    std::fs::write(home.path().join("kubeconfig"), KUBECONFIG).expect("a file");
    let argv: Vec<String> = case
        .items_at("argv")
        .iter()
        .filter_map(Value::as_str)
        .skip_while(|w| *w == "kubectl")
        .map(String::from)
        .collect();
    let env = Env { vars: variables(home.path(), case), cwd: work };
    let Said { stdout, stderr, rc } = captured::run("kubectl", &argv, env, case.str_at("stdin"));
    Outcome { stdout, stderr, rc, home }
}

/// Lays out the recorded state at the instant of the case. Neighbouring cases often share a state, so the last one is
/// kept.
fn restored(dir: &str, case: &Value, file: &Path) {
    thread_local!(static LAST: RefCell<Option<(String, TempDir)>> = const { RefCell::new(None) });
    let state = format!("{dir}/{}", case.str_at("state"));
    LAST.with_borrow_mut(|last| {
        if last.as_ref().is_none_or(|(name, _)| *name != state) {
            let mut world = objects(&state);
            add_surroundings(&mut world, case);
            let kept = TempDir::new().expect("a directory");
            restore(&kept.path().join("lab.db"), &world, case);
            *last = Some((state, kept));
        }
        let (_, kept) = last.as_ref().expect("a state");
        std::fs::copy(kept.path().join("lab.db"), file).expect("a copy");
    });
    let store = Store::open(file, Access::Write).expect("a store");
    if case.str_at("precondition").starts_with("no metrics") {
        store.remove("apiservices.apiregistration.k8s.io", "", "v1beta1.metrics.k8s.io");
    }
    let now = Time::parse(case.str_at("now")).expect("now");
    store.update_meta(|m| m.now = now.truncated());
    store.commit().expect("a commit");
}

/// The states of the session in one namespace hold only what is in it: its kinds and its namespaces come from the world
/// around it.
fn add_surroundings(world: &mut Vec<Object>, case: &Value) {
    if !case.str_at("state").starts_with("state/lab") {
        return;
    }
    // No controller ever looked at these quotas, so the recorded server did not enforce them.
    world.retain(|o| o.kind() != "ResourceQuota" || !o.at("status/hard").is_null());
    let elsewhere = case.items_at("argv").iter().any(|word| word == "autoscaler");
    let present: Vec<String> = world.iter().map(key).collect();
    let around = objects("kubectl/state/world-a.json.gz").into_iter();
    world.extend(
        around
            .filter(|o| {
                matches!(o.kind(), "CustomResourceDefinition" | "Namespace" | "PriorityClass")
                    || elsewhere && o.namespace() == "autoscaler"
            })
            .filter(|o| !present.contains(&key(o))),
    );
    for name in ["lab", "default"] {
        let namespace = Object::new("v1", "Namespace", "", name);
        if !world.iter().any(|o| key(o) == key(&namespace)) {
            world.push(namespace);
        }
    }
}

/// The client's configuration while the commands were recorded.
const KUBECONFIG: &str = "\
apiVersion: v1
clusters:
- cluster:
    insecure-skip-tls-verify: true
    server: https://127.0.0.1:26443
  name: eks
contexts:
- context:
    cluster: eks
    user: admin
  name: eks
- context:
    cluster: eks
    namespace: shop
    user: dev
  name: dev
current-context: eks
kind: Config
users:
- name: admin
  user:
    token: admintoken
- name: dev
  user:
    token: devtoken
";

fn variables(home: &Path, case: &Value) -> BTreeMap<String, String> {
    let tool = case.str_at("tool").trim_start_matches("kubectl ").to_string();
    let deadline = Time::parse(case.str_at("now")).expect("now") + Duration::from_secs(60);
    let mut vars: BTreeMap<String, String> = [
        ("HOME", "/home/ec2-user".to_string()),
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("EDITOR", "false".to_string()),
        ("KUBETICK_HOME", home.display().to_string()),
        ("KUBECONFIG", home.join("kubeconfig").display().to_string()),
        ("KUBETICK_CLUSTER", "lab".to_string()),
        ("KUBETICK_KUBECTL_VERSION", tool),
        // A command that waits for what never comes ends as the recorded one did: it was killed.
        ("KUBETICK_DEADLINE", deadline.rfc3339()),
    ]
    .map(|(k, v)| (k.to_string(), v))
    .into();
    for (name, value) in case.map_at("env").iter() {
        vars.insert(name.to_string(), value.as_str().unwrap_or_default().to_string());
        if *name == *"KUBECONFIG" {
            vars.remove("KUBETICK_CLUSTER");
        }
    }
    vars
}

fn restore(file: &Path, objects: &[Object], case: &Value) {
    let now = Time::parse(case.str_at("now")).expect("now");
    let meta = Meta {
        name: "lab".into(),
        region: "ap-northeast-2".into(),
        version: KubeVersion::LATEST,
        seed: 1,
        revision: objects.iter().map(Object::resource_version).max().unwrap_or(0),
        now: now.truncated(),
        clock: ClockMode::Manual,
        counters: BTreeMap::new(),
        config: Value::Null,
    };
    let store = Store::create(file, meta).expect("a store");
    let registry = registry(objects);
    for object in objects {
        if let Some(resource) = registry.by_kind(object.api_version(), object.kind()) {
            store.restore(&stored_under(resource), object.clone());
        }
    }
    store.commit().expect("a commit");
}

fn registry(objects: &[Object]) -> Registry {
    let mut registry = Registry::new(KubeVersion::LATEST);
    for crd in objects.iter().filter(|o| o.kind() == "CustomResourceDefinition") {
        registry.add_crd(crd);
    }
    registry
}

fn stored(file: &Path) -> BTreeMap<String, Object> {
    let store = Store::open(file, Access::Read).expect("a store");
    let mut all = BTreeMap::new();
    for resource in store.resources() {
        for object in store.list(&resource, "") {
            all.insert(key(&object), object);
        }
    }
    all
}

/// `KIND NAMESPACE/NAME`.
pub fn key(object: &Object) -> String {
    format!("{} {}", object.kind(), object.key())
}
