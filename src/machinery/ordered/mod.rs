//! JSON whose maps keep the order they were written in, read and printed as Python's `json` does: what the AWS command
//! line works on. Kubernetes' side sorts its maps and has [`Value`](crate::machinery::Value).

mod number;
mod read;
mod write;

use super::Value;
use std::sync::Arc;

pub use number::{parse_int, repr_float};
pub use read::{SyntaxError, parse};
pub use write::{compact, indented, python_type, repr, str};

/// A JSON value; clones share what is below.
#[derive(Clone, Debug, Default)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number written without fraction and exponent.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// A string.
    Str(Arc<str>),
    /// A list.
    List(Arc<Vec<Json>>),
    /// A map in the order of its keys' first appearance.
    Map(Arc<Entries>),
}

/// The entries of a map: keys are unique.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    entries: Vec<(Arc<str>, Json)>,
}

impl Entries {
    /// An empty map.
    pub fn new() -> Entries {
        Entries::default()
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.entries.iter().find(|(k, _)| k.as_ref() == key).map(|(_, v)| v)
    }

    /// Sets `key`: a new one goes to the end, a known one keeps its place.
    pub fn insert(&mut self, key: impl Into<Arc<str>>, value: Json) {
        let key = key.into();
        match self.entries.iter_mut().find(|(k, _)| *k == key) {
            Some((_, there)) => *there = value,
            None => self.entries.push((key, value)),
        }
    }

    /// Takes `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Json> {
        let at = self.entries.iter().position(|(k, _)| k.as_ref() == key)?;
        Some(self.entries.remove(at).1)
    }

    /// Entries in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Arc<str>, &Json)> + ExactSizeIterator {
        self.entries.iter().map(|(k, v)| (k, v))
    }

    /// Keys in code point order.
    pub fn sorted_keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.entries.iter().map(|(k, _)| k.as_ref()).collect();
        keys.sort_unstable();
        keys
    }

    /// How many entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<K: Into<Arc<str>>> FromIterator<(K, Json)> for Entries {
    fn from_iter<I: IntoIterator<Item = (K, Json)>>(iter: I) -> Entries {
        let mut entries = Entries::new();
        for (key, value) in iter {
            entries.insert(key, value);
        }
        entries
    }
}

impl From<Entries> for Json {
    fn from(entries: Entries) -> Json {
        Json::map(entries)
    }
}

impl Json {
    /// A string.
    pub fn str(text: &str) -> Json {
        Json::Str(Arc::from(text))
    }

    /// A list.
    pub fn list(items: Vec<Json>) -> Json {
        Json::List(Arc::new(items))
    }

    /// A map.
    pub fn map(entries: Entries) -> Json {
        Json::Map(Arc::new(entries))
    }

    /// The value under `key` of a map; `None` for anything else.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Map(entries) => entries.get(key),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The string under `key`; empty when there is none.
    pub fn str_at(&self, key: &str) -> &str {
        self.get(key).and_then(Json::as_str).unwrap_or("")
    }

    /// The items of a list; nothing for anything else.
    pub fn items(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a map, if it is one.
    pub fn entries(&self) -> Option<&Entries> {
        match self {
            Json::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The map to be changed; anything else becomes an empty map first.
    pub fn entries_mut(&mut self) -> &mut Entries {
        if !matches!(self, Json::Map(_)) {
            *self = Json::map(Entries::new());
        }
        match self {
            Json::Map(entries) => Arc::make_mut(entries),
            _ => unreachable!("made a map above"),
        }
    }

    /// Whether this is a list or a map.
    pub fn is_container(&self) -> bool {
        matches!(self, Json::List(_) | Json::Map(_))
    }

    /// Python's truth: `null`, `false`, zero and whatever is empty are false.
    pub fn truthy(&self) -> bool {
        match self {
            Json::Null => false,
            Json::Bool(b) => *b,
            Json::Int(i) => *i != 0,
            Json::Float(f) => *f != 0.0,
            Json::Str(s) => !s.is_empty(),
            Json::List(l) => !l.is_empty(),
            Json::Map(m) => !m.is_empty(),
        }
    }

    /// As a value with sorted maps; integers beyond 64 bits become floats.
    pub fn to_value(&self) -> Value {
        match self {
            Json::Null => Value::Null,
            Json::Bool(b) => Value::Bool(*b),
            Json::Int(i) => i64::try_from(*i).map_or(Value::Float(*i as f64), Value::Int),
            Json::Float(f) => Value::Float(*f),
            Json::Str(s) => Value::Str(s.clone()),
            Json::List(l) => Value::from(l.iter().map(Json::to_value).collect::<Vec<_>>()),
            Json::Map(m) => m.iter().map(|(k, v)| (k.clone(), v.to_value())).collect(),
        }
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Int(i) => Json::Int(i128::from(*i)),
            Value::Float(f) => Json::Float(*f),
            Value::Str(s) => Json::Str(s.clone()),
            Value::List(l) => Json::list(l.iter().map(Json::from).collect()),
            Value::Map(m) => {
                Json::map(Entries { entries: m.iter().map(|(k, v)| (Arc::from(k), v.into())).collect() })
            }
        }
    }
}

/// Equality as Python has it, but a boolean is no number: `1` equals `1.0`, maps whatever their order.
impl PartialEq for Json {
    fn eq(&self, other: &Json) -> bool {
        match (self, other) {
            (Json::Null, Json::Null) => true,
            (Json::Bool(a), Json::Bool(b)) => a == b,
            (Json::Int(a), Json::Int(b)) => a == b,
            (Json::Float(a), Json::Float(b)) => a == b,
            (Json::Int(a), Json::Float(b)) | (Json::Float(b), Json::Int(a)) => *a as f64 == *b,
            (Json::Str(a), Json::Str(b)) => a == b,
            (Json::List(a), Json::List(b)) => a == b,
            (Json::Map(a), Json::Map(b)) => {
                a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|other| v == other))
            }
            _ => false,
        }
    }
}
