//! Rules of the door that no recorded case shows alone.

use super::*;
use crate::api::Reason;
use crate::json;
use crate::machinery::Duration;
use crate::store::{ClockMode, Meta};

fn server() -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let meta = Meta {
        name: "lab".into(),
        region: "ap-northeast-2".into(),
        version: KubeVersion::LATEST,
        seed: 1,
        revision: 0,
        now: Time::from_secs(1_000),
        clock: ClockMode::Manual,
        counters: BTreeMap::new(),
        config: json!(null),
    };
    let server = Server::new(Store::create(&dir.path().join("lab.db"), meta).unwrap());
    server.create(Object::new("v1", "Namespace", "", "shop")).unwrap();
    (dir, server)
}

fn config_map(name: &str) -> Object {
    let mut o = Object::new("v1", "ConfigMap", "shop", name);
    o.set("data", json!({"a": "1"}));
    o
}

#[test]
fn a_write_that_changes_nothing_takes_no_revision() {
    let (_dir, server) = server();
    let made = server.create(config_map("c")).unwrap();
    let again = server.update(made.clone()).unwrap();
    assert_eq!(made.resource_version(), again.resource_version());
    let changed = server.modify("configmaps", "shop", "c", |o| o.set("data/a", "2")).unwrap();
    assert!(changed.resource_version() > made.resource_version());
    assert_eq!(server.update(made).unwrap_err().reason, Reason::Conflict);
}

#[test]
fn names_taken_and_namespaces_missing_are_refused() {
    let (_dir, server) = server();
    server.create(config_map("c")).unwrap();
    assert_eq!(server.create(config_map("c")).unwrap_err().reason, Reason::AlreadyExists);
    let mut elsewhere = config_map("c");
    elsewhere.set("metadata/namespace", "nons");
    assert_eq!(server.create(elsewhere).unwrap_err().message, "namespaces \"nons\" not found");
}

#[test]
fn a_finalizer_holds_an_object_until_it_is_taken_off() {
    let (_dir, server) = server();
    let mut o = config_map("c");
    o.set("metadata/finalizers", json!(["x.io/wait"]));
    server.create(o).unwrap();
    server.delete("configmaps", "shop", "c").unwrap();
    assert!(server.get("configmaps", "shop", "c").unwrap().is_deleting());
    server.modify("configmaps", "shop", "c", |o| o.set("metadata/finalizers", json!([]))).unwrap();
    assert!(server.find("configmaps", "shop", "c").is_none());
}

#[test]
fn a_repeated_event_is_counted_and_many_messages_become_one() {
    let (_dir, server) = server();
    let about = server.create(config_map("c")).unwrap();
    let say = |message: &str| {
        let event = EventSpec {
            kind: "Normal",
            reason: "Told",
            message,
            component: "tester",
            ..EventSpec::default()
        };
        server.record(&about, &event);
    };
    say("once");
    say("once");
    let events = server.list("events", "shop");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].int_at("count"), Some(2));
    for n in 0..12 {
        say(&format!("message {n}"));
    }
    let events = server.list("events", "shop");
    assert_eq!(events.len(), 10);
    let combined = events.iter().find(|e| e.str_at("message").starts_with("(combined from")).unwrap();
    assert_eq!(combined.str_at("message"), "(combined from similar events): message 11");
}

#[test]
fn an_event_is_gone_an_hour_after_it_was_last_written() {
    let (_dir, server) = server();
    let about = server.create(config_map("c")).unwrap();
    let event = EventSpec {
        kind: "Normal",
        reason: "Told",
        message: "once",
        component: "tester",
        ..Default::default()
    };
    let after = |minutes| server.advance_to(Time::from_secs(1_000) + Duration::from_mins(minutes));
    server.record(&about, &event);
    after(30);
    server.record(&about, &event);
    after(89);
    let told = server.list("events", "shop").remove(0);
    assert_eq!(told.int_at("count"), Some(2));
    after(90);
    assert!(server.list("events", "shop").is_empty());
    assert!(server.find("events", "shop", told.name()).is_none());
    assert!(server.modify("events", "shop", told.name(), |e| e.set("count", 9)).is_err());
    // Its recorder has not forgotten it.
    server.record(&about, &event);
    let again = server.list("events", "shop").remove(0);
    assert_eq!((again.name(), again.int_at("count")), (told.name(), Some(3)));
    assert_eq!(again.str_at("firstTimestamp"), told.str_at("firstTimestamp"));
    assert_ne!(again.uid(), told.uid());
    // Its name is free for others as well.
    after(151);
    let mut own = Object::new("v1", "Event", "shop", told.name());
    own.set("involvedObject", again.at("involvedObject").clone());
    server.create(own).unwrap();
    assert_eq!(server.list("events", "shop").len(), 1);
}
