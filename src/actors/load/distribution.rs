//! Who gets what of a demand: each demand (a source that a user has set, or the clients of a Service) is spread over its
//! own pods when they change and when its curve takes a step, whatever else the namespace holds.

use super::controller::{NAME, settle};
use super::demand::{self, Asking, Extra};
use super::pod_meters::PodMeters;
use super::source;
use crate::actors::{Ctx, latency};
use crate::api::Server;
use crate::machinery::{Duration, Object, Time, Value};
use crate::store::Remembered;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Whose memories the clients in pods are, by uid of the pod.
const ASKING: &str = "load-client";
/// Whose memories the pods that something was given to are, by demand.
const GIVEN: &str = "load-pods";
/// Changes within so short a time are answered together.
pub(super) const GATHER: Duration = Duration::from_millis(20);

/// The kind of the demands of client pods on a Service, in the place of a source's kind.
const CLIENTS: &str = "clients";

/// Who was given something of a demand, by uid.
struct Given(BTreeSet<String>);

impl Remembered for Given {
    fn to_value(&self) -> Value {
        self.0.iter().map(String::as_str).collect()
    }

    fn from_value(v: &Value) -> Given {
        Given(v.items().iter().filter_map(Value::as_str).map(str::to_string).collect())
    }
}

/// Key of what clients in pods ask of a Service.
fn clients_key(ns: &str, service: &str) -> String {
    format!("{ns}/{CLIENTS}/{service}")
}

/// A demand on many pods waits longer for what else changes.
fn wake(demand: &str, ctx: &Ctx<'_>) {
    let pods = ctx.api.store().recall::<Given>(GIVEN, demand).map_or(0, |given| given.0.len());
    ctx.wake_in(&format!("demand {demand}"), latency::gathering(NAME, pods).max(GATHER));
}

fn clients(api: &Server) -> Vec<Rc<Asking>> {
    api.store().recall_all(ASKING).into_iter().map(|(_, asking)| asking).collect()
}

/// Notes whether a pod is a client, and of which Service.
pub(super) fn note_client(uid: &str, asking: Option<Asking>, ctx: &Ctx<'_>) {
    let store = ctx.api.store();
    let before = store.recall::<Asking>(ASKING, uid);
    if before.as_deref() == asking.as_ref() {
        return;
    }
    for client in before.as_deref().into_iter().chain(&asking) {
        wake(&clients_key(&client.namespace, &client.service), ctx);
    }
    match asking {
        Some(asking) => store.keep(ASKING, uid, asking),
        None => store.remember(ASKING, uid, Value::Null),
    }
}

/// Has the demands looked at that a pod has a share of, or may now have.
pub(super) fn pod_changed(pod: &Object, before: &PodMeters, ctx: &Ctx<'_>) {
    pod_gone(before, ctx);
    for source in source::of_namespace(ctx.api, pod.namespace()) {
        if demand::reaches(ctx.api, &source.namespace, &source.kind, &source.name, pod) {
            wake(&source.key(), ctx);
        }
    }
    let services: BTreeSet<String> = clients(ctx.api)
        .iter()
        .filter(|c| *c.namespace == *pod.namespace())
        .map(|c| c.service.clone())
        .collect();
    for service in services {
        if demand::reaches(ctx.api, pod.namespace(), "service", &service, pod) {
            wake(&clients_key(pod.namespace(), &service), ctx);
        }
    }
}

/// Has the demands looked at that a pod had a share of.
pub(super) fn pod_gone(before: &PodMeters, ctx: &Ctx<'_>) {
    before.given.keys().for_each(|demand| wake(demand, ctx));
}

/// Spreads every demand of a namespace.
pub(super) fn of_namespace(ns: &str, ctx: &Ctx<'_>) {
    let mut demands: BTreeSet<String> = source::of_namespace(ctx.api, ns).iter().map(|s| s.key()).collect();
    let here = clients(ctx.api);
    demands.extend(here.iter().filter(|c| c.namespace == ns).map(|c| clients_key(ns, &c.service)));
    // What is asked no longer is to be taken back.
    let given = ctx.api.store().recall_all::<Given>(GIVEN);
    let prefix = format!("{ns}/");
    demands.extend(given.iter().filter(|(key, _)| key.starts_with(&prefix)).map(|(key, _)| key.to_string()));
    demands.iter().for_each(|demand| of_demand(demand, ctx));
}

/// Gives the pods of a demand what is asked of them now, and comes back when that changes by itself.
pub(super) fn of_demand(demand: &str, ctx: &Ctx<'_>) {
    let (extras, next) = ask(demand, ctx);
    let store = ctx.api.store();
    let before = store.recall::<Given>(GIVEN, demand);
    let dropped = before.iter().flat_map(|b| &b.0).filter(|uid| !extras.contains_key(*uid));
    let nothing = Extra::default();
    for (uid, extra) in extras.iter().chain(dropped.map(|uid| (uid, &nothing))) {
        let old = PodMeters::read(ctx.api, uid);
        if old.given.get(demand).unwrap_or(&nothing) != extra && !old.containers.is_empty() {
            let mut new = PodMeters::clone(&old);
            new.give(demand, *extra);
            settle(uid, &old, new, ctx);
        }
    }
    let same = before.as_ref().is_some_and(|b| b.0.len() == extras.len() && b.0.iter().eq(extras.keys()));
    if extras.is_empty() {
        store.remember(GIVEN, demand, Value::Null);
    } else if !same {
        store.keep(GIVEN, demand, Given(extras.into_keys().collect()));
    }
    if let Some(next) = next {
        ctx.wake_at(&format!("demand {demand}"), next);
    }
}

/// What a demand adds to which pods now, and when that changes by itself.
fn ask(demand: &str, ctx: &Ctx<'_>) -> (BTreeMap<String, Extra>, Option<Time>) {
    let mut parts = demand.splitn(3, '/');
    let (ns, kind, name) =
        (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let now = ctx.now();
    if kind == CLIENTS {
        let clients = clients(ctx.api);
        let of_service = clients.iter().filter(|c| c.namespace == ns && c.service == name);
        return (demand::of_clients(ctx.api, ns, name, of_service.map(AsRef::as_ref)), None);
    }
    let source = source::find(ctx.api, ns, kind, name);
    source.map_or_else(Default::default, |s| (demand::of_source(ctx.api, &s, now), s.next_change(now)))
}
