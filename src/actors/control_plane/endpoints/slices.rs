//! The `EndpointSlices` of a service: at most 100 endpoints each, all with the same ports.

use super::addresses::{self, Endpoint, Port};
use super::trigger;
use crate::actors::Ctx;
use crate::api::ApiError;
use crate::json;
use crate::machinery::{Object, Value, well_known};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What slices are stored under.
pub(super) const RESOURCE: &str = "endpointslices.discovery.k8s.io";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslice-controller.k8s.io";
const CAPACITY: usize = 100;

pub(super) fn sync(service: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    if service.map_at("spec/selector").is_empty()
        || service.str_at("spec/type") == "ExternalName"
        || service.is_deleting()
    {
        return Ok(());
    }
    let endpoints = addresses::of(service, ctx);
    let cause = trigger::since_last(service, &endpoints, ctx);
    let mut groups: BTreeMap<Rc<[Port]>, Vec<Endpoint>> = BTreeMap::new();
    for endpoint in endpoints {
        groups.entry(endpoint.ports.clone()).or_default().push(endpoint);
    }
    if groups.is_empty() {
        groups.insert(Rc::default(), Vec::new());
    }
    let mut existing: Vec<Object> = ctx
        .api
        .list_owned(RESOURCE, service)
        .into_iter()
        .filter(|s| s.label(MANAGED_BY) == Some(MANAGER) && !s.is_deleting())
        .collect();
    for (ports, members) in groups {
        let members = members.iter().map(|e| (e.pod.uid().to_string(), endpoint_value(e, ctx))).collect();
        let ports = port_values(&ports);
        // A slice without ports is the placeholder of a service without pods, and takes the first that come.
        let fits = |s: &Object| s.items_at("ports") == ports.as_slice() || s.items_at("endpoints").is_empty();
        let (mine, others): (Vec<Object>, Vec<Object>) = existing.into_iter().partition(fits);
        existing = others;
        let filling = distribute(members, mine);
        let filled = filling.iter().any(|(_, values)| !values.is_empty());
        let mut placeholder = false;
        for (slice, values) in filling {
            if values.is_empty() && (filled || placeholder) {
                existing.extend(slice);
                continue;
            }
            placeholder |= values.is_empty();
            write(service, slice, values, &ports, cause.as_deref(), ctx)?;
        }
    }
    for slice in existing {
        ctx.api.delete(RESOURCE, slice.namespace(), slice.name())?;
    }
    Ok(())
}

/// Which slices hold which endpoints, given by pod: each stays where it is, new ones go where there is room, and what then
/// has no room makes a slice that there is not yet.
fn distribute(
    mut members: BTreeMap<String, Value>,
    slices: Vec<Object>,
) -> Vec<(Option<Object>, Vec<Value>)> {
    let mut filling: Vec<(Option<Object>, Vec<Value>)> = Vec::new();
    for slice in slices {
        let known = slice.items_at("endpoints").iter().map(|e| e.str_at("targetRef/uid"));
        let still = known.filter_map(|uid| members.remove(uid)).collect();
        filling.push((Some(slice), still));
    }
    for value in members.into_values() {
        match filling.iter_mut().find(|(_, values)| values.len() < CAPACITY) {
            Some((_, values)) => values.push(value),
            None => filling.push((None, vec![value])),
        }
    }
    if filling.is_empty() {
        filling.push((None, Vec::new()));
    }
    filling
}

fn write(
    service: &Object,
    slice: Option<Object>,
    endpoints: Vec<Value>,
    ports: &[Value],
    cause: Option<&str>,
    ctx: &Ctx<'_>,
) -> Result<(), ApiError> {
    let mut wanted = slice.clone().unwrap_or_else(|| {
        let mut fresh = Object::new("discovery.k8s.io/v1", "EndpointSlice", service.namespace(), "");
        fresh.at_mut("metadata").map_mut().remove("name");
        fresh.set("metadata/generateName", format!("{}-", service.name()));
        fresh.set("metadata/ownerReferences", json!([(service.as_controller_ref())]));
        fresh.set("addressType", "IPv4");
        fresh
    });
    let mut labels = addresses::labels(service);
    labels.map_mut().insert(well_known::SERVICE_NAME, service.name());
    labels.map_mut().insert(MANAGED_BY, MANAGER);
    wanted.set("metadata/labels", labels);
    let empty = endpoints.is_empty();
    wanted.set("endpoints", if empty { Value::Null } else { endpoints.into() });
    wanted.set("ports", if empty { Value::Null } else { ports.to_vec().into() });
    if slice.as_ref() == Some(&wanted) {
        return Ok(());
    }
    trigger::annotate(&mut wanted, cause);
    match slice {
        Some(_) => ctx.api.update(wanted).map(|_| ()),
        None => ctx.api.create(wanted).map(|_| ()),
    }
}

fn port_values(ports: &[Port]) -> Vec<Value> {
    ports
        .iter()
        .map(|p| {
            let mut port =
                json!({"name": (p.name.as_str()), "port": (p.number), "protocol": (p.protocol.as_str())});
            if !p.app_protocol.is_empty() {
                port.set("appProtocol", p.app_protocol.as_str());
            }
            port
        })
        .collect()
}

fn endpoint_value(endpoint: &Endpoint, ctx: &Ctx<'_>) -> Value {
    let node = endpoint.pod.str_at("spec/nodeName");
    let mut value = json!({
        "addresses": [(endpoint.ip.as_str())],
        "conditions": {
            "ready": (endpoint.ready), "serving": (endpoint.serving), "terminating": (endpoint.terminating),
        },
        "nodeName": node,
        "targetRef": (addresses::target_ref(&endpoint.pod)),
    });
    if !endpoint.hostname.is_empty() {
        value.set("hostname", endpoint.hostname.as_str());
    }
    let zone = ctx.api.find("nodes", "", node);
    if let Some(zone) = zone.as_ref().and_then(|n| n.label(well_known::ZONE)) {
        value.set("zone", zone);
    }
    value
}
