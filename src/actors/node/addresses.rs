//! Addresses in the cluster's VPC, as the Amazon VPC CNI gives them out: pods get addresses of their node's subnet.

use crate::api::Server;
use crate::machinery::Object;

/// Addresses of a /19 subnet that pods may get, after what AWS and the nodes use.
const POOL: u64 = 8000;
/// Walks the pool without meeting an address twice, in no visible order.
const STRIDE: u64 = 4201;

/// The node's own address.
pub fn internal_ip(node: &Object) -> &str {
    let addresses = node.items_at("status/addresses").iter();
    addresses.filter(|a| a.str_at("type") == "InternalIP").map(|a| a.str_at("address")).next().unwrap_or("")
}

/// A fresh address for a pod: the node's subnet, 8000 others before it comes again.
pub fn pod_ip(node: &Object, api: &Server) -> String {
    let own = internal_ip(node);
    let mut parts = own.split('.').filter_map(|p| p.parse::<u64>().ok());
    let (a, b, c) = (parts.next().unwrap_or(192), parts.next().unwrap_or(168), parts.next().unwrap_or(0));
    let subnet = c & !31;
    loop {
        let n = api.store().draw(&format!("pod-ip {subnet}"));
        let slot = 64 + (n * STRIDE + 17) % POOL;
        let ip = format!("{a}.{b}.{}.{}", subnet + slot / 256, slot % 256);
        if !slot.is_multiple_of(256) && slot % 256 != 255 && ip != own {
            return ip;
        }
    }
}
