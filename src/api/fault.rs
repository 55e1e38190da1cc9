//! What a user makes fail on purpose, and for how long. Faults are memories, by what they are about, so they travel with
//! copies and exports of a cluster. Whoever would notice a fault in reality asks here: the kubelet, the probes, EC2; the
//! actor `fault-injector` has them look when one begins or is over.

use super::Server;
use crate::json;
use crate::machinery::{Duration, Time, Value, well_known};
use crate::store::Store;
use std::collections::BTreeMap;

/// Whose memories faults are, and who sees to them.
pub const INJECTOR: &str = "fault-injector";
/// The injector goes before everyone else at an instant: what fails now fails for all.
pub const INJECTOR_RANK: u8 = 1;

/// What a fault is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Target {
    /// A node, by name.
    Node(String),
    /// A pod, by namespace and name.
    Pod(String, String),
    /// An availability zone, by name.
    Zone(String),
}

impl Target {
    /// `node/NAME`, `pod/NAMESPACE/NAME`, `az/NAME`.
    pub fn key(&self) -> String {
        match self {
            Target::Node(name) => format!("node/{name}"),
            Target::Pod(ns, name) => format!("pod/{ns}/{name}"),
            Target::Zone(name) => format!("az/{name}"),
        }
    }

    /// Reads what [`Target::key`] wrote.
    pub fn of_key(key: &str) -> Option<Target> {
        let (kind, rest) = key.split_once('/')?;
        match kind {
            "node" => Some(Target::Node(rest.into())),
            "pod" => rest.split_once('/').map(|(ns, name)| Target::Pod(ns.into(), name.into())),
            "az" => Some(Target::Zone(rest.into())),
            _ => None,
        }
    }

    /// `node/NAME`, `pod/NAME`, `az/NAME`: as a user writes it.
    pub fn shown(&self) -> String {
        match self {
            Target::Pod(_, name) => format!("pod/{name}"),
            other => other.key(),
        }
    }

    /// What it is: `node`, `pod`, `az`.
    pub fn kind(&self) -> &'static str {
        match self {
            Target::Node(_) => "node",
            Target::Pod(..) => "pod",
            Target::Zone(_) => "az",
        }
    }
}

/// What fails.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// The instance of a node stops.
    Stop,
    /// The kubelet of a node says that its network is not ready.
    NotReady,
    /// The kubelet of a node falls silent; what runs goes on.
    Unreachable,
    /// EC2's status checks of an instance fail, and its kubelet is silent.
    StatusCheck,
    /// EC2 takes a spot instance back.
    SpotInterruption,
    /// The containers of a pod end with an error soon after each start.
    CrashLoop,
    /// The containers of a pod are ended for their memory.
    Oom,
    /// The readiness probes of a pod fail.
    Unready,
    /// The liveness probes of a pod fail.
    Unhealthy,
    /// All of an availability zone is unreachable, and nothing can be launched there.
    Outage,
    /// Nothing can be launched in an availability zone.
    NoCapacity,
}

impl Kind {
    /// All of them, nodes' first.
    pub const ALL: [Kind; 11] = [
        Kind::Stop,
        Kind::NotReady,
        Kind::Unreachable,
        Kind::StatusCheck,
        Kind::SpotInterruption,
        Kind::CrashLoop,
        Kind::Oom,
        Kind::Unready,
        Kind::Unhealthy,
        Kind::Outage,
        Kind::NoCapacity,
    ];

    /// As a user writes it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Stop => "stop",
            Kind::NotReady => "not-ready",
            Kind::Unreachable => "unreachable",
            Kind::StatusCheck => "status-check",
            Kind::SpotInterruption => "spot-interruption",
            Kind::CrashLoop => "crash-loop",
            Kind::Oom => "oom",
            Kind::Unready => "unready",
            Kind::Unhealthy => "unhealthy",
            Kind::Outage => "outage",
            Kind::NoCapacity => "no-capacity",
        }
    }

    /// What it does, in a line.
    pub fn about(self) -> &'static str {
        match self {
            Kind::Stop => {
                "node: its instance stops; it starts again afterwards, unless its group has replaced it"
            }
            Kind::NotReady => "node: its kubelet reports NotReady, as the network plugin is down",
            Kind::Unreachable => "node: its kubelet falls silent, the instance runs on",
            Kind::StatusCheck => "node: the status checks of its instance fail, its kubelet is silent",
            Kind::SpotInterruption => "node: EC2 gives two minutes' notice and takes the spot instance back",
            Kind::CrashLoop => "pod: its containers end with an error a second after each start",
            Kind::Oom => "pod: its containers are OOM-killed, once or as long as --for says",
            Kind::Unready => "pod: its readiness probes fail",
            Kind::Unhealthy => "pod: its liveness probes fail",
            Kind::Outage => "az: all its instances are unreachable, and none can be launched there",
            Kind::NoCapacity => "az: no instance can be launched there; those that run go on",
        }
    }

    /// What it can befall: `node`, `pod`, `az`.
    pub fn befalls(self) -> &'static str {
        self.about().split(':').next().unwrap_or("")
    }

    /// The kind of a name.
    pub fn of_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it silences the kubelet.
    fn silences(self) -> bool {
        matches!(self, Kind::Unreachable | Kind::StatusCheck | Kind::Outage)
    }

    /// Whether EC2's status checks fail.
    fn impairs(self) -> bool {
        matches!(self, Kind::StatusCheck | Kind::Outage)
    }
}

/// A fault.
#[derive(Clone, PartialEq, Debug)]
pub struct Fault {
    /// What it is about.
    pub target: Target,
    /// What fails.
    pub kind: Kind,
    /// Since when.
    pub since: Time,
    /// When it is over by itself.
    pub until: Option<Time>,
    /// The one container of a pod that fails; all of them when empty.
    pub container: String,
    /// It is over as soon as it has happened.
    pub once: bool,
}

impl Fault {
    /// Whether it holds at an instant.
    pub fn holds(&self, now: Time) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether it is about a container.
    pub fn concerns(&self, container: &str) -> bool {
        self.container.is_empty() || self.container == container
    }

    fn to_value(&self) -> Value {
        let mut v = json!({"since": (self.since.0), "once": (self.once)});
        if let Some(until) = self.until {
            v.set("until", until.0);
        }
        if !self.container.is_empty() {
            v.set("container", self.container.as_str());
        }
        v
    }

    fn of_value(target: &Target, kind: &str, v: &Value) -> Option<Fault> {
        Some(Fault {
            target: target.clone(),
            kind: Kind::of_name(kind)?,
            since: Time(v.int_at("since")?),
            until: v.int_at("until").map(Time),
            container: v.str_at("container").to_string(),
            once: v.bool_at("once"),
        })
    }
}

/// Everything that fails, by target and kind; also what is over and not cleared away yet.
pub fn all(store: &Store) -> Vec<Fault> {
    let read = |(key, v): &(String, Value)| Some(kept(&Target::of_key(key)?, v));
    store.memories(INJECTOR).iter().filter_map(read).flatten().collect()
}

/// Whether nothing fails.
pub fn none(store: &Store) -> bool {
    store.memories(INJECTOR).is_empty()
}

/// What is kept of a target.
pub fn of(store: &Store, target: &Target) -> Vec<Fault> {
    kept(target, &store.memory(INJECTOR, &target.key()))
}

fn kept(target: &Target, v: &Value) -> Vec<Fault> {
    let mut faults: Vec<Fault> =
        v.map().iter().filter_map(|(kind, v)| Fault::of_value(target, kind, v)).collect();
    faults.sort_by_key(|fault| fault.kind);
    faults
}

/// Keeps exactly these faults of a target.
pub fn keep(store: &Store, target: &Target, faults: &[Fault]) {
    let map: BTreeMap<&str, Value> = faults.iter().map(|f| (f.kind.name(), f.to_value())).collect();
    let value: Value = map.into_iter().collect();
    store.remember(INJECTOR, &target.key(), if faults.is_empty() { Value::Null } else { value });
}

/// Makes something fail from now on; one fault a target and kind, the last one counts.
pub fn begin(api: &Server, fault: Fault) {
    let target = fault.target.clone();
    let mut faults = of(api.store(), &target);
    faults.retain(|f| f.kind != fault.kind);
    faults.push(fault);
    keep(api.store(), &target, &faults);
    look(api, &target);
}

/// Ends faults of a target: of one kind, or all.
pub fn end(api: &Server, target: &Target, kind: Option<Kind>) {
    let mut faults = of(api.store(), target);
    faults.retain(|f| kind.is_some_and(|kind| f.kind != kind));
    keep(api.store(), target, &faults);
    look(api, target);
}

/// Has the injector look at a target now.
fn look(api: &Server, target: &Target) {
    api.store().wake(INJECTOR, INJECTOR_RANK, &target.key(), api.now());
}

/// The fault of a kind that holds now.
fn holding(api: &Server, target: &Target, is: impl Fn(Kind) -> bool) -> Option<Fault> {
    of(api.store(), target).into_iter().find(|f| is(f.kind) && f.holds(api.now()))
}

/// The zone of a node, as a target.
fn zone(api: &Server, node: &str) -> Option<Target> {
    let node = api.find("nodes", "", node)?;
    node.label(well_known::ZONE).map(|zone| Target::Zone(zone.to_string()))
}

fn of_node(api: &Server, node: &str, is: impl Fn(Kind) -> bool + Copy) -> Option<Fault> {
    holding(api, &Target::Node(node.into()), is)
        .or_else(|| zone(api, node).and_then(|zone| holding(api, &zone, is)))
}

/// Whether a fault of a kind holds for a node.
pub fn has(api: &Server, node: &str, kind: Kind) -> bool {
    of_node(api, node, |k| k == kind).is_some()
}

/// Whether a fault keeps the kubelet of a node silent.
pub fn is_silent(api: &Server, node: &str) -> bool {
    of_node(api, node, Kind::silences).is_some()
}

/// Since when a fault has the status checks of a node's instance fail.
pub fn impaired_since(api: &Server, node: &str) -> Option<Time> {
    of_node(api, node, Kind::impairs).map(|fault| fault.since)
}

/// Whether a fault has the probes of a container fail: `Unready` or `Unhealthy`.
pub fn fails_probe(api: &Server, ns: &str, pod: &str, container: &str, kind: Kind) -> bool {
    let target = Target::Pod(ns.into(), pod.into());
    holding(api, &target, |k| k == kind).is_some_and(|fault| fault.concerns(container))
}

/// Whether nothing can be launched in an availability zone. (AWS asks this, which has no API server.)
pub fn has_no_room(store: &Store, zone: &str) -> bool {
    let faults = of(store, &Target::Zone(zone.into()));
    let is = |kind| matches!(kind, Kind::Outage | Kind::NoCapacity);
    faults.iter().any(|f| is(f.kind) && f.holds(store.now()))
}

/// How long a container under a fault runs before it ends.
pub const SHORT_RUN: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_and_kinds_are_read_as_written() {
        for target in [
            Target::Node("ip-1.ec2.internal".into()),
            Target::Pod("shop".into(), "web-1".into()),
            Target::Zone("us-east-1a".into()),
        ] {
            assert_eq!(Target::of_key(&target.key()), Some(target));
        }
        for kind in Kind::ALL {
            assert_eq!(Kind::of_name(kind.name()), Some(kind));
            assert!(["node", "pod", "az"].contains(&kind.befalls()), "{}", kind.name());
        }
    }
}
