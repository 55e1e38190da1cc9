//! The strategic merge patch that leads from one object to another.

use super::{
    DELETE_FROM, PATCH, RETAIN_KEYS, Rule, SET_ORDER, Schema, StrategicError, key_of, of_maps, order,
};
use crate::json;
use crate::machinery::{Map, Value, go_text};
use std::cmp::Ordering;

/// The strategic merge patch that leads from one object to another.
pub fn create_strategic_patch<S: Schema>(
    from: &Value,
    to: &Value,
    schema: S,
) -> Result<Value, StrategicError> {
    let diff = Diff { order: true, ..Diff::default() };
    diff.maps(from.map(), to.map(), schema, false).map(Value::from)
}

/// What of a difference goes into the patch.
#[derive(Clone, Copy, Default)]
pub(super) struct Diff {
    /// Lists that change state the order of their items.
    pub order: bool,
    /// What is gone stays.
    pub ignore_deletions: bool,
    /// What is new or other is left out.
    pub ignore_changes: bool,
}

/// What a list adds to the patch.
#[derive(Default)]
struct ListPatch {
    items: Vec<Value>,
    deletions: Vec<Value>,
    order: Vec<Value>,
}

impl Diff {
    pub(super) fn maps<S: Schema>(
        self,
        from: &Map,
        to: &Map,
        schema: S,
        retain_keys: bool,
    ) -> Result<Map, StrategicError> {
        let mut patch = Map::new();
        for (key, before) in from.iter() {
            let rule = schema.field(key);
            match (before, to.get(key)) {
                (_, None) if self.ignore_deletions => {}
                (_, None) => {
                    patch.insert(key, Value::Null);
                }
                // Sent even when nothing changed, which makes every apply of such an object a write.
                (Value::Map(_), Some(wanted @ Value::Map(_))) if rule.replace && !self.ignore_changes => {
                    patch.insert(key, wanted);
                }
                (Value::Map(before), Some(Value::Map(wanted))) => {
                    let below = self.maps(before, wanted, rule.below, rule.retain_keys)?;
                    if !below.is_empty() {
                        patch.insert(key, below);
                    }
                }
                (Value::List(before), Some(Value::List(wanted))) if rule.merge => {
                    let list = self.lists(before, wanted, rule)?;
                    for (prefix, part) in
                        [("", list.items), (DELETE_FROM, list.deletions), (SET_ORDER, list.order)]
                    {
                        if !part.is_empty() {
                            patch.insert(&format!("{prefix}{key}"), part);
                        }
                    }
                }
                (before, Some(wanted)) if !self.ignore_changes && before != wanted => {
                    patch.insert(key, wanted);
                }
                _ => {}
            }
        }
        if !self.ignore_changes {
            for (key, wanted) in to.iter().filter(|(key, _)| !from.contains_key(key)) {
                patch.insert(key, wanted);
            }
        }
        let lost = from.keys().any(|key| !to.contains_key(key));
        if retain_keys && !to.is_empty() && (!patch.is_empty() || lost) {
            patch.insert(RETAIN_KEYS, to.keys().collect::<Value>());
        }
        Ok(patch)
    }

    fn lists<S: Schema>(
        self,
        from: &[Value],
        to: &[Value],
        rule: Rule<S>,
    ) -> Result<ListPatch, StrategicError> {
        if from.is_empty() {
            let items = if self.ignore_changes { Vec::new() } else { to.to_vec() };
            return Ok(ListPatch { items, ..ListPatch::default() });
        }
        if of_maps(from, to) { self.keyed_lists(from, to, rule) } else { Ok(self.scalar_lists(from, to)) }
    }

    fn keyed_lists<S: Schema>(
        self,
        from: &[Value],
        to: &[Value],
        rule: Rule<S>,
    ) -> Result<ListPatch, StrategicError> {
        let key = rule.key;
        let (mut items, mut deletions) = (Vec::new(), Vec::new());
        for pair in pairs(&sorted(from, key)?, &sorted(to, key)?) {
            match pair {
                (Some(before), Some(wanted)) => {
                    let mut below = self.maps(before.map(), wanted.map(), rule.below, rule.retain_keys)?;
                    if !below.is_empty() {
                        below.insert(key, &wanted[key]);
                        items.push(below.into());
                    }
                }
                (None, Some(wanted)) if !self.ignore_changes => items.push(wanted.clone()),
                (Some(before), None) if !self.ignore_deletions => {
                    deletions.push(json!({PATCH: "delete", key: (&before[key])}));
                }
                _ => {}
            }
        }
        order::sort_like(&mut items, to, key);
        items.extend(deletions);
        let moved = from.len() != to.len() || from.iter().zip(to).any(|(a, b)| a[key] != b[key]);
        let states_order = self.order
            && ((!self.ignore_changes && (!items.is_empty() || moved))
                || (!self.ignore_deletions && !items.is_empty()));
        let order = match states_order {
            true => to.iter().map(|item| json!({key: (&item[key])})).collect(),
            false => Vec::new(),
        };
        Ok(ListPatch { items, deletions: Vec::new(), order })
    }

    fn scalar_lists(self, from: &[Value], to: &[Value]) -> ListPatch {
        let missing = |list: &[Value], other: &[Value]| {
            let mut gone: Vec<Value> = Vec::new();
            for item in list {
                if !other.contains(item) && !gone.contains(item) {
                    gone.push(item.clone());
                }
            }
            gone
        };
        let items = if self.ignore_changes { Vec::new() } else { missing(to, from) };
        let mut deletions = if self.ignore_deletions { Vec::new() } else { missing(from, to) };
        deletions.sort_by_key(go_text::plain);
        let states_order = self.order
            && ((!self.ignore_deletions && !deletions.is_empty()) || (!self.ignore_changes && from != to));
        let order = if states_order { to.to_vec() } else { Vec::new() };
        ListPatch { items, deletions, order }
    }
}

/// Items by their merge key as text.
fn sorted<'a>(list: &'a [Value], key: &str) -> Result<Vec<(String, &'a Value)>, StrategicError> {
    let mut keyed = Vec::with_capacity(list.len());
    for item in list {
        keyed.push((go_text::plain(key_of(item, key)?), item));
    }
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(keyed)
}

/// Two sorted lists side by side: both items where the keys agree, one where the other has none.
fn pairs<'a>(
    left: &[(String, &'a Value)],
    right: &[(String, &'a Value)],
) -> Vec<(Option<&'a Value>, Option<&'a Value>)> {
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    loop {
        let side = match (left.get(i), right.get(j)) {
            (None, None) => return pairs,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(l), Some(r)) => l.0.cmp(&r.0),
        };
        let (l, r) = (left.get(i).map(|x| x.1), right.get(j).map(|x| x.1));
        pairs.push(match side {
            Ordering::Less => (l, None),
            Ordering::Equal => (l, r),
            Ordering::Greater => (None, r),
        });
        i += usize::from(side != Ordering::Greater);
        j += usize::from(side != Ordering::Less);
    }
}
