//! The pods behind a service, as endpoints.

use crate::actors::Ctx;
use crate::json;
use crate::machinery::{LabelSelector, Object, Value};
use std::rc::Rc;

/// A port as it is reached on a pod: the name the service gives it, its number, its protocol.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Port {
    pub name: String,
    pub number: i64,
    pub protocol: String,
    pub app_protocol: String,
}

/// One pod of a service.
pub(super) struct Endpoint {
    pub pod: Object,
    pub ip: String,
    pub ports: Rc<[Port]>,
    pub serving: bool,
    pub terminating: bool,
    pub ready: bool,
    /// Its DNS name below a headless service of the same name (`web-0`); empty for others.
    pub hostname: String,
}

/// The pods of a service that have an address and still run, in name order.
pub(super) fn of(service: &Object, ctx: &Ctx<'_>) -> Vec<Endpoint> {
    let selector = service.map_at("spec/selector");
    if selector.is_empty() {
        return Vec::new();
    }
    let selector = LabelSelector::from_labels(selector);
    let publish_not_ready = service.bool_at("spec/publishNotReadyAddresses");
    let pods = ctx.api.pods_matching(service.namespace(), &selector);
    // Unless a port is looked up by its name on the pod, all pods serve the same.
    let named = |port: &Value| port.at("targetPort").as_str().is_some();
    let same_ports = (!service.items_at("spec/ports").iter().any(named))
        .then(|| pods.first().and_then(|pod| ports(service, pod)))
        .flatten();
    pods.into_iter()
        .filter(|pod| !pod.str_at("status/podIP").is_empty())
        .filter(|pod| !matches!(pod.str_at("status/phase"), "Succeeded" | "Failed"))
        .filter_map(|pod| {
            let ports = same_ports.clone().or_else(|| ports(service, &pod))?;
            let serving = pod.condition_true("Ready");
            let terminating = pod.is_deleting();
            let named =
                !pod.str_at("spec/hostname").is_empty() && pod.str_at("spec/subdomain") == service.name();
            Some(Endpoint {
                ip: pod.str_at("status/podIP").to_string(),
                ports,
                serving,
                terminating,
                ready: publish_not_ready || (serving && !terminating),
                hostname: if named { pod.str_at("spec/hostname").to_string() } else { String::new() },
                pod,
            })
        })
        .collect()
}

/// The service's ports on a pod. A pod without a port of the wanted name has no endpoint for it; one that has none of
/// the ports has no endpoint at all.
fn ports(service: &Object, pod: &Object) -> Option<Rc<[Port]>> {
    let wanted = service.items_at("spec/ports");
    let found: Rc<[Port]> = wanted
        .iter()
        .filter_map(|port| {
            let number = match port.get("targetPort") {
                Some(target) => target.as_i64().or_else(|| named_port(pod, target.as_str()?, port))?,
                None => port.int_at("port")?,
            };
            Some(Port {
                name: port.str_at("name").to_string(),
                number,
                protocol: protocol(port),
                app_protocol: port.str_at("appProtocol").to_string(),
            })
        })
        .collect();
    (!found.is_empty() || wanted.is_empty()).then_some(found)
}

fn named_port(pod: &Object, name: &str, port: &Value) -> Option<i64> {
    let containers = pod.items_at("spec/containers").iter();
    containers
        .flat_map(|c| c.items_at("ports"))
        .find(|p| p.str_at("name") == name && protocol(p) == protocol(port))
        .and_then(|p| p.int_at("containerPort"))
}

fn protocol(port: &Value) -> String {
    match port.str_at("protocol") {
        "" => "TCP".to_string(),
        protocol => protocol.to_string(),
    }
}

/// The reference to the pod behind an address.
pub(super) fn target_ref(pod: &Object) -> Value {
    json!({"kind": "Pod", "name": (pod.name()), "namespace": (pod.namespace()), "uid": (pod.uid())})
}

/// A service's labels, without those that the controllers set themselves.
pub(super) fn labels(service: &Object) -> Value {
    let mut labels = service.at("metadata/labels").clone();
    if labels.is_null() {
        labels = Value::object();
    }
    if service.str_at("spec/clusterIP") == "None" {
        labels.map_mut().insert("service.kubernetes.io/headless", "");
    }
    labels
}
