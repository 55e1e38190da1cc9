//! Whether aggregated APIs can be reached: the availability controller of kube-aggregator. An APIService is available
//! when its Service has an endpoint behind the port it names, and the program there answers for the API.

use crate::actors::programs::http::{self, Request};
use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, Server, set_condition};
use crate::json;
use crate::machinery::Object;
use crate::store::{Change, Verb};

const RESOURCE: &str = "apiservices.apiregistration.k8s.io";

/// Sets the condition Available; keys are APIServices.
pub struct AvailabilityController;

impl Actor for AvailabilityController {
    fn name(&self) -> &'static str {
        "apiservice-availability"
    }

    fn rank(&self) -> u8 {
        35
    }

    fn watches(&self) -> &'static [&'static str] {
        &[RESOURCE, "services", "endpoints"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        if change.resource.as_ref() == RESOURCE {
            if change.verb != Verb::Deleted {
                ctx.wake(object.name());
            }
            return;
        }
        for service in ctx.api.list(RESOURCE, "") {
            let about = service.at("spec/service");
            if about.str_at("namespace") == object.namespace() && about.str_at("name") == object.name() {
                ctx.wake(service.name());
            }
        }
    }

    fn reconcile(&mut self, name: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let Some(service) = ctx.api.find(RESOURCE, "", name) else { return Ok(()) };
        let (status, reason, message) = availability(ctx.api, &service);
        let unchanged = service.condition("Available").is_some_and(|c| {
            c.str_at("status") == status && c.str_at("reason") == reason && c.str_at("message") == message
        });
        // What does not answer is asked again, later and later.
        let outcome =
            if reason == "FailedDiscoveryCheck" { Err(ApiError::service_unavailable()) } else { Ok(()) };
        if unchanged {
            return outcome;
        }
        let condition = json!({"type": "Available", "status": status, "reason": reason, "message": message});
        let now = ctx.now().rfc3339();
        ctx.api.modify_status(RESOURCE, "", name, |s| set_condition(s, condition, &now))?;
        outcome
    }
}

fn availability(api: &Server, service: &Object) -> (&'static str, &'static str, String) {
    let backend = service.at("spec/service");
    if backend.is_null() {
        return ("True", "Local", "Local APIServices are always available".into());
    }
    let (ns, name) = (backend.str_at("namespace"), backend.str_at("name"));
    let Some(found) = api.find("services", ns, name) else {
        return ("False", "ServiceNotFound", format!("service/{name} in \"{ns}\" is not present"));
    };
    let port = backend.int_at("port").unwrap_or(443);
    let Some(port) = found.items_at("spec/ports").iter().find(|p| p.int_at("port") == Some(port)) else {
        return (
            "False",
            "ServicePortError",
            format!("service/{name} in \"{ns}\" is not listening on port {port}"),
        );
    };
    let Some(endpoints) = api.find("endpoints", ns, name) else {
        return (
            "False",
            "EndpointsNotFound",
            format!("cannot find endpoints for service/{name} in \"{ns}\""),
        );
    };
    let port = port.str_at("name");
    let reachable = endpoints.items_at("subsets").iter().any(|subset| {
        !subset.items_at("addresses").is_empty()
            && subset.items_at("ports").iter().any(|p| p.str_at("name") == port)
    });
    if !reachable {
        let what =
            format!("endpoints for service/{name} in \"{ns}\" have no addresses with port name \"{port}\"");
        return ("False", "MissingEndpoints", what);
    }
    if let Some(failure) = discovery_failure(api, service, &endpoints, port) {
        return ("False", "FailedDiscoveryCheck", format!("failing or missing response from {failure}"));
    }
    ("True", "Passed", "all checks passed".into())
}

/// Asks the pod behind the Service for the API's discovery document. EKS routes to endpoints, not to the cluster IP. What
/// is no pod of this cluster cannot be asked, and passes.
fn discovery_failure(api: &Server, service: &Object, endpoints: &Object, port: &str) -> Option<String> {
    let subset = endpoints.items_at("subsets").iter().find(|s| !s.items_at("addresses").is_empty())?;
    let address = subset.items_at("addresses").first()?;
    let number = subset.items_at("ports").iter().find(|p| p.str_at("name") == port)?.int_at("port")?;
    let target = address.at("targetRef");
    let pod = api.find("pods", target.str_at("namespace"), target.str_at("name"))?;
    let path = format!("/apis/{}/{}", service.str_at("spec/group"), service.str_at("spec/version"));
    let host = format!("{}:{number}", address.str_at("ip"));
    let url = format!("https://{host}{path}");
    match http::ask(api, &pod, &Request::get(number, &path), "") {
        Ok(answer) if answer.status == 200 => None,
        Ok(answer) => Some(format!("{url}: bad status from {url}: {}", answer.status)),
        Err(_) if !http::runs(api, &pod) => None,
        Err(_) => Some(format!("{url}: Get \"{url}\": dial tcp {host}: connect: connection refused")),
    }
}
