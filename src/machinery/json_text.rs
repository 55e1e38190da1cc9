//! JSON text into a [`Value`] and back: the one format every object, change and memory is kept in, in every command.
//! Reading straight into sorted maps with interned keys, and writing strings as they stand, takes a third of what the
//! general reader and writer take.
//!
//! What [`read`] cannot read it leaves to serde_json, whose messages are the ones users see.

use super::bytes;
use super::keys::intern;
use super::value::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// Deeper nesting is left to serde_json, which refuses it.
const DEPTH: usize = 100;

/// The value of a JSON text; nothing when it is not plain JSON.
pub(super) fn read(text: &str) -> Option<Value> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, entries: Vec::new(), items: Vec::new() };
    let value = reader.value(0)?;
    reader.skip_blanks();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// What was read of the maps and lists that are still open: each gets exactly the room it needs when it closes.
    entries: Vec<(Arc<str>, Value)>,
    items: Vec<Value>,
}

impl<'a> Reader<'a> {
    fn skip_blanks(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// The next byte that is no blank, which stays.
    fn peek(&mut self) -> Option<u8> {
        self.skip_blanks();
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        self.text[self.at..].starts_with(word).then(|| {
            self.at += word.len();
            value
        })
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEPTH {
            return None;
        }
        match self.peek()? {
            b'{' => self.map(depth),
            b'[' => self.list(depth),
            b'"' => Some(Value::from(self.string()?.as_ref())),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => self.number(),
        }
    }

    fn map(&mut self, depth: usize) -> Option<Value> {
        let first = self.entries.len();
        self.at += 1;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(Value::from(Map::new()));
        }
        loop {
            self.skip_blanks();
            let key = intern(&self.string()?);
            self.take(b':')?;
            let value = self.value(depth + 1)?;
            self.entries.push((key, value));
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.at += 1;
        Some(Value::from(Map::of_entries(self.entries.drain(first..))))
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        let first = self.items.len();
        self.at += 1;
        if self.peek()? == b']' {
            self.at += 1;
            return Some(Value::array());
        }
        loop {
            let item = self.value(depth + 1)?;
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
        let mut escaped = false;
        let close = self.bytes[end..].iter().position(|b| {
            let closes = *b == b'"' && !escaped;
            escaped = *b == b'\\' && !escaped;
            closes
        })?;
        let quoted = &self.text[self.at..=end + close];
        self.at = end + close + 1;
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

/// Compact JSON, keys in order: what serde_json writes.
pub(super) fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Str(text) => write_string(text, out),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (i, (key, item)) in map.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
        Value::Int(int) => out.push_str(&int.to_string()),
        Value::Float(_) => out.push_str(&serde_json::to_string(value).unwrap_or_default()),
    }
}

fn write_string(text: &str, out: &mut String) {
    if plain(text.as_bytes()) < text.len() {
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
    } else {
        out.reserve(text.len() + 2);
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

/// How many bytes stand for themselves in a JSON string: those before the first quote, backslash or control character.
fn plain(text: &[u8]) -> usize {
    let special = |word| bytes::equal(word, b'"') | bytes::equal(word, b'\\') | bytes::below(word, 0x20);
    bytes::scan(text, special, |byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
}

/// Any other number, by the rules of JSON.
fn fraction(text: &str) -> Option<Value> {
    serde_json::from_str::<f64>(text).ok().map(Value::Float)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_serde(text: &str) -> Option<Value> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn reads_what_serde_json_reads() {
        for text in [
            "null",
            " true ",
            "false",
            "0",
            "-0",
            "-1",
            "1.5",
            "1e3",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "01",
            "1.",
            "+1",
            "-",
            "\"\"",
            "\"a\\n\\u00e9\\\\\"",
            "\"\\\\\"",
            "\"\\\"\"",
            "\"\u{1}\"",
            "\"a",
            "[]",
            "[1, 2 ,3]",
            "[1,]",
            "{}",
            "{\"b\":1,\"a\":[{}]}",
            "{\"a\":1,\"a\":2}",
            "{\"a\" : null }",
            "{\"a\"}",
            "{a:1}",
            "",
            "nul",
            "1 2",
            "\"\\ud83d\\ude00\"",
        ] {
            match (read(text), by_serde(text)) {
                (None, None) => {}
                (Some(a), Some(b)) => assert_eq!(a.to_json(), serde_json::to_string(&b).unwrap(), "{text}"),
                (a, b) => panic!("{text}: {a:?} {b:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn finds_the_first_byte_that_is_not_plain(text in "[a\u{7f}é\u{80}\u{1f600}]{0,20}[\"\\\\\u{0}\u{1f} !#\\[\\]]{0,3}[ab]{0,9}") {
            let first = text.bytes().position(|b| b < 0x20 || b == b'"' || b == b'\\');
            prop_assert_eq!(plain(text.as_bytes()), first.unwrap_or(text.len()));
            prop_assert_eq!(Value::from(text.as_str()).to_json(), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn reads_any_text_as_serde_json_does(text in "[\\[\\]{}:,\" a-c0-9.eE\\\\nut-]{0,24}") {
            prop_assert_eq!(read(&text).map(|v| v.to_json()), by_serde(&text).map(|v| serde_json::to_string(&v).unwrap()));
        }
    }
}
