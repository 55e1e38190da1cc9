//! What is wrong with one field of an object.

use crate::machinery::{Value, go_text};
use std::fmt;

/// The ways in which a field can be wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldErrorType {
    /// It is missing.
    Required,
    /// Its value breaks a rule.
    Invalid,
    /// Its value is none of a list.
    NotSupported,
    /// It may not be set, or not be changed.
    Forbidden,
    /// Its value must be unique and is not.
    Duplicate,
    /// Its value has the wrong JSON type.
    TypeInvalid,
    /// Its text is too long.
    TooLong,
    /// It has too many items.
    TooMany,
    /// What it refers to does not exist.
    NotFound,
}

impl FieldErrorType {
    /// The reason of the cause in a `Status`.
    pub(super) fn cause(self) -> &'static str {
        match self {
            FieldErrorType::Required => "FieldValueRequired",
            FieldErrorType::Invalid => "FieldValueInvalid",
            FieldErrorType::NotSupported => "FieldValueNotSupported",
            FieldErrorType::Forbidden => "FieldValueForbidden",
            FieldErrorType::Duplicate => "FieldValueDuplicate",
            FieldErrorType::TypeInvalid => "FieldValueTypeInvalid",
            FieldErrorType::TooLong => "FieldValueTooLong",
            FieldErrorType::TooMany => "FieldValueTooMany",
            FieldErrorType::NotFound => "FieldValueNotFound",
        }
    }
}

/// One broken rule: `spec.replicas: Invalid value: -1: must be greater than or equal to 0`.
#[derive(Clone, PartialEq, Debug)]
pub struct FieldError {
    /// The way in which the field is wrong.
    pub kind: FieldErrorType,
    /// `spec.containers[0].image`.
    pub path: String,
    /// The value found.
    pub value: Value,
    /// The rule.
    pub detail: String,
    /// How the value is shown, where that is not its JSON: the server prints some of its structs in their own order.
    pub shown: Option<String>,
}

impl FieldError {
    fn new(
        kind: FieldErrorType,
        path: impl fmt::Display,
        value: Value,
        detail: impl fmt::Display,
    ) -> FieldError {
        FieldError { kind, path: path.to_string(), value, detail: detail.to_string(), shown: None }
    }
    /// The field is missing; `detail` may be empty.
    pub fn required(path: impl fmt::Display, detail: impl fmt::Display) -> FieldError {
        FieldError::new(FieldErrorType::Required, path, Value::Null, detail)
    }
    /// The value breaks a rule.
    pub fn invalid(
        path: impl fmt::Display,
        value: impl Into<Value>,
        detail: impl fmt::Display,
    ) -> FieldError {
        FieldError::new(FieldErrorType::Invalid, path, value.into(), detail)
    }
    /// The value is none of the supported ones, which the message lists in the order given.
    pub fn not_supported(path: impl fmt::Display, value: impl Into<Value>, supported: &[&str]) -> FieldError {
        let quoted: Vec<String> = supported.iter().map(|s| format!("{s:?}")).collect();
        let detail = format!("supported values: {}", quoted.join(", "));
        FieldError::new(FieldErrorType::NotSupported, path, value.into(), detail)
    }
    /// The field may not be set, or not be changed.
    pub fn forbidden(path: impl fmt::Display, detail: impl fmt::Display) -> FieldError {
        FieldError::new(FieldErrorType::Forbidden, path, Value::Null, detail)
    }
    /// The value must be unique and is not.
    pub fn duplicate(path: impl fmt::Display, value: impl Into<Value>) -> FieldError {
        FieldError::new(FieldErrorType::Duplicate, path, value.into(), "")
    }
    /// The value has the wrong JSON type.
    pub fn type_invalid(
        path: impl fmt::Display,
        value: impl Into<Value>,
        detail: impl fmt::Display,
    ) -> FieldError {
        FieldError::new(FieldErrorType::TypeInvalid, path, value.into(), detail)
    }
    /// The text has more than `max` bytes.
    pub fn too_long(path: impl fmt::Display, max: usize) -> FieldError {
        let detail = format!("may not be more than {max} bytes");
        FieldError::new(FieldErrorType::TooLong, path, Value::Null, detail)
    }
    /// The list has more than `max` items.
    pub fn too_many(path: impl fmt::Display, found: usize, max: usize) -> FieldError {
        let items = if max == 1 { "item" } else { "items" };
        let detail = format!("must have at most {max} {items}");
        FieldError::new(FieldErrorType::TooMany, path, found.into(), detail)
    }
    /// What the value refers to does not exist.
    pub fn not_found(path: impl fmt::Display, value: impl Into<Value>) -> FieldError {
        FieldError::new(FieldErrorType::NotFound, path, value.into(), "")
    }

    /// The same, with the value shown as a text.
    pub fn showing(mut self, text: impl Into<String>) -> FieldError {
        self.shown = Some(text.into());
        self
    }

    /// The text without the field.
    pub fn body(&self) -> String {
        let (title, shows_value) = match self.kind {
            FieldErrorType::Required => ("Required value", false),
            FieldErrorType::Invalid | FieldErrorType::TypeInvalid => ("Invalid value", true),
            FieldErrorType::NotSupported => ("Unsupported value", true),
            FieldErrorType::Forbidden => ("Forbidden", false),
            FieldErrorType::Duplicate => ("Duplicate value", true),
            FieldErrorType::TooLong => ("Too long", false),
            FieldErrorType::TooMany => ("Too many", true),
            FieldErrorType::NotFound => ("Not found", true),
        };
        let mut text = title.to_string();
        if shows_value {
            text.push_str(": ");
            match &self.shown {
                Some(shown) => text.push_str(shown),
                None => text.push_str(&shown(&self.value)),
            }
        }
        if !self.detail.is_empty() {
            text.push_str(": ");
            text.push_str(&self.detail);
        }
        text
    }
}

/// A value as messages show it: strings as Go quotes them, the rest as JSON.
fn shown(value: &Value) -> String {
    match value.as_str() {
        Some(text) => go_text::quote(text),
        None => value.to_json(),
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.body())
    }
}

/// Where a field is. Paths are made on the way down and only written out when something is wrong.
#[derive(Clone, Copy, Debug)]
pub enum Path<'a> {
    /// The object itself, or a prefix already written out.
    Root(&'a str),
    /// A field of a map.
    Field(&'a Path<'a>, &'a str),
    /// A key of a map whose keys are data: `limits[cpu]`.
    Key(&'a Path<'a>, &'a str),
    /// An item of a list.
    Index(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    /// A field below.
    pub fn field(&'a self, name: &'a str) -> Path<'a> {
        Path::Field(self, name)
    }
    /// A key below.
    pub fn key(&'a self, key: &'a str) -> Path<'a> {
        Path::Key(self, key)
    }
    /// An item below.
    pub fn index(&'a self, index: usize) -> Path<'a> {
        Path::Index(self, index)
    }
    fn is_empty(&self) -> bool {
        matches!(self, Path::Root(""))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root(text) => f.write_str(text),
            Path::Field(parent, name) if parent.is_empty() => f.write_str(name),
            Path::Field(parent, name) => write!(f, "{parent}.{name}"),
            Path::Key(parent, key) => write!(f, "{parent}[{key}]"),
            Path::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn texts_are_those_of_the_api_server() {
        let path = Path::Root("spec");
        let ports = path.field("ports");
        let cases = [
            (FieldError::required(ports.index(0).field("name"), ""), "spec.ports[0].name: Required value"),
            (FieldError::invalid("a", "x\"y", "no"), r#"a: Invalid value: "x\"y": no"#),
            (FieldError::invalid("a", json!({"b": "c"}), "no"), r#"a: Invalid value: {"b":"c"}: no"#),
            (
                FieldError::not_supported("a", "X", &["S", "M"]),
                r#"a: Unsupported value: "X": supported values: "S", "M""#,
            ),
            (FieldError::forbidden("a", "no"), "a: Forbidden: no"),
            (FieldError::duplicate("a", "x"), r#"a: Duplicate value: "x""#),
            (FieldError::too_long("a", 63), "a: Too long: may not be more than 63 bytes"),
            (FieldError::too_many("a", 3, 2), "a: Too many: 3: must have at most 2 items"),
        ];
        for (error, text) in cases {
            assert_eq!(error.to_string(), text);
        }
    }
}
