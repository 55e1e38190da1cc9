//! `kubectl run`: one pod, made of flags, with or without a terminal on it.

use super::create::data::check_variable;
use super::flags::{DRY_RUN, Flag, OUTPUT, flags};
use super::record::{self, RECORD};
use super::report::{self, DryRun, Report};
use super::{Command, Failure, Kubectl, Writes, attach, delete, pods};
use crate::api::{DeleteOptions, Patch, Resource};
use crate::catalog::image_ref::ImageRef;
use crate::cli::waiting::Ended;
use crate::json;
use crate::machinery::duration::parse_duration;
use crate::machinery::patch::apply_json_patch;
use crate::machinery::{Duration, Object, Value};

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "run",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        DRY_RUN,
        RECORD,
        &[
            Flag::array("annotations"),
            Flag::bool("attach"),
            Flag::string("cascade", "background").bare("background"),
            Flag::bool("command"),
            Flag::array("env"),
            Flag::bool("expose"),
            Flag::string("field-manager", "kubectl-run"),
            Flag::bool("force"),
            Flag::int("grace-period", "-1"),
            Flag::string("image", ""),
            Flag::string("image-pull-policy", ""),
            Flag::string("labels", "").short('l'),
            Flag::bool("leave-stdin-open"),
            Flag::string("override-type", "merge"),
            Flag::string("overrides", ""),
            pods::running_timeout("1m0s"),
            Flag::string("port", ""),
            Flag::bool("privileged"),
            Flag::bool("quiet").short('q'),
            Flag::string("restart", "Always"),
            Flag::bool("rm"),
            Flag::bool("save-config"),
            Flag::bool("stdin").short('i'),
            Flag::bool("tty").short('t'),
            Flag::duration("timeout", "0s"),
            Flag::bool("wait"),
        ]
    ),
    writes: Writes::Always,
    run,
}];

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let f = &k.flags;
    if !f.given("image") {
        return Err(Failure::message("required flag(s) \"image\" not set"));
    }
    let Some(name) = f.args.first() else {
        return Err(Failure::usage("NAME is required for run"));
    };
    let attached = f.bool("attach") || f.bool("stdin");
    let dry_run = DryRun::of(k)?;
    check(k, attached, dry_run)?;
    delete::cascade(k)?;
    let ns = k.namespace()?;
    let pods = super::resources::lookup(k, "pods")?;
    let mut body = pod(k, name)?;
    if !f.str("overrides").is_empty() {
        body = overridden(k, &pods, body)?;
    }
    let mut object = report::typed(k, &pods, name, body)?;
    record::write(k, &mut object);
    let report = Report::new(k, dry_run)?;
    if f.bool("expose") {
        expose(k, name, &ns, dry_run, &report)?;
    }
    if dry_run == DryRun::Client {
        return report.made(&object, "created");
    }
    let made = k.api()?.post(&pods, &ns, object.0, &dry_run.options(f.str("field-manager")))?;
    if !attached {
        return report.done(&made, "created");
    }
    let ended = attach::run(k, &made, f.str("pod-running-timeout"));
    if f.bool("rm") {
        remove(k, &made, matches!(ended, Ok(attach::Outcome { ended: Ended::Interrupted, .. })))?;
    }
    let outcome = ended?;
    match outcome.code {
        0 => Ok(()),
        code => {
            if !f.bool("rm") || f.str("restart") == "Never" {
                k.eprintln(&format!("pod {ns}/{name} terminated ({})", outcome.reason));
            }
            Err(Failure::Exit(code))
        }
    }
}

/// The pod with what `--overrides` changes of it, in the way `--override-type` names.
pub(super) fn overridden(k: &Kubectl<'_>, pods: &Resource, pod: Value) -> Result<Value, Failure> {
    let overrides =
        Value::parse(k.flags.str("overrides")).map_err(|_| Failure::message("Invalid JSON Patch"))?;
    match k.flags.str("override-type") {
        "merge" => Ok(Patch::Merge(overrides).apply(pods, &pod)?),
        "strategic" => Ok(Patch::Strategic(overrides).apply(pods, &pod)?),
        "json" => apply_json_patch(&pod, &overrides).map_err(|e| Failure::message(e.to_string())),
        other => Err(Failure::message(format!("invalid override type: {other}"))),
    }
}

/// What flags exclude each other.
fn check(k: &Kubectl<'_>, attached: bool, dry_run: DryRun) -> Result<(), Failure> {
    let f = &k.flags;
    let image = f.str("image");
    if image.is_empty() {
        return Err(Failure::message("--image is required"));
    }
    if ImageRef::parse(image).is_none() {
        return Err(Failure::message(format!("Invalid image name \"{image}\": invalid reference format")));
    }
    if f.bool("tty") && !f.bool("stdin") {
        return Err(Failure::usage("-i/--stdin is required for containers with -t/--tty=true"));
    }
    if f.bool("expose") && f.str("port").is_empty() {
        return Err(Failure::usage("--port must be set when exposing a service"));
    }
    if !matches!(f.str("restart"), "Always" | "OnFailure" | "Never") {
        return Err(Failure::usage(format!("invalid restart policy: {}", f.str("restart"))));
    }
    if !matches!(f.str("image-pull-policy"), "" | "Always" | "IfNotPresent" | "Never") {
        let policy = f.str("image-pull-policy");
        return Err(Failure::usage(format!("invalid image pull policy: {policy}")));
    }
    let timeout = f.str("pod-running-timeout");
    if parse_duration(timeout).is_ok_and(|t| t <= Duration::from_secs(0)) {
        return Err(Failure::usage("--pod-running-timeout must be higher than zero"));
    }
    if f.bool("rm") && !attached {
        return Err(Failure::usage("--rm should only be used for attached containers"));
    }
    if attached && dry_run != DryRun::None {
        return Err(Failure::usage(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        ));
    }
    Ok(())
}

fn pod(k: &Kubectl<'_>, name: &str) -> Result<Value, Failure> {
    let f = &k.flags;
    let mut container = json!({"name": name, "image": (f.str("image")), "resources": {}});
    let words: Vec<Value> = f.args[1..].iter().map(|w| w.as_str().into()).collect();
    if !words.is_empty() {
        container.set(if f.bool("command") { "command" } else { "args" }, words);
    }
    let env = f.list("env").iter().map(|entry| match entry.split_once('=') {
        Some((key, value)) if !key.is_empty() && check_variable(key).is_ok() => {
            Ok(json!({"name": key, "value": value}))
        }
        _ => Err(Failure::message(format!("invalid env: {entry}"))),
    });
    let env = env.collect::<Result<Vec<Value>, Failure>>()?;
    if !env.is_empty() {
        container.set("env", env);
    }
    if !f.str("port").is_empty() {
        container.set("ports", json!([{"containerPort": (port(k)?)}]));
    }
    if !f.str("image-pull-policy").is_empty() {
        container.set("imagePullPolicy", f.str("image-pull-policy"));
    }
    if f.bool("privileged") {
        container.set("securityContext", json!({"privileged": true}));
    }
    if f.bool("stdin") {
        container.set("stdin", true);
        if !f.bool("leave-stdin-open") {
            container.set("stdinOnce", true);
        }
    }
    if f.bool("tty") {
        container.set("tty", true);
    }
    let mut body = json!({"metadata": {"labels": (labels(k, name)?)}, "spec": {
        "containers": [(container)], "dnsPolicy": "ClusterFirst", "restartPolicy": (f.str("restart")),
    }});
    let mut annotations = Value::object();
    for text in f.list("annotations") {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| Failure::message(format!("invalid annotations format: {text}")))?;
        annotations.map_mut().insert(key, value);
    }
    if !annotations.map().is_empty() {
        body.set("metadata/annotations", annotations);
    }
    Ok(body)
}

fn port(k: &Kubectl<'_>) -> Result<i64, Failure> {
    let text = k.flags.str("port");
    text.parse().map_err(|_| Failure::message(format!("strconv.Atoi: parsing \"{text}\": invalid syntax")))
}

fn labels(k: &Kubectl<'_>, name: &str) -> Result<Value, Failure> {
    match k.flags.str("labels") {
        "" => {
            let mut labels = Value::object();
            labels.map_mut().insert("run", name);
            Ok(labels)
        }
        text => pairs(text.split(',')),
    }
}

fn pairs<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Value, Failure> {
    let mut map = Value::object();
    for text in texts {
        let (key, value) =
            text.split_once('=').ok_or_else(|| Failure::message(format!("unexpected label spec: {text}")))?;
        map.map_mut().insert(key, value);
    }
    Ok(map)
}

/// The service that `--expose` makes before the pod.
fn expose(
    k: &Kubectl<'_>,
    name: &str,
    ns: &str,
    dry_run: DryRun,
    report: &Report<'_, '_>,
) -> Result<(), Failure> {
    let services = super::resources::lookup(k, "services")?;
    let number = port(k)?;
    let body = json!({
        "spec": {"ports": [{"port": number, "protocol": "TCP", "targetPort": number}], "selector": (labels(k, name)?)},
    });
    let service = report::typed(k, &services, name, body)?;
    if dry_run == DryRun::Client {
        report.made(&service, "created")?;
        // One line of its own, one of the printer's before its second document.
        if k.flags.str("output") == "yaml" {
            k.println("---");
        }
        return Ok(());
    }
    let made = k.api()?.post(&services, ns, service.0, &dry_run.options("kubectl-expose"))?;
    report.done(&made, "created")
}

/// Takes the pod away after the session; at once when the user ended the process.
fn remove(k: &Kubectl<'_>, pod: &Object, interrupted: bool) -> Result<(), Failure> {
    let pods = super::resources::lookup(k, "pods")?;
    let options =
        DeleteOptions { grace_period_seconds: interrupted.then_some(0), ..DeleteOptions::default() };
    k.api()?.remove(&pods, pod.namespace(), pod.name(), &options)?;
    k.println(&delete::gone_line(k, &pods, pod.namespace(), pod.name(), false));
    Ok(())
}
