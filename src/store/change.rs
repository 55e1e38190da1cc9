//! The change log: what was written, in revision order.

use super::StoreError;
use crate::machinery::json_text::Batch;
use crate::machinery::{Object, Time, Value};
use rusqlite::Connection;
use std::sync::Arc;

/// How many revisions the file keeps for watchers; older ones are compacted, as etcd does.
const KEPT: u64 = 10_000;

/// What happened to an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// It appeared.
    Added,
    /// It changed.
    Modified,
    /// It is gone; the change carries its last state.
    Deleted,
}

impl Verb {
    /// `ADDED`, `MODIFIED`, `DELETED`: the type of a watch event.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Added => "ADDED",
            Verb::Modified => "MODIFIED",
            Verb::Deleted => "DELETED",
        }
    }
}

/// One write.
#[derive(Clone, Debug)]
pub struct Change {
    /// The revision it took.
    pub revision: u64,
    /// The virtual instant.
    pub time: Time,
    /// What happened.
    pub verb: Verb,
    /// The resource (`deployments.apps`).
    pub resource: Arc<str>,
    /// The object after the write; for deletions its last state.
    pub object: Object,
    /// The object before the write. Not kept in the file.
    pub previous: Option<Object>,
}

/// Changes of this process: those not yet taken by the engine, and those not yet in the file.
#[derive(Default)]
pub(super) struct Changes {
    fresh: Vec<Change>,
    unsaved: Vec<Change>,
}

impl Changes {
    pub(super) fn push(&mut self, change: Change) {
        if self.unsaved.len() >= 2 * KEPT as usize {
            self.unsaved.drain(..KEPT as usize);
        }
        self.unsaved.push(Change { previous: None, ..change.clone() });
        self.fresh.push(change);
    }

    pub(super) fn take(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.fresh)
    }

    pub(super) fn flush(&mut self, conn: &Connection, revision: u64) -> Result<(), StoreError> {
        if self.unsaved.is_empty() {
            return Ok(());
        }
        let oldest = revision.saturating_sub(KEPT);
        let mut put = conn.prepare_cached(
            "INSERT INTO changes (revision, time, verb, resource, json) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let mut texts = Batch::default();
        for c in self.unsaved.iter().filter(|c| c.revision > oldest) {
            let json = texts.write(&c.object);
            put.execute((c.revision as i64, c.time.0, c.verb as u8, c.resource.as_ref(), json))?;
        }
        self.unsaved.clear();
        if oldest > 0 {
            conn.prepare_cached("DELETE FROM changes WHERE revision <= ?1")?.execute([oldest as i64])?;
        }
        Ok(())
    }
}

/// Committed changes after `revision`, unless some of them were compacted.
pub(super) fn since(conn: &Connection, revision: u64) -> Result<Vec<Change>, StoreError> {
    let oldest: Option<i64> =
        conn.prepare_cached("SELECT min(revision) FROM changes")?.query_row([], |r| r.get(0))?;
    let current: String =
        conn.prepare_cached("SELECT value FROM meta WHERE key = 'revision'")?.query_row([], |r| r.get(0))?;
    let current: u64 = current.parse().unwrap_or(0);
    let oldest = oldest.map_or(current + 1, |o| o as u64);
    if revision < current && oldest > revision + 1 {
        return Err(StoreError::Compacted { asked: revision, oldest });
    }
    let mut query = conn.prepare_cached(
        "SELECT revision, time, verb, resource, json FROM changes WHERE revision > ?1 ORDER BY revision",
    )?;
    let mut rows = query.query([revision as i64])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        let json: String = row.get(4)?;
        changes.push(Change {
            revision: row.get::<_, i64>(0)? as u64,
            time: Time(row.get(1)?),
            verb: match row.get(2)? {
                0u8 => Verb::Added,
                1 => Verb::Modified,
                _ => Verb::Deleted,
            },
            resource: row.get::<_, String>(3)?.into(),
            object: Object(Value::parse(&json).unwrap_or_default()),
            previous: None,
        });
    }
    Ok(changes)
}
