//! `kubectl help`, `--help` and `-h`: usage and flags, made from the table of commands.

use super::commands::{self, Command};
use super::flags::{Flag, Kind};
use super::groups::GROUPS;

/// What each command does. Members of groups are covered by their group.
const SUMMARIES: &[(&str, &str)] = &[
    ("alpha", "Commands that are tried out"),
    ("annotate", "Change the annotations of objects"),
    ("api-resources", "List the kinds the server knows"),
    ("api-versions", "List the groups and versions the server knows"),
    ("apply", "Bring objects to what manifests say"),
    ("attach", "Attach to the main process of a container"),
    ("auth", "Ask what you may do"),
    ("autoscale", "Make an autoscaler for a workload"),
    ("cluster-info", "Show where the control plane answers"),
    ("config", "Show and change the kubeconfig"),
    ("cordon", "Keep new pods off a node"),
    ("cp", "Copy files to and from containers"),
    ("create", "Make an object from a manifest or from flags"),
    ("debug", "Look into a pod or a node with another container"),
    ("delete", "Remove objects"),
    ("describe", "Tell all about objects and what happened to them"),
    ("diff", "Compare manifests with what is live"),
    ("drain", "Move all pods off a node"),
    ("edit", "Change an object in an editor"),
    ("events", "List events"),
    ("exec", "Run a command in a container"),
    ("explain", "Show the fields of a kind"),
    ("expose", "Make a service for a workload"),
    ("get", "Show objects"),
    ("kustomize", "Build a kustomization"),
    ("label", "Change the labels of objects"),
    ("logs", "Print what a container wrote"),
    ("patch", "Change fields of an object"),
    ("plugin", "List programs that add commands"),
    ("port-forward", "Forward local ports to a pod"),
    ("proxy", "Open a way to the API server"),
    ("replace", "Replace objects by manifests"),
    ("rollout", "Watch, pause, restart and undo the rollout of a workload"),
    ("run", "Run an image in a pod"),
    ("scale", "Set the number of replicas of a workload"),
    ("set", "Change images, resources, variables and the like of objects"),
    ("taint", "Change the taints of nodes"),
    ("top", "Show what nodes and pods use"),
    ("uncordon", "Let new pods onto a node again"),
    ("version", "Show the versions of client and server"),
    ("wait", "Wait until objects meet a condition"),
];

/// A page of help.
pub(super) struct Page {
    pub text: String,
    /// Whether the command line asked for something else and got it instead.
    pub is_failure: bool,
    pub on_stderr: bool,
}

impl Page {
    fn asked_for(text: String) -> Option<Page> {
        Some(Page { text, is_failure: false, on_stderr: false })
    }

    /// That of a group without the name of a member.
    fn of_group(name: &str) -> Option<Page> {
        let group = GROUPS.iter().find(|group| group.name == name);
        let on_stderr = group.is_none_or(|group| group.on_stderr);
        let is_failure = group.is_none_or(|group| group.is_failure);
        Some(Page { text: of_command(&[name]), is_failure, on_stderr })
    }
}

/// The page a command line asks for: that of its command, of its group, or of kubectl as a whole. None when it asks for
/// no help.
pub(super) fn page(line: &[String]) -> Option<Page> {
    let own = line.split(|word| word == "--").next().unwrap_or(line);
    let by_flag = own.iter().any(|word| word == "--help" || word == "-h");
    let words: Vec<&str> = own.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    match words.as_slice() {
        [] if by_flag || own.is_empty() => Page::asked_for(overview()),
        ["help", of @ ..] => Page::asked_for(of_command(of)),
        of if by_flag => Page::asked_for(of_command(of)),
        of if is_group(&of.join(" ")) => Page::of_group(&of.join(" ")),
        _ => None,
    }
}

/// Whether words name a group of commands and no command.
fn is_group(path: &str) -> bool {
    GROUPS.iter().any(|group| group.name == path)
        || !commands::all().any(|command| command.path == path) && members(path).next().is_some()
}

fn members(path: &str) -> impl Iterator<Item = &'static Command> {
    let prefix = format!("{path} ");
    commands::all().filter(move |command| command.path.starts_with(&prefix))
}

fn summary(path: &str) -> &'static str {
    let name = path.split(' ').next().unwrap_or(path);
    SUMMARIES.iter().find(|(of, _)| *of == name).map_or("", |(_, summary)| *summary)
}

fn overview() -> String {
    let mut names: Vec<&str> = commands::all().filter_map(|command| command.path.split(' ').next()).collect();
    names.sort();
    names.dedup();
    let rows: String = names.iter().map(|name| format!("  {name:<16}{}\n", summary(name))).collect();
    format!(
        "kubectl, answered by kubetick's virtual cluster.\n\nUsage:\n  kubectl COMMAND [flags]\n\nCommands:\n{rows}\nUse \
         \"kubectl COMMAND --help\" for more about a command.\n"
    )
}

/// The longest command or group that begins with the words.
fn of_command(words: &[&str]) -> String {
    let known = |path: &String| {
        GROUPS.iter().any(|group| group.name == path)
            || commands::all().any(|c| c.path == path)
            || members(path).next().is_some()
    };
    let path = (1..=words.len()).rev().map(|n| words[..n].join(" ")).find(known);
    let Some(path) = path else { return overview() };
    if let Some(group) = GROUPS.iter().find(|group| group.name == path) {
        return group.page.to_string();
    }
    let mut text = format!("{}.\n\nUsage:\n", summary(&path));
    let command = commands::all().find(|command| command.path == path);
    if command.is_some() {
        text.push_str(&format!("  kubectl {path} [arguments] [flags]\n"));
    }
    for member in members(&path) {
        text.push_str(&format!("  kubectl {} [arguments] [flags]\n", member.path));
    }
    let flags: Vec<&Flag> = command.map(|command| command.flags.iter().collect()).unwrap_or_default();
    if !flags.is_empty() {
        text.push_str("\nFlags:\n");
        text.extend(flags.into_iter().map(flag));
    }
    text
}

/// `    -o, --output=STRING`.
fn flag(flag: &Flag) -> String {
    let short = flag.short.map_or("    ".to_string(), |short| format!("-{short}, "));
    let value = match flag.kind {
        Kind::Bool => String::new(),
        Kind::String if flag.default.is_empty() => "=STRING".to_string(),
        Kind::Slice | Kind::Array => "=STRING...".to_string(),
        _ => format!("={}", flag.default),
    };
    format!("  {short}--{}{value}\n", flag.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Option<String> {
        page(&line.split_whitespace().map(String::from).collect::<Vec<_>>()).map(|page| page.text)
    }

    #[test]
    fn help_is_asked_for_by_word_by_flag_and_by_nothing() {
        for line in ["", "--help", "help", "get --help", "help get", "-n x get -h", "config"] {
            assert!(asked(line).is_some(), "{line}");
        }
        for line in ["get pods", "exec web -- ls --help", "config view", "nonsense"] {
            assert!(asked(line).is_none(), "{line}");
        }
        assert!(asked("help get").is_some_and(|page| page.contains("-A, --all-namespaces")));
    }

    #[test]
    fn every_command_says_what_it_does() {
        for command in commands::all() {
            assert!(!summary(command.path).is_empty(), "{}", command.path);
        }
    }
}
