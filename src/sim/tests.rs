//! What the engine and the controllers of namespaces and garbage do together.

use super::Engine;
use crate::api::{DeleteOptions, Propagation, Server};
use crate::json;
use crate::machinery::{Duration, KubeVersion, Object, Time};
use crate::store::{ClockMode, Meta, Store};
use std::collections::BTreeMap;

fn server(dir: &tempfile::TempDir) -> Server {
    let meta = Meta {
        name: "test".into(),
        region: "ap-northeast-2".into(),
        version: KubeVersion::LATEST,
        seed: 1,
        revision: 0,
        now: Time::parse("2026-06-03T00:00:00Z").unwrap(),
        clock: ClockMode::Manual,
        counters: BTreeMap::new(),
        config: json!({}),
    };
    Server::new(Store::create(&dir.path().join("test.db"), meta).unwrap())
}

fn owned(name: &str, owner: &Object) -> Object {
    let mut map = Object::new("v1", "ConfigMap", "work", name);
    map.set("metadata/ownerReferences", json!([(owner.as_controller_ref())]));
    map
}

#[test]
fn namespaces_get_their_furniture_and_go_after_their_content() {
    let dir = tempfile::tempdir().unwrap();
    let api = server(&dir);
    let mut namespace = Object::new("v1", "Namespace", "", "work");
    namespace.set("spec/finalizers", json!(["kubernetes"]));
    api.create(namespace).unwrap();
    Engine::new(&api).settle();
    assert!(api.find("serviceaccounts", "work", "default").is_some());
    assert!(api.find("configmaps", "work", "kube-root-ca.crt").is_some());
    api.delete("namespaces", "", "work").unwrap();
    assert!(api.get("namespaces", "", "work").unwrap().is_deleting());
    let now = api.now();
    Engine::new(&api).run_until(now + Duration::from_secs(12));
    assert!(api.find("configmaps", "work", "kube-root-ca.crt").is_none());
    assert!(api.find("namespaces", "", "work").is_none());
}

#[test]
fn dependents_follow_their_owner_as_the_policy_says() {
    for (propagation, left) in
        [(Propagation::Background, 0), (Propagation::Foreground, 0), (Propagation::Orphan, 1)]
    {
        let dir = tempfile::tempdir().unwrap();
        let api = server(&dir);
        api.create(Object::new("v1", "Namespace", "", "work")).unwrap();
        let owner = api.create(Object::new("v1", "ConfigMap", "work", "owner")).unwrap();
        let child = api.create(owned("child", &owner)).unwrap();
        api.create(owned("grandchild", &child)).unwrap();
        Engine::new(&api).settle();
        let kind = api.resource("configmaps").unwrap();
        api.remove(&kind, "work", "owner", &DeleteOptions { propagation, ..DeleteOptions::default() })
            .unwrap();
        let now = api.now();
        Engine::new(&api).run_until(now + Duration::from_secs(1));
        assert!(api.find("configmaps", "work", "owner").is_none(), "{propagation:?}");
        let found = |name: &str| usize::from(api.find("configmaps", "work", name).is_some());
        assert_eq!((found("child"), found("grandchild")), (left, left), "{propagation:?}");
    }
}

#[test]
fn an_object_whose_owner_never_was_is_collected() {
    let dir = tempfile::tempdir().unwrap();
    let api = server(&dir);
    api.create(Object::new("v1", "Namespace", "", "work")).unwrap();
    let mut ghost = Object::new("v1", "ConfigMap", "work", "ghost");
    ghost.set("metadata/uid", "00000000-0000-0000-0000-000000000000");
    api.create(owned("child", &ghost)).unwrap();
    let now = api.now();
    Engine::new(&api).run_until(now + Duration::from_secs(1));
    assert!(api.find("configmaps", "work", "child").is_none());
}
