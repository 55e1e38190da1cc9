//! Services and endpoints.

use super::fields::{
    Errors, all_invalid, dns_label, labels, one_of, port_number, port_number_or_name, qualified_name,
};
use crate::api::{FieldError, Path};
use crate::machinery::validation::dns1123_subdomain_errors;
use crate::machinery::{Object, Value};

const SPEC: Path = Path::Root("spec");
const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

pub(super) fn service(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    let kind = spec.str_at("type");
    let headless = spec.str_at("clusterIP") == "None";
    let ports = spec.items_at("ports");
    if ports.is_empty() && !headless && kind != "ExternalName" {
        errs.push(FieldError::required(SPEC.field("ports"), ""));
    }
    match kind {
        "LoadBalancer" | "NodePort" if headless => {
            let why = format!("may not be set to 'None' for {kind} services");
            errs.push(FieldError::invalid(SPEC.field("clusterIPs").index(0), "None", why));
        }
        "ExternalName" => external_name(spec, errs),
        _ => {}
    }
    let mut names = Vec::new();
    let list = SPEC.field("ports");
    for (i, port) in ports.iter().enumerate() {
        service_port(port, ports.len() > 1, &mut names, &list.index(i), errs);
    }
    labels(spec.map_at("selector"), &SPEC.field("selector"), errs);
    one_of(spec, "sessionAffinity", &["ClientIP", "None"], &SPEC, errs);
    session_affinity(spec, errs);
    external_ips(spec, errs);
    one_of(spec, "type", &TYPES, &SPEC, errs);
    if kind == "ClusterIP" {
        for (i, _) in ports.iter().enumerate().filter(|(_, p)| !p["nodePort"].is_empty_value()) {
            let why = "may not be used when `type` is 'ClusterIP'";
            errs.push(FieldError::forbidden(list.index(i).field("nodePort"), why));
        }
    }
    duplicates(ports, &list, errs);
    traffic_policies(spec, kind, errs);
}

pub(super) fn service_update(new: &Object, old: &Object, errs: &mut Errors) {
    let needs = |o: &Object| o.str_at("spec/type") != "ExternalName";
    if !needs(new) || !needs(old) {
        return;
    }
    let first = |o: &Object| o.at("spec/clusterIPs/0").clone();
    if first(old).is_null() || first(new) == first(old) {
        return;
    }
    let path = SPEC.field("clusterIPs");
    if first(new).is_null() {
        errs.push(FieldError::invalid(path.index(0), Value::array(), "primary clusterIP can not be unset"));
    } else {
        let why = "may not change once set";
        errs.push(FieldError::invalid(path.index(0), new.at("spec/clusterIPs"), why));
    }
}

fn external_name(spec: &Value, errs: &mut Errors) {
    if !spec.items_at("clusterIPs").is_empty() {
        let why = "may not be set when `type` is 'ExternalName'";
        errs.push(FieldError::forbidden(SPEC.field("clusterIPs"), why));
    }
    let name = spec.str_at("externalName");
    // A trailing dot says that the name is complete.
    let name = name.strip_suffix('.').unwrap_or(name);
    let path = SPEC.field("externalName");
    if name.is_empty() {
        errs.push(FieldError::required(path, ""));
    } else {
        all_invalid(&path, name, dns1123_subdomain_errors(name), errs);
    }
}

fn service_port<'a>(port: &'a Value, named: bool, names: &mut Vec<&'a str>, path: &Path, errs: &mut Errors) {
    let name = port.str_at("name");
    if named && name.is_empty() {
        errs.push(FieldError::required(path.field("name"), ""));
    } else if !name.is_empty() {
        dns_label(name, &path.field("name"), errs);
        if names.contains(&name) {
            errs.push(FieldError::duplicate(path.field("name"), name));
        }
        names.push(name);
    }
    port_number(port.int_at("port").unwrap_or(0), &path.field("port"), errs);
    one_of(port, "protocol", &["SCTP", "TCP", "UDP"], path, errs);
    port_number_or_name(&port["targetPort"], &path.field("targetPort"), errs);
    if let Some(protocol) = port["appProtocol"].as_str() {
        qualified_name(protocol, &path.field("appProtocol"), errs);
    }
}

fn session_affinity(spec: &Value, errs: &mut Errors) {
    let seconds = spec.at("sessionAffinityConfig/clientIP/timeoutSeconds");
    if spec.str_at("sessionAffinity") == "ClientIP"
        && let Some(n) = seconds.as_i64().filter(|n| !(1..=86_400).contains(n))
    {
        let why = "must be greater than 0 and less than 86400";
        errs.push(FieldError::invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", n, why));
    }
}

fn external_ips(spec: &Value, errs: &mut Errors) {
    let list = SPEC.field("externalIPs");
    for (i, ip) in spec.items_at("externalIPs").iter().enumerate() {
        let ip = ip.as_str().unwrap_or_default();
        if ip.parse::<std::net::IpAddr>().is_err() {
            let why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
            errs.push(FieldError::invalid(list.index(i), ip, why));
        }
    }
    let cluster_ips = SPEC.field("clusterIPs");
    for (i, ip) in spec.items_at("clusterIPs").iter().enumerate() {
        let ip = ip.as_str().unwrap_or_default();
        if ip != "None" && !ip.is_empty() && ip.parse::<std::net::IpAddr>().is_err() {
            let why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
            errs.push(FieldError::invalid(cluster_ips.index(i), ip, why));
        }
    }
}

fn duplicates(ports: &[Value], list: &Path, errs: &mut Errors) {
    let protocol = |p: &Value| p.str_at("protocol").to_string();
    for (i, port) in ports.iter().enumerate() {
        let twin =
            |field: &str| ports[..i].iter().any(|p| p[field] == port[field] && protocol(p) == protocol(port));
        if !port["nodePort"].is_empty_value() && twin("nodePort") {
            errs.push(FieldError::duplicate(list.index(i).field("nodePort"), &port["nodePort"]));
        }
    }
    for (i, port) in ports.iter().enumerate() {
        if ports[..i].iter().any(|p| p["port"] == port["port"] && protocol(p) == protocol(port)) {
            let shown = format!(
                "{{\"Name\":\"\",\"Protocol\":\"{}\",\"AppProtocol\":null,\"Port\":{},\"TargetPort\":0,\"NodePort\":0}}",
                protocol(port),
                port["port"].to_json()
            );
            errs.push(FieldError::duplicate(list.index(i), Value::Null).showing(shown));
        }
    }
}

fn traffic_policies(spec: &Value, kind: &str, errs: &mut Errors) {
    let words = ["Cluster", "Local"];
    let external = spec.str_at("externalTrafficPolicy");
    let exposed = matches!(kind, "NodePort" | "LoadBalancer") || !spec["externalIPs"].is_empty_value();
    let path = SPEC.field("externalTrafficPolicy");
    if !external.is_empty() && !exposed {
        let why = "may only be set for externally-accessible services";
        errs.push(FieldError::invalid(path, external, why));
    } else if !external.is_empty() && !words.contains(&external) {
        errs.push(FieldError::not_supported(path, external, &words));
    }
    if let Some(internal) = spec["internalTrafficPolicy"].as_str().filter(|p| !words.contains(p)) {
        errs.push(FieldError::not_supported(SPEC.field("internalTrafficPolicy"), internal, &words));
    }
    let load_balanced = kind == "LoadBalancer";
    if let Some(class) = spec["loadBalancerClass"].as_str() {
        let path = SPEC.field("loadBalancerClass");
        if load_balanced {
            qualified_name(class, &path, errs);
        } else {
            errs.push(FieldError::forbidden(path, "may only be used when `type` is 'LoadBalancer'"));
        }
    }
    if !load_balanced && !spec["allocateLoadBalancerNodePorts"].is_null() {
        let path = SPEC.field("allocateLoadBalancerNodePorts");
        errs.push(FieldError::forbidden(path, "may only be used when `type` is 'LoadBalancer'"));
    }
    let ranges = SPEC.field("loadBalancerSourceRanges");
    if !load_balanced && !spec["loadBalancerSourceRanges"].is_empty_value() {
        errs.push(FieldError::forbidden(ranges, "may only be used when `type` is 'LoadBalancer'"));
    }
}

pub(super) fn endpoints(o: &Object, errs: &mut Errors) {
    let list = Path::Root("subsets");
    for (i, subset) in o.items_at("subsets").iter().enumerate() {
        let path = list.index(i);
        if subset.items_at("addresses").is_empty() && subset.items_at("notReadyAddresses").is_empty() {
            let why = "must specify `addresses` or `notReadyAddresses`";
            errs.push(FieldError::required(path, why));
        }
        for field in ["addresses", "notReadyAddresses"] {
            let list = path.field(field);
            for (i, address) in subset.items_at(field).iter().enumerate() {
                let ip = address.str_at("ip");
                if ip.parse::<std::net::IpAddr>().is_err() {
                    let why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
                    errs.push(FieldError::invalid(list.index(i).field("ip"), ip, why));
                }
            }
        }
        let ports = path.field("ports");
        let several = subset.items_at("ports").len() > 1;
        for (i, port) in subset.items_at("ports").iter().enumerate() {
            let path = ports.index(i);
            match port.str_at("name") {
                "" if several => errs.push(FieldError::required(path.field("name"), "")),
                "" => {}
                name => dns_label(name, &path.field("name"), errs),
            }
            port_number(port.int_at("port").unwrap_or(0), &path.field("port"), errs);
            one_of(port, "protocol", &["SCTP", "TCP", "UDP"], &path, errs);
        }
    }
}

pub(super) fn endpoint_slice(o: &Object, errs: &mut Errors) {
    let root = Path::Root("");
    one_of(o, "addressType", &["FQDN", "IPv4", "IPv6"], &root, errs);
    let list = Path::Root("endpoints");
    for (i, endpoint) in o.items_at("endpoints").iter().enumerate() {
        let path = list.index(i).to_string();
        let addresses = format!("{path}.addresses");
        let addresses = Path::Root(&addresses);
        if endpoint.items_at("addresses").is_empty() {
            errs.push(FieldError::required(addresses, "must contain at least 1 address"));
        }
        if o.str_at("addressType") == "IPv4" {
            for (i, address) in endpoint.items_at("addresses").iter().enumerate() {
                let address = address.as_str().unwrap_or_default();
                if address.parse::<std::net::Ipv4Addr>().is_err() {
                    errs.push(FieldError::invalid(
                        addresses.index(i),
                        address,
                        "must be a valid IPv4 address",
                    ));
                }
            }
        }
    }
    let list = Path::Root("ports");
    for (i, port) in o.items_at("ports").iter().enumerate() {
        let path = list.index(i);
        let name = port.str_at("name");
        if !name.is_empty() {
            dns_label(name, &path.field("name"), errs);
        }
        one_of(port, "protocol", &["SCTP", "TCP", "UDP"], &path, errs);
    }
}

pub(super) fn endpoint_slice_update(new: &Object, old: &Object, errs: &mut Errors) {
    super::fields::immutable(&new["addressType"], &old["addressType"], &Path::Root("addressType"), errs);
}
