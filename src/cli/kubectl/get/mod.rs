//! `kubectl get`.

mod raw;
mod watching;

pub(super) use watching::bound as watch_bound;

use super::flags::{FILES, Flag, Flags, OUTPUT, flags};
use super::resources::{self, Asked, Asking};
use super::targets;
use super::{Command, Failure, Kubectl, Writes, connection, files, report};
use crate::api::{ApiError, ListOptions, Reason, Resource, tables::Table};
use crate::machinery::{Object, jsonpath::JsonPath};
use crate::render::output::{self, Printer};
use crate::render::sort_by::{Unsortable, sort_by, with_braces};
use crate::render::table::{Layout, TablePrinter, names_and_ages};

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "get",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        FILES,
        &[
            Flag::string("selector", "").short('l'),
            Flag::string("field-selector", ""),
            Flag::bool("all-namespaces").short('A'),
            Flag::bool("watch").short('w'),
            Flag::bool("watch-only"),
            Flag::bool("output-watch-events"),
            // Not kubectl's: how long to watch, so that a script's watch drives the clock and ends.
            Flag::duration("for", "0s"),
            Flag::bool("ignore-not-found"),
            Flag::int("chunk-size", "500"),
            Flag::bool("no-headers"),
            Flag::slice("label-columns").short('L'),
            Flag::bool("show-labels"),
            Flag::bool("show-kind"),
            Flag::string("sort-by", ""),
            Flag::string("raw", ""),
            Flag::on("server-print"),
            Flag::string("subresource", ""),
        ]
    ),
    writes: Writes::When(watches),
    run,
}];

fn watches(flags: &Flags) -> bool {
    flags.bool("watch") || flags.bool("watch-only")
}

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    if !k.flags.str("raw").is_empty() {
        return raw::get(k);
    }
    let output = k.flags.str("output");
    if k.flags.bool("show-labels") && !matches!(output, "" | "wide") {
        return Err(Failure::message(format!("--show-labels option cannot be used with {output} printer")));
    }
    let printer = report::printer(k)?;
    if printer.is_none() && !matches!(output, "" | "wide") {
        return Err(Failure::message(output::unknown_format(output, true, k.client.has_kyaml())));
    }
    let from_files = files::given(k);
    if k.flags.args.is_empty() && !from_files {
        return Err(nothing_asked());
    }
    if k.flags.bool("output-watch-events") && !watches(&k.flags) {
        let why = "--output-watch-events option can only be used with --watch or --watch-only";
        return Err(match k.client.words_of_1_34() {
            true => Failure::usage(why),
            false => Failure::message(why),
        });
    }
    let (asking, unread) = if from_files {
        of_files(k)?
    } else {
        let asking = resources::parse(k, &k.flags.args)?;
        asking.check_names(k)?;
        (asking, Vec::new())
    };
    if !from_files && !asking.by_name() && !k.flags.str("subresource").is_empty() {
        return Err(Failure::message("subresource cannot be used when bulk resources are specified"));
    }
    if watches(&k.flags) {
        return watching::run(k, &asking, printer);
    }
    let mut found = read(k, &asking);
    if from_files && !k.flags.str("selector").is_empty() {
        // The client looks for the labels itself. Of a table it sees none.
        let selector = targets::selector(k)?;
        let labelled = |object: &Object| printer.is_some() && selector.matches(object.labels());
        found.kinds.iter_mut().for_each(|(_, objects)| objects.retain(labelled));
    }
    if !unread.is_empty() {
        found.failures.extend(unread);
        // One among many, even when there is no other.
        found.failures = vec![Failure::Many(found.failures)];
    }
    k.print_warnings();
    match printer {
        Some(printer) => print_objects(k, &asking, found, printer),
        None => {
            let printed = print_tables(k, &mut found)?;
            if !printed && found.failures.is_empty() && !k.flags.bool("ignore-not-found") {
                say_nothing_found(k, &asking)?;
            }
            Failure::collect(found.failures)
        }
    }
}

fn nothing_asked() -> Failure {
    Failure::Many(vec![
        Failure::Raw(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of \
             supported resources.\n"
                .to_string(),
        ),
        Failure::usage(
            "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that \
             resource (e.g. kubectl explain pods).",
        ),
    ])
}

/// The objects that manifests name, and why some of them could not be read.
fn of_files(k: &Kubectl<'_>) -> Result<(Asking, Vec<Failure>), Failure> {
    targets::no_arguments(&k.flags.args)?;
    let described = targets::described(k, false)?;
    let mut asking = Asking::default();
    for target in described.targets {
        let name = target.object.name().to_string();
        match asking.resources.last_mut() {
            Some(last) if last.resource == target.resource => last.names.push(name),
            _ => asking.resources.push(Asked { resource: target.resource, names: vec![name] }),
        }
    }
    asking.several_types = asking.resources.len() > 1;
    Ok((asking, described.failures))
}

/// What was found, kind after kind, and what was not.
#[derive(Default)]
struct Found {
    kinds: Vec<(Resource, Vec<Object>)>,
    failures: Vec<Failure>,
}

fn read(k: &Kubectl<'_>, asking: &Asking) -> Found {
    let mut found = Found::default();
    for asked in &asking.resources {
        match read_kind(k, asked, &mut found.failures) {
            // Of a kind of which nothing named was found there is nothing to show.
            Ok((_, objects)) if objects.is_empty() && !asked.names.is_empty() => {}
            Ok((resource, objects)) => found.kinds.push((resource, objects)),
            Err(failure) => found.failures.push(failure),
        }
    }
    found
}

/// The namespace a kind is read in; empty for all of them and for cluster-scoped kinds.
fn namespace(k: &Kubectl<'_>, resource: &Resource) -> Result<String, Failure> {
    if resource.namespaced && !k.flags.bool("all-namespaces") { k.namespace() } else { Ok(String::new()) }
}

fn read_kind(
    k: &Kubectl<'_>,
    asked: &Asked,
    failures: &mut Vec<Failure>,
) -> Result<(Resource, Vec<Object>), Failure> {
    let (api, ns) = (k.api()?, namespace(k, &asked.resource)?);
    let mut objects = Vec::new();
    if asked.names.is_empty() {
        k.authorize("list", &asked.resource, &ns, "")?;
        let options = ListOptions {
            labels: k.flags.str("selector").to_string(),
            fields: k.flags.str("field-selector").to_string(),
        };
        objects = api.read_list(&asked.resource, &ns, &options)?;
    }
    for name in &asked.names {
        match read_named(k, &asked.resource, &ns, name) {
            Ok(object) => objects.push(object),
            Err(e) if e.reason == Reason::NotFound && k.flags.bool("ignore-not-found") => {}
            Err(e) => failures.push(e.into()),
        }
    }
    let shown = match k.flags.str("subresource") {
        "scale" => scale_kind(&asked.resource),
        _ => asked.resource.clone(),
    };
    Ok((shown, objects))
}

fn read_named(k: &Kubectl<'_>, resource: &Resource, ns: &str, name: &str) -> Result<Object, ApiError> {
    let Ok(api) = k.api() else { return Err(ApiError::no_such_resource()) };
    if let Ok(user) = k.user() {
        api.authorize(&user, "get", resource, ns, name)?;
    }
    match k.flags.str("subresource") {
        "" => targets::fetch(api, resource, ns, name),
        "scale" if resource.scale => api.scale(resource, ns, name),
        "status" if resource.status => api.read(resource, ns, name),
        _ => Err(ApiError::no_such_resource()),
    }
}

/// What `--subresource=scale` answers with.
fn scale_kind(resource: &Resource) -> Resource {
    Resource { group: "autoscaling".into(), version: "v1".into(), kind: "Scale".into(), ..resource.clone() }
}

fn layout(k: &Kubectl<'_>, several_types: bool) -> Layout {
    Layout {
        no_headers: k.flags.bool("no-headers"),
        wide: k.flags.str("output") == "wide",
        all_namespaces: k.flags.bool("all-namespaces"),
        show_kind: k.flags.bool("show-kind") || several_types,
        show_labels: k.flags.bool("show-labels"),
        label_columns: k.flags.list("label-columns").to_vec(),
        watch_events: k.flags.bool("output-watch-events"),
    }
}

fn table(k: &Kubectl<'_>, resource: &Resource, objects: &[Object]) -> Result<Table, Failure> {
    let api = k.api()?;
    Ok(match k.flags.bool("server-print") {
        true => api.table(resource, objects),
        false => names_and_ages(objects, api.now()),
    })
}

/// Prints what was found as tables; false when there was nothing to print.
fn print_tables(k: &Kubectl<'_>, found: &mut Found) -> Result<bool, Failure> {
    let path = k.flags.str("sort-by");
    if !path.is_empty() {
        found.kinds = sorted(k, std::mem::take(&mut found.kinds), path)?;
    }
    // Rows name their type where there are several to tell apart.
    let first = found.kinds.first().map(|(resource, _)| resource.qualified());
    let several = found.kinds.iter().any(|(resource, _)| Some(resource.qualified()) != first);
    let mut printer = TablePrinter::new(layout(k, several));
    for (resource, objects) in &found.kinds {
        printer.add(resource, &table(k, resource, objects)?);
    }
    k.print(&printer.flush());
    Ok(printer.has_printed())
}

/// Objects of all kinds in one order, and the kinds as they follow each other in it.
fn sorted(
    k: &Kubectl<'_>,
    kinds: Vec<(Resource, Vec<Object>)>,
    path: &str,
) -> Result<Vec<(Resource, Vec<Object>)>, Failure> {
    let mut all: Vec<Object> = kinds.iter().flat_map(|(_, objects)| objects.iter().cloned()).collect();
    if !sort_by(&mut all, path, k.client).map_err(|e| cannot_sort(k, e, kinds.len() == 1))? {
        return Ok(Vec::new());
    }
    let mut runs: Vec<(Resource, Vec<Object>)> = Vec::new();
    for object in all {
        match runs.last_mut() {
            Some((resource, run)) if resource.serves(&object) => run.push(object),
            _ => {
                if let Some((resource, _)) = kinds.iter().find(|(r, _)| r.serves(&object)) {
                    runs.push((resource.clone(), vec![object]));
                }
            }
        }
    }
    Ok(runs)
}

/// kubectl ends where it stands when it meets what has no order; rows of one table are another place than objects.
fn cannot_sort(k: &Kubectl<'_>, what: Unsortable, in_a_table: bool) -> Failure {
    let (line, holder) = match in_a_table {
        true => (k.client.line_of_sorter(), "[][][]reflect.Value"),
        false => (k.client.line_of_sorter() - 46, "*unstructured.Unstructured"),
    };
    let text = what.text(k.flags.str("sort-by"), holder);
    Failure::Raw(connection::klog('F', &format!("sorter.go:{line}"), &text))
}

/// Prints objects in a format: the one asked for by its name by itself, everything else as a list.
fn print_objects(
    k: &Kubectl<'_>,
    asking: &Asking,
    found: Found,
    mut printer: Printer,
) -> Result<(), Failure> {
    let single = asking.resources.len() == 1 && asking.resources[0].names.len() == 1;
    let mut objects: Vec<Object> = found.kinds.into_iter().flat_map(|(_, objects)| objects).collect();
    if objects.is_empty() && !found.failures.is_empty() {
        return Failure::collect(found.failures);
    }
    let path = k.flags.str("sort-by");
    if !path.is_empty()
        && !objects.is_empty()
        && !single
        && !sort_by(&mut objects, path, k.client).map_err(|e| cannot_sort(k, e, false))?
    {
        JsonPath::parse_relaxed(path).map_err(Failure::message)?;
        let path = with_braces(path);
        return Err(Failure::message(format!(
            "couldn't find any field with path \"{path}\" in the list of objects"
        )));
    }
    let mut failures = found.failures;
    let shown = match objects.as_slice() {
        [object] if single => report::show(k, printer.print(object)),
        [] if single => Ok(()),
        _ => report::show(k, printer.print(&output::list_of(objects))),
    };
    if let Err(failure) = shown {
        failures.push(failure);
    }
    Failure::collect(failures)
}

fn say_nothing_found(k: &Kubectl<'_>, asking: &Asking) -> Result<(), Failure> {
    let namespaced = asking.resources.iter().all(|a| a.resource.namespaced);
    if namespaced && !k.flags.bool("all-namespaces") {
        k.eprintln(&format!("No resources found in {} namespace.", k.namespace()?));
    } else {
        k.eprintln("No resources found");
    }
    Ok(())
}
