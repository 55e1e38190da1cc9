//! `kubectl explain`: the fields of a kind.

use super::flags::Flag;
use super::{Command, Failure, Kubectl, Writes};
use crate::api::Resource;
use crate::api::schema::Outline;
use crate::render::explain_kind;

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "explain",
    aliases: &[],
    flags: &[
        Flag::bool("recursive"),
        Flag::string("api-version", ""),
        Flag::string("output", "plaintext").short('o'),
    ],
    writes: Writes::Never,
    run,
}];

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let words = match k.flags.args.as_slice() {
        [] => {
            return Err(Failure::message(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of \
                 supported resources.",
            ));
        }
        [words] => words,
        _ => return Err(Failure::message("We accept only this format: explain RESOURCE")),
    };
    let (resource, path) = named(k, words)?;
    let format = k.flags.str("output");
    if !matches!(format, "plaintext" | "plaintext-openapiv2") {
        return Err(Failure::message(format!("unrecognized format: {format}")));
    }
    let Some(mut outline) = Outline::of(&resource, k.api()?) else {
        return Err(Failure::message(format!(
            "couldn't find resource for {:?}",
            format!("{}, Resource={}", resource.api_version(), resource.plural)
        )));
    };
    let mut last = None;
    for name in &path {
        let Some((_, field)) = outline.fields().into_iter().find(|(field, _)| field == name) else {
            k.print(&explain_kind::heading(&resource));
            return Err(Failure::message(format!("field \"{name}\" does not exist")));
        };
        outline = field;
        last = Some(name.as_str());
    }
    let recursive = k.flags.bool("recursive");
    k.print(&explain_kind::page(&resource, last, &outline, recursive, k.client));
    Ok(())
}

/// The kind that words such as `pods`, `deploy.spec` or `widgets.example.com.spec` begin with, and the path behind it.
fn named(k: &Kubectl<'_>, words: &str) -> Result<(Resource, Vec<String>), Failure> {
    let api = k.api()?;
    let registry = api.registry();
    let parts: Vec<&str> = words.split('.').collect();
    // As much as names a kind with its group; else the first word alone.
    let whole = (2..=parts.len()).rev().find(|n| registry.lookup(&parts[..*n].join(".")).is_some());
    let taken = whole.unwrap_or(1);
    let name = parts[..taken].join(".");
    let unknown = || Failure::Raw(format!("the server doesn't have a resource type \"{}\"", parts[0]));
    let found = registry.lookup(&name).cloned().ok_or_else(unknown)?;
    let path = parts[taken..].iter().filter(|part| !part.is_empty()).map(|part| part.to_string()).collect();
    let version = k.flags.str("api-version");
    if version.is_empty() {
        return Ok((found, path));
    }
    let asked = registry.by_kind(version, &found.kind).cloned();
    let missing =
        || Failure::message(format!("couldn't find resource for \"{version}, Kind={}\"", found.kind));
    Ok((asked.ok_or_else(missing)?, path))
}
