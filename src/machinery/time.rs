//! Virtual time: instants and durations. The only place that may read the real clock.

use std::fmt;
use std::ops::{Add, Sub};

/// A signed span of time.
pub use jiff::SignedDuration as Duration;

/// An instant on the cluster's clock, in nanoseconds since the Unix epoch (UTC).
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// Where the clock stops, 2200-01-01: instants behind it can be named, so that sums need no care, and never come.
    pub const END: Time = Time::from_secs(7_258_118_400);

    /// From whole seconds since the epoch.
    pub const fn from_secs(secs: i64) -> Time {
        Time(secs.saturating_mul(1_000_000_000))
    }
    /// Whole seconds since the epoch, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }
    /// Parses RFC 3339, with or without a fraction.
    pub fn parse(text: &str) -> Option<Time> {
        if text.is_empty() {
            return None;
        }
        let t: jiff::Timestamp = text.parse().ok()?;
        i64::try_from(t.as_nanosecond()).ok().map(Time)
    }
    /// As a calendar instant.
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_nanosecond(self.0.into()).unwrap_or_default()
    }
    /// `2026-11-22T22:36:13Z`: metav1.Time, whole seconds, UTC.
    pub fn rfc3339(self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
    /// `2026-11-22T22:36:13.000000Z`: metav1.MicroTime.
    pub fn rfc3339_micro(self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
    }
    /// The next instant, after this one, of those that lie a whole number of periods after the epoch: when something that
    /// looks around every so often looks next.
    pub fn next_turn(self, period: Duration) -> Time {
        let period = period.as_nanos() as i64;
        Time((self.0.div_euclid(period) + 1) * period)
    }

    /// This instant without its fraction of a second: what an object's timestamp keeps of it.
    pub const fn truncated(self) -> Time {
        Time::from_secs(self.secs())
    }
    /// How long ago `earlier` was; negative when it lies ahead.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, d: Duration) -> Time {
        Time(self.0.saturating_add(i64::try_from(d.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Time {
    type Output = Time;
    fn sub(self, d: Duration) -> Time {
        Time(self.0.saturating_sub(i64::try_from(d.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl Sub for Time {
    type Output = Duration;
    fn sub(self, earlier: Time) -> Duration {
        self.since(earlier)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// The real time. Used by the `real` clock mode, by the start instant of a new cluster that asks for it, and by nothing
/// else.
#[allow(clippy::disallowed_methods)]
pub fn wall_clock() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_nanos()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_parses_kubernetes_times() {
        let t = Time::parse("2026-11-22T22:36:13.123456Z").unwrap();
        assert_eq!(t.rfc3339(), "2026-11-22T22:36:13Z");
        assert_eq!(t.rfc3339_micro(), "2026-11-22T22:36:13.123456Z");
        assert_eq!((t + Duration::from_secs(47)).since(t), Duration::from_secs(47));
        assert_eq!(Time::parse("yesterday"), None);
    }
}
