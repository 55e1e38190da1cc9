//! Reading: `json.loads`, with its messages.

use super::{Entries, Json};

/// Where reading failed: `Expecting value: line 1 column 16 (char 15)`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}: line {line} column {column} (char {at})")]
pub struct SyntaxError {
    message: String,
    line: usize,
    column: usize,
    at: usize,
}

/// Maps and lists deeper than this are refused rather than read.
const DEEPEST: usize = 500;

/// Reads one value and nothing after it. Of a repeated key the last value counts.
pub fn parse(text: &str) -> Result<Json, SyntaxError> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, depth: 0 };
    reader.blanks();
    let value = reader.value()?;
    reader.blanks();
    if reader.at < reader.chars.len() { Err(reader.error("Extra data", reader.at)) } else { Ok(value) }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn error(&self, message: &str, at: usize) -> SyntaxError {
        let before = &self.chars[..at.min(self.chars.len())];
        let line = before.iter().filter(|c| **c == '\n').count() + 1;
        let column = at - before.iter().rposition(|c| *c == '\n').map_or(0, |i| i + 1) + 1;
        SyntaxError { message: message.to_string(), line, column, at }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let found = word.chars().enumerate().all(|(i, c)| self.chars.get(self.at + i) == Some(&c));
        if found {
            self.at += word.len();
        }
        found
    }

    fn value(&mut self) -> Result<Json, SyntaxError> {
        const WORDS: [(&str, Json); 6] = [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
            ("NaN", Json::Float(f64::NAN)),
            ("Infinity", Json::Float(f64::INFINITY)),
            ("-Infinity", Json::Float(f64::NEG_INFINITY)),
        ];
        match self.peek() {
            Some('"') => {
                self.at += 1;
                Ok(Json::str(&self.string()?))
            }
            Some('{') => self.nested(Reader::map),
            Some('[') => self.nested(Reader::list),
            _ => match WORDS.into_iter().find(|(word, _)| self.word(word)) {
                Some((_, value)) => Ok(value),
                None => self.number(),
            },
        }
    }

    fn nested(&mut self, read: fn(&mut Reader) -> Result<Json, SyntaxError>) -> Result<Json, SyntaxError> {
        if self.depth >= DEEPEST {
            return Err(self.error("Expecting value", self.at));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn map(&mut self) -> Result<Json, SyntaxError> {
        let mut entries = Entries::new();
        self.blanks();
        if self.peek() == Some('}') {
            self.at += 1;
            return Ok(Json::map(entries));
        }
        loop {
            if self.peek() != Some('"') {
                return Err(self.error("Expecting property name enclosed in double quotes", self.at));
            }
            self.at += 1;
            let key = self.string()?;
            self.blanks();
            if self.peek() != Some(':') {
                return Err(self.error("Expecting ':' delimiter", self.at));
            }
            self.at += 1;
            self.blanks();
            let value = self.value()?;
            entries.insert(key.as_str(), value);
            self.blanks();
            match self.peek() {
                Some('}') => break,
                Some(',') => self.at += 1,
                _ => return Err(self.error("Expecting ',' delimiter", self.at)),
            }
            self.blanks();
        }
        self.at += 1;
        Ok(Json::map(entries))
    }

    fn list(&mut self) -> Result<Json, SyntaxError> {
        let mut items = Vec::new();
        self.blanks();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(Json::list(items));
        }
        loop {
            items.push(self.value()?);
            self.blanks();
            match self.peek() {
                Some(']') => break,
                Some(',') => self.at += 1,
                _ => return Err(self.error("Expecting ',' delimiter", self.at)),
            }
            self.blanks();
        }
        self.at += 1;
        Ok(Json::list(items))
    }

    /// What follows an opening quote.
    fn string(&mut self) -> Result<String, SyntaxError> {
        let begin = self.at - 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else {
                return Err(self.error("Unterminated string starting at", begin));
            };
            self.at += 1;
            match c {
                '"' => return Ok(text),
                '\\' => text.push(self.escape(begin)?),
                c if (c as u32) < 0x20 => return Err(self.error("Invalid control character at", self.at - 1)),
                c => text.push(c),
            }
        }
    }

    fn escape(&mut self, begin: usize) -> Result<char, SyntaxError> {
        let Some(c) = self.peek() else {
            return Err(self.error("Unterminated string starting at", begin));
        };
        self.at += 1;
        Ok(match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.unit()?;
                if (0xd800..0xdc00).contains(&first) && self.word("\\u") {
                    let second = self.unit()?;
                    let pair = char::decode_utf16([first, second]).next();
                    return Ok(pair.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(self.error("Invalid \\escape", self.at - 2)),
        })
    }

    fn unit(&mut self) -> Result<u16, SyntaxError> {
        let digits: String = self.chars.iter().skip(self.at).take(4).collect();
        let whole = digits.len() == 4 && digits.chars().all(|c| c.is_ascii_hexdigit());
        match u16::from_str_radix(&digits, 16) {
            Ok(unit) if whole => {
                self.at += 4;
                Ok(unit)
            }
            _ => Err(self.error("Invalid \\uXXXX escape", self.at - 1)),
        }
    }

    fn number(&mut self) -> Result<Json, SyntaxError> {
        let begin = self.at;
        let digits = |reader: &mut Reader| {
            let from = reader.at;
            while reader.peek().is_some_and(|c| c.is_ascii_digit()) {
                reader.at += 1;
            }
            reader.at > from
        };
        if self.peek() == Some('-') {
            self.at += 1;
        }
        let whole = if self.peek() == Some('0') {
            self.at += 1;
            true
        } else {
            digits(self)
        };
        if !whole {
            self.at = begin;
            return Err(self.error("Expecting value", begin));
        }
        let mut integer = true;
        for (marks, signs) in [(&['.'][..], &[][..]), (&['e', 'E'][..], &['+', '-'][..])] {
            let back = self.at;
            if !self.peek().is_some_and(|c| marks.contains(&c)) {
                continue;
            }
            self.at += 1;
            if self.peek().is_some_and(|c| signs.contains(&c)) {
                self.at += 1;
            }
            if digits(self) {
                integer = false;
            } else {
                self.at = back;
                break;
            }
        }
        let text: String = self.chars[begin..self.at].iter().collect();
        let float = || Json::Float(text.parse().unwrap_or(f64::NAN));
        Ok(if integer { text.parse().map_or_else(|_| float(), Json::Int) } else { float() })
    }
}
