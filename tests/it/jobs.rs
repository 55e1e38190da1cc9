//! Commands that a shell runs at once.

use crate::bash::Shell;

fn shell() -> Shell {
    let mut shell = Shell::open("UTC");
    shell.activate();
    let (said, rc) =
        shell.run("kubetick cluster create lab && kubectl create deployment web --image=nginx --replicas=0");
    assert_eq!(rc, 0, "{said}");
    shell
}

/// A watch in the background sees the minute that the next command lets pass, to its end.
#[test]
#[cfg(target_os = "linux")]
fn a_job_is_under_way_when_time_passes() {
    let mut shell = shell();
    for _ in 0..3 {
        let script = "kubectl scale deployment web --replicas=1 >scaled\n\
                      kubectl get deployment web -w --no-headers &\n\
                      sleep 60\n\
                      kubectl scale deployment web --replicas=0 >scaled\n\
                      kill $!\n\
                      wait\n";
        let (said, _) = shell.run(script);
        let ready: Vec<&str> = said.lines().filter_map(|row| row.split_whitespace().nth(1)).collect();
        assert_eq!((ready.first(), ready.last()), (Some(&"0/1"), Some(&"0/0")), "{said}");
        assert!(ready.contains(&"1/1"), "{said}");
    }
}

/// What was started first is done first, even where the second command takes the cluster for minutes.
#[test]
#[cfg(target_os = "linux")]
fn a_job_writes_before_the_command_behind_it() {
    let mut shell = shell();
    let (said, _) = shell.run(
        "kubectl run -i --tty client --rm --image=busybox --restart=Never -- sh -c 'while sleep 5; do :; done' >/dev/null 2>&1 &\n\
         timeout 60 kubectl get pods -w --no-headers\n",
    );
    assert!(said.starts_with("client") && said.contains("Running"), "{said}");
    shell.run("kill %1; wait");
}

/// Whoever ends a watch at once and reads what it printed misses nothing.
#[test]
#[cfg(target_os = "linux")]
fn a_job_has_seen_what_the_command_before_did() {
    let mut shell = shell();
    for _ in 0..5 {
        let script = "kubectl get deployment web -w --no-headers >seen &\n\
                      kubectl scale deployment web --replicas=1 >scaled\n\
                      sleep 60\n\
                      kill $!\n\
                      cat seen\n\
                      wait; kubectl scale deployment web --replicas=0 >scaled\n";
        let (said, _) = shell.run(script);
        assert_eq!(said.lines().last().and_then(|row| row.split_whitespace().nth(1)), Some("1/1"), "{said}");
    }
}

/// A watch whose reader has had enough ends, as a program of Go does on a broken pipe.
#[test]
#[cfg(target_os = "linux")]
fn a_watch_that_nobody_reads_ends() {
    let mut shell = shell();
    let script = "set -o pipefail; kubectl get deployment -w | head -1";
    let (said, rc) = shell.run(&format!("/usr/bin/timeout 10 bash -c '{script}'"));
    assert_eq!((said.split_whitespace().next(), rc), (Some("NAME"), 128 + 13), "{said}");
}
