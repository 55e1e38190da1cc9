//! The actor behind the process: it wakes at every scan interval while the process runs.

use super::access::{Access, Answers};
use super::cloud::{Client, Discovery};
use super::config_map;
use super::events::publish;
use super::expander::{Expander, parse_chain};
use super::flags::Flags;
use super::journal::Journal;
use super::leader;
use super::log;
use super::program::flags_of;
use super::state::State;
use super::status;
use super::turn::Turn;
use super::world::{WATCHED, World};
use crate::actors::programs::Process;
use crate::actors::{Actor, Ctx, node};
use crate::api::{ApiError, Server, heartbeat};
use crate::aws::Endpoint;
use crate::json;
use crate::machinery::{Duration, Object, Time, Value, names};
use crate::store::{Change, Remembered};
use std::cell::RefCell;
use std::rc::Rc;

/// Its name on the agenda and in explanations.
pub(super) const NAME: &str = "cluster-autoscaler";
const RANK: u8 = 75;
/// When a process cannot work, it tries again after so long.
const BLIND: Duration = Duration::from_secs(10);
/// Before its first loop, everything it does counts as done so long ago.
const LONG_AGO: Duration = Duration::from_hours(1);

/// Opens the way to AWS for a pod.
pub type Connect = Box<dyn for<'a> Fn(&'a Server, &'a Object) -> Box<dyn Endpoint + 'a>>;

/// The actor. Keys: `NAMESPACE/POD/CONTAINER`.
pub struct ClusterAutoscaler {
    world: Option<World>,
    answers: RefCell<Answers>,
    connect: Connect,
}

impl ClusterAutoscaler {
    /// An actor that reaches AWS in some way.
    pub fn new(connect: Connect) -> ClusterAutoscaler {
        ClusterAutoscaler { world: None, answers: RefCell::default(), connect }
    }
}

fn key_of(process: &Process<'_>) -> String {
    format!("{}/{}", process.pod.key(), process.name())
}

/// Has the actor look at a process at an instant.
pub(super) fn wake(process: &Process<'_>, at: Time) {
    process.api.store().wake(NAME, RANK, &key_of(process), at);
}

/// The process is over.
pub(super) fn stop(process: &Process<'_>) {
    process.api.store().cancel_wake(NAME, &key_of(process));
    process.remember(Value::Null);
}

/// What a process remembers: which run of its container it is, and its state.
#[derive(Clone)]
pub(super) struct Running {
    started: Time,
    restarts: i64,
    state: State,
}

impl Running {
    /// A process has begun.
    pub(super) fn begin(process: &Process<'_>) {
        let (started, restarts) = (process.started, process.restarts);
        process.keep(Running { started, restarts, state: State::default() });
    }

    /// The state of a process; an empty one when it has none.
    pub(super) fn state(process: &Process<'_>) -> State {
        process.recall::<Running>().map(|r| r.state.clone()).unwrap_or_default()
    }
}

impl Remembered for Running {
    fn to_value(&self) -> Value {
        let state = Value::write(&self.state);
        json!({"started": (self.started.0), "restarts": (self.restarts), "state": state})
    }

    fn from_value(memory: &Value) -> Running {
        Running {
            started: Time(memory.int_at("started").unwrap_or(0)),
            restarts: memory.int_at("restarts").unwrap_or(0),
            state: memory.at("state").read().unwrap_or_default(),
        }
    }
}

impl Actor for ClusterAutoscaler {
    fn name(&self) -> &'static str {
        NAME
    }

    fn rank(&self) -> u8 {
        RANK
    }

    fn watches(&self) -> &'static [&'static str] {
        &WATCHED
    }

    fn react(&mut self, change: &Change, _ctx: &Ctx<'_>) {
        if let Some(world) = &mut self.world {
            world.note(change);
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let mut parts = key.splitn(3, '/');
        let (Some(ns), Some(name), Some(container)) = (parts.next(), parts.next(), parts.next()) else {
            return Ok(());
        };
        let Some(pod) = ctx.api.find("pods", ns, name) else { return Ok(()) };
        let spec = pod.items_at("spec/containers").iter().find(|c| c.str_at("name") == container).cloned();
        let Some(spec) = spec else { return Ok(()) };
        let mut process =
            Process { api: ctx.api, pod: &pod, container: &spec, started: ctx.now(), restarts: 0 };
        let Some(known) = process.recall::<Running>() else { return Ok(()) };
        (process.started, process.restarts) = (known.started, known.restarts);
        if matches!(pod.str_at("status/phase"), "Succeeded" | "Failed") {
            return Ok(());
        }
        if heartbeat::stopped(ctx.api, pod.str_at("spec/nodeName")).is_some() {
            ctx.wake_in(key, BLIND);
            return Ok(());
        }
        let Ok(flags) = flags_of(&process) else { return Ok(()) };
        let mut journal = Journal::new(flags.verbosity);
        // Taken out of the store to be changed in place, and put back below.
        process.remember(Value::Null);
        let mut running = Rc::unwrap_or_clone(known);
        let next = self.act(&process, &flags, &mut running.state, &mut journal);
        let access = Access::of(ctx.api, &pod, &self.answers);
        publish(journal.take(), &process, &access, &flags, &mut running.state.events);
        process.keep(running);
        match next {
            Ok(at) => ctx.wake_at(key, at),
            Err(Fatal { site, text }) => {
                process.log(&log::line('F', ctx.now(), site, &text));
                stop(&process);
                node::end_container(ctx.api, &pod, container, node::Ended { code: 255, reason: "" });
            }
        }
        Ok(())
    }
}

/// A loop takes some milliseconds, never the same, and the next one begins a scan interval after its end: what lasted a
/// whole number of intervals has lasted a little longer.
fn next_loop(process: &Process<'_>, flags: &Flags, loops: u64) -> Time {
    let seed = process.api.store().meta().seed;
    let nanos = 7_000_000 + names::number(seed, "cluster-autoscaler loop", loops) % 6_000_000;
    process.now() + flags.scan_interval + Duration::from_nanos(nanos as i64)
}

/// What ends the process.
struct Fatal {
    site: &'static str,
    text: String,
}

impl ClusterAutoscaler {
    /// Does what is due; answers when there is more to do.
    fn act(
        &mut self,
        process: &Process<'_>,
        flags: &Flags,
        state: &mut State,
        journal: &mut Journal,
    ) -> Result<Time, Fatal> {
        let now = process.now();
        let access = Access::of(process.api, process.pod, &self.answers);
        let mut endpoint = (self.connect)(process.api, process.pod);
        let region = process.api.store().meta().region.clone();
        let mut client = Client { endpoint: &mut *endpoint, region };
        let discovery =
            Discovery::parse(flags).map_err(|why| Fatal { site: "aws_cloud_provider.go:434", text: why })?;
        let chain: Vec<Expander> = parse_chain(&flags.expander, flags.release).unwrap_or_default();
        if !state.leading {
            return lead(process, flags, &access, &mut client, &discovery, state, journal);
        }
        let looks = state.next_loop <= now && begin_loop(process, flags, &access, state, journal);
        let has_departures = |state: &State| state.deletions.iter().any(|d| d.next <= now);
        if looks || has_departures(state) {
            let usable = self.world.take().filter(|w| w.suits(flags));
            let world = self.world.insert(usable.unwrap_or_else(|| World::read(process.api, flags)));
            let mut turn = Turn {
                process,
                flags,
                discovery: &discovery,
                chain: &chain,
                access: &access,
                client: &mut client,
                state,
                world,
                journal,
            };
            if looks {
                turn.run();
            }
            if has_departures(turn.state) {
                turn.advance_deletions();
            }
        }
        let soonest = state.deletions.iter().map(|d| d.next).chain([state.next_loop]).min();
        Ok(soonest.unwrap_or(state.next_loop))
    }
}

/// Becomes the leader if nobody else is; answers when there is more to do.
fn lead(
    process: &Process<'_>,
    flags: &Flags,
    access: &Access<'_>,
    client: &mut Client<'_>,
    discovery: &Discovery,
    state: &mut State,
    journal: &mut Journal,
) -> Result<Time, Fatal> {
    let now = process.now();
    let lease = format!("{}/{}", flags.namespace, flags.lease_name);
    if state.started == Time::default() {
        state.started = now;
        if flags.leader_elect {
            let text = format!("attempting to acquire leader lease {lease}...");
            journal.info(0, "leaderelection.go:250", text);
        }
    }
    if !leader::elect(process, access, flags, state, journal) {
        return Ok(now + leader::RETRY);
    }
    if flags.leader_elect {
        journal.info(0, "leaderelection.go:260", format!("successfully acquired lease {lease}"));
    }
    begin(process, flags, access, client, discovery, state, journal)?;
    Ok(state.next_loop)
}

/// Renews the lease and plans the next loop. Whether the process may read all that this one looks at; where it may not, it
/// tries again later.
fn begin_loop(
    process: &Process<'_>,
    flags: &Flags,
    access: &Access<'_>,
    state: &mut State,
    journal: &mut Journal,
) -> bool {
    state.next_loop = next_loop(process, flags, state.loops);
    leader::elect(process, access, flags, state, journal);
    let blind = access.blind_spots();
    if blind.is_empty() {
        return true;
    }
    for (kind, why) in blind {
        let text = format!("k8s.io/client-go/informers/factory.go:150: failed to list *{kind}: {why}");
        journal.warn("reflector.go:539", text);
        let text = format!(
            "k8s.io/client-go/informers/factory.go:150: Failed to watch *{kind}: failed to list *{kind}: {why}"
        );
        journal.error("reflector.go:147", text);
    }
    state.next_loop = process.now() + BLIND;
    false
}

/// The process leads: it reads the groups, or ends; the first loop comes after one scan interval.
fn begin(
    process: &Process<'_>,
    flags: &Flags,
    access: &Access<'_>,
    client: &mut Client<'_>,
    discovery: &Discovery,
    state: &mut State,
    journal: &mut Journal,
) -> Result<(), Fatal> {
    let now = process.now();
    state.leading = true;
    state.started = now;
    let long_ago = now - LONG_AGO;
    (state.last_scale_up, state.last_delete, state.last_fail) = (long_ago, long_ago, long_ago);
    let read = state.cloud.refresh(client, discovery, now, now, journal);
    read.map_err(|why| Fatal {
        site: "aws_cloud_provider.go:434",
        text: format!("Failed to create AWS Manager: {why}"),
    })?;
    if flags.write_status {
        config_map::write(process, access, flags, &status::initializing(flags, now), journal);
    }
    state.next_loop = next_loop(process, flags, state.loops);
    Ok(())
}
