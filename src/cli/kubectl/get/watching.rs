//! `get -w`: the list, then a row for every change at the instant it happens.

use super::{Found, layout, namespace, read, table};
use crate::api::Resource;
use crate::api::stored_under;
use crate::cli::kubectl::resources::Asking;
use crate::cli::kubectl::{Failure, Kubectl, report};
use crate::cli::waiting::{self, Bound, Ended};
use crate::machinery::duration::parse_duration;
use crate::machinery::selector::{FieldSelector, LabelSelector};
use crate::machinery::{Duration, Object};
use crate::render::output::{Printer, list_of};
use crate::render::table::TablePrinter;
use crate::store::{Change, Verb};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

pub(super) fn run(k: &Kubectl<'_>, asking: &Asking, printer: Option<Printer>) -> Result<(), Failure> {
    let [asked] = asking.resources.as_slice() else {
        return Err(Failure::message("you may only specify a single resource type"));
    };
    if asked.names.len() > 1 {
        return Err(Failure::message("you may only specify a single resource type"));
    }
    let found = read(k, asking);
    k.print_warnings();
    if !found.failures.is_empty() {
        return Failure::collect(found.failures);
    }
    if !k.flags.str("sort-by").is_empty() {
        k.eprintln("warning: --watch requested, --sort-by will be ignored for watch events received");
    }
    let mut watch = Watch::new(k, asking, &asked.resource, &asked.names, printer)?;
    watch.begin(found)?;
    let mut failure = None;
    let ended = waiting::wait(k.session, k.cluster()?, Bound::Watch(bound(k)), &mut |api, changes| {
        for change in changes {
            if let Some((verb, object)) = watch.meant(change) {
                let printed = watch.print(api, verb, &object);
                if let Err(why) = printed {
                    failure = Some(why);
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    match (failure, ended) {
        (Some(failure), _) => Err(failure),
        (None, Ended::Interrupted) => Err(Failure::Exit(1)),
        (None, _) => Ok(()),
    }
}

/// `--for`, or the end of the request.
pub(in crate::cli::kubectl) fn bound(k: &Kubectl<'_>) -> Option<Duration> {
    ["for", "request-timeout"]
        .into_iter()
        .filter_map(|flag| parse_duration(k.flags.str(flag)).ok())
        .find(|d| d.as_secs() > 0)
}

struct Watch<'w, 's> {
    k: &'w Kubectl<'s>,
    resource: &'w Resource,
    stored: String,
    ns: String,
    name: Option<&'w str>,
    labels: LabelSelector,
    fields: FieldSelector,
    /// The objects that match; one that comes to match is news, one that no longer does is gone.
    matching: BTreeSet<(String, String)>,
    printer: Option<Printer>,
    tables: TablePrinter,
}

impl<'w, 's> Watch<'w, 's> {
    fn new(
        k: &'w Kubectl<'s>,
        asking: &'w Asking,
        resource: &'w Resource,
        names: &'w [String],
        printer: Option<Printer>,
    ) -> Result<Watch<'w, 's>, Failure> {
        let selector = |e: &dyn std::fmt::Display| Failure::message(e.to_string());
        Ok(Watch {
            k,
            resource,
            stored: stored_under(resource),
            ns: namespace(k, resource)?,
            name: names.first().map(String::as_str),
            labels: LabelSelector::parse(k.flags.str("selector")).map_err(|e| selector(&e))?,
            fields: FieldSelector::parse(k.flags.str("field-selector")).map_err(|e| selector(&e))?,
            matching: BTreeSet::new(),
            printer,
            tables: TablePrinter::new(layout(k, asking.several_types)),
        })
    }

    /// The list, unless only changes are wanted.
    fn begin(&mut self, mut found: Found) -> Result<(), Failure> {
        let path = self.k.flags.str("sort-by").to_string();
        if !path.is_empty() {
            found.kinds = super::sorted(self.k, std::mem::take(&mut found.kinds), &path)?;
        }
        for (resource, objects) in &found.kinds {
            self.matching.extend(objects.iter().map(key));
            if self.k.flags.bool("watch-only") {
                continue;
            }
            match &mut self.printer {
                Some(printer) if printer.lines_up() => {
                    if !objects.is_empty() {
                        report::show(self.k, printer.print(&list_of(objects.iter().cloned())))?;
                    }
                }
                Some(printer) => {
                    for object in objects {
                        report::show(self.k, printer.print(object))?;
                    }
                }
                None => {
                    self.tables.add(resource, &table(self.k, resource, objects)?);
                    let rows = self.tables.flush();
                    self.k.print(&rows);
                }
            }
        }
        Ok(())
    }

    /// What a change means to this watch.
    fn meant(&mut self, change: &Change) -> Option<(Verb, Object)> {
        let object = &change.object;
        if *change.resource != *self.stored
            || !self.ns.is_empty() && object.namespace() != self.ns
            || self.name.is_some_and(|name| object.name() != name)
        {
            return None;
        }
        let matches = self.labels.matches(object.labels()) && self.fields.matches(object);
        let before = self.matching.contains(&key(object));
        let verb = match (change.verb, before, matches) {
            (Verb::Deleted, true, _) | (_, true, false) => Verb::Deleted,
            (Verb::Deleted, false, _) | (_, false, false) => return None,
            (_, true, true) => Verb::Modified,
            (_, false, true) => Verb::Added,
        };
        match verb {
            Verb::Deleted => self.matching.remove(&key(object)),
            _ => self.matching.insert(key(object)),
        };
        Some((verb, crate::api::to_version(object.clone(), self.resource)))
    }

    fn print(&mut self, api: &crate::api::Server, verb: Verb, object: &Object) -> Result<(), Failure> {
        if let Some(printer) = &mut self.printer {
            return report::show(self.k, printer.print(object));
        }
        let objects = std::slice::from_ref(object);
        let table = match self.k.flags.bool("server-print") {
            true => api.table(self.resource, objects),
            false => crate::render::table::names_and_ages(objects, api.now()),
        };
        self.tables.add_event(verb.as_str(), self.resource, &table);
        let rows = self.tables.flush();
        self.k.print(&rows);
        Ok(())
    }
}

fn key(object: &Object) -> (String, String) {
    (object.namespace().to_string(), object.name().to_string())
}
