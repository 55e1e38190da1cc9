//! Looking through text eight bytes at a time: paths, keys and strings are short, and most of what a command does is to
//! look through them.

const ONES: u64 = u64::MAX / 0xff;
const HIGH: u64 = ONES * 0x80;

/// Marks (the high bit of) the bytes of a word that are below `n`, of at most 0x80. Only the lowest mark is sure.
#[inline]
pub(super) fn below(word: u64, n: u8) -> u64 {
    word.wrapping_sub(ONES * u64::from(n)) & !word & HIGH
}

/// Marks the bytes of a word that equal `byte`. Only the lowest mark is sure.
#[inline]
pub(super) fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (ONES * u64::from(byte)), 1)
}

/// Where the first byte stands that is looked for, else the length: told by the marks of a word, or by a byte alone.
#[inline]
pub(super) fn scan(bytes: &[u8], marks: impl Fn(u64) -> u64, hit: impl Fn(u8) -> bool) -> usize {
    let first = |word: &[u8; 8]| match marks(u64::from_le_bytes(*word)) {
        0 => None,
        marks => Some(marks.trailing_zeros() as usize / 8),
    };
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk() {
        if let Some(found) = first(word) {
            return at + found;
        }
        at += 8;
    }
    // What is left over is looked at along with bytes before it.
    if let Some(word) = bytes.last_chunk() {
        return first(word).map_or(bytes.len(), |found| bytes.len() - 8 + found);
    }
    bytes.iter().position(|byte| hit(*byte)).unwrap_or(bytes.len())
}

/// Where `byte` first stands, else the length.
#[inline]
pub(super) fn find(bytes: &[u8], byte: u8) -> usize {
    scan(bytes, |word| equal(word, byte), |b| b == byte)
}
