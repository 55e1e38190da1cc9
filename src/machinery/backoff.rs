//! Delays that grow: the back-off of kubelets, of controllers' queues and of the scheduler, and the token bucket.

use super::time::{Duration, Time};

/// `base * 2^failures`, at most `max`: what a controller's queue waits before it tries an object again, with the number
/// of failures before this one.
pub fn exponential(base: Duration, failures: u32, max: Duration) -> Duration {
    // A nanosecond doubled 62 times is a century and a half: past every maximum in use.
    let delay = base.as_nanos().saturating_mul(1 << failures.min(62)).min(max.as_nanos());
    i64::try_from(delay).map_or(max, Duration::from_nanos)
}

/// What the scheduler's queue waits after a pod's n-th failed attempt: doubling from `initial`.
pub fn after_attempts(initial: Duration, attempts: u32, max: Duration) -> Duration {
    exponential(initial, attempts.saturating_sub(1), max)
}

/// The back-off of one thing that keeps failing, as the kubelet counts it for containers and images: doubling on every
/// failure, forgotten after twice the maximum without one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backoff {
    /// The current delay.
    pub delay: Duration,
    /// When the last failure was counted.
    pub updated: Time,
}

impl Backoff {
    /// Counts a failure that happened at `event` and is noticed `now`. `entry` is what was counted so far.
    pub fn next(entry: Option<Backoff>, event: Time, now: Time, initial: Duration, max: Duration) -> Backoff {
        let delay = match entry {
            Some(b) if !b.expired(event, max) => (b.delay + b.delay).min(max),
            _ => initial,
        };
        Backoff { delay, updated: now }
    }

    /// Whether something that failed at `event` still has to wait at `now`.
    pub fn holds_since(&self, event: Time, now: Time, max: Duration) -> bool {
        !self.expired(event, max) && now.since(event) < self.delay
    }

    fn expired(&self, event: Time, max: Duration) -> bool {
        event.since(self.updated) > max + max
    }
}

/// How often something may happen: so many times at once, and again as tokens trickle in.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RateLimit {
    /// Tokens that trickle in.
    pub per_second: f64,
    /// What a full bucket holds.
    pub burst: f64,
}

/// The tokens left of a rate limit, as they were when last counted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TokenBucket {
    /// How many there were.
    pub tokens: f64,
    /// When they were counted.
    pub updated: Time,
}

impl TokenBucket {
    /// A full bucket.
    pub fn full(limit: RateLimit, now: Time) -> TokenBucket {
        TokenBucket { tokens: limit.burst, updated: now }
    }

    /// Takes a token if there is one.
    pub fn try_accept(&mut self, limit: RateLimit, now: Time) -> bool {
        let passed = now.since(self.updated).as_secs_f64().max(0.0);
        self.tokens = (self.tokens + passed * limit.per_second).min(limit.burst);
        self.updated = self.updated.max(now);
        let accepted = self.tokens >= 1.0;
        if accepted {
            self.tokens -= 1.0;
        }
        accepted
    }
}
