//! Floor 1: the cluster's file. Objects, the change log, the agenda, actors' memories and container logs, in one SQLite
//! database that opens, after a crash at any moment, as the state before or after a command, never between.
//!
//! Built after the way kine keeps Kubernetes in SQL: every write takes the next revision and lands in a change log with
//! its virtual time; a table of current objects stands beside it. Kinds are read when first asked for, one namespace at
//! a time, so a command's cost follows what it touches. All changes stay in memory until [`Store::commit`].

mod agenda;
mod change;
mod error;
mod logs;
mod memory;
mod meta;
mod objects;
mod schema;

pub use agenda::Wake;
pub use change::{Change, Verb};
pub use error::StoreError;
pub use logs::LogLine;
pub use memory::Remembered;
pub use meta::{ClockMode, Meta};

use crate::machinery::selector::LabelSelector;
use crate::machinery::{Members, Object, Time, Value};
use agenda::Agenda;
use change::Changes;
use logs::Logs;
use memory::Memories;
use objects::Objects;
use rusqlite::Connection;
use std::cell::{Cell, Ref, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a command wants of the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// A consistent snapshot; others may write meanwhile.
    Read,
    /// The one writer. Others wait.
    Write,
}

/// An open cluster file. Methods take `&self`: one process works on it from one thread.
pub struct Store {
    conn: Connection,
    path: PathBuf,
    access: Access,
    /// Nothing was committed yet.
    newborn: Cell<bool>,
    inner: RefCell<Inner>,
}

struct Inner {
    meta: Meta,
    meta_saved: Meta,
    objects: Objects,
    changes: Changes,
    /// Few readers ask who wakes when: it is read for writers, and for others when they ask.
    agenda: Option<Agenda>,
    memories: Memories,
    logs: Logs,
}

impl Inner {
    fn load(conn: &Connection, access: Access) -> Result<Inner, StoreError> {
        let meta = Meta::load(conn)?;
        Ok(Inner {
            meta_saved: meta.clone(),
            meta,
            objects: Objects::default(),
            changes: Changes::default(),
            agenda: (access == Access::Write).then(|| Agenda::load(conn)).transpose()?,
            memories: Memories::default(),
            logs: Logs::default(),
        })
    }

    /// Of a file that is being made.
    fn newborn(meta: Meta) -> Inner {
        Inner {
            meta_saved: meta.clone(),
            meta,
            objects: Objects::newborn(),
            changes: Changes::default(),
            agenda: Some(Agenda::default()),
            memories: Memories::newborn(),
            logs: Logs::default(),
        }
    }

    fn agenda(&mut self, conn: &Connection) -> &mut Agenda {
        // The schema is ours and checked at opening: a failure here means a damaged page, which reads as absent.
        self.agenda.get_or_insert_with(|| Agenda::load(conn).unwrap_or_default())
    }
}

/// Whether the process ends soon after its stores are dropped.
static ENDS_WITH_ITS_STORES: AtomicBool = AtomicBool::new(false);

/// Says that this process does one command and ends: what its stores hold then goes with it, all at once, instead of object
/// by object.
pub fn end_with_process() {
    ENDS_WITH_ITS_STORES.store(true, Ordering::Relaxed);
}

impl Drop for Store {
    fn drop(&mut self) {
        if ENDS_WITH_ITS_STORES.load(Ordering::Relaxed) {
            let inner = self.inner.get_mut();
            std::mem::forget(std::mem::take(&mut inner.objects));
            std::mem::forget(std::mem::take(&mut inner.changes));
            std::mem::forget(std::mem::take(&mut inner.memories));
            std::mem::forget(std::mem::take(&mut inner.logs));
        }
    }
}

impl Store {
    /// Whether a cluster was ever committed under this path.
    pub fn exists(path: &Path) -> bool {
        path.exists() && !schema::is_unborn(path)
    }

    /// Makes a new file for a cluster; fails when one is there. Until the first commit the
    /// file counts as not there.
    pub fn create(path: &Path, meta: Meta) -> Result<Store, StoreError> {
        if Store::exists(path) {
            return Err(StoreError::Exists(path.to_path_buf()));
        }
        let conn = schema::create(path)?;
        meta.save(&conn, None)?;
        let inner = Inner::newborn(meta);
        let store = Store::over(conn, path, Access::Write, inner);
        store.newborn.set(true);
        Ok(store)
    }

    /// An empty store that no file keeps, to be read.
    pub fn nowhere(meta: Meta) -> Result<Store, StoreError> {
        let path = Path::new(":memory:");
        let conn = schema::create(path)?;
        Ok(Store::over(conn, path, Access::Read, Inner::newborn(meta)))
    }

    /// Opens an existing file.
    pub fn open(path: &Path, access: Access) -> Result<Store, StoreError> {
        let conn = schema::open(path, access)?;
        let inner = Inner::load(&conn, access).map_err(|e| e.at(path))?;
        Ok(Store::over(conn, path, access, inner))
    }

    fn over(conn: Connection, path: &Path, access: Access, inner: Inner) -> Store {
        Store {
            conn,
            path: path.to_path_buf(),
            access,
            newborn: Cell::new(false),
            inner: RefCell::new(inner),
        }
    }

    /// The file as it is now, for what its opener turns out to want of it.
    pub fn turned_to(mut self, access: Access) -> Result<Store, StoreError> {
        if access == Access::Write && self.access == Access::Read {
            schema::take_turn(&self.conn, &self.path)?;
            let inner = Inner::load(&self.conn, access).map_err(|e| e.at(&self.path))?;
            self.access = access;
            self.inner = RefCell::new(inner);
            return Ok(self);
        }
        self.refresh()?;
        Ok(self)
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the store was opened for.
    pub fn access(&self) -> Access {
        self.access
    }

    /// Writes everything that changed, in one transaction, and goes on holding the writer's place.
    pub fn commit(&self) -> Result<(), StoreError> {
        let inner = &mut *self.inner.borrow_mut();
        if self.access == Access::Read {
            return Ok(());
        }
        let mut flush = || -> Result<(), StoreError> {
            inner.changes.flush(&self.conn, inner.meta.revision)?;
            inner.objects.flush(&self.conn)?;
            inner.agenda(&self.conn).flush(&self.conn)?;
            inner.memories.flush(&self.conn)?;
            inner.logs.flush(&self.conn)?;
            inner.meta.save(&self.conn, Some(&inner.meta_saved))?;
            if self.newborn.take() {
                return schema::take_turn(&self.conn, &self.path);
            }
            Ok(self.conn.execute_batch("COMMIT; BEGIN IMMEDIATE")?)
        };
        flush().map_err(|e| e.at(&self.path))?;
        inner.meta_saved = inner.meta.clone();
        Ok(())
    }

    /// Forgets what was read, so that the next read sees what other processes have written since. Only for readers that
    /// follow a cluster (watches).
    pub fn refresh(&self) -> Result<(), StoreError> {
        if self.access == Access::Read {
            self.conn.execute_batch("COMMIT; BEGIN")?;
            *self.inner.borrow_mut() = Inner::load(&self.conn, self.access)?;
        }
        Ok(())
    }

    /// Ends a reader's snapshot or a writer's turn without closing the file; what was not committed is lost. Until
    /// [`Store::resume`] the store is not to be used.
    pub fn release(&self) -> Result<(), StoreError> {
        Ok(self.conn.execute_batch("ROLLBACK")?)
    }

    /// Takes up the place given up by [`Store::release`] and sees what other processes have written since.
    pub fn resume(&self) -> Result<(), StoreError> {
        let begin = if self.access == Access::Read { "BEGIN" } else { "BEGIN IMMEDIATE" };
        self.conn.execute_batch(begin).map_err(|e| StoreError::from(e).at(&self.path))?;
        *self.inner.borrow_mut() = Inner::load(&self.conn, self.access)?;
        Ok(())
    }

    /// A consistent copy of the last committed state in a new file.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        if path.exists() {
            return Err(StoreError::Exists(path.to_path_buf()));
        }
        schema::copy(&self.path, path)
    }

    /// Replaces everything in a cluster's file by what another one holds, at once.
    pub fn replace(path: &Path, with: &Path) -> Result<(), StoreError> {
        schema::replace(path, with)
    }

    /// The cluster's identity, clock and counters.
    pub fn meta(&self) -> Ref<'_, Meta> {
        Ref::map(self.inner.borrow(), |i| &i.meta)
    }

    /// Changes the cluster's identity or clock.
    pub fn update_meta<T>(&self, change: impl FnOnce(&mut Meta) -> T) -> T {
        change(&mut self.inner.borrow_mut().meta)
    }

    /// The instant on the cluster's clock.
    pub fn now(&self) -> Time {
        self.inner.borrow().meta.now
    }

    /// The next number of a purpose: 0, 1, 2... Names are drawn from (seed, purpose, number), so a command added later
    /// does not change what earlier objects were called.
    pub fn draw(&self, purpose: &str) -> u64 {
        let counters = &mut self.inner.borrow_mut().meta.counters;
        let next = counters.get(purpose).copied().unwrap_or(0);
        counters.insert(purpose.to_string(), next + 1);
        next
    }

    /// One object of a resource (`deployments.apps`); `ns` is empty for cluster-scoped kinds.
    pub fn get(&self, resource: &str, ns: &str, name: &str) -> Option<Object> {
        self.inner.borrow_mut().objects.get(&self.conn, resource, ns, name)
    }

    /// All objects of a resource in one namespace, or in all when `ns` is empty, in key order.
    pub fn list(&self, resource: &str, ns: &str) -> Vec<Object> {
        self.inner.borrow_mut().objects.list(&self.conn, resource, ns)
    }

    /// Visits the objects of a resource, as they are when the visit begins: the visitor may use the store.
    pub fn for_each(&self, resource: &str, ns: &str, visit: impl FnMut(&Object)) {
        // Objects are shared, so the list is one of pointers.
        self.list(resource, ns).iter().for_each(visit);
    }

    /// Visits all objects of a resource in key order, for one who looks at few of their members: of those that no one has
    /// read yet the others may be missing. Names and namespaces have to be among the members.
    pub fn survey(&self, resource: &str, members: &Members, visit: impl FnMut(&Object)) {
        let objects = self.inner.borrow_mut().objects.survey(&self.conn, resource, members);
        objects.iter().for_each(visit);
    }

    /// A number that objects of a resource do not exceed, had without reading one.
    pub fn count_at_most(&self, resource: &str) -> usize {
        self.inner.borrow_mut().objects.count_at_most(&self.conn, resource)
    }

    /// Objects of a resource and namespace that an owner controls or merely owns, by the owner's uid.
    pub fn list_owned(&self, resource: &str, ns: &str, owner_uid: &str) -> Vec<Object> {
        self.inner.borrow_mut().objects.list_owned(&self.conn, resource, ns, owner_uid)
    }

    /// Pods of a namespace whose labels match, in name order. What it costs goes with how many pods carry the rarest of
    /// the labels asked for.
    pub fn pods_matching(&self, ns: &str, selector: &LabelSelector) -> Vec<Object> {
        self.inner.borrow_mut().objects.pods_matching(&self.conn, ns, selector)
    }

    /// Pods bound to a node.
    pub fn pods_on_node(&self, node: &str) -> Vec<Object> {
        self.inner.borrow_mut().objects.pods_on_node(&self.conn, node)
    }

    /// Resources that have at least one object.
    pub fn resources(&self) -> Vec<String> {
        self.inner.borrow_mut().objects.resources(&self.conn)
    }

    /// The revision of the last write to a resource in a namespace (all namespaces when empty) that this process knows
    /// of: equal answers mean that a cached view is still right.
    pub fn revision_of(&self, resource: &str, ns: &str) -> u64 {
        self.inner.borrow().objects.revision_of(resource, ns)
    }

    /// Stores an object under its resource: takes the next revision, writes it into `metadata.resourceVersion`, logs the
    /// change. The caller (the API) has admitted and validated it.
    pub fn put(&self, resource: &str, mut object: Object) -> Object {
        let inner = &mut *self.inner.borrow_mut();
        inner.objects.load_one(&self.conn, resource, object.namespace(), object.name());
        inner.meta.revision += 1;
        object.set("metadata/resourceVersion", inner.meta.revision.to_string());
        let previous = inner.objects.put(resource, object.clone(), inner.meta.revision);
        inner.changes.push(Change {
            revision: inner.meta.revision,
            time: inner.meta.now,
            verb: if previous.is_some() { Verb::Modified } else { Verb::Added },
            resource: resource.into(),
            object: object.clone(),
            previous,
        });
        object
    }

    /// Puts back an object as an export holds it: its own resourceVersion, nothing in the change log.
    pub fn restore(&self, resource: &str, object: Object) {
        let inner = &mut *self.inner.borrow_mut();
        let revision = object.resource_version();
        inner.objects.put(resource, object, revision);
    }

    /// Removes an object; its last state is logged under a revision of its own and returned.
    pub fn remove(&self, resource: &str, ns: &str, name: &str) -> Option<Object> {
        let inner = &mut *self.inner.borrow_mut();
        inner.objects.load_one(&self.conn, resource, ns, name);
        let revision = inner.meta.revision + 1;
        let previous = inner.objects.remove(resource, ns, name, revision)?;
        inner.meta.revision = revision;
        let mut object = previous.clone();
        object.set("metadata/resourceVersion", revision.to_string());
        inner.changes.push(Change {
            revision,
            time: inner.meta.now,
            verb: Verb::Deleted,
            resource: resource.into(),
            object: object.clone(),
            previous: Some(previous),
        });
        Some(object)
    }

    /// Changes made in this process that no one has taken yet, oldest first.
    pub fn take_changes(&self) -> Vec<Change> {
        self.inner.borrow_mut().changes.take()
    }

    /// Committed changes after a revision, oldest first; [`StoreError::Compacted`] when the log no longer reaches back
    /// that far.
    pub fn changes_since(&self, revision: u64) -> Result<Vec<Change>, StoreError> {
        change::since(&self.conn, revision)
    }

    /// Asks to be woken: one pending wake a key and actor; the earlier instant wins.
    pub fn wake(&self, actor: &str, rank: u8, key: &str, at: Time) {
        self.inner.borrow_mut().agenda(&self.conn).schedule(actor, rank, key, at);
    }

    /// Drops the pending wake of a key.
    pub fn cancel_wake(&self, actor: &str, key: &str) {
        self.inner.borrow_mut().agenda(&self.conn).cancel(actor, key);
    }

    /// When a key will next be woken.
    pub fn pending_wake(&self, actor: &str, key: &str) -> Option<Time> {
        self.inner.borrow_mut().agenda(&self.conn).pending(actor, key)
    }

    /// Takes the next wake if it is due at or before an instant.
    pub fn pop_wake(&self, until: Time) -> Option<Wake> {
        self.inner.borrow_mut().agenda(&self.conn).pop(until)
    }

    /// All pending wakes in order.
    pub fn wakes(&self) -> Vec<Wake> {
        self.inner.borrow_mut().agenda(&self.conn).all()
    }

    /// An actor's private memory of a key; null when it has none.
    pub fn memory(&self, actor: &str, key: &str) -> Value {
        self.inner.borrow_mut().memories.get(&self.conn, actor, key)
    }

    /// Every memory of an actor, in key order.
    pub fn memories(&self, actor: &str) -> Vec<(String, Value)> {
        self.inner.borrow_mut().memories.all(&self.conn, actor)
    }

    /// Replaces an actor's memory of a key; null forgets it.
    pub fn remember(&self, actor: &str, key: &str, value: impl Into<Value>) {
        self.inner.borrow_mut().memories.set(actor, key, value.into());
    }

    /// An actor's memory of a key in the shape its owner gave it.
    pub fn recall<T: Remembered>(&self, actor: &str, key: &str) -> Option<Rc<T>> {
        self.inner.borrow_mut().memories.recall(&self.conn, actor, key)
    }

    /// Every memory of an actor in the shape its owner gave them, in key order.
    pub fn recall_all<T: Remembered>(&self, actor: &str) -> Vec<(Arc<str>, Rc<T>)> {
        self.inner.borrow_mut().memories.recall_all(&self.conn, actor)
    }

    /// As [`Store::remember`], for what has a shape of its own: it becomes JSON only when it is committed.
    pub fn keep<T: Remembered>(&self, actor: &str, key: &str, memory: T) {
        self.inner.borrow_mut().memories.keep(actor, key, memory);
    }

    /// Another number after every memory an actor keeps or forgets: equal answers since the file was read mean that what
    /// was recalled is still right.
    pub fn memory_version(&self, actor: &str) -> u64 {
        self.inner.borrow().memories.version(actor)
    }

    /// Actors that remember anything.
    pub fn remembering_actors(&self) -> Vec<String> {
        self.inner.borrow().memories.actors(&self.conn)
    }

    /// Appends a line to the log of a container instance (`container` may carry a restart number).
    pub fn log(&self, pod_uid: &str, container: &str, line: &str) {
        let inner = &mut *self.inner.borrow_mut();
        inner.logs.append(pod_uid, container, inner.meta.now, line);
    }

    /// Puts back the log of a container as an export holds it.
    pub fn restore_log(&self, pod_uid: &str, container: &str, lines: impl IntoIterator<Item = LogLine>) {
        let inner = &mut *self.inner.borrow_mut();
        lines.into_iter().for_each(|l| inner.logs.append(pod_uid, container, l.time, &l.text));
    }

    /// The log of a container, oldest line first.
    pub fn logs(&self, pod_uid: &str, container: &str) -> Vec<LogLine> {
        self.inner.borrow().logs.read(&self.conn, pod_uid, container)
    }

    /// Drops the logs of a pod.
    pub fn drop_logs(&self, pod_uid: &str) {
        self.inner.borrow_mut().logs.drop_pod(&self.conn, pod_uid);
    }

    /// Every log kept, for exports: pod uid, container, lines.
    pub fn all_logs(&self) -> Vec<(String, String, Vec<LogLine>)> {
        self.inner.borrow().logs.all(&self.conn)
    }
}

#[cfg(test)]
mod tests;
