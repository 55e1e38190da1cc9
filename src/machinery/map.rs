//! The map of a [`Value`].

use super::Value;
use super::bytes;
use super::words::intern;
use std::fmt;
use std::sync::Arc;

/// A map from string to [`Value`], kept sorted by key.
#[derive(Clone, Default, PartialEq)]
pub struct Map {
    entries: Vec<(Arc<str>, Value)>,
}

/// Maps up to this size are scanned rather than searched.
const SCANNED: usize = 24;

impl Map {
    /// An empty map.
    pub fn new() -> Map {
        Map::default()
    }

    /// As [`Map::new`], for statics.
    pub(super) const fn empty() -> Map {
        Map { entries: Vec::new() }
    }

    /// Where `key` is, or where it would have to stand.
    fn position(&self, key: &str) -> Result<usize, usize> {
        let search = || self.entries.binary_search_by(|(k, _)| k.as_ref().cmp(key));
        if self.entries.len() > SCANNED { search() } else { self.scan(key).map_or_else(search, Ok) }
    }

    #[inline(always)]
    fn scan(&self, key: &str) -> Option<usize> {
        for (i, (known, _)) in self.entries.iter().enumerate() {
            if bytes::same(known.as_bytes(), key.as_bytes()) {
                return Some(i);
            }
        }
        None
    }

    #[inline]
    fn find(&self, key: &str) -> Option<usize> {
        if self.entries.len() > SCANNED { self.position(key).ok() } else { self.scan(key) }
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.find(key).map(|i| &self.entries[i].1)
    }

    /// The value under `key`, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.find(key).map(|i| &mut self.entries[i].1)
    }

    /// Whether `key` is present (with any value, null included).
    pub fn contains_key(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Sets `key`; returns what was there.
    pub fn insert(&mut self, key: &str, value: impl Into<Value>) -> Option<Value> {
        let value = value.into();
        // What is read from our own files comes in order.
        if self.entries.last().is_none_or(|(last, _)| last.as_ref() < key) {
            self.entries.push((intern(key), value));
            return None;
        }
        match self.position(key) {
            Ok(i) => Some(std::mem::replace(&mut self.entries[i].1, value)),
            Err(i) => {
                self.entries.insert(i, (intern(key), value));
                None
            }
        }
    }

    /// The value under `key`, inserted as null when missing.
    pub fn entry(&mut self, key: &str) -> &mut Value {
        let i = match self.position(key) {
            Ok(i) => i,
            Err(i) => {
                self.entries.insert(i, (intern(key), Value::Null));
                i
            }
        };
        &mut self.entries[i].1
    }

    /// Of entries in any order, which mostly is that of the keys; of those with one key the last one counts.
    pub(super) fn of_entries(entries: impl ExactSizeIterator<Item = (Arc<str>, Value)>) -> Map {
        let mut entries: Vec<_> = entries.collect();
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            // Sorting is stable, and of neighbours the first one stays.
            entries.reverse();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            entries.dedup_by(|(later, _), (kept, _)| later == kept);
        }
        Map { entries }
    }

    /// Takes `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.find(key).map(|i| self.entries.remove(i).1)
    }

    /// Keeps the entries for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Value) -> bool) {
        self.entries.retain(|(k, v)| keep(k, v));
    }

    /// Entries in key order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Value)> + ExactSizeIterator {
        self.entries.iter().map(|(k, v)| (k.as_ref(), v))
    }

    /// Entries in key order, values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.entries.iter_mut().map(|e| (&*e.0, &mut e.1))
    }

    /// Keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.entries.iter().map(|(k, _)| k.as_ref())
    }

    /// Values in key order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> {
        self.entries.iter().map(|(_, v)| v)
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

impl<K: AsRef<str>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Map {
        let mut map = Map::new();
        for (k, v) in iter {
            map.insert(k.as_ref(), v);
        }
        map
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
