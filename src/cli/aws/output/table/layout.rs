//! Boxes to lines.

use super::width::columns;
use super::{Look, Section};

const RESET: &str = "\x1b[0m";
/// Bold and blue: cells of rows.
const CELL: &str = "\x1b[1m\x1b[34m";
/// Dim and yellow: the bars of the boxes around.
const BAR: &str = "\x1b[2m\x1b[33m|\x1b[0m";

/// The lines of the boxes. An error stands for rows of different lengths in one box.
pub(super) fn layout(mut sections: Vec<Section>, look: Look) -> Result<String, String> {
    for section in &sections {
        let lengths = section.headers.iter().chain(&section.rows).map(Vec::len);
        if lengths.clone().min() != lengths.max() {
            return Err("list index out of range".to_string());
        }
    }
    let mut width = sections.iter().map(width_of).max().unwrap_or(0);
    if width > look.columns {
        sections.iter_mut().for_each(turn);
        width = sections.iter().map(width_of).max().unwrap_or(0);
    }
    let mut page = Page { out: String::new(), colour: look.colour };
    page.write(&format!("{}\n", "-".repeat(width)));
    for section in &sections {
        draw(section, width, &mut page);
    }
    Ok(page.out)
}

/// What is written, and whether each piece ends with the colour reset.
struct Page {
    out: String,
    colour: bool,
}

impl Page {
    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        if self.colour {
            self.out.push_str(RESET);
        }
    }

    fn line(&mut self, indent: usize, text: &str) {
        let bars = if self.colour { BAR } else { "|" }.repeat(indent);
        self.write(&bars);
        self.write(text);
        self.write(&bars);
        self.write("\n");
    }
}

/// The widest text of each column.
fn widest(section: &Section) -> Vec<usize> {
    let mut widths = Vec::new();
    for row in section.headers.iter().chain(&section.rows) {
        widths.resize(row.len().max(widths.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = columns(cell).max(*width);
        }
    }
    widths
}

fn width_of(section: &Section) -> usize {
    let title = section.title.as_deref().map_or(0, columns);
    let cells: usize = widest(section).iter().map(|w| w + 4).sum();
    title.max(cells) + 2 + 2 * section.indent
}

/// A box of one object too wide for the terminal becomes one row a member.
fn turn(section: &mut Section) {
    if section.rows.len() == 1
        && let Some(headers) = section.headers.take_if(|headers| !headers.is_empty())
    {
        let cells = section.rows.remove(0);
        section.rows = headers.into_iter().zip(cells).map(|(header, cell)| vec![header, cell]).collect();
    }
}

fn draw(section: &Section, width: usize, page: &mut Page) {
    let (indent, width) = (section.indent, width - 2 * section.indent);
    let whole = format!("+{}+", "-".repeat(width.saturating_sub(2)));
    if let Some(title) = &section.title {
        page.line(indent, &centred(title, width, "|"));
        if section.headers.is_none() && section.rows.is_empty() {
            page.line(indent, &whole);
        }
    }
    let widths = scaled(&widest(section), width);
    if widths.is_empty() {
        return;
    }
    let mut border = String::new();
    for (i, w) in widths.iter().enumerate() {
        let dashes = if i == 0 { w.saturating_sub(2) } else { w.saturating_sub(1) };
        border.push_str(if i == 0 { "+" } else { "" });
        border.push_str(&"-".repeat(dashes));
        border.push('+');
    }
    let edge = |i: usize| if i == 0 { "|" } else { "" };
    if let Some(headers) = &section.headers {
        page.line(indent, &border);
        let cells = headers.iter().zip(&widths).enumerate();
        page.line(indent, &cells.map(|(i, (text, w))| centred(text, *w, edge(i))).collect::<String>());
    }
    if section.rows.is_empty() {
        return;
    }
    page.line(indent, &border);
    for row in &section.rows {
        let cells = row.iter().zip(&widths).enumerate();
        let colour = page.colour;
        page.line(
            indent,
            &cells.map(|(i, (text, w))| aligned(text, *w, edge(i), colour)).collect::<String>(),
        );
    }
    page.line(indent, &border);
}

fn centred(text: &str, length: usize, left: &str) -> String {
    let start = (length / 2) as i64 - (columns(text) / 2) as i64 - 1;
    let start = start.max(0) as usize;
    let end = (length - 1).saturating_sub(left.len() + start + columns(text));
    format!("{left}{}{text}{}|", " ".repeat(start), " ".repeat(end))
}

fn aligned(text: &str, length: usize, left: &str, colour: bool) -> String {
    let room = length as i64 - (columns(text) + 2 + left.len() + 1) as i64;
    let pad = if room >= 0 { 2 } else { 0 };
    let fill = (length - 1).saturating_sub(left.len() + pad + columns(text));
    let shown = if colour { format!("{CELL}{text}{RESET}") } else { text.to_string() };
    format!("{left}{}{shown}{}|", " ".repeat(pad), " ".repeat(fill))
}

/// Column widths stretched to fill `width`; what rounding takes or gives is made up from one side.
fn scaled(texts: &[usize], width: usize) -> Vec<usize> {
    let natural: Vec<usize> = texts.iter().map(|w| w + 4).collect();
    let factor = width as f64 / natural.iter().sum::<usize>() as f64;
    let mut widths: Vec<i64> =
        natural.iter().map(|w| (factor * *w as f64).round_ties_even() as i64).collect();
    let mut off = widths.iter().sum::<i64>() - width as i64;
    let count = widths.len();
    let mut i = 0;
    while off != 0 && count > 0 {
        let step = off.signum();
        let at = if step > 0 { i % count } else { count - 1 - i % count };
        widths[at] -= step;
        off -= step;
        i += 1;
    }
    widths.into_iter().map(|w| w.max(0) as usize).collect()
}
