//! What actors remember between their turns (HPA recommendations, back-off counters): private, without revisions, but
//! in the file, so that forks and exports carry it.

use super::StoreError;
use crate::machinery::Value;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Memories {
    actors: BTreeMap<String, BTreeMap<String, Value>>,
    dirty: BTreeSet<(String, String)>,
}

impl Memories {
    fn of(&mut self, conn: &Connection, actor: &str) -> &mut BTreeMap<String, Value> {
        if !self.actors.contains_key(actor) {
            self.actors.insert(actor.to_string(), read(conn, actor).unwrap_or_default());
        }
        self.actors.entry(actor.to_string()).or_default()
    }

    pub(super) fn get(&mut self, conn: &Connection, actor: &str, key: &str) -> Value {
        self.of(conn, actor).get(key).cloned().unwrap_or_default()
    }

    pub(super) fn all(&mut self, conn: &Connection, actor: &str) -> Vec<(String, Value)> {
        self.of(conn, actor).iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    pub(super) fn set(&mut self, conn: &Connection, actor: &str, key: &str, value: Value) {
        let memories = self.of(conn, actor);
        if value.is_null() {
            memories.remove(key);
        } else {
            memories.insert(key.to_string(), value);
        }
        self.dirty.insert((actor.to_string(), key.to_string()));
    }

    pub(super) fn actors(&self, conn: &Connection) -> Vec<String> {
        let mut names: BTreeSet<String> =
            self.actors.iter().filter(|(_, m)| !m.is_empty()).map(|(a, _)| a.clone()).collect();
        let saved = || -> rusqlite::Result<Vec<String>> {
            conn.prepare_cached("SELECT DISTINCT actor FROM memory")?.query_map([], |r| r.get(0))?.collect()
        };
        names.extend(saved().unwrap_or_default().into_iter().filter(|a| !self.actors.contains_key(a)));
        names.into_iter().collect()
    }

    pub(super) fn flush(&mut self, conn: &Connection) -> Result<(), StoreError> {
        let mut put =
            conn.prepare_cached("INSERT OR REPLACE INTO memory (actor, key, json) VALUES (?1, ?2, ?3)")?;
        let mut delete = conn.prepare_cached("DELETE FROM memory WHERE actor = ?1 AND key = ?2")?;
        for (actor, key) in std::mem::take(&mut self.dirty) {
            match self.actors.get(&actor).and_then(|m| m.get(&key)) {
                Some(value) => put.execute((&actor, &key, value.to_json()))?,
                None => delete.execute((&actor, &key))?,
            };
        }
        Ok(())
    }
}

fn read(conn: &Connection, actor: &str) -> rusqlite::Result<BTreeMap<String, Value>> {
    conn.prepare_cached("SELECT key, json FROM memory WHERE actor = ?1")?
        .query_map([actor], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?)))?
        .map(|row| row.map(|(key, json)| (key, Value::parse(&json).unwrap_or_default())))
        .collect()
}
