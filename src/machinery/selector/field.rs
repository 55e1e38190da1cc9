//! Field selectors: `metadata.name=web,status.phase!=Running`.

use crate::machinery::Value;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// Why a field selector cannot be read; prints the API's message.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct FieldSelectorError(String);

/// One comparison of a field with a value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FieldTerm {
    /// `metadata.name` and the like.
    pub field: String,
    /// Whether the field must differ from the value.
    pub negated: bool,
    /// The value, unescaped.
    pub value: String,
}

/// A field selector: all terms must hold. Which fields a kind can be selected by is the server's business.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FieldSelector {
    terms: Vec<FieldTerm>,
}

impl FieldSelector {
    /// Parses `a=b,c!=d`. A comma, an equals sign or a backslash in a value is escaped with a backslash.
    pub fn parse(text: &str) -> Result<FieldSelector, FieldSelectorError> {
        let mut terms = Vec::new();
        for part in split_terms(text) {
            if part.is_empty() {
                continue;
            }
            let Some((field, operator, value)) = split_term(part) else {
                return Err(FieldSelectorError(format!(
                    "invalid selector: '{text}'; can't understand '{part}'"
                )));
            };
            let negated = operator == "!=";
            terms.push(FieldTerm { field: field.to_string(), negated, value: unescape(value)? });
        }
        Ok(FieldSelector { terms })
    }

    /// Whether an object is selected by what stands at the paths its fields name.
    pub fn matches(&self, object: &Value) -> bool {
        self.matches_fields(|field| match object.at(&field.replace('.', "/")) {
            Value::Str(s) => Cow::Borrowed(s.as_ref()),
            Value::Null => Cow::Borrowed(""),
            other => Cow::Owned(other.to_json()),
        })
    }

    /// Whether an object is selected; `get` reads one of its fields, empty when it has none.
    pub fn matches_fields<'a>(&self, get: impl Fn(&str) -> Cow<'a, str>) -> bool {
        self.terms.iter().all(|t| (get(&t.field) == t.value) != t.negated)
    }

    /// The comparisons, in the order written.
    pub fn terms(&self) -> &[FieldTerm] {
        &self.terms
    }
}

/// The canonical text: what goes into a request.
impl fmt::Display for FieldSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, t) in self.terms.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let operator = if t.negated { "!=" } else { "=" };
            write!(f, "{comma}{}{operator}{}", t.field, escape(&t.value))?;
        }
        Ok(())
    }
}

impl FromStr for FieldSelector {
    type Err = FieldSelectorError;
    fn from_str(text: &str) -> Result<FieldSelector, FieldSelectorError> {
        FieldSelector::parse(text)
    }
}

/// Parts between commas that no backslash precedes.
fn split_terms(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// The field, operator and value of a term: the first operator counts.
fn split_term(term: &str) -> Option<(&str, &str, &str)> {
    term.char_indices().find_map(|(i, _)| {
        let operator = ["!=", "==", "="].into_iter().find(|op| term[i..].starts_with(op))?;
        Some((&term[..i], operator, &term[i + operator.len()..]))
    })
}

fn unescape(value: &str) -> Result<String, FieldSelectorError> {
    let mut out = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c @ ('\\' | ',' | '=')) => out.push(c),
                other => {
                    let sequence: String = ['\\'].into_iter().chain(other).collect();
                    return Err(FieldSelectorError(format!(
                        "invalid field selector: invalid escape sequence: {sequence}"
                    )));
                }
            },
            ',' | '=' => {
                return Err(FieldSelectorError(format!(
                    "invalid field selector: unescaped character in value: {c}"
                )));
            }
            c => out.push(c),
        }
    }
    Ok(out)
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn field_selectors_parse_print_and_match() {
        let s = FieldSelector::parse(r"metadata.name==web,status.phase!=Running,,x=a\,b\=c").unwrap();
        assert_eq!(s.to_string(), r"metadata.name=web,status.phase!=Running,x=a\,b\=c");
        let pod =
            |phase: &str| json!({"metadata": {"name": "web"}, "status": {"phase": phase}, "x": "a,b=c"});
        assert!(s.matches(&pod("Pending")));
        assert!(!s.matches(&pod("Running")));
        assert!(
            FieldSelector::parse("spec.unschedulable=true")
                .unwrap()
                .matches(&json!({"spec": {"unschedulable": true}}))
        );
        assert!(FieldSelector::parse("").unwrap().terms().is_empty());
    }

    #[test]
    fn field_selector_errors() {
        let error = |text: &str| FieldSelector::parse(text).unwrap_err().to_string();
        assert_eq!(error("a=b,foo"), "invalid selector: 'a=b,foo'; can't understand 'foo'");
        assert_eq!(error(r"a=\x"), r"invalid field selector: invalid escape sequence: \x");
        assert_eq!(error("a=b=c"), "invalid field selector: unescaped character in value: =");
    }
}
