//! `--sort-by`: the client sorts what it was sent by one field of each object.

use crate::machinery::{FieldPath, KubeVersion, Object, Quantity, Value, go_sort};

/// Sorts objects by the field at a jsonpath, with or without braces and leading dot. Objects without the field come
/// first. False when the path is no path or leads nowhere in any of the objects: kubectl then prints none of them.
pub fn sort_by(objects: &mut Vec<Object>, path: &str, client: KubeVersion) -> bool {
    let Some(path) = FieldPath::parse(path) else { return false };
    let mut keyed: Vec<(Option<Value>, Object)> =
        objects.drain(..).map(|o| (path.find(&o).first().map(|v| (*v).clone()), o)).collect();
    if keyed.iter().all(|(key, _)| key.is_none()) {
        return keyed.is_empty();
    }
    go_sort(&mut keyed, client, |a, b| match (&a.0, &b.0) {
        // Not an order: of two objects without the field each comes before the other. kubectl does the same, and the
        // outcome is seen.
        (None, _) => true,
        (_, None) => false,
        (Some(a), Some(b)) => less(a, b),
    });
    objects.extend(keyed.into_iter().map(|(_, o)| o));
    true
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
