//! `-o custom-columns`: a table of one's own.

use super::PrintError;
use crate::machinery::jsonpath::{self, JsonPath};
use crate::machinery::{Value, go_text};
use crate::render::tabwriter::{TABLE, TabWriter};

#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<Column>,
    header: bool,
    writer: TabWriter,
}

#[derive(Debug)]
struct Column {
    header: String,
    /// A template that cannot be parsed is an error only once something is printed.
    path: Result<JsonPath, String>,
}

impl Column {
    fn new(header: &str, path: &str) -> Result<Column, String> {
        Ok(Column { header: header.to_string(), path: JsonPath::parse(&jsonpath::relaxed(path)?) })
    }
}

const FILE_FORMAT: &str =
    "Expected format is one line of space separated headers, one line of space separated column specs.";

impl Columns {
    /// `NAME:.metadata.name,NODE:.spec.nodeName`.
    pub(super) fn of_spec(spec: &str, no_headers: bool) -> Result<Columns, String> {
        let mut columns = Vec::new();
        for part in spec.split(',') {
            let (header, path) = part.split_once(':').ok_or_else(|| {
                format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")
            })?;
            columns.push(Column::new(header, path)?);
        }
        Ok(Columns { columns, header: !no_headers, writer: TabWriter::new(TABLE) })
    }

    /// A line of headers and a line of paths.
    pub(super) fn of_file(text: &str, no_headers: bool) -> Result<Columns, String> {
        let mut lines = text.lines();
        let headers =
            lines.next().ok_or_else(|| format!("invalid template, missing header line. {FILE_FORMAT}"))?;
        let paths =
            lines.next().ok_or_else(|| format!("invalid template, missing spec line. {FILE_FORMAT}"))?;
        let headers: Vec<&str> = headers.split_whitespace().collect();
        let paths: Vec<&str> = paths.split_whitespace().collect();
        if headers.len() != paths.len() {
            return Err(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                headers.len(),
                paths.len()
            ));
        }
        let columns: Result<Vec<Column>, String> =
            headers.iter().zip(&paths).map(|(header, path)| Column::new(header, path)).collect();
        Ok(Columns { columns: columns?, header: !no_headers, writer: TabWriter::new(TABLE) })
    }

    pub(super) fn print(&mut self, object: &Value) -> Result<String, PrintError> {
        if std::mem::take(&mut self.header) {
            let headers: Vec<&str> = self.columns.iter().map(|c| c.header.as_str()).collect();
            self.writer.write(&(headers.join("\t") + "\n"));
        }
        match object.get("items") {
            Some(Value::List(items)) if object.str_at("kind").ends_with("List") => {
                for item in items.iter() {
                    self.row(item)?;
                }
            }
            _ => self.row(object)?,
        }
        Ok(self.writer.flush())
    }

    fn row(&mut self, object: &Value) -> Result<(), PrintError> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let path = column.path.as_ref().map_err(|why| PrintError::from(why.clone()))?;
            let found: Vec<Value> = path.find(object, true)?.into_iter().flatten().collect();
            cells.push(match found.is_empty() {
                true => "<none>".to_string(),
                false => found.iter().map(go_text::plain).collect::<Vec<_>>().join(","),
            });
        }
        self.writer.write(&(cells.join("\t") + "\n"));
        Ok(())
    }
}
