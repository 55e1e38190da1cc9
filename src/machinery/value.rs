//! The one value every object is made of: JSON with sorted keys and shared subtrees.
//!
//! Why not `serde_json::Value`: a controller copies an object, changes its status and compares it with what was there.
//! Here a copy is one reference count, a change copies only the maps on its path, and equality stops at subtrees both
//! sides share; the pods of one ReplicaSet share their whole spec. Maps are sorted vectors: kubectl prints keys sorted,
//! and a sorted vector of a dozen entries is the smallest and fastest map there is.

pub use super::map::Map;

use super::bytes;
use super::json_text::Members;
use std::fmt;
use std::ops::Index;
use std::sync::Arc;

/// A JSON value. Integers up to 64 bits stay integers; everything else numeric is a float, as in Go's unstructured maps.
#[derive(Clone, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without fraction that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Str(Arc<str>),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A map with sorted string keys.
    Map(Arc<Map>),
}

/// What reading a missing key yields.
pub static NULL: Value = Value::Null;
static EMPTY_MAP: Map = Map::empty();

/// The first part of a slash path, and the rest.
#[inline(always)]
fn step(path: &str) -> (&str, &str) {
    let end = bytes::find(path.as_bytes(), b'/');
    (&path[..end], path.get(end + 1..).unwrap_or(""))
}

impl<K: AsRef<str>, V: Into<Value>> FromIterator<(K, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Value {
        Value::from(Map::from_iter(iter))
    }
}

impl Value {
    /// An empty map.
    pub fn object() -> Value {
        Value::from(Map::new())
    }

    /// An empty list.
    pub fn array() -> Value {
        Value::List(Arc::default())
    }

    /// Parses JSON text.
    pub fn parse(json: &str) -> serde_json::Result<Value> {
        super::json_text::read(json).map_or_else(|| serde_json::from_str(json), Ok)
    }

    /// As [`Value::parse`], but only what `members` names is there; the rest is not looked at closely.
    pub fn parse_members(json: &str, members: &Members) -> serde_json::Result<Value> {
        super::json_text::read_members(json, members).map_or_else(|| serde_json::from_str(json), Ok)
    }

    /// Compact JSON with sorted keys.
    pub fn to_json(&self) -> String {
        let mut text = String::with_capacity(128);
        super::json_text::write(self, &mut text);
        text
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Whether this is `null`, `""`, `{}`, `[]`, `false` or `0`: what Go's `omitempty` leaves out.
    pub fn is_empty_value(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Bool(b) => !b,
            Value::Int(i) => *i == 0,
            Value::Float(f) => *f == 0.0,
            Value::Str(s) => s.is_empty(),
            Value::List(l) => l.is_empty(),
            Value::Map(m) => m.is_empty(),
        }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The integer, if it is one (a float without fraction counts).
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(i) => Some(*i),
            Value::Float(f) if f.fract() == 0.0 && f.abs() < 9e15 => Some(*f as i64),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(i) => Some(*i as f64),
            Value::Float(f) => Some(*f),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(l) => Some(l),
            _ => None,
        }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(m) => Some(m),
            _ => None,
        }
    }

    /// The items of a list; nothing for any other value.
    pub fn items(&self) -> &[Value] {
        self.as_list().unwrap_or(&[])
    }

    /// The map; an empty one for any other value.
    pub fn map(&self) -> &Map {
        self.as_map().unwrap_or(&EMPTY_MAP)
    }

    /// The map, to be changed; any other value becomes an empty map first.
    pub fn map_mut(&mut self) -> &mut Map {
        if !matches!(self, Value::Map(_)) {
            *self = Value::object();
        }
        match self {
            Value::Map(m) => Arc::make_mut(m),
            _ => unreachable!("made a map above"),
        }
    }

    /// The list, to be changed; any other value becomes an empty list first.
    pub fn list_mut(&mut self) -> &mut Vec<Value> {
        if !matches!(self, Value::List(_)) {
            *self = Value::array();
        }
        match self {
            Value::List(l) => Arc::make_mut(l),
            _ => unreachable!("made a list above"),
        }
    }

    /// The value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map().and_then(|m| m.get(key))
    }

    /// The value at a slash path such as `spec/template/spec` or `spec/containers/0`; null when any part is missing.
    /// Keys that hold a slash need [`Value::get`].
    pub fn at(&self, path: &str) -> &Value {
        let (mut v, mut rest) = (self, path);
        while !rest.is_empty() {
            let (part, behind) = step(rest);
            rest = behind;
            v = match v {
                _ if part.is_empty() => v,
                Value::Map(m) => m.get(part).unwrap_or(&NULL),
                Value::List(l) => part.parse::<usize>().ok().and_then(|i| l.get(i)).unwrap_or(&NULL),
                _ => return &NULL,
            };
        }
        v
    }

    /// The string at a path; empty when missing.
    pub fn str_at(&self, path: &str) -> &str {
        self.at(path).as_str().unwrap_or("")
    }

    /// The integer at a path.
    pub fn int_at(&self, path: &str) -> Option<i64> {
        self.at(path).as_i64()
    }

    /// The boolean at a path; false when missing.
    pub fn bool_at(&self, path: &str) -> bool {
        self.at(path).as_bool().unwrap_or(false)
    }

    /// The list at a path; empty when missing.
    pub fn items_at(&self, path: &str) -> &[Value] {
        self.at(path).items()
    }

    /// The map at a path; empty when missing.
    pub fn map_at(&self, path: &str) -> &Map {
        self.at(path).map()
    }

    /// The value at a slash path, to be changed; maps on the way are made. A list on the way must hold the index.
    pub fn at_mut(&mut self, path: &str) -> &mut Value {
        let (mut v, mut rest) = (self, path);
        while !rest.is_empty() {
            let (part, behind) = step(rest);
            rest = behind;
            if part.is_empty() {
                continue;
            }
            let index = matches!(v, Value::List(_)).then(|| part.parse::<usize>().ok()).flatten();
            v = match index {
                Some(i) => {
                    let list = v.list_mut();
                    if i >= list.len() {
                        list.resize(i + 1, Value::Null);
                    }
                    &mut list[i]
                }
                None => v.map_mut().entry(part),
            };
        }
        v
    }

    /// Sets the members of a map, among these, that another map has.
    pub fn set_given(&mut self, from: &Value, members: &[&str]) {
        for member in members {
            if let Some(value) = from.get(member) {
                self.set(member, value);
            }
        }
    }

    /// Sets the value at a slash path; maps on the way are made.
    pub fn set(&mut self, path: &str, value: impl Into<Value>) {
        *self.at_mut(path) = value.into();
    }

    /// Removes the last key of a slash path; returns what was there.
    pub fn remove(&mut self, path: &str) -> Option<Value> {
        let (parent, key) = path.rsplit_once('/').unwrap_or(("", path));
        // Looking first keeps shared maps shared when there is nothing to remove.
        if !self.at(parent).as_map().is_some_and(|m| m.contains_key(key)) {
            return None;
        }
        self.at_mut(parent).map_mut().remove(key)
    }

    /// A typed reading of this value: lean structs with `#[derive(Deserialize)]` over the fields a caller needs.
    pub fn read<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, super::value_serde::ReadError> {
        T::deserialize(self)
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => *a as f64 == *b,
            (Value::Str(a), Value::Str(b)) => Arc::ptr_eq(a, b) || a == b,
            (Value::List(a), Value::List(b)) => Arc::ptr_eq(a, b) || a == b,
            (Value::Map(a), Value::Map(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }
}

impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(*other)
    }
}

impl Index<&str> for Value {
    type Output = Value;
    fn index(&self, key: &str) -> &Value {
        self.get(key).unwrap_or(&NULL)
    }
}

impl Index<usize> for Value {
    type Output = Value;
    fn index(&self, i: usize) -> &Value {
        self.items().get(i).unwrap_or(&NULL)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

/// Builds a [`Value`] as written in JSON: `json!({"spec": {"replicas": n, "items": [a, b]}})`. Keys and values are
/// expressions; a nested `{...}`, `[...]` or `null` reads as JSON.
#[macro_export]
macro_rules! json {
    (null) => { $crate::machinery::value::Value::Null };
    ([ $($tt:tt)* ]) => { $crate::json!(@list [] $($tt)*) };
    ({ $($tt:tt)* }) => {{
        #[allow(unused_mut)]
        let mut map = $crate::machinery::value::Map::new();
        $crate::json!(@map map $($tt)*);
        $crate::machinery::value::Value::from(map)
    }};
    (@map $m:ident) => {};
    (@map $m:ident $k:tt : null $(, $($rest:tt)*)?) => { $m.insert($k, $crate::json!(null)); $crate::json!(@map $m $($($rest)*)?); };
    (@map $m:ident $k:tt : { $($v:tt)* } $(, $($rest:tt)*)?) => { $m.insert($k, $crate::json!({ $($v)* })); $crate::json!(@map $m $($($rest)*)?); };
    (@map $m:ident $k:tt : [ $($v:tt)* ] $(, $($rest:tt)*)?) => { $m.insert($k, $crate::json!([ $($v)* ])); $crate::json!(@map $m $($($rest)*)?); };
    (@map $m:ident $k:tt : $v:expr $(, $($rest:tt)*)?) => { $m.insert($k, $v); $crate::json!(@map $m $($($rest)*)?); };
    (@list [$($done:expr),*]) => { $crate::machinery::value::Value::from(vec![$($done),*] as Vec<$crate::machinery::value::Value>) };
    (@list [$($done:expr),*] null $(, $($rest:tt)*)?) => { $crate::json!(@list [$($done,)* $crate::json!(null)] $($($rest)*)?) };
    (@list [$($done:expr),*] { $($v:tt)* } $(, $($rest:tt)*)?) => { $crate::json!(@list [$($done,)* $crate::json!({ $($v)* })] $($($rest)*)?) };
    (@list [$($done:expr),*] [ $($v:tt)* ] $(, $($rest:tt)*)?) => { $crate::json!(@list [$($done,)* $crate::json!([ $($v)* ])] $($($rest)*)?) };
    (@list [$($done:expr),*] $v:expr $(, $($rest:tt)*)?) => { $crate::json!(@list [$($done,)* $crate::machinery::value::Value::from($v)] $($($rest)*)?) };
    ($v:expr) => { $crate::machinery::value::Value::from($v) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_macro_builds_nested_values() {
        let n = 3;
        let v = json!({"b": {"x": [1, {"y": null}, "s", n]}, "a": n, "c": true, "d": []});
        assert_eq!(v.to_json(), r#"{"a":3,"b":{"x":[1,{"y":null},"s",3]},"c":true,"d":[]}"#);
        assert_eq!(Value::parse(&v.to_json()).unwrap(), v);
    }

    #[test]
    fn a_change_leaves_the_copy_alone_and_shares_the_rest() {
        let a = json!({"spec": {"x": 1}, "status": {"n": 1}});
        let mut b = a.clone();
        b.set("status/n", 2);
        assert_eq!(a.int_at("status/n"), Some(1));
        assert_eq!(b.int_at("status/n"), Some(2));
        let (Value::Map(x), Value::Map(y)) = (&a["spec"], &b["spec"]) else { panic!("maps") };
        assert!(Arc::ptr_eq(x, y));
    }

    #[test]
    fn paths_reach_into_lists_and_tolerate_gaps() {
        let mut v = json!({"l": [{"n": "a"}]});
        assert_eq!(v.str_at("l/0/n"), "a");
        assert!(v.at("l/7/n").is_null());
        assert_eq!(v.remove("l/0/n"), Some(Value::from("a")));
        assert_eq!(v.remove("nope/x"), None);
        assert_eq!(v.to_json(), r#"{"l":[{}]}"#);
    }

    #[test]
    fn reads_into_lean_structs() {
        #[derive(serde::Deserialize, PartialEq, Debug)]
        struct Port<'a> {
            name: Option<&'a str>,
            port: i32,
        }
        let v = json!([{"port": 80, "extra": 1}, {"name": "x", "port": 8}]);
        let ports: Vec<Port> = v.read().unwrap();
        assert_eq!(ports, [Port { name: None, port: 80 }, Port { name: Some("x"), port: 8 }]);
    }
}
