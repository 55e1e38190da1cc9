//! The `Endpoints` object of a service.

use super::addresses::{self, Endpoint, Port};
use super::trigger;
use crate::actors::Ctx;
use crate::api::ApiError;
use crate::json;
use crate::machinery::{Object, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
/// An Endpoints object names at most this many addresses.
const CAPACITY: usize = 1000;

pub(super) fn sync(service: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    if service.map_at("spec/selector").is_empty() || service.is_deleting() {
        return Ok(());
    }
    let mut endpoints = addresses::of(service, ctx);
    let cause = trigger::since_last(service, &endpoints, ctx);
    endpoints.retain(|e| !e.terminating || e.ready);
    endpoints.truncate(CAPACITY);
    let subsets = subsets(&endpoints);
    let mut labels = addresses::labels(service);
    if ctx.api.version().endpoints_name_their_manager() {
        labels.map_mut().insert(MANAGED_BY, "endpoint-controller");
    }
    let found = ctx.api.find("endpoints", service.namespace(), service.name());
    let mut wanted =
        found.clone().unwrap_or_else(|| Object::new("v1", "Endpoints", service.namespace(), service.name()));
    if labels.map().is_empty() {
        drop(wanted.remove("metadata/labels"))
    } else {
        wanted.set("metadata/labels", labels)
    }
    if subsets.is_empty() {
        wanted.remove("subsets");
    } else {
        wanted.set("subsets", subsets);
    }
    if found.as_ref() == Some(&wanted) {
        return Ok(());
    }
    trigger::annotate(&mut wanted, cause.as_deref());
    match found {
        Some(_) => ctx.api.update(wanted).map(|_| ()),
        None => ctx.api.create(wanted).map(|_| ()),
    }
}

/// Addresses grouped by the ports they serve, both in order.
fn subsets(endpoints: &[Endpoint]) -> Vec<Value> {
    let mut groups: BTreeMap<Rc<[Port]>, Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in endpoints {
        groups.entry(endpoint.ports.clone()).or_default().push(endpoint);
    }
    groups.into_iter().map(|(ports, members)| subset(&ports, members)).collect()
}

fn subset(ports: &[Port], mut members: Vec<&Endpoint>) -> Value {
    members.sort_by(|a, b| a.ip.cmp(&b.ip));
    let addresses = |ready: bool| -> Vec<Value> {
        members.iter().filter(|e| e.ready == ready).map(|e| address(e)).collect()
    };
    let mut subset = Value::object();
    for (key, list) in [("addresses", addresses(true)), ("notReadyAddresses", addresses(false))] {
        if !list.is_empty() {
            subset.set(key, list);
        }
    }
    if !ports.is_empty() {
        let shown: Vec<Value> = ports
            .iter()
            .map(|p| {
                let mut port = json!({"port": (p.number), "protocol": (p.protocol.as_str())});
                if !p.name.is_empty() {
                    port.set("name", p.name.as_str());
                }
                if !p.app_protocol.is_empty() {
                    port.set("appProtocol", p.app_protocol.as_str());
                }
                port
            })
            .collect();
        subset.set("ports", shown);
    }
    subset
}

fn address(endpoint: &Endpoint) -> Value {
    let mut address = json!({
        "ip": (endpoint.ip.as_str()),
        "nodeName": (endpoint.pod.str_at("spec/nodeName")),
        "targetRef": (addresses::target_ref(&endpoint.pod)),
    });
    if !endpoint.hostname.is_empty() {
        address.set("hostname", endpoint.hostname.as_str());
    }
    address
}
