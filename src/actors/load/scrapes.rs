//! The scrapes of metrics-server: when they were, and what two of them tell of a pod. A scrape by itself costs nothing.

use super::pod_meters::{ContainerMeter, METERS, PodMeters};
use crate::actors::programs::{Process, metrics_server};
use crate::api::{Server, heartbeat};
use crate::machinery::{Duration, Object, Time};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

pub(super) const GROUP: &str = "metrics.k8s.io";
/// cAdvisor looks at a container every 10 to 20 s, so what a scrape finds is about that old.
pub(super) const HOUSEKEEPING: Duration = Duration::from_secs(15);
/// From the start of a container to cAdvisor's first look at it; the second follows a [`HOUSEKEEPING`] later.
const NOTICED: Duration = Duration::from_secs(1);
/// A container this young is measured from its start.
const YOUNGEST: Duration = Duration::from_secs(10);

/// Why there are no metrics at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unavailable {
    /// No APIService declares the group.
    NotServed,
    /// Nobody answers behind it.
    Down,
}

impl Unavailable {
    /// The client's error for a request such as `get pods.metrics.k8s.io`.
    pub fn client_text(self, request: &str) -> String {
        let what = match self {
            Unavailable::NotServed => "the server could not find the requested resource",
            Unavailable::Down => "the server is currently unable to handle the request",
        };
        format!("{what} ({request})")
    }
}

/// What a container used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContainerSample {
    /// Its name.
    pub name: Arc<str>,
    /// Billionths of a core.
    pub cpu_nanocores: i64,
    /// Bytes of working set.
    pub memory: i64,
}

/// What the containers of a pod used.
#[derive(Clone, PartialEq, Debug)]
pub struct PodSample {
    /// When it was measured.
    pub timestamp: Time,
    /// Over how long.
    pub window: Duration,
    /// By container, in the pod's order.
    pub containers: Vec<ContainerSample>,
}

/// A running pod as scrapes find it. Whoever samples the same pods again and again keeps it as long as the pod does not
/// change, and reads its meters anew when [`ScrapeTarget::version`] is another.
#[derive(Debug)]
pub struct ScrapeTarget {
    uid: Arc<str>,
    node: Arc<str>,
    meters: Rc<PodMeters>,
}

impl ScrapeTarget {
    /// A pod's target; none while it does not run.
    pub fn new(api: &Server, pod: &Object) -> Option<ScrapeTarget> {
        (pod.str_at("status/phase") == "Running").then(|| ScrapeTarget {
            uid: pod.uid().into(),
            node: pod.str_at("spec/nodeName").into(),
            meters: PodMeters::read(api, pod.uid()),
        })
    }

    /// Another number after every change of any meter.
    pub fn version(api: &Server) -> u64 {
        api.store().memory_version(METERS)
    }

    /// Reads its meters again.
    pub fn refresh(&mut self, api: &Server) {
        self.meters = PodMeters::read(api, &self.uid);
    }
}

/// The scrapes metrics-server answers from.
pub struct Scrapes {
    pub(super) last: Time,
    pub(super) previous: Option<Time>,
    resolution: Duration,
    measures_young: bool,
    /// Nodes whose kubelets did not answer the last scrape: what they do not tell is missing at once.
    silent: BTreeSet<String>,
}

/// What two scrapes tell of a container: its use at an instant, over the time before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Reading {
    at: Time,
    window: Duration,
}

/// When the figures were taken that a scrape of a container finds: cAdvisor has looked at a young one twice within 16 s,
/// and later on at some instant in the last [`HOUSEKEEPING`].
fn look(start: Time, scrape: Time) -> Option<Time> {
    let age = scrape.since(start);
    let (first, second) = (start + NOTICED, start + NOTICED + HOUSEKEEPING);
    if age < NOTICED {
        None
    } else if scrape < second {
        Some(first)
    } else {
        Some(second.max(scrape - HOUSEKEEPING))
    }
}

impl Scrapes {
    /// Finds the metrics-server that answers, and when it scraped; nothing when it has not yet.
    pub fn find(api: &Server) -> Result<Option<Scrapes>, Unavailable> {
        let services = api.list("apiservices.apiregistration.k8s.io", "");
        let declared =
            services.iter().find(|s| s.str_at("spec/group") == GROUP && !s.at("spec/service").is_null());
        let service = declared.ok_or(Unavailable::NotServed)?;
        if !service.condition_true("Available") {
            return Err(Unavailable::Down);
        }
        let (ns, name) = (service.str_at("spec/service/namespace"), service.str_at("spec/service/name"));
        let pods = super::demand::pods_of(api, ns, "service", name);
        let first = pods.iter().filter(|p| p.condition_true("Ready")).find_map(|pod| {
            let start = PodMeters::read(api, pod.uid()).containers.iter().map(|c| c.meter.start).min()?;
            Some((start, pod))
        });
        let (start, pod) = first.ok_or(Unavailable::Down)?;
        let container = pod.items_at("spec/containers").first().cloned().unwrap_or_default();
        let process = Process { api, pod, container: &container, started: start, restarts: 0 };
        let resolution = metrics_server::resolution(&process);
        let passed = api.now().since(start).as_nanos().max(0) / resolution.as_nanos().max(1);
        let ticks = i32::try_from(passed).unwrap_or(i32::MAX);
        let last = start + resolution * ticks;
        let stopped = heartbeat::all_stopped(api).into_iter();
        Ok(Some(Scrapes {
            last,
            previous: (ticks > 0).then(|| last - resolution),
            resolution,
            // Since v0.5 one scrape is enough for a container that has just started.
            measures_young: metrics_server::version(container.str_at("image")).is_none_or(|minor| minor >= 5),
            silent: stopped.filter(|(_, stopped)| stopped.at <= last).map(|(node, _)| node).collect(),
        }))
    }

    /// Whether the kubelet of a node answered the last scrape.
    pub(super) fn reaches(&self, node: &str) -> bool {
        !self.silent.contains(node)
    }

    /// What is known of a container that was there at both scrapes, or is young enough to be measured from its start.
    fn reading(&self, start: Time) -> Option<Reading> {
        let at = look(start, self.last)?;
        if let Some(before) = self.previous.and_then(|scrape| look(start, scrape)) {
            // Two looks that are worth comparing are a resolution apart, as far as there was a first one by then.
            let before = before.min((at - self.resolution).max(start + NOTICED));
            return (before < at).then(|| Reading { at, window: at.since(before) });
        }
        let age = at.since(start);
        let young = self.measures_young && age >= YOUNGEST && age < self.resolution;
        young.then_some(Reading { at, window: age })
    }

    /// What a pod used; nothing while it is not measured.
    pub fn sample(&self, target: &ScrapeTarget) -> Option<PodSample> {
        if !self.reaches(&target.node) {
            return None;
        }
        let mut containers = Vec::with_capacity(target.meters.containers.len());
        let mut earliest: Option<Reading> = None;
        for ContainerMeter { name, meter, .. } in &target.meters.containers {
            let reading = self.reading(meter.start)?;
            let memory = meter.memory(reading.at);
            if meter.used(reading.at) == 0 || memory == 0 {
                return None;
            }
            if earliest.is_none_or(|e| reading.at < e.at) {
                earliest = Some(reading);
            }
            containers.push(ContainerSample {
                name: name.clone(),
                cpu_nanocores: meter.nanocores(reading.at),
                memory,
            });
        }
        let Reading { at, window } = earliest?;
        Some(PodSample { timestamp: at.truncated(), window, containers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The age of the figures and their window, in seconds, when a container is scraped every `resolution` seconds, the
    /// last time at the age of `age`.
    fn reading(age: i64, resolution: i64, measures_young: bool) -> Option<(i64, i64)> {
        let (start, resolution) = (Time::from_secs(1_000), Duration::from_secs(resolution));
        let last = start + Duration::from_secs(age);
        let scrapes = Scrapes {
            last,
            previous: Some(last - resolution),
            resolution,
            measures_young,
            silent: BTreeSet::new(),
        };
        let reading = scrapes.reading(start)?;
        Some((reading.at.since(start).as_secs(), reading.window.as_secs()))
    }

    #[test]
    fn a_young_container_is_known_after_two_looks() {
        assert_eq!(reading(15, 15, true), None);
        assert_eq!(reading(16, 15, true), Some((16, 15)));
        assert_eq!(reading(31, 15, true), Some((16, 15)));
        assert_eq!(reading(40, 15, true), Some((25, 15)));
        assert_eq!(reading(300, 15, true), Some((285, 15)));
        // One scrape in a minute: since v0.5 the start counts as the one before.
        assert_eq!(reading(20, 60, true), Some((16, 16)));
        assert_eq!(reading(20, 60, false), None);
        assert_eq!(reading(62, 60, false), Some((47, 46)));
        assert_eq!(reading(200, 60, false), Some((185, 60)));
    }
}
