//! The lines of a page before they are lined up.

use crate::render::tabwriter;
use std::fmt::Display;

/// Collects lines; a TAB ends a cell.
#[derive(Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    /// Text as it is: no indent, no newline. A value may not move the cursor of the terminal, so its escape and
    /// carriage-return characters are spelled out.
    pub(super) fn write(&mut self, text: impl Display) {
        self.text.push_str(&text.to_string().replace('\x1b', "^[").replace('\r', "\\r"));
    }

    /// A line, two blanks further in for each level.
    pub(super) fn line(&mut self, level: usize, text: impl Display) {
        self.write(format_args!("{:indent$}{text}\n", "", indent = level * 2));
    }

    /// `Name:` and its value in the next column.
    pub(super) fn field(&mut self, level: usize, name: &str, value: impl Display) {
        self.line(level, format_args!("{name}:\t{value}"));
    }

    /// A field that is left out when its value is empty.
    pub(super) fn field_unless_empty(&mut self, level: usize, name: &str, value: &str) {
        if !value.is_empty() {
            self.field(level, name, value);
        }
    }

    /// A field with a line for each value, the values below each other; `<none>` without any.
    pub(super) fn column<T: Display>(&mut self, level: usize, name: &str, values: &[T]) {
        let Some((first, rest)) = values.split_first() else { return self.field(level, name, "<none>") };
        self.field(level, name, first);
        for value in rest {
            self.line(0, format_args!("\t{value}"));
        }
    }

    /// The page as it was written.
    pub(super) fn raw(self) -> String {
        self.text
    }

    /// The page, lined up.
    pub(super) fn finish(self) -> String {
        tabwriter::align(tabwriter::DESCRIBE, &self.text)
    }
}
