//! kubetick: a virtual EKS cluster in a file, whose clock you own.

pub mod actors;
pub mod api;
pub mod machinery;
pub mod render;
pub mod store;
