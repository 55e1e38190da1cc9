//! `kubectl scale`.

use super::flags::{DRY_RUN, FILES, Flag, OUTPUT, SELECTOR, flags};
use super::record::{self, RECORD};
use super::report::{DryRun, Report};
use super::targets::{self, Target};
use super::{Command, Failure, Kubectl, Writes};
use crate::cli::waiting::{self, Bound, Ended};
use crate::machinery::duration::parse_duration;
use std::ops::ControlFlow;

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "scale",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        FILES,
        SELECTOR,
        DRY_RUN,
        RECORD,
        &[
            Flag::int("replicas", "0"),
            Flag::int("current-replicas", "-1"),
            Flag::string("resource-version", ""),
            Flag::duration("timeout", "0s"),
        ]
    ),
    writes: Writes::Always,
    run,
}];

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    if !k.flags.given("replicas") {
        return Err(Failure::message("required flag(s) \"replicas\" not set"));
    }
    let replicas = k.flags.int("replicas");
    if replicas < 0 {
        return Err(Failure::message(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        ));
    }
    if k.flags.int("current-replicas") < -1 {
        return Err(Failure::message("The --current-replicas must specify an integer of -1 or greater"));
    }
    let dry_run = DryRun::of(k)?;
    let found = targets::live(k, &k.flags.args)?;
    let (targets, missing) = (found.targets, found.failures);
    if targets.is_empty() {
        match (missing.first(), k.client.scale_of_nothing()) {
            (None, _) => return Err(Failure::message("no objects passed to scale")),
            (Some(Failure::Api(e)), Some(text)) => {
                let detail = if text.ends_with(' ') { e.message.as_str() } else { "" };
                return Err(Failure::message(format!("{text}{detail}")));
            }
            _ => {}
        }
    }
    let version = k.flags.str("resource-version");
    if !version.is_empty() && targets.len() > 1 {
        return Err(Failure::message("cannot use --resource-version with multiple resources"));
    }
    let report = Report::new(k, dry_run)?;
    for target in &targets {
        let mut object = target.object.clone();
        if dry_run != DryRun::Client {
            check(k, target)?;
            let (ns, name) = (target.namespace(), target.object.name());
            k.api()?.set_scale(&target.resource, ns, name, replicas, &dry_run.options("kubectl"))?;
            if dry_run == DryRun::None {
                if k.client.scale_shows_what_was_asked() {
                    object = k.api()?.read(&target.resource, ns, name)?;
                }
                record::patch(k, target, dry_run, "kubectl")?;
                wait(k, target)?;
            }
        }
        if report.prints_objects() && k.client.scale_shows_what_was_asked() {
            object.set("spec/replicas", replicas);
        }
        report.done(&object, "scaled")?;
    }
    Failure::collect(missing)
}

/// `--current-replicas` and `--resource-version` must hold.
fn check(k: &Kubectl<'_>, target: &Target) -> Result<(), Failure> {
    let scale = k.api()?.scale(&target.resource, target.namespace(), target.object.name())?;
    let (wanted, now) = (k.flags.int("current-replicas"), scale.int_at("spec/replicas").unwrap_or(0));
    if wanted >= 0 && wanted != now {
        return Err(Failure::message(format!("Expected replicas to be {wanted}, was {now}")));
    }
    let (wanted, now) = (k.flags.str("resource-version"), scale.str_at("metadata/resourceVersion"));
    if !wanted.is_empty() && wanted != now {
        return Err(Failure::message(format!("Expected resource version to be {wanted}, was {now}")));
    }
    Ok(())
}

/// With `--timeout`, until the controller has made or removed as many as were asked for.
fn wait(k: &Kubectl<'_>, target: &Target) -> Result<(), Failure> {
    let Some(timeout) = parse_duration(k.flags.str("timeout")).ok().filter(|t| t.as_secs() > 0) else {
        return Ok(());
    };
    let ended = waiting::wait(k.session, k.cluster()?, Bound::For(timeout), &mut |api, _| {
        let scale = api.scale(&target.resource, target.namespace(), target.object.name());
        let there = scale.is_ok_and(|s| {
            s.int_at("spec/replicas").unwrap_or(0) == s.int_at("status/replicas").unwrap_or(0)
        });
        if there { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    match ended {
        Ended::TimedOut => Err(Failure::message("timed out waiting for the condition")),
        _ => Ok(()),
    }
}
