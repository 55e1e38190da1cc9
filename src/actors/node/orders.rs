//! What happens to a node or its pods from outside, told to the kubelet: faults, an OOM kill, a changed answer to a
//! probe.

use crate::api::Server;
use crate::json;
use crate::machinery::{Object, Value};

/// Name of the kubelet on the agenda.
pub(super) const KUBELET: &str = "kubelet";
/// The kubelet's place among the actors of one instant.
pub(super) const KUBELET_RANK: u8 = 60;
/// Orders wait in the store under this name until the kubelet takes them.
const ORDERS: &str = "kubelet-orders";

/// How a container is made to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended {
    /// Exit code.
    pub code: i32,
    /// `OOMKilled`, or empty for the reason the exit code implies.
    pub reason: &'static str,
}

/// Has the kubelet look at a pod again: its probes may answer differently, its program may want to act.
pub fn nudge(api: &Server, pod: &Object) {
    api.store().wake(KUBELET, KUBELET_RANK, &pod_key(pod), api.now());
}

/// Ends a container from outside: the kernel's OOM killer, a crash made by hand.
pub fn end_container(api: &Server, pod: &Object, container: &str, how: Ended) {
    let key = format!("{}/{container}", pod.uid());
    api.store().remember(ORDERS, &key, json!({"code": (how.code), "reason": (how.reason)}));
    nudge(api, pod);
}

/// Has the kubelet end a pod for good, as its node needs what it uses.
pub(super) fn evict(api: &Server, pod: &Object, message: &str) {
    api.store().remember(ORDERS, pod.uid(), json!({"evicted": message}));
    nudge(api, pod);
}

/// Takes the order to end a pod, if there is one: what is told of it.
pub(super) fn take_eviction(api: &Server, pod: &Object) -> Option<String> {
    let order = api.store().memory(ORDERS, pod.uid());
    let message = order.at("evicted").as_str()?.to_string();
    api.store().remember(ORDERS, pod.uid(), Value::Null);
    Some(message)
}

/// Takes the order to end a container, if there is one: exit code and reason.
pub(super) fn take_end(api: &Server, pod: &Object, container: &str) -> Option<(i32, String)> {
    let key = format!("{}/{container}", pod.uid());
    let order = api.store().memory(ORDERS, &key);
    if order.is_null() {
        return None;
    }
    api.store().remember(ORDERS, &key, Value::Null);
    Some((order.int_at("code").unwrap_or(137) as i32, order.str_at("reason").to_string()))
}

/// The kubelet's key of a pod.
pub(super) fn pod_key(pod: &Object) -> String {
    format!("pod {}/{}", pod.namespace(), pod.name())
}
