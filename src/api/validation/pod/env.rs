//! Environment variables and where their values come from.

use super::super::fields::{Errors, all_invalid, config_key_errors, required};
use crate::api::{FieldError, Path};
use crate::machinery::Value;

/// Fields of a pod that a variable may show.
const POD_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// Fields of a container's resources that a variable may show.
const RESOURCE_FIELDS: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

pub(super) fn validate(c: &Value, path: &Path, errs: &mut Errors) {
    let list = path.field("env");
    for (i, variable) in c.items_at("env").iter().enumerate() {
        let path = list.index(i);
        if required(variable, "name", &path, errs) {
            let name = variable.str_at("name");
            all_invalid(&path.field("name"), name, name_errors(name), errs);
        }
        value_from(variable, &path.field("valueFrom"), errs);
    }
    let list = path.field("envFrom");
    for (i, source) in c.items_at("envFrom").iter().enumerate() {
        let path = list.index(i);
        let given: Vec<&str> =
            ["configMapRef", "secretRef"].into_iter().filter(|s| !source[*s].is_null()).collect();
        for field in &given {
            required(&source[*field], "name", &path.field(field), errs);
        }
        match given.len() {
            0 => {
                let why = "must specify one of: `configMapRef` or `secretRef`";
                errs.push(FieldError::invalid(path, "", why));
            }
            1 => {}
            _ => {
                let why = "may not have more than one field specified at a time";
                errs.push(FieldError::invalid(path, "", why));
            }
        }
    }
}

fn name_errors(name: &str) -> Vec<String> {
    let printable = |c: char| c.is_ascii_graphic() && c != '=' || c == ' ';
    if name.chars().all(printable) {
        return Vec::new();
    }
    vec![
        "a valid environment variable name must consist only of printable ASCII characters other than '='"
            .into(),
    ]
}

fn value_from(variable: &Value, path: &Path, errs: &mut Errors) {
    const SOURCES: [&str; 5] =
        ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
    let from = &variable["valueFrom"];
    if from.is_null() {
        return;
    }
    for field in ["configMapKeyRef", "secretKeyRef"] {
        let (source, path) = (&from[field], path.field(field));
        if source.is_null() {
            continue;
        }
        required(source, "name", &path, errs);
        if required(source, "key", &path, errs) {
            let key = source.str_at("key");
            all_invalid(&path.field("key"), key, config_key_errors(key), errs);
        }
    }
    if !from["fieldRef"].is_null() {
        field_ref(&from["fieldRef"], &path.field("fieldRef"), errs);
    }
    if !from["resourceFieldRef"].is_null() {
        resource_field(&from["resourceFieldRef"], &path.field("resourceFieldRef"), errs);
    }
    let given = SOURCES.iter().filter(|s| !from[**s].is_null()).count();
    let why = match (given, variable.str_at("value").is_empty()) {
        (0, _) => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        }
        (_, false) => "may not be specified when `value` is not empty",
        (1, _) => return,
        _ => "may not have more than one field specified at a time",
    };
    errs.push(FieldError::invalid(path, "", why));
}

fn field_ref(source: &Value, path: &Path, errs: &mut Errors) {
    required(source, "apiVersion", path, errs);
    if !required(source, "fieldPath", path, errs) {
        return;
    }
    let field = source.str_at("fieldPath");
    let at = path.field("fieldPath");
    if field.starts_with("metadata.labels['") || field.starts_with("metadata.annotations['") {
        return;
    }
    const CONVERTIBLE: [&str; 8] = [
        "metadata.annotations",
        "metadata.labels",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.hostNetwork",
        "status.phase",
        "status.nominatedNodeName",
        "status.podIP",
    ];
    if POD_FIELDS.contains(&field) {
        return;
    }
    if CONVERTIBLE.contains(&field) {
        errs.push(FieldError::not_supported(at, field, &POD_FIELDS));
    } else {
        let why = format!("error converting fieldPath: field label not supported: {field}");
        errs.push(FieldError::invalid(at, field, why));
    }
}

fn resource_field(source: &Value, path: &Path, errs: &mut Errors) {
    let field = source.str_at("resource");
    if field.is_empty() {
        errs.push(FieldError::required(path.field("resource"), ""));
    } else if !RESOURCE_FIELDS.contains(&field)
        && !field.starts_with("limits.hugepages-")
        && !field.starts_with("requests.hugepages-")
    {
        errs.push(FieldError::not_supported(path.field("resource"), field, &RESOURCE_FIELDS));
    }
}
