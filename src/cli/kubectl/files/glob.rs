//! `-f 'dir/*.yaml'` where no shell has put the names in place of the pattern.

use std::path::Path;

/// The paths a pattern stands for, in order; none when nothing fits.
pub(super) fn matches(cwd: &Path, pattern: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("pattern {pattern:?} is not valid: syntax error in pattern");
    let mut found = vec![if pattern.starts_with('/') { "/".to_string() } else { String::new() }];
    for step in pattern.split('/').filter(|step| !step.is_empty()) {
        let step: Vec<char> = step.chars().collect();
        fits(&step, &[]).ok_or_else(wrong)?;
        let mut next = Vec::new();
        for dir in found {
            for name in names(&cwd.join(&dir), &step) {
                let letters: Vec<char> = name.chars().collect();
                if !fits(&step, &letters).ok_or_else(wrong)? {
                    continue;
                }
                let slash = if dir.is_empty() || dir.ends_with('/') { "" } else { "/" };
                next.push(format!("{dir}{slash}{name}"));
            }
        }
        found = next;
    }
    found.retain(|path| !path.is_empty());
    Ok(found)
}

/// What a step of a pattern may be: itself, or any name of the directory.
fn names(dir: &Path, step: &[char]) -> Vec<String> {
    if !step.iter().any(|c| matches!(c, '*' | '?' | '[' | '\\')) {
        let name: String = step.iter().collect();
        return if dir.join(&name).exists() { vec![name] } else { Vec::new() };
    }
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Whether a name fits a pattern of Go's `filepath.Match`; none when the pattern is wrong, whatever the name. Many stars cost
/// no more than their number: what counts is how much of the name fits the pattern so far.
fn fits(mut pattern: &[char], name: &[char]) -> Option<bool> {
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    while let Some((first, rest)) = pattern.split_first() {
        let one;
        (one, pattern) = match first {
            '*' => {
                let shortest = reached.iter().position(|r| *r).unwrap_or(reached.len());
                reached[shortest..].fill(true);
                pattern = rest;
                continue;
            }
            '?' => (Class { not: true, ranges: Vec::new() }, rest),
            '[' => class(rest)?,
            '\\' => rest.split_first().map(|(letter, rest)| (Class::of(*letter), rest))?,
            letter => (Class::of(*letter), rest),
        };
        for at in (0..name.len()).rev() {
            reached[at + 1] = reached[at] && one.holds(name[at]);
        }
        reached[0] = false;
    }
    Some(reached[name.len()])
}

/// What one letter of a name may be: `[a-z]`, `[^abc]`, a letter alone, or any.
struct Class {
    not: bool,
    ranges: Vec<(char, char)>,
}

impl Class {
    fn of(letter: char) -> Class {
        Class { not: false, ranges: vec![(letter, letter)] }
    }

    fn holds(&self, c: char) -> bool {
        self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != self.not
    }
}

/// The class behind a `[`, and what follows it.
fn class(mut rest: &[char]) -> Option<(Class, &[char])> {
    let mut class = Class { not: false, ranges: Vec::new() };
    if let Some(after) = rest.strip_prefix(&['^']) {
        class.not = true;
        rest = after;
    }
    loop {
        match rest.split_first()? {
            (']', after) if !class.ranges.is_empty() => return Some((class, after)),
            _ => {}
        }
        let (from, after) = letter(rest)?;
        rest = after;
        let mut to = from;
        if let Some(after) = rest.strip_prefix(&['-']) {
            (to, rest) = letter(after)?;
        }
        class.ranges.push((from, to));
    }
}

/// A letter of a class; a backslash takes the next one as it is.
fn letter(text: &[char]) -> Option<(char, &[char])> {
    match text.split_first()? {
        ('\\', after) => after.split_first().map(|(c, rest)| (*c, rest)),
        ('-' | ']', _) => None,
        (c, rest) => Some((*c, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_are_those_of_filepath_match() {
        let fits = |pattern: &str, name: &str| {
            fits(&pattern.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>())
        };
        for (pattern, name, expected) in [
            ("*.yaml", "a.yaml", Some(true)),
            ("*.yaml", "a.yml", Some(false)),
            ("a?c", "abc", Some(true)),
            ("a?c", "ac", Some(false)),
            ("[a-c]x", "bx", Some(true)),
            ("[^a-c]x", "bx", Some(false)),
            ("\\*", "*", Some(true)),
            ("[a", "a", None),
            ("[]a]", "a", None),
            ("x[", "y", None),
            ("a\\", "a", None),
            ("*a*b*", "xxaxbx", Some(true)),
            ("*a*b*", "xxbxax", Some(false)),
            ("**", "", Some(true)),
            (&"*a".repeat(40), &"ab".repeat(60), Some(false)),
            (&"*a".repeat(40), &"ba".repeat(60), Some(true)),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
