//! `kubectl set resources`, `serviceaccount`, `selector` and `subject`.

use super::super::{Failure, Kubectl, files, targets};
use super::{
    Words, called, change_each, each_container, objects, pod_spec_path, quantities, without_template,
};
use crate::json;
use crate::machinery::selector::Operator;
use crate::machinery::{LabelSelector, Map, Value};

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
    let words = Words {
        done: "resource requirements updated",
        refused: "failed to patch resources update to pod template ",
    };
    change_each(k, found, &words, |target, object| {
        each_container(k, target, object, k.flags.str("containers"), |container| {
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
    let words = Words { done: "serviceaccount updated", refused: "failed to patch ServiceAccountName " };
    change_each(k, found, &words, |target, object| {
        let path = pod_spec_path(&target.resource.kind).ok_or_else(|| without_template(k, target))?;
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
    let (wanted, others) = equalities(selector)?;
    if rest.is_empty() && !files::given(k) {
        return Err(targets::nothing_named());
    }
    let found = objects(k, rest)?;
    let words = Words { done: "selector updated", refused: "" };
    change_each(k, found, &words, |target, object| match target.resource.kind.as_ref() {
        "Service" if !others.is_empty() => Err(Failure::message(format!(
            "match expression [{}] not supported on this object",
            others.join(" ")
        ))),
        "Service" => {
            object.set("spec/selector", wanted.clone());
            Ok(())
        }
        _ => Err(Failure::message("setting a selector is only supported for Services")),
    })
}

/// The labels a selector wants to have one value each, which is all that a Service can ask for, and its other requirements
/// as Go prints them.
fn equalities(text: &str) -> Result<(Map, Vec<String>), Failure> {
    let selector = LabelSelector::parse(text)
        .map_err(|why| Failure::message(format!("couldn't parse the selector string \"{text}\": {why}")))?;
    let (mut equal, mut others) = (Map::new(), Vec::new());
    for requirement in selector.requirements() {
        let values: Vec<&str> = requirement.values().collect();
        let operator = match requirement.operator() {
            Operator::Equals | Operator::DoubleEquals => {
                equal.insert(requirement.key(), values.concat());
                continue;
            }
            Operator::In => "In",
            Operator::NotIn => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
            Operator::NotEquals => {
                return Err(Failure::message("\"!=\" is not a valid label selector operator"));
            }
            Operator::GreaterThan => {
                return Err(Failure::message("\"gt\" isn't supported in label selectors"));
            }
            Operator::LessThan => return Err(Failure::message("\"lt\" isn't supported in label selectors")),
        };
        others.push(format!("{{{} {operator} [{}]}}", requirement.key(), values.join(" ")));
    }
    Ok((equal, others))
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
    let words = Words { done: "subjects updated", refused: "failed to patch subjects to rolebinding: " };
    change_each(k, found, &words, |target, object| {
        if !matches!(target.resource.kind.as_ref(), "RoleBinding" | "ClusterRoleBinding") {
            return Err(Failure::message(format!(
                "{} setting subjects is only supported for RoleBinding/ClusterRoleBinding",
                called(k, target)
            )));
        }
        let list = object.at_mut("subjects").list_mut();
        for subject in subjects.iter().filter(|s| !list.contains(s)).cloned().collect::<Vec<_>>() {
            list.push(subject);
        }
        Ok(())
    })
}
