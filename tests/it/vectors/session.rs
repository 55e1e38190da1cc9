//! A recorded kubectl command, run: the recorded state becomes a cluster file, files and standard input are laid out,
//! the command runs in this process with its streams captured. Nobody else acts but what the recording says of others.

use super::harness;
use super::playback;
use crate::captured::{self, Said};
use crate::lab;
use kubetick::api::{Registry, stored_under};
use kubetick::cli::Env;
use kubetick::json;
use kubetick::machinery::{Duration, KubeVersion, Object, Time, Value};
use kubetick::store::{Access, Meta, Store};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tempfile::TempDir;

/// What a command left behind.
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub rc: i32,
    home: TempDir,
    around: Vec<Object>,
}

impl Outcome {
    /// Where the command had its files.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The objects around a state that does not hold the whole cluster.
    pub fn around(&self) -> &[Object] {
        &self.around
    }

    /// The objects afterwards, by `KIND NAMESPACE/NAME`.
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
    let around = restored(dir, case, &file);
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
    let input = case.str_at("stdin");
    let Said { stdout, stderr, rc } =
        captured::run_among(playback::INHABITANTS, "kubectl", &argv, env, input);
    let outcome = Outcome { stdout, stderr, rc, home, around };
    if case.str_at("class") == "mutate" {
        keep(case, &outcome);
    }
    outcome
}

/// Lays out the recorded state at the instant of the case. Neighbouring cases often share a state, so the last one is
/// kept.
fn restored(dir: &str, case: &Value, file: &Path) -> Vec<Object> {
    type Kept = (String, TempDir, Vec<Object>);
    thread_local!(static LAST: RefCell<Option<Kept>> = const { RefCell::new(None) });
    let state = state_of(dir, case);
    // The surroundings of a state depend on the namespace.
    let kept = KEPT.with_borrow(|kept| {
        let kept = kept.get(&session_of(case)).into_iter().flatten();
        kept.map(|o| format!("{} {}", key(o), o.str_at("metadata/resourceVersion")))
            .collect::<Vec<_>>()
            .join(" ")
    });
    let shared = format!("{state} {} {} {kept}", namespace(case), is_about_nodes(case));
    let around = LAST.with_borrow_mut(|last| {
        if last.as_ref().is_none_or(|(name, ..)| *name != shared) {
            let mut world = objects(&state);
            let around = surroundings(&world, &state, case);
            world.extend(around.iter().cloned());
            let kept = TempDir::new().expect("a directory");
            restore(&kept.path().join("lab.db"), &world, case);
            *last = Some((shared, kept, around));
        }
        let (_, kept, around) = last.as_ref().expect("a state");
        std::fs::copy(kept.path().join("lab.db"), file).expect("a copy");
        around.clone()
    });
    let store = Store::open(file, Access::Write).expect("a store");
    if case.str_at("precondition").starts_with("no metrics") {
        store.remove("apiservices.apiregistration.k8s.io", "", "v1beta1.metrics.k8s.io");
    }
    playback::prepare(&store, &state, case);
    let now = Time::parse(case.str_at("now")).expect("now");
    // What others do is recorded to the millisecond; the ages of everything else, by the second.
    let to_the_point = playback::is_scripted(case);
    store.update_meta(|m| m.now = if to_the_point { now } else { now.truncated() });
    store.commit().expect("a commit");
    around
}

/// The recorded state of a case.
pub fn state_of(dir: &str, case: &Value) -> String {
    match case.str_at("state") {
        // Nothing was recorded where nothing could be reached.
        "" => "kubectl/state/world-a.json.gz".to_string(),
        state => format!("{dir}/{state}"),
    }
}

thread_local! {
    /// The namespaces that the commands of a session made, and the nodes as they left them, where no state shows them.
    static KEPT: RefCell<BTreeMap<String, Vec<Object>>> = RefCell::default();
}

/// The session a case belongs to: its file and client.
fn session_of(case: &Value) -> String {
    format!("{} {}", case.str_at("class"), case.str_at("tool"))
}

/// Remembers, for the cases after it, what a case did beyond the states.
fn keep(case: &Value, outcome: &Outcome) {
    let old: BTreeSet<String> = outcome.around.iter().map(key).collect();
    let was_around = |o: &Object| o.kind() == "Node" && old.contains(&key(o));
    let is_new = |o: &Object| o.kind() == "Namespace" && !old.contains(&key(o)) && !o.is_deleting();
    let after = outcome.after();
    KEPT.with_borrow_mut(|kept| {
        let kept = kept.entry(session_of(case)).or_default();
        kept.retain(|o| o.kind() == "Namespace" && after.contains_key(&key(o)));
        kept.extend(after.into_values().filter(|o| was_around(o) || is_new(o)));
    });
}

/// The nodes, the pods and what the pods belong to, as the session that recorded them last found them, and the pods of
/// the recorded watches.
fn nodes_and_pods() -> Vec<Object> {
    thread_local!(static FOUND: RefCell<Option<Vec<Object>>> = const { RefCell::new(None) });
    FOUND.with_borrow_mut(|found| {
        let find = || {
            let states = |rel: &str, field: &str| -> Vec<String> {
                harness::cases(rel).iter().map(|c| format!("kubectl/{}", c.str_at(field))).collect()
            };
            let whole =
                states("kubectl/mutate.jsonl", "after").into_iter().rev().map(|state| objects(&state));
            let mut found =
                whole.into_iter().find(|s| s.iter().any(|o| o.kind() == "Node")).unwrap_or_default();
            let watched = states("kubectl/watch.jsonl", "state").pop().map(|state| objects(&state));
            found.extend(watched.unwrap_or_default().into_iter().filter(|o| o.kind() == "Pod"));
            found
        };
        found.get_or_insert_with(find).clone()
    })
}

/// Whether a command is about nodes.
fn is_about_nodes(case: &Value) -> bool {
    let mut words = case.items_at("argv").iter().filter_map(Value::as_str);
    words.any(|word| matches!(word, "cordon" | "uncordon" | "drain" | "node" | "nodes"))
}

/// The namespace of a command line; empty when it names none.
fn namespace(case: &Value) -> String {
    let argv: Vec<&str> = case.items_at("argv").iter().filter_map(Value::as_str).collect();
    let given = argv.windows(2).find(|pair| matches!(pair[0], "-n" | "--namespace")).map(|pair| pair[1]);
    given.unwrap_or("").to_string()
}

/// States that do not hold the whole cluster come with what was around them: the kinds and namespaces of the world they
/// were recorded in, what it has in a namespace that the command is about, its nodes and pods when the command is about
/// nodes, and the namespaces that earlier commands of the session made.
fn surroundings(world: &[Object], state: &str, case: &Value) -> Vec<Object> {
    let mut around = Vec::new();
    if world.iter().any(|o| o.kind() == "CustomResourceDefinition") {
        return around;
    }
    let on_nodes = is_about_nodes(case) && !world.iter().any(|o| o.kind() == "Node");
    let ns = namespace(case);
    let empty = !world.iter().any(|o| o.namespace() == ns);
    let mut present: BTreeSet<String> = world.iter().map(key).collect();
    KEPT.with_borrow(|kept| {
        let kept = kept.get(&session_of(case)).into_iter().flatten();
        let wanted = kept.filter(|o| o.kind() != "Node" || on_nodes);
        around.extend(wanted.filter(|o| present.insert(key(o))).cloned());
    });
    if on_nodes {
        around.extend(nodes_and_pods().into_iter().filter(|o| present.insert(key(o))));
    }
    if state.starts_with("kubectl/") {
        for object in objects("kubectl/state/world-a.json.gz") {
            let wanted = matches!(object.kind(), "CustomResourceDefinition" | "Namespace" | "PriorityClass")
                || empty && !ns.is_empty() && object.namespace() == ns;
            if wanted && present.insert(key(&object)) {
                around.push(object);
            }
        }
    }
    let mut namespaces: BTreeSet<&str> = world.iter().map(Object::namespace).collect();
    namespaces.insert("default");
    if !state.starts_with("kubectl/") {
        // Here nothing of the world around was recorded.
        namespaces.insert(&ns);
    }
    for ns in namespaces.into_iter().filter(|ns| !ns.is_empty()) {
        let namespace = Object::new("v1", "Namespace", "", ns);
        let account = Object::new("v1", "ServiceAccount", ns, "default");
        around.extend([namespace, account].into_iter().filter(|o| present.insert(key(o))));
    }
    around
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
    let now = Time::parse(case.str_at("now")).expect("now");
    let deadline = now + Duration::from_secs(60);
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
    if playback::is_scripted(case) {
        vars.insert("KUBETICK_WATCH_FOR".to_string(), playback::lasts(case));
    }
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
        revision: objects.iter().map(Object::resource_version).max().unwrap_or(0),
        // The recorder's server kept its events.
        config: json!({"eventTTL": "1000h"}),
        ..lab::meta(KubeVersion::LATEST, now.truncated())
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
