//! `kubectl delete`.

use super::flags::{DRY_RUN, FILES, Flag, SELECTOR, flags};
use super::report::DryRun;
use super::targets::{self, Target, Targets};
use super::{Command, Failure, Kubectl, Writes, files, resources};
use crate::api::{DeleteOptions, ListOptions, Propagation, Reason, Resource};
use crate::cli::waiting::{self, Bound, Ended};
use crate::machinery::duration::parse_duration;
use crate::machinery::{Duration, Object};
use crate::render::output;
use std::ops::ControlFlow;

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "delete",
    aliases: &[],
    flags: flags!(
        FILES,
        SELECTOR,
        DRY_RUN,
        &[
            Flag::string("output", "").short('o'),
            Flag::string("field-selector", ""),
            Flag::bool("all-namespaces").short('A'),
            Flag::string("cascade", "background").bare("background"),
            Flag::int("grace-period", "-1"),
            Flag::bool("now"),
            Flag::bool("force"),
            Flag::on("wait"),
            Flag::duration("timeout", "0s"),
            Flag::bool("ignore-not-found"),
            Flag::bool("interactive").short('i').since(29),
            Flag::string("raw", ""),
        ]
    ),
    writes: Writes::Always,
    run,
}];

/// How this command deletes.
struct Manner {
    dry_run: DryRun,
    options: DeleteOptions,
    force: bool,
    ignore_not_found: bool,
}

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    if !k.flags.str("raw").is_empty() {
        return raw(k);
    }
    let manner = Manner::of(k)?;
    let output = k.flags.str("output");
    if !matches!(output, "" | "name") {
        return Err(Failure::message(format!(
            "unexpected -o output mode: {output}. We only support '-o name'"
        )));
    }
    if manner.options.grace_period_seconds == Some(0) && manner.force {
        k.eprintln(
            "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The \
             resource may continue to run on the cluster indefinitely.",
        );
    }
    let found = find(k)?;
    if k.flags.bool("interactive") && !found.targets.is_empty() && !confirmed(k, &found)? {
        return Ok(());
    }
    if found.targets.is_empty() && found.failures.is_empty() {
        k.println("No resources found");
        return Ok(());
    }
    let mut waits = Vec::new();
    let outcome = found.each(|target| {
        let (ns, name) = (target.namespace(), target.object.name());
        let gone = match manner.dry_run {
            DryRun::Client => k.api()?.read(&target.resource, ns, name),
            _ => k.api()?.remove(&target.resource, ns, name, &manner.options),
        };
        match gone {
            Ok(object) => {
                say(k, &manner, target);
                waits.push((target.clone(), object));
                Ok(())
            }
            Err(e) if e.reason == Reason::NotFound && manner.ignore_not_found => Ok(()),
            Err(e) => Err(target.failure("deleting", e)),
        }
    });
    outcome?;
    match manner.dry_run {
        DryRun::None if k.flags.bool("wait") => wait(k, &waits),
        _ => Ok(()),
    }
}

impl Manner {
    fn of(k: &Kubectl<'_>) -> Result<Manner, Failure> {
        let dry_run = DryRun::of(k)?;
        let propagation = cascade(k)?;
        let (force, now) = (k.flags.bool("force"), k.flags.bool("now"));
        let mut grace = k.flags.int("grace-period");
        if now && grace >= 0 {
            return Err(Failure::message("--now and --grace-period cannot be specified together"));
        }
        if force && (grace > 0 || now) {
            return Err(Failure::message(
                "--force and --grace-period greater than 0 cannot be specified together",
            ));
        }
        if now || (grace == 0 && !force) {
            // Removing at once takes more than a zero: it takes --force.
            grace = 1;
        } else if force && grace < 0 {
            grace = 0;
        }
        let selects = k.flags.bool("all")
            || !k.flags.str("selector").is_empty()
            || !k.flags.str("field-selector").is_empty();
        let given = k.flags.given("ignore-not-found");
        Ok(Manner {
            dry_run,
            options: DeleteOptions {
                grace_period_seconds: Some(grace).filter(|g| *g >= 0),
                propagation,
                dry_run: dry_run == DryRun::Server,
                ..DeleteOptions::default()
            },
            force,
            ignore_not_found: if given { k.flags.bool("ignore-not-found") } else { selects },
        })
    }
}

/// `--cascade`, whose old boolean values still work.
pub(super) fn cascade(k: &Kubectl<'_>) -> Result<Propagation, Failure> {
    let value = k.flags.str("cascade");
    let deprecated = |instead: &str| {
        k.eprintln(&format!(
            "warning: --cascade={value} is deprecated (boolean value) and can be replaced with --cascade={instead}."
        ));
    };
    match value {
        "background" => Ok(Propagation::Background),
        "foreground" => Ok(Propagation::Foreground),
        "orphan" => Ok(Propagation::Orphan),
        "true" => {
            deprecated("background");
            Ok(Propagation::Background)
        }
        "false" => {
            deprecated("orphan");
            Ok(Propagation::Orphan)
        }
        other => Err(Failure::message(format!(
            "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

/// What is to go. Named objects are not looked up first.
fn find(k: &Kubectl<'_>) -> Result<Targets, Failure> {
    if files::given(k) {
        targets::no_arguments(&k.flags.args)?;
        return targets::described(k, false);
    }
    let asking = resources::parse(k, &k.flags.args)?;
    if asking.resources.is_empty() {
        return Err(targets::nothing_named());
    }
    let (labels, fields) = (k.flags.str("selector"), k.flags.str("field-selector"));
    let all = k.flags.bool("all");
    let selects = all || !labels.is_empty() || !fields.is_empty();
    asking.check_names(k)?;
    if !asking.by_name() && !selects {
        return Err(Failure::message("resource(s) were provided, but no name was specified"));
    }
    if all && !(labels.is_empty() && fields.is_empty()) {
        return Err(Failure::message("setting 'all' parameter but found a non empty selector. "));
    }
    let mut found = Targets::default();
    for asked in asking.resources {
        let resource = &asked.resource;
        let own = if resource.namespaced { k.namespace()? } else { String::new() };
        let ns = if k.flags.bool("all-namespaces") { "" } else { own.as_str() };
        let target = |object| Target { resource: resource.clone(), object, source: None };
        for name in &asked.names {
            found.targets.push(target(Object::new(&resource.api_version(), &resource.kind, ns, name)));
        }
        // A category holds kinds whose objects cannot be deleted one by one.
        if asked.names.is_empty() && resource.verbs.iter().any(|v| v == "delete") {
            let options = ListOptions { labels: labels.to_string(), fields: fields.to_string() };
            found.targets.extend(k.api()?.read_list(resource, ns, &options)?.into_iter().map(target));
        }
    }
    Ok(found)
}

/// `pod "x" force deleted from shop namespace (dry run)`.
fn say(k: &Kubectl<'_>, manner: &Manner, target: &Target) {
    let (resource, name) = (&target.resource, target.object.name());
    if k.flags.str("output") == "name" {
        return k.println(&output::name_in(resource, name));
    }
    let force = manner.options.grace_period_seconds == Some(0);
    k.println(&format!(
        "{}{}",
        gone_line(k, resource, target.namespace(), name, force),
        manner.dry_run.suffix()
    ));
}

pub(super) fn gone_line(k: &Kubectl<'_>, resource: &Resource, ns: &str, name: &str, force: bool) -> String {
    let verb = if force { "force deleted" } else { "deleted" };
    let from = match resource.namespaced && k.client.delete_names_the_namespace() {
        true => format!(" from {ns} namespace"),
        false => String::new(),
    };
    format!("{} \"{name}\" {verb}{from}", resource.kind_dot_group())
}

/// Tells what would go and asks.
fn confirmed(k: &Kubectl<'_>, found: &Targets) -> Result<bool, Failure> {
    k.println(&format!("You are about to delete the following {} resource(s):", found.targets.len()));
    for target in &found.targets {
        k.println(&output::name_in(&target.resource, target.object.name()));
    }
    let choices = if k.client.words_of_1_34() { "y/N" } else { "y/n" };
    k.print(&format!("Do you want to continue? ({choices}): "));
    let answer = k.session.read_input().map_err(|e| Failure::message(e.to_string()))?;
    let yes = matches!(answer.lines().next().unwrap_or("").trim(), "y" | "Y");
    if !yes {
        k.println("deletion is cancelled");
    }
    Ok(yes)
}

/// Until every deleted object is gone.
fn wait(k: &Kubectl<'_>, deleted: &[(Target, Object)]) -> Result<(), Failure> {
    let timeout = parse_duration(k.flags.str("timeout")).unwrap_or(Duration::from_secs(0));
    let bound = if timeout.as_secs() > 0 { Bound::For(timeout) } else { Bound::UntilTrue };
    let left = until_gone(k, deleted, bound)?;
    Failure::collect(
        left.iter()
            .map(|target| {
                Failure::message(format!(
                    "timed out waiting for the condition on {}/{}",
                    target.resource.qualified(),
                    target.object.name()
                ))
            })
            .collect(),
    )
}

/// Waits; answers what is still there when the bound comes.
fn until_gone<'t>(
    k: &Kubectl<'_>,
    deleted: &'t [(Target, Object)],
    bound: Bound,
) -> Result<Vec<&'t Target>, Failure> {
    let there = |api: &crate::api::Server, (target, object): &(Target, Object)| {
        api.read(&target.resource, target.namespace(), target.object.name())
            .is_ok_and(|now| now.uid() == object.uid())
    };
    let ended = waiting::wait(k.session, k.cluster()?, bound, &mut |api, _| match deleted
        .iter()
        .any(|d| there(api, d))
    {
        true => ControlFlow::Continue(()),
        false => ControlFlow::Break(()),
    })?;
    if ended != Ended::TimedOut {
        return Ok(Vec::new());
    }
    let api = k.api()?;
    Ok(deleted.iter().filter(|d| there(api, d)).map(|(target, _)| target).collect())
}

/// Deletes an object and waits until it is gone: for commands that make it anew.
pub(super) fn and_wait(k: &Kubectl<'_>, target: &Target) -> Result<(), Failure> {
    let options = DeleteOptions::default();
    let object = k.api()?.remove(&target.resource, target.namespace(), target.object.name(), &options)?;
    until_gone(k, &[(target.clone(), object)], Bound::UntilTrue).map(|_| ())
}

/// As [`and_wait`], with the line of `kubectl delete`.
pub(super) fn and_say(k: &Kubectl<'_>, target: &Target) -> Result<(), Failure> {
    let (ns, name) = (target.namespace(), target.object.name());
    let object = k.api()?.remove(&target.resource, ns, name, &DeleteOptions::default())?;
    k.println(&gone_line(k, &target.resource, ns, name, false));
    until_gone(k, &[(target.clone(), object)], Bound::UntilTrue).map(|_| ())
}

/// `--raw URI`.
fn raw(k: &Kubectl<'_>) -> Result<(), Failure> {
    let uri = k.flags.str("raw");
    files::check_raw(uri)?;
    let parts: Vec<&str> = uri.trim_matches('/').split('/').collect();
    let (group, version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return Err(crate::api::ApiError::no_such_resource().into()),
    };
    let (ns, plural, name) = match rest {
        ["namespaces", ns, plural, name] => (*ns, *plural, *name),
        [plural, name] => ("", *plural, *name),
        _ => return Err(crate::api::ApiError::no_such_resource().into()),
    };
    let found = k.api()?.registry().by_path(group, version, plural).cloned();
    let resource = found.ok_or_else(crate::api::ApiError::no_such_resource)?;
    let gone = k.api()?.remove(&resource, ns, name, &DeleteOptions::default())?;
    k.println(&gone.to_json());
    Ok(())
}
