//! The grammar: text, and actions in braces made of steps.

use super::unquote::unquote;
use crate::machinery::go_text;

/// One step, or one part of a template.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Text between actions, or quoted in one.
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// `.name`.
    Field(String),
    /// `.*`.
    Wildcard,
    /// `..`.
    Recursive,
    /// `[2]`, `[1:5:2]`, `[*]`.
    Slice(Slice),
    /// `[0,2]`, `['a','b']`.
    Union(Vec<Vec<Node>>),
    Filter(Filter),
    /// `range`, `end`, and whatever else stands there bare.
    Identifier(String),
    /// An action.
    Action(Vec<Node>),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Slice {
    pub start: Option<i64>,
    pub end: Option<i64>,
    pub step: Option<i64>,
    /// A single index: the end is the one after it.
    pub single: bool,
}

/// `[?(left operator right)]`; without operator, whether the left side exists.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub left: Vec<Node>,
    pub comparison: Option<(String, Vec<Node>)>,
}

pub(super) fn template(text: &str) -> Result<Vec<Node>, String> {
    let mut nodes = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        if open > 0 {
            nodes.push(Node::Text(rest[..open].into()));
        }
        let mut scanner = Scanner { rest: &rest[open + 1..] };
        nodes.push(Node::Action(scanner.action()?));
        rest = scanner.rest;
    }
    if !rest.is_empty() {
        nodes.push(Node::Text(rest.into()));
    }
    Ok(nodes)
}

/// The steps of a piece of an action that is parsed on its own. What would be more than one part of a template is read as
/// one chain.
fn steps(text: &str) -> Result<Vec<Node>, String> {
    let mut nodes = template(&format!("{{{text}}}"))?;
    match nodes.first_mut() {
        Some(Node::Action(steps)) => Ok(std::mem::take(steps)),
        _ => Ok(nodes),
    }
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

fn is_terminator(c: char) -> bool {
    is_line_end(c) || matches!(c, ' ' | '\t' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    /// Up to the first character that `stop` accepts.
    fn take_until(&mut self, stop: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(stop).unwrap_or(self.rest.len()))
    }

    /// Everything to the closing brace, which is taken too.
    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes: Vec<Node> = Vec::new();
        loop {
            if self.rest.starts_with("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if self.rest.starts_with("..") {
                if let Some(Node::Recursive) = nodes.last() {
                    return Err("invalid multiple recursive descent".into());
                }
                self.take(2);
                nodes.push(Node::Recursive);
                if self.rest.starts_with(|c: char| c == '_' || c.is_alphanumeric()) {
                    nodes.push(self.field());
                }
                continue;
            }
            match self.rest.chars().next() {
                None => return Err("unclosed action".into()),
                Some(c) if is_line_end(c) => return Err("unclosed action".into()),
                Some('}') => {
                    self.take(1);
                    return Ok(nodes);
                }
                // `@` and `$` are what an action starts from anyhow.
                Some(' ' | '@' | '$') => drop(self.take(1)),
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(quote)?),
                Some('.') => {
                    self.take(1);
                    nodes.push(self.field());
                }
                Some(c) if c == '+' || c == '-' || c.is_numeric() => nodes.push(self.number()?),
                Some(c) if c == '_' || c.is_alphanumeric() => nodes.push(self.identifier()),
                Some(c) => {
                    let name = go_text::quote(&c.to_string());
                    let shown = if name.chars().count() == 3 { format!(" '{c}'") } else { String::new() };
                    return Err(format!("unrecognized character in action: U+{:04X}{shown}", c as u32));
                }
            }
        }
    }

    fn field(&mut self) -> Node {
        let mut escaped = false;
        let end = self.rest.find(|c: char| {
            let stops = !escaped && is_terminator(c);
            escaped = !escaped && c == '\\';
            stops
        });
        match self.take(end.unwrap_or(self.rest.len())) {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn identifier(&mut self) -> Node {
        match self.take_until(is_terminator) {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            name => Node::Identifier(name.into()),
        }
    }

    fn number(&mut self) -> Result<Node, String> {
        let signed = usize::from(self.rest.starts_with(['+', '-']));
        let digits = self.rest[signed..].find(|c: char| c != '.' && !c.is_numeric());
        let text = self.take(digits.map_or(self.rest.len(), |n| n + signed));
        if let Ok(n) = text.parse() {
            return Ok(Node::Int(n));
        }
        text.parse().map(Node::Float).map_err(|_| format!("cannot parse number {text}"))
    }

    fn quoted(&mut self, quote: char) -> Result<Node, String> {
        let mut before = ' ';
        let end = self.rest[1..].find(|c: char| {
            let stops = is_line_end(c) || c == quote && before != '\\';
            before = c;
            stops
        });
        let Some(end) = end.filter(|end| self.rest[1 + end..].starts_with(quote)) else {
            return Err("unterminated quoted string".into());
        };
        let text = self.take(end + 2);
        unquote(text).map(Node::Text).ok_or_else(|| format!("unquote string {text} error invalid syntax"))
    }

    /// `[...]`: indices, slices, unions and quoted keys.
    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        let end = self.rest.find([']', '\n']);
        let Some(end) = end.filter(|end| self.rest[*end..].starts_with(']')) else {
            return Err("unterminated array".into());
        };
        let text = &self.take(end + 1)[1..end];
        let text = if text == "*" { ":" } else { text };
        let parts: Vec<&str> = text.split(',').collect();
        if parts.len() > 1 {
            let chains = parts.iter().map(|part| steps(&format!("[{}]", part.trim_matches(' '))));
            nodes.push(Node::Union(chains.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let key =
            text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).filter(|key| !key.contains('\''));
        match key {
            Some(key) => nodes.extend(steps(&format!(".{key}"))?),
            None => nodes.push(Node::Slice(slice(text)?)),
        }
        Ok(())
    }

    fn filter(&mut self) -> Result<Node, String> {
        self.take("[?(".len());
        let text = self.take(self.filter_end()?);
        self.take(1);
        if !self.rest.starts_with(']') {
            return Err("unclosed array expect ]".into());
        }
        self.take(1);
        let Some((left, operator, right)) = split_comparison(text) else {
            return Ok(Node::Filter(Filter { left: steps(text)?, comparison: None }));
        };
        let (left, right) = (steps(left)?, steps(right)?);
        Ok(Node::Filter(Filter { left, comparison: Some((operator.into(), right)) }))
    }

    /// Where the closing parenthesis is: not inside the first quotes.
    fn filter_end(&self) -> Result<usize, String> {
        let (mut pair, mut closed, mut before) = (None, false, ' ');
        for (at, c) in self.rest.char_indices() {
            match c {
                '\n' => break,
                '"' | '\'' if pair.is_none() => pair = Some(c),
                '"' | '\'' if before != '\\' && pair == Some(c) => closed = true,
                ')' if pair.is_some() == closed => return Ok(at),
                _ => {}
            }
            before = c;
        }
        Err("unterminated filter".into())
    }
}

/// `left`, operator, `right`: at least one character each, the operator as long as that allows.
fn split_comparison(text: &str) -> Option<(&str, &str, &str)> {
    const OPERATOR: [char; 4] = ['!', '<', '>', '='];
    let start = text.find(OPERATOR).filter(|start| *start > 0)?;
    let length = text[start..].find(|c| !OPERATOR.contains(&c)).unwrap_or(text.len() - start);
    // Operator characters at the end are left for the right side to have something.
    let end = if start + length < text.len() { start + length } else { text.len() - 1 };
    (end > start).then(|| (&text[..start], &text[start..end], &text[end..]))
}

/// `start:end:step`, each an integer or nothing.
fn slice(text: &str) -> Result<Slice, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_index = |part: &&str| part.strip_prefix('-').unwrap_or(part).bytes().all(|b| b.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(is_index) {
        return Err(format!("invalid array index {text}"));
    }
    let number = |i: usize| match parts.get(i) {
        None | Some(&"") => Ok(None),
        Some(part) => match part.parse::<i64>() {
            Ok(n) => Ok(Some(n)),
            Err(_) => Err(format!("array index {part} is not a number")),
        },
    };
    let (start, end, step) = (number(0)?, number(1)?, number(2)?);
    let single = parts.len() == 1;
    let end = if single { Some(start.unwrap_or(0).saturating_add(1)) } else { end };
    Ok(Slice { start, end, step, single })
}
