//! What only the text of a body shows: fields that stand there twice, and the order in which unknown ones come.

use super::types::{GoType, Kind, Type};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;

/// The complaints of strict decoding about a JSON text of type `ty`, in document order.
pub(super) fn unknown_and_duplicate(ty: &'static Type, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let walk = Walk { at: At::Struct(ty), path: String::new(), found: &mut found };
    // The text was parsed before: an error here is one of types, and told elsewhere.
    let _ = walk.deserialize(&mut serde_json::Deserializer::from_str(text));
    found
}

/// What is expected at a place of the document.
#[derive(Clone, Copy)]
enum At {
    Struct(&'static Type),
    Value(&'static GoType),
    /// Anything: only duplicates count.
    Any,
}

struct Walk<'a> {
    at: At,
    path: String,
    found: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let at = match self.at {
            At::Value(GoType { kind: Kind::List(item), .. }) => At::of(item),
            _ => At::Any,
        };
        let mut index = 0;
        loop {
            let path = format!("{}[{index}]", self.path);
            if seq.next_element_seed(Walk { at, path, found: self.found })?.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let path = if self.path.is_empty() { key.clone() } else { format!("{}.{key}", self.path) };
            let below = match self.at {
                At::Struct(ty) => {
                    let field = ty.fields.binary_search_by(|f| f.name.cmp(&key));
                    field.ok().map(|i| At::of(&ty.fields[i].ty))
                }
                At::Value(GoType { kind: Kind::Map(item), .. }) => Some(At::of(item)),
                _ => Some(At::Any),
            };
            let complaint = match below {
                None => Some(format!("unknown field \"{path}\"")),
                Some(_) if seen.contains(&key) => Some(format!("duplicate field \"{path}\"")),
                Some(_) => None,
            };
            self.found.extend(complaint.filter(|c| !self.found.contains(c)));
            match below {
                Some(at) => map.next_value_seed(Walk { at, path, found: self.found })?,
                None => map.next_value::<IgnoredAny>().map(|_| ())?,
            }
            seen.insert(key);
        }
        Ok(())
    }
}

impl At {
    fn of(ty: &'static GoType) -> At {
        match &ty.kind {
            Kind::Struct(r) => r.get().map_or(At::Any, At::Struct),
            Kind::Raw => At::Any,
            _ => At::Value(ty),
        }
    }
}

/// A syntax error in the words of Go's JSON reader.
pub(super) fn go_syntax_error(text: &str, error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "unexpected end of JSON input".to_string();
    }
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = (line_start + error.column().saturating_sub(1)).min(text.len());
    let bad = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
    let before = text.get(..at).unwrap_or("").trim_end();
    let place = match before.chars().last() {
        None | Some(':' | '[') => "looking for beginning of value",
        Some('{') => "looking for beginning of object key string",
        Some(',') if open_bracket(before) == Some('{') => "looking for beginning of object key string",
        Some(',') => "looking for beginning of value",
        _ => match open_bracket(before) {
            Some('{') if after_key(before) => "after object key",
            Some('{') => "after object key:value pair",
            Some(_) => "after array element",
            None => "after top-level value",
        },
    };
    let shown = if bad == '\'' { "'\\''".to_string() } else { format!("'{bad}'") };
    format!("invalid character {shown} {place}")
}

/// The innermost bracket that is still open.
fn open_bracket(text: &str) -> Option<char> {
    let (mut open, mut in_string, mut escaped) = (Vec::new(), false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ if in_string => {}
            '{' | '[' => open.push(c),
            '}' | ']' => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

/// Whether the last string of an object is a key without its colon.
fn after_key(text: &str) -> bool {
    let Some(start) = text.strip_suffix('"').and_then(|t| t.rfind('"')) else { return false };
    matches!(text[..start].trim_end().chars().last(), Some('{' | ','))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(text: &str) -> Vec<String> {
        unknown_and_duplicate(Type::named("core/v1.Pod").unwrap(), text)
    }

    #[test]
    fn complaints_come_in_document_order() {
        let text = r#"{"metadata":{"name":"x","bar":2,"labels":{"a":"1","a":"2"}},"foo":1,"foo":2,
            "spec":{"containers":[{"name":"c"},{"imagee":"x","name":"d","name":"e"}]}}"#;
        assert_eq!(
            complaints(text),
            [
                "unknown field \"metadata.bar\"",
                "duplicate field \"metadata.labels.a\"",
                "unknown field \"foo\"",
                "unknown field \"spec.containers[1].imagee\"",
                "duplicate field \"spec.containers[1].name\"",
            ]
        );
    }

    #[test]
    fn syntax_errors_read_as_from_go() {
        for (text, why) in [
            ("{bad", "invalid character 'b' looking for beginning of object key string"),
            ("", "unexpected end of JSON input"),
            ("{\"a\":1", "unexpected end of JSON input"),
            ("{\"a\":x}", "invalid character 'x' looking for beginning of value"),
            ("{\"a\":1 2}", "invalid character '2' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{} x", "invalid character 'x' after top-level value"),
        ] {
            let error = serde_json::from_str::<crate::machinery::Value>(text).unwrap_err();
            assert_eq!(go_syntax_error(text, &error), why, "{text}");
        }
    }
}
