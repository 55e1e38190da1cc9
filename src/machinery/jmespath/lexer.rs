//! Text to tokens.

use super::{ErrorKind, JmespathError};
use crate::machinery::ordered::{self, Json};

/// What a token is; names as messages give them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Eof,
    UnquotedIdentifier,
    QuotedIdentifier,
    Literal,
    Rbracket,
    Rparen,
    Comma,
    Rbrace,
    Number,
    Current,
    Expref,
    Colon,
    Pipe,
    Or,
    And,
    Eq,
    Gt,
    Lt,
    Gte,
    Lte,
    Ne,
    Flatten,
    Star,
    Filter,
    Dot,
    Not,
    Lbrace,
    Lbracket,
    Lparen,
}

impl Kind {
    /// The name in messages, and how strongly the token binds what stands left of it.
    const fn facts(self) -> (&'static str, u32) {
        match self {
            Kind::Eof => ("eof", 0),
            Kind::UnquotedIdentifier => ("unquoted_identifier", 0),
            Kind::QuotedIdentifier => ("quoted_identifier", 0),
            Kind::Literal => ("literal", 0),
            Kind::Rbracket => ("rbracket", 0),
            Kind::Rparen => ("rparen", 0),
            Kind::Comma => ("comma", 0),
            Kind::Rbrace => ("rbrace", 0),
            Kind::Number => ("number", 0),
            Kind::Current => ("current", 0),
            Kind::Expref => ("expref", 0),
            Kind::Colon => ("colon", 0),
            Kind::Pipe => ("pipe", 1),
            Kind::Or => ("or", 2),
            Kind::And => ("and", 3),
            Kind::Eq => ("eq", 5),
            Kind::Gt => ("gt", 5),
            Kind::Lt => ("lt", 5),
            Kind::Gte => ("gte", 5),
            Kind::Lte => ("lte", 5),
            Kind::Ne => ("ne", 5),
            Kind::Flatten => ("flatten", 9),
            Kind::Star => ("star", 20),
            Kind::Filter => ("filter", 21),
            Kind::Dot => ("dot", 40),
            Kind::Not => ("not", 45),
            Kind::Lbrace => ("lbrace", 50),
            Kind::Lbracket => ("lbracket", 55),
            Kind::Lparen => ("lparen", 60),
        }
    }

    pub(super) fn name(self) -> &'static str {
        self.facts().0
    }

    pub(super) fn power(self) -> u32 {
        self.facts().1
    }
}

/// A token with its value and the index of its first character.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub value: Json,
    pub start: usize,
}

/// All tokens, the last one `Eof`.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, JmespathError> {
    if text.is_empty() {
        let message = "Invalid JMESPath expression: cannot be empty.".to_string();
        return Err(JmespathError::new(ErrorKind::Syntax, message));
    }
    let mut lexer = Lexer { text, chars: text.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    while let Some(c) = lexer.chars.get(lexer.at).copied() {
        if matches!(c, ' ' | '\t' | '\n' | '\r') {
            lexer.at += 1;
            continue;
        }
        tokens.push(lexer.token(c)?);
    }
    tokens.push(Token { kind: Kind::Eof, value: Json::str(""), start: lexer.chars.len() });
    Ok(tokens)
}

struct Lexer<'t> {
    text: &'t str,
    chars: Vec<char>,
    at: usize,
}

impl Lexer<'_> {
    fn error(&self, at: usize, what: &str) -> JmespathError {
        let message = format!("Bad jmespath expression: {what}:\n{}\n{}^", self.text, " ".repeat(at));
        JmespathError::new(ErrorKind::Syntax, message)
    }

    fn token(&mut self, c: char) -> Result<Token, JmespathError> {
        let start = self.at;
        let next = self.chars.get(start + 1).copied();
        let simple = match (c, next) {
            ('[', Some(']')) => Some((Kind::Flatten, "[]")),
            ('[', Some('?')) => Some((Kind::Filter, "[?")),
            ('[', _) => Some((Kind::Lbracket, "[")),
            ('|', Some('|')) => Some((Kind::Or, "||")),
            ('|', _) => Some((Kind::Pipe, "|")),
            ('&', Some('&')) => Some((Kind::And, "&&")),
            ('&', _) => Some((Kind::Expref, "&")),
            ('<', Some('=')) => Some((Kind::Lte, "<=")),
            ('<', _) => Some((Kind::Lt, "<")),
            ('>', Some('=')) => Some((Kind::Gte, ">=")),
            ('>', _) => Some((Kind::Gt, ">")),
            ('!', Some('=')) => Some((Kind::Ne, "!=")),
            ('!', _) => Some((Kind::Not, "!")),
            ('=', Some('=')) => Some((Kind::Eq, "==")),
            ('.', _) => Some((Kind::Dot, ".")),
            ('*', _) => Some((Kind::Star, "*")),
            (']', _) => Some((Kind::Rbracket, "]")),
            (',', _) => Some((Kind::Comma, ",")),
            (':', _) => Some((Kind::Colon, ":")),
            ('@', _) => Some((Kind::Current, "@")),
            ('(', _) => Some((Kind::Lparen, "(")),
            (')', _) => Some((Kind::Rparen, ")")),
            ('{', _) => Some((Kind::Lbrace, "{")),
            ('}', _) => Some((Kind::Rbrace, "}")),
            _ => None,
        };
        if let Some((kind, text)) = simple {
            self.at += text.len();
            return Ok(Token { kind, value: Json::str(text), start });
        }
        let (kind, value) = match c {
            'a'..='z' | 'A'..='Z' | '_' => {
                let word = self.run(|c| c.is_ascii_alphanumeric() || c == '_');
                (Kind::UnquotedIdentifier, Json::str(&word))
            }
            '0'..='9' => (Kind::Number, self.number()),
            '-' if next.is_some_and(|c| c.is_ascii_digit()) => (Kind::Number, self.number()),
            '"' => {
                let inside = self.until('"')?;
                let read = ordered::parse(&format!("\"{inside}\""));
                let why = |e: ordered::SyntaxError| {
                    let text = e.to_string();
                    self.error(start, text.split(':').next().unwrap_or(&text))
                };
                (Kind::QuotedIdentifier, read.map_err(why)?)
            }
            '\'' => (Kind::Literal, Json::str(&self.until('\'')?.replace("\\'", "'"))),
            '`' => (Kind::Literal, self.literal(start)?),
            '-' | '=' => return Err(self.error(start, &format!("Unknown token '{c}'"))),
            c => return Err(self.error(start, &format!("Unknown token {c}"))),
        };
        Ok(Token { kind, value, start })
    }

    fn run(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let begin = self.at;
        while self.chars.get(self.at).is_some_and(|c| belongs(*c)) {
            self.at += 1;
        }
        self.chars[begin..self.at].iter().collect()
    }

    fn number(&mut self) -> Json {
        let sign = if self.chars[self.at] == '-' { -1 } else { 1 };
        self.at += usize::from(sign < 0);
        Json::Int(self.run(|c| c.is_ascii_digit()).parse::<i128>().map_or(i128::MAX, |n| sign * n))
    }

    /// What stands between two delimiters, escapes untouched.
    fn until(&mut self, delimiter: char) -> Result<String, JmespathError> {
        let start = self.at;
        self.at += 1;
        while let Some(c) = self.chars.get(self.at) {
            if *c == delimiter {
                let inside = self.chars[start + 1..self.at].iter().collect();
                self.at += 1;
                return Ok(inside);
            }
            self.at += if *c == '\\' { 2 } else { 1 };
        }
        Err(self.error(start, &format!("Unclosed {delimiter} delimiter")))
    }

    /// A JSON literal; what is no JSON is a string if quotes around it make it one.
    fn literal(&mut self, start: usize) -> Result<Json, JmespathError> {
        let text = self.until('`')?.replace("\\`", "`");
        if let Ok(value) = ordered::parse(&text) {
            return Ok(value);
        }
        let bare = text.trim_start();
        ordered::parse(&format!("\"{bare}\"")).map_err(|_| self.error(start, &format!("Bad token {bare}")))
    }
}
