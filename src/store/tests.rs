use super::*;
use crate::json;
use crate::machinery::{Duration, KubeVersion};
use std::collections::BTreeMap;

fn meta() -> Meta {
    Meta {
        name: "lab".into(),
        region: "ap-northeast-2".into(),
        version: KubeVersion::LATEST,
        seed: 7,
        revision: 0,
        now: Time::from_secs(1_000),
        clock: ClockMode::Manual,
        counters: BTreeMap::new(),
        config: Value::Null,
    }
}

fn pod(ns: &str, name: &str, node: &str, owner: &str) -> Object {
    let mut p = Object::new("v1", "Pod", ns, name);
    p.set("spec/nodeName", node);
    p.set("metadata/ownerReferences", json!([{"uid": owner, "controller": true}]));
    p
}

#[test]
fn what_is_committed_is_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lab.db");
    let store = Store::create(&path, meta()).unwrap();
    store.put("pods", pod("a", "p1", "n1", "rs"));
    store.put("pods", pod("b", "p2", "n1", "rs"));
    store.put("pods", pod("b", "gone", "n2", "rs"));
    store.remove("pods", "b", "gone").unwrap();
    store.wake("hpa", 3, "a/x", Time::from_secs(1_015));
    store.remember("hpa", "a/x", json!({"n": 1}));
    store.log("uid", "main", "hello\nworld");
    assert_eq!(store.draw("pod"), 0);
    store.update_meta(|m| m.now = m.now + Duration::from_secs(5));
    store.commit().unwrap();
    drop(store);

    let store = Store::open(&path, Access::Read).unwrap();
    assert_eq!(store.now(), Time::from_secs(1_005));
    assert_eq!(store.list("pods", "b").len(), 1);
    assert_eq!(store.pods_on_node("n1").len(), 2);
    assert_eq!(store.pods_on_node("n2").len(), 0);
    assert_eq!(store.list_owned("pods", "a", "rs")[0].name(), "p1");
    assert_eq!(store.pending_wake("hpa", "a/x"), Some(Time::from_secs(1_015)));
    assert_eq!(store.memory("hpa", "a/x").int_at("n"), Some(1));
    assert_eq!(
        store.logs("uid", "main").iter().map(|l| l.text.as_str()).collect::<Vec<_>>(),
        ["hello", "world"]
    );
    let verbs: Vec<_> = store.changes_since(0).unwrap().iter().map(|c| c.verb).collect();
    assert_eq!(verbs, [Verb::Added, Verb::Added, Verb::Added, Verb::Deleted]);
    assert_eq!(store.draw("pod"), 1);
}

#[test]
fn what_is_not_committed_never_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lab.db");
    Store::create(&path, meta()).unwrap().commit().unwrap();
    let store = Store::open(&path, Access::Write).unwrap();
    store.put("pods", pod("a", "p1", "", "rs"));
    drop(store);
    assert!(Store::open(&path, Access::Read).unwrap().list("pods", "").is_empty());
}

#[test]
fn the_earlier_wake_of_a_key_wins() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(&dir.path().join("x.db"), meta()).unwrap();
    store.wake("hpa", 3, "k", Time::from_secs(20));
    store.wake("hpa", 3, "k", Time::from_secs(10));
    store.wake("hpa", 3, "k", Time::from_secs(30));
    store.wake("first", 1, "z", Time::from_secs(10));
    let order: Vec<_> =
        std::iter::from_fn(|| store.pop_wake(Time::from_secs(60))).map(|w| w.actor.to_string()).collect();
    assert_eq!(order, ["first", "hpa"]);
}

#[test]
fn a_moved_pod_leaves_its_old_index() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(&dir.path().join("x.db"), meta()).unwrap();
    store.put("pods", pod("a", "p", "", "rs1"));
    store.put("pods", pod("a", "p", "n1", "rs1"));
    assert_eq!(store.pods_on_node("").len(), 0);
    assert_eq!(store.pods_on_node("n1").len(), 1);
    assert_eq!(store.list_owned("pods", "a", "rs1").len(), 1);
}

#[test]
fn foreign_newer_and_missing_files_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    assert!(matches!(Store::open(&path, Access::Read), Err(StoreError::Missing(_))));
    std::fs::write(&path, "not a database, just a text of some length").unwrap();
    assert!(matches!(Store::open(&path, Access::Read), Err(StoreError::Damaged(..))));
    std::fs::remove_file(&path).unwrap();
    Store::create(&path, meta()).unwrap().commit().unwrap();
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version=99").unwrap();
    assert!(matches!(Store::open(&path, Access::Write), Err(StoreError::Newer { found: 99, .. })));
}

#[derive(Debug, PartialEq)]
struct Count(i64);

impl Remembered for Count {
    fn to_value(&self) -> Value {
        json!({"n": self.0})
    }

    fn from_value(value: &Value) -> Count {
        Count(value.int_at("n").unwrap_or(0))
    }
}

#[test]
fn a_memory_keeps_its_shape_and_survives_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lab.db");
    let store = Store::create(&path, meta()).unwrap();
    // More keys than are read one by one.
    let key = |i: i64| format!("key {i:02}");
    (0..60).for_each(|i| store.keep("counter", &key(i), Count(i)));
    assert_eq!(store.recall::<Count>("counter", &key(7)).as_deref(), Some(&Count(7)));
    assert_eq!(store.memory("counter", &key(7)).int_at("n"), Some(7));
    store.commit().unwrap();
    drop(store);

    let store = Store::open(&path, Access::Write).unwrap();
    store.remember("counter", &key(3), Value::Null);
    store.keep("counter", &key(4), Count(-4));
    let wanted = |i| match i {
        3 => None,
        4 => Some(Count(-4)),
        i => Some(Count(i)),
    };
    for i in 0..60 {
        assert_eq!(store.recall::<Count>("counter", &key(i)).as_deref(), wanted(i).as_ref());
    }
    assert_eq!(store.recall::<Count>("counter", "another"), None);
    assert_eq!(store.recall_all::<Count>("counter").len(), 59);
    assert_eq!(store.memories("counter").len(), 59);
    store.commit().unwrap();
    assert_eq!(Store::open(&path, Access::Read).unwrap().memories("counter").len(), 59);
}

#[test]
fn pods_are_found_by_their_labels() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(&dir.path().join("lab.db"), meta()).unwrap();
    for (ns, name, app) in [("a", "p2", "web"), ("a", "p1", "web"), ("a", "p3", "db"), ("b", "p1", "web")] {
        let mut p = pod(ns, name, "n", "rs");
        p.set("metadata/labels", json!({"app": app, "tier": "all"}));
        store.put("pods", p);
    }
    let names = |selector: &str| -> Vec<String> {
        let found = store.pods_matching("a", &LabelSelector::parse(selector).unwrap());
        found.iter().map(|p| p.name().to_string()).collect()
    };
    assert_eq!(names("app=web"), ["p1", "p2"]);
    assert_eq!(names("tier=all,app in (db)"), ["p3"]);
    assert_eq!(names("app!=web"), ["p3"]);
    assert_eq!(names("app=none"), Vec::<String>::new());
    let mut p = store.get("pods", "a", "p2").unwrap();
    p.set("metadata/labels/app", "db");
    store.put("pods", p);
    store.remove("pods", "a", "p3");
    assert_eq!((names("app=web"), names("app=db")), (vec!["p1".to_string()], vec!["p2".to_string()]));
    assert_eq!(store.pods_matching("a", &LabelSelector::nothing()), []);
}

#[test]
fn objects_are_found_however_many_are_asked_for_one_by_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lab.db");
    let store = Store::create(&path, meta()).unwrap();
    let names: Vec<String> = (0..400).map(|n| format!("p{n}")).collect();
    names.iter().for_each(|name| drop(store.put("pods", pod("a", name, "n1", "rs"))));
    store.commit().unwrap();
    drop(store);

    let store = Store::open(&path, Access::Write).unwrap();
    assert!((0..100).all(|n| store.get("pods", "a", &format!("free{n}")).is_none()));
    store.put("pods", pod("a", "free7", "n1", "rs"));
    assert!(store.remove("pods", "a", "p399").is_some());
    store.commit().unwrap();
    assert!(store.get("pods", "a", "free7").is_some());
    assert!(names[..399].iter().all(|name| store.get("pods", "a", name).is_some()));
    assert!(store.get("pods", "a", "p399").is_none());
    assert_eq!(store.list("pods", "a").len(), 400);
}

/// A process that dies in its first commit leaves pages with our mark and the journal that takes them back.
#[test]
fn a_first_commit_that_was_cut_off_was_never_begun() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lab.db");
    let store = Store::create(&path, meta()).unwrap();
    store.commit().unwrap();
    drop(store);
    // SQLite's magic, any number of records, a nonce, no pages before, sectors of 512 bytes, pages of 4,096.
    let words: [u32; 5] = [u32::MAX, 0, 0, 512, 4_096];
    let magic = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    let mut journal: Vec<u8> =
        magic.into_iter().chain(words.into_iter().flat_map(u32::to_be_bytes)).collect();
    journal.resize(512, 0);
    std::fs::write(dir.path().join("lab.db-journal"), journal).unwrap();
    assert!(!Store::exists(&path));
    let store = Store::create(&path, meta()).unwrap();
    store.commit().unwrap();
    drop(store);
    assert!(Store::exists(&path));
}

#[test]
fn a_survey_reads_little_and_leaves_the_rest_to_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lab.db");
    let store = Store::create(&path, meta()).unwrap();
    for (ns, name) in [("b", "p2"), ("a", "p1"), ("a", "gone")] {
        store.put("pods", pod(ns, name, "n1", "rs"));
    }
    store.commit().unwrap();
    drop(store);

    let store = Store::open(&path, Access::Write).unwrap();
    store.remove("pods", "a", "gone").unwrap();
    store.put("pods", pod("a", "p3", "n2", "rs"));
    let members = Members::at(&["metadata/name", "metadata/namespace", "spec"]);
    let survey = || {
        let mut seen = Vec::new();
        store.survey("pods", &members, |p| {
            seen.push((p.key(), p.str_at("spec/nodeName").to_string(), p.controller().is_some()));
        });
        seen
    };
    let row = |key: &str, node: &str, whole| (key.to_string(), node.to_string(), whole);
    assert_eq!(survey(), [row("a/p1", "n1", false), row("a/p3", "n2", true), row("b/p2", "n1", false)]);
    assert!(store.count_at_most("pods") >= 3);
    assert_eq!(store.list_owned("pods", "", "rs").len(), 3);
    assert_eq!(store.count_at_most("pods"), 3);
    assert_eq!(survey(), [row("a/p1", "n1", true), row("a/p3", "n2", true), row("b/p2", "n1", true)]);
}
