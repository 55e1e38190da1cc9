//! `--cli-input-json` and `--cli-input-yaml`: the whole input in one document, under the options of the command line.

use super::from_file;
use crate::cli::Env;
use crate::cli::aws::arguments::Parsed;
use crate::cli::aws::failure::Failure;
use crate::cli::aws::release::Release;
use crate::machinery::ordered::{self, Json};
use crate::machinery::yaml;

/// The input of a document option, if one was given.
pub(in crate::cli::aws) fn input_document(
    parsed: &Parsed,
    env: &Env,
    release: Release,
) -> Result<Option<Json>, Failure> {
    let (json, text) = match (parsed.value("cli-input-json"), parsed.value("cli-input-yaml")) {
        (Some(_), Some(_)) => {
            return Err(Failure::Parameter("Only one --cli-input- parameter may be specified.".to_string()));
        }
        (Some(text), None) => (true, text),
        (None, Some(text)) => (false, text),
        (None, None) => return Ok(None),
    };
    let name = if json { "cli-input-json" } else { "cli-input-yaml" };
    let wrong = |why: &str| Failure::Parameter(format!("Error parsing parameter '{name}': {why}"));
    let text = match from_file(text, env)
        .map_err(|why| Failure::Parameter(format!("Error parsing parameter '--{name}': {why}")))?
    {
        Some(content) => content,
        None => text.to_string(),
    };
    let invalid = if json { "Invalid JSON received." } else { "Invalid YAML received." };
    let read = match json {
        true => ordered::parse(&text).map_err(|e| match release {
            Release::V1 => wrong(&format!("Invalid JSON: {e}\nJSON received: {text}")),
            _ => wrong(invalid),
        })?,
        false => Json::from(&yaml::read(&text).map_err(|_| wrong(invalid))?),
    };
    match read {
        Json::Map(_) => Ok(Some(read)),
        other if json && release == Release::V1 => Err(Failure::General(format!(
            "'{}' object has no attribute 'keys'",
            ordered::python_type(&other)
        ))),
        _ => Err(wrong(invalid)),
    }
}
