//! Reading JSON into the struct of a kind and writing it back, in one step: what fits is kept, in the form the server
//! stores it; what does not is reported.

use super::scalars;
use super::types::{Field, GoType, Kind, Type};
use crate::machinery::go_text::json_kind;
use crate::machinery::{Map, Value};
use std::fmt;
use std::sync::Arc;

/// Why a body cannot be read.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// A value of the wrong JSON type.
    #[error("json: cannot unmarshal {found} into Go {place} of type {wanted}")]
    Type {
        /// `string`, `number`, `number 1.5`, `bool`, `array`, `object`.
        found: String,
        /// `struct field DeploymentSpec.spec.replicas`, or `value` for the body itself.
        place: String,
        /// `int32`.
        wanted: String,
        /// The kind of the type wanted, as Go's reflection names it.
        wanted_kind: &'static str,
    },
    /// A text that is no quantity, time or base64.
    #[error("{0}")]
    Text(String),
    /// Fields that do not exist or stand there twice.
    #[error("strict decoding error: {}", .0.join(", "))]
    Strict(Vec<String>),
}

impl DecodeError {
    /// The text when a value comes out of a patch, which is not read as JSON but copied field by field.
    pub fn conversion_text(&self) -> String {
        match self {
            DecodeError::Type { wanted_kind: "struct", found, .. } => {
                format!("cannot restore struct from: {}", reflected(found))
            }
            DecodeError::Type { wanted_kind: kind @ ("slice" | "map"), found, .. } => {
                format!("cannot restore {kind} from {}", reflected(found))
            }
            DecodeError::Type { wanted_kind, .. } => format!("unrecognized type: {wanted_kind}"),
            other => other.to_string(),
        }
    }
}

/// What Go's reflection calls a JSON value that was read without a type.
fn reflected(found: &str) -> &str {
    match found {
        "object" => "map",
        "array" => "slice",
        "number" => "int64",
        other => other.split_once(' ').map_or(other, |_| "float64"),
    }
}

/// Where the decoder is.
enum Segment<'a> {
    Field(&'a str),
    /// A key of a map whose keys are data.
    Key(&'a str),
    Index(usize),
}

/// Reads one object. The first wrong type is the error; unknown fields are collected on the way.
pub(super) struct Decoder<'a> {
    path: Vec<Segment<'a>>,
    /// The struct being read: Go's messages begin with it.
    within: &'static str,
    pub unknown: Vec<String>,
    pub error: Option<DecodeError>,
}

impl<'a> Decoder<'a> {
    pub fn new() -> Decoder<'a> {
        Decoder { path: Vec::with_capacity(16), within: "", unknown: Vec::new(), error: None }
    }

    /// A decoder for what stands below a field.
    pub fn below(field: &'a str) -> Decoder<'a> {
        let mut decoder = Decoder::new();
        decoder.path.push(Segment::Field(field));
        decoder
    }

    /// The struct `ty` read from `value`. A part that is already as it should be is shared with the input.
    pub fn structure(&mut self, ty: &'static Type, value: &'a Value) -> Value {
        let Value::Map(map) = value else {
            return match value {
                Value::Null => ty.zero().clone(),
                other => {
                    self.mismatch(json_kind(other).to_string(), &ty.go_name(), "struct");
                    ty.zero().clone()
                }
            };
        };
        let outer = std::mem::replace(&mut self.within, ty.short_name());
        let (fields, changed) = self.fields(ty, map);
        self.within = outer;
        if changed { Value::from(fields) } else { Value::Map(map.clone()) }
    }

    /// Both the fields of a type and the keys of a map are sorted: one walk over both.
    fn fields(&mut self, ty: &'static Type, map: &'a Arc<Map>) -> (Map, bool) {
        let mut kept: Vec<(&str, Value)> = Vec::with_capacity(map.len() + 2);
        let mut changed = false;
        let mut fields = ty.fields.iter().peekable();
        for (key, value) in map.iter() {
            while let Some(field) = fields.next_if(|f| f.name < key) {
                changed |= absent(field, &mut kept);
            }
            match fields.next_if(|f| f.name == key) {
                Some(field) if value.is_null() => {
                    if field.always && field.zero().is_null() {
                        kept.push((field.name, Value::Null));
                    } else {
                        changed = true;
                        absent(field, &mut kept);
                    }
                }
                Some(field) => {
                    self.path.push(Segment::Field(key));
                    let read = self.value(&field.ty, value);
                    self.path.pop();
                    if !field.always && !field.pointer && is_zero(&field.ty, &read) && !tells(field, &read) {
                        changed = true;
                    } else {
                        changed |= !same(&read, value);
                        kept.push((field.name, read));
                    }
                }
                None => {
                    changed = true;
                    let path = self.path_with(key);
                    self.unknown.push(format!("unknown field \"{path}\""));
                }
            }
        }
        for field in fields {
            changed |= absent(field, &mut kept);
        }
        if changed { (kept.into_iter().collect(), true) } else { (Map::new(), false) }
    }

    /// A value of type `ty`, which is not null.
    fn value(&mut self, ty: &GoType, value: &'a Value) -> Value {
        match (&ty.kind, value) {
            (Kind::Raw, _) | (Kind::String, Value::Str(_)) | (Kind::Bool, Value::Bool(_)) => value.clone(),
            (Kind::Struct(r), Value::Map(_)) => match r.get() {
                Some(ty) => self.structure(ty, value),
                None => value.clone(),
            },
            (Kind::List(item), Value::List(items)) => self.list(item, value, items),
            (Kind::Map(item), Value::Map(map)) => self.map(item, value, map),
            (Kind::Int32, Value::Int(i)) if i32::try_from(*i).is_ok() => value.clone(),
            (Kind::Int64, Value::Int(_)) | (Kind::Float, Value::Int(_) | Value::Float(_)) => value.clone(),
            (Kind::Int32, Value::Int(i)) => self.wrong(ty, format!("number {i}")),
            (Kind::Int32 | Kind::Int64, Value::Float(f)) => match value.as_i64() {
                Some(i) if i32::try_from(i).is_ok() || matches!(ty.kind, Kind::Int64) => Value::Int(i),
                _ => self.wrong(ty, format!("number {f}")),
            },
            (Kind::IntOrString, Value::Str(_)) => value.clone(),
            (Kind::IntOrString, Value::Int(i)) if i32::try_from(*i).is_ok() => value.clone(),
            (Kind::IntOrString, Value::Int(_) | Value::Float(_)) => {
                self.mismatch(format!("number {}", value.to_json()), "int32", "struct");
                ty.zero()
            }
            (Kind::IntOrString, other) => {
                self.mismatch(json_kind(other).to_string(), "int32", "struct");
                ty.zero()
            }
            (Kind::Quantity, _) => self.text(ty, value, scalars::quantity(value)),
            (Kind::Bytes, Value::Str(text)) => self.text(ty, value, scalars::base64(text)),
            (Kind::Time, Value::Str(text)) => self.text(ty, value, scalars::time(text)),
            (Kind::MicroTime, Value::Str(text)) => self.text(ty, value, scalars::micro_time(text)),
            (Kind::Time | Kind::MicroTime, other) => {
                self.mismatch(json_kind(other).to_string(), "string", "struct");
                Value::Null
            }
            (_, other) => self.wrong(ty, json_kind(other).to_string()),
        }
    }

    fn list(&mut self, item: &GoType, whole: &Value, items: &'a Arc<Vec<Value>>) -> Value {
        let mut changed = false;
        let mut read = Vec::with_capacity(items.len());
        for (i, value) in items.iter().enumerate() {
            self.path.push(Segment::Index(i));
            let one = if value.is_null() { item.zero() } else { self.value(item, value) };
            self.path.pop();
            changed |= !same(&one, value);
            read.push(one);
        }
        if changed { Value::from(read) } else { whole.clone() }
    }

    fn map(&mut self, item: &GoType, whole: &Value, map: &'a Arc<Map>) -> Value {
        // Most maps are of plain strings.
        if matches!(item.kind, Kind::String) && map.values().all(|v| matches!(v, Value::Str(_))) {
            return whole.clone();
        }
        let mut changed = false;
        let mut read = Vec::with_capacity(map.len());
        for (key, value) in map.iter() {
            self.path.push(Segment::Key(key));
            let one = if value.is_null() { item.zero() } else { self.value(item, value) };
            self.path.pop();
            changed |= !same(&one, value);
            read.push((key, one));
        }
        if changed { Value::from(read.into_iter().collect::<Map>()) } else { whole.clone() }
    }

    /// A scalar with a text form of its own: what it is stored as, or why it is none.
    fn text(&mut self, ty: &GoType, value: &Value, read: Result<String, String>) -> Value {
        match read {
            Ok(text) if value.as_str() == Some(&text) => value.clone(),
            Ok(text) => text.into(),
            Err(why) => {
                self.error.get_or_insert(DecodeError::Text(why));
                ty.zero()
            }
        }
    }

    fn wrong(&mut self, ty: &GoType, found: String) -> Value {
        self.mismatch(found, &ty.go_name(), ty.go_kind());
        ty.zero()
    }

    fn mismatch(&mut self, found: String, wanted: &str, wanted_kind: &'static str) {
        if self.error.is_some() {
            return;
        }
        // Go keeps neither list indexes nor map keys here.
        let fields: Vec<&str> = self
            .path
            .iter()
            .filter_map(|s| if let Segment::Field(name) = s { Some(*name) } else { None })
            .collect();
        let place = match fields.is_empty() {
            true => "value".to_string(),
            false => format!("struct field {}.{}", self.within, fields.join(".")),
        };
        self.error = Some(DecodeError::Type { found, place, wanted: wanted.to_string(), wanted_kind });
    }

    fn path_with(&self, key: &str) -> String {
        let mut text = String::new();
        for segment in &self.path {
            match segment {
                Segment::Field(name) | Segment::Key(name) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(name);
                }
                Segment::Index(i) => text.push_str(&format!("[{i}]")),
            }
        }
        if !text.is_empty() {
            text.push('.');
        }
        text + key
    }
}

/// A field that is not there: written all the same when it always is. Answers whether something was written.
fn absent(field: &Field, kept: &mut Vec<(&str, Value)>) -> bool {
    if field.always {
        kept.push((field.name, field.zero()));
    }
    field.always
}

/// Whether an empty list says something else than none: no policies at all are an error, policies left out are the
/// usual ones.
fn tells(field: &Field, value: &Value) -> bool {
    field.name == "policies" && value.as_list().is_some()
}

/// Whether Go's `omitempty` leaves the value out.
fn is_zero(ty: &GoType, value: &Value) -> bool {
    match ty.kind {
        Kind::Struct(_) | Kind::IntOrString | Kind::Quantity | Kind::Raw => value.is_null(),
        _ => value.is_empty_value(),
    }
}

/// Whether a value came back as it was, told without looking below shared parts.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => Arc::ptr_eq(a, b),
        (Value::Map(a), Value::Map(b)) => Arc::ptr_eq(a, b),
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Int(_), Value::Float(_)) | (Value::Float(_), Value::Int(_)) => false,
        (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => false,
        (a, b) => a == b,
    }
}

impl fmt::Debug for Decoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("unknown", &self.unknown).field("error", &self.error).finish()
    }
}
