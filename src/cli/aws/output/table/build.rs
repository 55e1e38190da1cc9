//! A value to the flat list of its boxes.

use super::Section;
use crate::machinery::ordered::{self, Entries, Json};
use std::collections::BTreeSet;

/// The boxes so far; rows go into the last one.
#[derive(Default)]
pub(super) struct Sections {
    pub list: Vec<Section>,
    /// The number of columns of the last box, once a header or row fixed it.
    columns: Option<usize>,
}

impl Sections {
    fn open(&mut self, title: Option<&str>, headers: Option<Vec<String>>, indent: usize) {
        self.list.push(Section { title: title.map(str::to_string), headers: None, rows: Vec::new(), indent });
        self.columns = None;
        if let Some(headers) = headers {
            self.headers(headers);
        }
    }

    fn last(&mut self) -> &mut Section {
        if self.list.is_empty() {
            self.list.push(Section::default());
        }
        self.list.last_mut().expect("pushed above")
    }

    fn headers(&mut self, headers: Vec<String>) {
        self.columns = Some(headers.len());
        self.last().headers = Some(headers);
    }

    fn row(&mut self, row: Vec<String>) -> Result<(), String> {
        let columns = *self.columns.get_or_insert(row.len());
        if columns != row.len() {
            return Err(format!("Row should have {columns} elements, instead it has {}", row.len()));
        }
        self.last().rows.push(row);
        Ok(())
    }

    /// Adds what `value` shows; answers whether it shows anything.
    pub(super) fn build(&mut self, title: Option<&str>, value: &Json, indent: usize) -> Result<bool, String> {
        if !value.truthy() {
            return Ok(false);
        }
        if title.is_some() {
            self.open(title, None, indent);
        }
        match value {
            Json::List(items) if matches!(items[0], Json::Map(_)) => self.objects(title, items, indent)?,
            Json::List(items) => {
                for item in items.iter() {
                    self.item(item)?;
                }
            }
            Json::Map(entries) => self.object(entries, indent)?,
            _ => {}
        }
        Ok(true)
    }

    fn item(&mut self, item: &Json) -> Result<(), String> {
        match item {
            Json::List(cells) if cells.iter().all(|c| !c.is_container()) => {
                self.row(cells.iter().map(ordered::str).collect())
            }
            // Iterating over a map yields its keys.
            Json::Map(entries) => self.row(entries.iter().map(|(k, _)| k.to_string()).collect()),
            Json::List(_) => self.build(None, item, 0).map(drop),
            scalar => self.row(vec![ordered::str(scalar)]),
        }
    }

    fn object(&mut self, entries: &Entries, indent: usize) -> Result<(), String> {
        let keys = entries.sorted_keys();
        let value = |key: &str| entries.get(key).cloned().unwrap_or_default();
        let (more, scalars): (Vec<&str>, Vec<&str>) = keys.into_iter().partition(|k| value(k).is_container());
        match scalars[..] {
            [] => {}
            [one] => self.row(vec![one.to_string(), ordered::str(&value(one))])?,
            _ => {
                self.headers(scalars.iter().map(|k| k.to_string()).collect());
                self.row(scalars.iter().map(|k| ordered::str(&value(k))).collect())?;
            }
        }
        for key in more {
            self.build(Some(key), &value(key), indent + 1)?;
        }
        Ok(())
    }

    fn objects(&mut self, title: Option<&str>, items: &[Json], indent: usize) -> Result<(), String> {
        let (mut headers, mut more) = (BTreeSet::new(), BTreeSet::new());
        for item in items {
            let entries = match item {
                Json::Map(entries) => entries,
                other => return Err(not_a_map(other)),
            };
            for (key, value) in entries.iter() {
                if value.is_container() {
                    more.insert(key.to_string())
                } else {
                    headers.insert(key.to_string())
                };
            }
        }
        let headers: Vec<String> = headers.into_iter().collect();
        self.headers(headers.clone());
        for (i, entries) in items.iter().filter_map(Json::entries).enumerate() {
            if i > 0 && !more.is_empty() {
                self.open(title, Some(headers.clone()), indent);
            }
            self.row(headers.iter().map(|h| entries.get(h).map_or(String::new(), ordered::str)).collect())?;
            for key in &more {
                if let Some(value) = entries.get(key) {
                    self.build(Some(key), value, indent + 1)?;
                }
            }
        }
        Ok(())
    }
}

/// What Python says about an item that is no map among maps: iterating or indexing it fails.
fn not_a_map(item: &Json) -> String {
    let name = match item {
        Json::Null => "NoneType",
        Json::Bool(_) => "bool",
        Json::Int(_) => "int",
        Json::Float(_) => "float",
        Json::Str(_) => return "string indices must be integers, not 'str'".to_string(),
        _ => return "list indices must be integers or slices, not str".to_string(),
    };
    format!("'{name}' object is not iterable")
}
