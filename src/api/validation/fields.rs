//! Rules that fields of many kinds share.

use crate::api::{FieldError, Path};
use crate::machinery::go_text::quote;
use crate::machinery::validation as names;
use crate::machinery::{LabelSelector, Map, Quantity, Value};

pub(super) type Errors = Vec<FieldError>;

pub(super) const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
pub(super) const IMMUTABLE: &str = "field is immutable";

/// A number that may not be negative, when it is given.
pub(super) fn not_negative(parent: &Value, field: &str, path: &Path, errs: &mut Errors) {
    at_least(0, parent, field, path, errs);
}

/// A number with a lower bound, when it is given.
pub(super) fn at_least(least: i64, parent: &Value, field: &str, path: &Path, errs: &mut Errors) {
    if let Some(number) = parent.int_at(field).filter(|n| *n < least) {
        let why = format!("must be greater than or equal to {least}");
        errs.push(FieldError::invalid(path.field(field), number, why));
    }
}

/// A text that must be there.
pub(super) fn required(parent: &Value, field: &str, path: &Path, errs: &mut Errors) -> bool {
    let missing = parent[field].is_empty_value();
    if missing {
        errs.push(FieldError::required(path.field(field), ""));
    }
    !missing
}

/// A word of a list; `order` is the order in which the message lists them.
pub(super) fn one_of(parent: &Value, field: &str, words: &[&str], path: &Path, errs: &mut Errors) {
    let word = parent.str_at(field);
    if word.is_empty() {
        errs.push(FieldError::required(path.field(field), ""));
    } else if !words.contains(&word) {
        errs.push(FieldError::not_supported(path.field(field), word, words));
    }
}

/// As [`one_of`], for a field that may be missing.
pub(super) fn one_of_if_given(parent: &Value, field: &str, words: &[&str], path: &Path, errs: &mut Errors) {
    if !parent[field].is_null() {
        one_of(parent, field, words, path, errs);
    }
}

/// Each message as an error of one value.
pub(super) fn all_invalid(path: &Path, value: &str, messages: Vec<String>, errs: &mut Errors) {
    errs.extend(messages.into_iter().map(|why| FieldError::invalid(path, value, why)));
}

/// A DNS label.
pub(super) fn dns_label(value: &str, path: &Path, errs: &mut Errors) {
    all_invalid(path, value, names::dns1123_label_errors(value), errs);
}

/// A DNS subdomain.
pub(super) fn dns_subdomain(value: &str, path: &Path, errs: &mut Errors) {
    all_invalid(path, value, names::dns1123_subdomain_errors(value), errs);
}

/// A label key, a taint's key, a topology key.
pub(super) fn qualified_name(value: &str, path: &Path, errs: &mut Errors) {
    all_invalid(path, value, names::qualified_name_errors(value), errs);
}

/// Keys and values of labels; both are told at the place of the whole map.
pub(super) fn labels(labels: &Map, path: &Path, errs: &mut Errors) {
    for (key, value) in labels.iter() {
        qualified_name(key, path, errs);
        let value = value.as_str().unwrap_or_default();
        all_invalid(path, value, names::label_value_errors(value), errs);
    }
}

/// Whether the operator of a requirement is one, and its values are as many as it takes. Only nodes are also chosen by
/// the order of numbers (`Gt`, `Lt`).
pub(super) fn operator_and_values(requirement: &Value, path: &Path, ordered: bool, errs: &mut Errors) {
    let (operator, values) = (requirement.str_at("operator"), requirement.items_at("values"));
    match operator {
        "In" | "NotIn" if values.is_empty() => {
            let why = "must be specified when `operator` is 'In' or 'NotIn'";
            errs.push(FieldError::required(path.field("values"), why));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errs.push(FieldError::forbidden(path.field("values"), why));
        }
        "Gt" | "Lt" if ordered && values.len() != 1 => {
            let why = "must be specified single value when `operator` is 'Lt' or 'Gt'";
            errs.push(FieldError::required(path.field("values"), why));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        "Gt" | "Lt" if ordered => {}
        other => {
            errs.push(FieldError::invalid(path.field("operator"), other, "not a valid selector operator"));
        }
    }
}

/// A selector in object form.
pub(super) fn label_selector(selector: &Value, path: &Path, errs: &mut Errors) {
    labels(selector.map_at("matchLabels"), &path.field("matchLabels"), errs);
    let list = path.field("matchExpressions");
    for (i, e) in selector.items_at("matchExpressions").iter().enumerate() {
        let path = list.index(i);
        operator_and_values(e, &path, false, errs);
        qualified_name(e.str_at("key"), &path.field("key"), errs);
        let at = path.field("values");
        for (i, value) in e.items_at("values").iter().enumerate() {
            let value = value.as_str().unwrap_or_default();
            all_invalid(&at.index(i), value, names::label_value_errors(value), errs);
        }
    }
}

/// Whether a selector says nothing.
pub(super) fn selects_everything(selector: &Value) -> bool {
    selector.map_at("matchLabels").is_empty() && selector.items_at("matchExpressions").is_empty()
}

/// The selector of a workload must select the pods it makes.
pub(super) fn selector_matches_template(selector: &Value, template: &Value, path: &Path, errs: &mut Errors) {
    let Ok(parsed) = LabelSelector::from_object(selector) else { return };
    let labels = template.at("metadata/labels");
    if !parsed.is_everything() && !parsed.matches(labels.map()) {
        let metadata = path.field("metadata");
        let shown = if labels.map().is_empty() { &Value::Null } else { labels };
        let why = "`selector` does not match template `labels`";
        errs.push(FieldError::invalid(metadata.field("labels"), shown, why));
    }
}

/// A port's number.
pub(super) fn port_number(number: i64, path: &Path, errs: &mut Errors) {
    if !(1..=65_535).contains(&number) {
        errs.push(FieldError::invalid(path, number, "must be between 1 and 65535, inclusive"));
    }
}

/// A port by number or by name.
pub(super) fn port_number_or_name(port: &Value, path: &Path, errs: &mut Errors) {
    match port {
        Value::Str(name) => all_invalid(path, name, port_name_errors(name), errs),
        other => port_number(other.as_i64().unwrap_or(0), path, errs),
    }
}

/// What is wrong with the name of a port.
pub(super) fn port_name_errors(name: &str) -> Vec<String> {
    let mut errors = Vec::new();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.len() > 15 {
        errors.push("must be no more than 15 bytes".to_string());
    }
    if name.is_empty() || !name.bytes().all(plain) {
        errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_string());
    }
    if !name.bytes().any(|b| b.is_ascii_lowercase()) {
        errors.push("must contain at least one letter (a-z)".to_string());
    }
    if name.contains("--") {
        errors.push("must not contain consecutive hyphens".to_string());
    }
    if name.starts_with('-') || name.ends_with('-') {
        errors.push("must not begin or end with a hyphen".to_string());
    }
    errors
}

/// A count or a percentage, neither negative.
pub(super) fn count_or_percent(value: &Value, path: &Path, errs: &mut Errors) {
    match value {
        Value::Str(text) if percent_of(value).is_none() => {
            let why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or \
                       '93%', regex used for validation is '[0-9]+%')";
            errs.push(FieldError::invalid(path, text.as_ref(), why));
        }
        Value::Int(n) if *n < 0 => errs.push(FieldError::invalid(path, *n, NOT_NEGATIVE)),
        _ => {}
    }
}

/// A percentage may not be more than everything.
pub(super) fn at_most_everything(value: &Value, path: &Path, errs: &mut Errors) {
    if percent_of(value).is_some_and(|p| p > 100) {
        errs.push(FieldError::invalid(path, value, "must not be greater than 100%"));
    }
}

/// The number of a percentage.
pub(super) fn percent_of(value: &Value) -> Option<i64> {
    let digits = value.as_str()?.strip_suffix('%')?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// Whether a count or percentage is zero.
pub(super) fn is_zero(value: &Value) -> bool {
    value.as_i64() == Some(0) || percent_of(value) == Some(0) || value.is_null()
}

/// An amount that may not be negative.
pub(super) fn quantity_not_negative(amount: &Value, path: &Path, errs: &mut Errors) {
    let quantity = Quantity::of(amount);
    if quantity.nano() < 0 {
        errs.push(FieldError::invalid(path, quantity.to_string(), NOT_NEGATIVE));
    }
}

/// What is wrong with a key of a ConfigMap or a Secret.
pub(super) fn config_key_errors(key: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if key.len() > 253 {
        errors.push("must be no more than 253 bytes".to_string());
    }
    if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        errors.push(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
             'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                .to_string(),
        );
    }
    match key {
        "." => errors.push("must not be '.'".to_string()),
        ".." => errors.push("must not be '..'".to_string()),
        k if k.starts_with("..") => errors.push("must not start with '..'".to_string()),
        _ => {}
    }
    errors
}

/// A field no update may change.
pub(super) fn immutable(new: &Value, old: &Value, path: &Path, errs: &mut Errors) {
    if new != old {
        errs.push(FieldError::invalid(path, new, IMMUTABLE));
    }
}

/// A value as the server's internal struct prints: the fields in their order, named with a capital, none left out.
pub(super) fn internal(value: &Value, fields: &[(&str, &str)]) -> String {
    let parts: Vec<String> =
        fields.iter().map(|(go, json)| format!("{}:{}", quote(go), value[*json].to_json())).collect();
    format!("{{{}}}", parts.join(","))
}

/// A selector as it prints: labels first.
pub(super) fn selector_text(selector: &Value) -> String {
    let parts: Vec<String> = ["matchLabels", "matchExpressions"]
        .iter()
        .filter(|key| !selector[**key].is_empty_value())
        .map(|key| format!("{}:{}", quote(key), selector[*key].to_json()))
        .collect();
    format!("{{{}}}", parts.join(","))
}
