//! Pods: one word for what a pod is doing, out of its phase, its conditions and the states of all its containers.

use super::cells::{NONE, age_of, container_images, container_names, or};
use super::{AGE, Cell, NAME, Printer};
use crate::machinery::{Object, Time, Value, labels};

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new(
        "",
        "Pod",
        &[
            NAME,
            Cell::string("Ready", |o, _| {
                let pod = PodSummary::of(o);
                format!("{}/{}", pod.ready, pod.total).into()
            }),
            Cell::string("Status", |o, _| PodSummary::of(o).reason.into()),
            Cell::string("Restarts", |o, cx| restarts(o, cx.now).into()),
            AGE,
            Cell::string("IP", |o, _| or(first_ip(o), NONE).into()).wide(),
            Cell::string("Node", |o, _| or(o.str_at("spec/nodeName"), NONE).into()).wide(),
            Cell::string("Nominated Node", |o, _| or(o.str_at("status/nominatedNodeName"), NONE).into())
                .wide(),
            Cell::string("Readiness Gates", |o, _| readiness_gates(o).into()).wide(),
        ],
    ),
    Printer::new(
        "",
        "PodTemplate",
        &[
            NAME,
            Cell::string("Containers", |o, _| container_names(o, "template")),
            Cell::string("Images", |o, _| container_images(o, "template")),
            Cell::string("Pod Labels", |o, _| labels::format(o.map_at("template/metadata/labels")).into()),
        ],
    ),
];

/// What the READY, STATUS and RESTARTS columns say of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSummary {
    /// `Running`, `CrashLoopBackOff`, `Init:0/2`, `Terminating`.
    pub reason: String,
    /// Containers that are ready, sidecars included.
    pub ready: usize,
    /// Containers there are, sidecars included.
    pub total: usize,
    /// Restarts of the containers that count in this state.
    pub restarts: i64,
    /// When the last of them ended.
    pub last_restart: Option<Time>,
}

/// Restarts counted so far and the end of the latest run.
#[derive(Clone, Copy, Default)]
struct Restarts {
    count: i64,
    last: Option<Time>,
}

impl Restarts {
    fn add(&mut self, status: &Value) {
        self.count += status.int_at("restartCount").unwrap_or(0);
        let ended = Time::parse(status.str_at("lastState/terminated/finishedAt"));
        self.last = self.last.max(ended);
    }
}

impl PodSummary {
    /// Reads a pod's spec and status.
    pub fn of(pod: &Object) -> PodSummary {
        let containers = pod.items_at("spec/containers").len();
        let sidecars = pod.items_at("spec/initContainers").iter().filter(|c| is_sidecar(c)).count();
        let mut summary = PodSummary {
            reason: own_reason(pod),
            ready: 0,
            total: containers + sidecars,
            restarts: 0,
            last_restart: None,
        };
        let (restarts, sidecar_restarts, initializing) = summary.init_containers(pod);
        let restarts = if initializing && !pod.condition_true("Initialized") {
            restarts
        } else {
            summary.containers(pod, sidecar_restarts)
        };
        (summary.restarts, summary.last_restart) = (restarts.count, restarts.last);
        if pod.is_deleting() {
            if pod.str_at("status/reason") == "NodeLost" {
                summary.reason = "Unknown".into();
            } else if !has_ended(pod) {
                summary.reason = "Terminating".into();
            }
        }
        summary
    }

    /// Walks the init containers up to the one that holds the pod back. Answers the restarts of all of them, those of
    /// the sidecars alone, and whether one holds the pod back.
    fn init_containers(&mut self, pod: &Object) -> (Restarts, Restarts, bool) {
        let specs = pod.items_at("spec/initContainers");
        let (mut all, mut sidecars) = (Restarts::default(), Restarts::default());
        for (i, status) in pod.items_at("status/initContainerStatuses").iter().enumerate() {
            let sidecar = specs.iter().any(|s| s.str_at("name") == status.str_at("name") && is_sidecar(s));
            all.add(status);
            if sidecar {
                sidecars.add(status);
            }
            let terminated = status.at("state/terminated");
            let waiting = status.str_at("state/waiting/reason");
            if !terminated.is_null() && terminated.int_at("exitCode").unwrap_or(0) == 0 {
                continue;
            }
            if sidecar && status.bool_at("started") {
                self.ready += usize::from(status.bool_at("ready"));
                continue;
            }
            self.reason = if !terminated.is_null() {
                format!("Init:{}", termination_reason(terminated))
            } else if !waiting.is_empty() && waiting != "PodInitializing" {
                format!("Init:{waiting}")
            } else {
                format!("Init:{i}/{}", specs.len())
            };
            return (all, sidecars, true);
        }
        (all, sidecars, false)
    }

    /// Walks the containers; the first with something to say gives the reason.
    fn containers(&mut self, pod: &Object, sidecar_restarts: Restarts) -> Restarts {
        let mut restarts = sidecar_restarts;
        let mut running = false;
        let mut error = None;
        for status in pod.items_at("status/containerStatuses").iter().rev() {
            restarts.add(status);
            let terminated = status.at("state/terminated");
            let waiting = status.str_at("state/waiting/reason");
            if !waiting.is_empty() {
                self.reason = waiting.to_string();
            } else if !terminated.is_null() {
                self.reason = termination_reason(terminated);
                if terminated.int_at("exitCode").unwrap_or(0) != 0 {
                    error = Some(self.reason.clone());
                }
            } else if status.bool_at("ready") && !status.at("state/running").is_null() {
                running = true;
                self.ready += 1;
            }
        }
        // A pod some of whose containers have completed is judged by the others.
        if self.reason == "Completed" {
            if running && pod.condition_true("Ready") {
                self.reason = "Running".into();
            } else if let Some(error) = error {
                self.reason = error;
            } else if running {
                self.reason = "NotReady".into();
            }
        }
        restarts
    }
}

/// What the pod says of itself, before its containers are asked.
fn own_reason(pod: &Object) -> String {
    let gated = pod.condition("PodScheduled").is_some_and(|c| c.str_at("reason") == "SchedulingGated");
    if gated {
        return "SchedulingGated".into();
    }
    or(pod.str_at("status/reason"), pod.str_at("status/phase")).to_string()
}

fn termination_reason(terminated: &Value) -> String {
    let (reason, signal) = (terminated.str_at("reason"), terminated.int_at("signal").unwrap_or(0));
    if !reason.is_empty() {
        reason.to_string()
    } else if signal != 0 {
        format!("Signal:{signal}")
    } else {
        format!("ExitCode:{}", terminated.int_at("exitCode").unwrap_or(0))
    }
}

fn is_sidecar(init_container: &Value) -> bool {
    init_container.str_at("restartPolicy") == "Always"
}

fn has_ended(pod: &Object) -> bool {
    matches!(pod.str_at("status/phase"), "Succeeded" | "Failed")
}

fn restarts(pod: &Object, now: Time) -> String {
    let summary = PodSummary::of(pod);
    match summary.last_restart {
        Some(last) if summary.restarts != 0 => {
            format!("{} ({} ago)", summary.restarts, age_of(Some(last), now))
        }
        _ => summary.restarts.to_string(),
    }
}

fn first_ip(pod: &Object) -> &str {
    or(pod.str_at("status/podIPs/0/ip"), pod.str_at("status/podIP"))
}

fn readiness_gates(pod: &Object) -> String {
    let gates = pod.items_at("spec/readinessGates");
    if gates.is_empty() {
        return NONE.into();
    }
    let open = gates.iter().filter(|g| pod.condition_true(g.str_at("conditionType"))).count();
    format!("{open}/{}", gates.len())
}
