//! Services, endpoints and policies.

use super::{each, fill, fill_empty, inside};
use crate::json;
use crate::machinery::Object;

pub(super) fn service(o: &mut Object) {
    let spec = o.at_mut("spec");
    fill_empty(spec, "sessionAffinity", "None");
    fill_empty(spec, "type", "ClusterIP");
    match spec.str_at("sessionAffinity") {
        "None" => {
            spec.remove("sessionAffinityConfig");
        }
        "ClientIP" if spec.at("sessionAffinityConfig/clientIP/timeoutSeconds").is_null() => {
            spec.set("sessionAffinityConfig/clientIP/timeoutSeconds", 10_800);
        }
        _ => {}
    }
    each(spec, "ports", |port| {
        fill_empty(port, "protocol", "TCP");
        let number = port["port"].clone();
        fill_empty(port, "targetPort", number);
    });
    let kind = spec.str_at("type").to_string();
    let exposed = kind == "NodePort" || kind == "LoadBalancer" || !spec["externalIPs"].is_empty_value();
    if exposed && kind != "ExternalName" {
        fill_empty(spec, "externalTrafficPolicy", "Cluster");
    }
    if kind != "ExternalName" {
        fill(spec, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        fill(spec, "allocateLoadBalancerNodePorts", true);
        if !o.items_at("status/loadBalancer/ingress").is_empty() {
            each(o.at_mut("status/loadBalancer"), "ingress", |ingress| {
                if !ingress.str_at("ip").is_empty() {
                    fill(ingress, "ipMode", "VIP");
                }
            });
        }
    }
}

pub(super) fn endpoints(o: &mut Object) {
    each(o, "subsets", |subset| each(subset, "ports", |port| fill_empty(port, "protocol", "TCP")));
}

pub(super) fn endpoint_slice(o: &mut Object) {
    each(o, "ports", |port| {
        fill(port, "name", "");
        fill(port, "protocol", "TCP");
    });
}

pub(super) fn network_policy(o: &mut Object) {
    let spec = o.at_mut("spec");
    for direction in ["ingress", "egress"] {
        each(spec, direction, |rule| each(rule, "ports", |port| fill(port, "protocol", "TCP")));
    }
    if spec["policyTypes"].is_empty_value() {
        let types =
            if spec["egress"].is_empty_value() { json!(["Ingress"]) } else { json!(["Ingress", "Egress"]) };
        spec.set("policyTypes", types);
    }
}

pub(super) fn ingress_class(o: &mut Object) {
    if let Some(parameters) = inside(o.at_mut("spec"), "parameters") {
        fill(parameters, "scope", "Cluster");
    }
}
