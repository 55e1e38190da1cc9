//! Label and field selectors.

use super::value::{Map, Value};

/// A parsed label selector.
#[derive(Clone, Debug, Default)]
pub struct LabelSelector(Vec<(String, String)>);

impl LabelSelector {
    /// Parses `a=b,c=d`.
    pub fn parse(text: &str) -> Result<LabelSelector, String> {
        Ok(LabelSelector(
            text.split(',').filter_map(|p| p.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect(),
        ))
    }
    /// Reads a `metav1.LabelSelector`.
    pub fn from_object(v: &Value) -> Result<LabelSelector, String> {
        Ok(LabelSelector(
            v.map_at("matchLabels")
                .iter()
                .map(|(k, v)| (k.to_string(), v.as_str().unwrap_or("").to_string()))
                .collect(),
        ))
    }
    /// Whether labels match.
    pub fn matches(&self, labels: &Map) -> bool {
        self.0.iter().all(|(k, v)| labels.get(k).and_then(Value::as_str) == Some(v))
    }
}

impl std::fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|(k, v)| format!("{k}={v}")).collect();
        f.write_str(&parts.join(","))
    }
}

/// A parsed field selector.
#[derive(Clone, Debug, Default)]
pub struct FieldSelector;

impl FieldSelector {
    /// Parses it.
    pub fn parse(_text: &str) -> Result<FieldSelector, String> {
        Ok(FieldSelector)
    }
    /// Whether an object matches.
    pub fn matches(&self, _v: &Value) -> bool {
        true
    }
}
