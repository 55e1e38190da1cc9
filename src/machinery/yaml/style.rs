//! In which style a string can be written, and the writing of each.

use super::emitter::{Emitter, INDENT, WIDTH};
use std::fmt::Write;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|`.
    Literal,
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether go-yaml writes a character as it is.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

/// What the characters of a string allow outside of flow collections.
#[derive(Debug)]
pub(super) struct Analysis {
    /// It holds a line break.
    pub multiline: bool,
    plain: bool,
    single_quoted: bool,
    block: bool,
    empty: bool,
}

impl Analysis {
    pub fn of(text: &str) -> Analysis {
        let chars: Vec<char> = text.chars().collect();
        let (mut indicator, mut special, mut multiline) = (false, false, false);
        let (mut space_then_break, mut break_then_space) = (false, false);
        indicator |= text.starts_with("---") || text.starts_with("...");
        for (n, &c) in chars.iter().enumerate() {
            let before = n.checked_sub(1).map(|n| chars[n]);
            let blank_before = before.is_none_or(|c| c == ' ' || c == '\t' || is_break(c));
            let blank_after = chars.get(n + 1).is_none_or(|c| *c == ' ' || *c == '\t' || is_break(*c));
            indicator |= match c {
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                    n == 0
                }
                '-' | '?' => n == 0 && blank_after,
                ':' => blank_after,
                '#' => blank_before,
                _ => false,
            };
            special |= !is_printable(c);
            multiline |= is_break(c);
            space_then_break |= is_break(c) && before == Some(' ');
            break_then_space |= c == ' ' && before.is_some_and(is_break);
        }
        let at_edge =
            |test: &dyn Fn(char) -> bool| [chars.first(), chars.last()].map(|c| c.is_some_and(|c| test(*c)));
        let [space_first, space_last] = at_edge(&|c| c == ' ');
        let [break_first, break_last] = at_edge(&is_break);
        let quoted_only = space_then_break || special;
        Analysis {
            multiline,
            plain: !(indicator || multiline || quoted_only || break_then_space)
                && !(space_first || space_last || break_first || break_last),
            single_quoted: !quoted_only && !break_then_space,
            block: !quoted_only && !space_last && !text.is_empty(),
            empty: text.is_empty(),
        }
    }

    /// The style that is possible and nearest to the wish.
    pub fn style(&self, wish: Style, key: bool) -> Style {
        match wish {
            Style::Plain if self.plain && !(self.empty && key) && !(key && self.multiline) => Style::Plain,
            Style::Plain | Style::SingleQuoted if self.single_quoted && !(key && self.multiline) => {
                Style::SingleQuoted
            }
            Style::Literal if self.block && !key => Style::Literal,
            _ => Style::DoubleQuoted,
        }
    }
}

impl Emitter {
    pub(super) fn plain_text(&mut self, text: &str, indent: usize, fold: bool) {
        self.gap();
        self.lines(text, indent, fold, Style::Plain);
        (self.after_blank, self.after_indent) = (false, false);
    }

    pub(super) fn single_quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.indicator("'", true, false);
        self.lines(text, indent, fold, Style::SingleQuoted);
        if self.libyaml && text.ends_with(is_break) {
            self.indent(indent);
        }
        self.indicator("'", false, false);
    }

    /// Text that stands for itself; single blanks past the width become line breaks, line breaks are doubled.
    fn lines(&mut self, text: &str, indent: usize, fold: bool, style: Style) {
        let chars: Vec<char> = text.chars().collect();
        let (mut spaces, mut breaks) = (false, false);
        for (n, &c) in chars.iter().enumerate() {
            if c == ' ' {
                let inside = style == Style::Plain || n > 0 && n + 1 < chars.len();
                if fold && !spaces && self.column > WIDTH && inside && chars.get(n + 1) != Some(&' ') {
                    self.indent(indent);
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.line_break();
                }
                self.copy_break(c);
                (self.after_indent, breaks) = (true, true);
            } else {
                if breaks {
                    self.indent(indent);
                }
                if c == '\'' && style == Style::SingleQuoted {
                    self.put(c);
                }
                self.put(c);
                self.after_indent = false;
                (spaces, breaks) = (false, false);
            }
        }
    }

    fn copy_break(&mut self, c: char) {
        if c == '\n' {
            self.line_break();
        } else {
            self.put(c);
            self.column = 0;
        }
    }

    pub(super) fn double_quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.indicator("\"", true, false);
        // go-yaml looks for the byte order mark at the start of the string whichever character it writes.
        let escape_all = !self.libyaml && text.starts_with('\u{feff}');
        let chars: Vec<char> = text.chars().collect();
        let mut spaces = false;
        for (n, &c) in chars.iter().enumerate() {
            if escape_all || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                if fold && !spaces && self.column > WIDTH && n > 0 && n + 1 < chars.len() {
                    self.indent(indent);
                    if chars[n + 1] == ' ' {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
        }
        self.indicator("\"", false, false);
    }

    fn escape(&mut self, c: char) {
        let mut text = String::from("\\");
        let short = match c {
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0b' => 'v',
            '\x0c' => 'f',
            '\r' => 'r',
            '\x1b' => 'e',
            '"' | '\\' => c,
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => '\0',
        };
        let _ = match (short, c as u32) {
            ('\0', code @ 0..=0xff) => write!(text, "x{code:02X}"),
            ('\0', code @ 0x100..=0xffff) => write!(text, "u{code:04X}"),
            ('\0', code) => write!(text, "U{code:08X}"),
            (short, _) => write!(text, "{short}"),
        };
        self.put_str(&text);
    }

    pub(super) fn literal(&mut self, text: &str, indent: usize) {
        self.indicator("|", true, false);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.indicator(&INDENT.to_string(), false, false);
        }
        let mut end = text.chars().rev();
        match (end.next().is_some_and(is_break), end.next().is_none_or(is_break)) {
            (false, _) => self.indicator("-", false, false),
            (true, true) => self.indicator("+", false, false),
            (true, false) => {}
        }
        self.line_break();
        (self.after_blank, self.after_indent) = (true, true);
        let mut breaks = true;
        for c in text.chars() {
            if is_break(c) {
                self.copy_break(c);
                (self.after_indent, breaks) = (true, true);
            } else {
                if breaks {
                    self.indent(indent);
                }
                self.put(c);
                self.after_indent = false;
                breaks = false;
            }
        }
    }
}
