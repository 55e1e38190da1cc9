//! How much of a node its pods ask for.

use crate::actors::control_plane::scheduler::Resources;
use crate::actors::programs::cluster_autoscaler::flags::Flags;
use crate::actors::programs::cluster_autoscaler::residents::Load;
use crate::machinery::Time;

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
    load: &Load,
    ignore_daemons: bool,
    flags: &Flags,
    now: Time,
) -> Result<Utilization, String> {
    let share = |resource: &str| {
        let available = allocatable.get(resource);
        if available == 0 {
            return Err(format!("node {resource} allocatable is 0"));
        }
        let apart =
            |daemon: bool, mirror: bool| (ignore_daemons && daemon) || (flags.ignore_mirrors && mirror);
        let set_aside = load.sum(resource, apart, |_| true);
        let counts = |daemon: bool, mirror: bool| !apart(daemon, mirror);
        let used = load.sum(resource, counts, |pod| !pod.is_long_terminating(now));
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
