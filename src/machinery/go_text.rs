//! How Go writes values down: `%v`, `%#v`, `%q`, the `g` form of floats and `encoding/json`.
//!
//! kubectl and the API server let these show in messages, columns and dumps, so the forms are part of what they print.

use super::value::Value;
use std::fmt::Write;

/// An operating system's error as Go words it: `no such file or directory`, `is a directory`.
pub fn io_error(e: &std::io::Error) -> String {
    let text = e.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Why a file could not be read, as Go's `os.ReadFile` says it: `open nope: no such file or directory`. A directory can be
/// opened and not be read.
pub fn read_error(path: &str, e: &std::io::Error) -> String {
    let operation = if e.kind() == std::io::ErrorKind::IsADirectory { "read" } else { "open" };
    format!("{operation} {path}: {}", io_error(e))
}

/// The shortest scientific form `1.5e-7`, with a sign and at least `least` digits in the exponent.
fn scientific(text: &str, least: usize) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, size) = exponent.strip_prefix('-').map_or(('+', exponent), |size| ('-', size));
    format!("{mantissa}e{sign}{size:0>least$}")
}

/// A float as `%v` and go-yaml print it: `0.5`, `1e+06`, `1.5000005e+06`.
pub fn float_g(f: f64) -> String {
    if f.is_nan() {
        return "NaN".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let size = f.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) {
        scientific(&format!("{f:e}"), 2)
    } else {
        format!("{f}")
    }
}

/// A float with a number of significant digits, as `%.6g` prints it: zeros at the end are left out.
pub fn float_g_digits(f: f64, digits: usize) -> String {
    if f == 0.0 || !f.is_finite() {
        return float_g(f);
    }
    let rounded: f64 = format!("{f:.*e}", digits.saturating_sub(1)).parse().unwrap_or(f);
    let exponent = rounded.abs().log10().floor() as i32;
    if (-4..digits as i32).contains(&exponent) {
        return format!("{rounded}");
    }
    scientific(&format!("{rounded:e}"), 2)
}

/// As [`float_g`], for a float of 32 bits: the shortest digits that tell it from its neighbours are fewer.
pub fn float32_g(f: f32) -> String {
    let size = f.abs();
    if f.is_finite() && size != 0.0 && !(1e-4..1e6).contains(&size) {
        return scientific(&format!("{f:e}"), 2);
    }
    if f.is_finite() { format!("{f}") } else { float_g(f64::from(f)) }
}

/// A float as `encoding/json` prints it: an exponent only below 1e-6 and from 1e21 on.
pub fn float_json(f: f64) -> String {
    let size = f.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        scientific(&format!("{f:e}"), 1)
    } else {
        format!("{f}")
    }
}

/// A string as `%q` quotes it.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            c if (c as u32) < 0x20 || c == '\x7f' => drop(write!(out, "\\x{:02x}", c as u32)),
            c if !is_print(c) && (c as u32) < 0x10000 => drop(write!(out, "\\u{:04x}", c as u32)),
            c if !is_print(c) => drop(write!(out, "\\U{:08x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether Go's `%q` leaves a character as it is. Beyond ASCII, Rust escapes the same classes (controls, separators,
/// unassigned), apart from combining marks.
fn is_print(c: char) -> bool {
    c.is_ascii() || c.escape_debug().len() == 1 || !c.is_control() && c.is_alphanumeric()
}

/// A value as `%v` prints it: `map[a:1 b:[x y]]`, `<nil>`.
pub fn plain(value: &Value) -> String {
    let mut out = String::new();
    write_plain(value, &mut out);
    out
}

fn write_plain(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(b) => drop(write!(out, "{b}")),
        Value::Int(i) => drop(write!(out, "{i}")),
        Value::Float(f) => out.push_str(&float_g(*f)),
        Value::Str(s) => out.push_str(s),
        Value::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(' ');
                }
                write_plain(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push_str("map[");
            for (n, (key, item)) in map.iter().enumerate() {
                if n > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                write_plain(item, out);
            }
            out.push(']');
        }
    }
}

/// A value as `%#v` prints it: `map[string]interface {}{"a":1, "b":[]interface {}{"x"}}`.
pub fn go_syntax(value: &Value) -> String {
    go_syntax_with(value, "map[string]interface {}")
}

/// As [`go_syntax`], with the type maps have.
pub fn go_syntax_with(value: &Value, map_type: &str) -> String {
    let mut out = String::new();
    write_go_syntax(value, map_type, &mut out);
    out
}

fn write_go_syntax(value: &Value, map_type: &str, out: &mut String) {
    match value {
        Value::Null => out.push_str("interface {}(nil)"),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => write_plain(value, out),
        Value::Str(s) => out.push_str(&quote(s)),
        Value::List(items) => {
            out.push_str("[]interface {}{");
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                write_go_syntax(item, map_type, out);
            }
            out.push('}');
        }
        Value::Map(map) => {
            out.push_str(map_type);
            out.push('{');
            for (n, (key, item)) in map.iter().enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                out.push_str(&quote(key));
                out.push(':');
                write_go_syntax(item, map_type, out);
            }
            out.push('}');
        }
    }
}

/// A string as `encoding/json` writes it, with `<`, `>` and `&` escaped for HTML.
pub fn json_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| {
        (c as u32) < 0x20 || matches!(c, '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
    }) {
        out.push_str(&rest[..at]);
        let c = rest[at..].chars().next().unwrap_or_default();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            c => drop(write!(out, "\\u{:04x}", c as u32)),
        }
        rest = &rest[at + c.len_utf8()..];
    }
    out.push_str(rest);
    out.push('"');
}

/// A JSON value as the messages of Go's decoder name it.
pub fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

/// Compact JSON as `json.Marshal` writes it: keys sorted, HTML escaped. The form of patches on the wire, of the
/// last-applied annotation and of jsonpath results.
pub fn json(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, None, 0, &mut out);
    out
}

/// JSON as `json.MarshalIndent` writes it: kubectl indents by four blanks.
pub fn json_indented(value: &Value, indent: &str) -> String {
    let mut out = String::new();
    write_json(value, Some(indent), 0, &mut out);
    out
}

fn write_json(value: &Value, indent: Option<&str>, depth: usize, out: &mut String) {
    let line = |depth: usize, out: &mut String| {
        if let Some(indent) = indent {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str(indent));
        }
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => drop(write!(out, "{b}")),
        Value::Int(i) => drop(write!(out, "{i}")),
        Value::Float(f) => out.push_str(&float_json(*f)),
        Value::Str(s) => json_string(s, out),
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                line(depth + 1, out);
                write_json(item, indent, depth + 1, out);
            }
            line(depth, out);
            out.push(']');
        }
        Value::Map(map) if map.is_empty() => out.push_str("{}"),
        Value::Map(map) => {
            out.push('{');
            for (n, (key, item)) in map.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                line(depth + 1, out);
                json_string(key, out);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write_json(item, indent, depth + 1, out);
            }
            line(depth, out);
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn floats_print_as_kubectl_prints_them() {
        let floats = [0.5, 1500000.5, 123456789.5, 1e21, 1.5e-5, 0.0001, 100000.5, 1e-7, 1e100];
        assert_eq!(
            floats.map(float_g),
            [
                "0.5",
                "1.5000005e+06",
                "1.234567895e+08",
                "1e+21",
                "1.5e-05",
                "0.0001",
                "100000.5",
                "1e-07",
                "1e+100"
            ]
        );
        assert_eq!(
            floats.map(float_json),
            ["0.5", "1500000.5", "123456789.5", "1e+21", "0.000015", "0.0001", "100000.5", "1e-7", "1e+100"]
        );
        assert_eq!(float_json(12345678901234567890.0), "12345678901234567000");
    }

    #[test]
    fn maps_and_lists_in_the_three_forms() {
        let v = json!({"b": [1, "x y", null, true], "a": {"k": "<\"&>\u{1}\t한"}});
        assert_eq!(plain(&v), "map[a:map[k:<\"&>\u{1}\t한] b:[1 x y <nil> true]]");
        assert_eq!(
            go_syntax(&v),
            "map[string]interface {}{\"a\":map[string]interface {}{\"k\":\"<\\\"&>\\x01\\t한\"}, \
             \"b\":[]interface {}{1, \"x y\", interface {}(nil), true}}"
        );
        assert_eq!(
            super::json(&v),
            r#"{"a":{"k":"\u003c\"\u0026\u003e\u0001\t한"},"b":[1,"x y",null,true]}"#
        );
        assert_eq!(
            json_indented(&json!({"a": [], "b": {}, "c": [1, 2]}), "    "),
            "{\n    \"a\": [],\n    \"b\": {},\n    \"c\": [\n        1,\n        2\n    ]\n}"
        );
    }
}
