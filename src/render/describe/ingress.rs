//! Ingresses and ingress classes.

use super::meta::{join, or};
use super::services::Backends;
use super::{Page, View, events, go, meta};
use crate::machinery::Value;
use std::collections::BTreeSet;

pub(super) fn ingress(page: &mut Page, view: &View<'_>) {
    let ingress = view.object;
    let spec = ingress.at("spec");
    meta::name(page, view);
    meta::labels(page, view);
    page.field(0, "Namespace", ingress.namespace());
    page.field(0, "Address", addresses(ingress.items_at("status/loadBalancer/ingress")));
    page.field(0, "Ingress Class", meta::value_or(spec.at("ingressClassName"), "<none>"));
    let default = match spec.at("defaultBackend") {
        Value::Null => "<default>".into(),
        backend => self::backend(view, backend),
    };
    page.field(0, "Default backend", &default);
    if !spec.items_at("tls").is_empty() {
        page.line(0, "TLS:");
    }
    for tls in spec.items_at("tls") {
        let hosts = join(tls.at("hosts"), ",");
        match tls.str_at("secretName") {
            "" => page.line(1, format_args!("SNI routes {hosts}")),
            secret => page.line(1, format_args!("{secret} terminates {hosts}")),
        }
    }
    page.line(0, "Rules:");
    page.line(1, "Host\tPath\tBackends");
    page.line(1, "----\t----\t--------");
    let rules: Vec<&Value> =
        spec.items_at("rules").iter().filter(|rule| !rule.at("http").is_null()).collect();
    for rule in &rules {
        page.line(1, format_args!("{}\t", or(rule.str_at("host"), "*")));
        for path in rule.items_at("http/paths") {
            page.line(1, format_args!("\t{} \t{}", path.str_at("path"), backend(view, path.at("backend"))));
        }
    }
    if rules.is_empty() {
        page.line(1, format_args!("*\t*\t{default}"));
    }
    meta::annotations(page, view);
    events::write(page, view);
}

/// The addresses of an ingress, sorted.
fn addresses(ingress: &[Value]) -> String {
    let address = |ingress: &Value| match ingress.str_at("ip") {
        "" => ingress.str_at("hostname").to_string(),
        ip => ip.to_string(),
    };
    let addresses: BTreeSet<String> =
        ingress.iter().map(address).filter(|address| !address.is_empty()).collect();
    addresses.into_iter().collect::<Vec<_>>().join(",")
}

/// `web:80 (10.0.0.1:80)`, or the object that is the backend.
fn backend(view: &View<'_>, backend: &Value) -> String {
    let (service, resource) = (backend.at("service"), backend.at("resource"));
    if !service.is_null() {
        let port = or(service.str_at("port/name"), &go::text(service.at("port/number"))).to_string();
        let name = service.str_at("name");
        return format!("{name}:{port} ({})", endpoints(view, service));
    }
    if resource.is_null() {
        return String::new();
    }
    let group = meta::value_or(resource.at("apiGroup"), "<none>");
    format!("APIGroup: {group}, Kind: {}, Name: {}", resource.str_at("kind"), resource.str_at("name"))
}

/// The endpoints behind a service backend, or what is missing.
fn endpoints(view: &View<'_>, backend: &Value) -> String {
    let name = backend.str_at("name");
    let backends = Backends::of(view, name);
    if backends.is_none() && !view.client().describe_reads_endpoint_slices() {
        return format!("<error: endpoints \"{name}\" not found>");
    }
    let Some(service) = view.world.get("services", view.object.namespace(), name) else {
        return format!("<error: services \"{name}\" not found>");
    };
    let (port_name, number) = (backend.str_at("port/name"), backend.int_at("port/number"));
    let is_meant = |port: &&Value| match port_name {
        "" => port.int_at("port") == number,
        name => port.str_at("name") == name,
    };
    // An unknown port is looked for without a name.
    let port = service.items_at("spec/ports").iter().find(is_meant).map_or("", |port| port.str_at("name"));
    backends.map_or("<none>".into(), |backends| backends.addresses(port))
}

pub(super) fn ingress_class(page: &mut Page, view: &View<'_>) {
    let spec = view.object.at("spec");
    meta::name(page, view);
    meta::labels_and_annotations(page, view);
    page.field(0, "Controller", spec.str_at("controller"));
    let parameters = spec.at("parameters");
    if !parameters.is_null() {
        page.line(0, "Parameters:");
        page.field_unless_empty(1, "APIGroup", parameters.str_at("apiGroup"));
        page.field(1, "Kind", parameters.str_at("kind"));
        page.field(1, "Name", parameters.str_at("name"));
    }
    events::write(page, view);
}
