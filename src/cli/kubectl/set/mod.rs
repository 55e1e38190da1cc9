//! `kubectl set`: one field of a pod template, in the words people use for it.

mod env;
mod fields;
mod image;

use super::flags::{DRY_RUN, FILES, Flag, OUTPUT, SELECTOR, flags};
use super::record::{self, RECORD};
use super::report::{self, DryRun, Report};
use super::targets::{self, Target, Targets};
use super::{Command, Failure, Kubectl, Writes};
use crate::api::schema::MergeRules;
use crate::api::{Part, Patch};
use crate::machinery::patch::create_strategic_patch;
use crate::machinery::{Object, Value};
use crate::render::output;

const SHARED: &[Flag] = &[Flag::bool("local"), Flag::string("field-manager", "kubectl-set")];

pub(super) const COMMANDS: &[Command] = &[
    Command {
        path: "set image",
        aliases: &[],
        flags: flags!(OUTPUT, FILES, SELECTOR, DRY_RUN, SHARED, RECORD),
        writes: Writes::Always,
        run: image::run,
    },
    Command {
        path: "set resources",
        aliases: &[],
        flags: flags!(
            OUTPUT,
            FILES,
            SELECTOR,
            DRY_RUN,
            SHARED,
            RECORD,
            &[
                Flag::string("containers", "*").short('c'),
                Flag::string("limits", ""),
                Flag::string("requests", ""),
            ]
        ),
        writes: Writes::Always,
        run: fields::resources,
    },
    Command {
        path: "set env",
        aliases: &[],
        flags: flags!(
            OUTPUT,
            FILES,
            SELECTOR,
            DRY_RUN,
            SHARED,
            &[
                Flag::string("containers", "*").short('c'),
                Flag::string("from", ""),
                Flag::string("prefix", ""),
                Flag::array("env").short('e'),
                Flag::slice("keys"),
                Flag::bool("list"),
                Flag::bool("resolve"),
                Flag::on("overwrite"),
            ]
        ),
        writes: Writes::Always,
        run: env::run,
    },
    Command {
        path: "set serviceaccount",
        aliases: &["sa"],
        flags: flags!(OUTPUT, FILES, SELECTOR, DRY_RUN, SHARED, RECORD),
        writes: Writes::Always,
        run: fields::service_account,
    },
    Command {
        path: "set selector",
        aliases: &[],
        flags: flags!(
            OUTPUT,
            FILES,
            SELECTOR,
            DRY_RUN,
            SHARED,
            RECORD,
            &[Flag::string("resource-version", "")]
        ),
        writes: Writes::Always,
        run: fields::selector,
    },
    Command {
        path: "set subject",
        aliases: &[],
        flags: flags!(
            OUTPUT,
            FILES,
            SELECTOR,
            DRY_RUN,
            SHARED,
            &[Flag::array("user"), Flag::array("group"), Flag::array("serviceaccount")]
        ),
        writes: Writes::Always,
        run: fields::subject,
    },
];

/// The objects of a command: from the server, or with `--local` as files describe them.
fn objects(k: &Kubectl<'_>, args: &[String]) -> Result<Targets, Failure> {
    match k.flags.bool("local") {
        true if !args.is_empty() => Err(Failure::message(
            "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   \
             '-f rsrc.yaml'\n   '--filename=rsrc.json'",
        )),
        true => targets::described(k, false),
        false => targets::live(k, args),
    }
}

/// Objects first, then changes (`NAME=VALUE`, `NAME-`) of what is called `about`.
fn split_args(args: &[String], about: &str) -> Result<(Vec<String>, Vec<String>), Failure> {
    let is_change = |arg: &String| arg.find('=').is_some_and(|i| i > 0) || (arg.ends_with('-') && arg != "-");
    let first = args.iter().position(is_change).unwrap_or(args.len());
    let (resources, changes) = args.split_at(first);
    match changes.iter().find(|arg| !is_change(arg)) {
        None => Ok((resources.to_vec(), changes.to_vec())),
        Some(late) => {
            let shown = if about == "environment" { args.join(" ") } else { late.clone() };
            Err(Failure::message(format!("all resources must be specified before {about} changes: {shown}")))
        }
    }
}

/// Where a kind keeps its pod's spec; `None` when it has none.
fn pod_spec_path(kind: &str) -> Option<&'static str> {
    match kind {
        "Pod" => Some("spec"),
        "CronJob" => Some("spec/jobTemplate/spec/template/spec"),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" | "ReplicationController" => {
            Some("spec/template/spec")
        }
        _ => None,
    }
}

/// What a change is called once it is done, and what stands before the server's refusal of it.
struct Words {
    done: &'static str,
    refused: &'static str,
}

/// Changes every object and says so of those that are other than before.
fn change_each(
    k: &Kubectl<'_>,
    found: Targets,
    words: &Words,
    change: impl Fn(&Target, &mut Object) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let dry_run = DryRun::of(k)?;
    let report = Report::new(k, dry_run)?;
    let local = k.flags.bool("local");
    found.each(|target| {
        let mut wanted = target.object.clone();
        change(target, &mut wanted)?;
        record::write(k, &mut wanted);
        if local {
            return report.made(&report::as_struct(k, &target.resource, &wanted)?, words.done);
        }
        if dry_run == DryRun::Client {
            return report.made(&report::as_struct(k, &target.resource, &wanted)?, words.done);
        }
        if wanted == target.object {
            return Ok(());
        }
        let rules = MergeRules::of(&target.resource);
        let patch = create_strategic_patch(&target.object, &wanted, rules)
            .map_err(|e| Failure::message(e.to_string()))?;
        let (ns, name) = (target.namespace(), target.object.name());
        let options = dry_run.options(k.flags.str("field-manager"));
        let done = k.api()?.patch(&target.resource, ns, name, &Patch::Strategic(patch), Part::Main, &options);
        let done = done.map_err(|error| match words.refused {
            "" => error.into(),
            what => Failure::message(format!("{what}{}", error.message)),
        })?;
        report.done(&done, words.done)
    })
}

/// What a complaint calls an object; what a file holds is called otherwise, and with the end of the line when its kind has
/// a group.
fn called(k: &Kubectl<'_>, target: &Target) -> String {
    match (k.flags.bool("local"), target.resource.group.is_empty()) {
        (false, _) => format!("{}/{}", target.resource.plural, target.object.name()),
        (true, true) => output::name_of(&target.object),
        (true, false) => format!("{}\n", output::name_of(&target.object)),
    }
}

/// A kind without a pod template was given to a command that is about pods.
fn without_template(k: &Kubectl<'_>, target: &Target) -> Failure {
    let version = target.object.api_version().rsplit('/').next().unwrap_or_default();
    Failure::message(format!(
        "{} the object is not a pod or does not have a pod template: *{version}.{}",
        called(k, target),
        target.object.kind()
    ))
}

/// The containers of an object whose names a pattern (`*`, `a*`, `a`) chooses, to be changed.
fn each_container(
    k: &Kubectl<'_>,
    target: &Target,
    object: &mut Object,
    pattern: &str,
    mut change: impl FnMut(&mut Value),
) -> Result<(), Failure> {
    let Some(path) = pod_spec_path(object.kind()) else {
        return Err(without_template(k, target));
    };
    let mut found = false;
    for list in ["initContainers", "containers"] {
        let path = format!("{path}/{list}");
        if object.items_at(&path).is_empty() {
            continue;
        }
        for container in object.at_mut(&path).list_mut() {
            if fits(pattern, container.str_at("name")) && (list == "containers" || pattern != "*") {
                found = true;
                change(container);
            }
        }
    }
    match found {
        true => Ok(()),
        false => Err(Failure::message(format!("unable to find container named \"{pattern}\""))),
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}

/// `a=1,b=2`.
fn quantities(text: &str) -> Result<Vec<(String, String)>, Failure> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').ok_or_else(|| {
                Failure::message(format!("Invalid argument syntax {part}, expected <resource>=<value>"))
            })?;
            let quantity =
                crate::machinery::Quantity::parse(value).map_err(|e| Failure::message(e.to_string()))?;
            Ok((name.to_string(), quantity.to_string()))
        })
        .collect()
}
