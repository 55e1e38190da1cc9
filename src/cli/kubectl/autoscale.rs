//! `kubectl autoscale`.

use super::create::New;
use super::flags::{DRY_RUN, FILES, Flag, OUTPUT, SAVE_CONFIG, flags};
use super::record::RECORD;
use super::report::{DryRun, Report};
use super::targets::{self, Target};
use super::{Command, Failure, Kubectl, Writes, create};
use crate::api::Reason;
use crate::json;
use crate::machinery::{Quantity, Value};

const CPU_PERCENT_NOTE: &str = "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., \
                                '70%' for utilization or '500m' for milliCPU).";

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "autoscale",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        FILES,
        DRY_RUN,
        RECORD,
        SAVE_CONFIG,
        &[
            Flag::int32("min", "-1"),
            Flag::int32("max", "-1"),
            Flag::int32("cpu-percent", "-1"),
            Flag::string("cpu", "").since(34),
            Flag::string("memory", "").since(34),
            Flag::string("name", ""),
            Flag::string("field-manager", "kubectl-autoscale"),
        ]
    ),
    writes: Writes::Always,
    run,
}];

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    if k.flags.given("cpu-percent") && k.client.autoscale_has_cpu() {
        k.eprintln(CPU_PERCENT_NOTE);
    }
    create::require(k, &["max"])?;
    let (min, max) = (k.flags.int("min"), k.flags.int("max"));
    if max < 1 {
        return Err(Failure::message(format!(
            "--max=MAXPODS is required and must be at least 1, max: {max}"
        )));
    }
    if max < min {
        return Err(Failure::message(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"
        )));
    }
    if k.flags.given("cpu") && k.flags.given("cpu-percent") {
        return Err(Failure::message("--cpu-percent and --cpu are mutually exclusive"));
    }
    let dry_run = DryRun::of(k)?;
    let report = Report::new(k, dry_run)?;
    let found = targets::live(k, &k.flags.args)?;
    found.each(|target| {
        if !target.resource.scale {
            return Err(no_scale(target));
        }
        let (version, spec) = if k.client.autoscale_makes_v2() {
            ("autoscaling/v2", spec_v2(k, target)?)
        } else {
            ("autoscaling/v1", spec_v1(k, target))
        };
        let name = match k.flags.str("name") {
            "" => target.object.name(),
            own => own,
        };
        let new = New {
            api_version: version,
            kind: "HorizontalPodAutoscaler",
            name,
            body: json!({"spec": spec}),
            refusal: "",
            manager: k.flags.str("field-manager"),
            verb: "autoscaled",
        };
        let (mut object, verb) = new.made(k, dry_run).map_err(|e| refusal(k, e))?;
        if dry_run == DryRun::Client && !k.client.autoscale_has_cpu() {
            object.remove("metadata/namespace");
        }
        report.made(&object, verb)
    })
}

/// When v2 is refused, newer clients try v1, and fail in words of their own when that cannot say the same.
fn refusal(k: &Kubectl<'_>, failure: Failure) -> Failure {
    let taken = matches!(&failure, Failure::Api(e) if e.reason == Reason::AlreadyExists);
    if !taken || !k.client.autoscale_has_cpu() || k.flags.str("dry-run") == "server" {
        return failure;
    }
    let (cpu, memory) = (k.flags.str("cpu"), k.flags.str("memory"));
    let why = match (cpu, memory) {
        ("", _) => "empty input",
        (cpu, "") if cpu.ends_with('%') => return failure,
        _ => "%!w(<nil>)",
    };
    Failure::message(format!(
        "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: {why}"
    ))
}

fn no_scale(target: &Target) -> Failure {
    let resource = &target.resource;
    let version = match resource.group.as_ref() {
        "" => format!("/{}", resource.version),
        _ => resource.api_version(),
    };
    Failure::message(format!(
        "cannot autoscale a {}: could not find scale subresource for {version}, Resource={} in discovery information",
        resource.kind, resource.plural
    ))
}

/// What both versions say.
fn common(k: &Kubectl<'_>, target: &Target) -> Value {
    let mut spec = json!({
        "maxReplicas": (k.flags.int("max")),
        "scaleTargetRef": {
            "apiVersion": (target.resource.api_version()), "kind": (target.resource.kind.as_ref()),
            "name": (target.object.name()),
        },
    });
    if k.flags.int("min") > 0 {
        spec.set("minReplicas", k.flags.int("min"));
    }
    spec
}

fn spec_v1(k: &Kubectl<'_>, target: &Target) -> Value {
    let mut spec = common(k, target);
    if k.flags.int("cpu-percent") >= 0 {
        spec.set("targetCPUUtilizationPercentage", k.flags.int("cpu-percent"));
    }
    spec
}

fn spec_v2(k: &Kubectl<'_>, target: &Target) -> Result<Value, Failure> {
    let mut spec = common(k, target);
    let mut metrics = Vec::new();
    if k.flags.int("cpu-percent") > 0 {
        metrics.push(metric(
            "cpu",
            json!({
                "type": "Utilization", "averageUtilization": (k.flags.int("cpu-percent")),
            }),
        ));
    }
    for resource in ["cpu", "memory"] {
        let wanted = k.flags.str(resource);
        if !wanted.is_empty() {
            metrics.push(metric(resource, metric_target(resource, wanted)?));
        }
    }
    if !metrics.is_empty() {
        spec.set("metrics", metrics);
    }
    Ok(spec)
}

fn metric(resource: &str, target: Value) -> Value {
    json!({"type": "Resource", "resource": {"name": resource, "target": target}})
}

/// `70%` is utilization, `500m` an average; a bare number counts millicores or mebibytes.
fn metric_target(resource: &str, wanted: &str) -> Result<Value, Failure> {
    if let Some(percent) = wanted.strip_suffix('%') {
        let value = percent.parse::<i32>().ok().filter(|p| *p >= 0);
        let value = value.ok_or_else(|| Failure::message(format!("invalid percentage value: {percent}")))?;
        return Ok(json!({"type": "Utilization", "averageUtilization": value}));
    }
    let bare = !wanted.is_empty() && wanted.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let unit = match (bare, resource) {
        (false, _) => "",
        (true, "cpu") => "m",
        (true, _) => "Mi",
    };
    let quantity = Quantity::parse(&format!("{wanted}{unit}"))
        .map_err(|_| Failure::message(format!("invalid resource {resource} value: {wanted}")))?;
    Ok(json!({"type": "AverageValue", "averageValue": (quantity.to_string())}))
}
