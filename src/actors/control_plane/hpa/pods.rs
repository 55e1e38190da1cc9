//! Pods and their usage as the controller reads them: lean views that whoever drives the controller may keep between
//! passes, so that a pass over thousands of pods touches nothing else.

use crate::machinery::quantity::Quantity;
use crate::machinery::{Duration, Object, Time, Value};
use std::sync::Arc;

/// Amounts by resource name, in thousandths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources(Vec<(Arc<str>, i64)>);

impl Resources {
    /// From name and thousandths.
    pub fn new<N: Into<Arc<str>>>(amounts: impl IntoIterator<Item = (N, i64)>) -> Resources {
        Resources(amounts.into_iter().map(|(name, milli)| (name.into(), milli)).collect())
    }

    /// From a map of quantities such as `resources.requests`; what does not parse is left out.
    pub fn from_value(quantities: &Value) -> Resources {
        let entries = quantities.map().iter();
        Resources(
            entries
                .filter_map(|(k, v)| Some((Arc::from(k), Quantity::from_value(v).ok()?.milli_value())))
                .collect(),
        )
    }

    /// The amount of one resource.
    pub fn get(&self, name: &str) -> Option<i64> {
        self.0.iter().find(|(n, _)| &**n == name).map(|(_, milli)| *milli)
    }

    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `status.phase`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Not all containers have started.
    #[default]
    Pending,
    /// At least one container runs.
    Running,
    /// All containers ended well, for good.
    Succeeded,
    /// All containers ended, one of them badly.
    Failed,
    /// The node does not answer.
    Unknown,
}

impl Phase {
    /// From its name.
    pub fn parse(text: &str) -> Phase {
        match text {
            "Running" => Phase::Running,
            "Succeeded" => Phase::Succeeded,
            "Failed" => Phase::Failed,
            "Unknown" => Phase::Unknown,
            _ => Phase::Pending,
        }
    }
}

/// The Ready condition of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// `True` yields true, `False` false, `Unknown` nothing.
    pub ready: Option<bool>,
    /// Last change; nothing means "long ago".
    pub since: Option<Time>,
}

/// What one container asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerRequests {
    /// Name of the container.
    pub name: Arc<str>,
    /// `resources.requests`.
    pub requests: Resources,
}

/// One pod.
#[derive(Clone, Debug, PartialEq)]
pub struct PodView {
    /// Name.
    pub name: Arc<str>,
    /// `metadata.labels`.
    pub labels: Value,
    /// `status.phase`.
    pub phase: Phase,
    /// Whether deletion has begun.
    pub deleting: bool,
    /// The Ready condition.
    pub readiness: Option<Readiness>,
    /// `status.startTime`.
    pub started: Option<Time>,
    /// Containers, then sidecars (init containers that restart): what counts towards the pod's request.
    pub containers: Vec<ContainerRequests>,
    /// `spec.resources.requests`, when the pod itself asks.
    pub pod_requests: Option<Resources>,
}

impl PodView {
    /// The view of a Pod object.
    pub fn new(pod: &Object) -> PodView {
        let readiness = pod.condition("Ready").map(|c| Readiness {
            ready: match c.str_at("status") {
                "True" => Some(true),
                "False" => Some(false),
                _ => None,
            },
            since: Time::parse(c.str_at("lastTransitionTime")),
        });
        let sidecars = pod.items_at("spec/initContainers").iter();
        let sidecars = sidecars.filter(|c| c.str_at("restartPolicy") == "Always");
        let containers = pod.items_at("spec/containers").iter().chain(sidecars);
        PodView {
            name: Arc::from(pod.name()),
            labels: pod.at("metadata/labels").clone(),
            phase: Phase::parse(pod.str_at("status/phase")),
            deleting: pod.is_deleting(),
            readiness,
            started: Time::parse(pod.str_at("status/startTime")),
            containers: containers
                .map(|c| ContainerRequests {
                    name: Arc::from(c.str_at("name")),
                    requests: Resources::from_value(c.at("resources/requests")),
                })
                .collect(),
            pod_requests: Some(Resources::from_value(pod.at("spec/resources/requests")))
                .filter(|r| !r.is_empty()),
        }
    }

    /// Whether the pod runs and is ready: it takes its share of a value that is not measured by pod.
    pub(super) fn serves(&self) -> bool {
        self.phase == Phase::Running && self.readiness.is_some_and(|r| r.ready == Some(true))
    }
}

/// One item of `pods.metrics.k8s.io`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodMetrics {
    /// Name of the pod.
    pub name: Arc<str>,
    /// End of the window.
    pub timestamp: Time,
    /// Over how long CPU was averaged.
    pub window: Duration,
    /// Usage by container.
    pub containers: Vec<(Arc<str>, Resources)>,
}
