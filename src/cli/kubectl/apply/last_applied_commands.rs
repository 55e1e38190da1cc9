//! `kubectl apply view-last-applied` and `set-last-applied`.

use super::super::flags::{DRY_RUN, FILES, Flag, OUTPUT, SELECTOR, flags};
use super::super::report::{DryRun, Report};
use super::super::{Command, Failure, Kubectl, Writes, files, last_applied, targets};
use crate::api::{Part, Patch};
use crate::json;
use crate::machinery::{go_text, yaml};

pub(super) const VIEW: Command = Command {
    path: "apply view-last-applied",
    aliases: &[],
    flags: flags!(FILES, SELECTOR, &[Flag::string("output", "yaml").short('o')]),
    writes: Writes::Never,
    run: view,
};

pub(super) const SET: Command = Command {
    path: "apply set-last-applied",
    aliases: &[],
    flags: flags!(OUTPUT, FILES, DRY_RUN, &[Flag::bool("create-annotation")]),
    writes: Writes::Always,
    run: set,
};

fn view(k: &Kubectl<'_>) -> Result<(), Failure> {
    let output = k.flags.str("output");
    if !matches!(output, "yaml" | "json") {
        return Err(Failure::usage(format!(
            "Unexpected -o output mode: {output}, the flag 'output' must be one of yaml|json"
        )));
    }
    let mut shown = String::new();
    for target in targets::live(k, &k.flags.args)?.all()? {
        // kubectl means to complain, and does not: it ends here, and well.
        let Some(applied) = last_applied::of(&target.object) else { return Ok(()) };
        shown.push_str(&match output {
            "json" => go_text::json_indented(&applied, "  ") + "\n",
            _ => yaml::to_yaml(&applied).map_err(|e| Failure::message(e.to_string()))?,
        });
    }
    k.print(&shown);
    Ok(())
}

fn set(k: &Kubectl<'_>) -> Result<(), Failure> {
    let dry_run = DryRun::of(k)?;
    let report = Report::new(k, dry_run)?;
    if !files::given(k) {
        return Err(targets::nothing_named());
    }
    let found = targets::described(k, false)?;
    for target in found.all()? {
        let (ns, name) = (target.namespace(), target.object.name());
        let live = k.api()?.read(&target.resource, ns, name)?;
        if live.annotation(last_applied::ANNOTATION).is_none() && !k.flags.bool("create-annotation") {
            return Err(Failure::message(format!(
                "no last-applied-configuration annotation found on resource: {name}, to create the annotation, run the \
                 command with --create-annotation"
            )));
        }
        let text = last_applied::text(&target.object);
        let patch = Patch::Merge(json!({"metadata": {"annotations": {(last_applied::ANNOTATION): text}}}));
        let done = match dry_run {
            DryRun::Client => live,
            _ => {
                k.api()?.patch(&target.resource, ns, name, &patch, Part::Main, &dry_run.options("kubectl"))?
            }
        };
        report.done(&done, "configured")?;
    }
    Ok(())
}
