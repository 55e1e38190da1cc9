//! Runs a file of recorded cases whole: every failing id is listed, and the test fails unless all pass, apart from the
//! known gaps of `tests/vectors/gaps.txt` (a gap that passes fails the test too, so that the list only shrinks).
//!
//! The cases come from the directory in `KUBETICK_VECTORS`, else from `../shared/vectors` where the recordings are kept,
//! else from the gzipped copies in `tests/vectors`.

use kubetick::machinery::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

fn manifest_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the recordings are, most complete first.
fn roots() -> Vec<PathBuf> {
    let mut roots = Vec::new();
    if let Some(dir) = std::env::var_os("KUBETICK_VECTORS") {
        roots.push(PathBuf::from(dir));
    } else {
        roots.push(manifest_dir().join("../shared/vectors"));
    }
    roots.push(manifest_dir().join("tests/vectors"));
    roots
}

/// The text of a recording, gunzipped when only `<rel>.gz` exists.
pub fn text(rel: &str) -> String {
    for root in roots() {
        if let Ok(text) = std::fs::read_to_string(root.join(rel)) {
            return text;
        }
        let packed = if rel.ends_with(".gz") { rel.to_string() } else { format!("{rel}.gz") };
        if let Ok(bytes) = std::fs::read(root.join(packed)) {
            let mut text = String::new();
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).expect("gzip");
            return text;
        }
    }
    panic!("no recording {rel} in {:?}", roots());
}

/// The known gaps of one file: id -> reason. Lines of `gaps.txt` read `FILE ID REASON...`.
fn gaps(rel: &str) -> BTreeMap<String, String> {
    let list = std::fs::read_to_string(manifest_dir().join("tests/vectors/gaps.txt")).unwrap_or_default();
    list.lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| {
            let mut parts = l.splitn(3, ' ');
            let (file, id, why) = (parts.next()?, parts.next()?, parts.next()?);
            (file == rel).then(|| (id.to_string(), why.to_string()))
        })
        .collect()
}

/// Cases of one JSON Lines file, in order.
pub fn cases(rel: &str) -> Vec<Value> {
    text(rel)
        .lines()
        .filter(|l| !l.trim().is_empty())
        .map(|l| Value::parse(l).unwrap_or_else(|e| panic!("{rel}: {e}")))
        .collect()
}

/// Checks every case of a JSON Lines file. `check` answers `Err(difference)` for a case that fails; a panic inside it
/// counts as a failure.
pub fn run(rel: &str, check: impl Fn(&Value) -> Result<(), String>) {
    run_cases(rel, &cases(rel), check);
}

/// As [`run`], for cases already read (a JSON file of another shape, or a subset in scope).
pub fn run_cases(rel: &str, cases: &[Value], check: impl Fn(&Value) -> Result<(), String>) {
    let gaps = gaps(rel);
    let (mut passed, mut failures, mut healed) = (0, Vec::new(), Vec::new());
    for (n, case) in cases.iter().enumerate() {
        let id = match case.str_at("id") {
            "" => format!("line-{}", n + 1),
            id => id.to_string(),
        };
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(case)))
            .unwrap_or_else(|p| Err(format!("panicked: {}", panic_text(&*p))));
        match outcome {
            Ok(()) => {
                passed += 1;
                if gaps.contains_key(&id) {
                    healed.push(id);
                }
            }
            Err(why) if !gaps.contains_key(&id) => failures.push((id, why)),
            Err(_) => {}
        }
    }
    println!("vectors {rel}: {passed} of {}", cases.len());
    for (id, why) in &failures {
        println!("  FAIL {id}: {why}");
    }
    for id in &healed {
        println!("  PASSES NOW {id}: take it out of tests/vectors/gaps.txt");
    }
    let ids: Vec<&str> = failures.iter().map(|(id, _)| id.as_str()).collect();
    assert!(failures.is_empty() && healed.is_empty(), "{rel}: failing: {ids:?}; gaps that pass: {healed:?}");
}

fn panic_text(p: &(dyn std::any::Any + Send)) -> String {
    p.downcast_ref::<String>()
        .cloned()
        .or_else(|| p.downcast_ref::<&str>().map(|s| s.to_string()))
        .unwrap_or_else(|| "(no text)".into())
}

/// `Ok` when equal, else both sides.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: T, want: T) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("{what}: got {got:?}, want {want:?}")) }
}
