//! Flags that many commands share, and joining them with a command's own.

use super::Flag;

/// How results are printed.
pub(crate) const OUTPUT: &[Flag] = &[
    Flag::string("output", "").short('o'),
    Flag::string("template", ""),
    Flag::on("allow-missing-template-keys"),
    Flag::bool("show-managed-fields"),
];

/// Manifests.
pub(crate) const FILES: &[Flag] = &[
    Flag::slice("filename").short('f'),
    Flag::bool("recursive").short('R'),
    Flag::string("kustomize", "").short('k'),
];

/// Objects chosen by their labels, or all of them.
pub(crate) const SELECTOR: &[Flag] = &[Flag::string("selector", "").short('l'), Flag::bool("all")];

/// `--dry-run`.
pub(crate) const DRY_RUN: &[Flag] = &[Flag::string("dry-run", "none").bare("unchanged")];

/// `--save-config`.
pub(crate) const SAVE_CONFIG: &[Flag] = &[Flag::bool("save-config")];

/// `--validate`.
pub(crate) const VALIDATE: &[Flag] = &[Flag::string("validate", "strict").bare("strict")];

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
        const PARTS: &[&[$crate::cli::kubectl::flags::Flag]] = &[$($part),+];
        const N: usize = $crate::cli::kubectl::flags::total(PARTS);
        const ALL: [$crate::cli::kubectl::flags::Flag; N] = $crate::cli::kubectl::flags::join::<N>(PARTS);
        &ALL
    }};
}
pub(crate) use flags;
