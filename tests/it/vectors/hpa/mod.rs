//! The HorizontalPodAutoscaler controller against cases that ran through the real one.

mod behavior;
mod calculator;
mod reconcile;
pub mod world;
