//! `--record`: the command line in an annotation of what it changes, where `rollout history` shows it.

use super::flags::Flag;
use super::report::DryRun;
use super::targets::Target;
use super::{Failure, Kubectl};
use crate::api::{Part, Patch};
use crate::json;
use crate::machinery::Object;

pub(super) const RECORD: &[Flag] =
    &[Flag::bool("record").deprecated("--record will be removed in the future")];

/// Where it is kept.
pub(super) const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// The command line as it is recorded: arguments first, then the flags in full, in their order.
fn cause(k: &Kubectl<'_>) -> Option<String> {
    let flags = k.flags.said.iter().map(|(name, value)| format!("--{name}={value}"));
    let words = ["kubectl".to_string(), k.command.path.to_string()].into_iter();
    let line: Vec<String> = words.chain(k.flags.args.iter().cloned()).chain(flags).collect();
    k.flags.bool("record").then(|| line.join(" "))
}

/// Records in an object that is about to be written.
pub(super) fn write(k: &Kubectl<'_>, object: &mut Object) {
    if let Some(cause) = cause(k) {
        object.set_annotation(CHANGE_CAUSE, &cause);
    }
}

/// Records with a patch of its own, after the change; answers the object as it is then.
pub(super) fn patch(
    k: &Kubectl<'_>,
    target: &Target,
    dry_run: DryRun,
    manager: &str,
) -> Result<Option<Object>, Failure> {
    let Some(cause) = cause(k).filter(|_| dry_run == DryRun::None && !k.flags.bool("local")) else {
        return Ok(None);
    };
    let patch = Patch::Merge(json!({"metadata": {"annotations": {(CHANGE_CAUSE): cause}}}));
    let (ns, name) = (target.namespace(), target.object.name());
    Ok(Some(k.api()?.patch(&target.resource, ns, name, &patch, Part::Main, &dry_run.options(manager))?))
}
