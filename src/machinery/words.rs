//! Words that repeat a thousandfold over the objects of a cluster: the keys of maps, and values such as `True`, a name or
//! a time. Those met last are kept, so that whoever meets one again shares it.

use super::bytes;
use std::cell::RefCell;
use std::sync::Arc;

/// Longer texts seldom repeat.
const LONGEST: usize = 64;
/// Places for words, two to each remainder of their hash.
const PLACES: usize = 1024;

/// The words met last.
pub(super) struct Words {
    places: Vec<Option<Arc<str>>>,
}

impl Words {
    fn new() -> Words {
        Words { places: vec![None; PLACES] }
    }

    /// The shared copy of a text.
    #[inline]
    pub(super) fn shared(&mut self, text: &str) -> Arc<str> {
        if text.len() > LONGEST {
            return Arc::from(text);
        }
        let place = place(text.as_bytes());
        for at in [place, place + 1] {
            if let Some(kept) = &self.places[at]
                && bytes::same(kept.as_bytes(), text.as_bytes())
            {
                return kept.clone();
            }
        }
        let fresh: Arc<str> = Arc::from(text);
        self.places.swap(place, place + 1);
        self.places[place] = Some(fresh.clone());
        fresh
    }
}

/// Where a text is looked for: by its length and its first and last bytes, mixed as FxHash does.
#[inline(always)]
fn place(text: &[u8]) -> usize {
    let (first, last) = bytes::ends(text);
    let word = first ^ last.rotate_left(23) ^ (text.len() as u64) << 56;
    let mixed = word.wrapping_mul(0x517c_c1b7_2722_0a95);
    // A product is mixed best at its upper end.
    ((mixed >> 32) as usize % PLACES) & !1
}

thread_local! {
    static WORDS: RefCell<Words> = RefCell::new(Words::new());
}

/// Does something with the words of this thread.
pub(super) fn with<T>(work: impl FnOnce(&mut Words) -> T) -> T {
    WORDS.with_borrow_mut(work)
}

/// The shared copy of a map key.
pub(super) fn intern(key: &str) -> Arc<str> {
    with(|words| words.shared(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_met_again_is_shared_and_others_are_not_mistaken_for_it() {
        let mut words = Words::new();
        let texts: Vec<String> = (0..5000).map(|n| format!("{}-{n}-{}", n % 7, "x".repeat(n % 70))).collect();
        for text in &texts {
            let first = words.shared(text);
            assert_eq!(first.as_ref(), text);
            assert_eq!(Arc::ptr_eq(&first, &words.shared(text)), text.len() <= LONGEST);
        }
        assert_eq!(words.shared("").as_ref(), "");
    }
}
