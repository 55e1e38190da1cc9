//! What a command prints: one value in one of the formats.

mod table;
mod text;

use crate::machinery::ordered::{self, Json};
use crate::machinery::yaml::to_core_yaml;

/// The formats of `--output`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    Json,
    Text,
    Table,
    Yaml,
    YamlStream,
    Off,
}

/// The names `--output` takes.
pub(super) const FORMATS: [(&str, Format); 6] = [
    ("json", Format::Json),
    ("text", Format::Text),
    ("table", Format::Table),
    ("yaml", Format::Yaml),
    ("yaml-stream", Format::YamlStream),
    ("off", Format::Off),
];

impl Format {
    pub(super) fn named(name: &str) -> Option<Format> {
        FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// Whether pages are printed one by one instead of joined.
    pub(super) fn streams(self) -> bool {
        matches!(self, Format::Text | Format::YamlStream)
    }
}

/// What tables need to know.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    /// The title of a table: the API name of the operation.
    pub title: String,
    /// Columns of the terminal; 80 where there is none.
    pub columns: usize,
    /// Whether there is colour.
    pub colour: bool,
}

/// The text of a value.
pub(super) fn render(format: Format, value: &Json, around: &Surroundings) -> Result<String, String> {
    let nothing = value.entries().is_some_and(|entries| entries.is_empty());
    Ok(match format {
        Format::Off => String::new(),
        _ if nothing && format != Format::Table => String::new(),
        Format::Json => ordered::indented(value) + "\n",
        Format::Text => text::render(value),
        Format::Table => {
            let look = table::Look { columns: around.columns, colour: around.colour };
            table::render(&around.title, value, look)?
        }
        Format::Yaml if value.is_container() => to_core_yaml(value),
        Format::Yaml => ordered::compact(value, (", ", ": "), false) + "\n",
        Format::YamlStream => to_core_yaml(&Json::list(vec![value.clone()])),
    })
}
