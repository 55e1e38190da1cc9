//! The house stays as `src/lib.rs` draws it: floors, the length of files, and what determinism forbids.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Rooms and their floors, lowest first. A room uses floors below its own.
const FLOORS: [(&str, u32); 10] = [
    ("machinery", 0),
    ("store", 1),
    ("api", 2),
    ("aws", 2),
    ("catalog", 2),
    ("actors", 3),
    ("sim", 4),
    ("render", 5),
    ("cli", 6),
    ("serve", 6),
];

/// Neighbours on a floor that may be used: what a new cluster holds is written through the API server, and an HTTP door
/// answers with what the commands answer with.
const NEIGHBOURS: [(&str, &str); 4] =
    [("catalog", "api"), ("aws", "api"), ("aws", "catalog"), ("serve", "cli")];

/// The longest a file may be; tables of data apart.
const LONGEST: usize = 600;

/// What would make two runs differ, and the one file that may have it.
const FORBIDDEN: [(&str, &str); 7] = [
    ("HashMap", ""),
    // Interned keys are looked up, never walked.
    ("HashSet", "machinery/keys.rs"),
    ("Instant::now", ""),
    ("Timestamp::now", ""),
    ("Zoned::now", ""),
    ("SystemTime", "machinery/time.rs"),
    ("thread_rng", ""),
];

struct Source {
    /// Below `src`.
    path: String,
    /// The code without comments and unit tests.
    code: String,
    lines: usize,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let source = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).expect("a source file");
        Source {
            path: path.strip_prefix(&root).expect("below src").display().to_string(),
            lines: text.lines().count(),
            code: code(&text),
        }
    };
    paths.iter().map(source).collect()
}

fn collect(dir: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|e| e == "rs") {
            paths.push(path);
        }
    }
}

/// Unit tests may look anywhere: they end a file, or are one.
fn code(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.starts_with("mod tests {"));
    lines.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn floor(room: &str) -> Option<u32> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// The rooms a file names: `crate::api::...` and `crate::{api::..., store}`.
fn rooms_used(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        match rest.strip_prefix('{') {
            None => drop(rooms.insert(word(rest))),
            Some(list) => {
                let mut depth = 0;
                let mut begins = true;
                for (i, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => begins = true,
                        c if begins && c.is_alphabetic() => {
                            rooms.insert(word(&list[i..]));
                            begins = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    rooms
}

#[test]
fn every_room_uses_floors_below_its_own() {
    let mut wrong = Vec::new();
    for source in sources() {
        let room = source.path.split('/').next().unwrap_or("");
        let Some(own) = floor(room) else { continue };
        if source.path.ends_with("tests.rs") {
            continue;
        }
        for used in rooms_used(&source.code) {
            let Some(other) = floor(&used).filter(|_| used != room) else { continue };
            let neighbour = other == own && NEIGHBOURS.contains(&(room, used.as_str()));
            if other >= own && !neighbour {
                wrong.push(format!("{} (floor {own}) uses {used} (floor {other})", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_is_on_the_map() {
    let map =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("lib.rs");
    for line in map.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        let room = line.trim_end_matches(';');
        let floor = floor(room).unwrap_or_else(|| panic!("{room} has no floor"));
        assert!(
            map.contains(&format!("//! | {floor} | [`{room}`] |")),
            "{room} is missing in the table of lib.rs"
        );
    }
}

#[test]
fn files_are_short_enough_to_read() {
    let long = |source: &&Source| source.lines > LONGEST && !is_table(&source.code);
    let sources = sources();
    let wrong: Vec<String> =
        sources.iter().filter(long).map(|s| format!("{}: {} lines", s.path, s.lines)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Mostly rows of a table: few functions for its length.
fn is_table(code: &str) -> bool {
    code.matches("fn ").count() * 50 < code.lines().count()
}

#[test]
fn nothing_depends_on_the_machine_or_on_chance() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (word, place) in FORBIDDEN {
            if source.code.contains(word) && source.path != place {
                wrong.push(format!("{}: {word}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn versions_are_compared_in_one_place() {
    let compares = |source: &&Source| {
        !source.path.starts_with("machinery/versions")
            // A table of releases knows what came with which.
            && source.path != "catalog/releases.rs"
            && ["version.minor >", "version.minor <", "version.minor ==", "client.minor "].iter().any(|comparison| source.code.contains(comparison))
    };
    let sources = sources();
    let wrong: Vec<&str> = sources.iter().filter(compares).map(|s| s.path.as_str()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn imports_are_read_in_both_forms() {
    let code = "use crate::api::Server;\nuse crate::{cli::{a, b}, store};\nlet x = crate::sim::run();";
    let rooms: Vec<String> = rooms_used(code).into_iter().collect();
    assert_eq!(rooms, ["api", "cli", "sim", "store"]);
}
