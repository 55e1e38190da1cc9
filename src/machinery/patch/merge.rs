//! JSON merge patch (RFC 7386), and the three-way form `kubectl apply` sends for custom resources.

use crate::machinery::{Map, Value};

/// The value after a merge patch: maps merge key by key, null removes a key, all else replaces.
pub fn apply_merge_patch(current: &Value, patch: &Value) -> Value {
    let Value::Map(patch) = patch else { return patch.clone() };
    let mut result = if current.as_map().is_some() { current.clone() } else { Value::object() };
    for (key, wanted) in patch.iter() {
        if wanted.is_null() {
            result.map_mut().remove(key);
        } else {
            let before = result[key].clone();
            result.map_mut().insert(key, apply_merge_patch(&before, wanted));
        }
    }
    result
}

/// The merge patch that leads from one map to another.
pub fn create_merge_patch(from: &Value, to: &Value) -> Value {
    let mut patch = Map::new();
    for (key, wanted) in to.map().iter() {
        match from.get(key) {
            Some(before) if before == wanted => {}
            Some(before @ Value::Map(_)) if wanted.as_map().is_some() => {
                patch.insert(key, create_merge_patch(before, wanted));
            }
            _ => {
                patch.insert(key, wanted);
            }
        }
    }
    for key in from.map().keys().filter(|key| to.get(key).is_none()) {
        patch.insert(key, Value::Null);
    }
    patch.into()
}

/// What `kubectl apply` sends for a kind without merge keys: what differs between the live object and the wanted one,
/// and the removal of what was applied before and is wanted no more.
pub fn three_way_merge_patch(original: &Value, modified: &Value, current: &Value) -> Value {
    let changes = filter_nulls(&create_merge_patch(current, modified), false);
    let removals = filter_nulls(&create_merge_patch(original, modified), true);
    join(&removals, &changes)
}

/// The nulls of a patch alone, or everything but them.
fn filter_nulls(patch: &Value, keep_nulls: bool) -> Value {
    let mut kept = Map::new();
    for (key, value) in patch.map().iter() {
        match value {
            Value::Null if keep_nulls => {
                kept.insert(key, Value::Null);
            }
            Value::Null => {}
            Value::Map(m) => {
                let below = filter_nulls(value, keep_nulls);
                // An empty map that is wanted is a change by itself.
                if !below.map().is_empty() || (m.is_empty() && !keep_nulls) {
                    kept.insert(key, below);
                }
            }
            _ if keep_nulls => {}
            value => {
                kept.insert(key, value);
            }
        }
    }
    kept.into()
}

/// Two patches as one; the second wins, and nulls stay.
fn join(first: &Value, second: &Value) -> Value {
    let mut joined = first.clone();
    for (key, value) in second.map().iter() {
        let below = match joined.get(key) {
            Some(before @ Value::Map(_)) if value.as_map().is_some() => join(before, value),
            _ => value.clone(),
        };
        joined.map_mut().insert(key, below);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn null_removes_and_maps_merge() {
        let current = json!({"a": 1, "b": {"c": 2, "d": [1]}, "e": "x"});
        let patch = json!({"a": null, "b": {"d": [2], "n": {"x": null, "y": 1}}, "e": {"z": 1}});
        assert_eq!(
            apply_merge_patch(&current, &patch),
            json!({"b": {"c": 2, "d": [2], "n": {"y": 1}}, "e": {"z": 1}})
        );
    }

    #[test]
    fn a_created_patch_leads_from_one_to_the_other() {
        let from = json!({"a": 1, "b": {"c": 2, "d": [1]}, "gone": {"x": 1}});
        let to = json!({"a": 1, "b": {"c": 3, "d": [1, 2]}, "new": true});
        let patch = create_merge_patch(&from, &to);
        assert_eq!(patch, json!({"b": {"c": 3, "d": [1, 2]}, "gone": null, "new": true}));
        assert_eq!(apply_merge_patch(&from, &patch), to);
    }
}
