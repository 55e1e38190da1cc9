//! The patch of `kubectl apply`: from what was applied last, what is to be applied and what is live.

use super::apply::Merge;
use super::diff::Diff;
use super::{PATCH, RETAIN_KEYS, Rule, Schema, StrategicError, of_maps};
use crate::machinery::{Map, Value, go_text, yaml};

/// What differs between the live object and the wanted one, and the removal of what was applied before and is wanted no
/// more. Without `overwrite`, touching what somebody else changed since is an error.
pub fn three_way_strategic_patch<S: Schema>(
    original: &Value,
    modified: &Value,
    current: &Value,
    schema: S,
    overwrite: bool,
) -> Result<Value, StrategicError> {
    let (original, modified, current) = (original.map(), modified.map(), current.map());
    let ordered = Diff { order: true, ..Diff::default() };
    let changes = Diff { ignore_deletions: true, ..ordered }.maps(current, modified, schema, false)?;
    let removals = Diff { ignore_changes: true, ..ordered }.maps(original, modified, schema, false)?;
    let patch = Value::from(Merge::OntoPatch.maps(removals, changes, schema)?);
    if !overwrite {
        let since = Value::from(Diff::default().maps(original, current, schema, false)?);
        if maps_conflict(patch.map(), since.map(), schema) {
            let text = |value: &Value| yaml::to_yaml(value).unwrap_or_default();
            return Err(StrategicError::Conflict { patch: text(&patch), changes: text(&since) });
        }
    }
    Ok(patch)
}

fn maps_conflict<S: Schema>(left: &Map, right: &Map, schema: S) -> bool {
    left.iter()
        .filter(|(key, _)| *key != PATCH && *key != RETAIN_KEYS)
        .filter_map(|(key, l)| Some((key, l, right.get(key)?)))
        .any(|(key, l, r)| conflict(l, r, schema.field(key)))
}

fn conflict<S: Schema>(left: &Value, right: &Value, rule: Rule<S>) -> bool {
    match (left, right) {
        (Value::Map(l), Value::Map(r)) => {
            if l.get(PATCH) != r.get(PATCH) {
                return true;
            }
            !rule.replace && maps_conflict(l, r, rule.below)
        }
        (Value::List(l), Value::List(r)) if rule.merge => {
            of_maps(l, r)
                && l.iter().any(|item| {
                    let twin = r.iter().find(|other| other.get(rule.key) == item.get(rule.key));
                    twin.is_some_and(|twin| conflict(item, twin, Rule { merge: false, ..rule }))
                })
        }
        (Value::List(l), Value::List(r)) => {
            let sorted = |list: &[Value]| {
                let mut list = list.to_vec();
                if !of_maps(&list, &[]) {
                    list.sort_by_key(go_text::plain);
                }
                list
            };
            let item = Rule { merge: false, replace: false, ..rule };
            l.len() != r.len() || sorted(l).iter().zip(&sorted(r)).any(|(l, r)| conflict(l, r, item))
        }
        _ => left != right,
    }
}
