//! What `diff -u -N` prints of two texts.

/// Lines of agreement around a difference.
const CONTEXT: usize = 3;

/// A line and what became of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Edit<'t> {
    Kept(&'t str),
    Removed(&'t str),
    Added(&'t str),
}

/// The hunks that lead from one text to another; empty when they are the same.
pub fn hunks(old: &str, new: &str) -> String {
    let edits = edits(&old.lines().collect::<Vec<_>>(), &new.lines().collect::<Vec<_>>());
    let changed: Vec<usize> = (0..edits.len()).filter(|i| !matches!(edits[*i], Edit::Kept(_))).collect();
    let mut out = String::new();
    let mut at = 0;
    while at < changed.len() {
        let first = changed[at];
        let mut last = first;
        while at < changed.len() && changed[at] <= last + 2 * CONTEXT + 1 {
            last = changed[at];
            at += 1;
        }
        hunk(&edits, first.saturating_sub(CONTEXT), (last + CONTEXT + 1).min(edits.len()), &mut out);
    }
    out
}

fn hunk(edits: &[Edit<'_>], from: usize, to: usize, out: &mut String) {
    let count =
        |edits: &[Edit<'_>], without: fn(&Edit<'_>) -> bool| edits.iter().filter(|e| !without(e)).count();
    let added = |e: &Edit<'_>| matches!(e, Edit::Added(_));
    let removed = |e: &Edit<'_>| matches!(e, Edit::Removed(_));
    let (before, inside) = (&edits[..from], &edits[from..to]);
    let range = |skipped: usize, lines: usize| match lines {
        0 => format!("{skipped},0"),
        1 => format!("{}", skipped + 1),
        _ => format!("{},{lines}", skipped + 1),
    };
    let old = range(count(before, added), count(inside, added));
    let new = range(count(before, removed), count(inside, removed));
    out.push_str(&format!("@@ -{old} +{new} @@\n"));
    for edit in inside {
        let (mark, line) = match edit {
            Edit::Kept(line) => (' ', line),
            Edit::Removed(line) => ('-', line),
            Edit::Added(line) => ('+', line),
        };
        out.push_str(&format!("{mark}{line}\n"));
    }
}

/// The shortest way from one list of lines to another.
fn edits<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Edit<'t>> {
    // How many lines the rests from (i, j) on have in common.
    let width = new.len() + 1;
    let mut common = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = match old[i] == new[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j, mut edits) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            edits.push(Edit::Kept(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]
        {
            edits.push(Edit::Removed(old[i]));
            i += 1;
        } else {
            edits.push(Edit::Added(new[j]));
            j += 1;
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::hunks;

    #[test]
    fn differences_stand_in_their_surroundings() {
        assert_eq!(hunks("a\nb\n", "a\nb\n"), "");
        assert_eq!(hunks("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(hunks("a\n", ""), "@@ -1 +0,0 @@\n-a\n");
        let old: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
        let mut new = old.clone();
        new[2] = "three".into();
        new[17] = "eighteen".into();
        let text = |lines: &[String]| lines.join("\n") + "\n";
        assert_eq!(
            hunks(&text(&old), &text(&new)),
            "@@ -1,6 +1,6 @@\n 1\n 2\n-3\n+three\n 4\n 5\n 6\n@@ -15,6 +15,6 @@\n 15\n 16\n 17\n-18\n+eighteen\n 19\n 20\n"
        );
    }
}
