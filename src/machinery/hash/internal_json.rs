//! A pod's spec as the API server's own structs print in JSON: fields in the order of declaration under their Go names,
//! nothing left out. Messages about what may not be changed show it.

use super::dump::{self, Field};
use crate::machinery::value::{NULL, Value};

/// Fields of the spec that the server keeps in its security context, or not at all.
const ELSEWHERE: [&str; 6] =
    ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers", "serviceAccount"];
/// Those it keeps in the security context, before all others.
const IN_CONTEXT: [(&str, &str, &str); 5] = [
    ("HostNetwork", "hostNetwork", "bool"),
    ("HostPID", "hostPID", "bool"),
    ("HostIPC", "hostIPC", "bool"),
    ("ShareProcessNamespace", "shareProcessNamespace", "*bool"),
    ("HostUsers", "hostUsers", "*bool"),
];

/// Writes either on one line or with a line a field, indented by one space a level.
struct Writer {
    out: String,
    pretty: bool,
    depth: usize,
}

/// The spec, a line a field.
pub(super) fn spec_lines(spec: &Value) -> String {
    let mut writer = Writer { out: String::with_capacity(8192), pretty: true, depth: 0 };
    writer.value("v1.PodSpec", spec, &NULL);
    writer.out
}

/// A pod template on one line. Its metadata is public and prints as usual.
pub(super) fn template_line(template: &Value) -> String {
    let mut writer = Writer { out: String::with_capacity(4096), pretty: false, depth: 0 };
    writer.out.push('{');
    for field in dump::fields("v1.ObjectMeta").iter().flat_map(|fields| fields.iter()) {
        let Some(key) = field.key else { continue };
        let value = &template["metadata"][key];
        if !value.is_empty_value() {
            writer.out.push_str(&format!("\"{key}\":{},", value.to_json()));
        }
    }
    writer.out.push_str("\"Spec\":");
    writer.value("v1.PodSpec", &template["spec"], &NULL);
    writer.out.push('}');
    writer.out
}

impl Writer {
    fn line(&mut self) {
        if self.pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', self.depth));
        }
    }

    /// `whole` is the spec that a security context belongs to.
    fn value(&mut self, go_type: &str, value: &Value, whole: &Value) {
        if let Some(pointee) = go_type.strip_prefix('*') {
            return if value.is_null() {
                self.out.push_str("null")
            } else {
                self.value(pointee, value, whole)
            };
        }
        if let Some(element) = go_type.strip_prefix("[]") {
            return self.list(element, value);
        }
        match go_type {
            "map[string]string" | "v1.ResourceList" => self.map(value),
            "resource.Quantity" if value.is_null() => self.out.push_str("\"0\""),
            "intstr.IntOrString" if value.is_null() => self.out.push('0'),
            "bool" if value.is_null() => self.out.push_str("false"),
            "int32" | "int64" if value.is_null() => self.out.push('0'),
            "resource.Quantity" | "intstr.IntOrString" | "bool" | "int32" | "int64" | "v1.Time" => {
                self.out.push_str(&value.to_json());
            }
            _ => match dump::fields(go_type) {
                Some(fields) => self.structure(go_type, &fields, value, whole),
                None if value.is_null() => self.out.push_str("\"\""),
                None => self.out.push_str(&value.to_json()),
            },
        }
    }

    fn structure(&mut self, go_type: &str, fields: &[Field], value: &Value, whole: &Value) {
        self.out.push('{');
        self.depth += 1;
        let mut first = true;
        if go_type == "v1.PodSecurityContext" {
            for (name, key, go_type) in IN_CONTEXT {
                self.field(&mut first, name, go_type, &whole[key], whole);
            }
        }
        self.fields(&mut first, go_type, fields, value);
        self.depth -= 1;
        self.line();
        self.out.push('}');
    }

    fn fields(&mut self, first: &mut bool, go_type: &str, fields: &[Field], value: &Value) {
        for field in fields {
            match field.key {
                Some(key) if go_type == "v1.PodSpec" && ELSEWHERE.contains(&key) => {}
                Some(key) => {
                    self.field(first, field.name, field.go_type, value.get(key).unwrap_or(&NULL), value)
                }
                // An embedded struct puts its fields among those of its parent.
                None => {
                    let inner = field.go_type.trim_start_matches('*');
                    if let Some(embedded) = dump::fields(inner) {
                        self.fields(first, inner, &embedded, value);
                    }
                }
            }
        }
    }

    fn field(&mut self, first: &mut bool, name: &str, go_type: &str, value: &Value, whole: &Value) {
        if !std::mem::take(first) {
            self.out.push(',');
        }
        self.line();
        self.out.push_str(&format!("\"{name}\":{}", if self.pretty { " " } else { "" }));
        self.value(go_type, value, whole);
    }

    fn list(&mut self, element: &str, value: &Value) {
        let Some(items) = value.as_list() else { return self.out.push_str("null") };
        if items.is_empty() {
            return self.out.push_str("[]");
        }
        self.out.push('[');
        self.depth += 1;
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            self.line();
            self.value(element, item, &NULL);
        }
        self.depth -= 1;
        self.line();
        self.out.push(']');
    }

    fn map(&mut self, value: &Value) {
        let Some(map) = value.as_map() else { return self.out.push_str("null") };
        if map.is_empty() {
            return self.out.push_str("{}");
        }
        self.out.push('{');
        self.depth += 1;
        for (i, (key, item)) in map.iter().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            self.line();
            let space = if self.pretty { " " } else { "" };
            self.out.push_str(&format!("\"{key}\":{space}{}", item.to_json()));
        }
        self.depth -= 1;
        self.line();
        self.out.push('}');
    }
}
