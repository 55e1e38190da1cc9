//! `kubectl edit`.

use super::flags::{FILES, Flag, OUTPUT, SAVE_CONFIG, VALIDATE, flags};
use super::record::{self, RECORD};
use super::report::DryRun;
use super::targets::{self, Target};
use super::{Command, Failure, Kubectl, Writes, last_applied};
use crate::api::schema::MergeRules;
use crate::api::{ApiError, FieldError, Part, Patch, Reason, WriteOptions};
use crate::machinery::patch::{create_merge_patch, create_strategic_patch};
use crate::machinery::{Object, Value, go_text, yaml};
use crate::render::output;
use std::path::{Path, PathBuf};

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "edit",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        FILES,
        RECORD,
        SAVE_CONFIG,
        VALIDATE,
        &[
            Flag::bool("output-patch"),
            Flag::bool("windows-line-endings"),
            Flag::string("subresource", ""),
            Flag::string("field-manager", "kubectl-edit"),
        ]
    ),
    writes: Writes::Always,
    run,
}];

const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let targets = targets::live(k, &k.flags.args)?.all()?;
    if targets.is_empty() {
        return Err(Failure::message("edit cancelled, no objects found."));
    }
    let shown: Vec<Value> = targets.iter().map(|t| without_managed_fields(&t.object)).collect();
    let whole = match shown.as_slice() {
        [one] => one.clone(),
        several => output::list_of(several.iter().cloned().map(Object)),
    };
    let original = match k.flags.str("output") == "json" {
        true => go_text::json_indented(&whole, "    ") + "\n",
        false => yaml::to_yaml(&whole).map_err(|e| Failure::message(e.to_string()))?,
    };
    until_saved(k, &targets, &original)
}

/// Opens the editor until what it leaves is saved, or is given up: a text that the server found wrong is shown again
/// with the reasons, and left as it is the second time it counts as given up.
fn until_saved(k: &Kubectl<'_>, targets: &[Target], original: &str) -> Result<(), Failure> {
    let mut before: Option<(PathBuf, String)> = None;
    let mut wrong: Vec<Wrong> = Vec::new();
    loop {
        let body = before.as_ref().map_or(original.to_string(), |(_, text)| without_comments(text));
        let file = tempfile(k, &(header(k, &wrong) + &body))?;
        let edited = edit(k, &file)?;
        if before.as_ref().is_some_and(|(_, text)| is_same(text, &edited)) {
            return Err(kept(k, &file, Failure::message("Edit cancelled, no valid changes were saved.")));
        }
        if let Some((earlier, _)) = before.take().filter(|(earlier, _)| *earlier != file) {
            let _ = std::fs::remove_file(earlier);
        }
        if is_same(original, &edited) || without_comments(&edited).trim().is_empty() {
            let _ = std::fs::remove_file(&file);
            k.eprintln("Edit cancelled, no changes made.");
            return Ok(());
        }
        let outcome = save(k, targets, &edited).map_err(|failure| kept(k, &file, failure))?;
        if outcome.try_again {
            k.eprintln(&format!(
                "You can run `kubectl replace -f {}` to try this update again.",
                file.display()
            ));
            return Err(Failure::Exit(1));
        }
        if outcome.gone {
            let file = file.display();
            k.eprintln(&format!("The edits you made on deleted resources have been saved to \"{file}\""));
            return Err(Failure::Exit(1));
        }
        if outcome.wrong.is_empty() {
            let _ = std::fs::remove_file(&file);
            return Ok(());
        }
        wrong = outcome.wrong;
        before = Some((file, edited));
    }
}

/// Tells where the text is that was not saved.
fn kept(k: &Kubectl<'_>, file: &Path, failure: Failure) -> Failure {
    k.eprintln(&format!("A copy of your changes has been stored to \"{}\"", file.display()));
    failure
}

/// What is wrong with an object: the object, and why.
struct Wrong {
    head: String,
    causes: Vec<String>,
}

/// What became of the objects of a text.
#[derive(Default)]
struct Outcome {
    wrong: Vec<Wrong>,
    /// The server would not take one, and may later.
    try_again: bool,
    /// One is not there any more.
    gone: bool,
}

impl Outcome {
    /// Counts a refusal; answers how it is told.
    fn refused(&mut self, resource: &str, name: &str, error: &ApiError) -> String {
        let what = format!("{resource} \"{name}\"");
        match error.reason {
            Reason::Invalid => {
                let causes = error.details.iter().flat_map(|details| &details.causes);
                let causes = causes.map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
                self.wrong.push(Wrong { head: format!("{what} was not valid"), causes });
                format!("error: {what} is invalid")
            }
            Reason::NotFound => {
                self.gone = true;
                format!("error: {what} could not be found on the server")
            }
            _ => {
                self.try_again = true;
                format!("error: {what} could not be patched: {}", error.message)
            }
        }
    }
}

/// The comment above a text; JSON has none.
fn header(k: &Kubectl<'_>, wrong: &[Wrong]) -> String {
    if k.flags.str("output") == "json" {
        return String::new();
    }
    let mut out = HEADER.to_string();
    let commented = |text: &str| text.replace('\n', "\n# ");
    for Wrong { head, causes } in wrong {
        let colon = if causes.is_empty() { "" } else { ":" };
        out.push_str(&format!("# {}{colon}\n", commented(head)));
        for cause in causes {
            out.push_str(&format!("# * {}\n", commented(cause)));
        }
        out.push_str("#\n");
    }
    out
}

fn without_managed_fields(object: &Object) -> Value {
    let mut shown = object.0.clone();
    shown.remove("metadata/managedFields");
    shown
}

fn without_comments(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.starts_with('#')).collect()
}

/// Whether two texts say the same, whatever their comments and their layout.
fn is_same(a: &str, b: &str) -> bool {
    match (yaml::read(a), yaml::read(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => without_comments(a) == without_comments(b),
    }
}

/// A file of its own for the editor, beside others of this process' temporary directory.
fn tempfile(k: &Kubectl<'_>, text: &str) -> Result<PathBuf, Failure> {
    let dir = k.session.env.var("TMPDIR").unwrap_or("/tmp");
    let ending = if k.flags.str("output") == "json" { "json" } else { "yaml" };
    let path = Path::new(dir).join(format!("kubectl-edit-{}.{ending}", std::process::id()));
    std::fs::write(&path, text).map_err(|e| Failure::message(e.to_string()))?;
    Ok(path)
}

/// Opens the editor of `$KUBE_EDITOR`, `$EDITOR`, or vi.
fn edit(k: &Kubectl<'_>, file: &Path) -> Result<String, Failure> {
    let env = &k.session.env;
    let editor = env.var("KUBE_EDITOR").or(env.var("EDITOR")).unwrap_or("vi");
    k.session.flush();
    let status = std::process::Command::new("sh")
        .args(["-c", &format!("{editor} \"$0\"")])
        .arg(file)
        .current_dir(&env.cwd)
        .envs(&env.vars)
        .status();
    if !status.is_ok_and(|s| s.success()) {
        let _ = std::fs::remove_file(file);
        return Err(Failure::message(format!("there was a problem with the editor \"{editor}\"")));
    }
    std::fs::read_to_string(file).map_err(|e| Failure::message(e.to_string()))
}

/// Sends what was changed.
fn save(k: &Kubectl<'_>, targets: &[Target], text: &str) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let value = match yaml::read(text) {
        Ok(value) => value,
        Err(e) => {
            // Which object it is about is not known; kubectl takes the first.
            let why = FieldError::invalid("<nil>", "The edited file failed validation", e);
            let error = ApiError::invalid("", "", "", vec![why]);
            let (resource, name) = (targets[0].resource.qualified(), targets[0].object.name());
            k.eprintln(&outcome.refused(&resource, name, &error));
            return Ok(outcome);
        }
    };
    let edited: Vec<Object> = match value.get("items") {
        Some(Value::List(items)) if value.str_at("kind") == "List" => {
            items.iter().cloned().map(Object).collect()
        }
        _ => vec![Object(value)],
    };
    for mut wanted in edited {
        let resource = k.api()?.resource_of(&wanted);
        if wanted.namespace().is_empty() && resource.is_some_and(|resource| resource.namespaced) {
            wanted.set("metadata/namespace", k.namespace()?);
        }
        let found = targets.iter().find(|t| {
            t.object.kind() == wanted.kind()
                && t.object.name() == wanted.name()
                && t.namespace() == wanted.namespace()
        });
        let Some(target) = found else {
            return Err(Failure::message(format!(
                "no original object found for &unstructured.Unstructured{{Object:{}}}",
                go_text::go_syntax(&wanted)
            )));
        };
        let before = Object(without_managed_fields(&target.object));
        if wanted == before {
            k.println(&format!("{} skipped", output::name_of(&before)));
            continue;
        }
        let (resource, name) = (target.resource.qualified(), target.object.name());
        match patched(k, target, &before, wanted)? {
            Ok(done) => k.println(&format!("{} edited", output::name_of(&done))),
            Err(error) => k.eprintln(&outcome.refused(&resource, name, &error)),
        }
    }
    Ok(outcome)
}

/// Sends what one object lacks of what is wanted; answers what the server said.
fn patched(
    k: &Kubectl<'_>,
    target: &Target,
    before: &Object,
    wanted: Object,
) -> Result<Result<Object, ApiError>, Failure> {
    // Where an annotation of `kubectl apply` exists, it stays as it is.
    let mut wanted = match k.flags.bool("save-config") {
        true => last_applied::annotated(&wanted),
        false => wanted,
    };
    record::write(k, &mut wanted);
    let builtin = k.api()?.registry().is_builtin(&target.resource);
    let patch = match builtin {
        true => Patch::Strategic(
            create_strategic_patch(before, &wanted, MergeRules::of(&target.resource))
                .map_err(|e| Failure::message(e.to_string()))?,
        ),
        false => Patch::Merge(create_merge_patch(before, &wanted)),
    };
    let options = WriteOptions {
        field_validation: last_applied::validation(k)?,
        ..DryRun::None.options(k.flags.str("field-manager"))
    };
    let (ns, name) = (target.namespace(), target.object.name());
    let done = k.api()?.patch(&target.resource, ns, name, &patch, Part::Main, &options);
    k.print_warnings();
    Ok(done)
}
