//! `kubectl diff`: what `kubectl apply` would change, as `diff -u -N` shows it of two directories of manifests.

use super::flags::{FILES, Flag, flags};
use super::targets::{self, Target};
use super::{Command, Failure, Kubectl, Writes, apply, files};
use crate::api::Reason;
use crate::machinery::{Object, Value, yaml};
use crate::render::unified_diff;
use std::collections::BTreeMap;

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "diff",
    aliases: &[],
    flags: flags!(
        FILES,
        &[
            Flag::string("selector", "").short('l'),
            Flag::bool("server-side"),
            Flag::bool("force-conflicts"),
            Flag::string("field-manager", ""),
            Flag::bool("prune"),
            Flag::array("prune-allowlist"),
            Flag::int("concurrency", "1"),
            Flag::bool("show-managed-fields"),
        ]
    ),
    writes: Writes::Always,
    run,
}];

/// Differences end in status 1, so that errors end in another.
const DIFFERS: i32 = 1;
const FAILED: i32 = 2;

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    match differences(k) {
        Ok(text) if text.is_empty() => Ok(()),
        Ok(text) => {
            k.print(&text);
            Err(Failure::Exit(DIFFERS))
        }
        Err(failure) => {
            failure.report(k.session, k.command);
            Err(Failure::Exit(FAILED))
        }
    }
}

fn differences(k: &Kubectl<'_>) -> Result<String, Failure> {
    if !files::given(k) {
        return Err(Failure::message("must specify one of -f and -k"));
    }
    if !k.flags.args.is_empty() {
        return Err(Failure::usage(format!("Unexpected args: [{}]", k.flags.args.join(" "))));
    }
    if k.flags.bool("force-conflicts") && !k.flags.bool("server-side") {
        return Err(Failure::message("--force-conflicts only works with --server-side"));
    }
    let selector = targets::selector(k)?;
    let found = targets::described(k, false)?;
    Failure::collect(found.failures)?;
    // The directories list their files by name.
    let mut files = BTreeMap::new();
    for target in found.targets.iter().filter(|t| selector.matches(t.object.labels())) {
        let (live, merged) = both(k, target)?;
        k.print_warnings();
        files.insert(file_name(target), (text(live)?, text(Some(merged))?));
    }
    let (time, stamp) = (time(k)?, k.api()?.now().0 / 1000 % 10_000_000_000);
    let mut out = String::new();
    for (name, (live, merged)) in files {
        let hunks = unified_diff::hunks(&live, &merged);
        if !hunks.is_empty() {
            let (old, new) = (format!("/tmp/LIVE-{stamp}/{name}"), format!("/tmp/MERGED-{stamp}/{name}"));
            out.push_str(&format!("diff -u -N {old} {new}\n--- {old}\t{time}\n+++ {new}\t{time}\n{hunks}"));
        }
    }
    Ok(out)
}

/// The object as it is, if it is, and as it would be.
fn both(k: &Kubectl<'_>, target: &Target) -> Result<(Option<Object>, Object), Failure> {
    let live = match k.api()?.read(&target.resource, target.namespace(), target.object.name()) {
        Ok(live) => Some(live),
        Err(e) if e.reason == Reason::NotFound => None,
        Err(e) => return Err(e.into()),
    };
    let merged = apply::would_be(k, target, live.as_ref())?;
    let (mut live, mut merged) = (live, merged);
    if !k.flags.bool("show-managed-fields") {
        live.as_mut().map(|object| object.remove("metadata/managedFields"));
        merged.remove("metadata/managedFields");
    }
    if target.resource.kind == "Secret" && target.resource.group.is_empty() {
        hide(live.as_mut(), &mut merged);
    }
    Ok((live, merged))
}

/// Secrets are not shown, only whether they change.
fn hide(live: Option<&mut Object>, merged: &mut Object) {
    let empty = Value::object();
    let old = live.as_ref().map_or(&empty, |object| object.at("data")).clone();
    let new = merged.at("data").clone();
    let mask = |object: &mut Object, mine: &Value, other: &Value, changed: &str| {
        for key in mine.map().keys() {
            let differs = other.get(key).is_some_and(|value| *value != mine[key]);
            object.at_mut("data").map_mut().insert(key, if differs { changed } else { "***" });
        }
    };
    mask(merged, &new, &old, "*** (after)");
    if let Some(live) = live {
        mask(live, &old, &new, "*** (before)");
    }
}

fn text(object: Option<Object>) -> Result<String, Failure> {
    let Some(object) = object else { return Ok(String::new()) };
    yaml::to_yaml(&object).map_err(|e| Failure::message(e.to_string()))
}

/// `apps.v1.Deployment.shop.web`.
fn file_name(target: &Target) -> String {
    let resource = &target.resource;
    let group = if resource.group.is_empty() { String::new() } else { format!("{}.", resource.group) };
    format!("{group}{}.{}.{}.{}", resource.version, resource.kind, target.namespace(), target.object.name())
}

/// When the files were written.
fn time(k: &Kubectl<'_>) -> Result<String, Failure> {
    let now = k.api()?.now().timestamp().to_zoned(k.session.env.time_zone());
    Ok(now.strftime("%Y-%m-%d %H:%M:%S.%9f %z").to_string())
}
