//! `--sort-by`: the client sorts what it was sent by one field of each object.

use std::cell::Cell;

use crate::machinery::{FieldPath, KubeVersion, Object, Quantity, Value, go_sort};

/// Two objects were to be compared by a map or a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsortable {
    kind: &'static str,
}

impl Unsortable {
    /// What kubectl says of it: the field, and what it was looked for in.
    pub fn text(self, path: &str, holder: &str) -> String {
        let path = with_braces(path);
        format!(
            "Field {path} in {holder} is an unsortable type: interface, err: unsortable type: {}",
            self.kind
        )
    }
}

/// `metadata.name` as `{.metadata.name}`.
pub fn with_braces(path: &str) -> String {
    let path = path.strip_prefix('{').and_then(|path| path.strip_suffix('}')).unwrap_or(path);
    format!("{{.{}}}", path.strip_prefix('.').unwrap_or(path))
}

/// Sorts objects by the field at a jsonpath, with or without braces and leading dot. Objects without the field come
/// first. `Ok(false)` when the path is no path or leads nowhere in any of the objects: kubectl then prints none of them.
pub fn sort_by(objects: &mut Vec<Object>, path: &str, client: KubeVersion) -> Result<bool, Unsortable> {
    let Some(path) = FieldPath::parse(path) else { return Ok(false) };
    let mut keyed: Vec<(Option<Value>, Object)> =
        objects.drain(..).map(|o| (path.find(&o).first().map(|v| (*v).clone()), o)).collect();
    if keyed.iter().all(|(key, _)| key.is_none()) {
        return Ok(keyed.is_empty());
    }
    let unsortable = Cell::new(None);
    go_sort(&mut keyed, client, |a, b| match (&a.0, &b.0) {
        // Not an order: of two objects without the field each comes before the other. kubectl does the same, and the
        // outcome is seen.
        (None, _) => true,
        (_, None) => false,
        (Some(a), Some(b)) => {
            if let (None, Some(kind)) = (unsortable.get(), kind_of_unsortable(a)) {
                unsortable.set(Some(kind));
            }
            less(a, b)
        }
    });
    objects.extend(keyed.into_iter().map(|(_, o)| o));
    unsortable.get().map_or(Ok(true), |kind| Err(Unsortable { kind }))
}

/// The type, as Go calls it, of values that have no order: maps and lists.
fn kind_of_unsortable(value: &Value) -> Option<&'static str> {
    match value {
        Value::Map(_) => Some("map[string]interface {}"),
        Value::List(_) => Some("[]interface {}"),
        _ => None,
    }
}

fn less(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, other) => !other.is_null(),
        (Value::Str(a), Value::Str(b)) => match (Quantity::parse(a), Quantity::parse(b)) {
            (Ok(a), Ok(b)) => a < b,
            _ => a < b,
        },
        (Value::Bool(a), Value::Bool(b)) => a < b,
        _ => a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| a < b),
    }
}
