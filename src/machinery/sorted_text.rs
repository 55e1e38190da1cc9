//! Tables that stand in the program as text, sorted by name, and are looked up where they stand: a command needs a few of
//! their thousands of lines.
//!
//! An entry is a line and the lines behind it that begin with a blank.

use std::cmp::Ordering;

/// The entry that `order` finds equal to what is looked for: its first line, and what stands behind that line. `order`
/// tells how the first line of an entry compares to it.
pub fn find(table: &str, order: impl Fn(&str) -> Ordering) -> Option<(&str, &str)> {
    let bytes = table.as_bytes();
    let line_start =
        |at: usize| bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
    let line_end = |at: usize| at + super::bytes::find(&bytes[at..], b'\n');
    let (mut from, mut to) = (0, table.len());
    while from < to {
        let middle = line_start((from + to) / 2);
        let mut start = middle;
        while start > 0 && bytes[start] == b' ' {
            start = line_start(start - 1);
        }
        let end = line_end(start);
        match order(&table[start..end]) {
            Ordering::Equal => return Some((&table[start..end], table.get(end + 1..).unwrap_or(""))),
            Ordering::Greater => to = start,
            // The lines between belong to the entry.
            Ordering::Less => from = line_end(middle) + 1,
        }
    }
    None
}

/// The entry whose first line is `name`: that line, and those behind it without their blank.
pub fn block<'t>(table: &'t str, name: &str) -> Option<(&'t str, impl Iterator<Item = &'t str>)> {
    let (name, rest) = find(table, |line| line.cmp(name))?;
    Some((name, rest.lines().map_while(|line| line.strip_prefix(' '))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "a\n x 1\n y 2\nb\nc/d\n z\n  w\ne\n last";

    #[test]
    fn every_entry_is_found_with_its_own_lines() {
        let lines = |name| block(TABLE, name).map(|(_, lines)| lines.collect::<Vec<_>>());
        assert_eq!(lines("a"), Some(vec!["x 1", "y 2"]));
        assert_eq!(lines("b"), Some(vec![]));
        assert_eq!(lines("c/d"), Some(vec!["z", " w"]));
        assert_eq!(lines("e"), Some(vec!["last"]));
        for absent in ["", "0", "aa", "c", "d", "f", " x 1"] {
            assert_eq!(lines(absent), None, "{absent}");
        }
        assert!(block("", "a").is_none());
    }
}
