//! A process that is killed leaves the cluster as it was before its command or as it is after it, never between.

// Processes are killed after a part of their real run.
#![allow(clippy::disallowed_methods)]

use super::script::{Script, Step};
use super::{Cut, cases, play};
use crate::shell::Shell;
use kubetick::store::{Access, Store};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A workload with much to write in every tick.
const BUSY: &str = r#"kubectl apply -f - <<< {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":24,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"busybox","command":["sh","-c","echo up; sleep 33; exit 1"]}]}}}}"#;

fn busy_cluster() -> Shell {
    let shell = Shell::ready();
    play(&shell, &Script(vec![Step(BUSY.into()), Step("tick 20".into())]), Cut::Whole);
    shell
}

/// The file's own idea of whether it is whole.
fn check(shell: &Shell) {
    let conn = rusqlite::Connection::open(shell.cluster_file()).unwrap();
    let verdict: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

/// Starts a command again and again from one state and kills it, each time a little later in its run.
fn killed(few: u32, before: &Shell, line: &str, input: &str) {
    before.file("input", input);
    let start = |shell: &Shell| {
        shell.file("input", input);
        let begun = Instant::now();
        // Nobody reads what it prints, so it must not go to a pipe.
        (shell.process(line).stdout(Stdio::null()).spawn().unwrap(), begun)
    };
    let whole = before.copy();
    let (mut child, begun) = start(&whole);
    assert!(child.wait().unwrap().success(), "{line}");
    let length = begun.elapsed();
    let (state_before, state_after) = (before.export(), whole.export());
    assert_ne!(state_before, state_after, "{line}");
    let points = cases(few);
    let mut finished = 0;
    for point in 0..points {
        let shell = before.copy();
        let (mut child, begun) = start(&shell);
        // One in four is killed near its end, where it commits.
        let share = f64::from(point + 1) / f64::from(points);
        let at = length.mul_f64(if point % 4 == 2 { 0.9 + 0.6 * share } else { 1.4 * share });
        std::thread::sleep(at.saturating_sub(begun.elapsed()));
        child.kill().unwrap();
        child.wait().unwrap();
        let state = shell.export();
        assert!(state == state_before || state == state_after, "{line}: killed after {at:?} of {length:?}");
        finished += u32::from(state == state_after);
        check(&shell);
        // And the file is as good as any other to go on with.
        shell.must("kubetick tick -q 1s");
    }
    eprintln!("{line}: killed {points} times within {length:?}; {finished} had committed");
}

#[test]
fn a_killed_tick_is_done_or_not_begun() {
    killed(4, &busy_cluster(), "kubetick tick 2m", "");
}

#[test]
fn a_killed_apply_is_done_or_not_begun() {
    let document = |i: u32| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: map-{i}}}\ndata: {{n: '{i}'}}\n---\n")
    };
    let manifest: String = (0..60).map(document).collect();
    killed(4, &busy_cluster(), "kubectl apply -f input", &manifest);
}

#[test]
fn a_killed_reset_is_done_or_not_begun() {
    killed(2, &busy_cluster(), "kubetick cluster reset lab", "");
}

/// A home in which the first command ever was killed is as good as an empty one.
#[test]
fn after_a_killed_first_command_the_next_one_is_the_first() {
    let untouched = Shell::empty();
    let nodes = untouched.must("kubectl get nodes");
    let export = untouched.must("kubetick cluster export");
    let points = cases(4);
    for point in 0..points {
        let shell = Shell::empty();
        let begun = Instant::now();
        let mut child = shell.process("kubectl get nodes").spawn().unwrap();
        std::thread::sleep((Duration::from_millis(400) * point / points).saturating_sub(begun.elapsed()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(shell.must("kubectl get nodes"), nodes);
        assert_eq!(shell.must("kubetick cluster export"), export);
    }
}

/// Copies appear under their name when they are whole.
#[test]
fn a_killed_copy_is_there_or_not() {
    let before = busy_cluster();
    before.must("kubetick cluster export -o lab.yaml");
    let exported = std::fs::read_to_string(before.home().join("work/lab.yaml")).unwrap();
    for line in ["kubetick cluster fork twin", "kubetick cluster import lab.yaml --name twin"] {
        let points = cases(2);
        let whole = before.copy();
        whole.file("lab.yaml", &exported);
        let begun = Instant::now();
        assert!(whole.process(line).spawn().unwrap().wait().unwrap().success());
        let length = begun.elapsed();
        for point in 0..points {
            let mut shell = before.copy();
            shell.file("lab.yaml", &exported);
            let begun = Instant::now();
            let mut child = shell.process(line).spawn().unwrap();
            let at = length.mul_f64(1.1 * f64::from(point + 1) / f64::from(points));
            std::thread::sleep(at.saturating_sub(begun.elapsed()));
            child.kill().unwrap();
            child.wait().unwrap();
            let twin = shell.home().join("clusters/twin.db");
            if Store::exists(&twin) {
                assert_eq!(Store::open(&twin, Access::Read).unwrap().meta().name, "twin");
            } else {
                shell.must(line);
            }
            shell.use_cluster("twin");
            let export = shell.export().replacen("    name: twin\n", "    name: lab\n", 1);
            super::same("exports", &exported, &export).unwrap();
        }
    }
}
