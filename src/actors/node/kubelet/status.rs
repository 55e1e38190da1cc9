//! The status of a pod, as a function of what the kubelet knows of it.

use super::memory::{ContainerMemory, PodMemory, Role, Run, containers};
use super::{events, probes, restart, terminate};
use crate::actors::Ctx;
use crate::actors::node::addresses;
use crate::catalog::images;
use crate::json;
use crate::machinery::duration::go_duration;
use crate::machinery::{Duration, Object, Time, Value};

/// Computes the status of a pod.
pub(super) fn of(pod: &Object, m: &PodMemory, ctx: &Ctx<'_>) -> Value {
    let now = ctx.now();
    let mut status = pod.at("status").clone();
    if status.is_null() {
        status = Value::object();
    }
    if let Some((reason, message)) = &m.refused {
        status.set("phase", "Failed");
        status.set("reason", reason.as_str());
        status.set("message", format!("Pod was rejected: {message}"));
        status.set("startTime", Time(m.seen).rfc3339());
        return status;
    }
    let facts = Facts::of(pod, m, now);
    status.set("phase", facts.shown);
    let node = ctx.api.find("nodes", "", pod.str_at("spec/nodeName"));
    let host = node.as_ref().map_or("", addresses::internal_ip);
    status.set("hostIP", host);
    if ctx.api.version().pods_list_host_ips() {
        status.set("hostIPs", json!([{"ip": host}]));
    }
    status.set("startTime", Time(m.seen).rfc3339());
    if m.sandbox <= now.0 && !m.ip.is_empty() && facts.network {
        status.set("podIP", m.ip.as_str());
        status.set("podIPs", json!([{"ip": (m.ip.as_str())}]));
    }
    if ctx.api.version().pods_observe_their_generation() {
        status.set("observedGeneration", pod.generation());
    }
    for (key, wanted) in [("initContainerStatuses", true), ("containerStatuses", false)] {
        let list: Vec<Value> = containers(pod)
            .filter(|(_, role)| (*role != Role::Main) == wanted)
            .map(|(c, role)| container_status(pod, c, role, m, &facts, ctx))
            .collect();
        if !list.is_empty() {
            status.set(key, list);
        }
    }
    if let Some(message) = m.evicted.as_ref().filter(|_| facts.is_over()) {
        status.set("reason", "Evicted");
        status.set("message", message.as_str());
    }
    let conditions = conditions(pod, m, &facts, ctx);
    status.set("conditions", conditions);
    status
}

/// What the containers add up to.
struct Facts {
    phase: &'static str,
    /// The phase that shows: a pod is not over while a container may run.
    shown: &'static str,
    /// A container that is no init container has started.
    begun: bool,
    /// Init containers not done yet.
    uninitialized: Vec<String>,
    unready: Vec<String>,
    /// The sandbox's address shows: a container was started, or an earlier one has run.
    network: bool,
}

impl Facts {
    fn of(pod: &Object, m: &PodMemory, now: Time) -> Facts {
        let memory = |c: &Value| m.containers.get(c.str_at("name"));
        let mut uninitialized = Vec::new();
        let mut unready = Vec::new();
        let (mut waiting, mut running, mut failed, mut init_failed) = (0, 0, 0, false);
        let (mut network, mut begun) = (false, false);
        for (container, role) in containers(pod) {
            let name = container.str_at("name").to_string();
            let c = memory(container);
            let run = c.and_then(|c| c.run.as_ref());
            network |=
                c.is_some_and(|c| c.last.is_some() || c.run.as_ref().is_some_and(|r| r.noticed <= now.0));
            let ended = run.filter(|r| r.has_ended(now));
            match role {
                Role::Init => {
                    if ended.is_none_or(|r| r.code != 0) {
                        uninitialized.push(name);
                    }
                    init_failed |= ended.is_some_and(|r| r.code != 0 && !restart::wanted(pod, role, r.code));
                }
                Role::Sidecar => {
                    if !c.is_some_and(|c| probes::has_started(container, c, now)) {
                        uninitialized.push(name.clone());
                    }
                    if !c.is_some_and(|c| probes::is_ready(container, c, now)) {
                        unready.push(name);
                    }
                }
                Role::Main => {
                    begun |= ended.is_some() || run.is_some_and(|r| r.noticed <= now.0);
                    if !c.is_some_and(|c| probes::is_ready(container, c, now)) {
                        unready.push(name);
                    }
                    match (run, ended) {
                        (_, Some(r)) if restart::wanted(pod, role, r.code) && m.stopping.is_none() => {
                            running += 1
                        }
                        (_, Some(r)) => failed += i32::from(r.code != 0),
                        (Some(r), None) if r.noticed <= now.0 => running += 1,
                        _ if c.is_some_and(|c| c.last.is_some()) => running += 1,
                        _ => waiting += 1,
                    }
                }
            }
        }
        let stopped = m.stopping.is_some() && terminate::has_stopped(m, now);
        let phase = if init_failed || (stopped && failed + waiting > 0) {
            "Failed"
        } else if waiting > 0 || (!uninitialized.is_empty() && running == 0 && m.stopping.is_none()) {
            "Pending"
        } else if running > 0 {
            "Running"
        } else if failed > 0 {
            "Failed"
        } else {
            "Succeeded"
        };
        let over = matches!(phase, "Succeeded" | "Failed");
        let shown = match pod.str_at("status/phase") {
            "Pending" | "" if over && !terminate::has_stopped(m, now) => "Pending",
            "Running" if over && !terminate::has_stopped(m, now) => "Running",
            _ => phase,
        };
        Facts { phase, shown, begun, uninitialized, unready, network }
    }

    fn is_over(&self) -> bool {
        matches!(self.shown, "Succeeded" | "Failed")
    }
}

/// Whether a condition holds, and if not, for which reason, in which words.
#[derive(Clone, Default)]
struct Verdict {
    holds: bool,
    reason: &'static str,
    message: String,
}

impl Verdict {
    fn good() -> Verdict {
        Verdict { holds: true, ..Verdict::default() }
    }

    fn bad(reason: &'static str, message: String) -> Verdict {
        Verdict { holds: false, reason, message }
    }
}

/// What the kubelet says of a pod, in the order in which it writes it.
fn verdicts(pod: &Object, m: &PodMemory, facts: &Facts, ctx: &Ctx<'_>) -> Vec<(&'static str, Verdict)> {
    let names = |list: &[String]| format!("[{}]", list.join(" "));
    let initialized = match facts.phase {
        "Succeeded" => Verdict { reason: "PodCompleted", ..Verdict::good() },
        _ if facts.begun || facts.uninitialized.is_empty() => Verdict::good(),
        _ => Verdict::bad(
            "ContainersNotInitialized",
            format!("containers with incomplete status: {}", names(&facts.uninitialized)),
        ),
    };
    let containers_ready = match facts.phase {
        "Succeeded" => Verdict::bad("PodCompleted", String::new()),
        "Failed" => Verdict::bad("PodFailed", String::new()),
        _ if facts.unready.is_empty() => Verdict::good(),
        _ => Verdict::bad(
            "ContainersNotReady",
            format!("containers with unready status: {}", names(&facts.unready)),
        ),
    };
    let ready = match closed_gates(pod) {
        Some(closed) if containers_ready.holds => Verdict::bad("ReadinessGatesNotReady", closed),
        _ => containers_ready.clone(),
    };
    let mut all = Vec::new();
    if ctx.api.version().pods_have_the_sandbox_condition() {
        let holds = m.sandbox <= ctx.now().0 && !facts.is_over() && facts.network;
        all.push(("PodReadyToStartContainers", Verdict { holds, ..Verdict::default() }));
    }
    all.push(("Initialized", initialized));
    all.push(("Ready", ready));
    all.push(("ContainersReady", containers_ready));
    all.push(("PodScheduled", Verdict::good()));
    all
}

/// What is told of the readiness gates whose condition does not hold; none when all do.
fn closed_gates(pod: &Object) -> Option<String> {
    let texts: Vec<String> = pod
        .items_at("spec/readinessGates")
        .iter()
        .map(|g| g.str_at("conditionType"))
        .filter(|kind| !pod.condition_true(kind))
        .map(|kind| match pod.condition(kind) {
            None => format!("corresponding condition of pod readiness gate \"{kind}\" does not exist."),
            Some(c) => format!(
                "the status of pod readiness gate \"{kind}\" is not \"True\", but {}",
                c.str_at("status")
            ),
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// The conditions of the status: the kubelet's own, then those that others wrote.
fn conditions(pod: &Object, m: &PodMemory, facts: &Facts, ctx: &Ctx<'_>) -> Vec<Value> {
    let now = ctx.now();
    let observed = ctx.api.version().pods_observe_their_generation();
    let written = |(kind, verdict): (&str, Verdict)| {
        let status = if verdict.holds { "True" } else { "False" };
        let since = match pod.condition(kind) {
            Some(old) if old.str_at("status") == status => old.at("lastTransitionTime").clone(),
            _ => now.rfc3339().into(),
        };
        let mut condition = json!({
            "type": kind, "status": status, "lastProbeTime": (Value::Null), "lastTransitionTime": since,
        });
        if observed {
            condition.set("observedGeneration", pod.generation());
        }
        for (key, text) in [("reason", verdict.reason), ("message", verdict.message.as_str())] {
            if !text.is_empty() {
                condition.set(key, text);
            }
        }
        condition
    };
    let mut list: Vec<Value> = verdicts(pod, m, facts, ctx).into_iter().map(written).collect();
    let ours: Vec<String> = list.iter().map(|c| c.str_at("type").to_string()).collect();
    let others = pod.items_at("status/conditions").iter();
    list.extend(others.filter(|c| !ours.iter().any(|t| t == c.str_at("type"))).cloned());
    list
}

fn container_status(
    pod: &Object,
    container: &Value,
    role: Role,
    m: &PodMemory,
    facts: &Facts,
    ctx: &Ctx<'_>,
) -> Value {
    let now = ctx.now();
    let none = ContainerMemory::default();
    let name = container.str_at("name");
    let c = m.containers.get(name).unwrap_or(&none);
    let shown = c.run.as_ref().filter(|r| r.noticed <= now.0 || r.has_ended(now));
    let version = ctx.api.version();
    let state = match shown {
        Some(run) if run.has_ended(now) && waits_to_restart(pod, role, run, m) => back_off(pod, name, c, run),
        Some(run) if run.has_ended(now) => terminated(run),
        Some(run) => json!({"running": {"startedAt": (Time(run.started).rfc3339())}}),
        None => waiting(pod, c, role, facts, now),
    };
    let ended_before = match shown {
        Some(run) if run.has_ended(now) && waits_to_restart(pod, role, run, m) => Some(run),
        _ => c.last.as_ref(),
    };
    let last_state = ended_before.map_or_else(Value::object, terminated);
    let latest = shown.or(c.last.as_ref());
    let (image, image_id) = shown_image(container.str_at("image"), latest.is_some());
    let started = probes::has_started(container, c, now);
    let done = role == Role::Init && shown.is_some_and(|r| r.has_ended(now) && r.code == 0);
    let mut status = json!({
        "name": name,
        "image": image,
        "imageID": image_id,
        "lastState": last_state,
        "ready": (done || (role != Role::Init && probes::is_ready(container, c, now))),
        "restartCount": (c.restarts),
        "started": started,
        "state": state,
    });
    if let Some(run) = latest {
        status.set("containerID", format!("containerd://{}", run.id));
    }
    if version.pods_have_resources() && shown.is_some() {
        let resources = container.at("resources");
        if !resources.at("requests").is_null() {
            status.set("allocatedResources", resources.at("requests"));
        }
        status.set("resources", if resources.is_null() { Value::object() } else { resources.clone() });
        status.set("user", json!({"linux": {"gid": 0, "supplementalGroups": [0], "uid": 0}}));
    }
    if version.container_statuses_have_mounts() && !container.items_at("volumeMounts").is_empty() {
        status.set(
            "volumeMounts",
            container.items_at("volumeMounts").iter().map(mount_status).collect::<Value>(),
        );
    }
    status
}

/// The name and the id of a container's image: what is written in the spec until the image is there.
fn shown_image(written: &str, is_there: bool) -> (String, String) {
    match images::find(written) {
        Ok(image) if is_there => {
            (image.reference.full(), format!("{}@{}", image.reference.repository(), image.digest))
        }
        _ => (written.to_string(), String::new()),
    }
}

fn mount_status(mount: &Value) -> Value {
    let mut status = json!({"mountPath": (mount.at("mountPath")), "name": (mount.at("name"))});
    if mount.bool_at("readOnly") {
        status.set("readOnly", true);
        status.set("recursiveReadOnly", "Disabled");
    }
    status
}

fn waits_to_restart(pod: &Object, role: Role, run: &Run, m: &PodMemory) -> bool {
    m.stopping.is_none() && restart::wanted(pod, role, run.code)
}

fn terminated(run: &Run) -> Value {
    let mut state = json!({"terminated": {
        "containerID": (format!("containerd://{}", run.id)),
        "exitCode": (i64::from(run.code)),
        "finishedAt": (Time(run.ended.unwrap_or_default()).rfc3339()),
        "reason": (run.reason.as_str()),
        "startedAt": (Time(run.started).rfc3339()),
    }});
    if !run.message.is_empty() {
        state.set("terminated/message", run.message.as_str());
    }
    state
}

/// A container between its end and its next start.
fn back_off(pod: &Object, name: &str, c: &ContainerMemory, run: &Run) -> Value {
    match c.backoff {
        Some(b) if c.told_backoff => {
            let delay = go_duration(Duration::from_nanos(b.delay));
            let message =
                format!("back-off {delay} restarting failed container={name} pod={}", events::full_name(pod));
            json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}})
        }
        _ if run.reason == "StartError" => {
            json!({"waiting": {"reason": "RunContainerError", "message": (run.message.as_str())}})
        }
        _ => terminated(run),
    }
}

fn waiting(pod: &Object, c: &ContainerMemory, role: Role, facts: &Facts, now: Time) -> Value {
    if let Some((reason, message)) = &c.create_error {
        return json!({"waiting": {"reason": (reason.as_str()), "message": (message.as_str())}});
    }
    if let Some((reason, message)) = &c.image_error {
        // The relist after the failure shows the failure, later ones the waiting.
        let waits =
            reason == "ErrImagePull" && c.told_backoff && c.image_backoff.is_some_and(|b| now.0 > b.updated);
        if waits {
            let text = "Back-off pulling image";
            let image = containers(pod)
                .map(|(container, _)| container)
                .find(|container| c.image_error.is_some() && !container.str_at("image").is_empty())
                .map_or("", |container| container.str_at("image"));
            let message = format!("{text} \"{image}\": ErrImagePull: {message}");
            return json!({"waiting": {"reason": "ImagePullBackOff", "message": message}});
        }
        return json!({"waiting": {"reason": (reason.as_str()), "message": (message.as_str())}});
    }
    let initializing = role != Role::Main
        || !facts.uninitialized.is_empty()
        || !pod.items_at("spec/initContainers").is_empty();
    let reason = if initializing { "PodInitializing" } else { "ContainerCreating" };
    json!({"waiting": {"reason": reason}})
}
