//! The annotations by which a pod says what its containers do: the fields of a Program's spec, in YAML, or the name of a
//! Program. They are judged by the schema of the Program resource, so that both know the same fields.

use super::custom;
use super::fields::{Errors, all_invalid};
use crate::api::program::{self, Told};
use crate::api::{FieldError, Path, schema};
use crate::machinery::Value;
use crate::machinery::validation::dns1123_subdomain_errors;

/// Judges the annotations of a pod or of a template with these containers.
pub(super) fn annotations(annotations: &Value, spec: &Value, path: &Path, errs: &mut Errors) {
    for (key, value) in annotations.map().iter() {
        let Some(container) = program::container_of(key) else { continue };
        let at = path.field("annotations").key(key).to_string();
        let text = value.as_str().unwrap_or_default();
        let known = |name: &str| {
            let lists = ["containers", "initContainers"].iter();
            lists.flat_map(|list| spec.items_at(list)).any(|c| c.str_at("name") == name)
        };
        if !container.is_empty() && !known(container) {
            errs.push(FieldError::invalid(&at, container, "no container of this name"));
            continue;
        }
        match Told::read(text) {
            Ok(Told::Name(name)) => {
                all_invalid(&Path::Root(&at), &name, dns1123_subdomain_errors(&name), errs);
            }
            Ok(Told::Spec(spec)) => {
                let mut schema = program::schema();
                schema.remove("properties/images");
                for field in schema::unknown_fields(&schema, &spec) {
                    let why = format!("strict decoding error: unknown field \"{field}\"");
                    errs.push(FieldError::invalid(&at, field.as_str(), why));
                }
                custom::check(&schema, &spec, &Path::Root(&at), false, errs);
            }
            Err(why) => errs.push(FieldError::invalid(&at, text, why)),
        }
    }
}
