//! Controllers of long-running pods.

use super::fields::{
    Errors, IMMUTABLE, at_most_everything, count_or_percent, internal, is_zero, label_selector, not_negative,
    selector_matches_template, selector_text, selects_everything,
};
use super::pod;
use crate::api::{FieldError, Path};
use crate::json;
use crate::machinery::{Object, Value};

const SPEC: Path = Path::Root("spec");

pub(super) fn deployment(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    not_negative(spec, "replicas", &SPEC, errs);
    selector(spec, "deployment", errs);
    replica_template(spec, "ReplicaSet", errs);
    deployment_strategy(&spec["strategy"], &SPEC.field("strategy"), errs);
    not_negative(spec, "minReadySeconds", &SPEC, errs);
    not_negative(spec, "revisionHistoryLimit", &SPEC, errs);
    if let Some(deadline) = spec.int_at("progressDeadlineSeconds") {
        not_negative(spec, "progressDeadlineSeconds", &SPEC, errs);
        if deadline <= spec.int_at("minReadySeconds").unwrap_or(0) {
            let why = "must be greater than minReadySeconds";
            errs.push(FieldError::invalid(SPEC.field("progressDeadlineSeconds"), deadline, why));
        }
    }
}

pub(super) fn replica_set(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    not_negative(spec, "replicas", &SPEC, errs);
    not_negative(spec, "minReadySeconds", &SPEC, errs);
    selector(spec, "deployment", errs);
    replica_template(spec, "ReplicaSet", errs);
}

pub(super) fn replication_controller(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    not_negative(spec, "minReadySeconds", &SPEC, errs);
    let selector = spec["selector"].clone();
    if selector.map().is_empty() {
        errs.push(FieldError::required(SPEC.field("selector"), ""));
    }
    not_negative(spec, "replicas", &SPEC, errs);
    if spec["template"].is_null() {
        errs.push(FieldError::required(SPEC.field("template"), ""));
        return;
    }
    let selector = if selector.map().is_empty() { Value::Null } else { json!({"matchLabels": selector}) };
    if !selector.is_null() {
        selector_matches_template(&selector, &spec["template"], &SPEC.field("template"), errs);
    }
    template(spec, "ReplicationController", errs);
}

pub(super) fn daemon_set(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    label_selector(&spec["selector"], &SPEC.field("selector"), errs);
    selector_matches_template(&spec["selector"], &spec["template"], &SPEC.field("template"), errs);
    if !spec["selector"].is_null() && selects_everything(&spec["selector"]) {
        let why = "empty selector is invalid for daemonset";
        errs.push(FieldError::invalid(SPEC.field("selector"), &spec["selector"], why).showing("{}"));
    }
    template(spec, "DaemonSet", errs);
    not_negative(spec, "minReadySeconds", &SPEC, errs);
    daemon_set_strategy(&spec["updateStrategy"], &SPEC.field("updateStrategy"), errs);
    not_negative(spec, "revisionHistoryLimit", &SPEC, errs);
}

pub(super) fn stateful_set(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    match spec.str_at("podManagementPolicy") {
        "" => errs.push(FieldError::required(SPEC.field("podManagementPolicy"), "")),
        "OrderedReady" | "Parallel" => {}
        other => {
            let why = "must be 'OrderedReady' or 'Parallel'";
            errs.push(FieldError::invalid(SPEC.field("podManagementPolicy"), other, why));
        }
    }
    stateful_set_strategy(&spec["updateStrategy"], &SPEC.field("updateStrategy"), errs);
    let retention = SPEC.field("persistentVolumeClaimRetentionPolicy");
    for field in ["whenDeleted", "whenScaled"] {
        let word = spec["persistentVolumeClaimRetentionPolicy"].str_at(field);
        if !matches!(word, "" | "Retain" | "Delete") {
            errs.push(FieldError::not_supported(retention.field(field), word, &["Delete", "Retain"]));
        }
    }
    not_negative(spec, "replicas", &SPEC, errs);
    not_negative(spec, "minReadySeconds", &SPEC, errs);
    not_negative(&spec["ordinals"], "start", &SPEC.field("ordinals"), errs);
    selector(spec, "statefulset", errs);
    let template = SPEC.field("template");
    selector_matches_template(&spec["selector"], &spec["template"], &template, errs);
    // Its pods are checked when they are made: the template alone does not know the volumes of the claims.
    pod::template_metadata(&spec["template"], &template, errs);
    runs_for_ever(spec, "StatefulSet", errs);
}

/// What updates of StatefulSets may change.
const STATEFUL_SET_OPEN: [&str; 7] = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

pub(super) fn stateful_set_update(new: &Object, old: &Object, errs: &mut Errors) {
    let closed = |o: &Object| {
        let mut map = o.map_at("spec").clone();
        map.retain(|key, _| !STATEFUL_SET_OPEN.contains(&key));
        map
    };
    if closed(new) != closed(old) {
        let why = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                   'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                   'minReadySeconds' are forbidden";
        errs.push(FieldError::forbidden(SPEC, why));
    }
}

/// The selector of most workloads is chosen once.
pub(super) fn selector_update(new: &Object, old: &Object, errs: &mut Errors) {
    let selector = new.at("spec/selector");
    if selector != old.at("spec/selector") {
        let error = FieldError::invalid(SPEC.field("selector"), selector, IMMUTABLE);
        errs.push(error.showing(selector_text(selector)));
    }
}

fn selector(spec: &Value, kind: &str, errs: &mut Errors) {
    let (selector, path) = (&spec["selector"], SPEC.field("selector"));
    if selector.is_null() {
        errs.push(FieldError::required(path, ""));
        return;
    }
    label_selector(selector, &path, errs);
    if selects_everything(selector) {
        let why = format!("empty selector is invalid for {kind}");
        errs.push(FieldError::invalid(path, selector, why).showing("{}"));
    }
}

fn replica_template(spec: &Value, kind: &str, errs: &mut Errors) {
    selector_matches_template(&spec["selector"], &spec["template"], &SPEC.field("template"), errs);
    template(spec, kind, errs);
}

fn template(spec: &Value, kind: &str, errs: &mut Errors) {
    pod::template(&spec["template"], &SPEC.field("template"), errs);
    runs_for_ever(spec, kind, errs);
}

/// Pods of these kinds have no end.
fn runs_for_ever(spec: &Value, kind: &str, errs: &mut Errors) {
    let template = SPEC.field("template");
    let (pod, path) = (spec.at("template/spec"), template.field("spec"));
    let policy = pod.str_at("restartPolicy");
    if policy != "Always" {
        errs.push(FieldError::not_supported(path.field("restartPolicy"), policy, &["Always"]));
    }
    if !pod["activeDeadlineSeconds"].is_null() {
        let why = format!("activeDeadlineSeconds in {kind} is not Supported");
        errs.push(FieldError::forbidden(path.field("activeDeadlineSeconds"), why));
    }
}

const STRATEGY: [(&str, &str); 2] = [("Type", "type"), ("RollingUpdate", "rollingUpdate")];

fn deployment_strategy(strategy: &Value, path: &Path, errs: &mut Errors) {
    let rolling = &strategy["rollingUpdate"];
    let at = path.field("rollingUpdate");
    match strategy.str_at("type") {
        "Recreate" if !rolling.is_null() => {
            errs.push(FieldError::forbidden(at, "may not be specified when strategy `type` is 'Recreate'"));
        }
        "Recreate" => {}
        "RollingUpdate" => {
            let (unavailable, surge) = (&rolling["maxUnavailable"], &rolling["maxSurge"]);
            count_or_percent(unavailable, &at.field("maxUnavailable"), errs);
            count_or_percent(surge, &at.field("maxSurge"), errs);
            if is_zero(unavailable) && is_zero(surge) {
                let why = "may not be 0 when `maxSurge` is 0";
                errs.push(FieldError::invalid(at.field("maxUnavailable"), unavailable, why));
            }
            at_most_everything(unavailable, &at.field("maxUnavailable"), errs);
        }
        _ => {
            let shown = internal(strategy, &STRATEGY);
            errs.push(
                FieldError::not_supported(path, Value::Null, &["Recreate", "RollingUpdate"]).showing(shown),
            );
        }
    }
}

fn daemon_set_strategy(strategy: &Value, path: &Path, errs: &mut Errors) {
    let rolling = &strategy["rollingUpdate"];
    let at = path.field("rollingUpdate");
    match strategy.str_at("type") {
        "OnDelete" => {}
        "RollingUpdate" if rolling.is_null() => errs.push(FieldError::required(at, "")),
        "RollingUpdate" => {
            let (unavailable, surge) = (&rolling["maxUnavailable"], &rolling["maxSurge"]);
            count_or_percent(unavailable, &at.field("maxUnavailable"), errs);
            at_most_everything(unavailable, &at.field("maxUnavailable"), errs);
            count_or_percent(surge, &at.field("maxSurge"), errs);
            at_most_everything(surge, &at.field("maxSurge"), errs);
            match (is_zero(unavailable), is_zero(surge)) {
                (false, false) => {
                    let why = "may not be set when maxUnavailable is non-zero";
                    errs.push(FieldError::invalid(at.field("maxSurge"), surge, why));
                }
                (true, true) => {
                    let why = "cannot be 0 when maxSurge is 0";
                    errs.push(FieldError::required(at.field("maxUnavailable"), why));
                }
                _ => {}
            }
        }
        _ => {
            let shown = internal(strategy, &STRATEGY);
            errs.push(
                FieldError::not_supported(path, Value::Null, &["RollingUpdate", "OnDelete"]).showing(shown),
            );
        }
    }
}

fn stateful_set_strategy(strategy: &Value, path: &Path, errs: &mut Errors) {
    let rolling = &strategy["rollingUpdate"];
    let at = path.field("rollingUpdate");
    match strategy.str_at("type") {
        "" => errs.push(FieldError::required(path, "")),
        "OnDelete" if !rolling.is_null() => {
            let why = "only allowed for updateStrategy 'RollingUpdate'";
            errs.push(FieldError::invalid(at, rolling, why));
        }
        "OnDelete" => {}
        "RollingUpdate" => {
            not_negative(rolling, "partition", &at, errs);
            let unavailable = &rolling["maxUnavailable"];
            if !unavailable.is_null() {
                let at = at.field("maxUnavailable");
                count_or_percent(unavailable, &at, errs);
                if is_zero(unavailable) {
                    errs.push(FieldError::invalid(at, unavailable, "cannot be 0"));
                }
                at_most_everything(unavailable, &at, errs);
            }
        }
        _ => {
            let shown = internal(strategy, &STRATEGY);
            let why = "must be 'RollingUpdate' or 'OnDelete'";
            errs.push(FieldError::invalid(path, Value::Null, why).showing(shown));
        }
    }
}
