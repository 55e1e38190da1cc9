//! Kinds without a page of their own: every field, in words.

use super::{Page, View, events, go, meta};
use crate::machinery::Value;

/// Shown above, or of no interest to a reader.
const APART: [&str; 5] = [
    "metadata/annotations",
    "metadata/labels",
    "metadata/managedFields",
    "metadata/name",
    "metadata/namespace",
];

pub(super) fn describe(page: &mut Page, view: &View<'_>) {
    meta::name_and_namespace(page, view);
    meta::labels_and_annotations(page, view);
    fields(page, view, 0, "", view.object);
    events::write(page, view);
}

/// The fields of an object, sorted, each kind of value in its way.
fn fields(page: &mut Page, view: &View<'_>, level: usize, path: &str, object: &Value) {
    for (key, value) in object.map().iter() {
        let path = if path.is_empty() { key.to_string() } else { format!("{path}/{key}") };
        if APART.contains(&path.as_str()) {
            continue;
        }
        let title = title(key, view.client().describe_keeps_capitals_together());
        match value {
            Value::Map(_) => {
                page.line(level, format_args!("{title}:"));
                fields(page, view, level + 1, &path, value);
            }
            Value::List(items) => {
                page.line(level, format_args!("{title}:"));
                for item in items.iter() {
                    match item {
                        Value::Map(_) => fields(page, view, level + 1, &path, item),
                        scalar => page.line(level + 1, go::value(scalar)),
                    }
                }
            }
            scalar => page.field(level, &title, go::value(scalar)),
        }
    }
}

/// Words that are written in capitals.
const ACRONYMS: [&str; 5] = ["API", "GUID", "OSB", "UID", "URL"];

/// A field's name as a title: `creationTimestamp` becomes `Creation Timestamp`. Names with digits and the like stay.
fn title(field: &str, capitals_together: bool) -> String {
    if !field.chars().all(|c| c.is_alphabetic() || c == '-') {
        return field.to_string();
    }
    let word = |word: &str| match word.to_uppercase() {
        upper if ACRONYMS.contains(&upper.as_str()) => upper,
        _ => {
            let mut chars = word.chars();
            chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
        }
    };
    words(field, capitals_together).iter().map(|w| word(w)).collect::<Vec<_>>().join(" ")
}

/// The words of a camel-cased name. A run of capitals is one word; its last capital belongs to the lower-case letters
/// behind it (`TLSVerify` is two words), unless capitals stay together.
fn words(field: &str, capitals_together: bool) -> Vec<String> {
    let chars: Vec<char> = field.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (i, &c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).map(|b| chars[b]);
        let begins = match before {
            None => true,
            Some(before) if before.is_uppercase() && c.is_uppercase() => {
                !capitals_together && chars.get(i + 1).is_some_and(|next| next.is_lowercase())
            }
            Some(before) if before.is_uppercase() && c.is_lowercase() => false,
            Some(before) => c.is_uppercase() || (before == '-') != (c == '-'),
        };
        match words.last_mut() {
            Some(word) if !begins => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn names_become_titles() {
        for (field, new) in [
            ("creationTimestamp", "Creation Timestamp"),
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("insecureSkipTLSVerify", "Insecure Skip TLSVerify"),
            ("openAPIV3Schema", "openAPIV3Schema"),
            ("seLinuxMount", "Se Linux Mount"),
        ] {
            assert_eq!(title(field, true), new);
        }
        assert_eq!(title("insecureSkipTLSVerify", false), "Insecure Skip TLS Verify");
        assert_eq!(title("podCIDRs", false), "Pod CID Rs");
    }
}
