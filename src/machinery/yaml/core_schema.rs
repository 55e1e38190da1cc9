//! YAML as the AWS command line prints it: libyaml's layout, the YAML 1.2 core schema with dates (ruamel.yaml), keys in
//! code point order, single quotes where plain text would read as something else.

use super::emitter::{Emitter, INDENT, Place, SIMPLE_KEY_LENGTH};
use super::style::{Analysis, Style};
use crate::machinery::ordered::{self, Entries, Json};
use regex_lite::Regex;
use std::sync::OnceLock;

/// A list or map as YAML lines.
pub fn to_core_yaml(value: &Json) -> String {
    let mut out = Emitter { libyaml: true, ..Emitter::default() };
    node(&mut out, value, None, Place::Root);
    out.indent(0);
    out.out
}

/// What a plain text reads as other than a string, by the rules of YAML 1.2's core schema and dates.
fn reads_as_other(text: &str) -> bool {
    static RULES: OnceLock<Vec<Regex>> = OnceLock::new();
    if matches!(text, "" | "~" | "null" | "Null" | "NULL" | "<<" | "=") {
        return true;
    }
    if matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE") {
        return true;
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return false;
    }
    let rules = RULES.get_or_init(|| {
        let rules = [
            r"^[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?$",
            r"^[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+$",
            r"^[-+]?\.[0-9_]+([eE][-+][0-9]+)?$",
            r"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$",
            r"^[-+]?(0b[01_]+|0o?[0-7_]+|[0-9_]+|0x[0-9a-fA-F_]+)$",
            r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            concat!(
                r"^[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?([Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}",
                r"(\.[0-9]*)?([ \t]*(Z|[-+][0-9][0-9]?(:[0-9]{2})?))?$"
            ),
        ];
        rules.into_iter().filter_map(|rule| Regex::new(rule).ok()).collect()
    });
    rules.iter().any(|rule| rule.is_match(text))
}

fn node(out: &mut Emitter, value: &Json, indent: Option<usize>, place: Place) {
    match value {
        Json::Null => out.plain("null"),
        Json::Bool(b) => out.plain(&b.to_string()),
        Json::Int(i) => out.plain(&i.to_string()),
        Json::Float(f) => out.plain(&match *f {
            f if f.is_nan() => ".nan".to_string(),
            f if f.is_infinite() => if f > 0.0 { ".inf" } else { "-.inf" }.to_string(),
            f => ordered::repr_float(f),
        }),
        Json::Str(text) => string(out, text, indent, place),
        Json::List(items) if items.is_empty() => out.plain("[]"),
        Json::List(items) => {
            let level = match indent {
                Some(indent) if place == Place::MapValue && !out.after_indent => indent,
                other => other.map_or(0, |indent| indent + INDENT),
            };
            for item in items.iter() {
                out.indent(level);
                out.indicator("-", true, true);
                node(out, item, Some(level), Place::Item);
            }
        }
        Json::Map(entries) if entries.is_empty() => out.plain("{}"),
        Json::Map(entries) => map(out, entries, indent),
    }
}

fn map(out: &mut Emitter, entries: &Entries, indent: Option<usize>) {
    let level = indent.map_or(0, |indent| indent + INDENT);
    for key in entries.sorted_keys() {
        out.indent(level);
        if key.len() <= SIMPLE_KEY_LENGTH && !Analysis::of(key).multiline {
            string(out, key, Some(level), Place::SimpleKey);
            out.indicator(":", false, false);
        } else {
            out.indicator("?", true, true);
            string(out, key, Some(level), Place::MapValue);
            out.indent(level);
            out.indicator(":", true, true);
        }
        node(out, entries.get(key).unwrap_or(&Json::Null), Some(level), Place::MapValue);
    }
}

fn string(out: &mut Emitter, text: &str, indent: Option<usize>, place: Place) {
    let wish = if reads_as_other(text) { Style::SingleQuoted } else { Style::Plain };
    let key = place == Place::SimpleKey;
    let indent = indent.map_or(INDENT, |indent| indent + INDENT);
    match Analysis::of(text).style(wish, key) {
        Style::Plain => out.plain_text(text, indent, !key),
        Style::SingleQuoted => out.single_quoted(text, indent, !key),
        _ => out.double_quoted(text, indent, !key),
    }
}
