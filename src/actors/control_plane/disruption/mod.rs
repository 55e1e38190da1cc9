//! PodDisruptionBudgets.

pub mod budget;
