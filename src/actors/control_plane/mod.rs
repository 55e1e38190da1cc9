//! The controllers of kube-controller-manager and the scheduler.
