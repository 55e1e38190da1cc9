//! How much of a node its pods ask for.

use crate::actors::control_plane::scheduler::Resources;
use crate::actors::programs::cluster_autoscaler::flags::Flags;
use crate::actors::programs::cluster_autoscaler::pod::Pod;
use crate::machinery::Time;
use std::sync::Arc;

/// Resources of GPUs.
pub const GPU: &str = "nvidia.com/gpu";

/// Shares of what a node offers to pods.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Utilization {
    /// Of cpu.
    pub cpu: f64,
    /// Of memory.
    pub memory: f64,
    /// Of GPUs.
    pub gpu: f64,
    /// The share that counts.
    pub max: f64,
    /// Whose share that is.
    pub resource: &'static str,
}

/// Computes the shares. On a node with GPUs they alone count. The error is the text of what is missing.
pub fn utilization(
    allocatable: &Resources,
    pods: &[Arc<Pod>],
    ignore_daemons: bool,
    flags: &Flags,
    now: Time,
) -> Result<Utilization, String> {
    let share = |resource: &str| {
        let available = allocatable.get(resource);
        if available == 0 {
            return Err(format!("node {resource} allocatable is 0"));
        }
        let (mut used, mut set_aside) = (0, 0);
        for pod in pods {
            let requested = pod.pending.info.requests.get(resource);
            if (ignore_daemons && pod.is_daemon()) || (flags.ignore_mirrors && pod.is_mirror()) {
                set_aside += requested;
            } else if !pod.is_long_terminating(now) {
                used += requested;
            }
        }
        Ok(used as f64 / (available - set_aside) as f64)
    };
    if allocatable.get(GPU) > 0 {
        let gpu = share(GPU)?;
        return Ok(Utilization { gpu, max: gpu, resource: GPU, ..Utilization::default() });
    }
    let (cpu, memory) = (share("cpu")?, share("memory")?);
    let (max, resource) = if cpu > memory { (cpu, "cpu") } else { (memory, "memory") };
    Ok(Utilization { cpu, memory, max, resource, ..Utilization::default() })
}
