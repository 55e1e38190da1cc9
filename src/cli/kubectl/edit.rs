//! `kubectl edit`.

use super::flags::{FILES, Flag, OUTPUT, SAVE_CONFIG, VALIDATE, flags};
use super::report::DryRun;
use super::targets::{self, Target};
use super::{Command, Failure, Kubectl, Writes, last_applied};
use crate::api::schema::MergeRules;
use crate::api::{Part, Patch};
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
    let json = k.flags.str("output") == "json";
    let text = match json {
        true => go_text::json_indented(&whole, "    ") + "\n",
        false => HEADER.to_string() + &yaml::to_yaml(&whole).map_err(|e| Failure::message(e.to_string()))?,
    };
    let file = tempfile(k, &text, json)?;
    let edited = edit(k, &file)?;
    if edited == text || bare(&edited).is_empty() {
        let _ = std::fs::remove_file(&file);
        k.eprintln("Edit cancelled, no changes made.");
        return Ok(());
    }
    let outcome = save(k, &targets, &edited);
    if outcome.is_err() {
        k.eprintln(&format!("A copy of your changes has been stored to \"{}\"", file.display()));
    } else {
        let _ = std::fs::remove_file(&file);
    }
    outcome
}

fn without_managed_fields(object: &Object) -> Value {
    let mut shown = object.0.clone();
    shown.remove("metadata/managedFields");
    shown
}

/// The text without comments and blanks.
fn bare(text: &str) -> String {
    text.lines().filter(|l| !l.starts_with('#')).collect::<String>().trim().to_string()
}

/// A file of its own for the editor, beside others of this process' temporary directory.
fn tempfile(k: &Kubectl<'_>, text: &str, json: bool) -> Result<PathBuf, Failure> {
    let dir = k.session.env.var("TMPDIR").unwrap_or("/tmp");
    let ending = if json { "json" } else { "yaml" };
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
fn save(k: &Kubectl<'_>, targets: &[Target], text: &str) -> Result<(), Failure> {
    let value =
        yaml::read(text).map_err(|e| Failure::message(format!("error converting YAML to JSON: {e}")))?;
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
        let wanted = last_applied::save(k, wanted);
        let builtin = k.api()?.registry().is_builtin(&target.resource);
        let patch = match builtin {
            true => Patch::Strategic(
                create_strategic_patch(&before, &wanted, MergeRules::of(&target.resource))
                    .map_err(|e| Failure::message(e.to_string()))?,
            ),
            false => Patch::Merge(create_merge_patch(&before, &wanted)),
        };
        let options = DryRun::None.options(k.flags.str("field-manager"));
        let (ns, name) = (target.namespace(), target.object.name());
        let done = k.api()?.patch(&target.resource, ns, name, &patch, Part::Main, &options)?;
        k.print_warnings();
        k.println(&format!("{} edited", output::name_of(&done)));
    }
    Ok(())
}
