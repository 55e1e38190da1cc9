//! The keys of maps. They repeat a thousandfold over the objects of a cluster: each is kept once.

use std::cell::RefCell;
#[expect(clippy::disallowed_types, reason = "its order is never seen")]
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// A word at a time, multiplied as FxHash does: keys are short, and nobody chooses them to collide.
#[derive(Default)]
struct KeyHasher(u64);

impl KeyHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        // The last bytes again as a whole word, if there are as many.
        match bytes.last_chunk::<8>() {
            Some(last) if !rest.is_empty() => self.add(u64::from_le_bytes(*last)),
            Some(_) => {}
            None => self.add(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))),
        }
    }

    fn write_u8(&mut self, _: u8) {
        // What follows a string, to keep it apart from another one: there is none.
    }

    fn finish(&self) -> u64 {
        // A product is mixed best at its upper end, and the table looks at both.
        self.0.rotate_left(26)
    }
}

thread_local! {
    /// Looked up, never walked.
    #[expect(clippy::disallowed_types, reason = "its order is never seen")]
    static KEYS: RefCell<HashSet<Arc<str>, BuildHasherDefault<KeyHasher>>> = RefCell::default();
}

/// The shared copy of a map key.
pub(super) fn intern(key: &str) -> Arc<str> {
    KEYS.with_borrow_mut(|keys| {
        if let Some(known) = keys.get(key) {
            return known.clone();
        }
        let fresh: Arc<str> = Arc::from(key);
        keys.insert(fresh.clone());
        fresh
    })
}
