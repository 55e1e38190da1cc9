//! `kubectl plugin list` and `kubectl alpha`: what there is beside kubectl's own commands.

use super::flags::Flag;
use super::{Command, Failure, Kubectl, Writes};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        path: "plugin list",
        aliases: &[],
        flags: &[Flag::bool("name-only")],
        writes: Writes::Never,
        run: list,
    },
    Command { path: "alpha", aliases: &[], flags: &[], writes: Writes::Never, run: alpha },
];

/// Programs whose names begin with `kubectl-`, in the directories of `$PATH`.
fn list(k: &Kubectl<'_>) -> Result<(), Failure> {
    let path = k.session.env.var("PATH").unwrap_or("");
    let found: Vec<PathBuf> =
        path.split(':').filter(|dir| !dir.is_empty()).flat_map(|dir| plugins(Path::new(dir))).collect();
    if found.is_empty() {
        return Err(Failure::message("unable to find any kubectl plugins in your PATH"));
    }
    k.println("The following compatible plugins are available:\n");
    for plugin in found {
        let name = plugin.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        k.println(&if k.flags.bool("name-only") { name } else { plugin.display().to_string() });
    }
    Ok(())
}

fn plugins(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let is_plugin = |path: &PathBuf| {
        let named = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("kubectl-"));
        named && path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
    };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_plugin).collect();
    found.sort();
    found
}

fn alpha(k: &Kubectl<'_>) -> Result<(), Failure> {
    k.eprintln("No alpha commands are available in this version of kubectl");
    Ok(())
}
