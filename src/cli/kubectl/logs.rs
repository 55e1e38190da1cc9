//! `kubectl logs`.

use super::flags::{Flag, Flags, flags};
use super::{Command, Failure, Kubectl, Writes, pods};
use crate::actors::programs::log_name;
use crate::api::{ApiError, Reason, Server};
use crate::cli::waiting::{self, Bound, Ended};
use crate::machinery::duration::parse_duration;
use crate::machinery::{Duration, Object, Time, Value};
use crate::store::LogLine;
use std::ops::ControlFlow;

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "logs",
    aliases: &["log"],
    flags: flags!(&[
        Flag::bool("follow").short('f'),
        Flag::bool("previous").short('p'),
        Flag::string("container", "").short('c'),
        Flag::int("tail", "-1"),
        Flag::duration("since", "0s"),
        Flag::string("since-time", ""),
        Flag::bool("timestamps"),
        Flag::bool("all-containers"),
        Flag::bool("all-pods"),
        Flag::bool("prefix"),
        Flag::string("selector", "").short('l'),
        Flag::int("max-log-requests", "5"),
        Flag::int("limit-bytes", "0"),
        Flag::bool("ignore-errors"),
        Flag::bool("insecure-skip-tls-verify-backend"),
        // Not kubectl's: how long to follow.
        Flag::duration("for", "0s"),
        pods::running_timeout("20s"),
    ]),
    writes: Writes::When(takes_time),
    run,
}];

/// Following lets time pass, and so does waiting for the pod of a workload.
fn takes_time(flags: &Flags) -> bool {
    flags.bool("follow") || flags.args.iter().any(|a| a.contains('/') && !a.starts_with("po"))
}

/// One container's log, and how much of it was printed.
struct Source {
    pod: Object,
    container: String,
    printed: usize,
}

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let sources = match sources(k)? {
        Some(sources) => sources,
        None => return Ok(()),
    };
    let most = k.flags.int("max-log-requests").max(1) as usize;
    if k.flags.bool("follow") && sources.len() > most {
        return Err(Failure::message(format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, use \
             --max-log-requests to increase the limit",
            sources.len()
        )));
    }
    let mut sources = sources;
    for source in &mut sources {
        if let Err(failure) = begin(k, source)
            && !k.flags.bool("ignore-errors")
        {
            return Err(failure);
        }
    }
    if k.flags.bool("follow") { follow(k, sources) } else { Ok(()) }
}

/// The containers asked for; none when a selector selects nothing.
fn sources(k: &Kubectl<'_>) -> Result<Option<Vec<Source>>, Failure> {
    let (args, labels) = (&k.flags.args, k.flags.str("selector"));
    let since = k.flags.str("since-time");
    if !since.is_empty() && Time::parse(since).is_none() {
        return Err(Failure::message(format!(
            "parsing time {since:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {since:?} as \"2006\""
        )));
    }
    let asked = args.get(1).map_or(k.flags.str("container"), String::as_str);
    let found = match (args.first(), labels) {
        (_, "") if !(1..=2).contains(&args.len()) => {
            return Err(Failure::usage(
                "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for \
                 the logs command",
            ));
        }
        (Some(_), labels) if !labels.is_empty() => {
            return Err(Failure::usage("only a selector (-l) or a POD name is allowed"));
        }
        (None, labels) => {
            let selected = pods::selected(k, labels)?;
            if selected.is_empty() {
                k.eprintln(&format!("No resources found in {} namespace.", k.namespace()?));
                return Ok(None);
            }
            selected
        }
        (Some(argument), _) => of_argument(k, argument)?,
    };
    check(k, asked)?;
    let mut sources = Vec::new();
    for pod in found {
        let containers = match k.flags.bool("all-containers") {
            true => all_containers(&pod),
            false => vec![pods::container(k, &pod, asked, false)?],
        };
        sources.extend(containers.into_iter().map(|container| Source {
            pod: pod.clone(),
            container,
            printed: 0,
        }));
    }
    Ok(Some(sources))
}

/// What a client finds wrong with the flags, which is after it has found the pods.
fn check(k: &Kubectl<'_>, asked: &str) -> Result<(), Failure> {
    let since = k.flags.str("since");
    let lasts = parse_duration(since).map_or(since.starts_with('-'), |since| since != Duration::default());
    let problem = if !k.flags.str("since-time").is_empty() && lasts {
        "at most one of `sinceTime` or `sinceSeconds` may be specified"
    } else if k.flags.bool("all-containers") && !asked.is_empty() {
        let text = format!("--all-containers=true should not be specified with container name {asked}");
        return Err(Failure::message(text));
    } else if k.flags.args.len() > 1 && k.flags.given("container") {
        "only one of -c or an inline [CONTAINER] arg is allowed"
    } else if k.flags.int("limit-bytes") < 0 {
        "--limit-bytes must be greater than 0"
    } else if since.starts_with('-') && lasts {
        "--since must be greater than 0"
    } else if k.flags.int("tail") < -1 {
        "--tail must be greater than or equal to -1"
    } else {
        return Ok(());
    };
    Err(Failure::message(problem))
}

/// Those that ran first stand first.
fn all_containers(pod: &Object) -> Vec<String> {
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .flat_map(|list| pod.items_at(&format!("spec/{list}")))
        .map(|c| c.str_at("name").to_string())
        .collect()
}

fn of_argument(k: &Kubectl<'_>, argument: &str) -> Result<Vec<Object>, Failure> {
    let (resource, object) = pods::named(k, argument).map_err(|failure| match failure {
        Failure::Api(e) if e.reason == Reason::NotFound && k.client.logs_name_the_namespace() => {
            let ns = k.namespace().unwrap_or_default();
            Failure::message(format!("error from server (NotFound): {} in namespace \"{ns}\"", e.message))
        }
        other => other,
    })?;
    if resource.kind == "Pod" {
        return Ok(vec![object]);
    }
    let mut found = pods::of_workload(k, &resource, &object)?;
    if found.len() > 1 && !k.flags.bool("all-pods") {
        k.eprintln(&format!("Found {} pods, using pod/{}", found.len(), found[0].name()));
        found.truncate(1);
    }
    Ok(found)
}

/// The lines of the run asked for, or why there are none.
fn lines(api: &Server, source: &Source, previous: bool) -> Result<Vec<LogLine>, ApiError> {
    let pod = api.find("pods", source.pod.namespace(), source.pod.name()).unwrap_or(source.pod.clone());
    if pod.str_at("spec/nodeName").is_empty() {
        return Ok(Vec::new());
    }
    let run = run_of(&pod, &source.container, previous)?;
    Ok(api.store().logs(pod.uid(), &log_name(&source.container, run)))
}

/// The number of the run whose log is meant: the current one, or the one before.
fn run_of(pod: &Object, container: &str, previous: bool) -> Result<i64, ApiError> {
    let status = pods::status(pod, container);
    let restarts = status.int_at("restartCount").unwrap_or(0);
    let ended = !status.at("lastState/terminated").is_null();
    let refused = |why: String| Err(ApiError::bad_request(why));
    if previous {
        if !ended {
            return refused(format!(
                "previous terminated container \"{container}\" in pod \"{}\" not found",
                pod.name()
            ));
        }
        // Between two runs the one that ended last is both current and previous.
        return Ok(if status.at("state/waiting").is_null() { restarts - 1 } else { restarts });
    }
    if status.is_null() {
        return refused(format!("container \"{container}\" in pod \"{}\" is not available", pod.name()));
    }
    let waiting: &Value = status.at("state/waiting");
    if waiting.is_null() || ended {
        return Ok(restarts);
    }
    let reason = match waiting.str_at("reason") {
        "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image",
        "ErrImageNeverPull" => "image can't be pulled",
        other => other,
    };
    refused(format!("container \"{container}\" in pod \"{}\" is waiting to start: {reason}", pod.name()))
}

/// Prints what is there.
fn begin(k: &Kubectl<'_>, source: &mut Source) -> Result<(), Failure> {
    let api = k.api()?;
    let all = lines(api, source, k.flags.bool("previous"))?;
    source.printed = all.len();
    let since = match (k.flags.str("since-time"), parse_duration(k.flags.str("since"))) {
        ("", Ok(since)) if since.as_secs() > 0 => Some(api.now() - since),
        ("", _) => None,
        (text, _) => Some(Time::parse(text).ok_or_else(|| {
            Failure::message(format!(
                "parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse"
            ))
        })?),
    };
    let recent: Vec<&LogLine> = all.iter().filter(|l| since.is_none_or(|s| l.time >= s)).collect();
    let several = !k.flags.str("selector").is_empty();
    let tail = match k.flags.int("tail") {
        _ if !k.flags.given("tail") && several => Some(10),
        n if n >= 0 => Some(n as usize),
        _ => None,
    };
    let from = tail.map_or(0, |tail| recent.len().saturating_sub(tail));
    let mut text: String = recent[from..].iter().map(|l| shown(k, source, l)).collect();
    let limit = k.flags.int("limit-bytes");
    if limit > 0 && text.len() > limit as usize {
        let end = (0..=limit as usize).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.truncate(end);
    }
    k.print(&text);
    Ok(())
}

fn shown(k: &Kubectl<'_>, source: &Source, line: &LogLine) -> String {
    let mut text = String::new();
    if k.flags.bool("prefix") {
        text.push_str(&format!("[pod/{}/{}] ", source.pod.name(), source.container));
    }
    if k.flags.bool("timestamps") {
        text.push_str(&format!("{} ", line.time.timestamp()));
    }
    text + &line.text + "\n"
}

/// Prints lines as they are written, until the containers have ended.
fn follow(k: &Kubectl<'_>, mut sources: Vec<Source>) -> Result<(), Failure> {
    let bound = Bound::Watch(super::get::watch_bound(k));
    let mut look = |api: &Server| {
        let mut ended = true;
        for source in &mut sources {
            let pod = api.find("pods", source.pod.namespace(), source.pod.name());
            let pod = pod.filter(|p| p.uid() == source.pod.uid());
            let over = pod.is_none_or(|p| {
                matches!(p.str_at("status/phase"), "Succeeded" | "Failed")
                    || !pods::status(&p, &source.container).at("state/terminated").is_null()
            });
            ended &= over;
            for line in lines(api, source, false).unwrap_or_default().iter().skip(source.printed) {
                k.print(&shown(k, source, line));
                source.printed += 1;
            }
        }
        if ended { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let ended = waiting::wait(k.session, k.cluster()?, bound, &mut |api, _| look(api))?;
    let _ = look(k.api()?);
    if ended == Ended::Interrupted { Err(Failure::Exit(1)) } else { Ok(()) }
}
