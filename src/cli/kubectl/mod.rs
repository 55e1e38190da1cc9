//! kubectl: the same commands, flags, output, errors and exit statuses as the real client.
//!
//! A [`Command`] is a row of the table in [`commands`]: its words, its flags, whether it writes, and the function that
//! runs it. [`run`] finds the row as cobra does, reads the flags, and turns the outcome into text and exit status.

mod api_resources;
mod apply;
mod attach;
mod auth;
mod autoscale;
mod cluster_info;
mod command_context;
mod commands;
mod config;
mod connection;
mod create;
mod delete;
mod describe;
mod diff;
mod drain;
mod edit;
mod events;
mod exec;
mod explain;
mod expose;
mod failure;
pub(crate) mod files;
pub(crate) mod flags;
mod get;
mod groups;
mod help;
mod kustomize;
mod label;
mod last_applied;
mod logs;
mod offline;
mod patch;
mod plugin;
mod pods;
mod record;
mod replace;
mod report;
pub(crate) mod resources;
mod rollout;
mod run;
mod scale;
mod set;
mod taint;
mod targets;
mod top;
mod version;
mod wait;

pub(crate) use command_context::Kubectl;
pub(crate) use commands::{Command, Writes};
pub(crate) use failure::Failure;

use super::{Session, own};
use crate::machinery::KubeVersion;
use crate::store::{Access, Store};

/// Runs kubectl with its arguments.
pub(crate) fn run(args: &[String], session: &Session) -> i32 {
    if let Some(page) = help::page(args) {
        if page.on_stderr {
            session.eprint(&page.text);
        } else {
            session.print(&page.text);
        }
        return i32::from(page.is_failure);
    }
    let (client, in_use) = client_version(session);
    let (command, line) = match commands::find(args) {
        Ok(found) => found,
        Err(text) => return session.fail(&text),
    };
    let parsed = flags::parse(&[command.flags, flags::GLOBAL], &line).and_then(|flags| {
        let unknown =
            command.flags.iter().find(|f| flags.given(f.name) && !client.is_within(f.since, u32::MAX));
        unknown.map_or(Ok(flags), |flag| Err(format!("unknown flag: --{}", flag.name)))
    });
    let flags = match parsed {
        Ok(flags) => flags,
        Err(why) => {
            session.eprintln(&format!("error: {why}"));
            return session.fail(&format!("See 'kubectl {} --help' for usage.", command.path));
        }
    };
    for note in &flags.notes {
        session.eprintln(note);
    }
    let kubectl = Kubectl::new(session, command, flags, client, in_use);
    let outcome = (command.run)(&kubectl);
    // What was done before an error stays done, as on a real server.
    let committed = kubectl.finish();
    let outcome = outcome.and(committed);
    match outcome {
        Ok(()) => 0,
        Err(failure) => failure.report(session, command),
    }
}

/// The kubectl to imitate: `$KUBETICK_KUBECTL_VERSION`, else the one that came with the cluster's version, as a
/// workshop of that day would have installed it. With it the file of the cluster in use, where that was asked.
pub(crate) fn client_version(session: &Session) -> (KubeVersion, Option<Store>) {
    if let Some(asked) = session.env.var("KUBETICK_KUBECTL_VERSION").and_then(KubeVersion::parse) {
        return (asked, None);
    }
    let in_use = own::cluster_in_use(session).and_then(|path| Store::open(&path, Access::Read).ok());
    let version = in_use.as_ref().map(|store| store.meta().version);
    (version.unwrap_or_default(), in_use)
}
