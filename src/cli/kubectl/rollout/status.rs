//! `rollout status`: tells of a rollout until it is over.

use super::super::targets::Target;
use super::super::{Failure, Kubectl};
use super::workloads;
use crate::cli::waiting::{self, Bound, Ended};
use crate::machinery::Object;
use crate::machinery::duration::parse_duration;
use std::ops::ControlFlow;

pub(super) fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let revision = k.flags.int("revision");
    if revision < 0 {
        return Err(Failure::message(format!("revision must be a positive integer: {revision}")));
    }
    let Some(found) = workloads(k)? else { return Ok(()) };
    found.each(|target| follow(k, target))
}

fn follow(k: &Kubectl<'_>, target: &Target) -> Result<(), Failure> {
    let timeout = parse_duration(k.flags.str("timeout")).ok().filter(|t| t.as_secs() > 0);
    let bound = timeout.map_or(Bound::UntilTrue, Bound::For);
    let (stored, ns, name) = (target.resource.qualified(), target.namespace(), target.object.name());
    let mut outcome = Ok(());
    let mut tell = |object: &Object| {
        let (text, done) = match status(object, k.flags.int("revision")) {
            Ok(told) => told,
            Err(why) => {
                outcome = Err(Failure::Message(why));
                return ControlFlow::Break(());
            }
        };
        k.println(&text);
        if done || !k.flags.bool("watch") { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut first = true;
    let ended = waiting::wait(k.session, k.cluster()?, bound, &mut |api, changes| {
        if std::mem::take(&mut first) {
            return api.find(&stored, ns, name).map_or(ControlFlow::Break(()), |object| tell(&object));
        }
        for change in changes {
            let object = &change.object;
            if change.resource.as_ref() == stored && object.name() == name && object.namespace() == ns {
                tell(object)?;
            }
        }
        ControlFlow::Continue(())
    })?;
    match ended {
        Ended::TimedOut => Err(Failure::message("timed out waiting for the condition")),
        _ => outcome,
    }
}

/// What is said of a workload, and whether its rollout is over.
fn status(object: &Object, revision: i64) -> Result<(String, bool), String> {
    match object.kind() {
        "Deployment" => deployment(object, revision),
        "DaemonSet" => daemon_set(object),
        "StatefulSet" => stateful_set(object),
        kind => {
            let group = object.api_version().split_once('/').map_or(String::new(), |(g, _)| format!(".{g}"));
            Err(format!("no status viewer has been implemented for {kind}{group}"))
        }
    }
}

fn number(object: &Object, field: &str) -> i64 {
    object.int_at(&format!("status/{field}")).unwrap_or(0)
}

fn deployment(d: &Object, revision: i64) -> Result<(String, bool), String> {
    if revision > 0 {
        let running =
            d.annotation("deployment.kubernetes.io/revision").and_then(|r| r.parse().ok()).unwrap_or(0);
        if running != revision {
            return Err(format!(
                "desired revision ({revision}) is different from the running revision ({running})"
            ));
        }
    }
    if d.generation() > number(d, "observedGeneration") {
        return Ok(("Waiting for deployment spec update to be observed...".into(), false));
    }
    let name = d.name();
    if d.condition("Progressing").is_some_and(|c| c.str_at("reason") == "ProgressDeadlineExceeded") {
        return Err(format!("deployment \"{name}\" exceeded its progress deadline"));
    }
    let wanted = d.int_at("spec/replicas").unwrap_or(1);
    let (all, updated) = (number(d, "replicas"), number(d, "updatedReplicas"));
    let available = number(d, "availableReplicas");
    let waiting = format!("Waiting for deployment \"{name}\" rollout to finish:");
    Ok(if updated < wanted {
        (format!("{waiting} {updated} out of {wanted} new replicas have been updated..."), false)
    } else if all > updated {
        (format!("{waiting} {} old replicas are pending termination...", all - updated), false)
    } else if available < updated {
        (format!("{waiting} {available} of {updated} updated replicas are available..."), false)
    } else {
        (format!("deployment \"{name}\" successfully rolled out"), true)
    })
}

fn rolls(object: &Object) -> Result<(), String> {
    match object.str_at("spec/updateStrategy/type") {
        "RollingUpdate" => Ok(()),
        _ => Err("rollout status is only available for RollingUpdate strategy type".into()),
    }
}

fn daemon_set(d: &Object) -> Result<(String, bool), String> {
    rolls(d)?;
    if d.generation() > number(d, "observedGeneration") {
        return Ok(("Waiting for daemon set spec update to be observed...".into(), false));
    }
    let name = d.name();
    let wanted = number(d, "desiredNumberScheduled");
    let (updated, available) = (number(d, "updatedNumberScheduled"), number(d, "numberAvailable"));
    let waiting = format!("Waiting for daemon set \"{name}\" rollout to finish:");
    Ok(if updated < wanted {
        (format!("{waiting} {updated} out of {wanted} new pods have been updated..."), false)
    } else if available < wanted {
        (format!("{waiting} {available} of {wanted} updated pods are available..."), false)
    } else {
        (format!("daemon set \"{name}\" successfully rolled out"), true)
    })
}

fn stateful_set(s: &Object) -> Result<(String, bool), String> {
    rolls(s)?;
    let observed = number(s, "observedGeneration");
    if observed == 0 || s.generation() > observed {
        return Ok(("Waiting for statefulset spec update to be observed...".into(), false));
    }
    let wanted = s.int_at("spec/replicas").unwrap_or(1);
    let (ready, updated) = (number(s, "readyReplicas"), number(s, "updatedReplicas"));
    if ready < wanted {
        return Ok((format!("Waiting for {} pods to be ready...", wanted - ready), false));
    }
    if let Some(partition) = s.int_at("spec/updateStrategy/rollingUpdate/partition") {
        let due = wanted - partition;
        return Ok(if updated < due {
            (
                format!(
                    "Waiting for partitioned roll out to finish: {updated} out of {due} new pods have been updated..."
                ),
                false,
            )
        } else {
            (format!("partitioned roll out complete: {updated} new pods have been updated..."), true)
        });
    }
    let revision = s.str_at("status/updateRevision");
    Ok(if revision != s.str_at("status/currentRevision") {
        (
            format!(
                "waiting for statefulset rolling update to complete {updated} pods at revision {revision}..."
            ),
            false,
        )
    } else {
        let current = number(s, "currentReplicas");
        (format!("statefulset rolling update complete {current} pods at revision {revision}..."), true)
    })
}
