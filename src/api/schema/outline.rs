//! The fields of a kind as `kubectl explain` tells of them. The prose of the built-in kinds' documentation is not kept;
//! custom kinds say of themselves what their definition says.

use super::types::{Field, GoType, Kind, Type};
use crate::api::Resource;
use crate::api::admission::Lookup;
use crate::machinery::Value;

/// A field, or a kind as a whole.
#[derive(Clone)]
pub struct Outline {
    /// `PodSpec`, `[]Container`, `map[string]string`, `integer`.
    pub type_name: String,
    /// Empty when nothing is said.
    pub description: String,
    /// Whether it must be given.
    pub required: bool,
    /// The values it may have; empty when any.
    pub choices: Vec<String>,
    below: Below,
}

#[derive(Clone)]
enum Below {
    Nothing,
    Builtin(&'static Type),
    Custom(Value),
    /// A custom kind itself: its metadata is that of every kind.
    CustomKind(Value),
}

impl Outline {
    /// A kind as a whole; `None` when nothing is known of it.
    pub fn of(resource: &Resource, cluster: &dyn Lookup) -> Option<Outline> {
        let whole = |below| Outline {
            type_name: resource.kind.to_string(),
            description: String::new(),
            required: false,
            choices: Vec::new(),
            below,
        };
        if let Some(ty) = super::type_of(resource) {
            return Some(whole(Below::Builtin(ty)));
        }
        let schema = super::schema_of(resource, cluster);
        schema.as_map()?;
        let description = schema.str_at("description").to_string();
        Some(Outline { description, ..whole(Below::CustomKind(schema)) })
    }

    /// The fields inside, by name.
    pub fn fields(&self) -> Vec<(String, Outline)> {
        match &self.below {
            Below::Nothing => Vec::new(),
            Below::Builtin(ty) => builtin_fields(ty),
            Below::Custom(schema) => custom_fields(schema),
            Below::CustomKind(schema) => {
                let mut fields = custom_fields(schema);
                fields.retain(|(name, _)| !matches!(name.as_str(), "apiVersion" | "kind" | "metadata"));
                let plain = |name: &str, type_name: &str, below| {
                    let field = Outline {
                        type_name: type_name.to_string(),
                        description: String::new(),
                        required: false,
                        choices: Vec::new(),
                        below,
                    };
                    (name.to_string(), field)
                };
                fields.push(plain("apiVersion", "string", Below::Nothing));
                fields.push(plain("kind", "string", Below::Nothing));
                let metadata = Type::named("meta/v1.ObjectMeta").map_or(Below::Nothing, Below::Builtin);
                fields.push(plain("metadata", "ObjectMeta", metadata));
                fields.sort_by(|a, b| a.0.cmp(&b.0));
                fields
            }
        }
    }
}

fn builtin_fields(ty: &'static Type) -> Vec<(String, Outline)> {
    ty.fields.iter().map(|field| (field.name.to_string(), builtin(field))).collect()
}

fn builtin(field: &'static Field) -> Outline {
    // A struct is always written, needed or not.
    let required = field.always && !field.pointer && !matches!(field.ty.kind, Kind::Struct(_));
    Outline {
        type_name: shown(&field.ty),
        description: String::new(),
        required,
        choices: Vec::new(),
        below: inside(&field.ty).map_or(Below::Nothing, Below::Builtin),
    }
}

/// The struct a field leads to, through lists and maps.
fn inside(ty: &'static GoType) -> Option<&'static Type> {
    match &ty.kind {
        Kind::Struct(r) => r.get(),
        Kind::List(item) | Kind::Map(item) => inside(item),
        _ => None,
    }
}

fn shown(ty: &GoType) -> String {
    match &ty.kind {
        Kind::String | Kind::Bytes | Kind::Time | Kind::MicroTime => "string".to_string(),
        Kind::Bool => "boolean".to_string(),
        Kind::Int32 | Kind::Int64 => "integer".to_string(),
        Kind::Float => "number".to_string(),
        Kind::Quantity => "Quantity".to_string(),
        Kind::IntOrString => "IntOrString".to_string(),
        Kind::Raw => "Object".to_string(),
        Kind::Struct(r) => r.get().map_or("Object", Type::short_name).to_string(),
        Kind::List(item) => format!("[]{}", shown(item)),
        Kind::Map(item) => format!("map[string]{}", shown(item)),
    }
}

fn custom_fields(schema: &Value) -> Vec<(String, Outline)> {
    let schema = innermost(schema);
    let required = schema.items_at("required");
    let field = |name: &str, value: &Value| Outline {
        type_name: custom_type(value),
        description: value.str_at("description").to_string(),
        required: required.iter().any(|r| r == name),
        choices: value.items_at("enum").iter().map(crate::machinery::go_text::plain).collect(),
        below: Below::Custom(value.clone()),
    };
    schema.map_at("properties").iter().map(|(name, value)| (name.to_string(), field(name, value))).collect()
}

/// The schema of what a list or map holds.
fn innermost(schema: &Value) -> &Value {
    let below = [schema.at("items"), schema.at("additionalProperties")];
    match below.into_iter().find(|below| below.as_map().is_some()) {
        Some(below) if schema.at("properties").is_null() => innermost(below),
        _ => schema,
    }
}

fn custom_type(schema: &Value) -> String {
    let values = schema.at("additionalProperties");
    match schema.str_at("type") {
        "array" => format!("[]{}", custom_type(schema.at("items"))),
        "object" if values.as_map().is_some() => format!("map[string]{}", custom_type(values)),
        "object" | "" => "Object".to_string(),
        scalar => scalar.to_string(),
    }
}
