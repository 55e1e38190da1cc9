//! The table of commands, and finding the one that a command line means.

use super::flags::{self, Flag, Flags, GLOBAL};
use super::{Failure, Kubectl};

/// Whether a command needs the writer's place in the cluster's file.
#[derive(Clone, Copy)]
pub(crate) enum Writes {
    Never,
    Always,
    /// It depends on the flags (`get -w` lets time pass).
    When(fn(&Flags) -> bool),
}

/// One command.
pub(crate) struct Command {
    /// Its words: `rollout status`.
    pub path: &'static str,
    /// Other names of its last word.
    pub aliases: &'static [&'static str],
    pub flags: &'static [Flag],
    pub writes: Writes,
    pub run: fn(&Kubectl<'_>) -> Result<(), Failure>,
}

/// Every command, a group's members behind it.
const TABLES: &[&[Command]] = &[
    super::api_resources::COMMANDS,
    super::apply::COMMANDS,
    super::auth::COMMANDS,
    super::autoscale::COMMANDS,
    super::cluster_info::COMMANDS,
    super::config::COMMANDS,
    super::create::COMMANDS,
    super::delete::COMMANDS,
    super::describe::COMMANDS,
    super::diff::COMMANDS,
    super::drain::COMMANDS,
    super::edit::COMMANDS,
    super::events::COMMANDS,
    super::exec::COMMANDS,
    super::explain::COMMANDS,
    super::expose::COMMANDS,
    super::get::COMMANDS,
    super::kustomize::COMMANDS,
    super::label::COMMANDS,
    super::logs::COMMANDS,
    super::patch::COMMANDS,
    super::plugin::COMMANDS,
    super::replace::COMMANDS,
    super::rollout::COMMANDS,
    super::run::COMMANDS,
    super::scale::COMMANDS,
    super::set::COMMANDS,
    super::taint::COMMANDS,
    super::top::COMMANDS,
    super::version::COMMANDS,
    super::wait::COMMANDS,
];

pub(super) fn all() -> impl Iterator<Item = &'static Command> {
    TABLES.iter().flat_map(|t| t.iter())
}

/// kubectl's commands, by which a mistyped word is corrected.
const NAMES: &[&str] = &[
    "annotate",
    "api-resources",
    "api-versions",
    "apply",
    "attach",
    "auth",
    "autoscale",
    "certificate",
    "cluster-info",
    "completion",
    "config",
    "cordon",
    "cp",
    "create",
    "debug",
    "delete",
    "describe",
    "diff",
    "drain",
    "edit",
    "events",
    "exec",
    "explain",
    "expose",
    "get",
    "kuberc",
    "kustomize",
    "label",
    "logs",
    "options",
    "patch",
    "plugin",
    "port-forward",
    "proxy",
    "replace",
    "rollout",
    "run",
    "scale",
    "set",
    "taint",
    "top",
    "uncordon",
    "version",
    "wait",
];

/// The commands a word may have been meant to be: at most two letters away, or begun with it.
fn similar(word: &str) -> Vec<&'static str> {
    let word = word.to_lowercase();
    NAMES.iter().copied().filter(|name| name.starts_with(&word) || distance(&word, name) <= 2).collect()
}

/// How many letters have to be changed, added or left out.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// The command of a line and the line without the command's words. Flags may stand anywhere, so a word counts only when
/// it is not the value of a flag before it.
pub(super) fn find(line: &[String]) -> Result<(&'static Command, Vec<String>), String> {
    let mut line = line.to_vec();
    let mut path = String::new();
    let mut from = 0;
    let mut found = None;
    while let Some(at) = next_word(&line, from) {
        let word = line[at].clone();
        let longer = if path.is_empty() { word.clone() } else { format!("{path} {word}") };
        let command = all().find(|c| {
            c.path == longer
                || c.path.rsplit_once(' ').map_or("", |(group, _)| group) == path
                    && c.aliases.contains(&word.as_str())
        });
        let group = all().any(|c| c.path.starts_with(&format!("{longer} ")));
        if command.is_none() && !group {
            break;
        }
        line.remove(at);
        from = at;
        path = command.map_or(longer, |c| c.path.to_string());
        found = command;
    }
    match found {
        Some(command) => Ok((command, line)),
        None => Err(unknown(&path, &line)),
    }
}

/// The next word from `from` on that is neither a flag nor a flag's value.
fn next_word(line: &[String], from: usize) -> Option<usize> {
    let mut i = from;
    while let Some(word) = line.get(i) {
        if word == "--" {
            return None;
        }
        if !word.starts_with('-') || word == "-" {
            return Some(i);
        }
        let takes_value = !word.contains('=')
            && GLOBAL.iter().any(|f| {
                f.bare.is_none()
                    && (word.strip_prefix("--") == Some(f.name)
                        || f.short.is_some_and(|c| word.strip_prefix('-') == Some(c.to_string().as_str())))
            });
        i += if takes_value { 2 } else { 1 };
    }
    None
}

fn unknown(path: &str, line: &[String]) -> String {
    match next_word(line, 0).map(|i| line[i].as_str()) {
        Some(word) if path.is_empty() && NAMES.contains(&word) => {
            format!("error: kubetick does not answer `kubectl {word}`")
        }
        Some(word) if path.is_empty() => {
            let mut text = format!("error: unknown command \"{word}\" for \"kubectl\"");
            let meant: Vec<String> = similar(word).iter().map(|name| format!("\t{name}\n")).collect();
            if !meant.is_empty() {
                text.push_str(&format!("\n\nDid you mean this?\n{}", meant.concat().trim_end()));
            }
            text
        }
        Some(word) => {
            format!("error: unknown command \"{word}\"\nSee 'kubectl {path} -h' for help and examples")
        }
        None => match flags::parse(&[GLOBAL], line) {
            Err(why) => format!("error: {why}\nSee 'kubectl --help' for usage."),
            Ok(_) => "kubectl controls the Kubernetes cluster manager.".to_string(),
        },
    }
}
