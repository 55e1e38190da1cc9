//! A quantity over time: steps, or straight lines between points.

use crate::json;
use crate::machinery::{Duration, Time, Value};

/// How finely a slope is cut into steps.
const STEP: i64 = 5_000_000_000;

/// A function of the time since its start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Straight lines between the points instead of steps.
    pub ramp: bool,
    /// Offset and value, by offset.
    pub points: Vec<(Duration, f64)>,
}

impl Curve {
    /// A constant.
    pub fn constant(value: f64) -> Curve {
        Curve { ramp: false, points: vec![(Duration::ZERO, value)] }
    }

    /// The value at an offset; nothing before the first point.
    pub fn value(&self, at: Duration) -> f64 {
        let at = if self.ramp { floor_to_step(at) } else { at };
        let next = self.points.partition_point(|(t, _)| *t <= at);
        let Some((since, value)) = next.checked_sub(1).and_then(|i| self.points.get(i)) else { return 0.0 };
        match self.points.get(next) {
            Some((until, aim)) if self.ramp => {
                let share = (at - *since).as_secs_f64() / (*until - *since).as_secs_f64();
                value + (aim - value) * share
            }
            _ => *value,
        }
    }

    /// The next offset at which the value changes.
    pub fn next_change(&self, at: Duration) -> Option<Duration> {
        let next = self.points.partition_point(|(t, _)| *t <= at);
        let (until, aim) = *self.points.get(next)?;
        let slopes = self.ramp && next > 0 && self.points[next - 1].1 != aim;
        Some(if slopes { until.min(floor_to_step(at) + Duration::from_nanos(STEP)) } else { until })
    }

    /// As it is stored.
    pub fn to_value(&self) -> Value {
        let point = |(at, value): &(Duration, f64)| json!([(nanos(*at)), (*value)]);
        json!({"ramp": self.ramp, "points": self.points.iter().map(point).collect::<Value>()})
    }

    /// From the store.
    pub fn from_value(v: &Value) -> Curve {
        let point = |p: &Value| {
            let [at, value] = p.items() else { return None };
            Some((Duration::from_nanos(at.as_i64()?), value.as_f64()?))
        };
        Curve { ramp: v.bool_at("ramp"), points: v.items_at("points").iter().filter_map(point).collect() }
    }
}

fn nanos(d: Duration) -> i64 {
    i64::try_from(d.as_nanos()).unwrap_or(i64::MAX)
}

fn floor_to_step(at: Duration) -> Duration {
    Duration::from_nanos(nanos(at).div_euclid(STEP) * STEP)
}

/// A curve that begins at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Started {
    /// Its beginning.
    pub start: Time,
    /// The curve.
    pub curve: Curve,
}

impl Started {
    /// The value at an instant.
    pub fn value(&self, now: Time) -> f64 {
        self.curve.value(now.since(self.start))
    }

    /// The next instant at which it changes.
    pub fn next_change(&self, now: Time) -> Option<Time> {
        self.curve.next_change(now.since(self.start)).map(|offset| self.start + offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(n: i64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn steps_hold_and_slopes_climb() {
        let mut curve = Curve { ramp: false, points: vec![(secs(0), 50.0), (secs(120), 900.0)] };
        assert_eq!(
            (curve.value(secs(-1)), curve.value(secs(119)), curve.value(secs(120))),
            (0.0, 50.0, 900.0)
        );
        assert_eq!((curve.next_change(secs(3)), curve.next_change(secs(120))), (Some(secs(120)), None));
        curve.ramp = true;
        assert_eq!(curve.value(secs(60)), 475.0);
        assert_eq!(curve.value(secs(63)), 475.0);
        assert_eq!(
            (curve.next_change(secs(63)), curve.next_change(secs(119))),
            (Some(secs(65)), Some(secs(120)))
        );
        assert_eq!(Curve::from_value(&curve.to_value()), curve);
    }
}
