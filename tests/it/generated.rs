//! Files made by the program itself: completion scripts and the manual page. `KUBETICK_BLESS=1` writes them anew.

use std::path::Path;
use std::process::Command;

const FILES: [(&str, &[&str]); 4] = [
    ("completions/kubetick.bash", &["completions", "bash"]),
    ("completions/_kubetick", &["completions", "zsh"]),
    ("completions/kubetick.fish", &["completions", "fish"]),
    ("docs/kubetick.1", &["man"]),
];

fn printed(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_kubetick")).args(args).output().expect("the program runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn completions_and_the_manual_are_current() {
    let bless = std::env::var_os("KUBETICK_BLESS").is_some();
    let mut stale = Vec::new();
    for (file, args) in FILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = printed(args);
        if std::fs::read_to_string(&path).is_ok_and(|kept| kept == text) {
            continue;
        }
        if bless {
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            std::fs::write(&path, text).expect("a file");
        } else {
            stale.push(file);
        }
    }
    assert!(stale.is_empty(), "{stale:?} differ from what the program prints; run with KUBETICK_BLESS=1");
}

#[test]
fn every_command_of_ours_has_help() {
    let help = printed(&["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let mut seen = 0;
    for line in commands.take_while(|line| !line.is_empty()) {
        let (name, what) = line.trim().split_once(' ').unwrap_or((line, ""));
        assert!(!what.trim().is_empty(), "{name} says nothing of what it does");
        // The tools it stands for have their own way of asking for help.
        if name != "help" && !what.contains("the same as calling this program") {
            assert!(printed(&[name, "--help"]).contains("Usage:"), "{name} --help");
            seen += 1;
        }
    }
    assert!(seen > 8, "only {seen} commands");
}
