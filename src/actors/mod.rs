//! Floor 3: everything that acts over time: the control plane, the nodes, the programs in containers.

pub mod control_plane;
