//! The network eksctl makes for a cluster: one VPC, a public and a private subnet a zone, security groups. It does not
//! change, so that it is worked out and not kept.

use crate::catalog::cluster_config::ClusterConfig;
use crate::machinery::names;
use crate::store::Store;

/// One subnet.
pub struct Subnet {
    /// `subnet-0...`.
    pub id: String,
    /// Its zone.
    pub zone: String,
    /// `192.168.0.0/19`.
    pub cidr: String,
    /// With addresses of its own.
    pub public: bool,
}

fn id(store: &Store, prefix: &str, what: &str) -> String {
    let meta = store.meta();
    format!("{prefix}-0{}", names::hex(meta.seed, &format!("{prefix} {} {what}", meta.name), 0, 16))
}

/// The VPC of a cluster.
pub fn vpc(store: &Store) -> String {
    id(store, "vpc", "")
}

/// The subnets of a cluster: the public ones first, as eksctl lays them out (VPC 192.168.0.0/16 in blocks of /19, or
/// one /19 after the other from 96 on for the private ones).
pub fn subnets(store: &Store) -> Vec<Subnet> {
    let zones = ClusterConfig::from_value(&store.meta().config).map(|c| c.zones).unwrap_or_default();
    let mut all = Vec::new();
    for public in [true, false] {
        for (i, zone) in zones.iter().enumerate() {
            let block = 32 * i + if public { 0 } else { 32 * zones.len() };
            all.push(Subnet {
                id: id(store, "subnet", &format!("{zone} {public}")),
                zone: zone.clone(),
                cidr: format!("192.168.{}.0/19", block % 256),
                public,
            });
        }
    }
    all
}

/// The public subnet of a zone.
pub fn subnet_of(store: &Store, zone: &str) -> String {
    id(store, "subnet", &format!("{zone} true"))
}

/// The security group EKS puts on control plane and nodes.
pub fn cluster_security_group(store: &Store) -> String {
    id(store, "sg", "cluster")
}

/// The security group eksctl shares among node groups.
pub fn shared_security_group(store: &Store) -> String {
    id(store, "sg", "shared")
}
