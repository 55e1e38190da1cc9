//! What AWS does by itself: instances start and end, Auto Scaling groups keep their size, EKS drains the nodes of its
//! managed groups and finishes what it was asked to do, Services get load balancers.

mod addons;
mod control_plane;
mod drain;
mod fargate;
mod groups;
mod instances;
mod interruption;
mod lifecycle;
mod load_balancers;
mod node_groups;
mod rebalance;
mod refresh;
mod schedule;
mod warm_pools;

pub use addons::Addons;
pub use control_plane::ControlPlane;
pub use fargate::Fargate;
pub use groups::{AutoScaling, look_at_groups};
pub use instances::Ec2;
pub use load_balancers::LoadBalancers;
pub use node_groups::Eks;
