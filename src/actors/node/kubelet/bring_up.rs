//! From a bound pod to running processes: admission, sandbox, image, process.

use super::images::Need;
use super::memory::{ContainerMemory, PodMemory, Pull, Run, Waiting};
use super::{end, events, follow, hooks, images, process, terminate};
use crate::actors::node::addresses;
use crate::actors::programs::{environment, program_of};
use crate::actors::{Ctx, latency};
use crate::catalog::images as catalog;
use crate::machinery::backoff::Backoff;
use crate::machinery::{Object, Time, Value, names, well_known};

/// The exit code of a container that could not be started.
const START_ERROR: i32 = 128;

/// The kubelet sees a pod for the first time.
pub(super) fn admit(pod: &Object, ctx: &Ctx<'_>) -> PodMemory {
    let now = ctx.now();
    let mut memory = PodMemory { seen: now.0, ..PodMemory::default() };
    let Some(node) = ctx.api.find("nodes", "", pod.str_at("spec/nodeName")) else { return memory };
    if let Some(refusal) = refusal(pod, &node, ctx) {
        events::pod(pod, "Warning", &refusal.0, &refusal.1, ctx);
        memory.refused = Some(refusal);
        return memory;
    }
    let host_network = pod.bool_at("spec/hostNetwork");
    // The machine of a pod on Fargate has the pod's address.
    let alone = node.label(well_known::COMPUTE_TYPE) == Some("fargate");
    memory.ip = if host_network || alone {
        addresses::internal_ip(&node).to_string()
    } else {
        addresses::pod_ip(&node, ctx.api)
    };
    memory.sandbox = (now + if host_network { latency::SANDBOX_HOST } else { latency::SANDBOX }).0;
    memory
}

/// Why the kubelet turns a pod away: the node's selector or its count of pods. The scheduler has looked before; pods
/// bound by hand come this far.
fn refusal(pod: &Object, node: &Object, ctx: &Ctx<'_>) -> Option<(String, String)> {
    let wanted = pod.map_at("spec/nodeSelector");
    if wanted.iter().any(|(k, v)| node.labels().get(k) != Some(v)) {
        let text = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
        return Some(("NodeAffinity".into(), text.into()));
    }
    let limit: usize = node.str_at("status/allocatable/pods").parse().unwrap_or(usize::MAX);
    // Many clusters have fewer pods than one node takes.
    if ctx.api.store().count_at_most("pods") <= limit {
        return None;
    }
    let counts =
        |p: &&Object| !matches!(p.str_at("status/phase"), "Succeeded" | "Failed") && p.uid() != pod.uid();
    let count = ctx.api.pods_on_node(node.name()).iter().filter(counts).count();
    (count >= limit).then(|| {
        let text =
            format!("Node didn't have enough resource: pods, requested: 1, used: {count}, capacity: {limit}");
        ("OutOfpods".to_string(), text)
    })
}

/// Brings a container up as far as it gets by now.
pub(super) fn advance(pod: &Object, container: &Value, c: &mut ContainerMemory, ctx: &Ctx<'_>) {
    let now = ctx.now();
    if c.run.is_some() {
        return;
    }
    if c.pull.is_none() && c.starting.is_none() {
        if let Some(b) = c.image_backoff.filter(|b| now.0 < b.updated + b.delay) {
            if !c.told_backoff && now >= Time(b.updated) + latency::PULL_ERROR_SHOWN {
                tell_of_waiting(pod, container, c, ctx);
            }
            return;
        }
        look_for_image(pod, container, c, ctx);
    }
    if let Some(pull) = c.pull.clone().filter(|p| p.done <= now.0) {
        let name = container.str_at("image");
        let size = catalog::find(name).map_or(0, |image| image.size);
        let text = events::pulled(
            name,
            Time(pull.done).since(Time(pull.began)),
            Time(pull.done).since(Time(pull.asked)),
            size,
            ctx,
        );
        events::container(pod, container.str_at("name"), "Normal", "Pulled", &text, ctx);
        images::arrived(pod, container, ctx);
        c.pull = None;
        c.starting = Some((now + latency::CREATE_CONTAINER).0);
    }
    if c.starting.is_some_and(|at| at <= now.0) {
        c.starting = None;
        start(pod, container, c, ctx);
    }
}

fn look_for_image(pod: &Object, container: &Value, c: &mut ContainerMemory, ctx: &Ctx<'_>) {
    let now = ctx.now();
    let (name, image) = (container.str_at("name"), container.str_at("image"));
    match images::need(pod, container, ctx) {
        Need::Present => {
            if c.create_error.is_none() {
                events::container(pod, name, "Normal", "Pulled", &events::present(image, ctx), ctx);
            }
            c.image_error = None;
            c.starting = Some((now + latency::CREATE_CONTAINER).0);
        }
        Need::Pull(began, done) => {
            events::container(pod, name, "Normal", "Pulling", &format!("Pulling image \"{image}\""), ctx);
            c.image_error = None;
            c.pull = Some(Pull { asked: now.0, began: began.0, done: done.0 });
        }
        Need::Missing(reason, message) => {
            missing(pod, container, c, reason, message, ctx);
        }
    }
}

/// The image cannot be had: told once when asked for, then kept waiting with a delay that grows.
fn missing(
    pod: &Object,
    container: &Value,
    c: &mut ContainerMemory,
    reason: &str,
    message: String,
    ctx: &Ctx<'_>,
) {
    let now = ctx.now();
    let (name, image) = (container.str_at("name"), container.str_at("image"));
    let told = |kind, reason, text: &str| events::container(pod, name, kind, reason, text, ctx);
    match reason {
        "ErrImagePull" => {
            told("Normal", "Pulling", &format!("Pulling image \"{image}\""));
            told("Warning", "Failed", &format!("Failed to pull image \"{image}\": {message}"));
            told("Warning", "Failed", "Error: ErrImagePull");
        }
        "InvalidImageName" => {
            told("Warning", "InspectFailed", &message);
            told("Warning", "Failed", "Error: InvalidImageName");
        }
        _ => {
            told("Warning", "ErrImageNeverPull", &message);
            told("Warning", "Failed", "Error: ErrImageNeverPull");
        }
    }
    let before = c.image_backoff.map(Waiting::as_backoff);
    let grown = Backoff::next(before, now, now, latency::IMAGE_BACKOFF, latency::BACKOFF_MAX);
    c.image_backoff = Some(grown.into());
    c.told_backoff = false;
    c.image_error = Some((reason.to_string(), message));
}

/// The wait for the next try of a pull.
fn tell_of_waiting(pod: &Object, container: &Value, c: &mut ContainerMemory, ctx: &Ctx<'_>) {
    c.told_backoff = true;
    if c.image_error.as_ref().is_some_and(|(reason, _)| reason == "ErrImagePull") {
        let (name, image) = (container.str_at("name"), container.str_at("image"));
        events::container(
            pod,
            name,
            "Normal",
            "BackOff",
            &format!("Back-off pulling image \"{image}\""),
            ctx,
        );
        events::container(pod, name, "Warning", "Failed", "Error: ImagePullBackOff", ctx);
    }
}

/// The process starts.
fn start(pod: &Object, container: &Value, c: &mut ContainerMemory, ctx: &Ctx<'_>) {
    let now = ctx.now();
    let name = container.str_at("name");
    if let Err(message) = environment::given(ctx.api, pod, container) {
        events::container(pod, name, "Warning", "Failed", &format!("Error: {message}"), ctx);
        c.create_error = Some(("CreateContainerConfigError".into(), message));
        c.image_backoff = Some(Waiting { delay: latency::IMAGE_BACKOFF.as_nanos() as i64, updated: now.0 });
        return;
    }
    c.create_error = None;
    c.image_backoff = None;
    events::container(pod, name, "Normal", "Created", &events::created(container, ctx), ctx);
    let seed = ctx.api.store().meta().seed;
    let id = names::hex(seed, "container", ctx.api.store().draw("container"), 64);
    let run = Run { id, started: now.0, noticed: (now + latency::RELIST).0, ..Run::default() };
    if c.last.is_some() {
        c.restarts += 1;
    }
    c.probes.clear();
    c.run = Some(run.clone());
    let process = process(pod, container, &run, c.restarts, ctx);
    process.remember(Value::Null);
    if let Some(why) = program_of(&process).unstartable() {
        let why = format!(
            "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create \
             failed: unable to start container process: error during container init: {why}"
        );
        events::container(pod, name, "Warning", "Failed", &format!("Error: {why}"), ctx);
        end(c, now, START_ERROR, "StartError");
        c.run = c.run.take().map(|run| Run { started: 0, message: why, ..run });
        return;
    }
    events::container(pod, name, "Normal", "Started", &events::started(container, ctx), ctx);
    let next = program_of(&process).start(&process);
    follow(c, next, now);
    let alive = c.run.as_ref().is_some_and(|run| run.ended.is_none());
    if alive && !hooks::run(&process, container.at("lifecycle/postStart")) {
        events::container(pod, name, "Warning", "FailedPostStartHook", "PostStartHook failed", ctx);
        terminate::stop_container(pod, container, c, "FailedPostStartHook", None, ctx);
    }
}
