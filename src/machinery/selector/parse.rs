//! The grammar of label selector strings.

use super::label::{Operator, Requirement, SelectorError, key_error};
use std::collections::BTreeSet;

/// `in` and `notin` are operators after a key and plain words anywhere else.
const OPERATORS: &[(&str, Operator)] = &[
    ("in", Operator::In),
    ("notin", Operator::NotIn),
    ("=", Operator::Equals),
    ("==", Operator::DoubleEquals),
    ("!=", Operator::NotEquals),
    (">", Operator::GreaterThan),
    ("<", Operator::LessThan),
];

/// Reads comma-separated requirements.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, SelectorError> {
    let mut tokens = Tokens { tokens: tokens(text), next: 0 };
    let mut requirements = Vec::new();
    match tokens.peek() {
        "" => return Ok(requirements),
        token if token == "!" || is_word(token) => {}
        token => return error(format!("found '{token}', expected: !, identifier, or 'end of string'")),
    }
    loop {
        let requirement =
            tokens.requirement().map_err(|e| SelectorError(format!("unable to parse requirement: {e}")))?;
        requirements.push(requirement);
        match tokens.take() {
            "" => return Ok(requirements),
            "," => {}
            token => return error(format!("found '{token}', expected: ',' or 'end of string'")),
        }
        let token = tokens.peek();
        if token != "!" && !is_word(token) {
            return error(format!("found '{token}', expected: identifier after ','"));
        }
    }
}

fn error<T>(message: String) -> Result<T, SelectorError> {
    Err(SelectorError(message))
}

const SPECIAL: &str = "=!(),<>";

fn is_word(token: &str) -> bool {
    !token.is_empty() && !token.starts_with(|c| SPECIAL.contains(c))
}

fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let Some(first) = rest.chars().next() else { return tokens };
        let length = match first {
            '=' | '!' if rest[1..].starts_with('=') => 2,
            c if SPECIAL.contains(c) => 1,
            _ => {
                let ends = |c: char| SPECIAL.contains(c) || matches!(c, ' ' | '\t' | '\r' | '\n');
                rest.find(ends).unwrap_or(rest.len())
            }
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after;
    }
}

struct Tokens<'a> {
    tokens: Vec<&'a str>,
    next: usize,
}

impl<'a> Tokens<'a> {
    /// The next token; empty at the end.
    fn peek(&self) -> &'a str {
        self.tokens.get(self.next).copied().unwrap_or("")
    }

    fn take(&mut self) -> &'a str {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, SelectorError> {
        let negated = self.peek() == "!";
        if negated {
            self.take();
        }
        let key = self.take();
        if !is_word(key) {
            return error(format!("found '{key}', expected: identifier"));
        }
        if let Some(wrong) = key_error("<nil>", key) {
            return error(wrong);
        }
        if negated {
            return Requirement::new(key, Operator::DoesNotExist, Vec::new());
        }
        if matches!(self.peek(), "" | ",") {
            return Requirement::new(key, Operator::Exists, Vec::new());
        }
        let token = self.take();
        let Some((_, operator)) = OPERATORS.iter().find(|(text, _)| *text == token) else {
            return error(format!("found '{token}', expected: in, notin, =, ==, !=, gt, lt"));
        };
        let values = match operator {
            Operator::In | Operator::NotIn => self.values()?,
            _ => vec![self.exact_value()?],
        };
        Requirement::new(key, *operator, values)
    }

    /// The value of `k=v`, which may be missing.
    fn exact_value(&mut self) -> Result<Box<str>, SelectorError> {
        match self.peek() {
            "" | "," => Ok("".into()),
            token if is_word(token) => Ok(self.take().into()),
            token => error(format!("found '{token}', expected: identifier")),
        }
    }

    /// The values of `k in (v,w)`, sorted. A missing value is an empty one.
    fn values(&mut self) -> Result<Vec<Box<str>>, SelectorError> {
        let open = self.take();
        if open != "(" {
            return error(format!("found '{open}' expected: '('"));
        }
        let mut values = BTreeSet::new();
        match self.peek() {
            ")" => {
                values.insert("");
                self.take();
            }
            token if token == "," || is_word(token) => self.value_list(&mut values)?,
            token => return error(format!("found '{token}', expected: ',', ')' or identifier")),
        }
        Ok(values.into_iter().map(Box::from).collect())
    }

    fn value_list(&mut self, values: &mut BTreeSet<&'a str>) -> Result<(), SelectorError> {
        loop {
            match self.take() {
                "," => {
                    if values.is_empty() {
                        values.insert("");
                    }
                    match self.peek() {
                        ")" => {
                            values.insert("");
                            self.take();
                            return Ok(());
                        }
                        "," => {
                            values.insert("");
                            self.take();
                        }
                        _ => {}
                    }
                }
                token if is_word(token) => {
                    values.insert(token);
                    match self.peek() {
                        "," => {}
                        ")" => {
                            self.take();
                            return Ok(());
                        }
                        other => return error(format!("found '{other}', expected: ',' or ')'")),
                    }
                }
                token => return error(format!("found '{token}', expected: ',', or identifier")),
            }
        }
    }
}
