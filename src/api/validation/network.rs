//! Ingresses and network policies.

use super::fields::{
    Errors, all_invalid, label_selector, one_of_if_given, port_name_errors, port_number, required,
};
use crate::api::{FieldError, Path};
use crate::machinery::validation::{dns1035_label_errors, dns1123_subdomain_errors};
use crate::machinery::{Object, Value};

const SPEC: Path = Path::Root("spec");

pub(super) fn ingress(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    let rules = SPEC.field("rules");
    if spec["defaultBackend"].is_null() && spec.items_at("rules").is_empty() {
        let why = "either `defaultBackend` or `rules` must be specified";
        errs.push(FieldError::invalid(SPEC, Value::array(), why).showing("null"));
    }
    if !spec["defaultBackend"].is_null() {
        backend(&spec["defaultBackend"], &SPEC.field("defaultBackend"), errs);
    }
    for (i, rule) in spec.items_at("rules").iter().enumerate() {
        let path = rules.index(i);
        host(rule.str_at("host"), &path.field("host"), errs);
        if rule["http"].is_null() {
            continue;
        }
        let http = path.field("http");
        let list = http.field("paths");
        if rule.items_at("http/paths").is_empty() {
            errs.push(FieldError::required(list, ""));
        }
        for (i, entry) in rule.items_at("http/paths").iter().enumerate() {
            http_path(entry, &list.index(i), errs);
        }
    }
    let tls = SPEC.field("tls");
    for (i, entry) in spec.items_at("tls").iter().enumerate() {
        let path = tls.index(i);
        let hosts = path.field("hosts");
        for (i, name) in entry.items_at("hosts").iter().enumerate() {
            host(name.as_str().unwrap_or_default(), &hosts.index(i), errs);
        }
    }
    if let Some(class) = spec["ingressClassName"].as_str() {
        all_invalid(&SPEC.field("ingressClassName"), class, dns1123_subdomain_errors(class), errs);
    }
}

fn host(name: &str, path: &Path, errs: &mut Errors) {
    if name.is_empty() {
        return;
    }
    if name.parse::<std::net::IpAddr>().is_ok() {
        errs.push(FieldError::invalid(path, name, "must be a DNS name, not an IP address"));
        return;
    }
    match name.strip_prefix("*.") {
        Some(rest) if dns1123_subdomain_errors(rest).is_empty() => {}
        Some(_) => {
            let why = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which \
                       must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric \
                       character (e.g. '*.example.com', regex used for validation is \
                       '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
            errs.push(FieldError::invalid(path, name, why));
        }
        None => all_invalid(path, name, dns1123_subdomain_errors(name), errs),
    }
}

fn http_path(entry: &Value, path: &Path, errs: &mut Errors) {
    let text = entry.str_at("path");
    let at = path.field("path");
    match entry["pathType"].as_str() {
        None => errs.push(FieldError::required(path.field("pathType"), "pathType must be specified")),
        Some("Exact" | "Prefix") => {
            if !text.starts_with('/') {
                errs.push(FieldError::invalid(at, text, "must be an absolute path"));
            }
            for wrong in ["//", "/./", "/../", "%2f", "%2F"] {
                if text.contains(wrong) {
                    errs.push(FieldError::invalid(at, text, format!("must not contain '{wrong}'")));
                }
            }
        }
        Some("ImplementationSpecific") => {
            if !text.is_empty() && !text.starts_with('/') {
                errs.push(FieldError::invalid(at, text, "must be an absolute path"));
            }
        }
        Some(other) => {
            let words = ["Exact", "ImplementationSpecific", "Prefix"];
            errs.push(FieldError::not_supported(path.field("pathType"), other, &words));
        }
    }
    backend(&entry["backend"], &path.field("backend"), errs);
}

fn backend(backend: &Value, path: &Path, errs: &mut Errors) {
    let (service, resource) = (&backend["service"], &backend["resource"]);
    match (service.is_null(), resource.is_null()) {
        (false, false) => {
            errs.push(FieldError::invalid(path, "", "cannot set both resource and service backends"));
        }
        (true, true) => {
            errs.push(FieldError::required(path, "must specify either `service` or `resource`"));
        }
        (true, false) => {}
        (false, true) => {
            let path = path.field("service");
            if required(service, "name", &path, errs) {
                let name = service.str_at("name");
                all_invalid(&path.field("name"), name, dns1035_label_errors(name), errs);
            }
            let port = path.field("port");
            let (name, number) = (service.str_at("port/name"), service.int_at("port/number").unwrap_or(0));
            match (name.is_empty(), number) {
                (true, 0) => {
                    errs.push(FieldError::required(port, "port name or number is required"));
                }
                (false, 0) => all_invalid(&port.field("name"), name, port_name_errors(name), errs),
                (true, number) => port_number(number, &port.field("number"), errs),
                (false, _) => {
                    errs.push(FieldError::invalid(port, "", "cannot set both port name & port number"));
                }
            }
        }
    }
}

pub(super) fn network_policy(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    label_selector(&spec["podSelector"], &SPEC.field("podSelector"), errs);
    for (direction, side) in [("ingress", "from"), ("egress", "to")] {
        let list = SPEC.field(direction);
        for (i, rule) in spec.items_at(direction).iter().enumerate() {
            let path = list.index(i);
            let ports = path.field("ports");
            for (i, port) in rule.items_at("ports").iter().enumerate() {
                policy_port(port, &ports.index(i), errs);
            }
            let peers = path.field(side);
            for (i, peer) in rule.items_at(side).iter().enumerate() {
                policy_peer(peer, &peers.index(i), errs);
            }
        }
    }
    let types = SPEC.field("policyTypes");
    for (i, word) in spec.items_at("policyTypes").iter().enumerate() {
        let word = word.as_str().unwrap_or_default();
        if !["Ingress", "Egress"].contains(&word) {
            errs.push(FieldError::not_supported(types.index(i), word, &["Egress", "Ingress"]));
        }
    }
}

fn policy_port(port: &Value, path: &Path, errs: &mut Errors) {
    one_of_if_given(port, "protocol", &["SCTP", "TCP", "UDP"], path, errs);
    match &port["port"] {
        Value::Null if !port["endPort"].is_null() => {
            errs.push(FieldError::required(
                path.field("port"),
                "must be specified when `endPort` is specified",
            ));
        }
        Value::Null => {}
        Value::Str(name) => all_invalid(&path.field("port"), name, port_name_errors(name), errs),
        number => {
            let number = number.as_i64().unwrap_or(0);
            port_number(number, &path.field("port"), errs);
            if let Some(end) = port.int_at("endPort").filter(|end| *end < number) {
                let why = "must be greater than or equal to `port`";
                errs.push(FieldError::invalid(path.field("endPort"), end, why));
            }
        }
    }
}

fn policy_peer(peer: &Value, path: &Path, errs: &mut Errors) {
    let selected = ["podSelector", "namespaceSelector"].into_iter().filter(|s| !peer[*s].is_null());
    let mut count = 0;
    for field in selected {
        label_selector(&peer[field], &path.field(field), errs);
        count += 1;
    }
    let block = &peer["ipBlock"];
    if count == 0 && block.is_null() {
        errs.push(FieldError::required(path, "must specify a peer"));
    } else if count > 0 && !block.is_null() {
        let why = "may not specify both ipBlock and another peer";
        errs.push(FieldError::forbidden(path, why));
    } else if !block.is_null() {
        let path = path.field("ipBlock");
        let cidr = block.str_at("cidr");
        if cidr.is_empty() {
            errs.push(FieldError::required(path.field("cidr"), ""));
        } else if !is_cidr(cidr) {
            let why = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
            errs.push(FieldError::invalid(path.field("cidr"), cidr, why));
        }
    }
}

fn is_cidr(text: &str) -> bool {
    let Some((ip, bits)) = text.split_once('/') else { return false };
    match (ip.parse::<std::net::IpAddr>(), bits.parse::<u8>()) {
        (Ok(ip), Ok(bits)) => bits <= if ip.is_ipv4() { 32 } else { 128 },
        _ => false,
    }
}
