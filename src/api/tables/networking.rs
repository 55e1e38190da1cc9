//! Ingresses, network policies and address bookkeeping.

use super::cells::{NONE, at_most, join_strings, or};
use super::services::{SHOWN, ingress_points};
use super::{AGE, Cell, NAME, Printer};
use crate::machinery::{KubeVersion, Object, selector};

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new(
        "networking.k8s.io",
        "Ingress",
        &[
            NAME,
            Cell::string("Class", |o, _| class(o).into()),
            Cell::string("Hosts", |o, _| hosts(o).into()),
            Cell::string("Address", |o, _| ingress_points(o).into()),
            Cell::string("Ports", |o, _| {
                if o.items_at("spec/tls").is_empty() { "80" } else { "80, 443" }.into()
            }),
            AGE,
        ],
    ),
    Printer::new(
        "networking.k8s.io",
        "IngressClass",
        &[
            Cell::string("Name", |o, cx| ingress_class_name(o, cx.server).into()).format("name"),
            Cell::string("Controller", |o, _| o.str_at("spec/controller").into()),
            Cell::string("Parameters", |o, _| parameters(o).into()),
            AGE,
        ],
    ),
    Printer::new(
        "networking.k8s.io",
        "NetworkPolicy",
        &[
            NAME,
            Cell::string("Pod-Selector", |o, _| {
                selector::format_label_selector(o.at("spec/podSelector")).into()
            }),
            AGE,
        ],
    ),
    Printer::new(
        "networking.k8s.io",
        "ServiceCIDR",
        &[NAME, Cell::string("CIDRs", |o, _| join_strings(o.items_at("spec/cidrs")).into()), AGE],
    ),
    Printer::new(
        "networking.k8s.io",
        "IPAddress",
        &[NAME, Cell::string("ParentRef", |o, _| parent(o).into())],
    ),
];

fn class(ingress: &Object) -> &str {
    let annotated = ingress.annotation("kubernetes.io/ingress.class").unwrap_or("");
    or(or(ingress.str_at("spec/ingressClassName"), annotated), NONE)
}

fn hosts(ingress: &Object) -> String {
    let hosts: Vec<String> = ingress
        .items_at("spec/rules")
        .iter()
        .map(|r| r.str_at("host").to_string())
        .filter(|h| !h.is_empty())
        .collect();
    or(&at_most(SHOWN, &hosts, ","), "*").to_string()
}

fn ingress_class_name(class: &Object, server: KubeVersion) -> String {
    let default = class.annotation("ingressclass.kubernetes.io/is-default-class") == Some("true");
    let mark = if default && server.ingress_class_table_marks_the_default() { " (default)" } else { "" };
    format!("{}{mark}", class.name())
}

fn parameters(class: &Object) -> String {
    let parameters = class.at("spec/parameters");
    if parameters.is_null() {
        return NONE.into();
    }
    let kind = parameters.str_at("kind");
    match parameters.str_at("apiGroup") {
        "" => format!("{kind}/{}", parameters.str_at("name")),
        group => format!("{kind}.{group}/{}", parameters.str_at("name")),
    }
}

/// `RESOURCE[.GROUP]/[NAMESPACE/]NAME` of what an address belongs to.
fn parent(address: &Object) -> String {
    let parent = address.at("spec/parentRef");
    let resource = match parent.str_at("group") {
        "" => parent.str_at("resource").to_string(),
        group => format!("{}.{group}", parent.str_at("resource")),
    };
    match parent.str_at("namespace") {
        "" => format!("{resource}/{}", parent.str_at("name")),
        ns => format!("{resource}/{ns}/{}", parent.str_at("name")),
    }
}
