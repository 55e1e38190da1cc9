//! The metadata of every kind.

use super::fields::{Errors, all_invalid, labels};
use crate::api::{FieldError, Path};
use crate::json;
use crate::machinery::validation as names;
use crate::machinery::{Object, Value};

/// How objects of a kind may be named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    Subdomain,
    Label,
    /// Starts with a letter.
    OldLabel,
    /// Anything that fits into a URL as one step.
    PathSegment,
    /// The kind has a rule of its own.
    Own,
}

const LONGEST_ANNOTATIONS: usize = 256 * 1024;

pub(super) fn validate(object: &Object, namespaced: bool, naming: Naming, errs: &mut Errors) {
    let path = Path::Root("metadata");
    let base = object.str_at("metadata/generateName");
    if !base.is_empty() {
        // A dash at the end will be followed by something.
        let masked = base.strip_suffix('-').map_or(base.to_string(), |b| format!("{b}a"));
        all_invalid(&path.field("generateName"), base, naming.errors(&masked), errs);
    }
    match object.name() {
        "" => {
            errs.push(FieldError::required(path.field("name"), "name or generateName is required"));
        }
        name => all_invalid(&path.field("name"), name, naming.errors(name), errs),
    }
    match (namespaced, object.namespace()) {
        (true, "") => errs.push(FieldError::required(path.field("namespace"), "")),
        (true, ns) => all_invalid(&path.field("namespace"), ns, names::dns1123_label_errors(ns), errs),
        (false, "") => {}
        (false, _) => errs.push(FieldError::forbidden(path.field("namespace"), "not allowed on this type")),
    }
    common(object, errs);
    finalizers(object, errs);
}

pub(super) fn validate_update(object: &Object, old: &Object, errs: &mut Errors) {
    let path = Path::Root("metadata");
    if old.is_deleting() {
        let added: Vec<&str> =
            object.finalizers().filter(|f| !old.finalizers().any(|before| before == *f)).collect();
        if !added.is_empty() {
            let quoted: Vec<String> = added.iter().map(|f| format!("{f:?}")).collect();
            let why = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                quoted.join(", ")
            );
            errs.push(FieldError::forbidden(path.field("finalizers"), why));
        }
    }
    common(object, errs);
    finalizers(object, errs);
}

/// What creations and updates check alike.
fn common(object: &Object, errs: &mut Errors) {
    let path = Path::Root("metadata");
    labels(object.labels(), &path.field("labels"), errs);
    annotations(object.at("metadata/annotations"), &path.field("annotations"), errs);
    owners(object, errs);
}

pub(super) fn annotations(annotations: &Value, path: &Path, errs: &mut Errors) {
    let mut size = 0;
    for (key, value) in annotations.map().iter() {
        all_invalid(path, key, names::qualified_name_errors(&key.to_lowercase()), errs);
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > LONGEST_ANNOTATIONS {
        errs.push(FieldError::too_long(path, LONGEST_ANNOTATIONS));
    }
}

fn owners(object: &Object, errs: &mut Errors) {
    let path = Path::Root("metadata.ownerReferences");
    let owners = object.items_at("metadata/ownerReferences");
    let mut controller: Option<&str> = None;
    for (i, owner) in owners.iter().enumerate() {
        let path = path.index(i);
        let version = owner.str_at("apiVersion");
        if version.rsplit('/').next().unwrap_or("").is_empty() {
            errs.push(FieldError::invalid(path.field("apiVersion"), version, "version must not be empty"));
        }
        for field in ["kind", "name", "uid"] {
            if owner.str_at(field).is_empty() {
                let why = format!("{field} must not be empty");
                errs.push(FieldError::invalid(path.field(field), "", why));
            }
        }
        if owner.bool_at("controller") {
            if let Some(first) = controller {
                let why = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {}",
                    owner.str_at("name")
                );
                errs.push(FieldError::invalid("metadata.ownerReferences", json!(owners.to_vec()), why));
            }
            controller = Some(owner.str_at("name"));
        }
    }
}

fn finalizers(object: &Object, errs: &mut Errors) {
    let path = Path::Root("metadata.finalizers");
    for finalizer in object.finalizers() {
        all_invalid(&path, finalizer, names::qualified_name_errors(finalizer), errs);
    }
    let has = |wanted: &str| object.finalizers().any(|f| f == wanted);
    if has("orphan") && has("foregroundDeletion") {
        let why = "finalizer orphan and foregroundDeletion cannot be both set";
        errs.push(FieldError::invalid(path, object.at("metadata/finalizers"), why));
    }
}

impl Naming {
    fn errors(self, name: &str) -> Vec<String> {
        match self {
            Naming::Subdomain => names::dns1123_subdomain_errors(name),
            Naming::Label => names::dns1123_label_errors(name),
            Naming::OldLabel => names::dns1035_label_errors(name),
            Naming::PathSegment => names::path_segment_errors(name),
            Naming::Own => Vec::new(),
        }
    }
}
