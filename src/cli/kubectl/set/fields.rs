//! `kubectl set resources`, `serviceaccount`, `selector` and `subject`.

use super::super::{Failure, Kubectl, expose, files, targets};
use super::{change_each, each_container, objects, pod_spec_path, quantities};
use crate::json;
use crate::machinery::Value;
use crate::render::output;

pub(super) fn resources(k: &Kubectl<'_>) -> Result<(), Failure> {
    if k.flags.args.is_empty() && !files::given(k) {
        return Err(targets::nothing_named());
    }
    let limits = quantities(k.flags.str("limits"))?;
    let requests = quantities(k.flags.str("requests"))?;
    if limits.is_empty() && requests.is_empty() {
        return Err(Failure::message(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        ));
    }
    let found = objects(k, &k.flags.args)?;
    change_each(k, found, "resource requirements updated", |_, object| {
        each_container(object, k.flags.str("containers"), |container| {
            for (list, wanted) in [("limits", &limits), ("requests", &requests)] {
                for (name, value) in wanted {
                    container.at_mut(&format!("resources/{list}")).map_mut().insert(name, value.as_str());
                }
            }
        })
        .map_err(|failure| match failure {
            // This one does not quote the name.
            Failure::Message(text) if text.starts_with("unable to find") => {
                Failure::Message(text.replace('"', ""))
            }
            other => other,
        })
    })
}

pub(super) fn service_account(k: &Kubectl<'_>) -> Result<(), Failure> {
    let Some((account, rest)) = k.flags.args.split_last() else {
        return Err(Failure::message("serviceaccount is required"));
    };
    let found = objects(k, rest)?;
    change_each(k, found, "serviceaccount updated", |target, object| {
        let path = pod_spec_path(&target.resource.kind).ok_or_else(|| {
            Failure::message(format!(
                "the object is not a pod or does not have a pod template: {}",
                target.resource.kind
            ))
        })?;
        object.set(&format!("{path}/serviceAccountName"), account.as_str());
        if !object.at(path).str_at("serviceAccount").is_empty() {
            object.set(&format!("{path}/serviceAccount"), account.as_str());
        }
        Ok(())
    })
}

pub(super) fn selector(k: &Kubectl<'_>) -> Result<(), Failure> {
    let Some((selector, rest)) = k.flags.args.split_last() else {
        return Err(Failure::message("one selector is required"));
    };
    let wanted = expose::pairs(selector)?;
    let found = objects(k, rest)?;
    change_each(k, found, "selector updated", |target, object| match target.resource.kind.as_ref() {
        "Service" => {
            object.set("spec/selector", wanted.clone());
            Ok(())
        }
        _ => Err(Failure::message("setting a selector is only supported for Services")),
    })
}

pub(super) fn subject(k: &Kubectl<'_>) -> Result<(), Failure> {
    if k.flags.args.is_empty() && !files::given(k) {
        return Err(targets::nothing_named());
    }
    let mut subjects: Vec<Value> = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        for name in k.flags.list(flag) {
            subjects.push(json!({
                "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": (name.as_str()),
            }));
        }
    }
    for account in k.flags.list("serviceaccount") {
        let (ns, name) = account
            .split_once(':')
            .ok_or_else(|| Failure::message("serviceaccount must be <namespace>:<name>"))?;
        subjects.push(json!({"kind": "ServiceAccount", "name": name, "namespace": ns}));
    }
    if subjects.is_empty() {
        return Err(Failure::message("you must specify at least one value of user, group or serviceaccount"));
    }
    let found = objects(k, &k.flags.args)?;
    change_each(k, found, "subjects updated", |target, object| {
        if !matches!(target.resource.kind.as_ref(), "RoleBinding" | "ClusterRoleBinding") {
            // Kinds of a group are called with the end of the line.
            let end = if object.api_version().contains('/') { "\n" } else { "" };
            return Err(Failure::message(format!(
                "{}{end} setting subjects is only supported for RoleBinding/ClusterRoleBinding",
                output::name_of(object)
            )));
        }
        let list = object.at_mut("subjects").list_mut();
        for subject in subjects.iter().filter(|s| !list.contains(s)).cloned().collect::<Vec<_>>() {
            list.push(subject);
        }
        Ok(())
    })
}
