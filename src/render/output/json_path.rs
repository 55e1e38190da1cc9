//! `-o jsonpath` and `-o jsonpath-as-json`.

use super::PrintError;
use crate::machinery::jsonpath::{self, JsonPath};
use crate::machinery::{Value, go_text};

#[derive(Debug)]
pub(super) struct JsonPathTemplate {
    text: String,
    path: JsonPath,
    allow_missing: bool,
    as_json: bool,
}

impl JsonPathTemplate {
    pub(super) fn new(text: String, allow_missing: bool, as_json: bool) -> Result<JsonPathTemplate, String> {
        let path = JsonPath::parse(&text).map_err(|why| format!("error parsing jsonpath {text}, {why}"))?;
        Ok(JsonPathTemplate { text, path, allow_missing, as_json })
    }

    pub(super) fn print(&self, object: &Value) -> Result<String, PrintError> {
        let found = self.path.find(object, self.allow_missing).map_err(|why| self.failed(&why, object))?;
        if self.as_json {
            let all: Value = found.into_iter().flatten().collect();
            return Ok(go_text::json_indented(&all, "    ") + "\n");
        }
        Ok(found.iter().map(|results| jsonpath::print_results(results)).collect())
    }

    fn failed(&self, why: &str, object: &Value) -> PrintError {
        let (quoted, text) = (go_text::quote(&self.text), &self.text);
        PrintError::from(format!(
            "error executing jsonpath {quoted}: Error executing template: {why}. Printing more information for debugging \
             the template:\n\ttemplate was:\n\t\t{text}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n",
            go_text::go_syntax(object)
        ))
    }
}
