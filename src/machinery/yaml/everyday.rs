//! The YAML that most manifests are written in, read straight into values: block maps and lists, flow collections and
//! scalars of one line, literal text. It takes a tenth of what the general reader takes.
//!
//! What is not certainly read here as the general reader reads it is left to that one, and so are all errors.

use super::reader::{Dialect, plain_scalar};
use super::scalar::Scalar;
use crate::machinery::{Map, Value};

/// Deeper nesting is left to the general reader.
const DEPTH: usize = 60;
/// Longer keys are.
const KEY: usize = 128;

/// The value of a document; nothing when it is not made of what is known here.
pub(super) fn read(text: &str, dialect: Dialect) -> Option<Value> {
    if !text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n')) {
        return None;
    }
    let mut document = Document { rest: text, inner: None, dialect, depth: 0 };
    let value = document.block()?;
    document.peek().is_none().then_some(value)
}

/// What is left of a line, and the column it begins at.
#[derive(Clone, Copy)]
struct Line<'t> {
    column: usize,
    text: &'t str,
}

impl Line<'_> {
    fn is_item(&self) -> bool {
        self.text == "-" || self.text.starts_with("- ")
    }
}

struct Document<'t> {
    /// The lines not looked at yet.
    rest: &'t str,
    /// The collection that begins behind the dash of a line that was.
    inner: Option<Line<'t>>,
    dialect: Dialect,
    depth: usize,
}

/// A line without its indentation.
fn dedented(line: &str) -> Line<'_> {
    let text = line.trim_start_matches(' ');
    Line { column: line.len() - text.len(), text }
}

/// What stands on a line behind a value.
fn is_end(text: &str) -> bool {
    let rest = text.trim_start_matches(' ');
    rest.is_empty() || (rest.starts_with('#') && rest.len() < text.len())
}

impl<'t> Document<'t> {
    /// The next line that says anything, which stays.
    fn peek(&mut self) -> Option<Line<'t>> {
        if self.inner.is_some() {
            return self.inner;
        }
        loop {
            let line = dedented(self.rest.lines().next()?);
            if !line.text.is_empty() && !line.text.starts_with('#') {
                return Some(line);
            }
            self.skip_line();
        }
    }

    fn skip_line(&mut self) {
        if self.inner.take().is_none() {
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }

    /// The map or list that begins on the next line.
    fn block(&mut self) -> Option<Value> {
        let line = self.peek()?;
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let value = if line.is_item() { self.list(line.column) } else { self.map(line.column) };
        self.depth -= 1;
        value
    }

    fn map(&mut self, column: usize) -> Option<Value> {
        let mut map = Map::new();
        while let Some(line) = self.peek().filter(|line| line.column >= column) {
            let marker = ["---", "...", "%"].iter().any(|mark| column == 0 && line.text.starts_with(mark));
            if line.column > column || line.is_item() || marker {
                return None;
            }
            let (key, behind) = key(line.text, self.dialect)?;
            self.skip_line();
            // Looking ahead skips comments, and in literal text there are none.
            let next = if is_end(behind) { self.peek() } else { None };
            let value = match next {
                // The items of a list may stand as far left as the key.
                Some(next) if next.column == column && next.is_item() => self.list(column)?,
                _ => self.value(behind, column)?,
            };
            map.insert(key, value);
        }
        Some(Value::from(map))
    }

    fn list(&mut self, column: usize) -> Option<Value> {
        let mut items = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.column >= column) {
            if line.column > column {
                return None;
            }
            if !line.is_item() {
                break;
            }
            let behind = &line.text[1..];
            self.skip_line();
            let inner = dedented(behind);
            if inner.is_item() || key(inner.text, self.dialect).is_some() {
                self.inner = Some(Line { column: column + 1 + inner.column, ..inner });
                items.push(self.block()?);
            } else {
                items.push(self.value(behind, column)?);
            }
        }
        Some(Value::from(items))
    }

    /// The value behind a key or dash at a column.
    fn value(&mut self, behind: &'t str, column: usize) -> Option<Value> {
        if is_end(behind) {
            return match self.peek() {
                Some(next) if next.column > column => self.block(),
                _ => Some(Value::Null),
            };
        }
        let text = behind.trim_start_matches(' ');
        if let Some(header) = text.strip_prefix('|') {
            return self.literal(header, column);
        }
        let (value, end) = match text.as_bytes()[0] {
            b'"' | b'\'' | b'{' | b'[' => self.closed(text, 0)?,
            _ => {
                let end = text.find(" #").unwrap_or(text.len());
                (self.plain(text[..end].trim_end_matches(' '))?, "")
            }
        };
        // A line further right would go on with it.
        let goes_on = self.peek().is_some_and(|next| next.column > column);
        (is_end(end) && !goes_on).then_some(value)
    }

    /// An unquoted scalar of a block.
    fn plain(&self, text: &str) -> Option<Value> {
        let first = *text.as_bytes().first()?;
        let begins =
            first.is_ascii_alphanumeric() || matches!(first, b'_' | b'.' | b'/' | b'$' | b'(' | b'+' | b'~');
        let dashed =
            first == b'-' && text.as_bytes().get(1).is_some_and(|second| !matches!(second, b' ' | b'-'));
        let option = text.starts_with("--") && text.as_bytes().get(2).is_some_and(u8::is_ascii_alphanumeric);
        if !(begins || dashed || option) || text.contains(": ") || text.ends_with(':') {
            return None;
        }
        match plain_scalar(text, self.dialect) {
            Scalar::Float(f) if !f.is_finite() => None,
            found => Some(found.into_value(text)),
        }
    }

    /// A quoted scalar or a flow collection, and what stands behind it.
    fn closed(&self, text: &'t str, depth: usize) -> Option<(Value, &'t str)> {
        match text.as_bytes()[0] {
            _ if depth > DEPTH => None,
            b'{' => self.flow_map(&text[1..], depth),
            b'[' => self.flow_list(&text[1..], depth),
            _ => quoted(text).map(|(text, rest)| (Value::from(text), rest)),
        }
    }

    fn flow_list(&self, text: &'t str, depth: usize) -> Option<(Value, &'t str)> {
        let mut items = Vec::new();
        let mut rest = text.trim_start_matches(' ');
        if let Some(rest) = rest.strip_prefix(']') {
            return Some((Value::array(), rest));
        }
        loop {
            let (item, behind) = self.flow_value(rest, depth)?;
            items.push(item);
            rest = behind.trim_start_matches(' ');
            match rest.as_bytes().first()? {
                b',' => rest = rest[1..].trim_start_matches(' '),
                b']' => return Some((Value::from(items), &rest[1..])),
                _ => return None,
            }
        }
    }

    fn flow_map(&self, text: &'t str, depth: usize) -> Option<(Value, &'t str)> {
        let mut map = Map::new();
        let mut rest = text.trim_start_matches(' ');
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((Value::object(), rest));
        }
        loop {
            let (key, behind) = key(rest, self.dialect)?;
            let (value, behind) = self.flow_value(behind.trim_start_matches(' '), depth)?;
            map.insert(key, value);
            rest = behind.trim_start_matches(' ');
            match rest.as_bytes().first()? {
                b',' => rest = rest[1..].trim_start_matches(' '),
                b'}' => return Some((Value::from(map), &rest[1..])),
                _ => return None,
            }
        }
    }

    fn flow_value(&self, text: &'t str, depth: usize) -> Option<(Value, &'t str)> {
        if matches!(text.as_bytes().first()?, b'"' | b'\'' | b'{' | b'[') {
            return self.closed(text, depth + 1);
        }
        let end = text.find([',', '[', ']', '{', '}'])?;
        let plain = text[..end].trim_end_matches(' ');
        // Colons and question marks mean more between brackets than elsewhere.
        if plain.contains([':', '?', '#']) {
            return None;
        }
        Some((self.plain(plain)?, &text[end..]))
    }

    /// Literal text behind `|` or `|-`.
    fn literal(&mut self, header: &str, column: usize) -> Option<Value> {
        let clip = match header.trim_end_matches(' ') {
            "" => "\n",
            "-" => "",
            _ => return None,
        };
        let mut text = String::new();
        let mut indent = None;
        while let Some(line) = self.rest.lines().next() {
            let content = dedented(line);
            if content.text.is_empty() {
                if content.column > indent.unwrap_or(0) {
                    return None;
                }
                text.push('\n');
            } else {
                if content.column <= column {
                    break;
                }
                let indent = *indent.get_or_insert(content.column);
                text.push_str(line.get(indent..).filter(|_| content.column >= indent)?);
                text.push('\n');
            }
            // How text ends that has no last line break is for the general reader.
            self.rest = self.rest.split_once('\n')?.1;
        }
        indent?;
        Some(Value::from(format!("{}{clip}", text.trim_end_matches('\n'))))
    }
}

/// The key at the beginning of a text, and what stands behind its colon.
fn key(text: &str, dialect: Dialect) -> Option<(&str, &str)> {
    if let Some(inside) = text.strip_prefix('"') {
        let (key, rest) = inside.split_once('"')?;
        let rest = rest.strip_prefix(':').filter(|rest| rest.is_empty() || rest.starts_with(' '))?;
        return (!key.contains('\\') && key.len() <= KEY).then_some((key, rest));
    }
    let usual = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'/' | b'-');
    let end = text.bytes().position(|b| !usual(b))?;
    let (key, rest) = (&text[..end], text[end..].strip_prefix(':')?);
    let begins = key.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_word = begins && key.len() <= KEY && plain_scalar(key, dialect) == Scalar::Str;
    (is_word && (rest.is_empty() || rest.starts_with(' '))).then_some((key, rest))
}

/// A quoted scalar that ends on its line and has none but the usual escapes, and what stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next()?;
    let (mut out, mut rest) = (String::new(), &text[1..]);
    loop {
        let end = rest.find([quote, '\\'])?;
        out.push_str(&rest[..end]);
        let escaped = rest.as_bytes().get(end + 1).copied();
        let (read, taken) = match (rest.as_bytes()[end], escaped) {
            (b'\'', Some(b'\'')) => ('\'', 2),
            (b'\\', _) if quote == '\'' => ('\\', 1),
            (b'\\', Some(b @ (b'"' | b'\\'))) => (char::from(b), 2),
            (b'\\', Some(b'n')) => ('\n', 2),
            (b'\\', Some(b't')) => ('\t', 2),
            (b'\\', _) => return None,
            _ => return Some((out, &rest[end + 1..])),
        };
        out.push(read);
        rest = &rest[end + taken..];
    }
}
