//! `kubectl patch`.

use super::flags::{DRY_RUN, FILES, Flag, OUTPUT, flags};
use super::record::{self, RECORD};
use super::report::{DryRun, Report};
use super::targets::{self, Target};
use super::{Command, Failure, Kubectl, Writes};
use crate::api::registry::subresources;
use crate::api::{ApiError, Part, Patch, Reason};
use crate::machinery::patch::{JsonPatchError, apply_json_patch};
use crate::machinery::{Object, Value, go_text, json_syntax, yaml};

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "patch",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        FILES,
        DRY_RUN,
        RECORD,
        &[
            Flag::string("patch", "").short('p'),
            Flag::string("patch-file", ""),
            Flag::string("type", "strategic"),
            Flag::string("subresource", ""),
            Flag::bool("local"),
            Flag::string("field-manager", "kubectl-patch"),
        ]
    ),
    writes: Writes::Always,
    run,
}];

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let kind = k.flags.str("type").to_lowercase();
    let given = |flag: &str| !k.flags.str(flag).is_empty();
    if given("patch") && given("patch-file") {
        return Err(Failure::message("cannot specify --patch and --patch-file together"));
    }
    if !given("patch") && !given("patch-file") {
        return Err(Failure::message(
            "must specify --patch or --patch-file containing the contents of the patch",
        ));
    }
    if !matches!(kind.as_str(), "json" | "merge" | "strategic") {
        return Err(Failure::message(format!(
            "--type must be one of [json merge strategic], not \"{}\"",
            k.flags.str("type")
        )));
    }
    let subresource = k.flags.str("subresource");
    if k.client.knows_two_subresources() && !matches!(subresource, "" | "status" | "scale") {
        return Err(Failure::message(format!(
            "invalid subresource value: {subresource:?}. Must be one of [status scale]"
        )));
    }
    let dry_run = DryRun::of(k)?;
    let text = text(k)?;
    let found = match k.flags.bool("local") {
        true => targets::described(k, false)?,
        false => targets::live(k, &k.flags.args)?,
    };
    // The line carries no dry-run suffix, whatever was asked.
    let report = Report::new(k, DryRun::None)?;
    let none = found.targets.is_empty() && found.failures.is_empty();
    found.each(|target| {
        let patch = read(&text, &kind).map_err(|failure| match k.flags.bool("local") {
            true => Failure::message("invalid JSON document"),
            false => failure,
        })?;
        if !subresource.is_empty() && !subresources(&target.resource).contains(&subresource) {
            return Err(ApiError::no_such_resource().into());
        }
        let done = apply(k, target, &patch, dry_run)?;
        let done = record::patch(k, target, dry_run, k.flags.str("field-manager"))?.unwrap_or(done);
        k.print_warnings();
        let scale = k.flags.str("subresource") == "scale";
        let before = if scale { None } else { Some(&target.object) };
        report.done(&done, if before == Some(&done) { "patched (no change)" } else { "patched" })
    })?;
    if none { Err(Failure::message("no objects passed to patch")) } else { Ok(()) }
}

/// The patch as JSON text. What begins like JSON goes to the server as it is, even when it is broken.
fn text(k: &Kubectl<'_>) -> Result<String, Failure> {
    let mut text = k.flags.str("patch").to_string();
    if text.is_empty() {
        let name = k.flags.str("patch-file");
        text = std::fs::read_to_string(k.session.env.path(name)).map_err(|e| {
            Failure::message(format!("unable to read patch file: {}", go_text::read_error(name, &e)))
        })?;
    }
    if text.trim_start().starts_with('{') {
        return Ok(text);
    }
    let value = yaml::read(&text).map_err(|e| Failure::message(format!("unable to parse {text:?}: {e}")))?;
    Ok(value.to_json())
}

fn read(text: &str, kind: &str) -> Result<Patch, Failure> {
    json_syntax::check(text.as_bytes()).map_err(|e| ApiError::bad_request(e.to_string()))?;
    let value = Value::parse(text).map_err(|e| ApiError::bad_request(e.to_string()))?;
    Ok(match kind {
        "json" => Patch::Json(value),
        "merge" => Patch::Merge(value),
        _ => Patch::Strategic(value),
    })
}

/// The words of a client that applied the patch itself.
fn refused(error: JsonPatchError) -> Failure {
    let text = error.to_string();
    match (&error, text.split_once("doc is missing key: ")) {
        (JsonPatchError::Shape(_), _) => {
            Failure::message(text.replace("[]handlers.jsonPatchOp", "jsonpatch.Patch"))
        }
        (_, Some((_, key))) => Failure::message(format!("Object to be patched is missing field ({key})")),
        _ => Failure::message(text),
    }
}

fn apply(k: &Kubectl<'_>, target: &Target, patch: &Patch, dry_run: DryRun) -> Result<Object, Failure> {
    let (resource, ns, name) = (&target.resource, target.namespace(), target.object.name());
    if dry_run == DryRun::Client || k.flags.bool("local") {
        if let Patch::Json(operations) = patch {
            return apply_json_patch(&target.object, operations).map(Object).map_err(refused);
        }
        return Ok(Object(patch.apply(resource, &target.object)?));
    }
    let options = dry_run.options(k.flags.str("field-manager"));
    let api = k.api()?;
    let answer = match k.flags.str("subresource") {
        "scale" => api.patch_scale(resource, ns, name, patch, &options),
        "status" => api.patch(resource, ns, name, patch, Part::Status, &options),
        _ => api.patch(resource, ns, name, patch, Part::Main, &options),
    };
    answer.map_err(|e| match e.reason {
        Reason::UnsupportedMediaType => Failure::message(format!(
            "application/strategic-merge-patch+json is not supported by {}, Kind={}: {}",
            resource.api_version(),
            resource.kind,
            e.message
        )),
        _ => e.into(),
    })
}
