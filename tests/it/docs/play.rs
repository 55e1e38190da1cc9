//! Runs a document's commands and compares what they print with what it shows.

use super::page::{Page, Part, Typed, inline, languages};
use crate::bash::Shell;

/// How a document fared.
pub struct Played {
    /// The document with the outputs there really were.
    pub as_it_is: Page,
    /// Outputs that differ from what is shown.
    pub stale: Vec<String>,
    /// Commands that fail or that there are not.
    pub wrong: Vec<String>,
}

/// Plays a document. README begins before `kubetick activate`, the others after it.
pub fn play(name: &str, page: Page) -> Played {
    let mut shell = Shell::open("UTC");
    if name != "README.md" {
        shell.activate();
    }
    let mut played = Played { as_it_is: Page { parts: Vec::new() }, stale: Vec::new(), wrong: Vec::new() };
    for part in page.parts {
        let part = match part {
            Part::Prose(text) => {
                let wrong = prose(&mut shell, &text);
                played.wrong.extend(wrong.into_iter().map(|why| format!("{name}: {why}")));
                Part::Prose(text)
            }
            Part::File(file, text) => {
                shell.file(&file, &text);
                Part::File(file, text)
            }
            Part::Console(typed) => {
                let shows = typed.iter().any(|t| !t.output.is_empty());
                Part::Console(
                    typed.into_iter().map(|t| command(&mut shell, t, name, shows, &mut played)).collect(),
                )
            }
        };
        played.as_it_is.parts.push(part);
    }
    played
}

fn command(shell: &mut Shell, typed: Typed, name: &str, shows: bool, played: &mut Played) -> Typed {
    let place = format!("{name}, block at line {}: $ {}", typed.line, typed.command);
    let Some(script) = stand_in(&typed.command) else {
        played.wrong.push(format!("{place}\nwhat cargo is to do here is not known to be true"));
        return typed;
    };
    let (output, rc) = shell.run(&script);
    // A watch that `timeout` ends says so by its status.
    let bounded = rc == 124 && typed.command.starts_with("timeout ");
    if rc != 0 && !bounded {
        played.wrong.push(format!("{place}\nended with status {rc}:\n{output}"));
    }
    let output: String = output.lines().map(|l| format!("{}\n", l.trim_end())).collect();
    if !shows || fits(&typed.output, &output) {
        return typed;
    }
    played.stale.push(format!("{place}\n--- it shows\n{}--- it prints\n{output}", typed.output));
    Typed { output, ..typed }
}

/// The one rule for what the test cannot type: `cargo run -- X` is `kubetick X`, the test suite runs already, and
/// installed is what the shell has on its PATH. Any other use of cargo is none that a document should show.
fn stand_in(command: &str) -> Option<String> {
    match command {
        "cargo test" | "cargo install --locked --path ." => Some(String::new()),
        _ => match command.strip_prefix("cargo run --release -- ") {
            Some(args) => Some(format!("kubetick {args}")),
            None => Some(command.to_string()).filter(|c| !c.starts_with("cargo ")),
        },
    }
}

/// Whether an output is the shown one, lines `...` standing for any number of lines.
fn fits(shown: &str, output: &str) -> bool {
    let pieces: Vec<Vec<&str>> =
        shown.lines().collect::<Vec<_>>().split(|l| *l == "...").map(<[_]>::to_vec).collect();
    let mut lines: Vec<&str> = output.lines().collect();
    let Some((last, firsts)) = pieces.split_last() else { return lines.is_empty() };
    if firsts.is_empty() {
        return lines == *last;
    }
    for (i, piece) in firsts.iter().enumerate() {
        let found = match i {
            0 => lines.starts_with(piece).then_some(0),
            _ => (0..=lines.len().saturating_sub(piece.len())).find(|at| lines[*at..].starts_with(piece)),
        };
        let Some(at) = found else { return false };
        lines.drain(..at + piece.len());
    }
    lines.ends_with(last)
}

/// What is wrong with the commands in sentences, and blocks of commands that would go unseen.
fn prose(shell: &mut Shell, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for language in languages(text).filter(|l| ["sh", "bash", "shell", "zsh"].contains(l)) {
        wrong.push(format!("a block of {language}: commands stand in blocks of `console`"));
    }
    for span in inline(text) {
        let program = span.split(' ').next().unwrap_or_default();
        if ["kubetick", "kubectl"].contains(&program) && span != program {
            let (output, rc) = shell.run(&format!("{span} --help"));
            if rc != 0 {
                wrong.push(format!("`{span}`: there is no such command\n{output}"));
            }
        }
    }
    wrong
}

#[test]
fn dots_stand_for_lines() {
    assert!(fits("a\n...\nd\n", "a\nb\nc\nd\n"));
    assert!(fits("...\nc\n...\n", "a\nb\nc\nd\n"));
    assert!(fits("a\nb\n", "a\nb\n"));
    assert!(fits("", ""));
    assert!(!fits("a\n", "a\nb\n"));
    assert!(!fits("...\nb\n...\nb\n", "a\nb\n"));
    assert!(!fits("b\n...\n", "a\nb\n"));
}

#[test]
fn a_page_is_written_as_it_was_read() {
    let text = "# T\n\n```yaml\n# a.yaml\na: 1\n```\n\n```console\n$ cat <<E\n> x\n> E\nx\n$ true\n```\n\n```json\n{}\n```\nend `kubetick\ntick` `x`\n";
    let page = Page::read(text);
    assert_eq!(page.text(), text);
    let Some(Part::Prose(last)) = page.parts.last() else { panic!("prose at the end") };
    assert_eq!(inline(last), ["kubetick tick", "x"]);
    assert_eq!(languages(last).collect::<Vec<_>>(), ["json"]);
}
