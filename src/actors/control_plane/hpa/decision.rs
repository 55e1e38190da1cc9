//! The record of one pass: what was read, which rule did what with it, and what came out. `kubetick explain hpa/NAME`
//! prints it; [`crate::render`] makes it readable.

use super::spec::SelectPolicy;
use crate::machinery::Value;
use crate::store::Remembered;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One pass of the controller over one autoscaler.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Decision {
    /// When, in RFC 3339.
    pub time: String,
    /// `namespace/name` of the autoscaler.
    pub hpa: String,
    /// `Deployment/web`.
    pub target: String,
    /// The target's `spec.replicas` as read.
    pub current_replicas: i32,
    /// `spec.minReplicas`.
    pub min_replicas: i32,
    /// `spec.maxReplicas`.
    pub max_replicas: i32,
    /// One for each metric of the spec, in its order; empty when metrics were not read.
    pub metrics: Vec<MetricDecision>,
    /// The rules applied to the target as a whole, in order.
    pub rules: Vec<Rule>,
    /// The size decided on.
    pub desired_replicas: i32,
    /// Whether the target's scale was written.
    pub rescaled: bool,
    /// The reason given in the event; empty when nothing changed, and sometimes when something did.
    pub reason: String,
    /// What went wrong.
    pub error: Option<String>,
}

/// The computation of one metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MetricDecision {
    /// `cpu resource utilization (percentage of request)`: as conditions name it.
    pub name: String,
    /// Resource whose unit the amounts below have (`cpu`, `memory`); empty for others.
    pub resource: String,
    /// The target in words of the spec: `50%`, `100Mi`, `1k`.
    pub target: String,
    /// Every pod that entered, with what was made of it; empty for values not measured by pod.
    pub pods: Vec<PodInput>,
    /// The rules applied, in order.
    pub rules: Vec<Rule>,
    /// The size this metric asks for.
    pub proposal: Option<i32>,
    /// Why there is none.
    pub error: Option<String>,
}

/// In which group a pod was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PodGroup {
    /// Its usage counts.
    Ready,
    /// It cannot be measured yet.
    Unready,
    /// No metric came for it.
    Missing,
    /// It is on its way out.
    Ignored,
    /// A metric came for a pod the selector does not match.
    Unknown,
}

/// One pod in the computation of a metric. Amounts in thousandths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodInput {
    /// Name of the pod.
    pub pod: Arc<str>,
    /// What it counts as.
    pub group: PodGroup,
    /// Why, for every group but `ready`.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub why: Why,
    /// Usage as measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<i64>,
    /// What the pod requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<i64>,
    /// The usage it entered the last computation with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<i64>,
}

/// A fixed text, owned only when it comes back from the store.
pub type Why = std::borrow::Cow<'static, str>;

/// What a stored recommendation was good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RecommendationUse {
    /// Inside no window.
    Expired,
    /// Inside the window of growing only.
    Up,
    /// Inside the window of shrinking only.
    Down,
    /// Inside both.
    Both,
}

/// One recommendation looked at by stabilization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WindowEntry {
    /// The recommended size.
    pub replicas: i32,
    /// Its age.
    pub age_seconds: f64,
    /// Which windows it fell into.
    pub used_for: RecommendationUse,
}

/// One scaling policy with what it allows now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyLimit {
    /// `Pods` or `Percent`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many.
    pub value: i32,
    /// Within how long.
    pub period_seconds: i32,
    /// Replicas added within the period.
    pub added: i64,
    /// Replicas taken away within the period.
    pub removed: i64,
    /// The size at the start of the period.
    pub start: i64,
    /// The size it allows.
    pub limit: i32,
}

/// One rule with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Rule {
    /// Usage of the counted pods over their requests, in whole percent, over the target.
    UtilizationRatio {
        /// Sum of usage, thousandths.
        usage: i64,
        /// Sum of requests, thousandths.
        requests: i64,
        /// Pods in the sums.
        pods: i64,
        /// `usage * 100 / requests`, truncated.
        utilization: i32,
        /// The target percentage.
        target: i32,
        /// `utilization / target`.
        ratio: f64,
        /// Whether missing or unready pods have been filled in.
        adjusted: bool,
    },
    /// Average of the counted values over the target.
    AverageRatio {
        /// Sum, thousandths.
        usage: i64,
        /// Values in the sum.
        pods: i64,
        /// `usage / pods`, truncated.
        average: i64,
        /// The target, thousandths.
        target: i64,
        /// `average / target`.
        ratio: f64,
        /// Whether missing or unready pods have been filled in.
        adjusted: bool,
    },
    /// One value for the whole target, over the target value.
    ValueRatio {
        /// The value (the sum of all series), thousandths.
        usage: i64,
        /// The target value, thousandths.
        target: i64,
        /// The replicas the target value was multiplied by, when it is meant by pod.
        replicas: Option<i32>,
        /// Usage over target.
        ratio: f64,
    },
    /// Pods without a metric enter with an assumed usage.
    FillMissing {
        /// How many.
        pods: usize,
        /// `100% of request`, `the target`, `zero`.
        assumed: Why,
    },
    /// Unready pods enter with no usage, so that growing is not overdone.
    FillUnready {
        /// How many.
        pods: usize,
    },
    /// Ratios near one change nothing.
    Tolerance {
        /// The ratio held against it.
        ratio: f64,
        /// Lower edge.
        low: f64,
        /// Upper edge.
        high: f64,
        /// Whether the ratio lies inside: then the size stays.
        within: bool,
    },
    /// Filled-in pods turned the direction around: the size stays.
    DirectionChanged {
        /// Before filling in.
        before: f64,
        /// After.
        after: f64,
    },
    /// The proposal contradicts its own ratio: the size stays.
    AgainstDirection {
        /// The ratio.
        ratio: f64,
        /// The proposal.
        proposal: i32,
        /// The size that stays.
        current: i32,
    },
    /// `ceil(ratio * pods)`.
    Multiply {
        /// The ratio.
        ratio: f64,
        /// Pods it is multiplied by.
        pods: i64,
        /// The result.
        proposal: i32,
    },
    /// `ceil(usage / target)`.
    Divide {
        /// Usage, thousandths.
        usage: i64,
        /// Target by pod, thousandths.
        target: i64,
        /// The result.
        proposal: i32,
    },
    /// The target was scaled to zero by hand: nothing is done.
    Disabled,
    /// The size lies outside the bounds of the spec: metrics are not read.
    OutOfBounds {
        /// The size.
        current: i32,
        /// The bound it goes to.
        bound: i32,
    },
    /// The largest proposal wins; of equals the first.
    Largest {
        /// Name of the winning metric.
        metric: String,
        /// Its proposal.
        proposal: i32,
    },
    /// Some metrics have no value.
    InvalidMetrics {
        /// How many.
        invalid: usize,
        /// Of how many.
        of: usize,
        /// Whether that stops the pass: all are invalid, or the rest would shrink the target.
        stops: bool,
    },
    /// Recent recommendations hold the proposal back.
    Stabilization {
        /// Window of growing; nothing without `spec.behavior`.
        up_seconds: Option<i64>,
        /// Window of shrinking.
        down_seconds: i64,
        /// What was recommended before, in stored order.
        recommendations: Vec<WindowEntry>,
        /// The smallest within the window of growing, the proposal included.
        lowest: Option<i32>,
        /// The largest within the window of shrinking, the proposal included.
        highest: i32,
        /// The proposal.
        before: i32,
        /// The stabilized size.
        after: i32,
    },
    /// How far one pass may grow without `spec.behavior`: to twice the size, or to four.
    ScaleUpLimit {
        /// The size.
        current: i32,
        /// The limit.
        limit: i32,
    },
    /// How far the policies of `spec.behavior` allow to go.
    Policies {
        /// `scaleUp` or `scaleDown`.
        direction: Why,
        /// Which policy binds.
        select_policy: SelectPolicy,
        /// Each with its numbers.
        policies: Vec<PolicyLimit>,
        /// The limit that results.
        limit: i32,
    },
    /// The size is brought between the limits.
    Clamp {
        /// Smallest allowed.
        low: Option<i32>,
        /// Largest allowed.
        high: Option<i32>,
        /// Before.
        before: i32,
        /// After.
        after: i32,
        /// Reason of the ScalingLimited condition.
        reason: Why,
    },
    /// A target woken from zero gets at least the minimum.
    WakeToMinimum {
        /// The minimum.
        min: i32,
    },
}

impl Rule {
    /// Where the rule stands in Kubernetes: file and function of `pkg/controller/podautoscaler`.
    pub fn source(&self) -> &'static str {
        match self {
            Rule::UtilizationRatio { .. } => "metrics/utilization.go GetResourceUtilizationRatio",
            Rule::AverageRatio { .. } => "metrics/utilization.go GetMetricUsageRatio",
            Rule::ValueRatio { replicas: None, .. } => "replica_calculator.go getUsageRatioReplicaCount",
            Rule::ValueRatio { .. } | Rule::Divide { .. } => {
                "replica_calculator.go GetObjectPerPodMetricReplicas, GetExternalPerPodMetricReplicas"
            }
            Rule::FillMissing { .. }
            | Rule::FillUnready { .. }
            | Rule::DirectionChanged { .. }
            | Rule::AgainstDirection { .. }
            | Rule::Multiply { .. } => "replica_calculator.go GetResourceReplicas, calcPlainMetricReplicas",
            Rule::Tolerance { .. } => "replica_calculator.go Tolerances",
            Rule::Disabled | Rule::OutOfBounds { .. } | Rule::WakeToMinimum { .. } => {
                "horizontal.go reconcileAutoscaler"
            }
            Rule::Largest { .. } | Rule::InvalidMetrics { .. } => "horizontal.go computeReplicasForMetrics",
            Rule::Stabilization { up_seconds: None, .. } => "horizontal.go stabilizeRecommendation",
            Rule::Stabilization { .. } => "horizontal.go stabilizeRecommendationWithBehaviors",
            Rule::ScaleUpLimit { .. } => "horizontal.go calculateScaleUpLimit",
            Rule::Policies { .. } => {
                "horizontal.go calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors"
            }
            Rule::Clamp { .. } => {
                "horizontal.go convertDesiredReplicasWithRules, convertDesiredReplicasWithBehaviorRate"
            }
        }
    }
}

impl Decision {
    /// As printed with `-o json`: the fields, and for every rule its `source`.
    pub fn signed(&self) -> Value {
        let mut v = self.to_value();
        sign(&mut v, &self.rules);
        for (i, metric) in self.metrics.iter().enumerate() {
            sign(v.at_mut(&format!("metrics/{i}")), &metric.rules);
        }
        v
    }
}

impl Remembered for Decision {
    fn to_value(&self) -> Value {
        Value::write(self)
    }

    // Records of many pods are long: they are written without being made a value first.
    fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn from_value(v: &Value) -> Decision {
        v.read().unwrap_or_default()
    }
}

/// Names the source of each rule in its JSON.
fn sign(holder: &mut Value, rules: &[Rule]) {
    for (json, rule) in holder.at_mut("rules").list_mut().iter_mut().zip(rules) {
        json.set("source", rule.source());
    }
}
