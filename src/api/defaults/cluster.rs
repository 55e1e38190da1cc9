//! Kinds that describe the cluster itself: namespaces, roles, definitions, webhooks, flow control.

use super::{each, fill, fill_empty, inside};
use crate::json;
use crate::machinery::{Object, Value, base64};

const RBAC: &str = "rbac.authorization.k8s.io";

pub(super) fn namespace(o: &mut Object) {
    let name = o.name().to_string();
    if !name.is_empty() {
        fill(o.at_mut("metadata/labels"), "kubernetes.io/metadata.name", name);
    }
}

/// `stringData` is a way of writing `data`; it is never read back.
pub(super) fn secret(o: &mut Object) {
    fill(o, "type", "Opaque");
    if let Some(texts) = o.remove("stringData") {
        for (key, text) in texts.map().iter() {
            let bytes = base64::encode(text.as_str().unwrap_or_default());
            o.at_mut("data").map_mut().insert(key, bytes);
        }
    }
}

/// What a container's range leaves out follows from the rest of it.
pub(super) fn limit_range(o: &mut Object) {
    each(o.at_mut("spec"), "limits", |item| {
        if item.str_at("type") != "Container" {
            return;
        }
        for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
            let source = item[from].clone();
            for (name, amount) in source.map().iter() {
                fill(item.at_mut(to), name, amount);
            }
        }
    });
}

pub(super) fn role_binding(o: &mut Object) {
    fill_empty(o.at_mut("roleRef"), "apiGroup", RBAC);
    each(o, "subjects", |subject| {
        if matches!(subject.str_at("kind"), "User" | "Group") {
            fill_empty(subject, "apiGroup", RBAC);
        }
    });
}

pub(super) fn definition(o: &mut Object) {
    let spec = o.at_mut("spec");
    let kind = spec.str_at("names/kind").to_string();
    let names = spec.at_mut("names");
    fill_empty(names, "singular", kind.to_lowercase());
    fill_empty(names, "listKind", format!("{kind}List"));
    fill(spec, "conversion", json!({"strategy": "None"}));
    if let Some(service) = inside(spec.at_mut("conversion"), "webhook")
        .and_then(|w| inside(w, "clientConfig"))
        .and_then(|c| inside(c, "service"))
    {
        fill(service, "port", 443);
    }
}

pub(super) fn api_service(o: &mut Object) {
    if let Some(service) = inside(o.at_mut("spec"), "service") {
        fill(service, "port", 443);
    }
}

/// Webhook configurations and admission policies.
pub(super) fn webhooks(o: &mut Object) {
    let mutating = o.kind() == "MutatingWebhookConfiguration";
    each(o, "webhooks", |hook| {
        fill(hook, "failurePolicy", "Fail");
        fill(hook, "matchPolicy", "Equivalent");
        fill(hook, "namespaceSelector", Value::object());
        fill(hook, "objectSelector", Value::object());
        fill(hook, "timeoutSeconds", 10);
        if mutating {
            fill(hook, "reinvocationPolicy", "Never");
        }
        each(hook, "rules", |rule| fill(rule, "scope", "*"));
        if let Some(service) = inside(hook, "clientConfig").and_then(|c| inside(c, "service")) {
            fill(service, "port", 443);
        }
    });
    if o.kind() == "ValidatingAdmissionPolicy" {
        let spec = o.at_mut("spec");
        fill_empty(spec, "failurePolicy", "Fail");
        if let Some(constraints) = inside(spec, "matchConstraints") {
            fill(constraints, "matchPolicy", "Equivalent");
            fill(constraints, "namespaceSelector", Value::object());
            fill(constraints, "objectSelector", Value::object());
            each(constraints, "resourceRules", |rule| fill(rule, "scope", "*"));
        }
    }
}

pub(super) fn flow_control(o: &mut Object) {
    if o.kind() == "FlowSchema" {
        fill_empty(o.at_mut("spec"), "matchingPrecedence", 1000);
        return;
    }
    let spec = o.at_mut("spec");
    if let Some(exempt) = inside(spec, "exempt") {
        fill(exempt, "nominalConcurrencyShares", 0);
        fill(exempt, "lendablePercent", 0);
    }
    if let Some(limited) = inside(spec, "limited") {
        fill(limited, "nominalConcurrencyShares", 30);
        fill(limited, "lendablePercent", 0);
        if let Some(queuing) = inside(limited.at_mut("limitResponse"), "queuing") {
            fill_empty(queuing, "handSize", 8);
            fill_empty(queuing, "queues", 64);
            fill_empty(queuing, "queueLengthLimit", 50);
        }
    }
}
