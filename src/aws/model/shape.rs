//! Shapes: what inputs and outputs are made of.

use super::strings;
use crate::machinery::ordered::Json;

/// The kind of a shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Members by name.
    Structure,
    /// Items of one shape.
    List,
    /// Values of one shape by string keys.
    Map,
    /// Text.
    String,
    /// A whole number, of 32 or 64 bits.
    Integer,
    /// A number of double or single precision.
    Float,
    /// True or false.
    Boolean,
    /// A point in time.
    Timestamp,
    /// Bytes; base64 in JSON.
    Blob,
}

impl Kind {
    /// Whether a value of this kind is one word on the command line.
    pub fn is_scalar(self) -> bool {
        !matches!(self, Kind::Structure | Kind::List | Kind::Map)
    }
}

/// A shape.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Its name in the model.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Members of a structure, in the model's order.
    pub members: Vec<Member>,
    /// The shape of a list's items.
    pub item: Option<String>,
    /// The shape of a map's values.
    pub value: Option<String>,
    /// The values a string may have, if they are known.
    pub choices: Vec<String>,
    /// The least length (strings, lists, maps) or value (numbers).
    pub min: Option<f64>,
    /// The error code, for the shape of an error that has one of its own.
    pub error_code: Option<String>,
}

/// A member of a structure.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its API name.
    pub name: String,
    /// The name of its shape.
    pub shape: String,
    /// Whether inputs must have it.
    pub required: bool,
}

impl Shape {
    pub(super) fn read(name: &str, fact: &Json) -> Shape {
        let text = |key: &str| fact.get(key).and_then(Json::as_str).map(str::to_string);
        let kind = match fact.str_at("t") {
            "list" => Kind::List,
            "map" => Kind::Map,
            "string" | "character" => Kind::String,
            "integer" | "long" => Kind::Integer,
            "double" | "float" => Kind::Float,
            "boolean" => Kind::Boolean,
            "timestamp" => Kind::Timestamp,
            "blob" => Kind::Blob,
            _ => Kind::Structure,
        };
        let members = fact.get("m").and_then(Json::entries);
        Shape {
            name: name.to_string(),
            kind,
            members: members.into_iter().flat_map(|m| m.iter()).map(|(n, m)| Member::read(n, m)).collect(),
            item: text("of"),
            value: text("v"),
            choices: strings(fact.get("enum")),
            min: match fact.get("min") {
                Some(Json::Int(i)) => Some(*i as f64),
                Some(Json::Float(f)) => Some(*f),
                _ => None,
            },
            error_code: fact.get("error").map(|e| e.str_at("code").to_string()).filter(|c| !c.is_empty()),
        }
    }

    /// The member of this API name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|m| m.name == name)
    }
}

impl Member {
    fn read(name: &str, fact: &Json) -> Member {
        let nothing = Json::Null;
        let (shape, options) = match fact {
            Json::List(pair) => (pair[0].as_str().unwrap_or(""), pair.get(1).unwrap_or(&nothing)),
            other => (other.as_str().unwrap_or(""), &nothing),
        };
        let required = options.get("required").is_some_and(Json::truthy);
        Member { name: name.to_string(), shape: shape.to_string(), required }
    }
}
