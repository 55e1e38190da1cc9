//! `rollout history` and `undo`: the revisions of a workload, kept in ReplicaSets or ControllerRevisions.

use super::super::record::CHANGE_CAUSE;
use super::super::report::{DryRun, Report};
use super::super::targets::Target;
use super::super::{Failure, Kubectl, describe, files, last_applied, report};
use super::workloads;
use crate::api::schema::MergeRules;
use crate::api::{Part, Patch};
use crate::json;
use crate::machinery::patch::apply_strategic;
use crate::machinery::{Object, Value};
use crate::render::output;
use crate::render::tabwriter::{DESCRIBE, TabWriter};

const REVISION: &str = "deployment.kubernetes.io/revision";
const HASH: &str = "pod-template-hash";

/// A revision of a workload.
struct Revision {
    number: i64,
    /// The ReplicaSet or ControllerRevision that keeps it.
    keeper: Object,
}

/// The revisions of a workload, oldest first.
fn revisions(k: &Kubectl<'_>, target: &Target, what: &str) -> Result<Vec<Revision>, Failure> {
    let (api, object) = (k.api()?, &target.object);
    let kind = target.resource.kind.as_ref();
    let mut found: Vec<Revision> = match kind {
        "Deployment" => api
            .list_owned("replicasets.apps", object)
            .into_iter()
            .map(|set| Revision {
                number: set.annotation(REVISION).and_then(|r| r.parse().ok()).unwrap_or(0),
                keeper: set,
            })
            .collect(),
        "DaemonSet" | "StatefulSet" => api
            .list_owned("controllerrevisions.apps", object)
            .into_iter()
            .map(|revision| Revision { number: revision.int_at("revision").unwrap_or(0), keeper: revision })
            .collect(),
        _ => {
            let group = &target.resource.group;
            let name = if group.is_empty() { kind.to_string() } else { format!("{kind}.{group}") };
            let is_workload =
                matches!(kind, "CronJob" | "Job" | "Pod" | "ReplicaSet" | "ReplicationController");
            return Err(Failure::message(match (is_workload, what) {
                (true, _) => format!("no {what} has been implemented for \"{name}\""),
                (false, "history viewer") => format!(
                    "error retrieving history for \"{name}\", no visitor method exists for {{{group} {kind}}}"
                ),
                _ => format!(
                    "error retrieving {what} for \"{name}\", no visitor method exists for {{{group} {kind}}}"
                ),
            }));
        }
    };
    found.sort_by_key(|r| r.number);
    Ok(found)
}

/// The pod template of a revision.
fn template(target: &Target, revision: &Revision) -> Value {
    match target.resource.kind.as_ref() {
        "Deployment" => revision.keeper.at("spec/template").clone(),
        _ => restored(target, revision).at("spec/template").clone(),
    }
}

/// A workload as a ControllerRevision would make it again.
fn restored(target: &Target, revision: &Revision) -> Object {
    let data = revision.keeper.at("data");
    apply_strategic(&target.object, data, MergeRules::of(&target.resource)).map(Object).unwrap_or_default()
}

/// What `--output` prints of a revision: the ReplicaSet of a Deployment, the workload itself of the others.
fn kept(k: &Kubectl<'_>, target: &Target, revision: &Revision) -> Result<Object, Failure> {
    let own = k.api()?.registry().by_qualified("replicasets.apps").cloned();
    match (target.resource.kind.as_ref(), own) {
        ("Deployment", Some(resource)) => report::as_struct(k, &resource, &revision.keeper),
        _ => report::as_struct(k, &target.resource, &restored(target, revision)),
    }
}

pub(super) fn show(k: &Kubectl<'_>) -> Result<(), Failure> {
    let wanted = k.flags.int("revision");
    let named = !k.flags.args.is_empty() || files::given(k);
    if wanted < 0 && named {
        return Err(Failure::message(format!("revision must be a positive integer: {wanted}")));
    }
    let Some(found) = workloads(k)? else { return Ok(()) };
    let report = Report::new(k, DryRun::None)?;
    found.each(|target| {
        let revisions = revisions(k, target, "history viewer")?;
        if report.prints_objects() {
            let chosen = || revisions.iter().filter(|r| wanted == 0 || r.number == wanted);
            if wanted > 0 && chosen().next().is_none() {
                return Err(Failure::message("unable to find the specified revision"));
            }
            return chosen().try_for_each(|revision| report.made(&kept(k, target, revision)?, ""));
        }
        let name = output::name_in(&target.resource, target.object.name());
        if wanted > 0 {
            let revision = revisions
                .iter()
                .find(|r| r.number == wanted)
                .ok_or_else(|| Failure::message("unable to find the specified revision"))?;
            let mut template = template(target, revision);
            // The cause is shown where annotations are; the template itself never had it.
            if target.resource.kind == "Deployment"
                && let Some(cause) = revision.keeper.annotation(CHANGE_CAUSE)
            {
                template.at_mut("metadata/annotations").map_mut().insert(CHANGE_CAUSE, cause);
            }
            let text = describe::template(k, &template)?;
            k.println(&format!("{name} with revision #{wanted}\n{text}"));
            return Ok(());
        }
        k.println(&format!("{name} \n{}", table(&revisions)));
        Ok(())
    })
}

fn table(revisions: &[Revision]) -> String {
    if revisions.is_empty() {
        return "No rollout history found.".into();
    }
    let mut writer = TabWriter::new(DESCRIBE);
    writer.write("REVISION\tCHANGE-CAUSE\n");
    for revision in revisions {
        let cause = revision.keeper.annotation(CHANGE_CAUSE).filter(|c| !c.is_empty()).unwrap_or("<none>");
        writer.write(&format!("{}\t{cause}\n", revision.number));
    }
    writer.flush()
}

pub(super) fn undo(k: &Kubectl<'_>) -> Result<(), Failure> {
    let dry_run = DryRun::of(k)?;
    let to = k.flags.int("to-revision");
    let report = Report::new(k, dry_run)?;
    let Some(found) = workloads(k)? else { return Ok(()) };
    found.each(|target| {
        let revisions = revisions(k, target, "rollbacker")?;
        let revision = chosen(target, &revisions, to)?;
        warn_of_apply(k, target);
        let template = template(target, revision);
        if dry_run == DryRun::Client {
            let name = output::name_in(&target.resource, target.object.name());
            k.println(&format!("{name} {}{}", describe::template(k, &template)?, dry_run.suffix()));
            return Ok(());
        }
        let bare = without_hash(&template);
        if bare == without_hash(target.object.at("spec/template")) {
            let skipped =
                format!("skipped rollback (current template already matches revision {})", revision.number);
            return report.done(&target.object, &skipped);
        }
        let patch = match target.resource.kind.as_ref() {
            "Deployment" => Patch::Json(json!([
                {"op": "replace", "path": "/spec/template", "value": bare},
                {"op": "replace", "path": "/metadata/annotations", "value": (annotations(target, revision))},
            ])),
            _ => Patch::Strategic(revision.keeper.at("data").clone()),
        };
        let (ns, name) = (target.namespace(), target.object.name());
        let options = dry_run.options("kubectl-rollout");
        let done = k.api()?.patch(&target.resource, ns, name, &patch, Part::Main, &options)?;
        report.done(&done, "rolled back")
    })
}

/// The revision to go back to: the one asked for, else the one before the current one.
fn chosen<'r>(target: &Target, revisions: &'r [Revision], to: i64) -> Result<&'r Revision, Failure> {
    let kind = target.resource.kind.to_lowercase();
    if to != 0 {
        let found = revisions.iter().find(|r| r.number == to);
        return found
            .ok_or_else(|| Failure::message(format!("unable to find specified revision {to} in history")));
    }
    let none = || {
        Failure::message(match kind.as_str() {
            "deployment" => format!("no rollout history found for deployment \"{}\"", target.object.name()),
            _ => "no last revision to roll back to".to_string(),
        })
    };
    let found = revisions.len().checked_sub(2).map(|i| &revisions[i]).ok_or_else(none)?;
    if target.object.bool_at("spec/paused") {
        return Err(Failure::message(format!(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume deployment/{}' and try \
             again",
            target.object.name()
        )));
    }
    Ok(found)
}

fn warn_of_apply(k: &Kubectl<'_>, target: &Target) {
    if target.object.annotation(last_applied::ANNOTATION).is_none() || !k.client.undo_warns_of_apply() {
        return;
    }
    k.eprintln(&format!(
        "Warning: resource {}/{} was previously managed with 'kubectl apply'. Rolling back will not update the {} annotation, \
         which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your \
         previous configuration file instead.",
        target.resource.plural,
        target.object.name(),
        last_applied::ANNOTATION
    ));
}

fn without_hash(template: &Value) -> Value {
    let mut bare = template.clone();
    if bare.at("metadata/labels").as_map().is_some() {
        bare.at_mut("metadata/labels").map_mut().remove(HASH);
    }
    bare
}

/// The ReplicaSet's annotations come back, apart from those that are about the Deployment now.
fn annotations(target: &Target, revision: &Revision) -> Value {
    const OWN: [&str; 6] = [
        last_applied::ANNOTATION,
        REVISION,
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.to",
    ];
    let mut annotations = Value::object();
    for (key, value) in target.object.annotations().iter().filter(|(key, _)| OWN.contains(key)) {
        annotations.map_mut().insert(key, value);
    }
    for (key, value) in revision.keeper.annotations().iter().filter(|(key, _)| !OWN.contains(key)) {
        annotations.map_mut().insert(key, value);
    }
    annotations
}
