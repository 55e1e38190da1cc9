//! JSON text into a [`Value`].

use super::{Members, plain, structural};
use crate::machinery::value::{Map, Value};
use crate::machinery::words::{self, Words};
use std::borrow::Cow;
use std::sync::Arc;

/// Deeper nesting is left to serde_json, which refuses it.
const DEPTH: usize = 100;

/// The value of a JSON text; nothing when it is not plain JSON.
pub(in crate::machinery) fn read(text: &str) -> Option<Value> {
    read_members(text, Members::all())
}

/// As [`read`], but of what is not among the members nothing is read, nor looked at closely.
pub(in crate::machinery) fn read_members(text: &str, members: &Members) -> Option<Value> {
    words::with(|words| {
        let bytes = text.as_bytes();
        let mut reader = Reader { text, bytes, at: 0, words, entries: Vec::new(), items: Vec::new() };
        let value = reader.value(members, 0)?;
        reader.skip_blanks();
        (reader.at == text.len()).then_some(value)
    })
}

struct Reader<'a, 'w> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    words: &'w mut Words,
    /// What was read of the maps and lists that are still open: each gets exactly the room it needs when it closes.
    entries: Vec<(Arc<str>, Value)>,
    items: Vec<Value>,
}

impl<'a> Reader<'a, '_> {
    #[inline(always)]
    fn skip_blanks(&mut self) {
        // Our own files have none.
        while self.bytes.get(self.at).is_some_and(|b| *b <= b' ' && matches!(b, b' ' | b'\n' | b'\r' | b'\t'))
        {
            self.at += 1;
        }
    }

    /// The next byte that is no blank, which stays.
    #[inline(always)]
    fn peek(&mut self) -> Option<u8> {
        self.skip_blanks();
        self.bytes.get(self.at).copied()
    }

    #[inline(always)]
    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        self.text[self.at..].starts_with(word).then(|| {
            self.at += word.len();
            value
        })
    }

    fn value(&mut self, of: &Members, depth: usize) -> Option<Value> {
        if depth > DEPTH {
            return None;
        }
        match self.peek()? {
            b'{' => self.map(of, depth),
            b'[' => self.list(of, depth),
            b'"' => {
                let text = self.string()?;
                Some(Value::Str(self.words.shared(&text)))
            }
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => self.number(),
        }
    }

    fn map(&mut self, of: &Members, depth: usize) -> Option<Value> {
        let first = self.entries.len();
        self.at += 1;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(Value::from(Map::new()));
        }
        loop {
            self.skip_blanks();
            let key = self.string()?;
            self.take(b':')?;
            if let Some(of) = of.within(&key) {
                let key = self.words.shared(&key);
                let value = self.value(of, depth + 1)?;
                self.entries.push((key, value));
            } else {
                self.skip_value()?;
            }
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.at += 1;
        Some(Value::from(Map::of_entries(self.entries.drain(first..))))
    }

    fn list(&mut self, of: &Members, depth: usize) -> Option<Value> {
        let first = self.items.len();
        self.at += 1;
        if self.peek()? == b']' {
            self.at += 1;
            return Some(Value::array());
        }
        loop {
            let item = self.value(of, depth + 1)?;
            self.items.push(item);
            match self.peek()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return None,
            }
        }
        self.at += 1;
        Some(Value::List(Arc::new(self.items.drain(first..).collect())))
    }

    fn skip_value(&mut self) -> Option<()> {
        let mut open = 0;
        loop {
            match self.peek()? {
                b'"' => self.at = end_of_string(self.bytes, self.at)?,
                b'{' | b'[' => open += 1,
                b'}' | b']' if open == 0 => return None,
                b'}' | b']' => open -= 1,
                _ if open == 0 => {
                    // The comma or bracket behind a number or a word stays.
                    while !matches!(self.bytes.get(self.at)?, b',' | b'}' | b']') {
                        self.at += 1;
                    }
                    return Some(());
                }
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return Some(());
            }
            self.at += structural(&self.bytes[self.at..]);
        }
    }

    /// A string; most hold no escapes and are taken as they stand.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return None;
        }
        let start = self.at + 1;
        let end = start + plain(&self.bytes[start..]);
        if *self.bytes.get(end)? == b'"' {
            self.at = end + 1;
            return Some(Cow::Borrowed(&self.text[start..end]));
        }
        let close = end_of_string(self.bytes, self.at)?;
        let quoted = &self.text[self.at..=close];
        self.at = close + 1;
        serde_json::from_str::<String>(quoted).ok().map(Cow::Owned)
    }

    fn number(&mut self) -> Option<Value> {
        let start = self.at;
        while matches!(self.bytes.get(self.at), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
            return fraction(text);
        }
        match text.parse::<i64>() {
            Ok(int) if digits.bytes().all(|b| b.is_ascii_digit()) && text != "-0" => Some(Value::Int(int)),
            _ => fraction(text),
        }
    }
}

/// The closing quote of the string that begins at a place.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += plain(bytes.get(at..)?);
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Any other number, by the rules of JSON.
fn fraction(text: &str) -> Option<Value> {
    serde_json::from_str::<f64>(text).ok().map(Value::Float)
}
