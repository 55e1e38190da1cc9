//! How kubectl prints what the API server turned down.

use super::{ApiError, Reason};

impl ApiError {
    /// Says which file the object came from: `error when creating "f.yaml": ...`.
    pub fn with_source(mut self, verb: &str, source: &str) -> ApiError {
        self.message = format!("error when {verb} \"{source}\": {}", self.message);
        self
    }

    /// The text on stderr, without the line end.
    pub fn kubectl_text(&self) -> String {
        match self.reason {
            Reason::Invalid => self.invalid_text(),
            Reason::Unauthorized => format!("error: You must be logged in to the server ({})", self.message),
            reason => format!("Error from server ({reason}): {}", self.message),
        }
    }

    /// An invalid object: one rule stands on the line, several stand below it.
    fn invalid_text(&self) -> String {
        let details = self.details.clone().unwrap_or_default();
        let mut head = "The request is invalid".to_string();
        if !details.kind.is_empty() || !details.name.is_empty() {
            head = format!("The {} \"{}\" is invalid", details.kind, details.name);
        } else if details.causes.is_empty() && !self.message.is_empty() {
            head = format!("{head}: {}", self.message);
        }
        let mut rules: Vec<String> = Vec::new();
        for cause in &details.causes {
            let rule = format!("{}: {}", cause.field, cause.message);
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        match rules.as_slice() {
            [] => head,
            [one] => format!("{head}: {one}"),
            several => several.iter().fold(format!("{head}: "), |text, rule| text + "\n* " + rule),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::status::FieldError;

    #[test]
    fn invalid_objects_print_one_rule_a_line() {
        let size = || FieldError::not_supported("spec.size", "XL", &["S", "M"]);
        let replicas = FieldError::invalid("spec.replicas", 9, "too many");
        let one = ApiError::invalid("example.com", "Widget", "w2", vec![size()]);
        assert_eq!(
            one.with_source("creating", "f.yaml").kubectl_text(),
            r#"The Widget "w2" is invalid: spec.size: Unsupported value: "XL": supported values: "S", "M""#
        );
        let two = ApiError::invalid("example.com", "Widget", "w2", vec![replicas, size()]);
        assert_eq!(
            two.kubectl_text(),
            "The Widget \"w2\" is invalid: \n* spec.replicas: Invalid value: 9: too many\n\
             * spec.size: Unsupported value: \"XL\": supported values: \"S\", \"M\""
        );
    }

    #[test]
    fn other_errors_name_their_reason_and_the_file() {
        let error = ApiError::bad_request("no").with_source("creating", "f.yaml");
        assert_eq!(
            error.kubectl_text(),
            r#"Error from server (BadRequest): error when creating "f.yaml": no"#
        );
        assert_eq!(
            ApiError::rejected().kubectl_text(),
            "The request is invalid: the server rejected our request due to an error in our request"
        );
        assert_eq!(
            ApiError::unreadable_patch("map[]", "unrecognized type: int32").kubectl_text(),
            r#"The request is invalid: patch: Invalid value: "map[]": unrecognized type: int32"#
        );
    }
}
