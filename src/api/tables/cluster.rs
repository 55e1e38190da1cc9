//! What describes the cluster itself: namespaces, definitions, registered APIs, leases, certificates.

use super::cells::{NONE, or};
use super::{AGE, CREATED_AT, Cell, NAME, Printer};
use crate::machinery::{Duration, Object, Value, duration::human_duration};

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new(
        "",
        "Namespace",
        &[NAME, Cell::string("Status", |o, _| o.str_at("status/phase").into()), AGE],
    ),
    Printer::new(
        "",
        "ComponentStatus",
        &[
            NAME,
            Cell::string("Status", |o, _| {
                if o.condition_true("Healthy") { "Healthy" } else { "Unhealthy" }.into()
            }),
            Cell::string("Message", |o, _| component(o, "message")),
            Cell::string("Error", |o, _| component(o, "error")),
        ],
    ),
    Printer::new("apiextensions.k8s.io", "CustomResourceDefinition", &[NAME, CREATED_AT]),
    Printer::new(
        "apiregistration.k8s.io",
        "APIService",
        &[
            NAME,
            Cell::string("Service", |o, _| service(o).into()),
            Cell::string("Available", |o, _| available(o).into()),
            AGE,
        ],
    ),
    Printer::new(
        "coordination.k8s.io",
        "Lease",
        &[NAME, Cell::string("Holder", |o, _| o.str_at("spec/holderIdentity").into()), AGE],
    ),
    Printer::new(
        "node.k8s.io",
        "RuntimeClass",
        &[NAME, Cell::string("Handler", |o, _| o.str_at("handler").into()), AGE],
    ),
    Printer::new(
        "certificates.k8s.io",
        "CertificateSigningRequest",
        &[
            NAME,
            AGE,
            Cell::string("SignerName", |o, _| or(o.str_at("spec/signerName"), NONE).into()),
            Cell::string("Requestor", |o, _| o.str_at("spec/username").into()),
            Cell::string("RequestedDuration", |o, _| requested_duration(o).into()),
            Cell::string("Condition", |o, _| request_condition(o).into()),
        ],
    ),
];

fn component(o: &Object, field: &str) -> Value {
    o.condition("Healthy").map_or("", |c| c.str_at(field)).into()
}

fn service(api: &Object) -> String {
    let service = api.at("spec/service");
    if service.is_null() {
        return "Local".into();
    }
    format!("{}/{}", service.str_at("namespace"), service.str_at("name"))
}

fn available(api: &Object) -> String {
    match api.condition("Available") {
        Some(c) if c.str_at("status") == "True" => "True".into(),
        Some(c) => format!("{} ({})", c.str_at("status"), c.str_at("reason")),
        None => "Unknown".into(),
    }
}

fn requested_duration(request: &Object) -> String {
    match request.int_at("spec/expirationSeconds") {
        Some(seconds) => human_duration(Duration::from_secs(seconds)),
        None => NONE.into(),
    }
}

fn request_condition(request: &Object) -> String {
    let has = |kind: &str| request.condition(kind).is_some();
    let mut text = String::from(if has("Denied") {
        "Denied"
    } else if has("Approved") {
        "Approved"
    } else {
        "Pending"
    });
    if has("Failed") {
        text.push_str(",Failed");
    }
    if !request.str_at("status/certificate").is_empty() {
        text.push_str(",Issued");
    }
    text
}
