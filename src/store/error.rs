//! What can go wrong with a cluster file, in words a user can act on.

use std::path::{Path, PathBuf};

/// Why a cluster file cannot be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No file there.
    #[error("no cluster file {0}")]
    Missing(PathBuf),
    /// A file is there already.
    #[error("{0} already exists")]
    Exists(PathBuf),
    /// Not a database, or a damaged one.
    #[error(
        "{0} is not a kubetick cluster file, or it is damaged ({1}); restore a copy, or remove it and create the cluster anew"
    )]
    Damaged(PathBuf, String),
    /// Written by a newer program.
    #[error(
        "{path} was written by a newer kubetick (format {found}; this one reads up to {known}): upgrade kubetick"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format number.
        found: i64,
        /// The newest format this program knows.
        known: i64,
    },
    /// No permission to write.
    #[error("{0} is read-only: nothing was changed")]
    ReadOnly(PathBuf),
    /// No space left.
    #[error("the disk under {0} is full: nothing was changed")]
    Full(PathBuf),
    /// Another process holds the writer's place.
    #[error(
        "{0} is in use by another kubetick process that has not finished: try again when it has, or stop it"
    )]
    Locked(PathBuf),
    /// A watch fell so far behind that the changes it has not seen are no longer kept.
    #[error("too old resource version: {asked} ({oldest})")]
    Compacted {
        /// The last revision it has seen.
        asked: u64,
        /// The oldest one kept.
        oldest: u64,
    },
    /// Anything else SQLite reports.
    #[error("cluster file: {0}")]
    Sql(#[from] rusqlite::Error),
    /// Directories and copies.
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
}

impl StoreError {
    /// Names the file in errors that SQLite reports without it.
    pub(super) fn at(self, path: &Path) -> StoreError {
        use rusqlite::ErrorCode::*;
        let StoreError::Sql(e) = self else { return self };
        let path = path.to_path_buf();
        match e.sqlite_error_code() {
            Some(NotADatabase | DatabaseCorrupt) => StoreError::Damaged(path, e.to_string()),
            Some(ReadOnly | PermissionDenied) => StoreError::ReadOnly(path),
            Some(DiskFull | SystemIoFailure) => StoreError::Full(path),
            Some(DatabaseBusy | DatabaseLocked) => StoreError::Locked(path),
            _ => StoreError::Sql(e),
        }
    }
}
