//! Which start of a CronJob is due, and when to look again.

use super::{CronError, Schedule};
use crate::machinery::time::{Duration, Time};

/// How many starts went by unused before the one that is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missed {
    /// None: the due start is the only one.
    None,
    /// Up to a hundred.
    Few,
    /// More than a hundred: worth a warning.
    Many,
}

/// The state of a schedule at an instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unmet {
    /// The most recent start that has not happened; none when nothing is due.
    pub time: Option<Time>,
    /// How many came before it.
    pub missed: Missed,
}

/// The controller wakes this long after a start is due, for clocks that differ.
const PADDING: Duration = Duration::from_millis(100);

/// The most recent start at or before `now` that has not happened. `since` is when the last one did (or the object was
/// made); starts further back than the deadline no longer count.
pub fn most_recent_unmet(
    schedule: &Schedule,
    since: Time,
    now: Time,
    deadline: Option<Duration>,
) -> Result<Unmet, CronError> {
    let earliest = deadline.map_or(since, |d| since.max(now - d));
    let first = schedule.next(earliest);
    let second = first.and_then(|t| schedule.next(t));
    match (first, second) {
        (Some(first), _) if now < first => return Ok(Unmet { time: None, missed: Missed::None }),
        (Some(_), Some(second)) if now < second => return Ok(Unmet { time: first, missed: Missed::None }),
        _ => {}
    }
    // A schedule that never comes (again) has no interval.
    let interval = first.zip(second).map_or(0, |(a, b)| b.since(a).as_secs());
    let Some(first) = first.filter(|_| interval >= 1) else {
        return Err(CronError("time difference between two schedules is less than 1 second".into()));
    };
    // The interval between the first two starts stands for all of them, to count the missed ones and to jump close to
    // the last. With a schedule of uneven intervals the jump can land after it: then nothing is due.
    let missed = now.since(first).as_secs() / interval + 1;
    let jump = Duration::from_secs((missed - 2) * interval);
    let mut time = None;
    let mut next = schedule.next(first + jump);
    while let Some(t) = next.filter(|t| *t <= now) {
        time = Some(t);
        next = schedule.next(t);
    }
    Ok(Unmet { time, missed: if missed > 100 { Missed::Many } else { Missed::Few } })
}

/// How long after `now` the controller looks at a CronJob again; none for a schedule that never comes.
pub fn requeue_after(schedule: &Schedule, since: Time, now: Time) -> Option<Duration> {
    let from = match most_recent_unmet(schedule, since, now, None) {
        Ok(Unmet { time: Some(t), .. }) => t,
        Ok(Unmet { missed: Missed::None, .. }) => since,
        _ => now,
    };
    schedule.next(from).map(|t| (t + PADDING).since(now))
}
