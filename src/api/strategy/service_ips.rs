//! The addresses and node ports of services: drawn at random from their ranges, as the server does, but from the
//! cluster's seed.

use super::service::{needs_cluster_ip, needs_health_port, needs_node_port};
use crate::api::FieldError;
use crate::api::admission::Lookup;
use crate::json;
use crate::machinery::{Object, Value, names};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// The range EKS gives services in a VPC outside of 10.0.0.0/8.
const SERVICE_RANGE: Ipv4Addr = Ipv4Addr::new(10, 100, 0, 0);
const RANGE_BITS: u32 = 16;
/// The low end of the range is left for addresses that are asked for by name.
const STATIC_ADDRESSES: u32 = 256;
const FIRST_NODE_PORT: i64 = 30_000;
const NODE_PORTS: i64 = 2_768;
/// As many low ports are left to those who ask for them.
const STATIC_NODE_PORTS: i64 = 86;

pub(super) fn allocate(service: &mut Object, old: Option<&Object>, cluster: &dyn Lookup) -> Vec<FieldError> {
    let others: Vec<Object> = cluster
        .list("services", "")
        .into_iter()
        .filter(|s| s.name() != service.name() || s.namespace() != service.namespace())
        .collect();
    let mut errors = Vec::new();
    if needs_cluster_ip(service) {
        cluster_ip(service, old, &others, cluster, &mut errors);
    }
    let taken = others.iter().flat_map(node_ports).collect();
    node_ports_of(service, old, taken, cluster, &mut errors);
    errors
}

fn cluster_ip(
    service: &mut Object,
    old: Option<&Object>,
    others: &[Object],
    cluster: &dyn Lookup,
    errors: &mut Vec<FieldError>,
) {
    if service.at("spec/ipFamilies").is_null() {
        service.set("spec/ipFamilies", json!(["IPv4"]));
    }
    if service.at("spec/ipFamilyPolicy").is_null() {
        service.set("spec/ipFamilyPolicy", "SingleStack");
    }
    let wanted = service.str_at("spec/clusterIP").to_string();
    if wanted == "None" || old.is_some_and(|o| o.str_at("spec/clusterIP") == wanted && !wanted.is_empty()) {
        return;
    }
    let taken: BTreeSet<&str> = others.iter().map(|s| s.str_at("spec/clusterIP")).collect();
    let range = range_of(others);
    if !wanted.is_empty() {
        let why = match wanted.parse::<Ipv4Addr>() {
            Ok(ip) if u32::from(ip) >> RANGE_BITS != u32::from(range) >> RANGE_BITS => format!(
                "the provided network ({wanted}) does not match the current range. The range of valid IPs is {range}/{}",
                32 - RANGE_BITS
            ),
            Ok(_) if taken.contains(wanted.as_str()) => "provided IP is already allocated".to_string(),
            _ => return,
        };
        let why = format!("failed to allocate IP {wanted}: {why}");
        errors.push(FieldError::invalid("spec.clusterIPs", service.at("spec/clusterIPs"), why));
        return;
    }
    let purpose = format!("cluster ip {}", service.key());
    let ip = loop {
        let offset =
            random(cluster, &purpose) % ((1 << RANGE_BITS) - STATIC_ADDRESSES - 2) + STATIC_ADDRESSES + 1;
        let ip = Ipv4Addr::from(u32::from(range) + offset).to_string();
        if !taken.contains(ip.as_str()) {
            break ip;
        }
    };
    service.set("spec/clusterIP", ip.as_str());
    service.set("spec/clusterIPs", vec![ip]);
}

/// The range is the one the API's own service got its address from.
fn range_of(services: &[Object]) -> Ipv4Addr {
    let own = services.iter().find(|s| s.name() == "kubernetes" && s.namespace() == "default");
    own.and_then(|s| s.str_at("spec/clusterIP").parse::<Ipv4Addr>().ok())
        .map_or(SERVICE_RANGE, |ip| Ipv4Addr::from(u32::from(ip) >> RANGE_BITS << RANGE_BITS))
}

fn node_ports(service: &Object) -> Vec<i64> {
    let ports = service.items_at("spec/ports").iter().filter_map(|p| p.int_at("nodePort"));
    ports.chain(service.int_at("spec/healthCheckNodePort")).collect()
}

fn node_ports_of(
    service: &mut Object,
    old: Option<&Object>,
    mut taken: BTreeSet<i64>,
    cluster: &dyn Lookup,
    errors: &mut Vec<FieldError>,
) {
    let kept: Vec<i64> = old.map(node_ports).unwrap_or_default();
    let mut check = |port: i64, path: String, taken: &BTreeSet<i64>| {
        let why = if !(FIRST_NODE_PORT..FIRST_NODE_PORT + NODE_PORTS).contains(&port) {
            let last = FIRST_NODE_PORT + NODE_PORTS - 1;
            format!(
                "provided port is not in the valid range. The range of valid ports is {FIRST_NODE_PORT}-{last}"
            )
        } else if taken.contains(&port) {
            "provided port is already allocated".to_string()
        } else {
            return;
        };
        if !kept.contains(&port) {
            errors.push(FieldError::invalid(path, port, why));
        }
    };
    let purpose = format!("node port {}", service.key());
    if needs_node_port(service) && !service.items_at("spec/ports").is_empty() {
        // Ports of two protocols under one number share their node port.
        let mut shared: Vec<(Value, Value, i64)> = Vec::new();
        for (i, port) in service.at_mut("spec/ports").list_mut().iter_mut().enumerate() {
            match port.int_at("nodePort").filter(|p| *p != 0) {
                Some(asked) => check(asked, format!("spec.ports[{i}].nodePort"), &taken),
                None => {
                    let twin = shared
                        .iter()
                        .find(|(n, protocol, _)| *n == port["port"] && *protocol != port["protocol"]);
                    let number = twin.map_or_else(|| draw_port(&taken, cluster, &purpose), |t| t.2);
                    port.set("nodePort", number);
                }
            }
            let number = port.int_at("nodePort").unwrap_or(0);
            taken.insert(number);
            shared.push((port["port"].clone(), port["protocol"].clone(), number));
        }
    }
    if needs_health_port(service) {
        match service.int_at("spec/healthCheckNodePort").filter(|p| *p != 0) {
            Some(asked) => check(asked, "spec.healthCheckNodePort".to_string(), &taken),
            None => service.set("spec/healthCheckNodePort", draw_port(&taken, cluster, &purpose)),
        }
    }
}

fn draw_port(taken: &BTreeSet<i64>, cluster: &dyn Lookup, purpose: &str) -> i64 {
    loop {
        let offset = i64::from(random(cluster, purpose)) % (NODE_PORTS - STATIC_NODE_PORTS);
        let port = FIRST_NODE_PORT + STATIC_NODE_PORTS + offset;
        // When the range is used up there is nothing left to be different from.
        if !taken.contains(&port) || taken.len() as i64 >= NODE_PORTS {
            return port;
        }
    }
}

fn random(cluster: &dyn Lookup, purpose: &str) -> u32 {
    let digits = names::uid(cluster.seed(), purpose, cluster.draw(purpose));
    u32::from_str_radix(&digits[..8], 16).unwrap_or_default()
}
