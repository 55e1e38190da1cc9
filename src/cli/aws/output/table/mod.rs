//! `--output table`: boxes in boxes.

mod build;
mod layout;
mod width;

use crate::machinery::ordered::Json;

/// How a table is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Columns of the terminal.
    pub columns: usize,
    /// Whether cells are coloured.
    pub colour: bool,
}

/// The table of a value under a title; empty for an empty value. An error stands for a value that has no table.
pub(super) fn render(title: &str, value: &Json, look: Look) -> Result<String, String> {
    let mut sections = build::Sections::default();
    if !sections.build(Some(title), value, 0)? {
        return Ok(String::new());
    }
    layout::layout(sections.list, look)
}

/// A box: a title, at most one line of headers, rows.
#[derive(Clone, Debug, Default)]
struct Section {
    title: Option<String>,
    headers: Option<Vec<String>>,
    rows: Vec<Vec<String>>,
    /// How many bars stand left and right of it.
    indent: usize,
}
