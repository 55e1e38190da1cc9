//! What the arguments of a command name: `pods`, `pod a b`, `deploy/x svc/y`, `pods,services`, `all`.

use super::{Failure, Kubectl};
use crate::api::Resource;
use crate::machinery::validation::path_segment_errors;

/// One resource of a command line and the names asked for; no names mean all objects.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub resource: Resource,
    pub names: Vec<String>,
}

/// The resources of a command line, in its order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asking {
    pub resources: Vec<Asked>,
    /// Several resource types were asked for, so that rows and results name the type.
    pub several_types: bool,
    /// The names stood in pairs: `TYPE/NAME`.
    pub in_pairs: bool,
}

impl Asking {
    /// Whether names were given.
    pub(crate) fn by_name(&self) -> bool {
        self.resources.iter().any(|a| !a.names.is_empty())
    }

    /// Names and selectors exclude each other, and a name is one in a namespace.
    pub(crate) fn check_names(&self, k: &Kubectl<'_>) -> Result<(), Failure> {
        if !self.by_name() {
            return Ok(());
        }
        let selects = k.flags.bool("all")
            || !k.flags.str("selector").is_empty()
            || !k.flags.str("field-selector").is_empty();
        if selects {
            return Err(Failure::message(match self.in_pairs {
                true => "selectors and the all flag cannot be used when passing resource/name arguments",
                false => "name cannot be provided when a selector is specified",
            }));
        }
        if k.flags.bool("all-namespaces") && self.resources.iter().any(|a| a.resource.namespaced) {
            return Err(Failure::message("a resource cannot be retrieved by name across all namespaces"));
        }
        Ok(())
    }
}

/// Reads the arguments of a command.
pub(crate) fn parse(k: &Kubectl<'_>, args: &[String]) -> Result<Asking, Failure> {
    let asking =
        if args.iter().any(|a| a.contains('/')) { parse_pairs(k, args) } else { parse_types(k, args) }?;
    asking.resources.iter().flat_map(|asked| &asked.names).try_for_each(|name| check_name(name))?;
    Ok(asking)
}

/// A name must do as a step of a URL's path, or the client sends no request.
fn check_name(name: &str) -> Result<(), Failure> {
    if name.is_empty() {
        return Err(Failure::message("resource name may not be empty"));
    }
    match path_segment_errors(name) {
        errors if errors.is_empty() => Ok(()),
        errors => Err(Failure::message(format!("invalid resource name {name:?}: [{}]", errors.join(" ")))),
    }
}

fn parse_pairs(k: &Kubectl<'_>, args: &[String]) -> Result<Asking, Failure> {
    let mut asking = Asking { in_pairs: true, ..Asking::default() };
    for arg in args {
        let Some((kind, name)) = arg.split_once('/') else {
            return Err(Failure::message(
                "there is no need to specify a resource type as a separate argument when passing arguments in \
                 resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource \
                 resource/<resource_name>'",
            ));
        };
        if name.contains('/') {
            return Err(Failure::message("arguments in resource/name form may not have more than one slash"));
        }
        if kind.is_empty() || name.is_empty() {
            return Err(Failure::message(
                "arguments in resource/name form must have a single resource and name",
            ));
        }
        if kind.contains(',') {
            return Err(Failure::message("arguments in resource/name form may not have more than one type"));
        }
        let resource = lookup(k, kind)?;
        match asking.resources.last_mut() {
            Some(last) if last.resource == resource => last.names.push(name.to_string()),
            _ => asking.resources.push(Asked { resource, names: vec![name.to_string()] }),
        }
    }
    let first = asking.resources.first().map(|a| a.resource.qualified());
    asking.several_types = asking.resources.iter().any(|a| Some(a.resource.qualified()) != first);
    Ok(asking)
}

fn parse_types(k: &Kubectl<'_>, args: &[String]) -> Result<Asking, Failure> {
    let Some((types, names)) = args.split_first() else { return Ok(Asking::default()) };
    let mut resources: Vec<Resource> = Vec::new();
    for word in types.split(',') {
        let category: Vec<Resource> = k.api()?.registry().category(word).into_iter().cloned().collect();
        if category.is_empty() {
            resources.push(lookup(k, word)?);
        } else {
            resources.extend(category);
        }
    }
    let mut unique: Vec<Resource> = Vec::new();
    for resource in resources {
        if !unique.contains(&resource) {
            unique.push(resource);
        }
    }
    Ok(Asking {
        several_types: unique.len() > 1,
        in_pairs: false,
        resources: unique.into_iter().map(|resource| Asked { resource, names: names.to_vec() }).collect(),
    })
}

/// The resource a word names.
pub(crate) fn lookup(k: &Kubectl<'_>, word: &str) -> Result<Resource, Failure> {
    let registry = k.api()?.registry();
    let found = match k.client.minds_versions_of_short_names() {
        true => registry.lookup_in_version(word).cloned(),
        false => registry.lookup(word).cloned(),
    };
    // The error names what stands before the version and group.
    let word = word.split('.').next().unwrap_or(word);
    found.ok_or_else(|| Failure::message(format!("the server doesn't have a resource type \"{word}\"")))
}
