//! Sets of completion indexes, written as Jobs write them: `0,2-4,7`.

use std::collections::BTreeSet;
use std::fmt;

/// A set of indexes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Indexes(BTreeSet<i64>);

impl Indexes {
    /// Reads the text of a status or of a success policy; parts that make no sense are left out.
    pub(super) fn parse(text: &str) -> Indexes {
        let mut set = BTreeSet::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            if let (Ok(first), Ok(last)) = (first.trim().parse::<i64>(), last.trim().parse::<i64>()) {
                set.extend(first..=last);
            }
        }
        Indexes(set)
    }

    pub(super) fn insert(&mut self, index: i64) {
        self.0.insert(index);
    }

    pub(super) fn contains(&self, index: i64) -> bool {
        self.0.contains(&index)
    }

    pub(super) fn len(&self) -> i64 {
        self.0.len() as i64
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Without those from `end` on.
    pub(super) fn below(&self, end: i64) -> Indexes {
        Indexes(self.0.iter().copied().filter(|i| *i < end).collect())
    }

    /// How many are in both.
    pub(super) fn common(&self, other: &Indexes) -> i64 {
        self.0.intersection(&other.0).count() as i64
    }
}

impl fmt::Display for Indexes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.iter().copied().peekable();
        let mut comma = "";
        while let Some(first) = rest.next() {
            let mut last = first;
            while rest.next_if_eq(&(last + 1)).is_some() {
                last += 1;
            }
            match last - first {
                0 => write!(f, "{comma}{first}")?,
                // Two neighbours are a list, not a range.
                1 => write!(f, "{comma}{first},{last}")?,
                _ => write!(f, "{comma}{first}-{last}")?,
            }
            comma = ",";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Indexes;

    #[test]
    fn neighbours_are_joined() {
        for text in ["", "3", "0,2-4,7", "1,2"] {
            assert_eq!(Indexes::parse(text).to_string(), text);
        }
        assert_eq!(Indexes::parse("1-3,x,9").below(3).to_string(), "1,2");
    }
}
