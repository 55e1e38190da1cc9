//! Whether the kubelet of a node lives. A kubelet that lives renews its Lease every 10 s and its status every 5 minutes;
//! nobody writes these down as they happen, the API reckons them from the clock ([`crate::api::heartbeat`]).

use super::orders::{KUBELET, KUBELET_RANK, pod_key};
use crate::api::{Server, heartbeat};
use crate::machinery::Time;

/// Stops the kubelet of a node: its pods go on unseen, the node controller will find the node lost. An instance that is
/// gone takes the Node object with it once it is found lost.
pub fn stop_kubelet(api: &Server, node: &str, instance_is_gone: bool) {
    let since = heartbeat::Stopped { at: api.now(), instance_is_gone };
    heartbeat::stop(api, node, since);
    super::lifecycle::look_at(api, node);
}

/// Starts it again: it takes up its pods where they are.
pub fn start_kubelet(api: &Server, node: &str) {
    heartbeat::start(api, node);
    tell_readiness(api, node);
    for pod in api.pods_on_node(node) {
        api.store().wake(KUBELET, KUBELET_RANK, &pod_key(&pod), api.now());
    }
}

/// Has the kubelet say whether its node is ready.
pub fn tell_readiness(api: &Server, node: &str) {
    api.store().wake(KUBELET, KUBELET_RANK, &format!("ready {node}"), api.now());
}

/// When the Lease of a stopped kubelet was last renewed; `None` while it lives.
pub(super) fn last_renewal(api: &Server, node: &str) -> Option<Time> {
    heartbeat::stopped(api, node).map(|stopped| heartbeat::renewal_before(stopped.at))
}
