//! The client's part of a table: which columns are shown, what is added to them, and how they line up.
//!
//! Columns the server knows nothing of: NAMESPACE with `-A`, EVENT with `--output-watch-events`, one for each `-L` label,
//! LABELS with `--show-labels`. NAME cells get the kind in front when several kinds share the output.

use super::tabwriter::{TABLE, TabWriter};
use crate::api::Resource;
use crate::api::tables::{Column, Row, Table};
use crate::machinery::{Object, Time, Value, duration::human_duration, labels};
use std::fmt::Write;

/// What the command line asks of a table.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// `--no-headers`.
    pub no_headers: bool,
    /// `-o wide`.
    pub wide: bool,
    /// `-A`: a NAMESPACE column for namespaced kinds.
    pub all_namespaces: bool,
    /// Names as `deployment.apps/web`: `--show-kind`, or more than one kind asked for.
    pub show_kind: bool,
    /// `--show-labels`.
    pub show_labels: bool,
    /// `-L`.
    pub label_columns: Vec<String>,
    /// `--output-watch-events`.
    pub watch_events: bool,
}

/// Prints tables of one kind after the other. In a watch the same printer takes the list and then every single row:
/// columns grow, but never shrink.
#[derive(Debug)]
pub struct TablePrinter {
    layout: Layout,
    writer: TabWriter,
    /// The kind printed last, as [`Resource::qualified`].
    kind: Option<String>,
    headed: bool,
    /// Once a namespaced kind was printed with `-A`, cluster-scoped ones after it keep its (then empty) column.
    with_namespace: bool,
    written: bool,
    separate: bool,
    out: String,
}

impl TablePrinter {
    /// A printer that has not printed anything.
    pub fn new(layout: Layout) -> TablePrinter {
        TablePrinter {
            layout,
            writer: TabWriter::new(TABLE),
            kind: None,
            headed: false,
            with_namespace: false,
            written: false,
            separate: false,
            out: String::new(),
        }
    }

    /// Adds the rows of a table of `resource`. A table without rows prints nothing, not even its header.
    pub fn add(&mut self, resource: &Resource, table: &Table) {
        self.add_event("ADDED", resource, table);
    }

    /// As [`TablePrinter::add`], for rows that a watch reports as `ADDED`, `MODIFIED` or `DELETED`.
    pub fn add_event(&mut self, event: &str, resource: &Resource, table: &Table) {
        self.begin(resource);
        if table.rows.is_empty() {
            return;
        }
        if std::mem::take(&mut self.separate) {
            self.writer.write("\n");
        }
        if !std::mem::replace(&mut self.headed, true) && !self.layout.no_headers {
            let header = self.header(&table.columns);
            self.writer.write(&header);
        }
        for row in &table.rows {
            let line = self.line(event, resource, &table.columns, row);
            self.writer.write(&line);
        }
        self.written = true;
    }

    /// What was added since the last flush, laid out.
    pub fn flush(&mut self) -> String {
        let mut out = std::mem::take(&mut self.out);
        out.push_str(&self.writer.flush());
        out
    }

    /// Whether anything was printed.
    pub fn has_printed(&self) -> bool {
        self.written
    }

    /// A change of kind starts a new header and forgets the widths; an empty line sets it apart.
    fn begin(&mut self, resource: &Resource) {
        self.with_namespace |= self.layout.all_namespaces && resource.namespaced;
        let kind = resource.qualified();
        if self.kind.as_ref() == Some(&kind) {
            return;
        }
        let rows = self.writer.flush();
        self.out.push_str(&rows);
        self.writer.forget_widths();
        self.separate = self.kind.replace(kind).is_some() && self.written && !self.layout.no_headers;
        self.headed = false;
    }

    fn shows(&self, column: &Column) -> bool {
        column.priority == 0 || self.layout.wide
    }

    fn header(&self, columns: &[Column]) -> String {
        let mut cells = Vec::new();
        if self.layout.watch_events {
            cells.push("EVENT".to_string());
        }
        if self.with_namespace {
            cells.push("NAMESPACE".to_string());
        }
        cells.extend(columns.iter().filter(|c| self.shows(c)).map(|c| c.name.to_uppercase()));
        let last_part = |key: &String| key.rsplit('/').next().unwrap_or(key).to_uppercase();
        cells.extend(self.layout.label_columns.iter().map(last_part));
        if self.layout.show_labels {
            cells.push("LABELS".to_string());
        }
        cells.join("\t") + "\n"
    }

    fn line(&self, event: &str, resource: &Resource, columns: &[Column], row: &Row) -> String {
        let mut cells = Vec::new();
        if self.layout.watch_events {
            // Padded to the longest there is, so that the column has its width before a watch needs it.
            cells.push(format!("{event:<8}"));
        }
        if self.with_namespace {
            cells.push(row.object.namespace().to_string());
        }
        let name = columns.iter().position(|c| c.format == "name");
        for (i, (column, cell)) in columns.iter().zip(&row.cells).enumerate() {
            if !self.shows(column) {
                continue;
            }
            let text = cell_text(cell);
            cells.push(if self.layout.show_kind && Some(i) == name {
                format!("{}/{text}", resource.kind_dot_group())
            } else {
                text
            });
        }
        let label = |key: &String| row.object.label(key).unwrap_or("").to_string();
        cells.extend(self.layout.label_columns.iter().map(label));
        if self.layout.show_labels {
            cells.push(labels::format(row.object.labels()));
        }
        cells.join("\t") + "\n"
    }
}

/// The table kubectl makes by itself when the server sends plain objects: names and ages.
pub fn names_and_ages(objects: &[Object], now: Time) -> Table {
    let column = |name: &'static str, format: &'static str| Column {
        name: name.into(),
        kind: "string".into(),
        format: format.into(),
        priority: 0,
    };
    let row = |o: &Object| {
        let age = o.created().map_or_else(|| "<unknown>".to_string(), |t| human_duration(now.since(t)));
        Row { cells: vec![o.name().into(), age.into()], object: o.clone() }
    };
    Table {
        columns: vec![column("Name", "name"), column("Age", "")],
        rows: objects.iter().map(row).collect(),
    }
}

/// A cell as text: the first line of it, control sequences made visible.
pub(crate) fn cell_text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::Str(s) => one_line(s),
        Value::Float(f) => go_float(*f),
        other => one_line(&other.to_json()),
    }
}

fn one_line(text: &str) -> String {
    let (line, cut) = match text.find(['\u{c}', '\n', '\r']) {
        Some(end) => (&text[..end], true),
        None => (text, false),
    };
    let mut out = line.replace('\u{1b}', "^[");
    if cut {
        out.push_str("...");
    }
    out
}

/// A float as Go's `%v` prints it: shortest digits, an exponent below 1e-4 and from 1e21 on.
fn go_float(f: f64) -> String {
    let magnitude = f.abs();
    if magnitude != 0.0 && !(1e-4..1e21).contains(&magnitude) {
        let text = format!("{f:e}");
        let Some((digits, exponent)) = text.split_once('e') else { return text };
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(e) => ('-', e),
            None => ('+', exponent),
        };
        let mut out = String::from(digits);
        let _ = write!(out, "e{sign}{exponent:0>2}");
        return out;
    }
    f.to_string()
}
