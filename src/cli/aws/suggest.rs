//! "Did you mean": Python's `difflib.get_close_matches` with the cutoff the command line uses.

use std::collections::BTreeMap;

const CUTOFF: f64 = 0.8;

/// The names most like `word`, best first.
pub(super) fn close_matches(word: &str, names: &[String], most: usize) -> Vec<String> {
    let mut scored: Vec<(f64, &String)> = names.iter().map(|name| (ratio(name, word), name)).collect();
    scored.retain(|(score, _)| *score >= CUTOFF);
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.cmp(a.1)));
    scored.into_iter().take(most).map(|(_, name)| name.clone()).collect()
}

/// Twice the number of matching characters over the length of both.
fn ratio(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let whole = a.len() + b.len();
    if whole == 0 { 1.0 } else { 2.0 * matching(&a, &b) as f64 / whole as f64 }
}

/// Characters in the longest common run, and in those left and right of it.
fn matching(a: &[char], b: &[char]) -> usize {
    let (mut best, mut at_a, mut at_b) = (0, 0, 0);
    let mut runs: BTreeMap<usize, usize> = BTreeMap::new();
    for (i, x) in a.iter().enumerate() {
        let mut next = BTreeMap::new();
        for (j, y) in b.iter().enumerate() {
            if x != y {
                continue;
            }
            let run = j.checked_sub(1).and_then(|j| runs.get(&j)).copied().unwrap_or(0) + 1;
            next.insert(j, run);
            if run > best {
                (best, at_a, at_b) = (run, i + 1 - run, j + 1 - run);
            }
        }
        runs = next;
    }
    match best {
        0 => 0,
        _ => best + matching(&a[..at_a], &b[..at_b]) + matching(&a[at_a + best..], &b[at_b + best..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_first() {
        let names = ["describe-cluster", "describe-cluster-versions", "list-clusters"].map(str::to_string);
        assert_eq!(
            close_matches("describe-clusters", &names, 3),
            ["describe-cluster", "describe-cluster-versions"]
        );
        assert!(close_matches("frobnicate", &names, 3).is_empty());
    }
}
