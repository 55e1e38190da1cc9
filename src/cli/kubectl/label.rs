//! `kubectl label` and `kubectl annotate`: one way of changing metadata, two vocabularies.

use super::flags::{DRY_RUN, FILES, Flag, OUTPUT, SELECTOR, flags};
use super::record::{self, RECORD};
use super::report::{DryRun, Report};
use super::targets::{self, Target};
use super::{Command, Failure, Kubectl, Writes, files};
use crate::api::{Part, Patch};
use crate::json;
use crate::machinery::{Map, Object, Value, validation};

const OWN: &[Flag] = &[
    Flag::bool("overwrite"),
    Flag::bool("list"),
    Flag::bool("local"),
    Flag::bool("all-namespaces").short('A'),
    Flag::string("resource-version", ""),
    Flag::string("field-selector", ""),
    Flag::string("field-manager", ""),
];

pub(super) const COMMANDS: &[Command] = &[
    Command {
        path: "label",
        aliases: &[],
        flags: flags!(OUTPUT, FILES, SELECTOR, DRY_RUN, RECORD, OWN),
        writes: Writes::Always,
        run: label,
    },
    Command {
        path: "annotate",
        aliases: &[],
        flags: flags!(OUTPUT, FILES, SELECTOR, DRY_RUN, RECORD, OWN),
        writes: Writes::Always,
        run: annotate,
    },
];

/// What is to become of the pairs.
struct Change {
    noun: &'static str,
    /// `labels` or `annotations`.
    field: &'static str,
    resources: Vec<String>,
    set: Vec<(String, String)>,
    remove: Vec<String>,
}

impl Change {
    /// Arguments up to the first pair name objects; a pair is `KEY=VALUE` or `KEY-`.
    fn parse(args: &[String], noun: &'static str, field: &'static str) -> Result<Change, Failure> {
        let is_pair =
            |arg: &String| arg.find('=').is_some_and(|i| i > 0) || (arg.ends_with('-') && arg != "-");
        let at = args.iter().position(is_pair).unwrap_or(args.len());
        let (resources, pairs) = args.split_at(at);
        if let Some(stray) = pairs.iter().find(|arg| !is_pair(arg)) {
            return Err(Failure::message(format!(
                "all resources must be specified before {noun} changes: {stray}"
            )));
        }
        let mut change =
            Change { noun, field, resources: resources.to_vec(), set: Vec::new(), remove: Vec::new() };
        for pair in pairs {
            change.add(pair)?;
        }
        let both: Vec<&str> = change
            .remove
            .iter()
            .filter(|key| change.set.iter().any(|(k, _)| k == *key))
            .map(|k| k.as_ref())
            .collect();
        if !both.is_empty() {
            return Err(Failure::message(match noun {
                "label" => "can not both modify and remove a label in the same command".to_string(),
                _ => format!(
                    "can not both modify and remove the following annotation(s) in the same command: {}",
                    both.join(", ")
                ),
            }));
        }
        Ok(change)
    }

    fn add(&mut self, pair: &str) -> Result<(), Failure> {
        let Some((key, value)) = pair.split_once('=') else {
            self.remove.push(pair.trim_end_matches('-').to_string());
            return Ok(());
        };
        if self.noun == "label" {
            if value.contains('=') {
                return Err(Failure::message(format!("invalid label spec: {pair}")));
            }
            let errors = validation::label_value_errors(value);
            if !errors.is_empty() {
                return Err(Failure::message(format!(
                    "invalid label value: \"{pair}\": {}",
                    errors.join(";")
                )));
            }
        }
        self.set.push((key.to_string(), value.to_string()));
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty()
    }

    fn pairs<'a>(&self, object: &'a Object) -> &'a Map {
        object.at("metadata")[self.field].map()
    }

    /// Keys that have another value already.
    fn taken(&self, object: &Object) -> Vec<String> {
        self.set
            .iter()
            .filter_map(|(key, value)| {
                let now = self.pairs(object).get(key).and_then(Value::as_str).filter(|now| now != value)?;
                Some(format!("'{key}' already has a value ({now})"))
            })
            .collect()
    }

    fn patch(&self) -> Value {
        let mut pairs = Map::new();
        for (key, value) in &self.set {
            pairs.insert(key, value);
        }
        for key in &self.remove {
            pairs.insert(key, Value::Null);
        }
        json!({"metadata": {(self.field): pairs}})
    }
}

fn label(k: &Kubectl<'_>) -> Result<(), Failure> {
    let change = Change::parse(&k.flags.args, "label", "labels")?;
    run(k, &change, "kubectl-label", |k, target, done| {
        // Only the server is told of what is not there.
        if !k.flags.bool("local") && k.flags.str("dry-run") != "client" {
            for key in change.remove.iter().filter(|key| change.pairs(&target.object).get(key).is_none()) {
                k.println(&format!("label \"{key}\" not found."));
            }
        }
        let (before, after) = (change.pairs(&target.object), change.pairs(done));
        let added = after.iter().any(|(key, value)| before.get(key) != Some(value));
        let removed = before.keys().any(|key| !after.contains_key(key));
        match (added, removed) {
            (true, true) if k.client.label_says_modified() => "modified",
            (true, _) => "labeled",
            (false, true) => "unlabeled",
            (false, false) => "not labeled",
        }
    })
}

fn annotate(k: &Kubectl<'_>) -> Result<(), Failure> {
    let change = Change::parse(&k.flags.args, "annotation", "annotations")?;
    let verb = if k.client.annotate_says_annotated() { "annotated" } else { "annotate" };
    run(k, &change, "kubectl-annotate", |_, _, _| verb)
}

fn run(
    k: &Kubectl<'_>,
    change: &Change,
    manager: &str,
    verb: impl Fn(&Kubectl<'_>, &Target, &Object) -> &'static str,
) -> Result<(), Failure> {
    let dry_run = DryRun::of(k)?;
    let list = k.flags.bool("list");
    for flag in ["selector", "field-selector"] {
        if k.flags.bool("all") && !k.flags.str(flag).is_empty() {
            return Err(Failure::message(format!("cannot set --all and --{flag} at the same time")));
        }
    }
    if change.resources.is_empty() && !files::given(k) {
        return Err(Failure::message(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if change.is_empty() && !list {
        return Err(Failure::message(format!("at least one {} update is required", change.noun)));
    }
    let found = match k.flags.bool("local") {
        true => targets::described(k, false)?,
        false => targets::live(k, &change.resources)?,
    };
    let version = k.flags.str("resource-version");
    if !version.is_empty() && found.targets.len() > 1 {
        return Err(Failure::message("--resource-version may only be used with a single resource"));
    }
    let report = Report::new(k, dry_run)?;
    let single = found.single;
    found.each(|target| {
        if list {
            return print_pairs(k, change, target, single);
        }
        let taken = change.taken(&target.object);
        if !taken.is_empty() && !k.flags.bool("overwrite") {
            return Err(Failure::message(match change.noun {
                "label" => format!("{}, and --overwrite is false", taken[0]),
                _ => format!(
                    "--overwrite is false but found the following declared annotation(s): {}",
                    taken.join("; ")
                ),
            }));
        }
        let mut patch = change.patch();
        let mut recorded = Object(Value::object());
        record::write(k, &mut recorded);
        if let Some(cause) = recorded.annotation(record::CHANGE_CAUSE) {
            patch.at_mut("metadata/annotations").map_mut().insert(record::CHANGE_CAUSE, cause);
        }
        if !version.is_empty() {
            patch.set("metadata/resourceVersion", version);
        }
        let done = match dry_run {
            _ if k.flags.bool("local") => changed(&target.object, &patch),
            DryRun::Client => changed(&target.object, &patch),
            _ => k.api()?.patch(
                &target.resource,
                target.namespace(),
                target.object.name(),
                &Patch::Merge(patch),
                Part::Main,
                &dry_run.options(manager),
            )?,
        };
        report.done(&done, verb(k, target, &done))
    })
}

fn changed(object: &Object, patch: &Value) -> Object {
    Object(crate::machinery::patch::apply_merge_patch(object, patch))
}

fn print_pairs(k: &Kubectl<'_>, change: &Change, target: &Target, single: bool) -> Result<(), Failure> {
    let indent = if single { "" } else { " " };
    if !single {
        let object = &target.object;
        k.println(&format!(
            "Listing {} for {}.{}/{}:",
            change.field,
            object.kind(),
            object.group(),
            object.name()
        ));
    }
    for (key, value) in change.pairs(&target.object).iter() {
        k.println(&format!("{indent}{key}={}", value.as_str().unwrap_or("")));
    }
    Ok(())
}
