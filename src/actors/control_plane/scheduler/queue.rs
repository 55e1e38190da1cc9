//! The scheduling queue: which pod is next, and when a rejected one gets another try.

use super::cluster_event::ClusterEvent;
use super::plugins::Plugin;
use super::pod_info::PendingPod;
use super::snapshot::Snapshot;
use crate::json;
use crate::machinery::{Duration, KubeVersion, Time, Value, backoff};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const INITIAL_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(10);
/// How often pods that wait too long are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(30);
/// How long a pod waits for an event before it is tried anyway.
const MAX_WAIT: Duration = Duration::from_secs(5 * 60);

/// Where a pod is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// Ready to be tried.
    Active,
    /// Worth another try, but not before this instant.
    BackingOff(Time),
    /// Nothing has changed that could help.
    Waiting,
    /// Held back by its scheduling gates.
    Gated,
    /// Being tried.
    InFlight,
}

#[derive(Clone, Debug)]
struct Entry {
    priority: i64,
    /// When it came into the queue, or was rejected last.
    since: Time,
    /// Tells pods of one instant apart: first come, first served.
    ticket: i64,
    place: Place,
    rejections: u32,
    errors: u32,
    plugins: BTreeSet<Plugin>,
}

/// All pods without a node, by what they wait for.
#[derive(Clone, Debug)]
pub struct SchedulingQueue {
    version: KubeVersion,
    /// The sweeps happen at whole intervals after this instant.
    started: Time,
    /// Those given out and not yet back. The next one follows the largest, so that it does not depend on pods long gone,
    /// which a queue that was restored knows nothing of.
    tickets: BTreeSet<i64>,
    entries: BTreeMap<Arc<str>, Entry>,
    active: BTreeSet<(Reverse<i64>, Time, i64, Arc<str>)>,
    /// Pods that back off or wait, by the instant at which they become active by themselves.
    timed: BTreeSet<(Time, Arc<str>)>,
    /// Pods that wait for an event.
    waiting: BTreeSet<Arc<str>>,
    /// Pods whose entry changed since it was last written down.
    changed: BTreeSet<Arc<str>>,
}

impl SchedulingQueue {
    /// An empty queue of a scheduler that started at this instant.
    pub fn new(version: KubeVersion, started: Time) -> SchedulingQueue {
        SchedulingQueue {
            version,
            started,
            tickets: BTreeSet::new(),
            entries: BTreeMap::new(),
            active: BTreeSet::new(),
            timed: BTreeSet::new(),
            waiting: BTreeSet::new(),
            changed: BTreeSet::new(),
        }
    }

    /// When the scheduler started.
    pub fn started(&self) -> Time {
        self.started
    }

    /// Whether any pod waits for an event.
    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// All pods that are known.
    pub fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.entries.keys()
    }

    /// Whether the pod is known, wherever it is.
    pub fn contains(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// A new pod, or one whose spec changed: it gets a try at once unless it is gated.
    pub fn add(&mut self, pod: &PendingPod, now: Time) {
        let key = pod.info.key.clone();
        self.unlink(&key);
        let ticket = self.tickets.last().map_or(1, |last| last + 1);
        self.tickets.insert(ticket);
        let place = if pod.gated { Place::Gated } else { Place::Active };
        let entry = Entry {
            priority: pod.info.priority,
            since: now,
            ticket,
            place,
            rejections: 0,
            errors: 0,
            plugins: BTreeSet::new(),
        };
        if let Some(before) = self.entries.insert(key.clone(), entry) {
            self.tickets.remove(&before.ticket);
        }
        self.link(&key);
    }

    /// Forgets a pod: it was placed, or deleted.
    pub fn remove(&mut self, key: &str) {
        self.unlink(key);
        if let Some((key, entry)) = self.entries.remove_entry(key) {
            self.tickets.remove(&entry.ticket);
            self.changed.insert(key);
        }
    }

    /// The next pod to try at this instant: highest priority, then longest in the queue.
    pub fn pop(&mut self, now: Time) -> Option<Arc<str>> {
        let due: Vec<Arc<str>> =
            self.timed.iter().take_while(|(at, _)| *at <= now).map(|(_, key)| key.clone()).collect();
        due.iter().for_each(|key| self.put(key, Place::Active));
        let key = match self.active.first() {
            Some((_, _, _, key)) => key.clone(),
            None => self.impatient()?,
        };
        self.put(&key, Place::InFlight);
        Some(key)
    }

    /// A scheduler with nothing else to do need not let pods back off; only errors are left their time.
    fn impatient(&self) -> Option<Arc<str>> {
        if !self.version.scheduler_pops_from_backoff() {
            return None;
        }
        let backing_off =
            self.entries.iter().filter(|(_, e)| matches!(e.place, Place::BackingOff(_)) && e.errors == 0);
        backing_off.min_by_key(|(_, e)| (Reverse(e.priority), e.since, e.ticket)).map(|(key, _)| key.clone())
    }

    /// The pod fits nowhere: it waits for an event that one of these plugins cares about. Without any plugin to blame
    /// (there are no nodes) any event will do, and newer schedulers take it for an error.
    pub fn reject(&mut self, key: &str, plugins: BTreeSet<Plugin>, now: Time) {
        if plugins.is_empty() && self.version.scheduler_has_queueing_hints() {
            return self.fail(key, now);
        }
        if let Some(entry) = self.entries.get_mut(key) {
            entry.rejections += u32::from(!plugins.is_empty());
            entry.errors = 0;
            entry.plugins = plugins;
            entry.since = now;
            self.put(key, Place::Waiting);
        }
    }

    /// The attempt went wrong for reasons of its own: it is repeated after a back-off.
    pub fn fail(&mut self, key: &str, now: Time) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.errors += 1;
            entry.since = now;
            let until = self.backoff_end(key);
            self.put(key, Place::BackingOff(until));
        }
    }

    /// Something changed: waiting pods it may help become active, after what is left of their back-off.
    pub fn on_event<'p>(
        &mut self,
        event: ClusterEvent,
        pods: impl Fn(&str) -> Option<&'p PendingPod>,
        snapshot: &Snapshot,
        now: Time,
    ) {
        let version = self.version;
        let helped: Vec<Arc<str>> = self
            .waiting
            .iter()
            .filter_map(|key| Some((key, self.entries.get(key)?)))
            .filter(|(key, e)| {
                let revives = |pod| event.revives(e.plugins.iter().copied(), pod, snapshot, version);
                let concerned = || e.plugins.iter().any(|plugin| event.concerns(*plugin));
                e.plugins.is_empty() || (concerned() && pods(key).is_some_and(revives))
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in helped {
            let until = self.backoff_end(&key);
            self.put(&key, if until > now { Place::BackingOff(until) } else { Place::Active });
        }
    }

    /// The next instant at which [`SchedulingQueue::pop`] finds a pod without any event; `now` when there is one already.
    pub fn next_due(&self, now: Time) -> Option<Time> {
        if !self.active.is_empty() || self.impatient().is_some() {
            return Some(now);
        }
        self.timed.first().map(|(at, _)| *at)
    }

    /// 1, 2, 4, 8, then always 10 seconds after the last verdict.
    fn backoff_end(&self, key: &str) -> Time {
        let Some(entry) = self.entries.get(key) else { return Time::default() };
        let n = if entry.errors > 0 { entry.errors } else { entry.rejections };
        if n == 0 {
            return entry.since;
        }
        let end = entry.since + backoff::after_attempts(INITIAL_BACKOFF, n, MAX_BACKOFF);
        if self.version.scheduler_pops_from_backoff() { end.truncated() } else { end }
    }

    /// The first sweep that finds a pod which waits since then to have waited too long.
    fn sweep_after(&self, since: Time) -> Time {
        let patience_ends = since + MAX_WAIT;
        let interval = SWEEP_INTERVAL.as_secs();
        let passed = patience_ends.since(self.started).as_secs().max(0) / interval;
        self.started + Duration::from_secs((passed + 1) * interval)
    }

    fn put(&mut self, key: &str, place: Place) {
        self.unlink(key);
        if let Some(entry) = self.entries.get_mut(key) {
            entry.place = place;
        }
        self.link(key);
    }

    fn alarm(&self, entry: &Entry) -> Option<Time> {
        match entry.place {
            Place::BackingOff(until) => Some(until),
            Place::Waiting => Some(self.sweep_after(entry.since)),
            Place::Active | Place::Gated | Place::InFlight => None,
        }
    }

    fn link(&mut self, key: &str) {
        let Some((key, entry)) = self.entries.get_key_value(key) else { return };
        self.changed.insert(key.clone());
        if entry.place == Place::Active {
            self.active.insert((Reverse(entry.priority), entry.since, entry.ticket, key.clone()));
        } else if let Some(at) = self.alarm(entry) {
            self.timed.insert((at, key.clone()));
        }
        if entry.place == Place::Waiting {
            self.waiting.insert(key.clone());
        }
    }

    fn unlink(&mut self, key: &str) {
        let Some((key, entry)) = self.entries.get_key_value(key) else { return };
        if entry.place == Place::Active {
            self.active.remove(&(Reverse(entry.priority), entry.since, entry.ticket, key.clone()));
        } else if let Some(at) = self.alarm(entry) {
            self.timed.remove(&(at, key.clone()));
        }
        self.waiting.remove(key);
    }

    /// What changed since the last call, to be kept between commands: null for pods the queue no longer knows.
    pub fn take_changes(&mut self) -> Vec<(Arc<str>, Value)> {
        let changed = std::mem::take(&mut self.changed);
        changed
            .into_iter()
            .map(|key| (key.clone(), self.entries.get(&key).map_or(Value::Null, to_value)))
            .collect()
    }

    /// Takes up a pod again as [`SchedulingQueue::take_changes`] wrote it down.
    pub fn restore(&mut self, key: &str, v: &Value) {
        let entry = from_value(v);
        self.tickets.insert(entry.ticket);
        let key: Arc<str> = Arc::from(key);
        self.entries.insert(key.clone(), entry);
        self.link(&key);
        self.changed.remove(&key);
    }
}

fn to_value(e: &Entry) -> Value {
    let (place, until) = match e.place {
        Place::Active | Place::InFlight => ("Active", None),
        Place::BackingOff(until) => ("BackingOff", Some(until.0)),
        Place::Waiting => ("Waiting", None),
        Place::Gated => ("Gated", None),
    };
    let plugins: Value = e.plugins.iter().map(|p| p.name()).collect();
    json!({
        "priority": e.priority, "since": e.since.0, "ticket": e.ticket, "place": place, "until": until,
        "rejections": e.rejections, "errors": e.errors, "plugins": plugins,
    })
}

fn from_value(v: &Value) -> Entry {
    let count = |field: &str| u32::try_from(v.int_at(field).unwrap_or(0)).unwrap_or(0);
    Entry {
        priority: v.int_at("priority").unwrap_or(0),
        since: Time(v.int_at("since").unwrap_or(0)),
        ticket: v.int_at("ticket").unwrap_or(0),
        place: match v.str_at("place") {
            "BackingOff" => Place::BackingOff(Time(v.int_at("until").unwrap_or(0))),
            "Waiting" => Place::Waiting,
            "Gated" => Place::Gated,
            _ => Place::Active,
        },
        rejections: count("rejections"),
        errors: count("errors"),
        plugins: v.items_at("plugins").iter().filter_map(|p| Plugin::from_name(p.as_str()?)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::control_plane::scheduler::node_info::NodeInfo;
    use crate::machinery::Object;

    const START: Time = Time::from_secs(1_000_000);

    fn at(seconds: i64) -> Time {
        START + Duration::from_secs(seconds)
    }

    fn pod(name: &str, priority: i64) -> PendingPod {
        PendingPod::parse(&Object(json!({
            "metadata": {"namespace": "d", "name": name},
            "spec": {"priority": priority, "containers": [{"resources": {"requests": {"cpu": "1"}}}]},
        })))
    }

    fn node(cpu: &str) -> NodeInfo {
        let allocatable = json!({"cpu": cpu, "memory": "1Gi", "pods": "10"});
        NodeInfo::parse(&Object(json!({"metadata": {"name": "n"}, "status": {"allocatable": allocatable}})))
    }

    fn too_big() -> BTreeSet<Plugin> {
        BTreeSet::from([Plugin::NodeResourcesFit])
    }

    #[test]
    fn priority_then_age_decides() {
        let mut queue = SchedulingQueue::new(KubeVersion::LATEST, START);
        for (i, (name, priority)) in [("a", 0), ("b", 10), ("c", 0), ("d", 10)].into_iter().enumerate() {
            queue.add(&pod(name, priority), at(i as i64));
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop(at(9))).collect();
        assert_eq!(order.iter().map(|k| &**k).collect::<Vec<_>>(), ["d/b", "d/d", "d/a", "d/c"]);
    }

    /// What is written down must not tell how often it was read back in between.
    #[test]
    fn a_restored_queue_goes_on_as_the_one_that_lived_on() {
        let mut lived_on = SchedulingQueue::new(KubeVersion::LATEST, START);
        for name in ["a", "b", "c"] {
            lived_on.add(&pod(name, 0), at(0));
        }
        lived_on.remove("d/b");
        lived_on.remove("d/c");
        let mut restored = SchedulingQueue::new(KubeVersion::LATEST, START);
        for (key, kept) in lived_on.take_changes().into_iter().filter(|(_, kept)| !kept.is_null()) {
            restored.restore(&key, &kept);
        }
        for queue in [&mut lived_on, &mut restored] {
            queue.add(&pod("d", 0), at(1));
            queue.add(&pod("a", 5), at(1));
        }
        assert_eq!(lived_on.take_changes(), restored.take_changes());
    }

    #[test]
    fn a_rejected_pod_waits_for_a_node_that_is_large_enough() {
        let mut queue = SchedulingQueue::new(KubeVersion::LATEST, START);
        let p = pod("a", 0);
        queue.add(&p, at(0));
        let key = queue.pop(at(0)).unwrap();
        queue.reject(&key, too_big(), at(0));
        assert_eq!(queue.pop(at(0)), None);
        let (small, large, snapshot) = (node("500m"), node("2"), Snapshot::default());
        queue.on_event(ClusterEvent::NodeAdded(&small), |_| Some(&p), &snapshot, at(0));
        assert_eq!(queue.pop(at(0)), None);
        queue.on_event(ClusterEvent::NodeAdded(&large), |_| Some(&p), &snapshot, at(0));
        assert_eq!(queue.next_due(at(0)), Some(at(0)), "the back-off does not hold an idle scheduler up");
        assert_eq!(queue.pop(at(0)), Some(key));
    }

    #[test]
    fn older_schedulers_let_the_backoff_pass() {
        let mut queue = SchedulingQueue::new(KubeVersion::new(30), START);
        let p = pod("a", 0);
        queue.add(&p, at(0));
        let node = node("2");
        for (now, backoff) in [(0, 1), (20, 2), (40, 4), (60, 8), (80, 10), (100, 10)] {
            let key = queue.pop(at(now)).unwrap();
            queue.reject(&key, too_big(), at(now));
            queue.on_event(ClusterEvent::NodeAdded(&node), |_| Some(&p), &Snapshot::default(), at(now));
            assert_eq!(queue.pop(at(now)), None);
            assert_eq!(queue.next_due(at(now)), Some(at(now + backoff)));
        }
    }

    #[test]
    fn a_pod_without_any_event_is_swept_up_after_five_minutes() {
        let mut queue = SchedulingQueue::new(KubeVersion::LATEST, START);
        queue.add(&pod("a", 0), at(10));
        let key = queue.pop(at(10)).unwrap();
        queue.reject(&key, too_big(), at(10));
        assert_eq!(queue.next_due(at(10)), Some(at(330)));
        let mut later = SchedulingQueue::new(KubeVersion::LATEST, START);
        queue.take_changes().iter().for_each(|(key, entry)| later.restore(key, entry));
        let mut queue = later;
        assert_eq!(queue.pop(at(329)), None);
        assert_eq!(queue.pop(at(330)), Some(key));
    }

    #[test]
    fn gates_hold_a_pod_until_they_are_gone() {
        let mut queue = SchedulingQueue::new(KubeVersion::LATEST, START);
        let mut p = pod("a", 0);
        p.gated = true;
        queue.add(&p, at(0));
        assert_eq!(queue.next_due(at(0)), None);
        p.gated = false;
        queue.add(&p, at(5));
        assert!(queue.pop(at(5)).is_some());
    }
}
