//! Labels as text.

use super::Map;

/// `k=v,...`, or `<none>`. It is the pairs that are sorted, so `a-b=x` comes before `a=x`.
pub fn format(labels: &Map) -> String {
    if labels.is_empty() {
        return "<none>".into();
    }
    let mut pairs: Vec<String> =
        labels.iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or(""))).collect();
    pairs.sort();
    pairs.join(",")
}
