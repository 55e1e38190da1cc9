//! The tables of the file, and opening it.

use super::{Access, StoreError};
use rusqlite::{Connection, FileControl, OpenFlags};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// The format this program writes. Raise it with a migration when a table changes.
const FORMAT: i64 = 1;
/// "kbtk", so that `file` and a wrong path are told apart from other SQLite files.
const APPLICATION_ID: i64 = 0x6b62_746b;
/// How long a second writer waits for the first.
const PATIENCE: Duration = Duration::from_secs(10);

const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE objects (
    resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (resource, namespace, name));
CREATE TABLE changes (
    revision INTEGER PRIMARY KEY, time INTEGER NOT NULL, verb INTEGER NOT NULL, resource TEXT NOT NULL, json TEXT NOT NULL);
CREATE TABLE agenda (actor TEXT NOT NULL, key TEXT NOT NULL, time INTEGER NOT NULL, rank INTEGER NOT NULL,
    PRIMARY KEY (actor, key)) WITHOUT ROWID;
CREATE TABLE memory (actor TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (actor, key));
CREATE TABLE logs (
    id INTEGER PRIMARY KEY, pod TEXT NOT NULL, container TEXT NOT NULL, time INTEGER NOT NULL, line TEXT NOT NULL);
CREATE INDEX logs_of_container ON logs (pod, container);
";

/// A file that a process made and died before its first commit: no tables yet.
pub(super) fn is_unborn(path: &Path) -> bool {
    // SQLite takes what is less than its smallest page for nothing at all; such a stump was a file once.
    const SMALLEST_PAGE: u64 = 512;
    if std::fs::metadata(path).is_ok_and(|m| (1..SMALLEST_PAGE).contains(&m.len())) {
        return false;
    }
    if bears_our_mark(path).unwrap_or(false) {
        return false;
    }
    let found = || -> rusqlite::Result<i64> {
        let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        conn.busy_timeout(PATIENCE)?;
        tables(&conn)
    };
    found().is_ok_and(|n| n == 0)
}

/// Whether the head of a file has our application id, which the first commit writes along with the tables: that much is
/// seen without SQLite. It may still stand in the write-ahead log alone, and as long as there is a rollback journal what
/// the file says may be taken back.
fn bears_our_mark(path: &Path) -> std::io::Result<bool> {
    /// Where SQLite's file format has the id.
    const MARK: std::ops::Range<usize> = 68..72;
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    if Path::new(&journal).exists() {
        return Ok(false);
    }
    let mut head = [0; 100];
    std::fs::File::open(path)?.read_exact(&mut head)?;
    Ok(head[MARK] == (APPLICATION_ID as u32).to_be_bytes())
}

fn tables(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("SELECT (SELECT count(*) FROM sqlite_master)", [], |r| r.get(0))
}

/// Makes the file with its tables and starts the writer's transaction. Everything up to the first commit is written
/// once, into the file itself: a write-ahead log would write it twice.
pub(super) fn create(path: &Path) -> Result<Connection, StoreError> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(|e| StoreError::Io(dir.to_path_buf(), e))?;
    }
    let made = || -> Result<Connection, StoreError> {
        let conn = Connection::open(path)?;
        conn.busy_timeout(PATIENCE)?;
        conn.execute_batch("BEGIN IMMEDIATE")?;
        if tables(&conn)? > 0 {
            // Another process made it while this one waited for its turn.
            return Err(StoreError::Exists(path.to_path_buf()));
        }
        conn.execute_batch(TABLES)?;
        conn.execute_batch(&format!("PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={FORMAT}"))?;
        Ok(conn)
    };
    made().map_err(|e| e.at(path))
}

/// Opens the file and starts a transaction of the wanted kind.
pub(super) fn open(path: &Path, access: Access) -> Result<Connection, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing(path.to_path_buf()));
    }
    let opened = || -> Result<Connection, StoreError> {
        if access == Access::Write {
            may_write(path)?;
        }
        let conn = connect(path)?;
        conn.execute_batch("BEGIN")?;
        let (id, format): (i64, i64) = (pragma(&conn, "application_id")?, pragma(&conn, "user_version")?);
        if id == 0 && is_unborn(path) {
            return Err(StoreError::Missing(path.to_path_buf()));
        }
        if id != APPLICATION_ID {
            return Err(StoreError::Damaged(path.to_path_buf(), "another program's database".into()));
        }
        if format > FORMAT {
            return Err(StoreError::Newer { path: path.to_path_buf(), found: format, known: FORMAT });
        }
        if access == Access::Write {
            take_turn(&conn, path)?;
        }
        Ok(conn)
    };
    opened().map_err(|e| e.at(path))
}

/// Ends a transaction, a reader's or the one a file was made in, and waits for the writer's turn.
pub(super) fn take_turn(conn: &Connection, path: &Path) -> Result<(), StoreError> {
    let begun = || -> Result<(), StoreError> {
        may_write(path)?;
        conn.execute_batch("COMMIT")?;
        // A new file gets its write-ahead log here. Others may be at it already; then the next writer sees to it.
        let _ = conn.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
        Ok(conn.execute_batch("BEGIN IMMEDIATE")?)
    };
    begun().map_err(|e| e.at(path))
}

/// Root may write to anything; the mark on the file still says what its owner wants.
fn may_write(path: &Path) -> Result<(), StoreError> {
    if is_marked_read_only(path) { Err(StoreError::ReadOnly(path.to_path_buf())) } else { Ok(()) }
}

fn is_marked_read_only(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.permissions().readonly())
}

/// A write-ahead log needs its side files; on read-only media a reader takes the main file as it is.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    if is_marked_read_only(path) {
        let uri = format!("file:{}?immutable=1", path.display());
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        return Ok(Connection::open_with_flags(uri, flags)?);
    }
    let alone = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | alone)?;
    conn.busy_timeout(PATIENCE)?;
    keep_side_files(&conn)?;
    Ok(conn)
}

/// The last process that closes the file empties the write-ahead log; removing it, for the next one to make it anew,
/// would cost every command a tenth of its time.
fn keep_side_files(conn: &Connection) -> rusqlite::Result<()> {
    conn.file_control(Some("main"), FileControl::PersistWal(&mut 1))?;
    conn.execute_batch("PRAGMA journal_size_limit=0")
}

fn pragma(conn: &Connection, name: &str) -> Result<i64, StoreError> {
    Ok(conn.query_row(&format!("PRAGMA {name}"), [], |r| r.get(0))?)
}

/// What a file holds gives way, in one transaction, to what another file holds. Replacing the file itself would pull it
/// from under the processes that have it open.
pub(super) fn replace(path: &Path, with: &Path) -> Result<(), StoreError> {
    let replaced = || -> Result<(), StoreError> {
        may_write(path)?;
        let conn = connect(path)?;
        conn.execute("ATTACH ?1 AS fresh", [with.to_string_lossy()])?;
        conn.execute_batch("BEGIN IMMEDIATE")?;
        let names: Vec<String> = conn
            .prepare("SELECT name FROM fresh.sqlite_master WHERE type = 'table'")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for name in names {
            conn.execute_batch(&format!(
                "DELETE FROM main.{name}; INSERT INTO main.{name} SELECT * FROM fresh.{name}"
            ))?;
        }
        Ok(conn.execute_batch("COMMIT")?)
    };
    replaced().map_err(|e| e.at(path))
}

/// A compact copy of the committed state.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let copied = || -> Result<(), StoreError> {
        let conn = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        conn.busy_timeout(PATIENCE)?;
        conn.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
        drop(conn);
        Connection::open(to)?.execute_batch("PRAGMA journal_mode=WAL")?;
        Ok(())
    };
    copied().map_err(|e| e.at(from))
}
