//! CustomResourceDefinitions.

use super::fields::{Errors, all_invalid, required};
use crate::api::{FieldError, Path};
use crate::machinery::validation::{dns1035_label_errors, dns1123_subdomain_errors};
use crate::machinery::{Object, Value};

const SPEC: Path = Path::Root("spec");

pub(super) fn definition(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    let (group, plural) = (spec.str_at("group"), spec.str_at("names/plural"));
    if o.name() != format!("{plural}.{group}") {
        let why = "must be spec.names.plural+\".\"+spec.group";
        errs.push(FieldError::invalid("metadata.name", o.name(), why));
    }
    if required(spec, "group", &SPEC, errs) {
        all_invalid(&SPEC.field("group"), group, dns1123_subdomain_errors(group), errs);
        if !group.contains('.') {
            let why = "should be a domain with at least one dot";
            errs.push(FieldError::invalid(SPEC.field("group"), group, why));
        }
    }
    match spec.str_at("scope") {
        "Cluster" | "Namespaced" => {}
        "" => errs.push(FieldError::required(SPEC.field("scope"), "")),
        other => errs.push(FieldError::not_supported(SPEC.field("scope"), other, &["Cluster", "Namespaced"])),
    }
    versions(spec, errs);
    names(spec, errs);
}

fn versions(spec: &Value, errs: &mut Errors) {
    let list = SPEC.field("versions");
    let versions = spec.items_at("versions");
    let mut seen: Vec<&str> = Vec::new();
    for (i, version) in versions.iter().enumerate() {
        let path = list.index(i);
        let name = version.str_at("name");
        if seen.contains(&name) {
            let why = "must contain unique version names";
            errs.push(FieldError::invalid(list, &spec["versions"], why));
        }
        seen.push(name);
        all_invalid(&path.field("name"), name, dns1035_label_errors(name), errs);
        let schema = &version.at("schema/openAPIV3Schema");
        if schema.is_null() {
            let at = path.field("schema");
            errs.push(FieldError::required(at.field("openAPIV3Schema"), "schemas are required"));
        } else if schema.str_at("type") != "object" {
            let at = path.field("schema");
            let at = at.field("openAPIV3Schema");
            match schema.str_at("type") {
                "" => errs.push(FieldError::required(at.field("type"), "must not be empty at the root")),
                other => {
                    errs.push(FieldError::invalid(at.field("type"), other, "must be object at the root"));
                }
            }
        }
    }
    let stored = versions.iter().filter(|v| v.bool_at("storage")).count();
    if stored != 1 {
        let why = "must have exactly one version marked as storage version";
        errs.push(FieldError::invalid(list, &spec["versions"], why));
    }
}

fn names(spec: &Value, errs: &mut Errors) {
    let path = SPEC.field("names");
    let names = &spec["names"];
    for field in ["plural", "singular", "kind", "listKind"] {
        if !required(names, field, &path, errs) {
            continue;
        }
        let name = names.str_at(field);
        let lower = name.to_lowercase();
        let wrong =
            dns1035_label_errors(if field == "plural" || field == "singular" { name } else { &lower });
        all_invalid(&path.field(field), name, wrong, errs);
    }
    let kind = names.str_at("kind");
    if !kind.is_empty() && kind == names.str_at("listKind") {
        let why = "kind and listKind may not be the same";
        errs.push(FieldError::invalid(path.field("listKind"), kind, why));
    }
    for field in ["shortNames", "categories"] {
        let list = path.field(field);
        for (i, name) in names.items_at(field).iter().enumerate() {
            let name = name.as_str().unwrap_or_default();
            all_invalid(&list.index(i), name, dns1035_label_errors(name), errs);
        }
    }
}
