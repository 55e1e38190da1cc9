//! Applying a strategic merge patch, to an object or to another patch.

use super::{
    DELETE_FROM, PATCH, RETAIN_KEYS, Rule, SET_ORDER, Schema, StrategicError, key_of, of_maps, order,
};
use crate::machinery::{Map, Value};

/// The object after a strategic merge patch.
pub fn apply_strategic<S: Schema>(
    current: &Value,
    patch: &Value,
    schema: S,
) -> Result<Value, StrategicError> {
    Merge::OntoObject.maps(current.map().clone(), patch.map().clone(), schema).map(Value::from)
}

/// What a patch is merged into.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Merge {
    /// An object: directives act, nulls remove.
    OntoObject,
    /// Another patch: directives and nulls are kept for the object.
    OntoPatch,
}

impl Merge {
    pub(super) fn maps<S: Schema>(
        self,
        mut current: Map,
        mut patch: Map,
        schema: S,
    ) -> Result<Map, StrategicError> {
        if let Some(kind) = patch.get(PATCH) {
            return match kind.as_str() {
                Some("replace") => {
                    patch.remove(PATCH);
                    Ok(patch)
                }
                Some("delete") => Ok(Map::new()),
                _ => Err(StrategicError::unknown_directive(kind, &patch)),
            };
        }
        self.retain_keys(&mut current, &mut patch)?;
        if self == Merge::OntoObject {
            settle_orders(&mut current, &mut patch, schema)?;
        }
        for (key, wanted) in patch.iter() {
            let (field, deletes) = match key.strip_prefix(DELETE_FROM) {
                Some(field) if self == Merge::OntoObject => (field, true),
                _ => (key, false),
            };
            if wanted.is_null() {
                match self {
                    Merge::OntoObject => current.remove(field),
                    Merge::OntoPatch => current.insert(field, Value::Null),
                };
                continue;
            }
            let Some(before) = current.get(field) else {
                if !deletes {
                    current.insert(field, self.fresh(wanted));
                }
                continue;
            };
            let rule = schema.field(field);
            let merged = match (before, wanted) {
                (Value::Map(_), Value::Map(_)) if rule.replace => wanted.clone(),
                (Value::Map(before), Value::Map(wanted)) => {
                    self.maps(before.as_ref().clone(), wanted.as_ref().clone(), rule.below)?.into()
                }
                (Value::List(before), Value::List(wanted)) if deletes => {
                    before.iter().filter(|item| !wanted.contains(item)).cloned().collect()
                }
                (Value::List(before), Value::List(wanted)) if rule.merge => {
                    self.lists(before, wanted, rule)?.into()
                }
                _ if deletes => continue,
                (before, wanted) if same_type(before, wanted) => wanted.clone(),
                (_, wanted) => self.fresh(wanted),
            };
            current.insert(field, merged);
        }
        Ok(current)
    }

    /// Acts on `$retainKeys`, or takes it over into the patch this one is merged into.
    fn retain_keys(self, current: &mut Map, patch: &mut Map) -> Result<(), StrategicError> {
        let Some(retained) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
        if self == Merge::OntoPatch {
            current.insert(RETAIN_KEYS, retained);
            return Ok(());
        }
        let names = |key: &str| retained.items().iter().any(|r| r == key);
        if patch.iter().any(|(key, value)| !value.is_null() && !key.starts_with('$') && !names(key)) {
            return Err(StrategicError::Malformed(
                "the set of retained keys must contain all the keys of the patch".to_string(),
            ));
        }
        current.retain(|key, _| names(key));
        Ok(())
    }

    /// A value that was not there before, as it is stored.
    fn fresh(self, wanted: &Value) -> Value {
        match self {
            Merge::OntoObject => without_directives(wanted),
            Merge::OntoPatch => wanted.clone(),
        }
    }

    fn lists<S: Schema>(
        self,
        live: &[Value],
        patch: &[Value],
        rule: Rule<S>,
    ) -> Result<Vec<Value>, StrategicError> {
        if live.is_empty() && patch.is_empty() {
            return Ok(Vec::new());
        }
        if !of_maps(live, patch) {
            let mut union: Vec<Value> = Vec::new();
            for item in live.iter().chain(patch) {
                if !union.contains(item) {
                    union.push(item.clone());
                }
            }
            return Ok(order::settle(union, patch, live, ""));
        }
        let (live, patch) = act_on_items(live, patch, rule.key)?;
        let mut merged = live.clone();
        for item in &patch {
            let key = key_of(item, rule.key)?;
            match merged.iter_mut().find(|m| m.get(rule.key) == Some(key)) {
                Some(found) => {
                    *found = self.maps(found.map().clone(), item.map().clone(), rule.below)?.into();
                }
                None => merged.push(self.fresh(item)),
            }
        }
        Ok(order::settle(merged, &patch, &live, rule.key))
    }
}

/// Both lists after the items that are directives have acted.
fn act_on_items(
    live: &[Value],
    patch: &[Value],
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>), StrategicError> {
    let (mut live, mut rest, mut replaces) = (live.to_vec(), Vec::new(), false);
    for item in patch {
        match item.get(PATCH) {
            None => rest.push(item.clone()),
            Some(kind) => match kind.as_str() {
                Some("replace") => replaces = true,
                Some("delete") => {
                    let gone = key_of(item, key)?;
                    live.retain(|l| l.get(key) != Some(gone));
                }
                _ => return Err(StrategicError::unknown_directive(kind, item.map())),
            },
        }
    }
    Ok(if replaces { (rest, Vec::new()) } else { (live, rest) })
}

/// Merges every list whose order the patch states, puts it into that order and takes it out of the patch.
fn settle_orders<S: Schema>(current: &mut Map, patch: &mut Map, schema: S) -> Result<(), StrategicError> {
    let fields: Vec<String> =
        patch.keys().filter_map(|k| k.strip_prefix(SET_ORDER)).map(str::to_string).collect();
    for field in fields {
        let wanted = patch.remove(&format!("{SET_ORDER}{field}")).unwrap_or_default();
        let rule = schema.field(&field);
        let live = current.get(&field).map(|l| l.items().to_vec());
        let merged = match (live.as_deref(), patch.get(&field)) {
            (Some(live), Some(Value::List(list))) => Merge::OntoObject.lists(live, list, rule)?,
            // A whole new list is taken as it is, nulls and all.
            (None, Some(Value::List(list))) => {
                list.iter().filter(|item| item.get(PATCH).is_none()).cloned().collect()
            }
            (Some(live), None) => live.to_vec(),
            _ => continue,
        };
        patch.remove(&field);
        let (merged, live) = match patch.remove(&format!("{DELETE_FROM}{field}")) {
            Some(gone) => {
                let kept = |list: &[Value]| -> Vec<Value> {
                    list.iter().filter(|v| !gone.items().contains(v)).cloned().collect()
                };
                (kept(&merged), kept(live.as_deref().unwrap_or_default()))
            }
            None => (merged, live.unwrap_or_default()),
        };
        let settled = order::settle(merged, wanted.items(), &live, rule.key);
        current.insert(&field, settled);
    }
    Ok(())
}

/// A value without directives and without nulls in its maps.
fn without_directives(value: &Value) -> Value {
    match value {
        Value::Map(map) => map
            .iter()
            .filter(|(key, value)| !value.is_null() && !is_directive(key))
            .map(|(key, value)| (key, without_directives(value)))
            .collect::<Map>()
            .into(),
        Value::List(items) => {
            items.iter().filter(|item| item.get(PATCH).is_none()).map(without_directives).collect()
        }
        other => other.clone(),
    }
}

fn is_directive(key: &str) -> bool {
    key == PATCH || key == RETAIN_KEYS || key.starts_with(SET_ORDER) || key.starts_with(DELETE_FROM)
}

fn same_type(a: &Value, b: &Value) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}
