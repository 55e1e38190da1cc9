//! Runs a script to the end on paper: what it prints when, when it ends and how. Loops without an end are recognized and
//! told as such; one that turns faster than once a second is taken as a whole, for what it does is load, not text.

use super::syntax::{List, Node, Word};
use super::tools;
use crate::actors::programs::Process;
use crate::machinery::Duration;
use std::collections::BTreeMap;

/// Nodes looked at before a script counts as endless.
const FUEL: u32 = 20_000;

/// What a script comes to.
#[derive(Default, Debug, PartialEq)]
pub(super) struct Plan {
    /// Text and when it is printed, from the script's start.
    pub output: Vec<(Duration, String)>,
    /// How it goes on after the output.
    pub end: End,
}

/// How a script ends.
#[derive(Default, Debug, PartialEq, Clone, Copy)]
pub(super) enum End {
    /// After a while with a code.
    Exit(Duration, i32),
    /// Never.
    #[default]
    Never,
    /// Never: what was printed after the first instant is printed again every so often.
    Repeats(Duration, Duration),
}

pub(super) fn plan(list: &List, process: &Process<'_>, stdin: &str) -> Plan {
    let mut run = Run {
        process,
        at: Duration::ZERO,
        output: Vec::new(),
        vars: BTreeMap::new(),
        env: None,
        fuel: FUEL,
        stdin: stdin.to_string(),
    };
    let end = match run.list(list) {
        Ok(code) => End::Exit(run.at, code),
        Err(Stop::Exit(code)) => End::Exit(run.at, code),
        Err(Stop::Forever) => End::Never,
        Err(Stop::Loop(from, period)) => End::Repeats(from, period),
    };
    Plan { output: run.output, end }
}

/// Why interpretation stops before the end of the script.
pub(super) enum Stop {
    Exit(i32),
    Forever,
    Loop(Duration, Duration),
}

pub(super) struct Run<'a, 'p> {
    pub process: &'a Process<'p>,
    pub at: Duration,
    output: Vec<(Duration, String)>,
    vars: BTreeMap<String, String>,
    env: Option<BTreeMap<String, String>>,
    fuel: u32,
    pub stdin: String,
}

impl Run<'_, '_> {
    /// Runs a script inside this one.
    pub(super) fn script(&mut self, list: &List) -> Result<i32, Stop> {
        self.list(list)
    }

    fn list(&mut self, list: &List) -> Result<i32, Stop> {
        let mut code = 0;
        for node in list {
            code = self.node(node)?;
        }
        Ok(code)
    }

    fn node(&mut self, node: &Node) -> Result<i32, Stop> {
        self.fuel = self.fuel.checked_sub(1).ok_or(Stop::Forever)?;
        match node {
            Node::Simple(words) => self.simple(words),
            Node::Both(left, and, right) => {
                let code = self.node(left)?;
                if (code == 0) == *and { self.node(right) } else { Ok(code) }
            }
            Node::Pipe(nodes) => {
                let mut code = 0;
                for (i, node) in nodes.iter().enumerate() {
                    let before = self.output.len();
                    code = self.node(node)?;
                    if i + 1 < nodes.len() {
                        self.stdin = self.output.drain(before..).map(|(_, text)| text).collect();
                    }
                }
                Ok(code)
            }
            Node::Background(node) => match self.node(node) {
                // What runs on beside the script keeps `wait` waiting.
                Err(Stop::Forever | Stop::Loop(..)) => {
                    self.vars.insert("!forever".into(), "1".into());
                    Ok(0)
                }
                other => other,
            },
            Node::If(condition, yes, no) => {
                let branch = if self.list(condition)? == 0 { yes } else { no };
                self.list(branch)
            }
            Node::For(name, words, body) => {
                let values: Vec<String> = words
                    .iter()
                    .flat_map(|w| self.expand(w).split_whitespace().map(str::to_string).collect::<Vec<_>>())
                    .collect();
                let mut code = 0;
                for value in values {
                    self.vars.insert(name.clone(), value);
                    code = self.list(body)?;
                }
                Ok(code)
            }
            Node::While(condition, body, until) => self.repeat(condition, body, *until),
        }
    }

    fn repeat(&mut self, condition: &List, body: &List, until: bool) -> Result<i32, Stop> {
        let mut code = 0;
        loop {
            let start = self.at;
            if (self.list(condition)? == 0) == until {
                return Ok(code);
            }
            code = self.list(body)?;
            self.fuel = self.fuel.checked_sub(1).ok_or(Stop::Forever)?;
            let fixed = matches!(&condition[..], [Node::Simple(words)] if self.is_constant(words));
            if fixed && !until {
                let period = self.at - start;
                return Err(if period >= Duration::from_secs(1) {
                    Stop::Loop(start, period)
                } else {
                    Stop::Forever
                });
            }
        }
    }

    /// A condition that is true at every turn.
    fn is_constant(&mut self, words: &[Word]) -> bool {
        let words: Vec<String> = words.iter().map(|w| self.expand(w)).collect();
        matches!(words[0].as_str(), "true" | ":" | "sleep") || words == ["[", "1", "]"]
    }

    fn simple(&mut self, words: &[Word]) -> Result<i32, Stop> {
        let mut argv: Vec<String> = Vec::new();
        for word in words {
            let text = self.expand(word);
            if let (true, Some((name, value))) = (argv.is_empty(), assignment(&text)) {
                self.vars.insert(name.to_string(), value.to_string());
                continue;
            }
            // Unquoted expansions are split into words.
            match &word.0[..] {
                [(raw, true)] if raw.starts_with('$') => {
                    argv.extend(text.split_whitespace().map(str::to_string))
                }
                _ => argv.push(text),
            }
        }
        if argv.is_empty() {
            return Ok(0);
        }
        if argv[0] == "wait" && self.vars.contains_key("!forever") {
            return Err(Stop::Forever);
        }
        tools::run(self, &argv)
    }

    /// Prints.
    pub(super) fn print(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.output.push((self.at, text));
        }
    }

    /// Variables, arithmetic and command substitution of a word.
    fn expand(&mut self, word: &Word) -> String {
        let mut out = String::new();
        for (text, expands) in &word.0 {
            if *expands { out.push_str(&self.substitute(text)) } else { out.push_str(text) }
        }
        out
    }

    fn substitute(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(inner) = rest.strip_prefix("((") {
                let (expression, after) = inner.split_once("))").unwrap_or((inner, ""));
                out.push_str(&self.arithmetic(expression).to_string());
                rest = after;
            } else if rest.starts_with('(') {
                let end = matching(rest).unwrap_or(rest.len() - 1);
                let script = rest[1..end].to_string();
                rest = rest.get(end + 1..).unwrap_or("");
                let before = self.output.len();
                if let Some(list) = super::syntax::parse(&script) {
                    let _ = self.list(&list);
                }
                let text: String = self.output.drain(before..).map(|(_, text)| text).collect();
                out.push_str(text.trim_end_matches('\n'));
            } else if let Some(inner) = rest.strip_prefix('{') {
                let (name, after) = inner.split_once('}').unwrap_or((inner, ""));
                let (name, default) = name.split_once(":-").unwrap_or((name, ""));
                let value = self.variable(name);
                out.push_str(if value.is_empty() { default } else { &value });
                rest = after;
            } else {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                let end = if end == 0 && rest.starts_with(['?', '$', '#', '@']) { 1 } else { end };
                if end == 0 {
                    out.push('$');
                } else {
                    out.push_str(&self.variable(&rest[..end]));
                }
                rest = &rest[end..];
            }
        }
        out.push_str(rest);
        out
    }

    pub(super) fn variable(&mut self, name: &str) -> String {
        if let Some(value) = self.vars.get(name) {
            return value.clone();
        }
        match name {
            "?" => "0".into(),
            "$" => "1".into(),
            "HOSTNAME" => self.process.pod.name().to_string(),
            _ => self.environment().get(name).cloned().unwrap_or_default(),
        }
    }

    pub(super) fn environment(&mut self) -> &BTreeMap<String, String> {
        let process = self.process;
        self.env.get_or_insert_with(|| process.environment())
    }

    /// `a + b` and the like; names are variables.
    fn arithmetic(&mut self, expression: &str) -> i64 {
        let mut total = 0_i64;
        let mut operator = '+';
        let spaced: String = expression
            .chars()
            .flat_map(|c| if "+-*/%".contains(c) { vec![' ', c, ' '] } else { vec![c] })
            .collect();
        for word in spaced.split_whitespace() {
            if let Some(c) = word.chars().next().filter(|c| word.len() == 1 && "+-*/%".contains(*c)) {
                operator = c;
                continue;
            }
            let name = word.trim_start_matches('$');
            let value = name.parse().unwrap_or_else(|_| self.variable(name).parse().unwrap_or(0));
            total = match operator {
                '-' => total.wrapping_sub(value),
                '*' => total.wrapping_mul(value),
                '/' => total.checked_div(value).unwrap_or(0),
                '%' => total.checked_rem(value).unwrap_or(0),
                _ => total.wrapping_add(value),
            };
        }
        total
    }
}

fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let named = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    named.then_some((name, value))
}

/// Where the parenthesis that a text begins with closes.
fn matching(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth == 0 {
            return Some(at);
        }
    }
    None
}
