//! A [`Value`] into JSON text.

use super::plain;
use crate::machinery::value::Value;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

/// Compact JSON, keys in order: what serde_json writes.
pub(in crate::machinery) fn write(value: &Value, out: &mut String) {
    Writer { out, known: None }.value(value);
}

/// Many values that have parts in common, as the states of one object and the pods of one ReplicaSet do: a part that
/// was written before is copied.
///
/// Parts are told by where they are, so the values outlive the batch.
#[derive(Default)]
pub struct Batch<'v> {
    text: String,
    known: BTreeMap<usize, Range<usize>>,
    values: PhantomData<&'v Value>,
}

/// Of a batch this much text is kept for copying.
const KEPT: usize = 1 << 20;
/// Shorter parts are written as fast as they are found.
const WORTH: usize = 48;

impl<'v> Batch<'v> {
    /// The compact JSON of one more value.
    pub fn write(&mut self, value: &'v Value) -> &str {
        if self.text.len() > KEPT {
            self.text.clear();
            self.known.clear();
        }
        let start = self.text.len();
        Writer { out: &mut self.text, known: Some(&mut self.known) }.value(value);
        &self.text[start..]
    }
}

struct Writer<'a> {
    out: &'a mut String,
    /// Where the parts stand that were written before.
    known: Option<&'a mut BTreeMap<usize, Range<usize>>>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(true) => self.out.push_str("true"),
            Value::Bool(false) => self.out.push_str("false"),
            Value::Str(text) => write_string(text, self.out),
            Value::List(items) => self.part(items, |writer| writer.list(items)),
            Value::Map(map) => self.part(map, |writer| writer.map(map.iter())),
            Value::Int(int) => self.out.push_str(&int.to_string()),
            Value::Float(_) => self.out.push_str(&serde_json::to_string(value).unwrap_or_default()),
        }
    }

    /// A map or list, which may belong to other values as well.
    fn part<T>(&mut self, part: &Arc<T>, write: impl FnOnce(&mut Self)) {
        let place = Arc::as_ptr(part) as usize;
        let shared = self.known.is_some() && Arc::strong_count(part) > 1;
        if !shared {
            return write(self);
        }
        if let Some(range) = self.known.as_ref().and_then(|known| known.get(&place)) {
            return self.out.extend_from_within(range.clone());
        }
        let start = self.out.len();
        write(self);
        let range = start..self.out.len();
        if let Some(known) = self.known.as_mut().filter(|_| range.len() >= WORTH) {
            known.insert(place, range);
        }
    }

    fn list(&mut self, items: &[Value]) {
        self.out.push('[');
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            self.value(item);
        }
        self.out.push(']');
    }

    fn map<'v>(&mut self, entries: impl Iterator<Item = (&'v str, &'v Value)>) {
        self.out.push('{');
        for (i, (key, item)) in entries.enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            write_string(key, self.out);
            self.out.push(':');
            self.value(item);
        }
        self.out.push('}');
    }
}

fn write_string(text: &str, out: &mut String) {
    if plain(text.as_bytes()) < text.len() {
        return out.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
    out.reserve(text.len() + 2);
    out.push('"');
    out.push_str(text);
    out.push('"');
}
