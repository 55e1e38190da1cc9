//! Where a JSON text is broken, in `encoding/json`'s words: `invalid character '2' after object key`.

use super::go_text;

/// The first thing wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonSyntaxError {
    /// A character that cannot stand there.
    #[error("invalid character {} {context}", quote_byte(*.byte))]
    Invalid {
        /// How many bytes were read, the bad one included.
        offset: usize,
        /// The bad byte.
        byte: u8,
        /// What was expected or where: `after object key`.
        context: String,
    },
    /// The text ends too early.
    #[error("unexpected end of JSON input")]
    UnexpectedEnd,
}

fn quote_byte(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".into(),
        b'"' => "'\"'".into(),
        byte => {
            let quoted = go_text::quote(&char::from(byte).to_string());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    }
}

/// Checks that a text is one JSON value and nothing else.
pub fn check(text: &[u8]) -> Result<(), JsonSyntaxError> {
    let end = check_value(text)?;
    match text[end..].iter().position(|b| !is_space(*b)) {
        Some(n) => Err(invalid(text, end + n, "after top-level value")),
        None => Ok(()),
    }
}

/// Checks the JSON value at the start of a text; answers where it ends.
pub fn check_value(text: &[u8]) -> Result<usize, JsonSyntaxError> {
    let mut scan = Scan { text, at: 0 };
    let mut open: Vec<u8> = Vec::new();
    loop {
        let mut closed = scan.value(&mut open)?;
        // A value has ended: what may follow depends on what is open around it.
        while closed {
            let Some(bracket) = open.last() else { return Ok(scan.at) };
            closed = match (bracket, scan.peek()?) {
                (b'{', b',') => {
                    scan.at += 1;
                    scan.key()?;
                    false
                }
                (b'[', b',') => {
                    scan.at += 1;
                    false
                }
                (b'{', b'}') | (b'[', b']') => {
                    scan.at += 1;
                    open.pop();
                    true
                }
                (b'{', _) => return Err(scan.bad("after object key:value pair")),
                (_, _) => return Err(scan.bad("after array element")),
            };
        }
    }
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

fn invalid(text: &[u8], at: usize, context: &str) -> JsonSyntaxError {
    match text.get(at) {
        Some(byte) => JsonSyntaxError::Invalid { offset: at + 1, byte: *byte, context: context.to_string() },
        None => JsonSyntaxError::UnexpectedEnd,
    }
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn bad(&self, context: &str) -> JsonSyntaxError {
        invalid(self.text, self.at, context)
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Result<u8, JsonSyntaxError> {
        while self.text.get(self.at).is_some_and(|b| is_space(*b)) {
            self.at += 1;
        }
        self.text.get(self.at).copied().ok_or(JsonSyntaxError::UnexpectedEnd)
    }

    /// A scalar or an empty collection (true), or the opening of a collection up to its first value (false).
    fn value(&mut self, open: &mut Vec<u8>) -> Result<bool, JsonSyntaxError> {
        match self.peek()? {
            b'{' => {
                self.at += 1;
                if self.peek()? == b'}' {
                    self.at += 1;
                    return Ok(true);
                }
                self.key()?;
                open.push(b'{');
                return Ok(false);
            }
            b'[' => {
                self.at += 1;
                if self.peek()? == b']' {
                    self.at += 1;
                    return Ok(true);
                }
                open.push(b'[');
                return Ok(false);
            }
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => return Err(self.bad("looking for beginning of value")),
        }
        Ok(true)
    }

    /// `"key":`
    fn key(&mut self) -> Result<(), JsonSyntaxError> {
        if self.peek()? != b'"' {
            return Err(self.bad("looking for beginning of object key string"));
        }
        self.string()?;
        if self.peek()? != b':' {
            return Err(self.bad("after object key"));
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), JsonSyntaxError> {
        self.at += 1;
        loop {
            match self.text.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    match self.text.get(self.at) {
                        Some(b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"') => self.at += 1,
                        Some(b'u') => {
                            self.at += 1;
                            for _ in 0..4 {
                                self.step(u8::is_ascii_hexdigit, "in \\u hexadecimal character escape")?;
                            }
                        }
                        _ => return Err(self.bad("in string escape code")),
                    }
                }
                Some(b' '..) => self.at += 1,
                _ => return Err(self.bad("in string literal")),
            }
        }
    }

    fn step(&mut self, test: impl Fn(&u8) -> bool, context: &str) -> Result<(), JsonSyntaxError> {
        if !self.text.get(self.at).is_some_and(test) {
            return Err(self.bad(context));
        }
        self.at += 1;
        Ok(())
    }

    fn digits(&mut self, context: &str) -> Result<(), JsonSyntaxError> {
        self.step(u8::is_ascii_digit, context)?;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonSyntaxError> {
        if self.text[self.at] == b'-' {
            self.at += 1;
        }
        if self.text.get(self.at) == Some(&b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.text.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), JsonSyntaxError> {
        for expected in word.bytes() {
            let context = format!("in literal {word} (expecting '{}')", char::from(expected));
            self.step(|b| *b == expected, &context)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_place_as_go_does() {
        let error = |text: &str| check(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error("{a: 1}"), "invalid character 'a' looking for beginning of object key string");
        assert_eq!(error("{\n\"a\": 1,\n  \"b\" 2}"), "invalid character '2' after object key");
        assert_eq!(error(r#"{"a": [1 2]}"#), "invalid character '2' after array element");
        assert_eq!(error(r#"{"a": 1 "b"}"#), "invalid character '\"' after object key:value pair");
        assert_eq!(error(r#"{"a": "\x"}"#), "invalid character 'x' in string escape code");
        assert_eq!(error("{\"a\": \"\u{1}\"}"), r"invalid character '\x01' in string literal");
        assert_eq!(error("tru5"), "invalid character '5' in literal true (expecting 'e')");
        assert_eq!(error("--"), "invalid character '-' in numeric literal");
        assert_eq!(error("1.x"), "invalid character 'x' after decimal point in numeric literal");
        assert_eq!(error("{} 'x"), r"invalid character '\'' after top-level value");
        assert_eq!(error(r#"{"a": ["#), "unexpected end of JSON input");
        assert_eq!(check(br#" {"a": [1, -0.5e+3, {}, [], [[]], "\u00e9", null]} "#), Ok(()));
    }
}
