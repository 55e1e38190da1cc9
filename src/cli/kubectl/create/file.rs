//! `kubectl create -f`.

use super::super::flags::{DRY_RUN, FILES, Flag, OUTPUT, SAVE_CONFIG, VALIDATE, flags};
use super::super::record::{self, RECORD};
use super::super::report::{DryRun, Report};
use super::super::{Command, Failure, Kubectl, Writes, files, last_applied, targets};
use crate::api::WriteOptions;
use crate::machinery::go_text;

pub(super) const COMMAND: Command = Command {
    path: "create",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        FILES,
        DRY_RUN,
        RECORD,
        SAVE_CONFIG,
        VALIDATE,
        &[
            Flag::string("selector", "").short('l'),
            Flag::bool("edit"),
            Flag::bool("windows-line-endings"),
            Flag::string("raw", ""),
            Flag::string("field-manager", "kubectl-create"),
        ]
    ),
    writes: Writes::Always,
    run,
};

/// The complaint when there is neither a file nor a subcommand of that name.
fn nothing_given(k: &Kubectl<'_>) -> Failure {
    let missing = "must specify one of -f and -k";
    let words = k.flags.args.join(" ");
    match (words.is_empty(), k.client.create_expects_no_words()) {
        (true, true) => Failure::message(missing),
        (true, false) => Failure::Raw(format!("Error: {missing}\n")),
        (false, true) => Failure::usage(format!("Unexpected args: [{words}]")),
        (false, false) => {
            let unknown = Failure::usage(format!("unknown command {}", go_text::quote(&words)));
            Failure::Many(vec![Failure::Raw(format!("Error: {missing}\n")), unknown])
        }
    }
}

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    if !files::given(k) {
        return Err(nothing_given(k));
    }
    if !k.flags.args.is_empty() {
        return Err(Failure::usage(format!("Unexpected args: [{}]", k.flags.args.join(" "))));
    }
    let dry_run = DryRun::of(k)?;
    let field_validation = last_applied::validation(k)?;
    let report = Report::new(k, dry_run)?;
    let selector = targets::selector(k)?;
    let mut found = targets::described(k, true)?;
    found.targets.retain(|t| selector.matches(t.object.labels()));
    if found.targets.is_empty() && found.failures.is_empty() {
        return Err(Failure::message("no objects passed to create"));
    }
    let options = WriteOptions { field_validation, ..dry_run.options(k.flags.str("field-manager")) };
    found.each(|target| {
        let mut object = target.object.clone();
        record::write(k, &mut object);
        let object = last_applied::save(k, object);
        let made = match dry_run {
            DryRun::Client => object,
            _ => {
                let made = k.api()?.post(&target.resource, target.namespace(), object.0, &options);
                made.map_err(|e| target.failure("creating", e))?
            }
        };
        k.print_warnings();
        report.done(&made, "created")
    })
}
