//! Forks and imports are the cluster they were made of, and go on as it does.

use super::script::{Script, scripts, steps};
use super::{Cut, law_of_scripts, play, same};
use crate::shell::Shell;

/// An export, as that of a cluster called `lab` would be.
fn export(shell: &Shell, name: &str) -> String {
    shell.export().replacen(&format!("    name: {name}\n"), "    name: lab\n", 1)
}

/// A kept script has no sequel: its second half is that.
fn parted((mut before, mut after): (Script, Script)) -> (Script, Script) {
    if after.0.is_empty() {
        after.0 = before.0.split_off(before.0.len() / 2);
    }
    (before, after)
}

/// Both clusters are equal now, and stay so under the same commands; and what is done to the copy does not show in the
/// original.
fn go_on_alike(shell: &mut Shell, twin: &str, after: &Script) -> Result<(), String> {
    let before = shell.export();
    shell.use_cluster(twin);
    same("exports of original and copy", &before, &export(shell, twin))?;
    let seen_there = play(shell, after, Cut::Whole);
    let there = export(shell, twin);
    shell.use_cluster("lab");
    same("exports of the original before and after work on the copy", &before, &shell.export())?;
    same("outputs in original and copy", &play(shell, after, Cut::Whole), &seen_there)?;
    same("later exports of original and copy", &shell.export(), &there)
}

#[test]
fn a_fork_is_its_original() {
    law_of_scripts(1, (scripts(12), steps(8)), |scripts| {
        let (before, after) = parted(scripts);
        let mut shell = Shell::ready();
        play(&shell, &before, Cut::Whole);
        shell.use_cluster("lab");
        shell.must("kubetick cluster fork twin");
        go_on_alike(&mut shell, "twin", &after)
    });
}

#[test]
fn an_import_is_what_was_exported() {
    law_of_scripts(1, (scripts(12), steps(8)), |scripts| {
        let (before, after) = parted(scripts);
        let mut shell = Shell::ready();
        play(&shell, &before, Cut::Whole);
        shell.use_cluster("lab");
        shell.must("kubetick cluster export -o lab.yaml");
        shell.must("kubetick cluster import lab.yaml --name twin");
        go_on_alike(&mut shell, "twin", &after)
    });
}
