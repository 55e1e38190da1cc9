//! Printing: `json.dumps` and `repr`.

use super::number::repr_float;
use super::{Entries, Json};
use std::fmt::Write;

/// Lines indented by four, characters beyond ASCII as they are, without a line break at the end.
pub fn indented(value: &Json) -> String {
    let mut out = String::new();
    write_indented(value, 0, &mut out);
    out
}

fn write_indented(value: &Json, depth: usize, out: &mut String) {
    let line = |depth: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", depth));
    };
    match value {
        Json::List(items) if !items.is_empty() => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                line(depth + 1, out);
                write_indented(item, depth + 1, out);
            }
            line(depth, out);
            out.push(']');
        }
        Json::Map(entries) if !entries.is_empty() => {
            out.push('{');
            for (i, (key, item)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                line(depth + 1, out);
                out.push_str(&quoted(key, false));
                out.push_str(": ");
                write_indented(item, depth + 1, out);
            }
            line(depth, out);
            out.push('}');
        }
        other => out.push_str(&compact(other, (",", ":"), false)),
    }
}

/// On one line, with these separators of items and of key and value; `ascii` escapes everything beyond ASCII.
pub fn compact(value: &Json, separators: (&str, &str), ascii: bool) -> String {
    match value {
        Json::Null => "null".into(),
        Json::Bool(b) => b.to_string(),
        Json::Int(i) => i.to_string(),
        Json::Float(f) => repr_float(*f),
        Json::Str(s) => quoted(s, ascii),
        Json::List(items) => {
            let items: Vec<String> = items.iter().map(|item| compact(item, separators, ascii)).collect();
            format!("[{}]", items.join(separators.0))
        }
        Json::Map(entries) => {
            let pair = |(key, item): (&std::sync::Arc<str>, &Json)| {
                format!("{}{}{}", quoted(key, ascii), separators.1, compact(item, separators, ascii))
            };
            format!("{{{}}}", entries.iter().map(pair).collect::<Vec<_>>().join(separators.0))
        }
    }
}

/// A JSON string: only `"`, `\` and control characters are escaped, unless `ascii` asks for more.
fn quoted(text: &str, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 || ascii && !c.is_ascii() => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The name of the type in Python.
pub fn python_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "NoneType",
        Json::Bool(_) => "bool",
        Json::Int(_) => "int",
        Json::Float(_) => "float",
        Json::Str(_) => "str",
        Json::List(_) => "list",
        Json::Map(_) => "dict",
    }
}

/// `str(value)`: strings bare, everything else as `repr` has it.
pub fn str(value: &Json) -> String {
    match value {
        Json::Str(s) => s.to_string(),
        other => repr(other),
    }
}

/// `repr(value)`: Python's notation.
pub fn repr(value: &Json) -> String {
    match value {
        Json::Null => "None".into(),
        Json::Bool(true) => "True".into(),
        Json::Bool(false) => "False".into(),
        Json::Int(i) => i.to_string(),
        Json::Float(f) => match repr_float(*f).as_str() {
            "NaN" => "nan".into(),
            "Infinity" => "inf".into(),
            "-Infinity" => "-inf".into(),
            number => number.to_string(),
        },
        Json::Str(s) => repr_str(s),
        Json::List(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Json::Map(entries) => repr_map(entries),
    }
}

fn repr_map(entries: &Entries) -> String {
    let pairs: Vec<String> = entries.iter().map(|(k, v)| format!("{}: {}", repr_str(k), repr(v))).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// Single quotes, unless only single quotes are inside; what cannot be printed is escaped.
fn repr_str(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 0x20 || (0x7f..=0xa0).contains(&(c as u32)) || c == '\u{ad}' => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{3000}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}
