//! Current objects in memory, read from the file one kind and namespace at a time, with the indexes controllers need.

use super::StoreError;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Members, Object, Value};
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Key = (Arc<str>, Arc<str>);

/// The resource whose objects are indexed by the node they run on and by their labels: what selectors select.
const PODS: &str = "pods";

/// Keys of objects by something they say of themselves.
type Index = BTreeMap<Arc<str>, BTreeSet<Key>>;

/// What of a resource has been read from the file.
#[derive(Default, PartialEq)]
enum Loaded {
    #[default]
    Nothing,
    Namespaces(BTreeSet<String>),
    All,
}

/// Objects read one by one before anything is read ahead.
const SINGLE_READS: usize = 24;
/// Of the objects of a namespace this part is read one by one before the rest is read along with the next.
const SINGLE_PART: usize = 8;

#[derive(Default)]
struct Table {
    loaded: Loaded,
    /// Known not to be there: looked for in vain, or removed by this process.
    absent: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
    single_reads: usize,
    /// Names in the file, by namespace, where many single objects were asked for: most of what is looked for then is not
    /// there, as an event asks whether its name is free.
    stored: BTreeMap<Arc<str>, BTreeSet<Box<str>>>,
    namespaces: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Object>>,
    by_owner: Index,
    by_node: Index,
    /// Pods of each `key=value`.
    by_label: Index,
    /// Last revision written in this process, by namespace and overall.
    revisions: BTreeMap<Arc<str>, u64>,
    revision: u64,
}

/// Whether two states of an object are found by the same things: all that [`Table::index`] reads.
fn indexed_alike(a: &Object, b: &Object) -> bool {
    let same = |path| a.at(path) == b.at(path);
    same("metadata/ownerReferences") && same("spec/nodeName") && same("metadata/labels")
}

impl Table {
    /// Whether everything of a namespace (of all when `ns` is empty) was read.
    fn covers(&self, ns: &str) -> bool {
        match &self.loaded {
            Loaded::All => true,
            Loaded::Namespaces(done) => !ns.is_empty() && done.contains(ns),
            Loaded::Nothing => false,
        }
    }

    /// Whether it is known without looking into the file if there is an object of a name.
    fn knows(&self, ns: &str, name: &str) -> bool {
        self.get(ns, name).is_some()
            || self.covers(ns)
            || self.absent.get(ns).is_some_and(|names| names.contains(name))
    }

    fn miss(&mut self, ns: &str, name: &str) {
        self.absent.entry(ns.into()).or_default().insert(name.into());
    }

    fn get(&self, ns: &str, name: &str) -> Option<&Object> {
        self.namespaces.get(ns)?.get(name)
    }

    fn index(&mut self, object: &Object, key: &Key, add: bool) {
        let apply = |index: &mut Index, value: &str| {
            if !add {
                if let Some(keys) = index.get_mut(value) {
                    keys.remove(key);
                    if keys.is_empty() {
                        index.remove(value);
                    }
                }
            } else if let Some(keys) = index.get_mut(value) {
                keys.insert(key.clone());
            } else {
                index.insert(value.into(), BTreeSet::from([key.clone()]));
            }
        };
        for owner in object.items_at("metadata/ownerReferences") {
            apply(&mut self.by_owner, owner.str_at("uid"));
        }
        if object.kind() == "Pod" {
            apply(&mut self.by_node, object.str_at("spec/nodeName"));
            for (label, value) in object.labels().iter() {
                apply(&mut self.by_label, &label_entry(label, value.as_str().unwrap_or("")));
            }
        }
    }

    fn insert(&mut self, object: Object) -> Option<Object> {
        let known = self.namespaces.get(object.namespace());
        if let Some((name, previous)) = known.and_then(|objects| objects.get_key_value(object.name())) {
            // Most writes change a status: what objects are found by stays.
            if !indexed_alike(previous, &object) {
                let key: Key = (object.namespace().into(), name.clone());
                let previous = previous.clone();
                self.index(&previous, &key, false);
                self.index(&object, &key, true);
            }
            let slot = self.namespaces.get_mut(object.namespace())?.get_mut(object.name())?;
            return Some(std::mem::replace(slot, object));
        }
        let key: Key = (object.namespace().into(), object.name().into());
        self.index(&object, &key, true);
        self.namespaces.entry(key.0).or_default().insert(key.1, object)
    }

    fn touch(&mut self, ns: &str, revision: u64) {
        self.revision = revision;
        self.revisions.insert(ns.into(), revision);
    }

    fn pick(&self, keys: Option<&BTreeSet<Key>>, ns: &str) -> Vec<Object> {
        keys.into_iter()
            .flatten()
            .filter(|(n, _)| ns.is_empty() || n.as_ref() == ns)
            .filter_map(|(n, name)| self.get(n, name).cloned())
            .collect()
    }
}

#[derive(Default)]
pub(super) struct Objects {
    tables: BTreeMap<Arc<str>, Table>,
    dirty: BTreeSet<(Arc<str>, Key)>,
    /// The resources the file has objects of, once asked for.
    saved: Option<BTreeSet<String>>,
    /// The file has no objects yet: all there are stand here.
    newborn: bool,
}

impl Objects {
    /// The objects of a file that is being made.
    pub(super) fn newborn() -> Objects {
        Objects { newborn: true, ..Objects::default() }
    }

    fn table(&mut self, resource: &str) -> &mut Table {
        if !self.tables.contains_key(resource) {
            self.tables.insert(resource.into(), Table::default());
        }
        self.tables.get_mut(resource).expect("inserted above")
    }

    /// Reads one object unless that was done before; the whole namespace when many of it have been asked for.
    pub(super) fn load_one(&mut self, conn: &Connection, resource: &str, ns: &str, name: &str) {
        if self.newborn {
            return;
        }
        let table = self.table(resource);
        if table.knows(ns, name) {
            return;
        }
        if table.single_reads >= SINGLE_READS {
            if !table.stored.contains_key(ns) {
                table.stored.insert(ns.into(), read_names(conn, resource, ns).unwrap_or_default());
            }
            let names = &table.stored[ns];
            if !names.contains(name) {
                return;
            }
            if table.single_reads > names.len() / SINGLE_PART {
                return self.load(conn, resource, ns);
            }
        }
        table.single_reads += 1;
        match read_one(conn, resource, ns, name).ok().flatten() {
            Some(object) => drop(table.insert(object)),
            None => table.miss(ns, name),
        }
    }

    /// Reads a resource in one namespace (all when `ns` is empty) unless that was done before.
    pub(super) fn load(&mut self, conn: &Connection, resource: &str, ns: &str) {
        if self.newborn || self.table(resource).covers(ns) {
            return;
        }
        let table = self.tables.get_mut(resource).expect("looked at above");
        // This process may have read, removed or changed some before. The schema is ours and checked at opening: a
        // failure here means a damaged page, which reads as absent.
        let fresh = |ns: &str, name: &str| !table.knows(ns, name);
        for object in read(conn, resource, ns, Members::all(), fresh).unwrap_or_default() {
            table.insert(object);
        }
        match &mut table.loaded {
            loaded if ns.is_empty() => *loaded = Loaded::All,
            Loaded::Namespaces(done) => {
                done.insert(ns.to_string());
            }
            loaded => *loaded = Loaded::Namespaces(BTreeSet::from([ns.to_string()])),
        }
    }

    pub(super) fn get(&mut self, conn: &Connection, resource: &str, ns: &str, name: &str) -> Option<Object> {
        self.load_one(conn, resource, ns, name);
        self.tables.get(resource)?.get(ns, name).cloned()
    }

    pub(super) fn list(&mut self, conn: &Connection, resource: &str, ns: &str) -> Vec<Object> {
        self.load(conn, resource, ns);
        let mut objects = Vec::new();
        self.for_each(resource, ns, &mut |o| objects.push(o.clone()));
        objects
    }

    /// What was not read before is read as far as `members` go, and not kept.
    pub(super) fn survey(&mut self, conn: &Connection, resource: &str, members: &Members) -> Vec<Object> {
        if self.newborn || self.table(resource).covers("") {
            return self.list(conn, resource, "");
        }
        let mut objects = Vec::new();
        self.for_each(resource, "", &mut |o| objects.push(o.clone()));
        let table = &self.tables[resource];
        let fresh = |ns: &str, name: &str| !table.knows(ns, name);
        objects.extend(read(conn, resource, "", members, fresh).unwrap_or_default());
        objects.sort_by(|a, b| (a.namespace(), a.name()).cmp(&(b.namespace(), b.name())));
        objects
    }

    /// What the file holds and this process has put, without looking whether they are the same.
    pub(super) fn count_at_most(&mut self, conn: &Connection, resource: &str) -> usize {
        let count = || -> rusqlite::Result<usize> {
            conn.prepare_cached("SELECT count(*) FROM objects WHERE resource = ?1")?
                .query_row([resource], |row| Ok(row.get::<_, i64>(0)? as usize))
        };
        let stored = if self.newborn || self.table(resource).covers("") { 0 } else { count().unwrap_or(0) };
        let known = self.tables.get(resource).map_or(0, |t| t.namespaces.values().map(BTreeMap::len).sum());
        stored + known
    }

    pub(super) fn for_each(&self, resource: &str, ns: &str, visit: &mut dyn FnMut(&Object)) {
        let Some(table) = self.tables.get(resource) else { return };
        let one = (!ns.is_empty()).then(|| table.namespaces.get(ns)).flatten();
        let all = ns.is_empty().then(|| table.namespaces.values()).into_iter().flatten();
        one.into_iter().chain(all).flat_map(|objects| objects.values()).for_each(visit);
    }

    pub(super) fn list_owned(
        &mut self,
        conn: &Connection,
        resource: &str,
        ns: &str,
        uid: &str,
    ) -> Vec<Object> {
        self.load(conn, resource, ns);
        self.tables.get(resource).map(|t| t.pick(t.by_owner.get(uid), ns)).unwrap_or_default()
    }

    /// Pods of a namespace whose labels match, in name order: looked up by the rarest `key=value` that the selector
    /// asks for.
    pub(super) fn pods_matching(
        &mut self,
        conn: &Connection,
        ns: &str,
        selector: &LabelSelector,
    ) -> Vec<Object> {
        self.load(conn, PODS, ns);
        let Some(table) = self.tables.get(PODS) else { return Vec::new() };
        let entries =
            selector.pairs().map(|(label, value)| table.by_label.get(label_entry(label, value).as_str()));
        let mut found = match entries.min_by_key(|keys| keys.map_or(0, BTreeSet::len)) {
            Some(rarest) => table.pick(rarest, ns),
            None => {
                let mut all = Vec::new();
                self.for_each(PODS, ns, &mut |pod| all.push(pod.clone()));
                all
            }
        };
        if !selector.is_one_pair() {
            found.retain(|pod| selector.matches(pod.labels()));
        }
        found
    }

    pub(super) fn pods_on_node(&mut self, conn: &Connection, node: &str) -> Vec<Object> {
        self.load(conn, PODS, "");
        self.tables.get(PODS).map(|t| t.pick(t.by_node.get(node), "")).unwrap_or_default()
    }

    pub(super) fn resources(&mut self, conn: &Connection) -> Vec<String> {
        let read = || -> rusqlite::Result<BTreeSet<String>> {
            conn.prepare_cached("SELECT DISTINCT resource FROM objects")?
                .query_map([], |r| r.get(0))?
                .collect()
        };
        let mut names = self.saved.get_or_insert_with(|| read().unwrap_or_default()).clone();
        for (resource, table) in &self.tables {
            if table.namespaces.values().any(|objects| !objects.is_empty()) {
                names.insert(resource.to_string());
            } else if table.loaded == Loaded::All {
                names.remove(resource.as_ref());
            }
        }
        names.into_iter().collect()
    }

    pub(super) fn revision_of(&self, resource: &str, ns: &str) -> u64 {
        let table = self.tables.get(resource);
        table
            .map_or(0, |t| if ns.is_empty() { t.revision } else { t.revisions.get(ns).copied().unwrap_or(0) })
    }

    pub(super) fn put(&mut self, resource: &str, object: Object, revision: u64) -> Option<Object> {
        let key: Key = (object.namespace().into(), object.name().into());
        let table = self.table(resource);
        table.touch(&key.0, revision);
        let previous = table.insert(object);
        self.dirty.insert((resource.into(), key));
        previous
    }

    pub(super) fn remove(&mut self, resource: &str, ns: &str, name: &str, revision: u64) -> Option<Object> {
        let table = self.tables.get_mut(resource)?;
        let (name, object) = table.namespaces.get_mut(ns)?.remove_entry(name)?;
        let key: Key = (ns.into(), name);
        table.index(&object, &key, false);
        table.touch(ns, revision);
        if !table.covers(ns) {
            table.miss(ns, &key.1);
        }
        self.dirty.insert((resource.into(), key));
        Some(object)
    }

    /// Writes what changed. What the change log has of an object already is taken from there.
    pub(super) fn flush(&mut self, conn: &Connection) -> Result<(), StoreError> {
        self.saved = None;
        if std::mem::take(&mut self.newborn) {
            self.tables.values_mut().for_each(|table| table.loaded = Loaded::All);
        }
        let mut put_logged = conn.prepare_cached(
            "INSERT OR REPLACE INTO objects (resource, namespace, name, json)
             SELECT ?1, ?2, ?3, json FROM changes WHERE revision = ?4 AND resource = ?1",
        )?;
        const PUT: &str =
            "INSERT OR REPLACE INTO objects (resource, namespace, name, json) VALUES (?1, ?2, ?3, ?4)";
        const DELETE: &str = "DELETE FROM objects WHERE resource = ?1 AND namespace = ?2 AND name = ?3";
        for (resource, (ns, name)) in std::mem::take(&mut self.dirty) {
            let key = (resource.as_ref(), ns.as_ref(), name.as_ref());
            let Some(object) = self.tables.get(&resource).and_then(|t| t.get(&ns, &name)) else {
                conn.prepare_cached(DELETE)?.execute(key)?;
                continue;
            };
            if put_logged.execute((key.0, key.1, key.2, object.resource_version() as i64))? == 0 {
                conn.prepare_cached(PUT)?.execute((key.0, key.1, key.2, object.to_json()))?;
            }
        }
        Ok(())
    }
}

fn label_entry(label: &str, value: &str) -> String {
    format!("{label}={value}")
}

fn parse(row: &rusqlite::Row<'_>, members: &Members) -> rusqlite::Result<Object> {
    let json = row.get_ref(0)?.as_str()?;
    Ok(Object(Value::parse_members(json, members).unwrap_or_default()))
}

fn read_one(conn: &Connection, resource: &str, ns: &str, name: &str) -> rusqlite::Result<Option<Object>> {
    conn.prepare_cached("SELECT json FROM objects WHERE resource = ?1 AND namespace = ?2 AND name = ?3")?
        .query_row([resource, ns, name], |row| parse(row, Members::all()))
        .optional()
}

fn read_names(conn: &Connection, resource: &str, ns: &str) -> rusqlite::Result<BTreeSet<Box<str>>> {
    conn.prepare_cached("SELECT name FROM objects WHERE resource = ?1 AND namespace = ?2")?
        .query_map([resource, ns], |row| Ok(row.get_ref(0)?.as_str()?.into()))?
        .collect()
}

/// The objects that are `wanted` by namespace and name.
fn read(
    conn: &Connection,
    resource: &str,
    ns: &str,
    members: &Members,
    wanted: impl Fn(&str, &str) -> bool,
) -> rusqlite::Result<Vec<Object>> {
    let read = |row: &rusqlite::Row<'_>| {
        let wanted = wanted(row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        wanted.then(|| parse(row, members)).transpose()
    };
    const ALL: &str = "SELECT json, namespace, name FROM objects WHERE resource = ?1";
    if ns.is_empty() {
        let mut all = conn.prepare_cached(ALL)?;
        all.query_map([resource], read)?.filter_map(Result::transpose).collect()
    } else {
        let mut some = conn.prepare_cached(&format!("{ALL} AND namespace = ?2"))?;
        some.query_map([resource, ns], read)?.filter_map(Result::transpose).collect()
    }
}
