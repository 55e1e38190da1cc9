//! The HorizontalPodAutoscaler controller, as a pure core: [`reconcile`] takes the object, the private memory and a view
//! of the cluster, and makes one pass of the loop. Whoever drives it (the engine, a recorded case) implements
//! [`Cluster`] and calls once a sync period.
//!
//! A pass reads inputs ([`Inputs`]), proposes a size for every metric ([`Calculator`]), takes the largest, holds it
//! against the stabilization window and the scaling policies ([`Normalizer`]), writes the scale and the status, and
//! leaves behind a [`Decision`]: every input and every rule in order, with its numbers.

mod behavior;
mod calculator;
mod cluster;
mod conditions;
mod controller;
mod decision;
mod grouping;
mod memory;
mod metrics;
mod pod_cache;
mod pods;
mod proposal;
mod reconcile;
mod settings;
mod spec;
mod world;

pub use behavior::{Normalized, Normalizer};
pub use calculator::{Calculator, Proposal, Trace};
pub use cluster::{Cluster, Event, MetricValue, ObjectRef, Scale};
pub use conditions::Condition;
pub use controller::{HpaController, decisions};
pub use decision::{
    Decision, MetricDecision, PodGroup, PodInput, PolicyLimit, RecommendationUse, Rule, Why, WindowEntry,
};
pub use memory::{Memory, Recommendation, ScaleEvent};
pub use metrics::Inputs;
pub use pods::{ContainerRequests, Phase, PodMetrics, PodView, Readiness, Resources};
pub use reconcile::{Outcome, reconcile};
pub use settings::{Settings, Tolerances};
pub use spec::{Behavior, MetricRef, Policy, ScalingRules, SelectPolicy, TargetRef};
