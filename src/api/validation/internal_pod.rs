//! What messages show of pods: the server's own structs, and what differs between two of them.

use crate::machinery::{Value, hash};

/// Lines around a change.
const CONTEXT: usize = 3;

/// A pod template on one line.
pub(super) fn template(template: &Value) -> String {
    hash::pod_template_line(template)
}

/// The differences of two pod specs, as a unified diff.
pub(super) fn diff(old: &Value, new: &Value) -> String {
    let (old, new) = (hash::pod_spec_lines(old), hash::pod_spec_lines(new));
    unified(&old.lines().collect::<Vec<_>>(), &new.lines().collect::<Vec<_>>())
}

/// A line of a diff: `' '`, `'-'` or `'+'`, and the text.
type Line<'a> = (char, &'a str);

fn unified(old: &[&str], new: &[&str]) -> String {
    let lines = compare(old, new);
    let mut out = String::new();
    let mut i = 0;
    while let Some(next) = lines[i..].iter().position(|l| l.0 != ' ') {
        let start = (i + next).saturating_sub(CONTEXT).max(i);
        // A hunk ends where more lines than two contexts are the same.
        let mut end = i + next;
        while let Some(more) = lines[end..].iter().take(2 * CONTEXT + 1).position(|l| l.0 != ' ') {
            end += more + 1;
        }
        let end = (end + CONTEXT).min(lines.len());
        let count = |kind: char, from: usize, to: usize| {
            lines[from..to].iter().filter(|l| l.0 == ' ' || l.0 == kind).count()
        };
        let range = |kind: char| format!("{},{}", count(kind, 0, start) + 1, count(kind, start, end));
        out.push_str(&format!("@@ -{} +{} @@\n", range('-'), range('+')));
        for (mark, text) in &lines[start..end] {
            out.push_str(&format!("{mark}{text}\n"));
        }
        i = end;
    }
    out
}

/// The longest common subsequence decides what counts as the same.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
    let head = same(&mut old.iter().zip(new));
    let tail = same(&mut old[head..].iter().rev().zip(new[head..].iter().rev()));
    let (a, b) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut longest = vec![vec![0u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i][j] = if a[i] == b[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let mut lines: Vec<Line> = old[..head].iter().map(|l| (' ', *l)).collect();
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            lines.push((' ', a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || i < a.len() && longest[i + 1][j] >= longest[i][j + 1] {
            lines.push(('-', a[i]));
            i += 1;
        } else {
            lines.push(('+', b[j]));
            j += 1;
        }
    }
    lines.extend(old[old.len() - tail..].iter().map(|l| (' ', *l)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn a_change_is_shown_with_three_lines_around_it() {
        let spec = json!({"nodeName": "a", "serviceAccountName": "default", "containers": [{"name": "c"}]});
        let mut changed = spec.clone();
        changed.set("nodeName", "zz");
        let shown = diff(&spec, &changed);
        assert!(
            shown.ends_with(
                "  \"NodeSelector\": null,\n  \"ServiceAccountName\": \"default\",\n  \
                 \"AutomountServiceAccountToken\": null,\n- \"NodeName\": \"a\",\n+ \"NodeName\": \"zz\",\n  \
                 \"SecurityContext\": null,\n  \"ImagePullSecrets\": null,\n  \"Hostname\": \"\",\n"
            ),
            "{shown}"
        );
    }
}
