//! The annotation in which `kubectl apply` keeps what was applied last.

use super::{Failure, Kubectl};
use crate::api::FieldValidation;
use crate::machinery::{Object, Value, go_text};

/// Where it is kept.
pub(crate) const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The object with itself, as JSON, in the annotation.
pub(crate) fn annotated(object: &Object) -> Object {
    let mut bare = without(object);
    let text = go_text::json(&bare) + "\n";
    bare.set_annotation(ANNOTATION, &text);
    bare
}

/// The object without the annotation; `annotations` is there, if only empty.
fn without(object: &Object) -> Object {
    let mut bare = object.clone();
    bare.at_mut("metadata/annotations").map_mut().remove(ANNOTATION);
    bare
}

/// What was applied last.
pub(crate) fn of(object: &Object) -> Option<Value> {
    Value::parse(object.annotation(ANNOTATION)?).ok()
}

/// `--save-config`: the annotation is made when asked for and kept true where it exists.
pub(crate) fn save(k: &Kubectl<'_>, object: Object) -> Object {
    if k.flags.bool("save-config") || object.annotation(ANNOTATION).is_some() {
        annotated(&object)
    } else {
        object
    }
}

/// `--validate`.
pub(crate) fn validation(k: &Kubectl<'_>) -> Result<FieldValidation, Failure> {
    match k.flags.str("validate") {
        "strict" | "true" => Ok(FieldValidation::Strict),
        "warn" => Ok(FieldValidation::Warn),
        "ignore" | "false" => Ok(FieldValidation::Ignore),
        other => Err(Failure::message(format!(
            "invalid - validate option \"{other}\"; must be one of: strict (or true), warn, ignore (or false)"
        ))),
    }
}
