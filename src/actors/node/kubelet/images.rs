//! The images of a node: which are there, and the one pull at a time.

use crate::actors::{Ctx, latency};
use crate::catalog::image_ref::default_pull_policy;
use crate::catalog::images::{self, Image, PullError};
use crate::json;
use crate::machinery::{Object, Time, Value};
use std::rc::Rc;

const MEMORY: &str = "node-images";
/// A Node's status names at most this many images.
const SHOWN: usize = 50;

/// What has to be done for a container's image.
pub(super) enum Need {
    /// It is there and may be used.
    Present,
    /// It is fetched, or only asked for when every layer is there; done at the instant given second.
    Pull(Time, Time),
    /// It cannot be had: reason and message.
    Missing(&'static str, String),
}

/// Looks for a container's image on its node.
pub(super) fn need(pod: &Object, container: &Value, ctx: &Ctx<'_>) -> Need {
    let node = pod.str_at("spec/nodeName");
    let name = container.str_at("image");
    let policy = match container.str_at("imagePullPolicy") {
        "" => default_pull_policy(name),
        policy => policy,
    };
    let image = match images::find(name) {
        Ok(image) => image,
        Err(PullError::InvalidName(text)) => return Need::Missing("InvalidImageName", text),
        Err(PullError::NotFound(text)) if policy != "Never" => return Need::Missing("ErrImagePull", text),
        Err(PullError::NotFound(_)) => return Need::Missing("ErrImageNeverPull", never(name)),
    };
    let memory = ctx.api.store().memory(MEMORY, node);
    let present = memory.at("images").get(&image.reference.full()).is_some();
    match policy {
        "Never" if !present => return Need::Missing("ErrImageNeverPull", never(name)),
        "Never" | "IfNotPresent" if present => return Need::Present,
        _ => {}
    }
    let now = ctx.now();
    let free = memory.int_at("busyUntil").map_or(now, Time);
    let began = free.max(now);
    let done = began + if present { image.check() } else { image.pull };
    let mut memory = if memory.is_null() { Value::object() } else { memory };
    memory.set("busyUntil", done.0);
    ctx.api.store().remember(MEMORY, node, memory);
    Need::Pull(began, done)
}

/// A pull is done: the node has the image, and its status will say so.
pub(super) fn arrived(pod: &Object, container: &Value, ctx: &Ctx<'_>) {
    let node = pod.str_at("spec/nodeName");
    let Ok(image) = images::find(container.str_at("image")) else { return };
    let mut memory = ctx.api.store().memory(MEMORY, node);
    if memory.is_null() {
        memory = Value::object();
    }
    let full = image.reference.full();
    if memory.at("images").get(&full).is_none() {
        let mut there = memory.at("images").clone();
        there.map_mut().insert(&full, image.size);
        memory.set("images", there);
        ctx.api.store().remember(MEMORY, node, memory);
        ctx.wake_in(&format!("node {node}"), latency::NODE_STATUS);
    }
}

/// Writes the node's images into its status, the largest first.
pub(super) fn report(node: &str, ctx: &Ctx<'_>) {
    let memory = ctx.api.store().memory(MEMORY, node);
    let mut there: Vec<(i64, String, Rc<Image>)> = memory
        .map_at("images")
        .iter()
        .filter_map(|(full, size)| Some((size.as_i64()?, full.to_string(), images::find(full).ok()?)))
        .collect();
    there.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    there.truncate(SHOWN);
    let list: Vec<Value> = there
        .into_iter()
        .map(|(size, full, image)| {
            let digest = format!("{}@{}", image.reference.repository(), image.digest);
            json!({"names": [digest, full], "sizeBytes": size})
        })
        .collect();
    let _ = ctx.api.modify_status("nodes", "", node, |object| object.set("status/images", list));
}

fn never(name: &str) -> String {
    format!("Container image \"{name}\" is not present with pull policy of Never")
}
