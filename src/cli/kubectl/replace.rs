//! `kubectl replace`.

use super::flags::{DRY_RUN, FILES, Flag, OUTPUT, SAVE_CONFIG, VALIDATE, flags};
use super::report::{DryRun, Report};
use super::targets::{self, Target};
use super::{Command, Failure, Kubectl, Writes, delete, files, last_applied};
use crate::api::{Part, WriteOptions};
use crate::machinery::duration::parse_duration;
use crate::machinery::{Duration, Object};

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "replace",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        FILES,
        DRY_RUN,
        SAVE_CONFIG,
        VALIDATE,
        &[
            Flag::bool("force"),
            Flag::string("cascade", "background").bare("background"),
            Flag::int("grace-period", "-1"),
            Flag::duration("timeout", "0s"),
            Flag::bool("wait"),
            Flag::string("subresource", ""),
            Flag::string("raw", ""),
            Flag::string("field-manager", "kubectl-replace"),
        ]
    ),
    writes: Writes::Always,
    run,
}];

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let dry_run = DryRun::of(k)?;
    let field_validation = last_applied::validation(k)?;
    if !files::given(k) {
        return Err(Failure::message("must specify one of -f and -k"));
    }
    check(k, dry_run)?;
    let options = WriteOptions { field_validation, ..dry_run.options(k.flags.str("field-manager")) };
    let report = Report::new(k, dry_run)?;
    let found = targets::described(k, true)?;
    if found.targets.is_empty() && found.failures.is_empty() {
        return Err(Failure::message("no objects passed to replace"));
    }
    if k.flags.bool("force") {
        let targets = found.all()?;
        for target in &targets {
            if k.api()?.read(&target.resource, target.namespace(), target.object.name()).is_ok() {
                delete::and_say(k, target)?;
            }
        }
        for target in &targets {
            let object = last_applied::save(k, target.object.clone());
            let made = k.api()?.post(&target.resource, target.namespace(), object.0, &options);
            report.done(&made.map_err(|e| target.failure("creating", e))?, "replaced")?;
        }
        return Ok(());
    }
    found.each(|target| {
        let object = last_applied::save(k, target.object.clone());
        let done = match dry_run {
            DryRun::Client => object,
            _ => put(k, target, object, &options)?,
        };
        k.print_warnings();
        report.done(&done, "replaced")
    })
}

/// What makes sense only of objects that are deleted first.
fn check(k: &Kubectl<'_>, dry_run: DryRun) -> Result<(), Failure> {
    delete::cascade(k)?;
    let force = k.flags.bool("force");
    let timeout = parse_duration(k.flags.str("timeout")).is_ok_and(|t| t != Duration::from_secs(0));
    Err(Failure::message(if k.flags.int("grace-period") >= 0 && !force {
        "--grace-period must have --force specified"
    } else if timeout && !force {
        "--timeout must have --force specified"
    } else if force && dry_run != DryRun::None {
        "--dry-run can not be used when --force is set"
    } else {
        return Ok(());
    }))
}

/// Without a resourceVersion of its own the object replaces whatever is there.
fn put(
    k: &Kubectl<'_>,
    target: &Target,
    mut object: Object,
    options: &WriteOptions,
) -> Result<Object, Failure> {
    let (resource, ns, name) = (&target.resource, target.namespace(), target.object.name());
    let api = k.api()?;
    let part = if k.flags.str("subresource") == "status" { Part::Status } else { Part::Main };
    if name.is_empty() {
        return Err(Failure::message(format!(
            "error when replacing \"{}\": resource name may not be empty",
            target.source.as_deref().unwrap_or_default()
        )));
    }
    let put = || {
        if object.str_at("metadata/resourceVersion").is_empty() {
            let live = api.read(resource, ns, name)?;
            object.set("metadata/resourceVersion", live.str_at("metadata/resourceVersion"));
        }
        api.put(resource, ns, name, object.0, part, options)
    };
    put().map_err(|e| target.failure("replacing", e))
}
