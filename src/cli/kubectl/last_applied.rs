//! The annotation in which `kubectl apply` keeps what was applied last.

use super::{Failure, Kubectl};
use crate::api::FieldValidation;
use crate::machinery::{Object, Value, go_text};
use crate::render::output;

/// Where it is kept.
pub(crate) const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The object with itself, as JSON, in the annotation.
pub(crate) fn annotated(object: &Object) -> Object {
    let mut bare = without(object);
    let text = go_text::json(&bare) + "\n";
    bare.set_annotation(ANNOTATION, &text);
    bare
}

/// As [`annotated`], for an object the client made: its fields stand as their struct declares them.
pub(crate) fn annotated_typed(object: &Object) -> Object {
    let text = output::typed_json(&without_trace(object)) + "\n";
    let mut annotated = object.clone();
    annotated.set_annotation(ANNOTATION, &text);
    annotated
}

/// The text for the annotation of an object that is not written by `kubectl apply` itself.
pub(crate) fn text(object: &Object) -> String {
    go_text::json(&without_trace(object)) + "\n"
}

/// The object without the annotation, and without annotations if that was the only one.
fn without_trace(object: &Object) -> Object {
    let mut bare = without(object);
    if bare.annotations().is_empty() {
        bare.remove("metadata/annotations");
    }
    bare
}

/// The object without the annotation; `annotations` is there, if only empty.
pub(crate) fn without(object: &Object) -> Object {
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
