//! `kubectl wait`: lets time pass until objects are as asked.

use super::flags::{FILES, Flag, OUTPUT, SELECTOR, flags};
use super::report::{DryRun, Report};
use super::targets::{self, Target, Targets};
use super::{Command, Failure, Kubectl, Writes, files, resources};
use crate::api::{Reason, Server, stored_under, to_version};
use crate::cli::waiting::{self, Bound, Ended};
use crate::machinery::duration::parse_duration;
use crate::machinery::{Duration, Object, Time, Value, jsonpath::JsonPath};
use std::ops::ControlFlow;

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "wait",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        FILES,
        SELECTOR,
        &[
            Flag::array("for"),
            Flag::duration("timeout", "30s"),
            Flag::string("field-selector", ""),
            Flag::bool("all-namespaces").short('A'),
            Flag::bool("local"),
        ]
    ),
    writes: Writes::Always,
    run,
}];

/// `--timeout` below zero means a week.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// What is waited for.
enum Awaited {
    Created,
    Deleted,
    Condition { kind: String, status: String },
    Field { path: JsonPath, value: Option<String> },
}

impl Awaited {
    /// `none` is how the client calls no condition at all.
    fn read(text: &[String], none: &str) -> Result<Awaited, Failure> {
        let unrecognized = |what: String| Failure::message(format!("unrecognized condition: {what}"));
        let Some(text) = text.last() else { return Err(unrecognized(none.to_string())) };
        match text.to_lowercase().as_str() {
            "delete" => return Ok(Awaited::Deleted),
            "create" => return Ok(Awaited::Created),
            _ => {}
        }
        if let Some(condition) = text.strip_prefix("condition=") {
            let (kind, status) = condition.split_once('=').unwrap_or((condition, "true"));
            return Ok(Awaited::Condition { kind: kind.to_string(), status: status.to_string() });
        }
        let Some(path) = text.strip_prefix("jsonpath=") else {
            return Err(unrecognized(format!("{text:?}")));
        };
        if path.is_empty() {
            return Err(Failure::message("jsonpath expression cannot be empty"));
        }
        let parts = split(path);
        let (path, value) = match parts.as_slice() {
            [path] => (path, None),
            [path, value] => (path, Some(value.trim_matches(['\'', '"']))),
            _ => {
                return Err(Failure::message(
                    "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or \
                     --for=jsonpath='{.status.readyReplicas}'",
                ));
            }
        };
        if value == Some("") {
            return Err(Failure::message(
                "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
            ));
        }
        let path = JsonPath::parse_relaxed(path).map_err(Failure::message)?;
        let value = value.map(str::to_string);
        Ok(Awaited::Field { path, value })
    }

    /// Whether an object is as asked.
    fn met(&self, object: Option<&Object>) -> Result<bool, Failure> {
        let object = match (self, object) {
            (Awaited::Created, found) => return Ok(found.is_some()),
            (Awaited::Deleted, found) => return Ok(found.is_none()),
            (_, None) => return Ok(false),
            (_, Some(object)) => object,
        };
        match self {
            Awaited::Condition { kind, status } => Ok(has_condition(object, kind, status)),
            Awaited::Field { path, value } => {
                // A path that leads nowhere yet is no error while waiting.
                let found: Vec<Value> = path.find(object, true).unwrap_or_default().concat();
                match (found.as_slice(), value) {
                    ([], _) => Ok(false),
                    ([_], None) => Ok(true),
                    ([one], Some(value)) => match one {
                        Value::Map(_) | Value::List(_) => Err(Failure::message(
                            "jsonpath leads to a nested object or list which is not supported",
                        )),
                        one => Ok(text(one) == *value),
                    },
                    _ => Err(Failure::message("given jsonpath expression matches more than one value")),
                }
            }
            _ => Ok(false),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_json(), str::to_string)
}

/// `{.status.phase}=Running`, taken apart at its equals signs. Two of them in a row, as filters have them, are no such sign.
fn split(text: &str) -> Vec<String> {
    text.replace("==", "\0").split('=').map(|part| part.replace('\0', "==")).collect()
}

/// A condition that speaks of the object as it is now.
fn has_condition(object: &Object, kind: &str, status: &str) -> bool {
    let conditions = object.items_at("status/conditions");
    let Some(condition) = conditions.iter().find(|c| c.str_at("type").eq_ignore_ascii_case(kind)) else {
        return false;
    };
    let observed =
        condition.int_at("observedGeneration").or_else(|| object.int_at("status/observedGeneration"));
    let current = observed.is_none_or(|o| o >= object.int_at("metadata/generation").unwrap_or(0));
    current && condition.str_at("status").eq_ignore_ascii_case(status)
}

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let awaited = Awaited::read(k.flags.list("for"), if k.client.words_of_1_34() { "[]" } else { "\"\"" })?;
    let report = Report::new(k, DryRun::None)?;
    let timeout = match parse_duration(k.flags.str("timeout")) {
        Ok(d) if k.flags.str("timeout").starts_with('-') || d < Duration::from_secs(0) => WEEK,
        Ok(d) => d,
        Err(_) => WEEK,
    };
    let end = k.api()?.now() + timeout;
    let (targets, missing) = match awaited {
        Awaited::Created => (created(k, end)?, Vec::new()),
        _ => existing(k, &awaited)?,
    };
    if targets.is_empty() && missing.is_empty() {
        return match awaited {
            Awaited::Deleted => Ok(()),
            _ => Err(Failure::message("no matching resources found")),
        };
    }
    let mut failures = Vec::new();
    let mut over = false;
    for target in &targets {
        match one(k, &awaited, target, end, &mut over) {
            Ok(object) => report.done(&object, "condition met")?,
            Err(failure) => failures.push(failure),
        }
    }
    failures.extend(missing);
    Failure::collect(failures)
}

/// The objects the command line names, and why some are not there: whoever waits for them to go has no complaint.
fn existing(k: &Kubectl<'_>, awaited: &Awaited) -> Result<(Vec<Target>, Vec<Failure>), Failure> {
    let Targets { targets, mut failures, .. } = targets::live(k, &k.flags.args)?;
    let gone = |f: &Failure| matches!(f, Failure::Api(e) if e.reason == Reason::NotFound);
    failures.retain(|f| !(matches!(awaited, Awaited::Deleted) && gone(f)));
    Ok((targets, failures))
}

/// The objects named once they are there.
fn created(k: &Kubectl<'_>, end: Time) -> Result<Vec<Target>, Failure> {
    let asking = resources::parse(k, &k.flags.args)?;
    if !asking.by_name() && !files::given(k) {
        let selects = k.flags.bool("all")
            || !k.flags.str("selector").is_empty()
            || !k.flags.str("field-selector").is_empty();
        return match selects {
            true => selected(k, end),
            false => Err(Failure::message("resource name must be provided")),
        };
    }
    let mut named = Vec::new();
    for asked in &asking.resources {
        let ns = if asked.resource.namespaced { k.namespace()? } else { String::new() };
        for name in &asked.names {
            let mut object = Object::new(&asked.resource.api_version(), &asked.resource.kind, &ns, name);
            if ns.is_empty() {
                object.remove("metadata/namespace");
            }
            named.push(Target { resource: asked.resource.clone(), object, source: None });
        }
    }
    named.extend(targets::described(k, false)?.targets);
    for target in &named {
        wait_for(k, &Awaited::Created, target, end, &mut false)?
            .ok_or_else(|| Failure::message("timed out waiting for the condition"))?;
    }
    Ok(named)
}

/// The objects a selector means, once there are any.
fn selected(k: &Kubectl<'_>, end: Time) -> Result<Vec<Target>, Failure> {
    let mut found = Vec::new();
    let mut failure = None;
    let left = end.since(k.api()?.now());
    let ended = waiting::wait(k.session, k.cluster()?, Bound::For(left), &mut |_, _| {
        match targets::live(k, &k.flags.args).and_then(Targets::all) {
            Ok(targets) if targets.is_empty() => return ControlFlow::Continue(()),
            Ok(targets) => found = targets,
            Err(why) => failure = Some(why),
        }
        ControlFlow::Break(())
    })?;
    match (failure, ended) {
        (Some(why), _) => Err(why),
        (None, Ended::Satisfied) => Ok(found),
        (None, Ended::TimedOut) => Err(Failure::message("timed out waiting for the condition")),
        (None, Ended::Interrupted) => Err(Failure::Exit(1)),
    }
}

fn one(
    k: &Kubectl<'_>,
    awaited: &Awaited,
    target: &Target,
    end: Time,
    over: &mut bool,
) -> Result<Object, Failure> {
    wait_for(k, awaited, target, end, over)?.ok_or_else(|| {
        let what = format!("{}/{}", target.resource.plural, target.object.name());
        // Without any time to wait there is only a look.
        let looks = parse_duration(k.flags.str("timeout")).is_ok_and(|t| t == Duration::from_secs(0));
        Failure::message(match looks {
            true => format!("condition not met for {what}"),
            false => format!("timed out waiting for the condition on {what}"),
        })
    })
}

/// The object as it then is; none when the time is over.
fn wait_for(
    k: &Kubectl<'_>,
    awaited: &Awaited,
    target: &Target,
    end: Time,
    over: &mut bool,
) -> Result<Option<Object>, Failure> {
    let mut seen = target.object.clone();
    let mut failure = None;
    let mut look = |api: &Server| {
        let found = api
            .find(&stored_under(&target.resource), target.namespace(), target.object.name())
            // Another object of the same name is not the one that was there.
            .filter(|o| target.object.uid().is_empty() || o.uid() == target.object.uid())
            .map(|o| to_version(o, &target.resource));
        let met = awaited.met(found.as_ref());
        if let Some(found) = found {
            seen = found;
        }
        match met {
            Ok(true) => ControlFlow::Break(()),
            Ok(false) => ControlFlow::Continue(()),
            Err(why) => {
                failure = Some(why);
                ControlFlow::Break(())
            }
        }
    };
    let left = end.since(k.api()?.now());
    // Once the time is over, what comes after is not looked at any more.
    if *over {
        return Ok(None);
    }
    let ended = waiting::wait(k.session, k.cluster()?, Bound::For(left), &mut |api, _| look(api))?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    match ended {
        Ended::Satisfied => Ok(Some(seen)),
        Ended::TimedOut => {
            *over = true;
            Ok(None)
        }
        Ended::Interrupted => Err(Failure::Exit(1)),
    }
}
