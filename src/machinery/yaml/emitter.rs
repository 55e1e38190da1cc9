//! A value to YAML text, as `kubectl -o yaml` prints it: blocks indented by two, lists level with their key, keys in
//! natural order, scalars in the first style that reads back as the same string.
//!
//! The rules of layout are libyaml's, with what go-yaml does differently: characters beyond the basic plane are escaped,
//! and a kept line break at the end needs no `...` after it.

use super::reader::{YamlError, read};
use super::scalar::{self, Scalar};
use super::style::{Analysis, Style};
use crate::machinery::{Map, Value, go_text};
use std::cmp::Ordering;

/// The value as a YAML document, with a line break at its end. An error stands for a character go-yaml refuses.
pub fn to_yaml(value: &Value) -> Result<String, YamlError> {
    let mut out = Emitter::default();
    // kubectl prints through JSON text that go-yaml reads back. What YAML takes for a line break comes out changed
    // there, and some characters are refused.
    if holds(value, &|text| text.contains(|c| matches!(c, '\x7f'..='\u{9f}' | '\u{fffe}' | '\u{ffff}'))) {
        out.node(&read(&go_text::json(value))?, None, Place::Root);
    } else {
        out.node(value, None, Place::Root);
    }
    out.indent(0);
    Ok(out.out)
}

/// Whether any key or string satisfies `test`.
fn holds(value: &Value, test: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Str(text) => test(text),
        Value::List(items) => items.iter().any(|item| holds(item, test)),
        Value::Map(map) => map.iter().any(|(key, item)| test(key) || holds(item, test)),
        _ => false,
    }
}

/// Where a node stands: a list inside a map needs no indentation of its own.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Root,
    Item,
    MapValue,
    /// A key short enough to stand on the line of its value.
    SimpleKey,
}

/// Lines are broken at the first blank past this column.
pub(super) const WIDTH: usize = 80;
pub(super) const INDENT: usize = 2;
/// A longer key is written behind `? `.
pub(super) const SIMPLE_KEY_LENGTH: usize = 128;

pub(super) struct Emitter {
    pub(super) out: String,
    pub(super) column: usize,
    /// The last character was a blank, or the line is empty.
    pub(super) after_blank: bool,
    /// Nothing but blanks and `-`, `?` stand on the line.
    pub(super) after_indent: bool,
    /// libyaml as it is, without what go-yaml does differently.
    pub(super) libyaml: bool,
}

impl Default for Emitter {
    fn default() -> Emitter {
        Emitter { out: String::new(), column: 0, after_blank: true, after_indent: true, libyaml: false }
    }
}

impl Emitter {
    fn node(&mut self, value: &Value, indent: Option<usize>, place: Place) {
        match value {
            Value::Null => self.plain("null"),
            Value::Bool(b) => self.plain(&b.to_string()),
            Value::Int(i) => self.plain(&i.to_string()),
            Value::Float(f) => self.plain(&number(*f)),
            Value::Str(text) => self.string(text, indent, place),
            Value::List(items) if items.is_empty() => self.plain("[]"),
            Value::List(items) => self.list(items, indent, place),
            Value::Map(map) if map.is_empty() => self.plain("{}"),
            Value::Map(map) => self.map(map, indent),
        }
    }

    fn list(&mut self, items: &[Value], indent: Option<usize>, place: Place) {
        let level = match indent {
            Some(indent) if place == Place::MapValue && !self.after_indent => indent,
            other => deeper(other),
        };
        for item in items {
            self.indent(level);
            self.indicator("-", true, true);
            self.node(item, Some(level), Place::Item);
        }
    }

    fn map(&mut self, map: &Map, indent: Option<usize>) {
        let level = deeper(indent);
        for (key, item) in in_natural_order(map) {
            self.indent(level);
            if key.len() <= SIMPLE_KEY_LENGTH && !Analysis::of(key).multiline {
                self.string(key, Some(level), Place::SimpleKey);
                self.indicator(":", false, false);
            } else {
                self.indicator("?", true, true);
                self.string(key, Some(level), Place::MapValue);
                self.indent(level);
                self.indicator(":", true, true);
            }
            self.node(item, Some(level), Place::MapValue);
        }
    }

    /// A string asks for the plain style unless that would read as something else.
    fn string(&mut self, text: &str, indent: Option<usize>, place: Place) {
        let wish = if text.contains('\n') {
            Style::Literal
        } else if scalar::resolve(text) == Scalar::Str && !scalar::is_base60(text) {
            Style::Plain
        } else {
            Style::DoubleQuoted
        };
        let key = place == Place::SimpleKey;
        let indent = indent.map_or(INDENT, |indent| indent + INDENT);
        match Analysis::of(text).style(wish, key) {
            Style::Plain => self.plain_text(text, indent, !key),
            Style::SingleQuoted => self.single_quoted(text, indent, !key),
            Style::DoubleQuoted => self.double_quoted(text, indent, !key),
            Style::Literal => self.literal(text, indent),
        }
    }

    pub(super) fn plain(&mut self, text: &str) {
        self.gap();
        self.put_str(text);
        (self.after_blank, self.after_indent) = (false, false);
    }

    pub(super) fn gap(&mut self) {
        if !self.after_blank {
            self.put(' ');
        }
    }

    pub(super) fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    pub(super) fn put_str(&mut self, text: &str) {
        text.chars().for_each(|c| self.put(c));
    }

    pub(super) fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    pub(super) fn indicator(&mut self, text: &str, gap: bool, keeps_indent: bool) {
        if gap {
            self.gap();
        }
        self.put_str(text);
        self.after_blank = false;
        self.after_indent &= keeps_indent;
    }

    /// Goes to the start of a line at this indentation, unless it is there already.
    pub(super) fn indent(&mut self, indent: usize) {
        if !self.after_indent || self.column > indent || self.column == indent && !self.after_blank {
            self.line_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        (self.after_blank, self.after_indent) = (true, true);
    }
}

fn deeper(indent: Option<usize>) -> usize {
    indent.map_or(0, |indent| indent + INDENT)
}

/// A number arrives as JSON text: what is a 64-bit integer there is printed as one.
fn number(f: f64) -> String {
    match scalar::resolve(&go_text::float_json(f)) {
        Scalar::Int(i) => i.to_string(),
        Scalar::UInt(u) => u.to_string(),
        _ => go_text::float_g(f),
    }
}

fn in_natural_order(map: &Map) -> Vec<(&str, &Value)> {
    // The order has cycles (10 < 1a < 2 < 10), which the standard sort may answer with a panic.
    let mut sorted: Vec<(&str, &Value)> = Vec::with_capacity(map.len());
    for entry in map.iter() {
        let at = sorted.partition_point(|(key, _)| natural(key, entry.0).is_lt());
        sorted.insert(at, entry);
    }
    sorted
}

/// The order of keys: as in a dictionary, but with other characters before letters and numbers by their size.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(x, y)| x != y) else { return a.len().cmp(&b.len()) };
    let (x, y) = (a[at], b[at]);
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => x.cmp(&y),
        (x_letter, y_letter) if x_letter != y_letter => x_letter.cmp(&y_letter),
        _ => {
            // A zero at the difference counts when another digit stands before it in the same number.
            let lead = (x == '0' || y == '0')
                && a[..at].iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0');
            let size = |chars: &[char]| {
                let digits = chars[at..].iter().map_while(|c| c.to_digit(10));
                digits.fold((i64::from(lead), 0), |(n, len), digit| {
                    (n.wrapping_mul(10).wrapping_add(i64::from(digit)), len + 1)
                })
            };
            size(&a).cmp(&size(&b)).then(x.cmp(&y))
        }
    }
}
