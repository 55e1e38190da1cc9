//! What kube-controller-manager was started with.

use super::spec::Behavior;
use crate::machinery::{Duration, KubeVersion};

/// The controller's flags and feature gates.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `--horizontal-pod-autoscaler-sync-period`.
    pub sync_period: Duration,
    /// `--horizontal-pod-autoscaler-downscale-stabilization`: the window without `spec.behavior`, and the default of
    /// `scaleDown.stabilizationWindowSeconds`.
    pub downscale_stabilization: Duration,
    /// `--horizontal-pod-autoscaler-tolerance`, both directions.
    pub tolerance: f64,
    /// `--horizontal-pod-autoscaler-cpu-initialization-period`.
    pub cpu_initialization_period: Duration,
    /// `--horizontal-pod-autoscaler-initial-readiness-delay`.
    pub initial_readiness_delay: Duration,
    /// Feature gate HPAScaleToZero.
    pub scale_to_zero: bool,
    /// Version of the control plane.
    pub version: KubeVersion,
}

impl Settings {
    /// The defaults of a version, as EKS runs them.
    pub fn new(version: KubeVersion) -> Settings {
        Settings {
            sync_period: Duration::from_secs(15),
            downscale_stabilization: Duration::from_mins(5),
            tolerance: 0.1,
            cpu_initialization_period: Duration::from_mins(5),
            initial_readiness_delay: Duration::from_secs(30),
            scale_to_zero: false,
            version,
        }
    }

    /// The tolerances of one autoscaler: the flag, or what `spec.behavior` says for a direction.
    pub fn tolerances(&self, behavior: Option<&Behavior>) -> Tolerances {
        let behavior = behavior.filter(|_| self.version.hpa_tolerance_is_configurable());
        let own = |rules: Option<f64>| rules.unwrap_or(self.tolerance);
        Tolerances {
            down: own(behavior.and_then(|b| b.scale_down.as_ref()?.tolerance())),
            up: own(behavior.and_then(|b| b.scale_up.as_ref()?.tolerance())),
        }
    }
}

/// How far the usage may be off the target without a change of size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerances {
    /// Below the target.
    pub down: f64,
    /// Above the target.
    pub up: f64,
}

impl Tolerances {
    /// Whether a ratio of usage to target calls for no change. Both edges belong to the band.
    pub fn contain(self, ratio: f64) -> bool {
        (1.0 - self.down) <= ratio && ratio <= (1.0 + self.up)
    }
}
