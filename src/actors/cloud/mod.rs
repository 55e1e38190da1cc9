//! What AWS does by itself: instances start and end, Auto Scaling groups keep their size, EKS drains the nodes of its
//! managed groups and finishes what it was asked to do.

mod drain;
mod groups;
mod instances;
mod node_groups;

pub use groups::AutoScaling;
pub use instances::Ec2;
pub use node_groups::Eks;
