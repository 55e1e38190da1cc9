//! Controllers write when something changed, and only then.

use super::script::calm_scripts;
use super::{Cut, law, play};
use crate::shell::Shell;
use kubetick::store::{Access, Store};

/// Every change of an hour in which nothing is asked of the cluster, but for warnings: what fails is tried and told again.
fn changes_of_an_hour(shell: &Shell) -> Vec<String> {
    let revision = || Store::open(&shell.cluster_file(), Access::Read).unwrap().meta().revision;
    let before = revision();
    shell.must("kubetick tick -q 1h");
    let store = Store::open(&shell.cluster_file(), Access::Read).unwrap();
    let changes = store.changes_since(before).unwrap();
    changes
        .iter()
        .filter(|c| !(c.resource.as_ref() == "events" && c.object.str_at("type") == "Warning"))
        .map(|c| format!("{} {} {} {}", c.time, c.verb.as_str(), c.resource, c.object.key()))
        .collect()
}

#[test]
fn a_cluster_at_rest_stays_as_it_is() {
    let shell = Shell::ready();
    shell.must("kubetick tick -q 30m");
    assert_eq!(changes_of_an_hour(&shell), Vec::<String>::new());
}

#[test]
fn controllers_come_to_rest() {
    law(3, calm_scripts(14), |script| {
        let shell = Shell::ready();
        play(&shell, &script, Cut::Whole);
        shell.must("kubetick tick -q 2h");
        match changes_of_an_hour(&shell) {
            none if none.is_empty() => Ok(()),
            some => Err(format!("{} changes:\n{}", some.len(), some[..some.len().min(60)].join("\n"))),
        }
    });
}
