//! `kubectl cordon`, `uncordon` and `drain`.

mod evict;
mod filter;

use super::flags::{DRY_RUN, Flag, flags};
use super::report::DryRun;
use super::targets::{self, Target};
use super::{Command, Failure, Kubectl, Writes};
use crate::api::{Part, Patch};
use crate::json;
use crate::machinery::Value;

const SELECTOR: &[Flag] = &[Flag::string("selector", "").short('l')];

pub(super) const COMMANDS: &[Command] = &[
    Command {
        path: "cordon",
        aliases: &[],
        flags: flags!(DRY_RUN, SELECTOR),
        writes: Writes::Always,
        run: |k| each_node(k, true),
    },
    Command {
        path: "uncordon",
        aliases: &[],
        flags: flags!(DRY_RUN, SELECTOR),
        writes: Writes::Always,
        run: |k| each_node(k, false),
    },
    Command {
        path: "drain",
        aliases: &[],
        flags: flags!(
            DRY_RUN,
            SELECTOR,
            &[
                Flag::bool("force"),
                Flag::bool("ignore-daemonsets"),
                Flag::bool("delete-emptydir-data"),
                Flag::bool("delete-local-data")
                    .deprecated("This option is deprecated and will be deleted. Use --delete-emptydir-data."),
                Flag::int("grace-period", "-1"),
                Flag::duration("timeout", "0s"),
                Flag::string("pod-selector", ""),
                Flag::bool("disable-eviction"),
                Flag::int("chunk-size", "500"),
                Flag::int("skip-wait-for-delete-timeout", "0"),
            ]
        ),
        writes: Writes::Always,
        run: drain,
    },
];

fn nodes(k: &Kubectl<'_>) -> Result<Vec<Target>, Failure> {
    let selector = k.flags.str("selector");
    if k.flags.args.is_empty() && selector.is_empty() {
        return Err(Failure::usage(format!("USAGE: {} NODE [flags]", k.command.path)));
    }
    if !k.flags.args.is_empty() && !selector.is_empty() {
        return Err(Failure::usage("cannot specify both a node name and a --selector option"));
    }
    let mut words = vec!["nodes".to_string()];
    words.extend(
        k.flags.args.iter().map(|a| a.trim_start_matches("node/").trim_start_matches("nodes/").to_string()),
    );
    targets::live(k, &words)?.all()
}

fn each_node(k: &Kubectl<'_>, cordon: bool) -> Result<(), Failure> {
    let dry_run = DryRun::of(k)?;
    nodes(k)?.iter().try_for_each(|node| set_schedulable(k, node, cordon, dry_run))
}

/// Cordons or uncordons a node and says so.
fn set_schedulable(k: &Kubectl<'_>, node: &Target, cordon: bool, dry_run: DryRun) -> Result<(), Failure> {
    let verb = if cordon { "cordoned" } else { "uncordoned" };
    let already = node.object.bool_at("spec/unschedulable") == cordon;
    if !already && dry_run != DryRun::Client {
        let value = if cordon { Value::from(true) } else { Value::Null };
        let patch = Patch::Strategic(json!({"spec": {"unschedulable": value}}));
        let name = node.object.name();
        k.api()?.patch(&node.resource, "", name, &patch, Part::Main, &dry_run.options("kubectl"))?;
    }
    let already = if already { "already " } else { "" };
    k.println(&format!("node/{} {already}{verb}{}", node.object.name(), dry_run.suffix()));
    Ok(())
}

fn drain(k: &Kubectl<'_>) -> Result<(), Failure> {
    let dry_run = DryRun::of(k)?;
    let nodes = nodes(k)?;
    for node in &nodes {
        set_schedulable(k, node, true, dry_run)?;
    }
    let (mut pending, mut failures) = (Vec::new(), Vec::new());
    for node in &nodes {
        let name = node.object.name();
        match empty(k, name, dry_run) {
            Ok(()) => k.println(&format!("node/{name} drained{}", dry_run.suffix())),
            Err(problems) => {
                let blank = if k.client.drain_puts_a_blank() { " " } else { "" };
                let shown = shown(&problems);
                k.eprintln(&format!(
                    "error: unable to drain node \"{name}\" due to error:{blank}{shown}, continuing command..."
                ));
                pending.push(name);
                failures.push(problems);
            }
        }
    }
    if pending.is_empty() {
        return Ok(());
    }
    k.eprintln("There are pending nodes to be drained:");
    pending.iter().for_each(|name| k.eprintln(&format!(" {name}")));
    // The problems of one node stand on lines of their own, those of several on a line for each node.
    let lines: Vec<String> = match <[Vec<String>; 1]>::try_from(failures) {
        Ok([of_one]) => of_one,
        Err(of_several) => of_several.iter().map(|problems| shown(problems)).collect(),
    };
    Err(Failure::Many(lines.into_iter().map(Failure::Raw).collect()))
}

/// Several problems stand in brackets.
fn shown(problems: &[String]) -> String {
    match problems {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// Takes the pods off a node.
fn empty(k: &Kubectl<'_>, node: &str, dry_run: DryRun) -> Result<(), Vec<String>> {
    let api = k.api().map_err(|_| Vec::new())?;
    let chosen = filter::choose(k, api, node)?;
    if !chosen.warnings.is_empty() {
        k.eprintln(&format!("Warning: {}", chosen.warnings.join("; ")));
    }
    evict::all(k, node, &chosen.pods, dry_run)
}
