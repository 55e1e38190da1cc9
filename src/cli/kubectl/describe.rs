//! `kubectl describe`.

use super::flags::{FILES, Flag, flags};
use super::resources::{self, Asking};
use super::{Command, Failure, Kubectl, Writes, files, targets};
use crate::api::{ListOptions, Reason, Resource, Server};
use crate::machinery::{Object, Value};
use crate::render::describe::{self, Lookup, Options};

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "describe",
    aliases: &[],
    flags: flags!(
        FILES,
        &[
            Flag::string("selector", "").short('l'),
            Flag::bool("all-namespaces").short('A'),
            Flag::on("show-events"),
            Flag::int("chunk-size", "500"),
        ]
    ),
    writes: Writes::Never,
    run,
}];

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let from_files = files::given(k);
    if k.flags.args.is_empty() && !from_files {
        return Err(Failure::message(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of \
             supported resources.",
        ));
    }
    let mut found = Found::default();
    if from_files {
        let live = targets::live(k, &[])?;
        found.objects = live.targets.into_iter().map(|target| (target.resource, target.object)).collect();
        found.failures = live.failures;
    } else {
        let asking = resources::parse(k, &k.flags.args)?;
        check(k, &asking)?;
        found.read(k, &asking)?;
        if let [type_, prefix] = k.flags.args.as_slice()
            && found.nothing_is_called_so
            && found.failures.len() == 1
        {
            return match type_.contains('/') {
                // Two words are taken for a type and the beginning of a name, whatever they are.
                true => Failure::collect(found.failures),
                false => matching(k, &asking, prefix, found.failures),
            };
        }
    }
    let show_events = match k.flags.given("show-events") {
        true => k.flags.bool("show-events"),
        false => found.objects.len() < 2 || !k.client.describes_several_without_events(),
    };
    let pages = pages(k, &found.objects, show_events)?;
    k.print_warnings();
    if pages.is_empty() && found.failures.is_empty() {
        say_nothing_found(k)?;
    }
    k.print(&describe::join(&pages));
    Failure::collect(found.failures)
}

fn check(k: &Kubectl<'_>, asking: &Asking) -> Result<(), Failure> {
    if !asking.by_name() {
        return Ok(());
    }
    if !k.flags.str("selector").is_empty() {
        return Err(Failure::message("name cannot be provided when a selector is specified"));
    }
    if k.flags.bool("all-namespaces") && asking.resources.iter().any(|a| a.resource.namespaced) {
        return Err(Failure::message("a resource cannot be retrieved by name across all namespaces"));
    }
    Ok(())
}

/// What is to be described, and what could not be found.
#[derive(Default)]
struct Found {
    objects: Vec<(Resource, Object)>,
    failures: Vec<Failure>,
    nothing_is_called_so: bool,
}

impl Found {
    fn read(&mut self, k: &Kubectl<'_>, asking: &Asking) -> Result<(), Failure> {
        for asked in &asking.resources {
            let (resource, ns) = (&asked.resource, namespace(k, &asked.resource)?);
            if asked.names.is_empty() {
                let labels = k.flags.str("selector").to_string();
                let options = ListOptions { labels, ..ListOptions::default() };
                match k.api()?.read_list(resource, &ns, &options) {
                    Ok(list) => {
                        self.objects.extend(list.into_iter().map(|object| (resource.clone(), object)))
                    }
                    Err(error) => self.failures.push(error.into()),
                }
            }
            for name in &asked.names {
                match targets::fetch(k.api()?, resource, &ns, name) {
                    Ok(object) => self.objects.push((resource.clone(), object)),
                    Err(error) => {
                        self.nothing_is_called_so |= error.reason == Reason::NotFound;
                        self.failures.push(error.into());
                    }
                }
            }
        }
        Ok(())
    }
}

/// The namespace a kind is read in; empty for all of them and for cluster-scoped kinds.
fn namespace(k: &Kubectl<'_>, resource: &Resource) -> Result<String, Failure> {
    if resource.namespaced && !k.flags.bool("all-namespaces") { k.namespace() } else { Ok(String::new()) }
}

/// Nothing has the name: describes what has it as the beginning of its name. Nothing of that kind either is the failure
/// that was found first.
fn matching(k: &Kubectl<'_>, asking: &Asking, prefix: &str, missing: Vec<Failure>) -> Result<(), Failure> {
    let mut objects = Vec::new();
    for asked in &asking.resources {
        let ns = namespace(k, &asked.resource)?;
        let list = k.api()?.read_list(&asked.resource, &ns, &ListOptions::default())?;
        let named = list.into_iter().filter(|object| object.name().starts_with(prefix));
        objects.extend(named.map(|object| (asked.resource.clone(), object)));
    }
    let show_events = match k.flags.given("show-events") {
        true => k.flags.bool("show-events"),
        false => !k.client.describes_several_without_events(),
    };
    let pages = pages(k, &objects, show_events)?;
    k.print_warnings();
    if pages.is_empty() {
        return Failure::collect(missing);
    }
    k.print(&describe::join_matching(&pages));
    Ok(())
}

fn pages(k: &Kubectl<'_>, objects: &[(Resource, Object)], show_events: bool) -> Result<Vec<String>, Failure> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let api = k.api()?;
    let options = Options { now: api.now(), client: k.client, show_events, zone: k.session.env.time_zone() };
    let page = |(resource, object): &(Resource, Object)| {
        describe::describe(resource, object, &Surroundings { api }, &options)
    };
    Ok(objects.iter().map(page).collect())
}

/// The `Pod Template:` block of a revision, its TABs left as they are.
pub(super) fn template(k: &Kubectl<'_>, template: &Value) -> Result<String, Failure> {
    let api = k.api()?;
    let options =
        Options { now: api.now(), client: k.client, show_events: false, zone: k.session.env.time_zone() };
    Ok(describe::write_template(template, &Surroundings { api }, &options))
}

/// What describers ask the API server for.
struct Surroundings<'a> {
    api: &'a Server,
}

impl Lookup for Surroundings<'_> {
    fn list(&self, resource: &str, namespace: &str) -> Vec<Object> {
        let Some(resource) = self.api.resource(resource) else { return Vec::new() };
        self.api.read_list(&resource, namespace, &ListOptions::default()).unwrap_or_default()
    }

    fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Object> {
        self.api.read(&self.api.resource(resource)?, namespace, name).ok()
    }
}

fn say_nothing_found(k: &Kubectl<'_>) -> Result<(), Failure> {
    if k.flags.bool("all-namespaces") {
        k.eprintln("No resources found");
    } else {
        k.eprintln(&format!("No resources found in {} namespace.", k.namespace()?));
    }
    Ok(())
}
