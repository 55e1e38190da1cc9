//! What may be changed of a pod that exists: images, the active deadline, more tolerations, and little else.

use super::super::fields::Errors;
use super::super::{internal_pod, program};
use crate::api::{FieldError, Path};
use crate::machinery::{Object, Value};

const OPEN: &str = "pod updates may not change fields other than \
                    `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
                    `spec.tolerations` (only additions to existing tolerations),\
                    `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

pub(in super::super) fn update(new: &Object, old: &Object, errs: &mut Errors) {
    if new.at("metadata/annotations") != old.at("metadata/annotations") {
        let annotations = new.at("metadata/annotations");
        program::annotations(annotations, new.at("spec"), &Path::Root("metadata"), errs);
    }
    let path = Path::Root("spec");
    let (spec, before) = (new.at("spec"), old.at("spec"));
    for list in ["containers", "initContainers"] {
        let at = path.field(list);
        if spec.items_at(list).len() != before.items_at(list).len() {
            let what = "pod updates may not add or remove containers";
            errs.push(FieldError::forbidden(at, what));
            return;
        }
        for (i, container) in spec.items_at(list).iter().enumerate() {
            if container.str_at("image").is_empty() {
                errs.push(FieldError::required(at.index(i).field("image"), ""));
            }
        }
    }
    deadline(spec, before, errs);
    tolerations(spec, before, errs);
    let gated = !before.items_at("schedulingGates").is_empty();
    gates(spec, before, errs);
    let masked = mask(spec, before, gated);
    if masked != *before {
        let diff = internal_pod::diff(before, &masked);
        errs.push(FieldError::forbidden(path, format!("{OPEN}\n{diff}")));
    }
}

/// The new spec with everything put back that may be changed.
fn mask(spec: &Value, before: &Value, gated: bool) -> Value {
    let mut masked = spec.clone();
    for list in ["containers", "initContainers"] {
        for (i, container) in before.items_at(list).iter().enumerate() {
            masked.at_mut(list).list_mut()[i].set("image", &container["image"]);
        }
    }
    let mut open = vec!["activeDeadlineSeconds", "tolerations", "schedulingGates", "ephemeralContainers"];
    if before.int_at("terminationGracePeriodSeconds").is_some_and(|s| s < 0)
        && spec.int_at("terminationGracePeriodSeconds") == Some(1)
    {
        open.push("terminationGracePeriodSeconds");
    }
    if gated {
        open.extend(["nodeSelector", "affinity"]);
    }
    for field in open {
        match &before[field] {
            Value::Null => {
                masked.remove(field);
            }
            value => masked.set(field, value),
        }
    }
    masked
}

fn deadline(spec: &Value, before: &Value, errs: &mut Errors) {
    let path = Path::Root("spec.activeDeadlineSeconds");
    match (spec.int_at("activeDeadlineSeconds"), before.int_at("activeDeadlineSeconds")) {
        (Some(seconds), _) if !(0..=i64::from(i32::MAX)).contains(&seconds) => {
            errs.push(FieldError::invalid(path, seconds, "must be between 0 and 2147483647, inclusive"));
        }
        (Some(seconds), Some(before)) if seconds > before => {
            let why = "must be less than or equal to previous value";
            errs.push(FieldError::invalid(path, seconds, why));
        }
        (None, Some(_)) => {
            errs.push(FieldError::invalid(
                path,
                Value::Null,
                "must not update from a positive integer to nil value",
            ));
        }
        _ => {}
    }
}

fn tolerations(spec: &Value, before: &Value, errs: &mut Errors) {
    let kept = before.items_at("tolerations").iter().all(|t| {
        spec.items_at("tolerations").iter().any(|n| {
            let core = |v: &Value| {
                let mut v = v.clone();
                v.remove("tolerationSeconds");
                v
            };
            core(n) == core(t)
        })
    });
    if !kept {
        let why = "existing toleration can not be modified except its tolerationSeconds";
        errs.push(FieldError::forbidden("spec.tolerations", why));
    }
}

fn gates(spec: &Value, before: &Value, errs: &mut Errors) {
    let (gates, had) = (spec.items_at("schedulingGates"), before.items_at("schedulingGates"));
    let added: Vec<&str> = gates.iter().filter(|g| !had.contains(g)).map(|g| g.str_at("name")).collect();
    if !added.is_empty() {
        let why = format!("only deletion is allowed, but found new scheduling gate '{}'", added[0]);
        errs.push(FieldError::forbidden("spec.schedulingGates", why));
    }
}
