//! Text in columns that line up, after the rules of Go's `text/tabwriter` as kubectl uses it.
//!
//! A cell is text ended by a TAB; the text after the last TAB of a line belongs to no column and is never padded. A
//! column is a *run of lines* that have a cell in that position: a line without one ends it, which is why the blocks of
//! a `describe` page line up apart from each other. Length is counted in characters.

/// The three settings that tell kubectl's writers apart.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Least width of a column.
    pub min_width: usize,
    /// Blanks after the longest cell of a column.
    pub padding: usize,
    /// A column never gets narrower from one flush to the next: the rows of `get -w`.
    pub remember_widths: bool,
}

/// `kubectl get`, `top`, `events`, `api-resources`.
pub const TABLE: Style = Style { min_width: 6, padding: 3, remember_widths: true };
/// `kubectl describe`, `rollout history`.
pub const DESCRIBE: Style = Style { min_width: 0, padding: 2, remember_widths: false };

/// Takes text with TABs, gives text with blanks.
#[derive(Debug)]
pub struct TabWriter {
    style: Style,
    pending: String,
    remembered: Vec<usize>,
}

impl TabWriter {
    /// A writer with nothing in it.
    pub fn new(style: Style) -> TabWriter {
        TabWriter { style, pending: String::new(), remembered: Vec::new() }
    }

    /// Adds text; it is laid out at the next [`TabWriter::flush`].
    pub fn write(&mut self, text: &str) {
        self.pending.push_str(text);
    }

    /// Lays out what was written since the last flush.
    pub fn flush(&mut self) -> String {
        let pending = std::mem::take(&mut self.pending);
        let lines: Vec<Vec<&str>> = pending.split('\n').map(|line| line.split('\t').collect()).collect();
        let mut out = String::with_capacity(pending.len() * 2);
        self.block(&lines, 0..lines.len(), &mut Vec::new(), &mut out);
        out
    }

    /// Forgets the widths of earlier flushes: the next rows are of another kind.
    pub fn forget_widths(&mut self) {
        self.remembered.clear();
    }

    /// Writes a run of lines whose first `widths.len()` columns are settled.
    fn block(
        &mut self,
        all: &[Vec<&str>],
        range: std::ops::Range<usize>,
        widths: &mut Vec<usize>,
        out: &mut String,
    ) {
        let column = widths.len();
        let has_cell = |line: usize| all[line].len() > column + 1;
        let mut line = range.start;
        while line < range.end {
            let run = line..(line..range.end).find(|&l| !has_cell(l)).unwrap_or(range.end);
            if run.is_empty() {
                write_line(&all[line], line + 1 == all.len(), widths, out);
                line += 1;
                continue;
            }
            let longest = run.clone().map(|l| all[l][column].chars().count()).max().unwrap_or(0);
            let width = self.remember(column, self.style.min_width.max(longest + self.style.padding));
            line = run.end;
            widths.push(width);
            self.block(all, run, widths, out);
            widths.pop();
        }
    }

    fn remember(&mut self, column: usize, width: usize) -> usize {
        if !self.style.remember_widths {
            return width;
        }
        if self.remembered.len() <= column {
            self.remembered.resize(column + 1, 0);
        }
        self.remembered[column] = self.remembered[column].max(width);
        self.remembered[column]
    }
}

fn write_line(cells: &[&str], last: bool, widths: &[usize], out: &mut String) {
    for (i, cell) in cells.iter().enumerate() {
        out.push_str(cell);
        if let Some(width) = widths.get(i) {
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
        }
    }
    if !last {
        out.push('\n');
    }
}

/// Lays out one text.
pub fn align(style: Style, text: &str) -> String {
    let mut writer = TabWriter::new(style);
    writer.write(text);
    writer.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_the_cell_ends_a_column() {
        let text = "Name:\tx\nNamespace:\ty\nData\nk:\t1\n";
        assert_eq!(align(DESCRIBE, text), "Name:       x\nNamespace:  y\nData\nk:  1\n");
    }

    #[test]
    fn a_column_runs_on_past_lines_that_have_fewer_columns_to_its_right() {
        let text = "a\tb\tc\naaaa\tb\na\tbbbb\tc\n";
        assert_eq!(align(DESCRIBE, text), "a     b  c\naaaa  b\na     bbbb  c\n");
    }

    #[test]
    fn a_tab_after_the_last_cell_pads_it() {
        assert_eq!(
            align(TABLE, "NAME\tCPU\t\nlong-name\t1m\t\n"),
            "NAME        CPU   \nlong-name   1m    \n"
        );
    }

    #[test]
    fn columns_grow_but_never_shrink_between_flushes() {
        let mut writer = TabWriter::new(TABLE);
        writer.write("NAME\tAGE\nweb\t1s\n");
        assert_eq!(writer.flush(), "NAME   AGE\nweb    1s\n");
        writer.write("longer\t2s\n");
        assert_eq!(writer.flush(), "longer   2s\n");
        writer.write("web\t3s\n");
        assert_eq!(writer.flush(), "web      3s\n");
        writer.forget_widths();
        writer.write("web\t3s\n");
        assert_eq!(writer.flush(), "web   3s\n");
    }
}
