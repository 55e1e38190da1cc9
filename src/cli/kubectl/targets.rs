//! The objects a command works on: named on the command line, chosen by labels, or described in files.

use super::resources::{self, Asking};
use super::{Failure, Kubectl, connection, files};
use crate::api::{ApiError, ListOptions, Reason, Resource, Server};
use crate::machinery::{LabelSelector, Object, Value, go_text};

/// An object and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The kind, in the version of the object.
    pub resource: Resource,
    /// As it is on the server, or as a file describes it.
    pub object: Object,
    /// The file it came from.
    pub source: Option<String>,
}

impl Target {
    /// Its namespace; empty for cluster-scoped kinds.
    pub(crate) fn namespace(&self) -> &str {
        if self.resource.namespaced { self.object.namespace() } else { "" }
    }

    /// `deployments.apps "web"`: what kubectl's own errors call it.
    pub(crate) fn quoted(&self) -> String {
        format!("{} \"{}\"", self.resource.qualified(), self.object.name())
    }

    /// An API error about it, with its file if it came from one.
    pub(crate) fn failure(&self, verb: &str, error: crate::api::ApiError) -> Failure {
        match &self.source {
            Some(source) => error.with_source(verb, source).into(),
            None => error.into(),
        }
    }
}

/// What was found, and why the rest was not.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    pub targets: Vec<Target>,
    pub failures: Vec<Failure>,
    /// One object was asked for by its name.
    pub single: bool,
}

impl Targets {
    /// The targets, when everything was found.
    pub(crate) fn all(self) -> Result<Vec<Target>, Failure> {
        Failure::collect(self.failures).map(|()| self.targets)
    }

    /// Does something with each target; what was not found and what failed is told at the end.
    pub(crate) fn each(self, mut act: impl FnMut(&Target) -> Result<(), Failure>) -> Result<(), Failure> {
        let mut failures = Vec::new();
        for target in &self.targets {
            if let Err(failure) = act(target) {
                failures.push(failure);
            }
        }
        failures.extend(self.failures);
        Failure::collect(failures)
    }
}

/// The live objects a command line names, by its arguments or by `--filename`.
pub(crate) fn live(k: &Kubectl<'_>, args: &[String]) -> Result<Targets, Failure> {
    if !files::given(k) {
        let asking = resources::parse(k, args)?;
        asking.check_names(k)?;
        return by_arguments(k, &asking, Selecting::of(k));
    }
    of_files(k, args)
}

/// As [`live`], for commands whose `--selector` is about something else.
pub(crate) fn named(k: &Kubectl<'_>, args: &[String]) -> Result<Targets, Failure> {
    match files::given(k) {
        true => of_files(k, args),
        false => by_arguments(k, &resources::parse(k, args)?, Selecting::default()),
    }
}

/// The one object that the value of a flag such as `--from` names as `TYPE/NAME`.
pub(crate) fn named_alone(k: &Kubectl<'_>, text: &str) -> Result<Target, Failure> {
    let found = by_arguments(k, &resources::parse(k, &[text.to_string()])?, Selecting::default())?;
    let missing = || Failure::message("resource(s) were provided, but no name was specified");
    found.all()?.into_iter().next().ok_or_else(missing)
}

fn of_files(k: &Kubectl<'_>, args: &[String]) -> Result<Targets, Failure> {
    no_arguments(args)?;
    let mut found = described(k, false)?;
    let mut targets = Vec::new();
    for target in std::mem::take(&mut found.targets) {
        match fetch(k.api()?, &target.resource, target.namespace(), target.object.name()) {
            Ok(object) => targets.push(Target { object, ..target }),
            Err(e) => found.failures.push(e.into()),
        }
    }
    found.targets = targets;
    Ok(found)
}

/// Files say what a command is about, or its arguments do.
pub(crate) fn no_arguments(args: &[String]) -> Result<(), Failure> {
    match args {
        [] => Ok(()),
        [pair, ..] if pair.contains('/') => {
            Err(Failure::message("resource/name arguments cannot be provided when a path is specified"))
        }
        _ => Err(Failure::message(
            "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
        )),
    }
}

/// A GET of an object by its name. Where the namespace is not there either, that is what the client tells of.
pub(crate) fn fetch(api: &Server, resource: &Resource, ns: &str, name: &str) -> Result<Object, ApiError> {
    api.read(resource, ns, name).map_err(|missing| {
        if missing.reason != Reason::NotFound || matches!(ns, "" | "default") {
            return missing;
        }
        let namespaces = api.registry().by_path("", "v1", "namespaces").cloned();
        match namespaces.map(|namespaces| api.read(&namespaces, "", ns)) {
            Some(Err(e)) if e.reason == Reason::NotFound => e,
            _ => missing,
        }
    })
}

/// All objects of the types a command line names.
pub(crate) fn of_types(k: &Kubectl<'_>, args: &[String]) -> Result<Targets, Failure> {
    let mut found = Targets::default();
    for asked in resources::parse(k, args)?.resources {
        let ns = if asked.resource.namespaced { k.namespace()? } else { String::new() };
        for object in k.api()?.read_list(&asked.resource, &ns, &ListOptions::default())? {
            found.targets.push(Target { resource: asked.resource.clone(), object, source: None });
        }
    }
    Ok(found)
}

/// How a command line chooses objects it does not name.
#[derive(Clone, Copy, Default)]
struct Selecting<'k> {
    all: bool,
    selector: &'k str,
    fields: &'k str,
}

impl<'k> Selecting<'k> {
    fn of(k: &'k Kubectl<'_>) -> Selecting<'k> {
        Selecting {
            all: k.flags.bool("all"),
            selector: k.flags.str("selector"),
            fields: k.flags.str("field-selector"),
        }
    }
}

fn by_arguments(k: &Kubectl<'_>, asking: &Asking, selecting: Selecting<'_>) -> Result<Targets, Failure> {
    let Selecting { all, selector, fields } = selecting;
    if asking.resources.is_empty() {
        return Err(nothing_named());
    }
    if all && !(selector.is_empty() && fields.is_empty()) {
        return Err(Failure::message("setting 'all' parameter but found a non empty selector. "));
    }
    let selects = all || !selector.is_empty() || !fields.is_empty();
    if !asking.by_name() && !selects {
        return Err(Failure::message("resource(s) were provided, but no name was specified"));
    }
    let single = asking.resources.len() == 1 && asking.resources[0].names.len() == 1;
    let mut found = Targets { single, ..Targets::default() };
    for asked in &asking.resources {
        let resource = &asked.resource;
        let own = if resource.namespaced { k.namespace()? } else { String::new() };
        let ns = if k.flags.bool("all-namespaces") { "" } else { own.as_str() };
        if asked.names.is_empty() {
            let options = ListOptions { labels: selector.to_string(), fields: fields.to_string() };
            for object in k.api()?.read_list(resource, ns, &options)? {
                found.targets.push(Target { resource: resource.clone(), object, source: None });
            }
        }
        for name in &asked.names {
            match fetch(k.api()?, resource, ns, name) {
                Ok(object) => {
                    found.targets.push(Target { resource: resource.clone(), object, source: None });
                }
                Err(e) => found.failures.push(e.into()),
            }
        }
    }
    Ok(found)
}

/// `--selector` of commands that look for the labels themselves, in what files describe.
pub(crate) fn selector(k: &Kubectl<'_>) -> Result<LabelSelector, Failure> {
    let text = k.flags.str("selector");
    LabelSelector::parse(text)
        .map_err(|e| Failure::message(format!("the provided selector \"{text}\" is not valid: {e}")))
}

/// What is said when neither arguments nor files name an object.
pub(crate) fn nothing_named() -> Failure {
    Failure::message(
        "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   \
         '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
    )
}

/// The objects `--filename` describes, each with its namespace. `validated` commands complain about a missing kind in the
/// words of the validation they would do anyway.
pub(crate) fn described(k: &Kubectl<'_>, validated: bool) -> Result<Targets, Failure> {
    connection::before_manifests(k)?;
    let read = files::read(k, k.flags.list("filename"), k.flags.bool("recursive"), validated)?;
    let mut found = Targets { failures: read.failures, ..Targets::default() };
    for document in read.documents {
        match resolve(k, document.object, &document.source, validated) {
            Ok(target) => found.targets.push(target),
            Err(failure) => found.failures.push(failure),
        }
    }
    Ok(found)
}

fn resolve(k: &Kubectl<'_>, mut object: Object, source: &str, validated: bool) -> Result<Target, Failure> {
    for (key, name) in [("apiVersion", "apiVersion"), ("kind", "kind")] {
        if !object.str_at(key).is_empty() {
            continue;
        }
        return Err(Failure::message(match (validated, key) {
            (true, _) => format!(
                "error validating \"{source}\": error validating data: {name} not set; if you choose to ignore these \
                 errors, turn validation off with --validate=false"
            ),
            (false, "kind") => {
                format!(
                    "unable to decode \"{source}\": Object 'Kind' is missing in '{}'",
                    go_text::json(&object)
                )
            }
            (false, _) => format!(
                "unable to decode \"{source}\": Object 'apiVersion' is missing in '{}'",
                go_text::json(&object)
            ),
        }));
    }
    let api = k.api().map_err(|failure| connection::for_manifest(k, source, failure))?;
    let Some(resource) = api.resource_of(&object) else {
        return Err(Failure::message(format!(
            "resource mapping not found for name: \"{}\" namespace: \"{}\" from \"{source}\": no matches for kind \"{}\" \
             in version \"{}\"\nensure CRDs are installed first",
            object.name(),
            object.namespace(),
            object.kind(),
            object.api_version()
        )));
    };
    // With --local nobody asks where the object would go.
    if resource.namespaced && !k.flags.bool("local") {
        let ns = k.namespace()?;
        match object.namespace() {
            "" => object.set("metadata/namespace", ns),
            own if own != ns && k.namespace_is_explicit() => {
                return Err(Failure::message(format!(
                    "the namespace from the provided object \"{own}\" does not match the namespace \"{ns}\". You must \
                     pass '--namespace={own}' to perform this operation."
                )));
            }
            _ => {}
        }
    } else if !resource.namespaced && !matches!(object.at("metadata/namespace"), Value::Null) {
        object.remove("metadata/namespace");
    }
    Ok(Target { resource, object, source: Some(source.to_string()) })
}
