//! What a kubelet keeps of a pod between two looks at it: how far each container has come. Instants are nanoseconds since
//! the epoch; everything survives in the store's memories, so any process goes on where the last one stopped.

use crate::machinery::backoff::Backoff;
use crate::machinery::{Duration, Object, Time, Value};
use crate::store::Remembered;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A pod on a node.
#[derive(Serialize, Deserialize, Default, Clone, PartialEq, Debug)]
#[serde(default)]
pub(super) struct PodMemory {
    /// When the kubelet first saw it.
    pub seen: i64,
    /// When its sandbox (network included) stands; 0 while refused.
    pub sandbox: i64,
    /// Its volumes are mounted.
    pub mounted: bool,
    /// When a mount that failed is tried again, after what delay, and when it is told of next.
    pub mount_retry: i64,
    pub mount_delay: i64,
    pub mount_told: i64,
    /// The address of the sandbox.
    pub ip: String,
    /// Why it was not admitted: reason and message.
    pub refused: Option<(String, String)>,
    /// Containers by name, init containers too.
    pub containers: BTreeMap<String, ContainerMemory>,
    /// Why it was evicted.
    pub evicted: Option<String>,
    /// When stopping began.
    pub stopping: Option<i64>,
    /// When the final status was written.
    pub finished: Option<i64>,
}

/// A container.
#[derive(Serialize, Deserialize, Default, Clone, PartialEq, Debug)]
#[serde(default)]
pub(super) struct ContainerMemory {
    /// Its image is being fetched.
    pub pull: Option<Pull>,
    /// Why the image cannot be had: `ErrImagePull` and the like, with the message.
    pub image_error: Option<(String, String)>,
    /// When the image is asked for again, and the delay that grows.
    pub image_backoff: Option<Waiting>,
    /// The image is there; the process starts at this instant.
    pub starting: Option<i64>,
    /// The run of now, or the last one.
    pub run: Option<Run>,
    /// The run before it.
    pub last: Option<Run>,
    /// How often it was started again.
    pub restarts: i64,
    /// The delay that grows with each crash.
    pub backoff: Option<Waiting>,
    /// The back-off that holds now was told of by an event.
    pub told_backoff: bool,
    /// When its program wants to act.
    pub resume: Option<i64>,
    /// Probes by kind.
    pub probes: BTreeMap<String, ProbeMemory>,
    /// SIGTERM was sent; it ends at this instant with this code.
    pub ending: Option<(i64, i32)>,
    /// Why it could not be created: reason and message.
    pub create_error: Option<(String, String)>,
}

/// A pull under way.
#[derive(Serialize, Deserialize, Default, Clone, PartialEq, Debug)]
pub(super) struct Pull {
    /// When it was asked for.
    pub asked: i64,
    /// When the node's earlier pulls were done and it began.
    pub began: i64,
    /// When it is done.
    pub done: i64,
}

/// A delay that grows: when it was last counted, and how long it is.
#[derive(Serialize, Deserialize, Default, Clone, Copy, PartialEq, Debug)]
pub(super) struct Waiting {
    /// Its length in nanoseconds.
    pub delay: i64,
    /// When it was counted.
    pub updated: i64,
}

impl Waiting {
    pub(super) fn as_backoff(self) -> Backoff {
        Backoff { delay: Duration::from_nanos(self.delay), updated: Time(self.updated) }
    }
}

impl From<Backoff> for Waiting {
    fn from(b: Backoff) -> Waiting {
        Waiting { delay: i64::try_from(b.delay.as_nanos()).unwrap_or(i64::MAX), updated: b.updated.0 }
    }
}

/// One run of a process.
#[derive(Serialize, Deserialize, Default, Clone, PartialEq, Debug)]
#[serde(default)]
pub(super) struct Run {
    /// The runtime's id.
    pub id: String,
    /// When it started.
    pub started: i64,
    /// When the kubelet noticed that.
    pub noticed: i64,
    /// When it ended.
    pub ended: Option<i64>,
    /// When the kubelet noticed that.
    pub end_noticed: i64,
    /// Exit code.
    pub code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `StartError`.
    pub reason: String,
    /// What the runtime said of its end.
    pub message: String,
}

impl Run {
    /// Whether it runs, as far as the kubelet knows.
    pub(super) fn is_running(&self, now: Time) -> bool {
        self.noticed <= now.0 && !self.has_ended(now)
    }

    /// Whether it has ended, as far as the kubelet knows.
    pub(super) fn has_ended(&self, now: Time) -> bool {
        self.ended.is_some() && self.end_noticed <= now.0
    }
}

/// How a probe went so far.
#[derive(Serialize, Deserialize, Default, Clone, PartialEq, Debug)]
#[serde(default)]
pub(super) struct ProbeMemory {
    /// When it asks next; `None` while its answer holds by itself.
    pub next: Option<i64>,
    /// Equal answers in a row.
    pub successes: i64,
    /// Failures in a row.
    pub failures: i64,
    /// The result in force.
    pub passed: bool,
}

impl Remembered for PodMemory {
    fn to_value(&self) -> Value {
        Value::write(self)
    }

    fn from_value(value: &Value) -> PodMemory {
        value.read().unwrap_or_default()
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The init containers and the containers of a pod, in the order they start.
pub(super) fn containers(pod: &Object) -> impl Iterator<Item = (&Value, Role)> {
    let init = pod.items_at("spec/initContainers").iter().map(|c| {
        let role = if c.str_at("restartPolicy") == "Always" { Role::Sidecar } else { Role::Init };
        (c, role)
    });
    init.chain(pod.items_at("spec/containers").iter().map(|c| (c, Role::Main)))
}

/// What a container is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// Runs to its end before the next starts.
    Init,
    /// Starts among the init containers and runs beside the others.
    Sidecar,
    /// The pod's work.
    Main,
}
