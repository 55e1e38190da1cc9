//! `-o`: an object as JSON, YAML, its name, or through a template.

mod columns;
mod go_template;
mod json_path;
mod kyaml;
mod template_check;

use crate::api::Resource;
use crate::api::struct_order;
use crate::machinery::{Object, Value, go_text, yaml};
use columns::Columns;
use go_template::GoTemplate;
use json_path::JsonPathTemplate;

/// What the command line says about the output.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// `--output`.
    pub output: &'a str,
    /// `--template`, for the formats that take one.
    pub template: &'a str,
    /// `--allow-missing-template-keys`.
    pub allow_missing_keys: bool,
    /// `--show-managed-fields`.
    pub show_managed_fields: bool,
    /// `--no-headers`.
    pub no_headers: bool,
}

/// Why nothing, or not everything, was printed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PrintError {
    /// What still goes to standard output: a template that fails dumps its data there.
    pub output: String,
    /// The text after `error: `.
    pub message: String,
}

impl From<String> for PrintError {
    fn from(message: String) -> PrintError {
        PrintError { output: String::new(), message }
    }
}

/// A format and what it remembers from one object to the next.
#[derive(Debug)]
pub struct Printer {
    format: Format,
    show_managed_fields: bool,
    printed: usize,
}

#[derive(Debug)]
enum Format {
    Json,
    Yaml,
    Kyaml,
    Name,
    JsonPath(JsonPathTemplate),
    GoTemplate(Box<GoTemplate>),
    Columns(Columns),
}

/// Formats whose argument is a template, longest names first.
const TEMPLATES: [&str; 9] = [
    "custom-columns-file",
    "custom-columns",
    "go-template-file",
    "go-template",
    "jsonpath-as-json",
    "jsonpath-file",
    "jsonpath",
    "templatefile",
    "template",
];

impl Printer {
    /// The printer of a format; `None` when the text names none (empty and `wide` are tables). `read` answers the text of
    /// a template file or why it cannot be read.
    pub fn new(
        options: &Options<'_>,
        read: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Option<Printer>, String> {
        let (mut name, mut template) = (options.output, options.template.to_string());
        if let Some((format, text)) = options.output.split_once('=').filter(|(f, _)| TEMPLATES.contains(f)) {
            name = format;
            template = text.to_string();
        } else if !options.template.is_empty() && name.is_empty() {
            name = "go-template";
        }
        if TEMPLATES.contains(&name) && template.is_empty() {
            return Err(match name.starts_with("custom-columns") {
                true => "custom-columns format specified but no custom columns given".to_string(),
                false => "template format specified but no template given".to_string(),
            });
        }
        if name.ends_with("file") {
            let flag = if name.starts_with("custom") { "" } else { "--" };
            template =
                read(&template).map_err(|why| format!("error reading {flag}template {template}, {why}"))?;
        }
        // These names are read in any case, those of templates are not.
        let lower = name.to_lowercase();
        if matches!(lower.as_str(), "json" | "yaml" | "name") {
            name = &lower;
        }
        let format = match name {
            "json" => Format::Json,
            "yaml" => Format::Yaml,
            "kyaml" => Format::Kyaml,
            "name" => Format::Name,
            "jsonpath" | "jsonpath-file" | "jsonpath-as-json" => Format::JsonPath(JsonPathTemplate::new(
                template,
                options.allow_missing_keys,
                name == "jsonpath-as-json",
            )?),
            "custom-columns" => Format::Columns(Columns::of_spec(&template, options.no_headers)?),
            "custom-columns-file" => Format::Columns(Columns::of_file(&template, options.no_headers)?),
            _ if TEMPLATES.contains(&name) => {
                Format::GoTemplate(Box::new(GoTemplate::new(template, options.allow_missing_keys)?))
            }
            _ => return Ok(None),
        };
        Ok(Some(Printer { format, show_managed_fields: options.show_managed_fields, printed: 0 }))
    }

    /// Whether objects printed together stand in columns.
    pub fn lines_up(&self) -> bool {
        matches!(self.format, Format::Columns(_))
    }

    /// The text of an object, or of a `List`.
    pub fn print(&mut self, object: &Value) -> Result<String, PrintError> {
        let first = self.printed == 0;
        self.printed += 1;
        match &mut self.format {
            Format::Json => Ok(go_text::json_indented(&self.shown(object), "    ") + "\n"),
            Format::Yaml => {
                let separator = if first { "" } else { "---\n" };
                let text = yaml::to_yaml(&self.shown(object)).map_err(|e| e.to_string())?;
                Ok(format!("{separator}{text}"))
            }
            Format::Kyaml => Ok(kyaml::print(&self.shown(object))),
            Format::Name => Ok(names(object)),
            Format::JsonPath(template) => template.print(object),
            Format::GoTemplate(template) => template.print(object),
            Format::Columns(columns) => columns.print(object),
        }
    }

    /// As [`Printer::print`], for an object the client made: JSON follows the API's structs.
    pub fn print_typed(&mut self, object: &Value) -> Result<String, PrintError> {
        match self.format {
            Format::Json => Ok(struct_order::json(&self.shown(object))),
            _ => self.print(object),
        }
    }

    /// As [`Printer::print`], for a list the client made of what the server answered: its own fields follow the struct.
    pub fn print_list(&mut self, list: &Value) -> Result<String, PrintError> {
        match self.format {
            Format::Json => Ok(struct_order::list_json(&self.shown(list))),
            _ => self.print(list),
        }
    }

    /// What JSON and YAML show: without `managedFields`, unless they are asked for.
    fn shown(&self, object: &Value) -> Value {
        let mut shown = object.clone();
        if !self.show_managed_fields {
            shown.remove("metadata/managedFields");
            if let Some(Value::List(_)) = shown.get("items") {
                for item in shown.at_mut("items").list_mut() {
                    item.remove("metadata/managedFields");
                }
            }
        }
        shown
    }
}

/// `TYPE/NAME` of an object, or of each item of a list, a line each.
fn names(object: &Value) -> String {
    match object.get("items") {
        Some(Value::List(items)) if object.str_at("kind").ends_with("List") => {
            items.iter().map(names).collect()
        }
        _ => format!("{}\n", name_of(&Object(object.clone()))),
    }
}

/// An object the client made, on one line, in the order of its struct.
pub fn typed_json(object: &Value) -> String {
    struct_order::compact_json(object)
}

/// `deployment.apps/web`: what result lines and `-o name` call an object.
pub fn name_of(object: &Object) -> String {
    let kind = object.kind().to_lowercase();
    let name = if object.name().is_empty() { "<unknown>" } else { object.name() };
    match object.group() {
        "" => format!("{kind}/{name}"),
        group => format!("{kind}.{group}/{name}"),
    }
}

/// `deployment.apps/web`, for a name of a resource.
pub fn name_in(resource: &Resource, name: &str) -> String {
    format!("{}/{name}", resource.kind_dot_group())
}

/// Several objects as the `List` kubectl makes of them.
pub fn list_of(items: impl IntoIterator<Item = Object>) -> Value {
    let items: Value = items.into_iter().map(|o| o.0).collect();
    crate::json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

/// The error for a format a command does not know. `get` prints tables and columns as well; `kyaml` says whether the
/// client is new enough to list it.
pub fn unknown_format(output: &str, get: bool, kyaml: bool) -> String {
    let mut known = Vec::new();
    if get {
        known.extend(["custom-columns", "custom-columns-file"]);
    }
    known.extend([
        "go-template",
        "go-template-file",
        "json",
        "jsonpath",
        "jsonpath-as-json",
        "jsonpath-file",
    ]);
    if kyaml {
        known.push("kyaml");
    }
    known.extend(["name", "template", "templatefile"]);
    if get {
        known.push("wide");
    }
    known.push("yaml");
    format!(
        "unable to match a printer suitable for the output format {}, allowed formats are: {}",
        go_text::quote(output),
        known.join(",")
    )
}

#[cfg(test)]
mod tests;
