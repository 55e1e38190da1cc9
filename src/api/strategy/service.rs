//! Services between their types: what was given out stays as long as the type still needs it.

use crate::machinery::{Object, Value};

pub(super) fn needs_cluster_ip(service: &Object) -> bool {
    matches!(service.str_at("spec/type"), "ClusterIP" | "NodePort" | "LoadBalancer")
}

pub(super) fn needs_node_port(service: &Object) -> bool {
    match service.str_at("spec/type") {
        "NodePort" => true,
        "LoadBalancer" => service.at("spec/allocateLoadBalancerNodePorts").as_bool() != Some(false),
        _ => false,
    }
}

pub(super) fn needs_health_port(service: &Object) -> bool {
    service.str_at("spec/type") == "LoadBalancer" && service.str_at("spec/externalTrafficPolicy") == "Local"
}

/// `clusterIP` and the first of `clusterIPs` are one thing under two names.
pub(super) fn prepare_create(service: &mut Object) {
    let one = service.str_at("spec/clusterIP").to_string();
    if !one.is_empty() && service.items_at("spec/clusterIPs").is_empty() {
        service.set("spec/clusterIPs", vec![one]);
    }
}

pub(super) fn prepare_update(service: &mut Object, old: &Object) {
    keep_allocated(service, old);
    drop_unneeded(service, old);
    normalize_cluster_ips(service, old);
}

/// A client that does not name what the server gave out keeps it.
fn keep_allocated(service: &mut Object, old: &Object) {
    if needs_cluster_ip(old) && needs_cluster_ip(service) {
        if service.str_at("spec/clusterIP").is_empty() {
            service.set("spec/clusterIP", old.at("spec/clusterIP"));
        }
        if service.items_at("spec/clusterIPs").is_empty()
            && service.at("spec/clusterIP") == old.at("spec/clusterIP")
        {
            service.set("spec/clusterIPs", old.at("spec/clusterIPs"));
        }
    }
    if needs_node_port(old) && needs_node_port(service) {
        let same =
            |a: &Value, b: &Value| a["port"] == b["port"] && a.str_at("protocol") == b.str_at("protocol");
        for port in service.at_mut("spec/ports").list_mut() {
            if port["nodePort"].is_empty_value()
                && let Some(before) = old.items_at("spec/ports").iter().find(|p| same(p, port))
                && !before["nodePort"].is_empty_value()
            {
                port.set("nodePort", &before["nodePort"]);
            }
        }
    }
    if needs_health_port(old)
        && needs_health_port(service)
        && service.at("spec/healthCheckNodePort").is_empty_value()
    {
        service.set("spec/healthCheckNodePort", old.at("spec/healthCheckNodePort"));
    }
    for key in ["spec/ipFamilies", "spec/ipFamilyPolicy"] {
        if needs_cluster_ip(service) && service.at(key).is_null() && !old.at(key).is_null() {
            service.set(key, old.at(key));
        }
    }
}

/// What only the old type needed goes, unless the client changed it: then validation has its say.
fn drop_unneeded(service: &mut Object, old: &Object) {
    let same = |service: &Object, path: &str| service.at(path) == old.at(path);
    if needs_cluster_ip(old) && !needs_cluster_ip(service) && same(service, "spec/clusterIPs") {
        for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            service.remove(&format!("spec/{key}"));
        }
    }
    if needs_node_port(old) && !needs_node_port(service) {
        let unchanged = service.items_at("spec/ports").iter().enumerate().all(|(i, port)| {
            port["nodePort"].is_null() || old.at("spec/ports")[i]["nodePort"] == port["nodePort"]
        });
        if unchanged && !service.items_at("spec/ports").is_empty() {
            for port in service.at_mut("spec/ports").list_mut() {
                port.remove("nodePort");
            }
        }
    }
    if needs_health_port(old) && !needs_health_port(service) && same(service, "spec/healthCheckNodePort") {
        service.remove("spec/healthCheckNodePort");
    }
    let exposed = |s: &Object| matches!(s.str_at("spec/type"), "NodePort" | "LoadBalancer");
    if exposed(old) && !exposed(service) && same(service, "spec/externalTrafficPolicy") {
        service.remove("spec/externalTrafficPolicy");
    }
    let balanced = |s: &Object| s.str_at("spec/type") == "LoadBalancer";
    if balanced(old) && !balanced(service) {
        for path in ["spec/allocateLoadBalancerNodePorts", "spec/loadBalancerClass"] {
            if same(service, path) {
                service.remove(path);
            }
        }
    }
    let external = |s: &Object| s.str_at("spec/type") == "ExternalName";
    if external(old) && !external(service) && same(service, "spec/externalName") {
        service.remove("spec/externalName");
    }
}

/// A client that knows `clusterIP` alone changes both.
fn normalize_cluster_ips(service: &mut Object, old: &Object) {
    let (one, before) = (service.str_at("spec/clusterIP").to_string(), old.str_at("spec/clusterIP"));
    if one == before || service.at("spec/clusterIPs") != old.at("spec/clusterIPs") {
        return;
    }
    if one.is_empty() {
        service.remove("spec/clusterIPs");
    } else {
        service.set("spec/clusterIPs", vec![one]);
    }
}
