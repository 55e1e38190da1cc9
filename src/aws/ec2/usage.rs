//! What instances were used: the book that bills are made from. EC2 counts the time in which an instance runs, by the
//! second; an entry outlives the instance, which EC2 lists for an hour after its end.

use super::super::state::{self, INSTANCE};
use crate::json;
use crate::machinery::{Object, Time, Value, well_known};
use crate::store::Store;

/// Whose memories the entries are, by the instances' ids.
const BOOK: &str = "ec2-usage";

/// What one instance was used.
#[derive(Clone, PartialEq, Debug)]
pub struct Usage {
    /// `i-...`.
    pub id: String,
    /// The node group it belongs or belonged to; that of EC2 Auto Scaling where there is no other.
    pub group: String,
    /// `m5.large`.
    pub instance_type: String,
    /// Its availability zone.
    pub zone: String,
    /// Spot capacity.
    pub spot: bool,
    /// From when to when it ran; the last stretch has no end while it does.
    pub runs: Vec<(Time, Option<Time>)>,
}

/// All instances there ever were, by id.
pub fn usage(store: &Store) -> Vec<Usage> {
    store.memories(BOOK).iter().map(|(id, v)| Usage::of_value(id, v)).collect()
}

/// Takes note that an instance runs from now on.
pub(super) fn begin(store: &Store, id: &str) {
    let Some(instance) = state::find(store, INSTANCE, id) else { return };
    let mut entry = match store.memory(BOOK, id) {
        Value::Null => entry_of(&instance),
        entry => entry,
    };
    let mut runs = entry.items_at("runs").to_vec();
    runs.push(json!({"from": (store.now().0)}));
    entry.set("runs", runs);
    store.remember(BOOK, id, entry);
}

/// Takes note that it does no more.
pub(super) fn end(store: &Store, id: &str) {
    let mut entry = store.memory(BOOK, id);
    let mut runs = entry.items_at("runs").to_vec();
    if let Some(run) = runs.last_mut().filter(|run| run.int_at("to").is_none()) {
        run.set("to", store.now().0);
        entry.set("runs", runs);
        store.remember(BOOK, id, entry);
    }
}

fn entry_of(instance: &Object) -> Value {
    let tag = |key: &str| {
        let tags = instance.items_at("spec/Tags").iter();
        tags.filter(|t| t.str_at("Key") == key).map(|t| t.str_at("Value")).find(|v| !v.is_empty())
    };
    let group = tag("eks:nodegroup-name")
        .or_else(|| tag(well_known::EKSCTL_NODE_GROUP))
        .unwrap_or(instance.str_at("spec/kubetick/group"));
    json!({
        "group": group, "type": (instance.at("spec/InstanceType")),
        "zone": (instance.at("spec/Placement/AvailabilityZone")),
        "spot": (instance.str_at("spec/InstanceLifecycle") == "spot"),
    })
}

impl Usage {
    fn of_value(id: &str, v: &Value) -> Usage {
        let run = |r: &Value| Some((Time(r.int_at("from")?), r.int_at("to").map(Time)));
        Usage {
            id: id.to_string(),
            group: v.str_at("group").to_string(),
            instance_type: v.str_at("type").to_string(),
            zone: v.str_at("zone").to_string(),
            spot: v.bool_at("spot"),
            runs: v.items_at("runs").iter().filter_map(run).collect(),
        }
    }

    /// For how many seconds it ran between two instants.
    pub fn seconds(&self, from: Time, to: Time) -> f64 {
        let overlap = |(began, ended): &(Time, Option<Time>)| {
            let until = ended.unwrap_or(to).min(to);
            until.since((*began).max(from)).as_secs_f64().max(0.0)
        };
        self.runs.iter().map(overlap).sum()
    }

    /// Whether it runs at an instant.
    pub fn runs_at(&self, at: Time) -> bool {
        self.runs.iter().any(|(began, ended)| *began <= at && ended.is_none_or(|ended| at < ended))
    }

    /// When it first ran.
    pub fn began(&self) -> Option<Time> {
        self.runs.iter().map(|(from, _)| *from).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_counted_within_a_span() {
        let at = Time::from_secs;
        let v = json!({"group": "g", "type": "m5.large", "runs": [
            {"from": (at(100).0), "to": (at(200).0)}, {"from": (at(300).0)},
        ]});
        let usage = Usage::of_value("i-1", &v);
        assert_eq!(usage.seconds(at(0), at(1000)), 800.0);
        assert_eq!(usage.seconds(at(150), at(310)), 60.0);
        assert_eq!(usage.seconds(at(210), at(290)), 0.0);
        assert!(usage.runs_at(at(150)) && !usage.runs_at(at(200)) && usage.runs_at(at(300)));
    }
}
