//! Who answers for a Service: the endpoints and endpointslice controllers of kube-controller-manager.
//!
//! Both look at the same pods and write independently: `Endpoints` (addresses ready or not), and `EndpointSlices` (each
//! endpoint with its conditions, the terminating ones included). Keys are `namespace/service`.

mod addresses;
mod legacy;
mod slices;
mod trigger;

use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::machinery::{Object, Value, well_known};
use crate::store::{Change, Verb};

/// Writes `Endpoints`.
pub struct EndpointsController;
/// Writes `EndpointSlices`.
pub struct EndpointSliceController;

impl Actor for EndpointsController {
    fn name(&self) -> &'static str {
        "endpoints-controller"
    }

    fn rank(&self) -> u8 {
        30
    }

    fn watches(&self) -> &'static [&'static str] {
        &["services", "pods", "endpoints"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        wake_services(change, "endpoints", ctx);
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let Some((ns, name)) = key.split_once('/') else { return Ok(()) };
        match ctx.api.find("services", ns, name) {
            Some(service) => legacy::sync(&service, ctx),
            None => {
                ctx.remember(key, Value::Null);
                ctx.api.delete("endpoints", ns, name)
            }
        }
    }
}

impl Actor for EndpointSliceController {
    fn name(&self) -> &'static str {
        "endpointslice-controller"
    }

    fn rank(&self) -> u8 {
        31
    }

    fn watches(&self) -> &'static [&'static str] {
        &["services", "pods", "endpointslices.discovery.k8s.io"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        wake_services(change, slices::RESOURCE, ctx);
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let Some((ns, name)) = key.split_once('/') else { return Ok(()) };
        match ctx.api.find("services", ns, name) {
            Some(service) => slices::sync(&service, ctx),
            None => {
                ctx.remember(key, Value::Null);
                Ok(())
            }
        }
    }
}

/// Marks the services a change concerns: the service itself, those that select the pod (before or after), or the one whose
/// endpoints someone else touched.
fn wake_services(change: &Change, own: &str, ctx: &Ctx<'_>) {
    let object = &change.object;
    match change.resource.as_ref() {
        "services" => ctx.wake(&object.key()),
        "pods" => {
            if change.previous.as_ref().is_some_and(|old| change.verb == Verb::Modified && same(old, object))
            {
                return;
            }
            ctx.api.store().for_each("services", object.namespace(), |service| {
                let selector = service.map_at("spec/selector");
                let selects = |pod: &Object| selector.iter().all(|(k, v)| pod.labels().get(k) == Some(v));
                if !selector.is_empty() && (selects(object) || change.previous.as_ref().is_some_and(selects))
                {
                    ctx.wake_gathering(&service.key(), known_addresses(service, ctx));
                }
            });
        }
        resource if resource == own && change.verb == Verb::Deleted => {
            let service = object.label(well_known::SERVICE_NAME).unwrap_or(object.name());
            ctx.wake(&format!("{}/{service}", object.namespace()));
        }
        _ => {}
    }
}

/// How many pods a service has, as far as its endpoints tell.
fn known_addresses(service: &Object, ctx: &Ctx<'_>) -> usize {
    let endpoints = ctx.api.find("endpoints", service.namespace(), service.name());
    let count =
        |subset: &Value| subset.items_at("addresses").len() + subset.items_at("notReadyAddresses").len();
    endpoints.map_or(0, |e| e.items_at("subsets").iter().map(count).sum())
}

/// Whether two states of a pod make the same endpoint.
fn same(old: &Object, new: &Object) -> bool {
    old.at("status/podIP") == new.at("status/podIP")
        && old.condition("Ready") == new.condition("Ready")
        && old.str_at("status/phase") == new.str_at("status/phase")
        && old.is_deleting() == new.is_deleting()
        && old.at("metadata/labels") == new.at("metadata/labels")
}
