//! How many columns a text takes: wide, full-width and ambiguous characters (UAX 11, Unicode 14) count two, all others
//! one, combining marks included.

use std::cmp::Ordering;
use std::sync::OnceLock;

/// Ranges of code points that count two, in order.
fn wide() -> &'static [(u32, u32)] {
    static RANGES: OnceLock<Vec<(u32, u32)>> = OnceLock::new();
    RANGES.get_or_init(|| {
        let point = |hex: &str| u32::from_str_radix(hex, 16).unwrap_or(0);
        let range = |text: &str| match text.split_once('-') {
            Some((first, last)) => (point(first), point(last)),
            None => (point(text), point(text)),
        };
        include_str!("wide.txt").split_whitespace().map(range).collect()
    })
}

/// The columns of a text.
pub(super) fn columns(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    let point = c as u32;
    let place = |range: &(u32, u32)| match range {
        (first, _) if point < *first => Ordering::Greater,
        (_, last) if point > *last => Ordering::Less,
        _ => Ordering::Equal,
    };
    !c.is_ascii() && wide().binary_search_by(place).is_ok()
}
