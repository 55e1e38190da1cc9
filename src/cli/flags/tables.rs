//! Joining tables of flags.

use super::Flag;

/// How many flags several tables hold.
pub(crate) const fn total(parts: &[&[Flag]]) -> usize {
    let (mut n, mut i) = (0, 0);
    while i < parts.len() {
        n += parts[i].len();
        i += 1;
    }
    n
}

/// Several tables as one.
pub(crate) const fn join<const N: usize>(parts: &[&[Flag]]) -> [Flag; N] {
    let mut all = [Flag::bool(""); N];
    let (mut n, mut i) = (0, 0);
    while i < parts.len() {
        let mut j = 0;
        while j < parts[i].len() {
            all[n] = parts[i][j];
            n += 1;
            j += 1;
        }
        i += 1;
    }
    all
}

/// The flags of a command: shared tables and its own, in one table.
macro_rules! flags {
    ($($part:expr),+ $(,)?) => {{
        const PARTS: &[&[$crate::cli::flags::Flag]] = &[$($part),+];
        const N: usize = $crate::cli::flags::total(PARTS);
        const ALL: [$crate::cli::flags::Flag; N] = $crate::cli::flags::join::<N>(PARTS);
        &ALL
    }};
}
pub(crate) use flags;
