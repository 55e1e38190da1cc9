//! `kubectl events`.

use super::flags::{Flag, Flags, OUTPUT, flags};
use super::{Command, Failure, Kubectl, Writes, report, resources};
use crate::api::ListOptions;
use crate::cli::waiting::{self, Bound, Ended};
use crate::json;
use crate::machinery::{Object, Value};
use crate::render::events::{self, EventPrinter};
use crate::render::output;
use crate::store::Verb;
use std::ops::ControlFlow;

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "events",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        &[
            Flag::bool("all-namespaces").short('A'),
            Flag::bool("watch").short('w'),
            Flag::string("for", ""),
            Flag::slice("types"),
            Flag::bool("no-headers"),
            Flag::int("chunk-size", "500"),
        ]
    ),
    writes: Writes::When(|flags: &Flags| flags.bool("watch")),
    run,
}];

/// Which events are wanted.
struct Wanted {
    ns: String,
    about: Option<(String, String)>,
    types: Vec<String>,
}

impl Wanted {
    fn read(k: &Kubectl<'_>) -> Result<Wanted, Failure> {
        let types = k.flags.list("types").to_vec();
        let known = |t: &String| t.eq_ignore_ascii_case("Normal") || t.eq_ignore_ascii_case("Warning");
        if !types.iter().all(known) {
            return Err(Failure::message("valid --types are Normal or Warning"));
        }
        let about = match k.flags.str("for") {
            "" => None,
            text => {
                let Some((kind, name)) = text.split_once('/') else {
                    return Err(Failure::message("--for must be in resource/name form"));
                };
                Some((resources::lookup(k, kind)?.kind.to_string(), name.to_string()))
            }
        };
        let ns = if k.flags.bool("all-namespaces") { String::new() } else { k.namespace()? };
        Ok(Wanted { ns, about, types })
    }

    fn wants(&self, event: &Object) -> bool {
        let involved = event.at("involvedObject");
        (self.ns.is_empty() || event.namespace() == self.ns)
            && (self.types.is_empty()
                || self.types.iter().any(|t| t.eq_ignore_ascii_case(event.str_at("type"))))
            && self
                .about
                .as_ref()
                .is_none_or(|(kind, name)| involved.str_at("kind") == kind && involved.str_at("name") == name)
    }
}

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let wanted = Wanted::read(k)?;
    let mut objects = report::printer(k)?;
    if objects.is_none() && !k.flags.str("output").is_empty() {
        return Err(Failure::message(output::unknown_format(
            k.flags.str("output"),
            false,
            k.client.has_kyaml(),
        )));
    }
    let resource = resources::lookup(k, "events")?;
    let mut found = k.api()?.read_list(&resource, &wanted.ns, &ListOptions::default())?;
    found.retain(|e| wanted.wants(e));
    let watch = k.flags.bool("watch");
    if found.is_empty() && !watch {
        match wanted.ns.as_str() {
            "" => k.eprintln("No events found."),
            ns => k.eprintln(&format!("No events found in {ns} namespace.")),
        }
        return Ok(());
    }
    events::sort(&mut found, k.client);
    if let Some(printer) = objects.as_mut().filter(|_| !watch) {
        let items: Value = found.into_iter().map(|e| e.0).collect();
        let list = json!({"apiVersion": "v1", "items": items, "kind": "EventList", "metadata": {}});
        return report::show(k, printer.print_typed(&list));
    }
    let mut table = EventPrinter::new(k.flags.bool("all-namespaces"), k.flags.bool("no-headers"));
    let mut print = |events: &[Object], now| match objects.as_mut() {
        Some(printer) => {
            for event in events {
                let _ = report::show(k, printer.print(event));
            }
        }
        None => k.print(&table.print(events, now)),
    };
    print(&found, k.api()?.now());
    if !watch {
        return Ok(());
    }
    let bound = Bound::Watch(super::get::watch_bound(k));
    let ended = waiting::wait(k.session, k.cluster()?, bound, &mut |api, changes| {
        for change in changes.iter().filter(|c| *c.resource == *"events" && c.verb != Verb::Deleted) {
            if wanted.wants(&change.object) {
                print(std::slice::from_ref(&change.object), api.now());
            }
        }
        ControlFlow::Continue(())
    })?;
    if ended == Ended::Interrupted { Err(Failure::Exit(1)) } else { Ok(()) }
}
