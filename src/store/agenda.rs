//! The agenda: who wants to be woken when. Ordered by (instant, rank of the actor, actor, key), so that what happens at
//! one instant happens in one order on every machine.

use super::StoreError;
use crate::machinery::Time;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One due wake.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Wake {
    /// When.
    pub time: Time,
    /// Order among actors at the same instant; lower goes first.
    pub rank: u8,
    /// Who.
    pub actor: Arc<str>,
    /// About what.
    pub key: Arc<str>,
}

type Owner = (Arc<str>, Arc<str>);
/// An actor's pending wakes by key: instant and rank.
type Wakes = BTreeMap<Arc<str>, (Time, u8)>;

#[derive(Default)]
pub(super) struct Agenda {
    queue: BTreeSet<Wake>,
    pending: BTreeMap<Arc<str>, Wakes>,
    saved: BTreeMap<Owner, (Time, u8)>,
    /// Whose entries may differ from the saved ones.
    touched: BTreeSet<Owner>,
}

impl Agenda {
    pub(super) fn load(conn: &Connection) -> Result<Agenda, StoreError> {
        let mut agenda = Agenda::default();
        let mut query = conn.prepare_cached("SELECT actor, key, time, rank FROM agenda")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (actor, key): (String, String) = (row.get(0)?, row.get(1)?);
            let at = (Time(row.get(2)?), row.get::<_, u8>(3)?);
            agenda.insert(actor.as_str().into(), key.as_str().into(), at);
            agenda.saved.insert((actor.into(), key.into()), at);
        }
        Ok(agenda)
    }

    fn insert(&mut self, actor: Arc<str>, key: Arc<str>, (time, rank): (Time, u8)) {
        self.queue.insert(Wake { time, rank, actor: actor.clone(), key: key.clone() });
        self.pending.entry(actor).or_default().insert(key, (time, rank));
    }

    fn take(&mut self, actor: &str, key: &str) -> Option<Wake> {
        let keys = self.pending.get_mut(actor)?;
        let (key, (time, rank)) = keys.remove_entry(key)?;
        let actor = self.pending.get_key_value(actor)?.0.clone();
        let wake = Wake { time, rank, actor, key };
        self.queue.remove(&wake);
        self.touched.insert((wake.actor.clone(), wake.key.clone()));
        Some(wake)
    }

    pub(super) fn schedule(&mut self, actor: &str, rank: u8, key: &str, at: Time) {
        if self.pending(actor, key).is_some_and(|pending| pending <= at) {
            return;
        }
        self.take(actor, key);
        let (actor, key): Owner = (actor.into(), key.into());
        self.touched.insert((actor.clone(), key.clone()));
        self.insert(actor, key, (at, rank));
    }

    pub(super) fn cancel(&mut self, actor: &str, key: &str) {
        self.take(actor, key);
    }

    pub(super) fn pending(&self, actor: &str, key: &str) -> Option<Time> {
        Some(self.pending.get(actor)?.get(key)?.0)
    }

    pub(super) fn pop(&mut self, until: Time) -> Option<Wake> {
        let first = self.queue.first().filter(|w| w.time <= until)?.clone();
        self.take(&first.actor, &first.key)
    }

    pub(super) fn all(&self) -> Vec<Wake> {
        self.queue.iter().cloned().collect()
    }

    pub(super) fn flush(&mut self, conn: &Connection) -> Result<(), StoreError> {
        let mut put = conn.prepare_cached(
            "INSERT OR REPLACE INTO agenda (actor, key, time, rank) VALUES (?1, ?2, ?3, ?4)",
        )?;
        let mut delete = conn.prepare_cached("DELETE FROM agenda WHERE actor = ?1 AND key = ?2")?;
        for owner in std::mem::take(&mut self.touched) {
            let (actor, key) = (owner.0.as_ref(), owner.1.as_ref());
            let wanted = self.pending.get(actor).and_then(|keys| keys.get(key)).copied();
            if self.saved.get(&owner).copied() == wanted {
                continue;
            }
            match wanted {
                Some((time, rank)) => {
                    put.execute((actor, key, time.0, rank))?;
                    self.saved.insert(owner, (time, rank));
                }
                None => {
                    delete.execute((actor, key))?;
                    self.saved.remove(&owner);
                }
            }
        }
        Ok(())
    }
}
