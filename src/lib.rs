//! kubetick: a virtual EKS cluster in a file, whose clock you own.

pub mod machinery;
