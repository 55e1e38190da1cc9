//! Commands that wait (`get -w`, `wait`, `rollout status`, `logs -f`, `sleep`, ...) and where their time comes from.
//!
//! In manual and step mode nobody else moves the clock, so a command that waits for something drives it: as far as its
//! bound, or until what it waits for is true. A watch without a bound follows what other processes do instead, until it
//! is interrupted. In real mode time passes by itself and waiting is just that.

use super::Session;
use super::cluster::Cluster;
use crate::api::Server;
use crate::machinery::duration::parse_duration;
use crate::machinery::{Duration, Time};
use crate::store::{Access, Change, ClockMode, Store, StoreError};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An RFC 3339 instant at which the `timeout` around this command ends it.
pub(crate) const DEADLINE: &str = "KUBETICK_DEADLINE";
/// How long watches without a bound of their own last.
pub(crate) const WATCH_FOR: &str = "KUBETICK_WATCH_FOR";

/// How long a command drives the clock for something that has no bound of its own (`rollout status`, the end of a
/// deletion). After that it follows: whatever it waits for needs help from elsewhere.
const PATIENCE: Duration = Duration::from_secs(3600);
/// Between two looks at what other processes wrote.
pub(super) const LOOK: std::time::Duration = std::time::Duration::from_millis(20);
/// How long a command whose deadline has come waits for the `timeout` above it to end it.
const LAST_WORDS: std::time::Duration = std::time::Duration::from_secs(3);

/// How long to wait.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Bound {
    /// At most so long.
    For(Duration),
    /// Until it is true, however long that takes.
    UntilTrue,
    /// A watch: for so long if given, else until interrupted.
    Watch(Option<Duration>),
}

/// Why the waiting ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ended {
    /// The observer saw what it waited for.
    Satisfied,
    /// The bound came first.
    TimedOut,
    /// The user had enough (SIGINT, SIGTERM, SIGHUP).
    Interrupted,
}

/// What sees the changes: each batch at its instant, with the API as it is then.
pub(crate) type Observer<'o> = &'o mut dyn FnMut(&Server, &[Change]) -> ControlFlow<()>;

/// Lets time pass until the observer breaks, or the bound, or an interrupt. The observer is called first with no change,
/// so that something true from the start costs no time. Only a command that opened the cluster for writing drives.
pub(crate) fn wait(
    session: &Session,
    cluster: &Cluster,
    bound: Bound,
    observe: Observer<'_>,
) -> Result<Ended, StoreError> {
    if observe(&cluster.api, &[]).is_break() {
        return Ok(Ended::Satisfied);
    }
    let watch_for = session.env.var(WATCH_FOR).and_then(|d| parse_duration(d).ok());
    let limit = match bound {
        Bound::For(d) => Some(d),
        Bound::Watch(given) => given.or(watch_for),
        Bound::UntilTrue => None,
    };
    let deadline = session.env.var(DEADLINE).and_then(Time::parse);
    let now = cluster.api.now();
    let end = limit.map(|d| now.truncated() + d);
    if matches!(cluster.api.store().meta().clock, ClockMode::Real { .. }) {
        return finish_and_follow(session, cluster, bound, end, observe);
    }
    let patience = if matches!(bound, Bound::Watch(_)) { now } else { now + PATIENCE };
    let target = [end, deadline].into_iter().flatten().min().unwrap_or(patience);
    if target > now && cluster.api.store().access() == Access::Write {
        let driven = cluster.engine().watch_until(target, &mut |changes| {
            let seen = observe(&cluster.api, changes);
            session.flush();
            seen
        });
        cluster.api.store().commit()?;
        if driven.is_break() {
            return Ok(Ended::Satisfied);
        }
        cluster.has_answered();
    }
    if deadline.is_some_and(|d| cluster.api.now() >= d) && end.is_none_or(|e| deadline <= Some(e)) {
        if finish(session, cluster, observe)?.is_break() {
            return Ok(Ended::Satisfied);
        }
        cluster.api.store().release()?;
        std::thread::sleep(LAST_WORDS);
        cluster.api.store().resume()?;
        return Ok(Ended::Interrupted);
    }
    if end.is_some() {
        return Ok(Ended::TimedOut);
    }
    finish_and_follow(session, cluster, bound, None, observe)
}

/// Commits what this command did and what the control plane answers, which the observer sees as well.
fn finish(
    session: &Session,
    cluster: &Cluster,
    observe: Observer<'_>,
) -> Result<ControlFlow<()>, StoreError> {
    let seen = cluster.finish_watched(&mut |changes| observe(&cluster.api, changes))?;
    session.flush();
    Ok(seen)
}

fn finish_and_follow(
    session: &Session,
    cluster: &Cluster,
    bound: Bound,
    end: Option<Time>,
    observe: Observer<'_>,
) -> Result<Ended, StoreError> {
    if finish(session, cluster, observe)?.is_break() {
        return Ok(Ended::Satisfied);
    }
    follow(session, cluster, bound, end, observe)
}

/// Watches what other processes (or, in real mode, the time itself) do to the cluster.
fn follow(
    session: &Session,
    cluster: &Cluster,
    bound: Bound,
    end: Option<Time>,
    observe: Observer<'_>,
) -> Result<Ended, StoreError> {
    let interrupted = interrupts();
    let path = cluster.api.store().path().to_path_buf();
    let real = matches!(cluster.api.store().meta().clock, ClockMode::Real { .. });
    let mut revision = cluster.api.store().meta().revision;
    cluster.api.store().release()?;
    let mut kept = None;
    // Whoever is interrupted still shows what had happened until then.
    let mut last = false;
    let ended = loop {
        let reader = match kept.take() {
            Some(reader) => reader,
            None if real => Cluster::open(&path, Access::Read)?,
            None => Cluster::over(Store::open(&path, Access::Read)?),
        };
        let now = reader.api.store().meta().revision;
        if now != revision {
            let changes = reader.api.store().changes_since(revision)?;
            revision = now;
            let seen = replay(&reader.api, &changes, observe);
            session.flush();
            if seen.is_break() {
                break Ended::Satisfied;
            }
        }
        // Go's programs end when they write to nobody. The next change may never come: time stands still in between.
        if matches!(bound, Bound::Watch(_)) && (session.io.reader_is_gone)() {
            let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGPIPE);
        }
        if end.is_some_and(|end| reader.api.now() >= end) {
            break Ended::TimedOut;
        }
        if last {
            break Ended::Interrupted;
        }
        // To look at real time is to let it pass, as a writer: between looks it is the others' turn.
        kept = (!real).then_some(reader);
        if !interrupted.load(Ordering::Relaxed) {
            std::thread::sleep(LOOK);
        }
        last = interrupted.load(Ordering::Relaxed);
        if let Some(reader) = &kept {
            reader.api.store().refresh()?;
        }
    };
    cluster.api.store().resume()?;
    Ok(ended)
}

/// Shows changes made by others, each batch at the instant it happened: a row tells the age of then.
fn replay(api: &Server, changes: &[Change], observe: Observer<'_>) -> ControlFlow<()> {
    let now = api.now();
    let set = |time| api.store().update_meta(|m| m.now = time);
    let seen = changes.chunk_by(|a, b| a.time == b.time).try_for_each(|batch| {
        set(batch[0].time);
        observe(api, batch)
    });
    set(now);
    seen
}

/// Set once the user wants this process to end.
pub(crate) fn interrupts() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        // Without a handler the signal ends the process at once, which leaves the file whole too.
        let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
    }
    flag
}

/// The instant on the clock of a cluster file, when it can be read.
pub(crate) fn clock_of(path: &Path) -> Option<Time> {
    Store::open(path, Access::Read).ok().map(|store| store.now())
}
