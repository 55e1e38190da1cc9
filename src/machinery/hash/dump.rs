//! A pod template as Go would print its structs: every field in the order of declaration, each with its type.
//!
//! The names of ReplicaSets hang on this text, so it has to be the same to the byte. The table beside this file lists the
//! structs by name: a line with the type, then its fields, each with Go name, Go type and JSON key (`^` where the fields of the
//! struct stand in its parent's map).

use crate::machinery::quantity::RawAmount;
use crate::machinery::sorted_text;
use crate::machinery::value::{NULL, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::rc::Rc;

pub(super) struct Field {
    pub name: &'static str,
    pub go_type: &'static str,
    /// None where the struct is embedded.
    pub key: Option<&'static str>,
}

thread_local! {
    static KNOWN: RefCell<BTreeMap<String, Option<Rc<[Field]>>>> = RefCell::default();
}

/// The fields of a struct; nothing for other types.
pub(super) fn fields(go_type: &str) -> Option<Rc<[Field]>> {
    KNOWN.with_borrow_mut(|known| {
        if !known.contains_key(go_type) {
            let lines = sorted_text::block(include_str!("pod_template.txt"), go_type);
            let fields = lines.map(|(_, lines)| lines.filter_map(Field::parse).collect());
            known.insert(go_type.to_string(), fields);
        }
        known[go_type].clone()
    })
}

impl Field {
    fn parse(line: &'static str) -> Option<Field> {
        let mut words = line.split(' ');
        let (name, go_type, key) = (words.next()?, words.next()?, words.next()?);
        Some(Field { name, go_type, key: (key != "^").then_some(key) })
    }
}

const NO_TIME: &str = "{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}";

pub(super) fn pod_template(template: &Value) -> String {
    let mut out = String::with_capacity(4096);
    typed(&mut out, "v1.PodTemplateSpec", template);
    out
}

/// The type in brackets, then the value: how a field is printed.
fn typed(out: &mut String, go_type: &str, value: &Value) {
    let _ = write!(out, "({go_type})");
    payload(out, go_type, value);
}

fn payload(out: &mut String, go_type: &str, value: &Value) {
    if let Some(pointee) = go_type.strip_prefix('*') {
        return match value {
            Value::Null => out.push_str("<nil>"),
            _ => payload(out, pointee, value),
        };
    }
    if let Some(element) = go_type.strip_prefix("[]") {
        let Some(items) = value.as_list() else { return out.push_str("<nil>") };
        out.push('[');
        for (i, item) in items.iter().enumerate() {
            separate(out, i);
            payload(out, element, item);
        }
        return out.push(']');
    }
    match go_type {
        "map[string]string" => map(out, "string", value),
        "v1.ResourceList" => map(out, "resource.Quantity", value),
        "resource.Quantity" => quantity(out, value),
        "intstr.IntOrString" => int_or_string(out, value),
        "v1.Time" => out.push_str(NO_TIME),
        "bool" => out.push_str(if value.as_bool().unwrap_or(false) { "true" } else { "false" }),
        "int32" | "int64" => {
            let _ = write!(out, "{}", value.as_i64().unwrap_or(0));
        }
        _ => match fields(go_type) {
            Some(fields) => structure(out, &fields, value),
            // Whatever else has a name of its own is a string.
            None => out.push_str(value.as_str().unwrap_or("")),
        },
    }
}

fn separate(out: &mut String, i: usize) {
    if i > 0 {
        out.push(' ');
    }
}

fn structure(out: &mut String, fields: &[Field], value: &Value) {
    out.push('{');
    for (i, field) in fields.iter().enumerate() {
        separate(out, i);
        let _ = write!(out, "{}:", field.name);
        let inner = match field.key {
            Some(key) => value.get(key).unwrap_or(&NULL),
            None => value,
        };
        typed(out, field.go_type, inner);
    }
    out.push('}');
}

fn map(out: &mut String, element: &str, value: &Value) {
    let Some(map) = value.as_map() else { return out.push_str("<nil>") };
    out.push_str("map[");
    for (i, (key, item)) in map.iter().enumerate() {
        separate(out, i);
        let _ = write!(out, "{key}:");
        payload(out, element, item);
    }
    out.push(']');
}

fn quantity(out: &mut String, value: &Value) {
    let RawAmount { value, scale, text, format } = RawAmount::of(value);
    let _ = write!(
        out,
        "{{i:(resource.int64Amount){{value:(int64){value} scale:(resource.Scale){scale}}} \
         d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){text} Format:(resource.Format){format}}}"
    );
}

fn int_or_string(out: &mut String, value: &Value) {
    let (kind, number, text) = match value.as_str() {
        Some(text) => (1, 0, text),
        None => (0, value.as_i64().unwrap_or(0), ""),
    };
    let _ = write!(out, "{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){text}}}");
}
