//! What the controller remembers about one autoscaler between passes. A real controller loses it on a restart.

use crate::machinery::{Time, Value};
use crate::store::Remembered;

/// A size that was once recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// The size the metrics asked for, before any limit.
    pub replicas: i32,
    /// When.
    pub time: Time,
}

/// A change of size that was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScaleEvent {
    /// By how many replicas, without sign.
    pub change: i32,
    /// When.
    pub time: Time,
    /// Older than every policy looked back when a later event was stored: its place may be reused.
    pub outdated: bool,
}

/// The memory of one autoscaler. The order of the lists matters: an entry too old to count is overwritten in place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Recommended sizes within the stabilization windows, and some older ones.
    pub recommendations: Vec<Recommendation>,
    /// Changes upwards; kept only with `spec.behavior`.
    pub scale_up_events: Vec<ScaleEvent>,
    /// Changes downwards; kept only with `spec.behavior`.
    pub scale_down_events: Vec<ScaleEvent>,
    /// The selector of the target as last seen: what makes two autoscalers on the same pods notice each other.
    pub selector: Option<String>,
    /// How many passes there were.
    pub passes: i64,
}

/// Nanoseconds and all: whether an entry is inside a window is decided on them.
fn stamp(time: Time) -> String {
    time.timestamp().to_string()
}

impl Remembered for Memory {
    fn to_value(&self) -> Value {
        let event = |e: &ScaleEvent| {
            let mut v = crate::json!({"change": e.change, "time": stamp(e.time)});
            if e.outdated {
                v.set("outdated", true);
            }
            v
        };
        let mut v = crate::json!({
            "recommendations": self.recommendations.iter()
                .map(|r| crate::json!({"replicas": r.replicas, "time": stamp(r.time)}))
                .collect::<Value>(),
            "scaleUpEvents": self.scale_up_events.iter().map(event).collect::<Value>(),
            "scaleDownEvents": self.scale_down_events.iter().map(event).collect::<Value>(),
        });
        v.set("passes", self.passes);
        if let Some(selector) = &self.selector {
            v.set("selector", selector);
        }
        v
    }

    fn from_value(v: &Value) -> Memory {
        let int = |v: &Value, key| v.int_at(key).and_then(|i| i32::try_from(i).ok());
        let events = |key| {
            let items = v.items_at(key).iter();
            let event = |e: &Value| {
                Some(ScaleEvent {
                    change: int(e, "change")?,
                    time: Time::parse(e.str_at("time"))?,
                    outdated: e.bool_at("outdated"),
                })
            };
            items.filter_map(event).collect()
        };
        Memory {
            recommendations: v
                .items_at("recommendations")
                .iter()
                .filter_map(|r| {
                    Some(Recommendation {
                        replicas: int(r, "replicas")?,
                        time: Time::parse(r.str_at("time"))?,
                    })
                })
                .collect(),
            scale_up_events: events("scaleUpEvents"),
            scale_down_events: events("scaleDownEvents"),
            selector: v.at("selector").as_str().map(str::to_string),
            passes: v.int_at("passes").unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_the_store_to_the_nanosecond() {
        let memory = Memory {
            recommendations: vec![Recommendation { replicas: 3, time: Time(1_700_000_000_123_456_789) }],
            scale_up_events: vec![ScaleEvent { change: 2, time: Time::from_secs(5), outdated: true }],
            scale_down_events: vec![ScaleEvent { change: 1, time: Time(7), outdated: false }],
            selector: Some("app=web".into()),
            passes: 3,
        };
        let text = memory.to_value().to_json();
        assert_eq!(Memory::from_value(&Value::parse(&text).unwrap()), memory);
        assert_eq!(Memory::from_value(&Value::Null), Memory::default());
    }
}
