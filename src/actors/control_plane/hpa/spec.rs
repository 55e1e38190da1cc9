//! The parts of a HorizontalPodAutoscaler's spec (v2) the controller reads.

use crate::machinery::Value;
use crate::machinery::quantity::Quantity;
use serde::{Deserialize, Deserializer, Serialize};

/// `null` reads as the default, as Go reads it.
pub(super) fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    d: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(d).map(Option::unwrap_or_default)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Spec {
    pub scale_target_ref: TargetRef,
    pub min_replicas: Option<i32>,
    pub max_replicas: i32,
    #[serde(deserialize_with = "null_as_default")]
    pub metrics: Vec<MetricSpec>,
    pub behavior: Option<Behavior>,
}

impl Spec {
    /// Whether a metric exists that has a value while no pod runs: only then a size of zero can be left again.
    pub fn measures_without_pods(&self) -> bool {
        self.metrics.iter().any(|m| matches!(m.kind.as_str(), "Object" | "External"))
    }
}

/// `spec.scaleTargetRef`: what is scaled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TargetRef {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Name in the autoscaler's namespace.
    pub name: String,
}

impl TargetRef {
    /// The group of `apiVersion`, or the parser's complaint.
    pub(super) fn group(&self) -> Result<&str, String> {
        match self.api_version.split('/').collect::<Vec<_>>()[..] {
            [_] => Ok(""),
            [group, _] => Ok(group),
            _ => Err(format!("unexpected GroupVersion string: {}", self.api_version)),
        }
    }
}

/// A metric and which of its series.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MetricRef {
    /// Name of the metric.
    pub name: String,
    /// A LabelSelector over series; null for all.
    pub selector: Value,
}

impl MetricRef {
    /// The selector as the controller's messages print it.
    pub(super) fn selector_text(&self) -> String {
        if self.selector.is_null() {
            return "nil".to_string();
        }
        let labels: String = self
            .selector
            .map_at("matchLabels")
            .iter()
            .map(|(k, v)| format!("{k}: {},", v.as_str().unwrap_or_default()))
            .collect();
        let expressions: String = self
            .selector
            .items_at("matchExpressions")
            .iter()
            .map(|e| {
                let values: Vec<&str> = e.items_at("values").iter().filter_map(Value::as_str).collect();
                format!(
                    "LabelSelectorRequirement{{Key:{},Operator:{},Values:[{}],}},",
                    e.str_at("key"),
                    e.str_at("operator"),
                    values.join(" ")
                )
            })
            .collect();
        format!(
            "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},\
             MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
        )
    }

    /// As a metric status repeats it.
    pub(super) fn to_value(&self) -> Value {
        let mut v = crate::json!({"name": &self.name});
        if !self.selector.is_null() {
            v.set("selector", &self.selector);
        }
        v
    }
}

/// A quantity in thousandths, rounded up: the unit every usage is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Milli(pub i64);

impl<'de> Deserialize<'de> for Milli {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Milli, D::Error> {
        let quantity = Quantity::deserialize(d)?;
        Ok(Milli(quantity.milli_value()))
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MetricTarget {
    #[serde(rename = "type")]
    pub kind: String,
    pub value: Option<Milli>,
    pub average_value: Option<Milli>,
    pub average_utilization: Option<i32>,
}

/// One entry of `spec.metrics`: `type` names which of the sources is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MetricSpec {
    #[serde(rename = "type")]
    pub kind: String,
    pub resource: Option<ResourceSource>,
    pub container_resource: Option<ResourceSource>,
    pub pods: Option<CustomSource>,
    pub object: Option<CustomSource>,
    pub external: Option<CustomSource>,
}

/// `resource` or `containerResource`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ResourceSource {
    pub name: String,
    /// Empty for `resource`.
    pub container: String,
    pub target: MetricTarget,
}

/// `pods`, `object` or `external`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CustomSource {
    pub metric: MetricRef,
    pub target: MetricTarget,
    /// Null unless `object`.
    pub described_object: Value,
}

/// `spec.behavior`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Behavior {
    /// Rules for growing.
    pub scale_up: Option<ScalingRules>,
    /// Rules for shrinking.
    pub scale_down: Option<ScalingRules>,
}

/// The rules of one direction.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ScalingRules {
    /// How far back recommendations are looked at; for shrinking, null means the controller's flag.
    pub stabilization_window_seconds: Option<i64>,
    /// Which of several policies binds.
    #[serde(deserialize_with = "null_as_default")]
    pub select_policy: SelectPolicy,
    /// Limits on the speed of change.
    #[serde(deserialize_with = "null_as_default")]
    pub policies: Vec<Policy>,
    tolerance: Option<Quantity>,
}

impl ScalingRules {
    /// The tolerance of this direction, when it is not the controller's.
    pub fn tolerance(&self) -> Option<f64> {
        self.tolerance.as_ref().map(Quantity::as_f64)
    }
}

/// Which of several policies binds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum SelectPolicy {
    /// The one that allows the largest change.
    #[default]
    Max,
    /// The one that allows the smallest change.
    Min,
    /// No change in this direction.
    Disabled,
}

/// One limit on the speed of change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Policy {
    /// `Pods` or `Percent`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many.
    pub value: i32,
    /// Within how long.
    pub period_seconds: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_print_as_go_prints_them() {
        let metric: MetricRef = crate::json!({"name": "m", "selector": {
            "matchLabels": {"b": "2", "a": "1"},
            "matchExpressions": [{"key": "q", "operator": "In", "values": ["x", "y"]}],
        }})
        .read()
        .unwrap();
        assert_eq!(
            metric.selector_text(),
            "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:\
             []LabelSelectorRequirement{LabelSelectorRequirement{Key:q,Operator:In,Values:[x y],},},}"
        );
        assert_eq!(MetricRef::default().selector_text(), "nil");
    }

    #[test]
    fn api_versions_parse_to_their_group() {
        let group = |text: &str| {
            TargetRef { api_version: text.into(), ..Default::default() }.group().map(String::from)
        };
        assert_eq!(group("apps/v1"), Ok("apps".into()));
        assert_eq!(group("v1"), Ok(String::new()));
        assert_eq!(group("apps/v1/extra"), Err("unexpected GroupVersion string: apps/v1/extra".into()));
    }
}
