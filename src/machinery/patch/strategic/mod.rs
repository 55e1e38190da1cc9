//! Strategic merge patch: a merge patch that knows which lists are sets of keyed items.
//!
//! The directives it speaks stand beside the fields: `$patch` (`replace`, `delete`) in a map, `$retainKeys` in a map of
//! which only one alternative may be set, `$setElementOrder/F` and `$deleteFromPrimitiveList/F` beside a list `F`.

mod apply;
mod diff;
mod order;
mod three_way;

pub use apply::apply_strategic;
pub use diff::create_strategic_patch;
pub use three_way::three_way_strategic_patch;

use crate::machinery::{Map, Value, go_text};

const PATCH: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const SET_ORDER: &str = "$setElementOrder/";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";

/// What is known of the type of a map: how each of its fields merges.
pub trait Schema: Copy {
    /// The rule of one field. Of a list field, [`Rule::below`] is the type of its items.
    fn field(self, name: &str) -> Rule<Self>;
}

/// How a field merges.
#[derive(Clone, Copy, Debug)]
pub struct Rule<S> {
    /// The type of the map, or of the list's items.
    pub below: S,
    /// A list: items merge instead of the list being replaced.
    pub merge: bool,
    /// A map: it is replaced as a whole.
    pub replace: bool,
    /// A map, or the items of a list, in which keys that are not wanted go with every change.
    pub retain_keys: bool,
    /// The field by which the items of a merging list of maps are told apart; empty for a list of scalars.
    pub key: &'static str,
}

/// Why a strategic merge patch cannot be applied.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StrategicError {
    /// A directive nobody knows.
    #[error("unknown patch type: {kind} in map: {map}")]
    UnknownDirective {
        /// The value of `$patch`.
        kind: String,
        /// The map it stands in, as Go prints it.
        map: String,
    },
    /// An item of a keyed list without its key.
    #[error("map: {map} does not contain declared merge key: {key}")]
    NoMergeKey {
        /// The item, as Go prints it.
        map: String,
        /// The key it lacks.
        key: String,
    },
    /// A directive of the wrong shape.
    #[error("{0}")]
    Malformed(String),
    /// What is to be changed was changed by somebody else.
    #[error("patch:\n{patch}\nconflicts with changes made from original to current:\n{changes}\n")]
    Conflict {
        /// The patch, as YAML.
        patch: String,
        /// What became of the object since it was applied, as YAML.
        changes: String,
    },
}

impl StrategicError {
    fn unknown_directive(kind: &Value, map: &Map) -> StrategicError {
        StrategicError::UnknownDirective { kind: go_text::plain(kind), map: go_map(map) }
    }

    fn no_merge_key(item: &Value, key: &str) -> StrategicError {
        StrategicError::NoMergeKey { map: go_text::plain(item), key: key.to_string() }
    }
}

fn go_map(map: &Map) -> String {
    go_text::plain(&Value::from(map.clone()))
}

/// Whether the items of two lists are maps: what the first item says, of whichever list has one.
fn of_maps(a: &[Value], b: &[Value]) -> bool {
    a.first().or(b.first()).is_some_and(|v| v.as_map().is_some())
}

/// The merge key of an item of a keyed list.
fn key_of<'a>(item: &'a Value, key: &str) -> Result<&'a Value, StrategicError> {
    item.get(key).ok_or_else(|| StrategicError::no_merge_key(item, key))
}

/// What tells an item of a list from others: its merge key, or the item itself in a list of scalars.
fn identity<'a>(item: &'a Value, key: &str) -> &'a Value {
    if key.is_empty() { item } else { &item[key] }
}
