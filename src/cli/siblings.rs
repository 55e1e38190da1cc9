//! Commands that the same shell started before this one and left running: `kubectl get hpa -w & sleep 60`. Where time is
//! real they are long under way when a second has passed. Here a minute takes milliseconds, so whoever is going to write
//! lets them get to where they wait first, and lets them see what was written before the shell goes on: the next command may
//! end them, or read what they printed.

use super::waiting;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Between two looks.
const LOOK: std::time::Duration = std::time::Duration::from_millis(1);
/// How many looks in a row must find everybody waiting.
const AT_REST: u32 = 3;
/// How many looks there are at most: a command that works on and on is not waited for.
const LOOKS: u32 = 300;

/// Whether there were earlier siblings when this process was about to write.
static AMONG_SIBLINGS: AtomicBool = AtomicBool::new(false);

/// Waits until the earlier siblings have begun. Where the system does not tell of them, it does not wait.
pub(super) fn let_begin() {
    let shell = std::os::unix::process::parent_id();
    if !siblings(shell).is_empty() {
        AMONG_SIBLINGS.store(true, Ordering::Relaxed);
        let_rest(shell);
    }
}

/// Waits until the earlier siblings have looked at what this process wrote.
pub(super) fn let_see() {
    let (shell, own) = (std::os::unix::process::parent_id(), exe("self"));
    let follows = |pid: &u32| exe(&pid.to_string()) == own;
    if AMONG_SIBLINGS.load(Ordering::Relaxed) && siblings(shell).iter().any(follows) {
        std::thread::sleep(waiting::LOOK + AT_REST * LOOK);
        let_rest(shell);
    }
}

/// Waits until no earlier sibling is at work.
fn let_rest(shell: u32) {
    let ours = [exe("self"), exe(&shell.to_string())];
    let mut quiet = 0;
    for _ in 0..LOOKS {
        // A child of the shell that has not become a program yet is the shell's program.
        let is_ours = |pid: u32| exe(&pid.to_string()).is_some_and(|exe| ours.contains(&Some(exe)));
        let begins = |pid: &u32| is_running(*pid) && is_ours(*pid);
        quiet = if siblings(shell).iter().any(begins) { 0 } else { quiet + 1 };
        if quiet == AT_REST {
            return;
        }
        std::thread::sleep(LOOK);
    }
}

/// The children of a process that are older than this one.
fn siblings(of: u32) -> Vec<u32> {
    let listed = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap_or_default();
    let own = std::process::id();
    listed.split_whitespace().filter_map(|pid| pid.parse().ok()).filter(|pid| *pid < own).collect()
}

/// Whether a process computes or waits for the disk, rather than for time or for others.
fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    state(&stat).is_some_and(|state| matches!(state, 'R' | 'D'))
}

/// The state in a line of `/proc/PID/stat`: behind the name, which may hold brackets and blanks itself.
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(") ")?.1.chars().next()
}

/// The program of a process; none where it is not there any more, or not ours to see.
fn exe(pid: &str) -> Option<PathBuf> {
    std::fs::read_link(Path::new("/proc").join(pid).join("exe")).ok()
}

#[cfg(test)]
mod tests {
    use super::state;

    #[test]
    fn the_state_stands_behind_the_name() {
        assert_eq!(state("12 (kubectl) R 1 12"), Some('R'));
        assert_eq!(state("12 (a) b) S 1 12"), Some('S'));
        assert_eq!(state(""), None);
    }
}
