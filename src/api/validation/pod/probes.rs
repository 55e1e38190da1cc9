//! Probes and lifecycle hooks.

use super::super::fields::{Errors, not_negative, one_of, port_number_or_name, required};
use crate::api::{FieldError, Path};
use crate::machinery::Value;

/// The hooks and the three probes of a container.
pub(super) fn all(c: &Value, path: &Path, errs: &mut Errors) {
    let hooks = path.field("lifecycle");
    for hook in ["postStart", "preStop"] {
        let found = &c["lifecycle"][hook];
        if !found.is_null() {
            handler(found, &hooks.field(hook), errs);
        }
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let (probe, path) = (&c[name], path.field(name));
        if probe.is_null() {
            continue;
        }
        validate(probe, &path, errs);
        if name == "readinessProbe" {
            if !probe["terminationGracePeriodSeconds"].is_null() {
                let at = path.field("terminationGracePeriodSeconds");
                let seconds = &probe["terminationGracePeriodSeconds"];
                errs.push(FieldError::invalid(at, seconds, "must not be set for readinessProbes"));
            }
        } else if let Some(n) = probe.int_at("successThreshold").filter(|n| *n != 1) {
            errs.push(FieldError::invalid(path.field("successThreshold"), n, "must be 1"));
        }
    }
}

fn validate(probe: &Value, path: &Path, errs: &mut Errors) {
    handler(probe, path, errs);
    for field in
        ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
    {
        not_negative(probe, field, path, errs);
    }
    if let Some(seconds) = probe.int_at("terminationGracePeriodSeconds").filter(|s| *s <= 0) {
        let at = path.field("terminationGracePeriodSeconds");
        errs.push(FieldError::invalid(at, seconds, "must be greater than 0"));
    }
}

fn handler(handler: &Value, path: &Path, errs: &mut Errors) {
    let mut given = 0;
    for kind in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let (action, path) = (&handler[kind], path.field(kind));
        if action.is_null() {
            continue;
        }
        given += 1;
        if given > 1 {
            errs.push(FieldError::forbidden(path, "may not specify more than 1 handler type"));
            continue;
        }
        match kind {
            "exec" if action.items_at("command").is_empty() => {
                errs.push(FieldError::required(path.field("command"), ""));
            }
            "httpGet" => {
                required(action, "path", &path, errs);
                port_number_or_name(&action["port"], &path.field("port"), errs);
                one_of(action, "scheme", &["HTTP", "HTTPS"], &path, errs);
            }
            "tcpSocket" | "grpc" => port_number_or_name(&action["port"], &path.field("port"), errs),
            _ => {}
        }
    }
    if given == 0 {
        errs.push(FieldError::required(path, "must specify a handler type"));
    }
}
