//! What `kubectl explain` prints of a kind or a field.

use crate::api::Resource;
use crate::api::schema::Outline;
use crate::machinery::KubeVersion;

/// Which kind it is.
pub fn heading(resource: &Resource) -> String {
    let group = match resource.group.as_ref() {
        "" => String::new(),
        group => format!("GROUP:      {group}\n"),
    };
    format!("{group}KIND:       {}\nVERSION:    {}\n\n", resource.kind, resource.version)
}

/// A kind, or the field `name` of one.
pub fn page(
    resource: &Resource,
    name: Option<&str>,
    outline: &Outline,
    recursive: bool,
    client: KubeVersion,
) -> String {
    let mut out = heading(resource);
    if let Some(name) = name {
        out.push_str(&format!("FIELD: {name} <{}>{}\n", outline.type_name, required(outline)));
        if !outline.choices.is_empty() {
            out.push_str("ENUM:\n");
            outline.choices.iter().for_each(|choice| out.push_str(&format!("    {choice}\n")));
        } else if client.explain_leaves_room_for_choices() {
            out.push('\n');
        }
        out.push('\n');
    }
    out.push_str("DESCRIPTION:\n");
    match outline.description.is_empty() {
        true => out.push_str("    <empty>\n"),
        false => {
            wrapped(&outline.description, "    ", &mut out);
            out.push_str("    \n");
        }
    }
    let fields = outline.fields();
    if !fields.is_empty() {
        out.push_str("FIELDS:\n");
        for (name, field) in &fields {
            if recursive {
                tree(name, field, 1, &mut out);
            } else {
                line(name, field, 1, &mut out);
                match field.description.is_empty() {
                    true => out.push_str("    <no description>\n"),
                    false => wrapped(&field.description, "    ", &mut out),
                }
                out.push('\n');
            }
        }
    }
    out.push('\n');
    out
}

fn required(outline: &Outline) -> &'static str {
    if outline.required { " -required-" } else { "" }
}

fn line(name: &str, field: &Outline, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    out.push_str(&format!("{indent}{name}\t<{}>{}\n", field.type_name, required(field)));
    if !field.choices.is_empty() {
        out.push_str(&format!("{indent}enum: {}\n", field.choices.join(", ")));
    }
}

/// How deep a kind is followed that may contain itself.
const DEPTH: usize = 12;

fn tree(name: &str, field: &Outline, depth: usize, out: &mut String) {
    line(name, field, depth, out);
    if depth < DEPTH {
        field.fields().iter().for_each(|(name, field)| tree(name, field, depth + 1, out));
    }
}

/// Text in lines of at most 76 letters.
fn wrapped(text: &str, indent: &str, out: &mut String) {
    const WIDTH: usize = 76;
    for paragraph in text.trim_end().lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
                out.push_str(&format!("{indent}{line}\n"));
                line.clear();
            }
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
        out.push_str(&format!("{indent}{line}\n"));
    }
}
