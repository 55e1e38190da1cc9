//! JSON patch (RFC 6902) as API server and kubectl apply it: with the leniencies and the words of
//! `gopkg.in/evanphx/json-patch.v4`. A key that is not there can be replaced and copied; indices may count from the end.

use crate::machinery::Value;

/// Why a JSON patch cannot be applied.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JsonPatchError {
    /// It is no list of operations.
    #[error("json: cannot unmarshal {0} into Go value of type []handlers.jsonPatchOp")]
    Shape(&'static str),
    /// A path leads nowhere or a test fails.
    #[error("{0}")]
    Operation(String),
}

/// The value after a JSON patch.
pub fn apply_json_patch(current: &Value, patch: &Value) -> Result<Value, JsonPatchError> {
    let shape = match patch {
        Value::List(_) => None,
        Value::Map(_) => Some("object"),
        Value::Str(_) => Some("string"),
        Value::Bool(_) => Some("bool"),
        Value::Int(_) | Value::Float(_) => Some("number"),
        Value::Null => return Ok(current.clone()),
    };
    if let Some(found) = shape {
        return Err(JsonPatchError::Shape(found));
    }
    let mut document = current.clone();
    for operation in patch.items() {
        apply(&mut document, operation).map_err(JsonPatchError::Operation)?;
    }
    Ok(document)
}

fn apply(document: &mut Value, operation: &Value) -> Result<(), String> {
    let (path, from) = (operation.str_at("path"), operation.str_at("from"));
    let value = || operation.get("value").cloned().unwrap_or_default();
    match operation.get("op").and_then(Value::as_str).unwrap_or("unknown") {
        "add" => place(document, path, || {
            format!("add operation does not apply: doc is missing path: \"{path}\"")
        })?
        .add(value())
        .map_err(|e| format!("error in add for path: '{path}': {e}")),
        "remove" => place(document, path, || {
            format!("remove operation does not apply: doc is missing path: \"{path}\"")
        })?
        .remove()
        .map(drop)
        .map_err(|e| format!("error in remove for path: '{path}': {e}")),
        "replace" => {
            let mut place = place(document, path, || {
                format!("replace operation does not apply: doc is missing path: {path}")
            })?;
            place.get().map_err(|_| {
                format!("replace operation does not apply: doc is missing key: {path}: missing value")
            })?;
            place.set(value()).map_err(|e| format!("error in remove for path: '{path}': {e}"))
        }
        "move" => {
            let mut source = place(document, from, || {
                format!("move operation does not apply: doc is missing from path: {from}")
            })?;
            let moved =
                source.remove().map_err(|e| format!("error in move for path: '{}': {e}", source.key))?;
            place(document, path, || {
                format!("move operation does not apply: doc is missing destination path: {path}")
            })?
            .add(moved)
            .map_err(|e| format!("error in move for path: '{path}': {e}"))
        }
        "copy" => {
            let source = place(document, from, || {
                format!("copy operation does not apply: doc is missing from path: {from}")
            })?;
            let copied = source.get().map_err(|e| format!("error in copy for from: '{from}': {e}"))?;
            place(document, path, || {
                format!("copy operation does not apply: doc is missing destination path: {path}")
            })?
            .add(copied)
            .map_err(|e| format!("error while adding value during copy: {e}"))
        }
        "test" => {
            let place =
                place(document, path, || format!("test operation does not apply: is missing path: {path}"))?;
            let found = place.get().map_err(|e| format!("error in test for path: '{path}': {e}"))?;
            match found == value() {
                true => Ok(()),
                false => Err(format!("testing value {path} failed: test failed")),
            }
        }
        other => Err(format!("Unexpected kind: {other}")),
    }
}

/// Where an operation acts: a map or a list, and a key or an index of it.
struct Place<'d> {
    holder: &'d mut Value,
    key: String,
}

fn place<'d>(document: &'d mut Value, path: &str, missing: impl Fn() -> String) -> Result<Place<'d>, String> {
    let missing = || format!("{}: missing value", missing());
    let (_, rest) = path.split_once('/').ok_or_else(missing)?;
    let mut keys: Vec<String> = rest.split('/').map(|k| k.replace("~1", "/").replace("~0", "~")).collect();
    let key = keys.pop().unwrap_or_default();
    let mut holder = document;
    for key in keys {
        holder = match holder {
            Value::Map(_) if holder.get(&key).is_some() => holder.map_mut().entry(&key),
            Value::List(list) => {
                let i = index(&key, list.len()).map_err(|_| missing())?;
                &mut holder.list_mut()[i]
            }
            _ => return Err(missing()),
        };
    }
    match holder {
        Value::Map(_) | Value::List(_) => Ok(Place { holder, key }),
        _ => Err(missing()),
    }
}

/// An index below `len`; one below zero counts from the end.
fn index(key: &str, len: usize) -> Result<usize, String> {
    let given: i64 = key.parse().map_err(|_| format!("strconv.Atoi: parsing \"{key}\": invalid syntax"))?;
    let i = if given < 0 { given + len as i64 } else { given };
    usize::try_from(i)
        .ok()
        .filter(|i| *i < len)
        .ok_or_else(|| format!("Unable to access invalid index: {given}: invalid index referenced"))
}

impl Place<'_> {
    /// What is there; null in a map without the key.
    fn get(&self) -> Result<Value, String> {
        match &*self.holder {
            Value::List(list) => Ok(list[index(&self.key, list.len())?].clone()),
            _ => Ok(self.holder.get(&self.key).cloned().unwrap_or_default()),
        }
    }

    fn set(&mut self, value: Value) -> Result<(), String> {
        match self.holder {
            Value::List(list) => {
                let i = index(&self.key, list.len())?;
                self.holder.list_mut()[i] = value;
            }
            _ => drop(self.holder.map_mut().insert(&self.key, value)),
        }
        Ok(())
    }

    /// Sets a key, or puts a value into a list before the one at the index.
    fn add(&mut self, value: Value) -> Result<(), String> {
        let Value::List(list) = &*self.holder else { return self.set(value) };
        let i = match self.key.as_str() {
            "-" => list.len(),
            key if key.parse::<i64>().is_err() => {
                return Err(format!(
                    "value was not a proper array index: '{key}': strconv.Atoi: parsing \"{key}\": invalid syntax"
                ));
            }
            key => index(key, list.len() + 1)?,
        };
        self.holder.list_mut().insert(i, value);
        Ok(())
    }

    fn remove(&mut self) -> Result<Value, String> {
        match self.holder {
            Value::List(list) => {
                let i = index(&self.key, list.len())?;
                Ok(self.holder.list_mut().remove(i))
            }
            _ => {
                let removed = self.holder.map_mut().remove(&self.key);
                removed
                    .ok_or_else(|| format!("Unable to remove nonexistent key: {}: missing value", self.key))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn refusal(patch: Value) -> String {
        let current = json!({"spec": {"replicas": 2, "list": [1, 2]}});
        apply_json_patch(&current, &patch).unwrap_err().to_string()
    }

    #[test]
    fn operations_apply_in_order_or_not_at_all() {
        let current = json!({"data": {"a": "1"}, "list": [1, 2]});
        let patch = json!([
            {"op": "test", "path": "/data/a", "value": "1"},
            {"op": "add", "path": "/list/-", "value": 3},
            {"op": "add", "path": "/list/0", "value": 0},
            {"op": "remove", "path": "/list/-1"},
            {"op": "remove", "path": "/data/a"},
            {"op": "replace", "path": "/data/b~1c", "value": "2"},
            {"op": "copy", "from": "/data/nothing", "path": "/data/d"},
            {"op": "move", "from": "/list/0", "path": "/data/e"},
        ]);
        assert_eq!(
            apply_json_patch(&current, &patch).unwrap(),
            json!({"data": {"b/c": "2", "d": null, "e": 0}, "list": [1, 2]})
        );
        assert_eq!(
            apply_json_patch(&current, &json!({})).unwrap_err().to_string(),
            "json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
        );
    }

    /// The words of kubectl 1.33 for `patch --local --type=json`.
    #[test]
    fn refusals_are_worded_as_those_of_clients() {
        let cases = [
            (
                json!([{"op": "remove", "path": "/spec/zz"}]),
                "error in remove for path: '/spec/zz': Unable to remove nonexistent key: zz: missing value",
            ),
            (
                json!([{"op": "replace", "path": "/zz/yy", "value": 1}]),
                "replace operation does not apply: doc is missing path: /zz/yy: missing value",
            ),
            (
                json!([{"op": "add", "path": "/zz/yy", "value": 1}]),
                "add operation does not apply: doc is missing path: \"/zz/yy\": missing value",
            ),
            (
                json!([{"op": "test", "path": "/spec/replicas", "value": 9}]),
                "testing value /spec/replicas failed: test failed",
            ),
            (
                json!([{"op": "move", "from": "/spec/zz", "path": "/spec/yy"}]),
                "error in move for path: 'zz': Unable to remove nonexistent key: zz: missing value",
            ),
            (
                json!([{"op": "add", "path": "/spec/list/9", "value": 1}]),
                "error in add for path: '/spec/list/9': Unable to access invalid index: 9: invalid index referenced",
            ),
            (
                json!([{"op": "replace", "path": "/spec/list/9", "value": 1}]),
                "replace operation does not apply: doc is missing key: /spec/list/9: missing value",
            ),
            (
                json!([{"op": "add", "path": "/spec/list/x", "value": 1}]),
                "error in add for path: '/spec/list/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": invalid syntax",
            ),
            (json!([{"path": "/spec"}]), "Unexpected kind: unknown"),
        ];
        for (patch, text) in cases {
            assert_eq!(refusal(patch), text);
        }
    }
}
