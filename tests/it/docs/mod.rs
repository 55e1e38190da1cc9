//! The documents are true: what they show is typed into a shell and prints what they say it prints.
//!
//! - ```` ```console ````: lines that start with `$ ` are commands (`> ` goes on with one), the others are their output.
//!   A block that shows no output is a list of commands to run; one that shows some shows all of it, but for what a
//!   line `...` stands for.
//! - ```` ```yaml ```` whose first line is `# NAME`: a file of that name is there from then on.
//! - `` `kubetick ...` `` and `` `kubectl ...` `` in a sentence: a command there is, with flags it has.
//!
//! `KUBETICK_BLESS=1` writes the outputs anew; a new one is asked for by a line `?`.

mod page;
mod play;

use page::Page;
use std::path::{Path, PathBuf};

#[test]
fn what_the_documents_show_is_so() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bless = std::env::var_os("KUBETICK_BLESS").is_some();
    let mut files = vec![root.join("README.md")];
    collect(&root.join("docs"), &mut files);
    let played: Vec<_> = std::thread::scope(|scope| {
        let play = |file: &PathBuf| {
            let text = std::fs::read_to_string(file).expect("a document");
            let name = file.strip_prefix(root).expect("below the root").display().to_string();
            play::play(&name, Page::read(&text))
        };
        let threads: Vec<_> = files.iter().map(|file| scope.spawn(move || play(file))).collect();
        threads.into_iter().map(|t| t.join().expect("a document is played to its end")).collect()
    });
    let mut untrue = Vec::new();
    for (file, played) in files.iter().zip(played) {
        if bless {
            std::fs::write(file, played.as_it_is.text()).expect("a document");
        } else {
            untrue.extend(played.stale);
        }
        untrue.extend(played.wrong);
    }
    assert!(untrue.is_empty(), "{}", untrue.join("\n\n"));
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(dir).expect("docs").flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "md") {
            files.push(path);
        }
    }
}
