//! The kubelet's events, in the words of the cluster's version.

use crate::actors::Ctx;
use crate::api::EventSpec;
use crate::machinery::duration::go_duration;
use crate::machinery::{Duration, Object, Value};

/// Records an event about a container of a pod.
pub(super) fn container(pod: &Object, name: &str, kind: &str, reason: &str, message: &str, ctx: &Ctx<'_>) {
    let init = pod.items_at("spec/initContainers").iter().any(|c| c.str_at("name") == name);
    let list = if init { "initContainers" } else { "containers" };
    record(pod, &format!("spec.{list}{{{name}}}"), kind, reason, message, ctx);
}

/// Records an event about a pod.
pub(super) fn pod(pod: &Object, kind: &str, reason: &str, message: &str, ctx: &Ctx<'_>) {
    record(pod, "", kind, reason, message, ctx);
}

fn record(pod: &Object, field_path: &str, kind: &str, reason: &str, message: &str, ctx: &Ctx<'_>) {
    let host = pod.str_at("spec/nodeName");
    ctx.api.record(
        pod,
        &EventSpec { kind, reason, message, component: "kubelet", host, field_path, ..EventSpec::default() },
    );
}

pub(super) fn pulled(image: &str, alone: Duration, waiting: Duration, size: i64, ctx: &Ctx<'_>) -> String {
    let version = ctx.api.version();
    if !version.pull_event_tells_the_wait() {
        return format!("Successfully pulled image \"{image}\" in {}", go_duration(alone));
    }
    let ms = |d: Duration| go_duration(Duration::from_millis(i64::try_from(d.as_millis()).unwrap_or(0)));
    let mut text =
        format!("Successfully pulled image \"{image}\" in {} ({} including waiting)", ms(alone), ms(waiting));
    if version.pull_event_tells_the_size() {
        text.push_str(&format!(". Image size: {size} bytes."));
    }
    text
}

pub(super) fn present(image: &str, ctx: &Ctx<'_>) -> String {
    let rest = if ctx.api.version().kubelet_verifies_pull_credentials() {
        " and can be accessed by the pod"
    } else {
        ""
    };
    format!("Container image \"{image}\" already present on machine{rest}")
}

pub(super) fn created(container: &Value, ctx: &Ctx<'_>) -> String {
    let name = container.str_at("name");
    let version = ctx.api.version();
    if version.container_events_are_plain() {
        "Container created".to_string()
    } else if version.created_event_has_a_colon() {
        format!("Created container: {name}")
    } else {
        format!("Created container {name}")
    }
}

pub(super) fn started(container: &Value, ctx: &Ctx<'_>) -> String {
    if ctx.api.version().container_events_are_plain() {
        "Container started".to_string()
    } else {
        format!("Started container {}", container.str_at("name"))
    }
}

pub(super) fn back_off(pod: &Object, name: &str, ctx: &Ctx<'_>) -> String {
    if ctx.api.version().backoff_event_names_the_container() {
        format!("Back-off restarting failed container {name} in pod {}", full_name(pod))
    } else {
        "Back-off restarting failed container".to_string()
    }
}

/// `POD_NAMESPACE(UID)`: how the kubelet writes a pod in its messages.
pub(super) fn full_name(pod: &Object) -> String {
    format!("{}_{}({})", pod.name(), pod.namespace(), pod.uid())
}
