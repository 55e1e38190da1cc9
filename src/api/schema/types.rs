//! The Go types behind the built-in kinds, from a table that is read type by type as they are needed.
//!
//! `types.txt` has one block a type: its name (`apps/v1.DeploymentSpec`), then a line a field, sorted by JSON name. `!`
//! marks a field that is always written (no `omitempty`, or a struct by value); `*` is a pointer, whose zero value is
//! kept when given; `core/v1.RestartPolicy=string` is a named type and what it is made of.

use crate::machinery::{Map, Value, sorted_text};
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A struct of the API.
pub(super) struct Type {
    /// `apps/v1.DeploymentSpec`.
    pub name: &'static str,
    /// Sorted by name.
    pub fields: Vec<Field>,
    zero: OnceLock<Value>,
}

/// A field of a struct.
pub(super) struct Field {
    /// The JSON name.
    pub name: &'static str,
    /// Written even when it has its zero value.
    pub always: bool,
    /// A pointer: absent and zero are two things.
    pub pointer: bool,
    pub ty: GoType,
}

/// A type expression.
pub(super) struct GoType {
    /// As the table writes it, without the pointer.
    text: &'static str,
    pub kind: Kind,
}

/// How a type is read and written.
pub(super) enum Kind {
    String,
    Bool,
    Int32,
    Int64,
    Float,
    /// Base64 text.
    Bytes,
    Quantity,
    Time,
    MicroTime,
    IntOrString,
    /// Any JSON.
    Raw,
    Struct(Ref),
    List(Box<GoType>),
    Map(Box<GoType>),
}

/// A struct named by another one, looked up when it is reached.
pub(super) struct Ref {
    name: &'static str,
    target: OnceLock<Option<&'static Type>>,
}

impl Ref {
    /// The type; `None` would be a hole in the table, which a test rules out.
    pub fn get(&self) -> Option<&'static Type> {
        *self.target.get_or_init(|| Type::named(self.name))
    }
}

static TABLE: &str = include_str!("types.txt");
/// The types read so far. There are some hundred in all, kept as long as the program runs.
static KNOWN: Mutex<BTreeMap<&'static str, &'static Type>> = Mutex::new(BTreeMap::new());

impl Type {
    /// The type of a name such as `apps/v1.DeploymentSpec`.
    pub fn named(name: &str) -> Option<&'static Type> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(name) {
            return Some(found);
        }
        let (name, lines) = sorted_text::block(TABLE, name)?;
        let fields = lines.filter_map(Field::parse).collect();
        let fresh: &Type = Box::leak(Box::new(Type { name, fields, zero: OnceLock::new() }));
        known.insert(name, fresh);
        Some(fresh)
    }

    /// The type of a built-in kind. Old beta versions that only differ in name are read as what they became.
    pub fn of_kind(group: &str, version: &str, kind: &str) -> Option<&'static Type> {
        let package = match group.split_once('.') {
            None if group.is_empty() => "core",
            None => group,
            Some((first, rest)) if rest.ends_with("k8s.io") => first,
            Some(_) => return None,
        };
        let version = match (package, version) {
            ("autoscaling", "v2beta2") => "v2",
            (
                "batch" | "policy" | "discovery" | "node" | "storage" | "events" | "networking"
                | "flowcontrol",
                v,
            ) if v.starts_with("v1beta") => "v1",
            (_, version) => version,
        };
        Type::named(&format!("{package}/{version}.{kind}"))
    }

    /// What an empty struct is written as.
    pub fn zero(&'static self) -> &'static Value {
        self.zero.get_or_init(|| {
            let always = self.fields.iter().filter(|f| f.always);
            Value::from(always.map(|f| (f.name, f.zero())).collect::<Map>())
        })
    }

    /// The name in Go's error messages about the struct itself: `v1.DeploymentSpec`.
    pub fn go_name(&self) -> String {
        short_package(self.name)
    }

    /// The name in Go's error messages about a field: `DeploymentSpec`.
    pub fn short_name(&self) -> &'static str {
        self.name.rsplit_once('.').map_or(self.name, |(_, name)| name)
    }
}

impl Field {
    fn parse(line: &'static str) -> Option<Field> {
        let (name, ty) = line.split_once(' ')?;
        let (name, always) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
        let (ty, pointer) = ty.strip_prefix('*').map_or((ty, false), |ty| (ty, true));
        Some(Field { name, always, pointer, ty: GoType::parse(ty) })
    }

    /// What an always written field has when it is not set.
    pub fn zero(&self) -> Value {
        if self.pointer {
            return Value::Null;
        }
        self.ty.zero()
    }
}

impl GoType {
    fn parse(text: &'static str) -> GoType {
        let basis = text.split_once('=').filter(|_| !text.starts_with('[')).map_or(text, |(_, basis)| basis);
        let kind = match basis {
            "string" => Kind::String,
            "bool" => Kind::Bool,
            "int32" => Kind::Int32,
            "int64" => Kind::Int64,
            "float64" => Kind::Float,
            "bytes" => Kind::Bytes,
            "quantity" => Kind::Quantity,
            "time" => Kind::Time,
            "microtime" => Kind::MicroTime,
            "intorstring" => Kind::IntOrString,
            "raw" => Kind::Raw,
            other => match (other.strip_prefix("[]"), other.strip_prefix("map[string]")) {
                (Some(item), _) => Kind::List(Box::new(GoType::parse(item))),
                (_, Some(item)) => Kind::Map(Box::new(GoType::parse(item))),
                _ => Kind::Struct(Ref { name: other, target: OnceLock::new() }),
            },
        };
        GoType { text, kind }
    }

    /// The zero value, as written.
    pub fn zero(&self) -> Value {
        match &self.kind {
            Kind::String => "".into(),
            Kind::Bool => false.into(),
            Kind::Int32 | Kind::Int64 | Kind::Float | Kind::IntOrString => 0.into(),
            Kind::Quantity => "0".into(),
            Kind::Struct(r) => r.get().map_or(Value::Null, |t| t.zero().clone()),
            Kind::Bytes | Kind::Time | Kind::MicroTime | Kind::Raw | Kind::List(_) | Kind::Map(_) => {
                Value::Null
            }
        }
    }

    /// The name in Go's error messages: `int32`, `[]v1.Container`, `v1.RestartPolicy`.
    pub fn go_name(&self) -> String {
        if let Some((name, _)) = self.text.split_once('=').filter(|_| !self.text.starts_with('[')) {
            return short_package(name);
        }
        match &self.kind {
            Kind::Bytes => "[]uint8".into(),
            Kind::Quantity => "resource.Quantity".into(),
            Kind::Time => "v1.Time".into(),
            Kind::MicroTime => "v1.MicroTime".into(),
            Kind::IntOrString => "intstr.IntOrString".into(),
            Kind::Raw => "runtime.RawExtension".into(),
            Kind::List(item) => format!("[]{}", item.go_name()),
            Kind::Map(item) => format!("map[string]{}", item.go_name()),
            _ => short_package(self.text),
        }
    }

    /// The kind in Go's reflection, which patches name when a value does not fit.
    pub fn go_kind(&self) -> &'static str {
        match &self.kind {
            Kind::String => "string",
            Kind::Bool => "bool",
            Kind::Int32 => "int32",
            Kind::Int64 => "int64",
            Kind::Float => "float64",
            Kind::Bytes | Kind::List(_) => "slice",
            Kind::Map(_) => "map",
            _ => "struct",
        }
    }
}

/// `v1.Container` of `core/v1.Container`: Go prints the last part of an import path.
fn short_package(text: &str) -> String {
    text.rsplit_once('/').map_or(text, |(_, name)| name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ty: &GoType, from: &str) {
        match &ty.kind {
            Kind::Struct(r) => {
                assert!(r.get().is_some(), "{from} names {}, which is not in the table", r.name)
            }
            Kind::List(item) | Kind::Map(item) => check(item, from),
            _ => {}
        }
    }

    #[test]
    fn the_table_is_sorted_and_whole() {
        let names: Vec<&str> = TABLE.lines().filter(|line| !line.starts_with(' ')).collect();
        assert!(names.is_sorted_by(|a, b| a < b));
        let mut lines = names.len();
        for name in names {
            let ty = Type::named(name).unwrap();
            assert!(ty.fields.is_sorted_by(|a, b| a.name < b.name), "{}", ty.name);
            lines += ty.fields.len();
            ty.fields.iter().for_each(|f| check(&f.ty, ty.name));
        }
        assert_eq!(lines, TABLE.lines().count());
    }

    #[test]
    fn types_know_their_go_names() {
        let spec = Type::named("core/v1.PodSpec").unwrap();
        let name = |field: &str| spec.fields.iter().find(|f| f.name == field).unwrap().ty.go_name();
        assert_eq!(name("containers"), "[]v1.Container");
        assert_eq!(name("restartPolicy"), "v1.RestartPolicy");
        assert_eq!(name("nodeSelector"), "map[string]string");
        assert_eq!(name("overhead"), "v1.ResourceList");
        assert_eq!(name("activeDeadlineSeconds"), "int64");
        assert_eq!(spec.short_name(), "PodSpec");
    }
}
