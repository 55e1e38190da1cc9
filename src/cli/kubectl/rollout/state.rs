//! `rollout restart`, `pause` and `resume`: one field each.

use super::super::report::{DryRun, Report};
use super::super::targets::Target;
use super::super::{Failure, Kubectl};
use super::workloads;
use crate::api::{Part, Patch};
use crate::json;
use crate::machinery::Value;

/// A new annotation in the template makes every pod a new one.
pub(super) fn restart(k: &Kubectl<'_>) -> Result<(), Failure> {
    let now = k.api()?.now().truncated().rfc3339();
    each(k, "restarted", |target| {
        if !matches!(target.resource.kind.as_ref(), "Deployment" | "DaemonSet" | "StatefulSet") {
            return Err(format!("{} restarting is not supported", target.quoted()));
        }
        if target.object.bool_at("spec/paused") {
            return Err(format!(
                "{} can't restart paused deployment (run rollout resume first)",
                target.quoted()
            ));
        }
        let annotation = "kubectl.kubernetes.io/restartedAt";
        if target.object.at("spec/template/metadata/annotations").get(annotation).and_then(Value::as_str)
            == Some(&now)
        {
            return Err(format!(
                "failed to create patch for {}: if restart has already been triggered within the past second, please wait \
                 before attempting to trigger another",
                target.object.name()
            ));
        }
        Ok(json!({"spec": {"template": {"metadata": {"annotations": {annotation: (now.as_str())}}}}}))
    })
}

pub(super) fn pause(k: &Kubectl<'_>) -> Result<(), Failure> {
    each(k, "paused", |target| match (target.resource.kind.as_ref(), target.object.bool_at("spec/paused")) {
        ("Deployment", false) => Ok(json!({"spec": {"paused": true}})),
        ("Deployment", true) => Err(format!("{} is already paused", target.quoted())),
        _ => Err(format!("{} pausing is not supported", target.quoted())),
    })
}

pub(super) fn resume(k: &Kubectl<'_>) -> Result<(), Failure> {
    each(k, "resumed", |target| match (target.resource.kind.as_ref(), target.object.bool_at("spec/paused")) {
        ("Deployment", true) => Ok(json!({"spec": {"paused": null}})),
        ("Deployment", false) => Err(format!("{} is not paused", target.quoted())),
        _ => Err(format!("{} resuming is not supported", target.quoted())),
    })
}

fn each(
    k: &Kubectl<'_>,
    verb: &str,
    patch: impl Fn(&Target) -> Result<Value, String>,
) -> Result<(), Failure> {
    let Some(found) = workloads(k)? else { return Ok(()) };
    let report = Report::new(k, DryRun::None)?;
    found.each(|target| {
        let patch = Patch::Strategic(patch(target).map_err(Failure::Message)?);
        let options = DryRun::None.options(k.flags.str("field-manager"));
        let (ns, name) = (target.namespace(), target.object.name());
        let done = k.api()?.patch(&target.resource, ns, name, &patch, Part::Main, &options)?;
        report.done(&done, verb)
    })
}
