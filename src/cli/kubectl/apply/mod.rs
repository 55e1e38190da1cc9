//! `kubectl apply`: makes objects what files say.
//!
//! Client side, three versions meet: what was applied last (an annotation), what is to be applied, and what is live. The
//! patch between them leaves alone what somebody else set and nobody applied.

mod last_applied_commands;
mod prune;
mod server_side;

use super::flags::{DRY_RUN, FILES, Flag, OUTPUT, SELECTOR, VALIDATE, flags};
use super::record::{self, RECORD};
use super::report::{self, DryRun, Report};
use super::targets::{self, Target};
use super::{Command, Failure, Kubectl, Writes, delete, files, last_applied};
use crate::api::schema::MergeRules;
use crate::api::{ApiError, Part, Patch, Reason, Resource, WriteOptions};
use crate::json;
use crate::machinery::patch::{StrategicError, three_way_merge_patch, three_way_strategic_patch};
use crate::machinery::{Object, Value, go_text};

const MANAGER: &str = "kubectl-client-side-apply";

pub(super) const COMMANDS: &[Command] = &[
    Command {
        path: "apply",
        aliases: &[],
        flags: flags!(
            OUTPUT,
            FILES,
            SELECTOR,
            DRY_RUN,
            RECORD,
            VALIDATE,
            &[
                Flag::bool("server-side"),
                Flag::bool("force-conflicts"),
                Flag::string("field-manager", ""),
                Flag::on("overwrite"),
                Flag::on("openapi-patch"),
                Flag::bool("prune"),
                Flag::array("prune-allowlist"),
                Flag::bool("force"),
                Flag::bool("wait"),
                Flag::int("grace-period", "-1"),
                Flag::duration("timeout", "0s"),
                Flag::string("cascade", "background").bare("background"),
                Flag::string("subresource", ""),
            ]
        ),
        writes: Writes::Always,
        run,
    },
    last_applied_commands::VIEW,
    last_applied_commands::SET,
];

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let (dry_run, allowed) = check_flags(k)?;
    let strict = last_applied::validation(k)?;
    let found = targets::described(k, true)?;
    let selector = targets::selector(k)?;
    let mut targets: Vec<Target> =
        found.targets.into_iter().filter(|t| selector.matches(t.object.labels())).collect();
    targets.iter_mut().for_each(|target| record::write(k, &mut target.object));
    let mut failures = found.failures;
    if targets.is_empty() && failures.is_empty() {
        return Err(Failure::message("no objects passed to apply"));
    }
    let options = |dry_run: DryRun| WriteOptions { field_validation: strict, ..dry_run.options(manager(k)) };
    // Names are printed one by one, everything else at the end.
    let at_end = !matches!(k.flags.str("output"), "" | "name");
    let report = Report::new(k, dry_run)?;
    let mut applied = Vec::new();
    for target in &targets {
        let outcome = if k.flags.bool("server-side") {
            server_side::apply(k, target, &options(dry_run))
        } else {
            apply(k, target, dry_run, &options(dry_run))
        };
        k.print_warnings();
        match outcome {
            Ok((object, verb)) => {
                if !at_end {
                    report.done(&object, verb)?;
                }
                applied.push((target, object));
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collect(failures)?;
    if at_end {
        print_all(k, applied.iter().map(|(_, object)| object))?;
    }
    if k.flags.bool("prune") {
        prune::run(k, allowed, &applied, dry_run)?;
    }
    Ok(())
}

fn manager<'k>(k: &'k Kubectl<'_>) -> &'k str {
    match (k.flags.str("field-manager"), k.flags.bool("server-side")) {
        ("", true) => "kubectl",
        ("", false) => MANAGER,
        (own, _) => own,
    }
}

/// What the flags say, and the kinds that pruning is to look at.
fn check_flags(k: &Kubectl<'_>) -> Result<(DryRun, Vec<Resource>), Failure> {
    if !k.flags.args.is_empty() {
        return Err(Failure::usage(format!("Unexpected args: [{}]", k.flags.args.join(" "))));
    }
    let (server_side, dry_run) = (k.flags.bool("server-side"), DryRun::of(k)?);
    delete::cascade(k)?;
    let prunes = k.flags.bool("prune") && files::given(k);
    let allowed = if prunes { prune::allowlist(k)? } else { Vec::new() };
    let wrong = if k.flags.bool("force-conflicts") && !server_side {
        "--force-conflicts only works with --server-side"
    } else if dry_run == DryRun::Client && server_side {
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
    } else if k.flags.bool("force") && server_side {
        "--force cannot be used with --server-side"
    } else if k.flags.bool("force") && dry_run == DryRun::Server {
        "--dry-run=server cannot be used with --force"
    } else if k.flags.bool("prune") && !k.flags.bool("all") && k.flags.str("selector").is_empty() {
        "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If \
         you did not mean to prune all resources, specify a label selector"
    } else if k.flags.bool("prune") && k.flags.bool("all") && !k.flags.str("selector").is_empty() {
        "cannot set --all and --selector at the same time"
    } else if !files::given(k) {
        "must specify one of -f and -k"
    } else {
        return Ok((dry_run, allowed));
    };
    Err(Failure::message(wrong))
}

/// Several objects print as a list in the order of the struct.
fn print_all<'a>(k: &Kubectl<'_>, objects: impl Iterator<Item = &'a Object>) -> Result<(), Failure> {
    let Some(mut printer) = report::printer(k)? else { return Ok(()) };
    let objects: Vec<&Object> = objects.collect();
    match objects.as_slice() {
        [] => Ok(()),
        [one] => report::show(k, printer.print(one)),
        several => {
            let items: Value = several.iter().map(|o| o.0.clone()).collect();
            let list = json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items});
            report::show(k, printer.print_list(&list))
        }
    }
}

/// `Resource: "apps/v1, Resource=deployments", ...`: what errors call the object.
fn described(target: &Target) -> String {
    let resource = &target.resource;
    let version = match resource.group.as_ref() {
        "" => format!("/{}", resource.version),
        _ => resource.api_version(),
    };
    format!(
        "Resource: \"{version}, Resource={}\", GroupVersionKind: \"{version}, Kind={}\"\nName: \"{}\", Namespace: \"{}\"",
        resource.plural,
        resource.kind,
        target.object.name(),
        target.namespace()
    )
}

/// Applies one object; answers what is live afterwards and what became of it.
fn apply(
    k: &Kubectl<'_>,
    target: &Target,
    dry_run: DryRun,
    options: &WriteOptions,
) -> Result<(Object, &'static str), Failure> {
    let (resource, ns, name) = (&target.resource, target.namespace(), target.object.name());
    let source = target.source.as_deref().unwrap_or("");
    if name.is_empty() {
        if !target.object.str_at("metadata/generateName").is_empty() {
            return Err(Failure::message(format!(
                "from {}: cannot use generate name with apply",
                target.object.str_at("metadata/generateName")
            )));
        }
        return Err(Failure::message(format!(
            "error when retrieving current configuration of:\n{}\nfrom server for: \"{source}\": resource name may not be \
             empty",
            described(target)
        )));
    }
    let modified = last_applied::annotated(&target.object);
    let live = match k.api()?.read(resource, ns, name) {
        Ok(live) => live,
        Err(e) if e.reason == Reason::NotFound => {
            if dry_run == DryRun::Client {
                return Ok((modified, "created"));
            }
            let made = k.api()?.post(resource, ns, modified.0, options);
            return Ok((made.map_err(|e| target.failure("creating", e))?, "created"));
        }
        Err(e) => return Err(e.into()),
    };
    let original = last_applied::of(&live);
    if original.is_none() && dry_run != DryRun::Client {
        warn_missing(k, target);
    }
    let patch = Patching { k, target, live: &live, modified: &modified, original }.patch()?;
    if dry_run == DryRun::Client {
        return Ok((Object(patch.apply(resource, &live)?), "configured"));
    }
    let (Patch::Strategic(body) | Patch::Merge(body) | Patch::Json(body)) = &patch;
    if body.map().is_empty() {
        return Ok((live, "unchanged"));
    }
    match k.api()?.patch(resource, ns, name, &patch, Part::Main, options) {
        Ok(patched) => {
            if patched.is_deleting() {
                k.eprintln(&format!(
                    "Warning: Detected changes to resource {name} which is currently being deleted."
                ));
            }
            Ok((patched, "configured"))
        }
        Err(e) if k.flags.bool("force") && matches!(e.reason, Reason::Conflict | Reason::Invalid) => {
            recreate(k, target, modified, options)
        }
        Err(e) => Err(failed(target, body, e)),
    }
}

/// What applying would make of an object, for `kubectl diff`: the text of what was applied last stays as it is.
pub(super) fn would_be(k: &Kubectl<'_>, target: &Target, live: Option<&Object>) -> Result<Object, Failure> {
    let options = DryRun::Server.strict_options(manager(k));
    if k.flags.bool("server-side") {
        return server_side::apply(k, target, &options).map(|(object, _)| object);
    }
    let (resource, ns, name) = (&target.resource, target.namespace(), target.object.name());
    let Some(live) = live else {
        let made = k.api()?.post(resource, ns, target.object.0.clone(), &options);
        return made.map_err(|e| target.failure("creating", e));
    };
    let modified = last_applied::without(&target.object);
    let patching = Patching { k, target, live, modified: &modified, original: last_applied::of(live) };
    let patch = patching.patch()?;
    let (Patch::Strategic(body) | Patch::Merge(body) | Patch::Json(body)) = &patch;
    if body.map().is_empty() {
        return Ok(live.clone());
    }
    let patched = k.api()?.patch(resource, ns, name, &patch, Part::Main, &options);
    patched.map_err(|e| failed(target, body, e))
}

fn warn_missing(k: &Kubectl<'_>, target: &Target) {
    k.eprintln(&format!(
        "Warning: resource {}/{} is missing the {} annotation which is required by kubectl apply. kubectl apply should only \
         be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing \
         annotation will be patched automatically.",
        target.resource.plural,
        target.object.name(),
        last_applied::ANNOTATION
    ));
}

/// What the server said of the patch, with the patch.
fn failed(target: &Target, patch: &Value, error: ApiError) -> Failure {
    let source = target.source.as_deref().unwrap_or("");
    let mut error = error.with_source("patching", source);
    error.message = format!(
        "error when applying patch:\n{}\nto:\n{}\nfor: \"{source}\": {}",
        go_text::json(patch),
        described(target),
        error.message
    );
    error.into()
}

/// The five things a patch is made of.
struct Patching<'a, 's> {
    k: &'a Kubectl<'s>,
    target: &'a Target,
    live: &'a Object,
    modified: &'a Object,
    original: Option<Value>,
}

impl Patching<'_, '_> {
    fn patch(&self) -> Result<Patch, Failure> {
        let resource = &self.target.resource;
        let original = self.original.clone().unwrap_or_else(Value::object);
        if !self.k.api()?.registry().is_builtin(resource) {
            return Ok(Patch::Merge(three_way_merge_patch(&original, self.modified, self.live)));
        }
        // Other commands than `apply` have no such flag.
        let overwrite = self.k.flags.str("overwrite") != "false";
        let rules = MergeRules::of(resource);
        three_way_strategic_patch(&original, self.modified, self.live, rules, overwrite)
            .map(Patch::Strategic)
            .map_err(|e| self.refused(&original, &e))
    }

    /// With `--overwrite=false`: kubectl tries three ways to make the patch and tells of each.
    fn refused(&self, original: &Value, error: &StrategicError) -> Failure {
        if matches!(error, StrategicError::Conflict { .. }) {
            for way in ["openapi v3 spec", "openapi spec"] {
                self.k.eprintln(&format!("warning: error calculating patch from {way}: {error}"));
            }
        }
        let source = self.target.source.as_deref().unwrap_or("");
        let text = |v: &Value| go_text::json(v) + "\n";
        Failure::message(format!(
            "error when applying patch:\n\nto:\n{}\nfor: \"{source}\": error when patching \"{source}\": creating patch \
             with:\noriginal:\n{}\nmodified:\n{}\ncurrent:\n{}\nfor: {error}",
            described(self.target),
            text(original),
            text(self.modified),
            text(self.live)
        ))
    }
}

/// `--force`: what cannot be patched is made anew.
fn recreate(
    k: &Kubectl<'_>,
    target: &Target,
    modified: Object,
    options: &WriteOptions,
) -> Result<(Object, &'static str), Failure> {
    delete::and_wait(k, target)?;
    let made = k.api()?.post(&target.resource, target.namespace(), modified.0, options);
    Ok((made.map_err(|e| target.failure("creating", e))?, "configured"))
}
