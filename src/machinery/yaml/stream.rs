//! A manifest file to its documents, as kubectl takes it apart: JSON values one after the other, or YAML chunks between
//! lines that start with `---`. Lines are counted from the start of a chunk, not of the file.

use super::reader::{Dialect, YamlError, read_in};
use crate::machinery::json_syntax::{self, JsonSyntaxError};
use crate::machinery::{Value, go_text};

/// Why a stream ends early; prints what kubectl prints after `error parsing FILE: `.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// A document is not YAML.
    #[error("error converting YAML to JSON: {0}")]
    Yaml(#[from] YamlError),
    /// Something other than a comment behind `---`.
    #[error("invalid Yaml document separator: {0}")]
    Separator(String),
    /// What began like JSON is neither JSON nor YAML.
    #[error("json: offset {0}: {1}")]
    NeitherJson(usize, JsonSyntaxError),
    /// Several JSON values, and something after them that is none.
    #[error(transparent)]
    Json(#[from] JsonSyntaxError),
    /// A JSON value that does not end.
    #[error("unexpected EOF")]
    UnexpectedEof,
}

/// One document of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What it says.
    pub value: Value,
    /// JSON as it was written, for messages that show it.
    text: Option<String>,
}

impl Document {
    /// Checks that this is an object with a kind. `Err` is what kubectl prints after `unable to decode "FILE": `.
    pub fn into_object(self) -> Result<Value, String> {
        let found = match &self.value {
            Value::Map(_) if self.value.str_at("kind").is_empty() => {
                let json = self.text.unwrap_or_else(|| go_text::json(&self.value));
                return Err(format!("Object 'Kind' is missing in '{json}'"));
            }
            Value::Map(_) => return Ok(self.value),
            other => go_text::json_kind(other),
        };
        Err(format!("json: cannot unmarshal {found} into Go value of type unstructured.detector"))
    }
}

/// The documents of a stream; empty ones are left out. Ends after the first error.
#[derive(Debug)]
pub struct Documents {
    text: String,
    at: usize,
    mode: Mode,
    dialect: Dialect,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// Trying JSON; so many values were read.
    Json(usize),
    Yaml,
    Done,
}

impl Documents {
    /// Reads the bytes of a file or of standard input.
    pub fn new(bytes: &[u8]) -> Documents {
        // kubectl reads line by line and ends each with a line break of its own.
        let mut text = decode(bytes).replace("\r\n", "\n");
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let mode = if text.trim_start().starts_with('{') { Mode::Json(0) } else { Mode::Yaml };
        Documents { text, at: 0, mode, dialect: Dialect::Classic }
    }

    /// As another dialect.
    pub fn in_dialect(self, dialect: Dialect) -> Documents {
        Documents { dialect, ..self }
    }

    fn json(&mut self, values: usize) -> Option<Result<Document, StreamError>> {
        let rest = &self.text[self.at..];
        if rest.trim_ascii().is_empty() {
            return None;
        }
        match json_syntax::check_value(rest.as_bytes()) {
            Ok(end) => {
                let text = rest[..end].trim_ascii();
                self.at += end;
                self.mode = Mode::Json(values + 1);
                // The syntax is right; numbers no float can hold are what is left.
                Some(match Value::parse(text) {
                    Ok(value) => Ok(Document { value, text: Some(text.to_string()) }),
                    Err(_) => Err(StreamError::UnexpectedEof),
                })
            }
            Err(JsonSyntaxError::UnexpectedEnd) => Some(Err(StreamError::UnexpectedEof)),
            Err(e) if values > 1 => Some(Err(e.into())),
            // What is not JSON may still be YAML. If it is neither, the JSON error is the one that shows.
            Err(e) => {
                let start = self.at;
                self.at += rest.len() - rest.trim_start().len();
                self.mode = Mode::Yaml;
                self.yaml().map(|document| {
                    document.map_err(|_| match &e {
                        JsonSyntaxError::Invalid { offset, .. } => {
                            StreamError::NeitherJson(start + offset, e.clone())
                        }
                        JsonSyntaxError::UnexpectedEnd => StreamError::UnexpectedEof,
                    })
                })
            }
        }
    }

    fn yaml(&mut self) -> Option<Result<Document, StreamError>> {
        let dialect = self.dialect;
        match self.chunk()? {
            Ok(chunk) => Some(
                read_in(chunk, dialect)
                    .map(|value| Document { value, text: None })
                    .map_err(StreamError::from),
            ),
            Err(e) => Some(Err(e)),
        }
    }

    /// The next chunk that is not empty, up to a separator line.
    fn chunk(&mut self) -> Option<Result<&str, StreamError>> {
        let start = self.at;
        for line in self.text[start..].split_inclusive('\n') {
            let before = start..self.at;
            self.at += line.len();
            let Some(tail) = line.strip_prefix("---").map(str::trim) else { continue };
            if !tail.is_empty() && !tail.starts_with('#') {
                return Some(Err(StreamError::Separator(tail.to_string())));
            }
            return if before.is_empty() { self.chunk() } else { Some(Ok(&self.text[before])) };
        }
        (self.at > start).then(|| Ok(&self.text[start..self.at]))
    }
}

impl Iterator for Documents {
    type Item = Result<Document, StreamError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let next = match self.mode {
                Mode::Json(values) => self.json(values)?,
                Mode::Yaml => self.yaml()?,
                Mode::Done => return None,
            };
            match next {
                Ok(document) if document.value.is_null() => {}
                Ok(document) => return Some(Ok(document)),
                Err(e) => {
                    self.mode = Mode::Done;
                    return Some(Err(e));
                }
            }
        }
    }
}

/// Files are UTF-8 unless a byte order mark says UTF-16 (editors on Windows); what is broken becomes U+FFFD.
fn decode(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks(2).map(|c| unit([c[0], c.get(1).copied().unwrap_or(0)])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
