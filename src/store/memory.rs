//! What actors remember between their turns (HPA recommendations, back-off counters, meters): private, without
//! revisions, but in the file, so that forks and exports carry it.
//!
//! While a process runs a memory is kept as its owner wrote it; it becomes JSON when it is committed. A few are read one
//! by one, many at once: a command that asks for one pod's meters reads that row only.

use super::StoreError;
use crate::machinery::Value;
use rusqlite::{Connection, OptionalExtension};
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Something an actor remembers in a shape of its own.
pub trait Remembered: Any {
    /// As the file and exports hold it; never null.
    fn to_value(&self) -> Value;

    /// The JSON of [`Remembered::to_value`].
    fn to_json(&self) -> String {
        self.to_value().to_json()
    }

    /// From what [`Remembered::to_value`] wrote; what cannot be read is as if it had never been remembered.
    fn from_value(value: &Value) -> Self
    where
        Self: Sized;
}

/// One memory.
#[derive(Clone)]
enum Cell {
    /// As the file has it: of what is read ahead much is never asked for.
    Text(Box<str>),
    Json(Value),
    Typed(Rc<dyn Remembered>),
}

impl Cell {
    /// Reads the text of the file once.
    fn unfold(&mut self) -> &mut Cell {
        if let Cell::Text(_) = self {
            *self = Cell::Json(self.value());
        }
        self
    }

    fn value(&self) -> Value {
        match self {
            Cell::Text(text) => Value::parse(text).unwrap_or_default(),
            Cell::Json(value) => value.clone(),
            Cell::Typed(memory) => memory.to_value(),
        }
    }

    fn json(&self) -> String {
        match self {
            Cell::Text(text) => text.to_string(),
            Cell::Json(value) => value.to_json(),
            Cell::Typed(memory) => memory.to_json(),
        }
    }
}

/// Rows read one by one before the rest is read along with the next.
const SINGLE_READS: usize = 24;

/// The memories of one actor: what is known of a key, its absence included.
#[derive(Default)]
struct Shelf {
    cells: BTreeMap<Arc<str>, Option<Cell>>,
    /// Whether all rows of the file were read: what is not known is absent.
    whole: bool,
    dirty: BTreeSet<Arc<str>>,
    /// How often one was set.
    writes: u64,
}

impl Shelf {
    // The schema is ours and checked at opening: a failure below means a damaged page, which reads as absent.
    fn read_all(&mut self, conn: &Connection, actor: &str) {
        if !self.whole {
            for (key, text) in read(conn, actor).unwrap_or_default() {
                self.cells.entry(key).or_insert(Some(Cell::Text(text)));
            }
            self.whole = true;
        }
    }

    fn cell(&mut self, conn: &Connection, actor: &str, key: &str) -> Option<&mut Cell> {
        if !self.whole && !self.cells.contains_key(key) {
            if self.cells.len() >= SINGLE_READS {
                self.read_all(conn, actor);
            } else {
                let text = read_one(conn, actor, key).ok().flatten();
                self.cells.insert(key.into(), text.map(Cell::Text));
            }
        }
        self.cells.get_mut(key)?.as_mut().map(Cell::unfold)
    }

    fn set(&mut self, key: &str, cell: Option<Cell>) {
        self.writes += 1;
        match self.cells.get_mut(key) {
            Some(known) => *known = cell,
            None => {
                self.cells.insert(key.into(), cell);
            }
        }
        if !self.dirty.contains(key) {
            self.dirty.insert(key.into());
        }
    }

    fn present(&self) -> impl Iterator<Item = (&Arc<str>, &Cell)> {
        self.cells.iter().filter_map(|(key, cell)| Some((key, cell.as_ref()?)))
    }
}

#[derive(Default)]
pub(super) struct Memories {
    actors: BTreeMap<Arc<str>, Shelf>,
    /// The file has no memories yet: all there are stand here.
    newborn: bool,
}

impl Memories {
    /// The memories of a file that is being made.
    pub(super) fn newborn() -> Memories {
        Memories { newborn: true, ..Memories::default() }
    }

    fn of(&mut self, actor: &str) -> &mut Shelf {
        if !self.actors.contains_key(actor) {
            self.actors.insert(actor.into(), Shelf { whole: self.newborn, ..Shelf::default() });
        }
        self.actors.get_mut(actor).expect("inserted above")
    }

    pub(super) fn get(&mut self, conn: &Connection, actor: &str, key: &str) -> Value {
        self.of(actor).cell(conn, actor, key).map(|cell| cell.value()).unwrap_or_default()
    }

    pub(super) fn recall<T: Remembered>(
        &mut self,
        conn: &Connection,
        actor: &str,
        key: &str,
    ) -> Option<Rc<T>> {
        self.of(actor).cell(conn, actor, key).map(typed)
    }

    pub(super) fn all(&mut self, conn: &Connection, actor: &str) -> Vec<(String, Value)> {
        let shelf = self.of(actor);
        shelf.read_all(conn, actor);
        let cells = shelf.cells.iter_mut();
        cells.filter_map(|(key, cell)| Some((key.to_string(), cell.as_mut()?.unfold().value()))).collect()
    }

    pub(super) fn recall_all<T: Remembered>(
        &mut self,
        conn: &Connection,
        actor: &str,
    ) -> Vec<(Arc<str>, Rc<T>)> {
        let shelf = self.of(actor);
        shelf.read_all(conn, actor);
        let cells = shelf.cells.iter_mut();
        cells.filter_map(|(key, cell)| Some((key.clone(), typed(cell.as_mut()?)))).collect()
    }

    pub(super) fn set(&mut self, actor: &str, key: &str, value: Value) {
        self.of(actor).set(key, (!value.is_null()).then_some(Cell::Json(value)));
    }

    pub(super) fn keep<T: Remembered>(&mut self, actor: &str, key: &str, memory: T) {
        self.of(actor).set(key, Some(Cell::Typed(Rc::new(memory))));
    }

    pub(super) fn version(&self, actor: &str) -> u64 {
        self.actors.get(actor).map_or(0, |shelf| shelf.writes)
    }

    pub(super) fn actors(&self, conn: &Connection) -> Vec<String> {
        let saved = || -> rusqlite::Result<Vec<String>> {
            conn.prepare_cached("SELECT DISTINCT actor FROM memory")?.query_map([], |r| r.get(0))?.collect()
        };
        let mut names: BTreeSet<String> = saved().unwrap_or_default().into_iter().collect();
        for (actor, shelf) in &self.actors {
            if shelf.present().next().is_some() {
                names.insert(actor.to_string());
            } else if shelf.whole {
                names.remove(actor.as_ref());
            }
        }
        names.into_iter().collect()
    }

    pub(super) fn flush(&mut self, conn: &Connection) -> Result<(), StoreError> {
        self.newborn = false;
        let mut put =
            conn.prepare_cached("INSERT OR REPLACE INTO memory (actor, key, json) VALUES (?1, ?2, ?3)")?;
        const DELETE: &str = "DELETE FROM memory WHERE actor = ?1 AND key = ?2";
        for (actor, shelf) in &mut self.actors {
            for key in std::mem::take(&mut shelf.dirty) {
                match shelf.cells.get(&key).and_then(Option::as_ref) {
                    Some(cell) => put.execute((actor.as_ref(), key.as_ref(), cell.json()))?,
                    None => conn.prepare_cached(DELETE)?.execute((actor.as_ref(), key.as_ref()))?,
                };
            }
        }
        Ok(())
    }
}

/// A cell as its owner wrote it; read from JSON the first time.
fn typed<T: Remembered>(cell: &mut Cell) -> Rc<T> {
    if let Cell::Typed(memory) = cell {
        let shared: Rc<dyn Any> = memory.clone();
        if let Ok(memory) = shared.downcast::<T>() {
            return memory;
        }
    }
    let memory = Rc::new(T::from_value(&cell.value()));
    *cell = Cell::Typed(memory.clone());
    memory
}

fn read_one(conn: &Connection, actor: &str, key: &str) -> rusqlite::Result<Option<Box<str>>> {
    conn.prepare_cached("SELECT json FROM memory WHERE actor = ?1 AND key = ?2")?
        .query_row([actor, key], |r| Ok(r.get_ref(0)?.as_str()?.into()))
        .optional()
}

fn read(conn: &Connection, actor: &str) -> rusqlite::Result<Vec<(Arc<str>, Box<str>)>> {
    conn.prepare_cached("SELECT key, json FROM memory WHERE actor = ?1")?
        .query_map([actor], |r| Ok((r.get_ref(0)?.as_str()?.into(), r.get_ref(1)?.as_str()?.into())))?
        .collect()
}
