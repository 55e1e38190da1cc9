//! Several processes at one cluster: writers take turns and nothing is lost; watchers see every change in order.

use super::script::steps;
use super::{Cut, law, play, same};
use crate::captured::Said;
use crate::shell::Shell;
use kubetick::store::{Access, Store};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Runs a line as a process of its own.
fn process(shell: &Shell, line: &str) -> Said {
    let output = shell.process(line).output().unwrap();
    Said {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        rc: output.status.code().unwrap_or(-1),
    }
}

fn now(shell: &Shell) -> i64 {
    Store::open(&shell.cluster_file(), Access::Read).unwrap().now().secs()
}

#[test]
fn writers_take_turns_and_nothing_is_lost() {
    const WRITERS: usize = 6;
    const EACH: usize = 3;
    let shell = Shell::ready();
    let begun = now(&shell);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let shell = &shell;
            scope.spawn(move || {
                for i in 0..EACH {
                    for line in [
                        format!("kubectl create configmap from-{writer}-{i}"),
                        format!("kubectl label nodes --all l{writer}-{i}=yes"),
                        "kubetick tick 1s".to_string(),
                    ] {
                        let said = process(shell, &line);
                        assert_eq!((said.rc, said.stderr.as_str()), (0, ""), "{line}");
                    }
                }
            });
        }
    });
    assert_eq!(now(&shell) - begun, (WRITERS * EACH) as i64);
    let maps = shell.must("kubectl get configmaps -o name");
    let nodes = shell.must("kubectl get nodes --show-labels");
    for writer in 0..WRITERS {
        for i in 0..EACH {
            assert!(maps.contains(&format!("configmap/from-{writer}-{i}\n")), "{maps}");
            assert_eq!(nodes.matches(&format!("l{writer}-{i}=yes")).count(), 3, "{nodes}");
        }
    }
}

#[test]
fn many_first_commands_make_one_cluster() {
    let shell = Shell::empty();
    let said: Vec<Said> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..6).map(|_| scope.spawn(|| process(&shell, "kubectl get nodes"))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let alone = Shell::empty().run("kubectl get nodes");
    assert_eq!(alone.rc, 0);
    for one in said {
        assert_eq!(one, alone);
    }
}

/// A watch in a process of its own.
struct Watcher {
    child: Child,
    rows: Receiver<String>,
    seen: Vec<String>,
}

impl Watcher {
    /// Starts it and waits for its first row.
    fn start(shell: &Shell, line: &str) -> Watcher {
        let mut child = shell.process(line).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, rows) = channel();
        std::thread::spawn(move || {
            for row in out.lines().map_while(Result::ok) {
                let _ = sender.send(row);
            }
        });
        let mut watcher = Watcher { child, rows, seen: Vec::new() };
        watcher.read(&|_| true);
        watcher
    }

    /// Reads rows until one fits, for a while.
    fn read(&mut self, fits: &dyn Fn(&str) -> bool) {
        while let Ok(row) = self.rows.recv_timeout(Duration::from_secs(20)) {
            self.seen.push(row);
            if fits(&self.seen[self.seen.len() - 1]) {
                return;
            }
        }
    }

    /// Interrupts it when a row with this text has come; answers every row it printed.
    fn end_after(mut self, text: &str) -> Vec<String> {
        self.read(&|row| row.contains(text));
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self.child.wait().unwrap();
        self.seen.extend(self.rows.iter());
        self.seen
    }
}

#[test]
fn a_watch_sees_every_change_of_others_in_order() {
    law(2, steps(14), |script| {
        let shell = Shell::ready();
        shell.must("kubectl create namespace shop");
        let columns = "NAME:.metadata.name,REVISION:.metadata.resourceVersion";
        let line = format!("kubectl get pods -A -w --no-headers -o custom-columns={columns}");
        let pods_there = shell.must("kubectl get pods -A --no-headers").lines().count();
        let revision = Store::open(&shell.cluster_file(), Access::Read).unwrap().meta().revision;
        let watcher = Watcher::start(&shell, &line);
        play(&shell, &script, Cut::Whole);
        shell.must("kubectl run the-last-one -n default --image=nginx");
        let words = |row: &String| row.split_whitespace().collect::<Vec<_>>().join(" ");
        let seen: Vec<String> =
            watcher.end_after("the-last-one").iter().skip(pods_there).map(words).collect();
        let store = Store::open(&shell.cluster_file(), Access::Read).unwrap();
        let changes = store.changes_since(revision).unwrap();
        let expected: Vec<String> = changes
            .iter()
            .filter(|c| c.resource.as_ref() == "pods")
            .map(|c| format!("{} {}", c.object.name(), c.object.resource_version()))
            .collect();
        same("rows", &seen.join("\n"), &expected.join("\n"))
    });
}

#[test]
fn following_others_prints_what_driving_prints() {
    let shell = Shell::ready();
    shell.must("kubectl create deployment web --image=nginx --replicas=2");
    let there = shell.copy();
    let driven = shell.must("kubectl get pods -w --for=200s");
    let watcher = Watcher::start(&there, "kubectl get pods -w");
    // A second batch, so that ages of many seconds are told as well.
    there.must("kubetick tick 200s");
    there.must("kubectl label pods -l app=web last=yes");
    let seen = watcher.end_after("3m20s").join("\n");
    assert!(seen.starts_with(driven.trim_end()), "{driven}\n====\n{seen}");
}

/// The kubeconfig is written by several processes as well: each keeps what the others added.
#[test]
fn contexts_made_at_the_same_time_are_all_there() {
    let shell = Shell::ready();
    std::thread::scope(|scope| {
        for i in 0..6 {
            let shell = &shell;
            scope.spawn(move || {
                for j in 0..3 {
                    let said =
                        process(shell, &format!("kubectl config set-context c{i}-{j} --user=u --cluster=c"));
                    assert_eq!((said.rc, said.stderr.as_str()), (0, ""));
                }
            });
        }
    });
    assert_eq!(shell.must("kubectl config get-contexts -o name").lines().count(), 1 + 6 * 3);
}
