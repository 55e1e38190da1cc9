//! The meter of a container: a rate that changes now and then, and its integral.

use crate::json;
use crate::machinery::{Duration, Time, Value};

/// How far back the integral can be read.
const KEPT: Duration = Duration::from_mins(10);

/// Over how long before its instant a rate is measured. Demand here is piecewise constant where a real one wavers: means
/// over whole windows would show, at every step, values between the steps that nobody asked for.
const PROBE: Duration = Duration::from_millis(10);
/// How many of them a second has.
const PROBES_A_SECOND: i64 = 100;

/// From an instant on the container uses CPU at a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Point {
    at: Time,
    /// CPU time used until then, in nanoseconds.
    used: i64,
    /// Millionths of a core from then on.
    rate: i64,
}

impl Point {
    fn used_until(&self, at: Time) -> i64 {
        let elapsed = at.0 - self.at.0;
        let nanos = match elapsed.checked_mul(self.rate) {
            Some(product) => product / 1_000_000,
            None => {
                i64::try_from(i128::from(elapsed) * i128::from(self.rate) / 1_000_000).unwrap_or(i64::MAX)
            }
        };
        self.used.saturating_add(nanos)
    }
}

/// One run of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meter {
    /// When the run began.
    pub start: Time,
    /// Place of the container in the pod: the first one serves.
    pub position: i64,
    /// The CPU limit, in millionths of a core.
    pub limit: Option<i64>,
    /// The CPU request, by which a crowded node divides itself.
    pub request: i64,
    /// What it would use by itself, in millionths of a core.
    pub base: i64,
    /// What load adds.
    pub extra: i64,
    /// Its working set by itself, in bytes.
    pub base_memory: i64,
    /// By how many bytes that grows in a second.
    pub growth: i64,
    /// What load adds.
    pub extra_memory: i64,
    /// The memory limit.
    pub memory_limit: Option<i64>,
    points: Vec<Point>,
}

impl Meter {
    /// A container that starts.
    pub fn new(start: Time, base: i64, base_memory: i64) -> Meter {
        Meter {
            start,
            position: 0,
            limit: None,
            request: 0,
            base,
            extra: 0,
            base_memory,
            growth: 0,
            extra_memory: 0,
            memory_limit: None,
            points: vec![Point { at: start, used: 0, rate: 0 }],
        }
    }

    /// What it would use if its node had enough.
    pub fn demand(&self) -> i64 {
        let wanted = self.base.saturating_add(self.extra);
        self.limit.map_or(wanted, |limit| wanted.min(limit))
    }

    /// Its working set at an instant.
    pub fn memory(&self, at: Time) -> i64 {
        let grown = self.growth.saturating_mul(at.since(self.start).as_secs().max(0));
        self.base_memory.saturating_add(grown).saturating_add(self.extra_memory)
    }

    /// Whether it needs more memory than it may have.
    pub fn is_over_memory(&self, now: Time) -> bool {
        self.memory_limit.is_some_and(|limit| self.memory(now) > limit)
    }

    /// From when on it needs more memory than it may have, if things go on like this.
    pub fn over_memory_at(&self, now: Time) -> Option<Time> {
        if self.is_over_memory(now) {
            return Some(now);
        }
        let limit = self.memory_limit.filter(|_| self.growth > 0)?;
        let room = limit - self.base_memory - self.extra_memory;
        Some(self.start + Duration::from_secs(room.max(0) / self.growth + 1))
    }

    /// The rate at present.
    pub fn rate(&self) -> i64 {
        self.points.last().map_or(0, |p| p.rate)
    }

    /// Changes the rate from an instant on.
    pub fn set_rate(&mut self, rate: i64, now: Time) {
        if self.rate() == rate {
            return;
        }
        let used = self.used(now);
        match self.points.last_mut() {
            Some(last) if last.at >= now => last.rate = rate,
            _ => self.points.push(Point { at: now, used, rate }),
        }
        let first = self.points.partition_point(|p| p.at <= now - KEPT).saturating_sub(1);
        self.points.drain(..first);
    }

    /// The point that holds at an instant.
    fn point(&self, at: Time) -> Option<&Point> {
        // Mostly it is the last one.
        let last = self.points.last().filter(|p| p.at <= at);
        last.or_else(|| self.points[..self.points.partition_point(|p| p.at <= at)].last())
    }

    /// CPU time used until an instant, in nanoseconds.
    pub fn used(&self, at: Time) -> i64 {
        self.point(at).map_or(0, |p| p.used_until(at))
    }

    /// Billionths of a core used just before an instant.
    pub fn nanocores(&self, at: Time) -> i64 {
        let from = at - PROBE;
        match self.point(at) {
            Some(point) if point.at <= from => point.rate.saturating_mul(1_000),
            _ => (self.used(at) - self.used(from)).saturating_mul(PROBES_A_SECOND),
        }
    }

    pub fn to_value(&self) -> Value {
        let points = self.points.iter().map(|p| json!([p.at.0, p.used, p.rate])).collect::<Value>();
        json!({
            "start": self.start.0, "position": self.position, "limit": self.limit, "request": self.request, "base": self.base,
            "extra": self.extra, "baseMemory": self.base_memory, "growth": self.growth, "extraMemory": self.extra_memory,
            "memoryLimit": self.memory_limit, "points": points,
        })
    }

    pub fn from_value(v: &Value) -> Meter {
        let int = |key: &str| v.int_at(key).unwrap_or(0);
        let point = |p: &Value| {
            let [at, used, rate] = p.items() else { return None };
            Some(Point { at: Time(at.as_i64()?), used: used.as_i64()?, rate: rate.as_i64()? })
        };
        Meter {
            start: Time(int("start")),
            position: int("position"),
            limit: v.int_at("limit"),
            request: int("request"),
            base: int("base"),
            extra: int("extra"),
            base_memory: int("baseMemory"),
            growth: int("growth"),
            extra_memory: int("extraMemory"),
            memory_limit: v.int_at("memoryLimit"),
            points: v.items_at("points").iter().filter_map(point).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integral_follows_the_rate() {
        let at = Time::from_secs;
        let mut meter = Meter::new(at(100), 1_000, 1 << 20);
        meter.set_rate(1_000_000, at(100));
        meter.set_rate(500_000, at(110));
        assert_eq!(meter.used(at(105)), 5_000_000_000);
        assert_eq!(meter.used(at(120)), 15_000_000_000);
        assert_eq!(Meter::from_value(&meter.to_value()), meter);
        (meter.growth, meter.memory_limit) = (1 << 20, Some(11 << 20));
        assert_eq!((meter.memory(at(110)), meter.over_memory_at(at(110))), (11 << 20, Some(at(111))));
        meter.extra = 2_000_000;
        meter.limit = Some(500_000);
        assert_eq!(meter.demand(), 500_000);
        meter.set_rate(0, at(2000));
        assert_eq!(meter.used(at(1990)), 10_000_000_000 + 1_880 * 500_000_000, "older points are folded");
    }
}
