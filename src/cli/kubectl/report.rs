//! What a writing command says of each object: a line such as `deployment.apps/web scaled`, or the object with `-o`.

use super::{Failure, Kubectl, connection};
use crate::api::{FieldValidation, Resource, WriteOptions, schema};
use crate::machinery::{Object, Value, go_text};
use crate::render::output::{self, Options, PrintError, Printer};
use std::cell::RefCell;

/// `--dry-run`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DryRun {
    None,
    Client,
    Server,
}

impl DryRun {
    /// What the flag says.
    pub(crate) fn of(k: &Kubectl<'_>) -> Result<DryRun, Failure> {
        let value = k.flags.str("dry-run");
        // Forms of old still work, and are warned of.
        let deprecated = |what: &str, instead: DryRun| {
            let line = match instead {
                _ if value == "unchanged" => k.client.line_of_bare_dry_run(),
                DryRun::Client => k.client.line_of_bare_dry_run() + 14,
                _ => k.client.line_of_bare_dry_run() + 17,
            };
            let name = if instead == DryRun::Client { "client" } else { "none" };
            let text = format!("--dry-run{what} and can be replaced with --dry-run={name}.");
            k.eprintln(&connection::klog('W', &format!("helpers.go:{line}"), &text));
            instead
        };
        let boolean = format!("={value} is deprecated (boolean value)");
        match value {
            "none" | "" => Ok(DryRun::None),
            "client" => Ok(DryRun::Client),
            "server" => Ok(DryRun::Server),
            "unchanged" => Ok(deprecated(" is deprecated", DryRun::Client)),
            "1" | "t" | "T" | "true" | "True" | "TRUE" => Ok(deprecated(&boolean, DryRun::Client)),
            "0" | "f" | "F" | "false" | "False" | "FALSE" => Ok(deprecated(&boolean, DryRun::None)),
            other => Err(Failure::message(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    /// What follows the verb.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }

    /// How a write is made; never called with [`DryRun::Client`], which writes nothing.
    pub(crate) fn options(self, manager: &str) -> WriteOptions {
        WriteOptions {
            dry_run: self != DryRun::None,
            field_validation: FieldValidation::Warn,
            manager: manager.to_string(),
            ..WriteOptions::default()
        }
    }

    /// As [`DryRun::options`], with unknown fields being errors.
    pub(crate) fn strict_options(self, manager: &str) -> WriteOptions {
        WriteOptions { field_validation: FieldValidation::Strict, ..self.options(manager) }
    }
}

/// Prints results, one object at a time.
pub(crate) struct Report<'k, 's> {
    k: &'k Kubectl<'s>,
    printer: RefCell<Option<Printer>>,
    suffix: &'static str,
}

impl<'k, 's> Report<'k, 's> {
    /// A report in the format of `--output`.
    pub(crate) fn new(k: &'k Kubectl<'s>, dry_run: DryRun) -> Result<Report<'k, 's>, Failure> {
        let printer = printer(k)?;
        if printer.is_none() && !k.flags.str("output").is_empty() {
            let text = output::unknown_format(k.flags.str("output"), false, k.client.has_kyaml());
            return Err(Failure::message(text));
        }
        Ok(Report { k, printer: RefCell::new(printer), suffix: dry_run.suffix() })
    }

    /// Whether objects are printed instead of lines.
    pub(crate) fn prints_objects(&self) -> bool {
        self.printer.borrow().is_some()
    }

    /// `KIND/NAME VERB`, or the object.
    pub(crate) fn done(&self, object: &Object, verb: &str) -> Result<(), Failure> {
        match self.printer.borrow_mut().as_mut() {
            Some(printer) => show(self.k, printer.print(object)),
            None => {
                self.k.println(&format!("{} {verb}{}", output::name_of(object), self.suffix));
                Ok(())
            }
        }
    }

    /// As [`Report::done`], for an object the client made: JSON in the order of its struct.
    pub(crate) fn made(&self, object: &Object, verb: &str) -> Result<(), Failure> {
        match self.printer.borrow_mut().as_mut() {
            Some(printer) => show(self.k, printer.print_typed(object)),
            None => {
                self.k.println(&format!("{} {verb}{}", output::name_of(object), self.suffix));
                Ok(())
            }
        }
    }
}

/// The printer of `--output`, if it names a format other than tables.
pub(crate) fn printer(k: &Kubectl<'_>) -> Result<Option<Printer>, Failure> {
    let options = Options {
        output: k.flags.str("output"),
        template: k.flags.str("template"),
        allow_missing_keys: k.flags.bool("allow-missing-template-keys"),
        show_managed_fields: k.flags.bool("show-managed-fields"),
        no_headers: k.flags.bool("no-headers"),
    };
    let read = |name: &str| {
        std::fs::read_to_string(k.session.env.path(name)).map_err(|e| go_text::read_error(name, &e))
    };
    Printer::new(&options, &read).map_err(Failure::Message)
}

/// Prints what a printer made of an object.
pub(crate) fn show(k: &Kubectl<'_>, printed: Result<String, PrintError>) -> Result<(), Failure> {
    match printed {
        Ok(text) => {
            k.print(&text);
            Ok(())
        }
        Err(PrintError { output, message }) => {
            k.print(&output);
            Err(Failure::Message(message))
        }
    }
}

/// An object the client makes, with everything its struct writes even when it is empty, as real clients do. The namespace
/// stands in it when it stood on the command line; the context's is only where it is sent to.
pub(crate) fn typed(
    k: &Kubectl<'_>,
    resource: &Resource,
    name: &str,
    body: Value,
) -> Result<Object, Failure> {
    let mut object = Object(body);
    object.set("apiVersion", resource.api_version());
    object.set("kind", resource.kind.as_ref());
    object.set("metadata/name", name);
    if resource.namespaced && k.namespace_is_explicit() {
        object.set("metadata/namespace", k.namespace()?);
    }
    as_struct(k, resource, &object)
}

/// An object as its struct would be written: with what it writes even when it is empty.
pub(crate) fn as_struct(k: &Kubectl<'_>, resource: &Resource, object: &Object) -> Result<Object, Failure> {
    let mut object = schema::read(resource, object, FieldValidation::Ignore, k.api()?)
        .map(|(object, _)| object)
        .map_err(|e| Failure::message(e.to_string()))?;
    if k.client.prints_null_creation_timestamp() {
        for path in ["metadata", "spec/template/metadata", "spec/jobTemplate/metadata", POD_OF_CRON_JOB] {
            if object.at(path).as_map().is_some_and(|m| !m.contains_key("creationTimestamp")) {
                object.at_mut(path).map_mut().insert("creationTimestamp", Value::Null);
            }
        }
    }
    if !k.client.knows_terminating_replicas() {
        object.remove("status/terminatingReplicas");
    }
    Ok(object)
}

const POD_OF_CRON_JOB: &str = "spec/jobTemplate/spec/template/metadata";
