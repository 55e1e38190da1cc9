//! Looking through text eight bytes at a time: paths, keys and strings are short, and most of what a command does is to
//! look through them. All of it belongs into the loops that use it, also where the program is kept small.

const ONES: u64 = u64::MAX / 0xff;
const HIGH: u64 = ONES * 0x80;

/// Marks (the high bit of) the bytes of a word that are below `n`, of at most 0x80. Only the lowest mark is sure.
#[inline(always)]
pub(super) fn below(word: u64, n: u8) -> u64 {
    word.wrapping_sub(ONES * u64::from(n)) & !word & HIGH
}

/// Marks the bytes of a word that equal `byte`. Only the lowest mark is sure.
#[inline(always)]
pub(super) fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (ONES * u64::from(byte)), 1)
}

/// What is looked for: told by the marks of a word, of which the lowest has to be sure, or by a byte alone.
pub(super) trait Wanted {
    fn marks(&self, word: u64) -> u64;
    fn is(&self, byte: u8) -> bool;
}

/// Where the first byte stands that is looked for, else the length.
#[inline(always)]
pub(super) fn scan(bytes: &[u8], wanted: impl Wanted) -> usize {
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk() {
        let marks = wanted.marks(u64::from_le_bytes(*word));
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while at < bytes.len() && !wanted.is(bytes[at]) {
        at += 1;
    }
    at
}

/// One byte.
struct Byte(u8);

impl Wanted for Byte {
    #[inline(always)]
    fn marks(&self, word: u64) -> u64 {
        equal(word, self.0)
    }

    #[inline(always)]
    fn is(&self, byte: u8) -> bool {
        byte == self.0
    }
}

/// Where `byte` first stands, else the length.
#[inline(always)]
pub(super) fn find(bytes: &[u8], byte: u8) -> usize {
    scan(bytes, Byte(byte))
}

/// The beginning and the end of a text, which overlap in a short one: all of it up to sixteen bytes.
#[inline(always)]
pub(super) fn ends(text: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into());
    }
    match text {
        [] => (0, 0),
        _ => (u64::from(text[0]) << 8 | u64::from(text[text.len() / 2]), u64::from(text[text.len() - 1])),
    }
}

/// Whether two texts are the same. Those that are compared most are of a word or two.
#[inline(always)]
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && ends(a) == ends(b) && (a.len() <= 16 || a == b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_are_the_same_when_their_bytes_are(a in "[ab]{0,20}", b in "[ab]{0,20}") {
            prop_assert!(same(a.as_bytes(), a.clone().as_bytes()));
            prop_assert_eq!(same(a.as_bytes(), b.as_bytes()), a == b);
        }
    }
}
