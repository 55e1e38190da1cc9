//! `-o go-template`: Go's text/template, by the crate `gotmpl`, with kubectl's functions and Go's error texts.

use super::{PrintError, template_check};
use crate::machinery::{Value, base64, go_text};
use gotmpl::{MissingKey, Template, TemplateError};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) struct GoTemplate {
    text: String,
    template: Template,
}

impl std::fmt::Debug for GoTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl GoTemplate {
    pub(super) fn new(text: String, allow_missing: bool) -> Result<GoTemplate, String> {
        if let Some(why) = template_check::wrong(&text) {
            return Err(format!("error parsing template {text}, template: output:{why}"));
        }
        let missing = if allow_missing { MissingKey::default() } else { MissingKey::Error };
        Template::new("output")
            .func("exists", exists)
            .func("base64decode", base64decode)
            .missing_key(missing)
            .parse(&text)
            .map(|template| GoTemplate { text: text.clone(), template })
            .map_err(|e| format!("error parsing template {text}, {}", parse_error(&text, &e)))
    }

    pub(super) fn print(&self, object: &Value) -> Result<String, PrintError> {
        let mut printed = String::new();
        let Err(e) = self.template.execute_fmt(&mut printed, &to_template(object)) else {
            return Ok(printed);
        };
        let why = execution_error(&self.text, &e);
        printed.push_str(&format!(
            "Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\
             \n\t\t{}\n\traw data was:\n\t\t{}\n\tobject given to template engine was:\n\t\t{}\n\n",
            self.text,
            go_text::json(object),
            go_text::plain(object)
        ));
        let message = format!("error executing template {}: {why}", go_text::quote(&self.text));
        Err(PrintError { output: printed, message })
    }
}

/// Whether a chain of keys and indices leads somewhere.
fn exists(args: &[gotmpl::Value]) -> Result<gotmpl::Value, TemplateError> {
    let Some((data, path)) = args.split_first() else { return Ok(gotmpl::Value::Bool(false)) };
    let mut here = data.clone();
    for step in path {
        here = match (&here, step) {
            (gotmpl::Value::Map(map), gotmpl::Value::String(key)) => match map.get(key) {
                Some(value) => value.clone(),
                None => return Ok(gotmpl::Value::Bool(false)),
            },
            _ => match here.index(step) {
                Ok(value) => value,
                Err(_) => return Ok(gotmpl::Value::Bool(false)),
            },
        };
    }
    Ok(gotmpl::Value::Bool(true))
}

fn base64decode(args: &[gotmpl::Value]) -> Result<gotmpl::Value, TemplateError> {
    let text = args.first().and_then(gotmpl::Value::as_str).unwrap_or_default();
    let bytes = base64::decode(text)
        .ok_or_else(|| TemplateError::Exec(format!("base64 decode failed: illegal base64 data in {text}")))?;
    Ok(gotmpl::Value::String(Arc::from(String::from_utf8_lossy(&bytes).as_ref())))
}

fn to_template(value: &Value) -> gotmpl::Value {
    match value {
        Value::Null => gotmpl::Value::Nil,
        Value::Bool(b) => gotmpl::Value::Bool(*b),
        Value::Int(i) => gotmpl::Value::Int(*i),
        Value::Float(f) => gotmpl::Value::Float(*f),
        Value::Str(s) => gotmpl::Value::String(s.clone()),
        Value::List(items) => gotmpl::Value::List(items.iter().map(to_template).collect()),
        Value::Map(map) => {
            let entries: BTreeMap<Arc<str>, gotmpl::Value> =
                map.iter().map(|(key, value)| (Arc::from(key), to_template(value))).collect();
            gotmpl::Value::Map(Arc::new(entries))
        }
    }
}

/// A parse error in Go's words: `template: output:1: unclosed action`.
fn parse_error(text: &str, e: &TemplateError) -> String {
    match e {
        TemplateError::Parse { line, message, .. } | TemplateError::Lex { line, message, .. } => {
            format!("template: output:{line}: {message}")
        }
        TemplateError::UndefinedFunction(name) => {
            let line = text.find(name.as_str()).map_or(1, |at| text[..at].matches('\n').count() + 1);
            format!("template: output:{line}: function \"{name}\" not defined")
        }
        other => format!("template: output: {other}"),
    }
}

/// An execution error in Go's words, with the place in the template it most likely came from: the crate does not say.
fn execution_error(text: &str, e: &TemplateError) -> String {
    let (at, node, why) = match e {
        TemplateError::MissingKey { key } => {
            let chain = find_field(text, key);
            let at = chain.start + chain.text.rfind('.').unwrap_or(0);
            (at, chain.text, format!("map has no entry for key \"{key}\""))
        }
        TemplateError::IndexOutOfRange { index } => {
            let call = find_call(text, &["index", "slice"]);
            let function = call.text.split(' ').next().unwrap_or("index");
            (call.start, call.text, format!("error calling {function}: index out of range: {index}"))
        }
        TemplateError::NotIterable(what) => {
            let call = find_call(text, &["range"]);
            let over = call.text.strip_prefix("range ").unwrap_or(call.text).trim();
            (call.start + call.text.len() - over.len(), over, format!("range can't iterate over {what}"))
        }
        other if field_of_a_scalar(&other.to_string()).is_some() => {
            let key = field_of_a_scalar(&other.to_string()).unwrap_or_default();
            let chain = find_field(text, &key);
            let at = chain.start + chain.text.rfind('.').unwrap_or(0);
            (at, chain.text, format!("can't evaluate field {key} in type interface {{}}"))
        }
        other => {
            let action = find_call(text, &[]);
            (action.start, action.text, other.to_string().trim_start_matches("execution error: ").to_string())
        }
    };
    let line = text[..at].matches('\n').count() + 1;
    let column = at - text[..at].rfind('\n').map_or(0, |n| n + 1);
    format!("template: output:{line}:{column}: executing \"output\" at <{node}>: {why}")
}

/// The field that was asked of what has none. Go knows all values out of JSON as `interface {}`.
fn field_of_a_scalar(why: &str) -> Option<String> {
    let (_, rest) = why.split_once("can't evaluate field ")?;
    rest.split_once(" in type ").map(|(key, _)| key.to_string())
}

/// A part of the template and where it begins.
struct Part<'a> {
    start: usize,
    text: &'a str,
}

/// The chain of fields that holds a key.
fn find_field<'a>(text: &'a str, key: &str) -> Part<'a> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '$');
    let wanted = format!(".{key}");
    let at = text
        .match_indices(&wanted)
        .map(|(at, _)| at)
        .find(|at| !text[at + wanted.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        .unwrap_or(0);
    let start = text[..at].rfind(|c| !is_part(c)).map_or(0, |n| n + 1);
    let end = text[at..].find(|c| !is_part(c)).map_or(text.len(), |n| at + n);
    Part { start, text: &text[start..end] }
}

/// The first call of one of these functions; the first action when none is named or found.
fn find_call<'a>(text: &'a str, functions: &[&str]) -> Part<'a> {
    let mut first = None;
    for (open, _) in text.match_indices("{{") {
        let inside = &text[open + 2..];
        let inside = &inside[..inside.find("}}").unwrap_or(inside.len())];
        let trimmed = inside.trim_start_matches(['-', ' ']);
        let start = open + 2 + inside.len() - trimmed.len();
        let whole = Part { start, text: trimmed.trim_end_matches(['-', ' ']) };
        for function in functions {
            let Some(at) = whole.text.find(&format!("{function} ")) else { continue };
            let call = &whole.text[at..];
            let end = call.find([')', '|']).unwrap_or(call.len());
            return Part { start: start + at, text: call[..end].trim_end() };
        }
        first.get_or_insert(whole);
    }
    first.unwrap_or(Part { start: 0, text: "" })
}
