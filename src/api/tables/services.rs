//! Services and the endpoints behind them.

use super::cells::{NONE, UNSET, at_most, int, or};
use super::{AGE, Cell, NAME, Printer};
use crate::machinery::{Object, Value, labels};
use std::collections::BTreeSet;

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new(
        "",
        "Service",
        &[
            NAME,
            Cell::string("Type", |o, _| o.str_at("spec/type").into()),
            Cell::string("Cluster-IP", |o, _| cluster_ip(o).into()),
            Cell::string("External-IP", |o, _| external_ip(o).into()),
            Cell::string("Port(s)", |o, _| ports(o).into()),
            AGE,
            Cell::string("Selector", |o, _| labels::format(o.map_at("spec/selector")).into()).wide(),
        ],
    ),
    Printer::new("", "Endpoints", &[NAME, Cell::string("Endpoints", |o, _| endpoints(o).into()), AGE]),
    Printer::new(
        "discovery.k8s.io",
        "EndpointSlice",
        &[
            NAME,
            Cell::string("AddressType", |o, _| o.str_at("addressType").into()),
            Cell::string("Ports", |o, _| slice_ports(o).into()),
            Cell::string("Endpoints", |o, _| slice_addresses(o).into()),
            AGE,
        ],
    ),
];

/// How many addresses, ports or hosts fit a cell.
pub(super) const SHOWN: usize = 3;

fn cluster_ip(service: &Object) -> &str {
    or(or(service.str_at("spec/clusterIPs/0"), service.str_at("spec/clusterIP")), NONE)
}

fn external_ip(service: &Object) -> String {
    let given: Vec<&str> = service.items_at("spec/externalIPs").iter().filter_map(Value::as_str).collect();
    match service.str_at("spec/type") {
        "ExternalName" => service.str_at("spec/externalName").to_string(),
        "LoadBalancer" => {
            let balancer = ingress_points(service);
            let all: Vec<&str> =
                [balancer.as_str()].into_iter().filter(|b| !b.is_empty()).chain(given).collect();
            or(&all.join(","), "<pending>").to_string()
        }
        _ => or(&given.join(","), NONE).to_string(),
    }
}

/// The addresses a load balancer gave itself, sorted, each once.
pub(super) fn ingress_points(object: &Object) -> String {
    let points: BTreeSet<&str> = object
        .items_at("status/loadBalancer/ingress")
        .iter()
        .map(|i| or(i.str_at("ip"), i.str_at("hostname")))
        .filter(|p| !p.is_empty())
        .collect();
    Vec::from_iter(points).join(",")
}

fn ports(service: &Object) -> String {
    let ports: Vec<String> = service
        .items_at("spec/ports")
        .iter()
        .map(|p| match int(p, "nodePort") {
            0 => format!("{}/{}", int(p, "port"), or(p.str_at("protocol"), "TCP")),
            node => format!("{}:{node}/{}", int(p, "port"), or(p.str_at("protocol"), "TCP")),
        })
        .collect();
    or(&ports.join(","), NONE).to_string()
}

fn endpoints(endpoints: &Object) -> String {
    let subsets = endpoints.items_at("subsets");
    if subsets.is_empty() {
        return NONE.into();
    }
    let mut pairs = Vec::new();
    for subset in subsets {
        let addresses = subset.items_at("addresses").iter().map(|a| a.str_at("ip"));
        let ports = subset.items_at("ports");
        if ports.is_empty() {
            pairs.extend(addresses.map(str::to_string));
        } else {
            for port in ports {
                let port = int(port, "port");
                pairs.extend(addresses.clone().map(|ip| host_port(ip, port)));
            }
        }
    }
    at_most(SHOWN, &pairs, ",")
}

fn host_port(ip: &str, port: i64) -> String {
    if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
}

fn slice_ports(slice: &Object) -> String {
    let ports: Vec<String> = slice
        .items_at("ports")
        .iter()
        .map(|p| p.int_at("port").map_or_else(|| "*".to_string(), |n| n.to_string()))
        .collect();
    or(&at_most(SHOWN, &ports, ","), UNSET).to_string()
}

fn slice_addresses(slice: &Object) -> String {
    let addresses: Vec<String> = slice
        .items_at("endpoints")
        .iter()
        .flat_map(|e| e.items_at("addresses"))
        .filter_map(Value::as_str)
        .map(str::to_string)
        .collect();
    or(&at_most(SHOWN, &addresses, ","), UNSET).to_string()
}
