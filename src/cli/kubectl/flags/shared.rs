//! Flags that many commands share.

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
