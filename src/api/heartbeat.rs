//! What kubelets renew all the time: reckoned from the clock when someone reads it, so that an idle cluster is idle.

use super::Server;
use crate::json;
use crate::machinery::{Duration, Object, Time, Value};
use std::collections::BTreeMap;

/// Kubelets renew their Lease this often.
const RENEWAL: Duration = Duration::from_secs(10);
/// And post a status in which nothing has changed this often.
const REPORT: Duration = Duration::from_mins(5);
/// Where it is written down that a kubelet has stopped.
const MEMORY: &str = "stopped-kubelets";

/// Since when a kubelet is silent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stopped {
    /// The instant it stopped.
    pub at: Time,
    /// The machine is gone too.
    pub instance_is_gone: bool,
}

/// Writes down that a kubelet has stopped; the first time counts.
pub fn stop(api: &Server, node: &str, since: Stopped) {
    let at = stopped(api, node).map_or(since.at, |earlier| earlier.at);
    api.store().remember(MEMORY, node, json!({"at": (at.0), "gone": (since.instance_is_gone)}));
}

/// Writes down that it lives.
pub fn start(api: &Server, node: &str) {
    api.store().remember(MEMORY, node, Value::Null);
}

/// Since when a kubelet is silent; `None` while it lives.
pub fn stopped(api: &Server, node: &str) -> Option<Stopped> {
    read(&api.store().memory(MEMORY, node))
}

/// The kubelets that are silent, by node.
pub fn all_stopped(api: &Server) -> BTreeMap<String, Stopped> {
    let memories = api.store().memories(MEMORY);
    memories.into_iter().filter_map(|(node, memory)| Some((node, read(&memory)?))).collect()
}

fn read(memory: &Value) -> Option<Stopped> {
    memory.int_at("at").map(|at| Stopped { at: Time(at), instance_is_gone: memory.bool_at("gone") })
}

/// The last renewal of a Lease before an instant.
pub fn renewal_before(at: Time) -> Time {
    last_beat(Time::from_secs(0), at, RENEWAL)
}

/// The object as it would be if its kubelet's heartbeats were written.
pub(super) fn up_to_date(api: &Server, mut object: Object) -> Object {
    match object.kind() {
        "Node" if has_kubelet(api, object.name()) => {
            let until = stopped(api, object.name()).map_or(api.now(), |s| s.at.min(api.now()));
            let mut conditions = object.items_at("status/conditions").to_vec();
            for condition in &mut conditions {
                if let Some(posted) = Time::parse(condition.str_at("lastHeartbeatTime")) {
                    condition.set("lastHeartbeatTime", last_beat(posted, until, REPORT).rfc3339());
                }
            }
            if !conditions.is_empty() {
                object.set("status/conditions", conditions);
            }
            object
        }
        "Lease" if object.namespace() == "kube-node-lease" && has_kubelet(api, object.name()) => {
            let until = stopped(api, object.name()).map_or(api.now(), |s| s.at.min(api.now()));
            if let Some(renewed) = Time::parse(object.str_at("spec/renewTime")) {
                object.set("spec/renewTime", last_beat(renewed, until, RENEWAL).rfc3339_micro());
            }
            object
        }
        _ => object,
    }
}

/// Whether a kubelet of this cluster runs there: it keeps the node's images. Nodes of an imported dump have none.
fn has_kubelet(api: &Server, node: &str) -> bool {
    !api.store().memory("node-images", node).is_null()
}

/// The last of the beats that follow `first` up to `until`.
fn last_beat(first: Time, until: Time, period: Duration) -> Time {
    let period = period.as_nanos() as i64;
    let passed = until.since(first).as_nanos() as i64;
    Time(first.0 + passed.max(0) / period * period)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_follow_the_first() {
        let at = Time::from_secs;
        assert_eq!(last_beat(at(14), at(374), REPORT), at(314));
        assert_eq!(last_beat(at(14), at(13), REPORT), at(14));
        assert_eq!(renewal_before(at(1_234_567)), at(1_234_560));
    }
}
