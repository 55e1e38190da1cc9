//! Tokens to a tree: operator precedence parsing.

use super::compare::Comparator;
use super::lexer::{Kind, Token, tokens};
use super::{ErrorKind, JmespathError};
use crate::machinery::ordered::{self, Json};
use std::sync::Arc;

/// A part of an expression.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// The value itself.
    Current,
    Field(Arc<str>),
    Literal(Json),
    Index(i128),
    Slice([Option<i128>; 3]),
    /// The right part sees what the left one yields: `a.b`, `a[0]`, `a | b`.
    Chain(Box<Node>, Box<Node>),
    Flatten(Box<Node>),
    /// The right part sees each item of the list that the left one yields.
    Projection(Box<Node>, Box<Node>),
    /// The same over the values of a map.
    ValueProjection(Box<Node>, Box<Node>),
    /// The same over the items for which the condition (last) holds.
    FilterProjection(Box<Node>, Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Compare(Comparator, Box<Node>, Box<Node>),
    MultiList(Vec<Node>),
    MultiHash(Vec<(Arc<str>, Node)>),
    Call(Arc<str>, Vec<Node>),
    Expref(Box<Node>),
}

/// Below this power a token ends a projection.
const PROJECTION_STOP: u32 = 10;
/// Deeper nesting is refused.
const DEEPEST: usize = 200;
/// What may follow a dot.
const AFTER_DOT: [Kind; 4] = [Kind::QuotedIdentifier, Kind::UnquotedIdentifier, Kind::Lbracket, Kind::Lbrace];
const KEYS: [Kind; 2] = [Kind::QuotedIdentifier, Kind::UnquotedIdentifier];

pub(super) fn parse(text: &str) -> Result<Node, JmespathError> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0 };
    let root = parser.expression(0)?;
    match parser.kind() {
        Kind::Eof => Ok(root),
        _ => {
            let what = format!("Unexpected token: {}", ordered::str(&parser.token().value));
            Err(parser.error(parser.token(), &what))
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

type Parsed = Result<Node, JmespathError>;

fn chain(left: Node, right: Node) -> Node {
    Node::Chain(Box::new(left), Box::new(right))
}

impl Parser<'_> {
    fn token(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn kind(&self) -> Kind {
        self.token().kind
    }

    fn next_kind(&self) -> Kind {
        self.tokens.get(self.at + 1).map_or(Kind::Eof, |t| t.kind)
    }

    fn advance(&mut self) -> Token {
        let token = self.token().clone();
        self.at += 1;
        token
    }

    fn error(&self, token: &Token, what: &str) -> JmespathError {
        let message = format!(
            "{what}: Parse error at column {}, token \"{}\" ({}), for expression:\n\"{}\"\n{}^",
            token.start,
            ordered::str(&token.value),
            token.kind.name().to_uppercase(),
            self.text,
            " ".repeat(token.start + 1),
        );
        JmespathError::new(ErrorKind::Syntax, message)
    }

    fn incomplete(&self) -> JmespathError {
        let spaces = " ".repeat(self.tokens.last().map_or(0, |eof| eof.start) + 1);
        let text = self.text;
        let message = format!("Invalid jmespath expression: Incomplete expression:\n\"{text}\"\n{spaces}^");
        JmespathError::new(ErrorKind::Syntax, message)
    }

    /// The error for a token that is none of these.
    fn expecting(&self, wanted: &[Kind]) -> JmespathError {
        let names: Vec<String> = wanted.iter().map(|k| format!("'{}'", k.name())).collect();
        let wanted = match wanted {
            [one] => one.name().to_string(),
            _ => format!("[{}]", names.join(", ")),
        };
        self.error(self.token(), &format!("Expecting: {wanted}, got: {}", self.kind().name()))
    }

    fn take(&mut self, wanted: &[Kind]) -> Result<Token, JmespathError> {
        match self.kind() {
            kind if wanted.contains(&kind) => Ok(self.advance()),
            Kind::Eof => Err(self.incomplete()),
            _ => Err(self.expecting(wanted)),
        }
    }

    fn expression(&mut self, power: u32) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            let message = "maximum recursion depth exceeded".to_string();
            return Err(JmespathError::new(ErrorKind::Syntax, message));
        }
        let mut left = self.begin()?;
        while power < self.kind().power() {
            left = self.go_on(left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// An expression's first token with what belongs to it.
    fn begin(&mut self) -> Parsed {
        let token = self.advance();
        match token.kind {
            Kind::Literal => Ok(Node::Literal(token.value)),
            Kind::UnquotedIdentifier => Ok(Node::Field(text_of(&token))),
            Kind::QuotedIdentifier => {
                if self.kind() == Kind::Lparen {
                    let paren = Token { start: token.start, ..self.token().clone() };
                    return Err(self.error(&paren, "Quoted identifier not allowed for function names."));
                }
                Ok(Node::Field(text_of(&token)))
            }
            Kind::Current => Ok(Node::Current),
            Kind::Star => {
                let right = match self.kind() {
                    Kind::Rbracket => Node::Current,
                    _ => self.projected(Kind::Star.power())?,
                };
                Ok(Node::ValueProjection(Box::new(Node::Current), Box::new(right)))
            }
            Kind::Filter => self.filter(Node::Current),
            Kind::Lbrace => self.multi_hash(),
            Kind::Lparen => {
                let inside = self.expression(0)?;
                self.take(&[Kind::Rparen])?;
                Ok(inside)
            }
            Kind::Flatten => self.flatten(Node::Current),
            Kind::Not => Ok(Node::Not(Box::new(self.expression(Kind::Not.power())?))),
            Kind::Expref => Ok(Node::Expref(Box::new(self.expression(0)?))),
            Kind::Lbracket => match (self.kind(), self.next_kind()) {
                (Kind::Number | Kind::Colon, _) => self.indexed(Node::Current),
                (Kind::Star, Kind::Rbracket) => {
                    self.at += 2;
                    self.list_projection(Node::Current)
                }
                _ => self.multi_list(),
            },
            Kind::Eof => Err(self.incomplete()),
            _ => Err(self.error(&token, "invalid token")),
        }
    }

    /// An operator behind what was read so far.
    fn go_on(&mut self, left: Node) -> Parsed {
        let token = self.advance();
        let kind = token.kind;
        match kind {
            Kind::Dot if self.kind() == Kind::Star => {
                self.at += 1;
                let right = self.projected(Kind::Dot.power())?;
                Ok(Node::ValueProjection(Box::new(left), Box::new(right)))
            }
            Kind::Dot => Ok(chain(left, self.after_dot(Kind::Dot.power())?)),
            Kind::Pipe => Ok(chain(left, self.expression(kind.power())?)),
            Kind::Or => Ok(Node::Or(Box::new(left), Box::new(self.expression(kind.power())?))),
            Kind::And => Ok(Node::And(Box::new(left), Box::new(self.expression(kind.power())?))),
            Kind::Lparen => self.call(left),
            Kind::Filter => self.filter(left),
            Kind::Flatten => self.flatten(left),
            Kind::Lbracket => match self.kind() {
                Kind::Number | Kind::Colon => self.indexed(left),
                _ => {
                    self.take(&[Kind::Star])?;
                    self.take(&[Kind::Rbracket])?;
                    self.list_projection(left)
                }
            },
            _ => match Comparator::of(kind) {
                Some(comparator) => {
                    let right = self.expression(kind.power())?;
                    Ok(Node::Compare(comparator, Box::new(left), Box::new(right)))
                }
                None => Err(self.error(&token, "invalid token")),
            },
        }
    }

    fn call(&mut self, left: Node) -> Parsed {
        let Node::Field(name) = left else {
            let before = self.tokens[self.at.saturating_sub(2)].clone();
            let what = format!("Invalid function name '{}'", ordered::str(&before.value));
            return Err(self.error(&before, &what));
        };
        let mut arguments = Vec::new();
        while self.kind() != Kind::Rparen {
            arguments.push(self.expression(0)?);
            if self.kind() == Kind::Comma {
                self.at += 1;
            }
        }
        self.at += 1;
        Ok(Node::Call(name, arguments))
    }

    fn filter(&mut self, left: Node) -> Parsed {
        let condition = self.expression(0)?;
        self.take(&[Kind::Rbracket])?;
        let right = match self.kind() {
            Kind::Flatten => Node::Current,
            _ => self.projected(Kind::Filter.power())?,
        };
        Ok(Node::FilterProjection(Box::new(left), Box::new(right), Box::new(condition)))
    }

    fn flatten(&mut self, left: Node) -> Parsed {
        let right = self.projected(Kind::Flatten.power())?;
        Ok(Node::Projection(Box::new(Node::Flatten(Box::new(left))), Box::new(right)))
    }

    fn list_projection(&mut self, left: Node) -> Parsed {
        let right = self.projected(Kind::Star.power())?;
        Ok(Node::Projection(Box::new(left), Box::new(right)))
    }

    /// `[0]` or `[1:2]`, the bracket taken.
    fn indexed(&mut self, left: Node) -> Parsed {
        if self.kind() == Kind::Number && self.next_kind() != Kind::Colon {
            let index = self.number();
            self.take(&[Kind::Rbracket])?;
            return Ok(chain(left, Node::Index(index)));
        }
        let mut parts = [None; 3];
        let mut part = 0;
        while self.kind() != Kind::Rbracket && part < 3 {
            match self.kind() {
                Kind::Colon if part < 2 => {
                    part += 1;
                    self.at += 1;
                }
                Kind::Number => parts[part] = Some(self.number()),
                _ => return Err(self.error(self.token(), "syntax error")),
            }
        }
        self.take(&[Kind::Rbracket])?;
        self.list_projection(chain(left, Node::Slice(parts)))
    }

    fn number(&mut self) -> i128 {
        match self.advance().value {
            Json::Int(i) => i,
            _ => 0,
        }
    }

    /// What a projection applies to each item.
    fn projected(&mut self, power: u32) -> Parsed {
        match self.kind() {
            kind if kind.power() < PROJECTION_STOP => Ok(Node::Current),
            Kind::Lbracket | Kind::Filter => self.expression(power),
            Kind::Dot => {
                self.at += 1;
                self.after_dot(power)
            }
            _ => Err(self.error(self.token(), "syntax error")),
        }
    }

    fn after_dot(&mut self, power: u32) -> Parsed {
        match self.kind() {
            Kind::QuotedIdentifier | Kind::UnquotedIdentifier | Kind::Star => self.expression(power),
            Kind::Lbracket => {
                self.at += 1;
                self.multi_list()
            }
            Kind::Lbrace => {
                self.at += 1;
                self.multi_hash()
            }
            _ => Err(self.expecting(&AFTER_DOT)),
        }
    }

    fn multi_list(&mut self) -> Parsed {
        let mut items = Vec::new();
        loop {
            items.push(self.expression(0)?);
            if self.kind() == Kind::Rbracket {
                self.at += 1;
                return Ok(Node::MultiList(items));
            }
            self.take(&[Kind::Comma])?;
        }
    }

    fn multi_hash(&mut self) -> Parsed {
        let mut entries = Vec::new();
        loop {
            let key = self.take(&KEYS)?;
            self.take(&[Kind::Colon])?;
            entries.push((text_of(&key), self.expression(0)?));
            match self.kind() {
                Kind::Comma => self.at += 1,
                Kind::Rbrace => {
                    self.at += 1;
                    return Ok(Node::MultiHash(entries));
                }
                _ => {}
            }
        }
    }
}

fn text_of(token: &Token) -> Arc<str> {
    match &token.value {
        Json::Str(text) => text.clone(),
        other => Arc::from(ordered::str(other)),
    }
}
