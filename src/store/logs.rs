//! What containers wrote to stdout and stderr.

use super::StoreError;
use crate::machinery::Time;
use rusqlite::Connection;

/// One line of a container's log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// When it was written.
    pub time: Time,
    /// The text, without its newline.
    pub text: String,
}

struct Pending {
    pod: String,
    container: String,
    line: LogLine,
}

#[derive(Default)]
pub(super) struct Logs {
    pending: Vec<Pending>,
}

impl Logs {
    pub(super) fn append(&mut self, pod: &str, container: &str, time: Time, text: &str) {
        for text in text.split('\n') {
            self.pending.push(Pending {
                pod: pod.to_string(),
                container: container.to_string(),
                line: LogLine { time, text: text.to_string() },
            });
        }
    }

    pub(super) fn read(&self, conn: &Connection, pod: &str, container: &str) -> Vec<LogLine> {
        let mut lines = saved(conn, pod, container).unwrap_or_default();
        lines.extend(
            self.pending.iter().filter(|p| p.pod == pod && p.container == container).map(|p| p.line.clone()),
        );
        lines
    }

    pub(super) fn drop_pod(&mut self, conn: &Connection, pod: &str) {
        self.pending.retain(|p| p.pod != pod);
        // Part of the writer's transaction; a failure would show again at commit.
        let _ = conn.prepare_cached("DELETE FROM logs WHERE pod = ?1").and_then(|mut s| s.execute([pod]));
    }

    pub(super) fn all(&self, conn: &Connection) -> Vec<(String, String, Vec<LogLine>)> {
        let containers = || -> rusqlite::Result<Vec<(String, String)>> {
            conn.prepare_cached("SELECT DISTINCT pod, container FROM logs")?
                .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?
                .collect()
        };
        let mut names = containers().unwrap_or_default();
        names.extend(self.pending.iter().map(|p| (p.pod.clone(), p.container.clone())));
        names.sort();
        names.dedup();
        names
            .into_iter()
            .map(|(pod, container)| {
                let lines = self.read(conn, &pod, &container);
                (pod, container, lines)
            })
            .collect()
    }

    pub(super) fn flush(&mut self, conn: &Connection) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut put =
            conn.prepare_cached("INSERT INTO logs (pod, container, time, line) VALUES (?1, ?2, ?3, ?4)")?;
        for p in self.pending.drain(..) {
            put.execute((p.pod, p.container, p.line.time.0, p.line.text))?;
        }
        Ok(())
    }
}

fn saved(conn: &Connection, pod: &str, container: &str) -> rusqlite::Result<Vec<LogLine>> {
    conn.prepare_cached("SELECT time, line FROM logs WHERE pod = ?1 AND container = ?2 ORDER BY id")?
        .query_map([pod, container], |r| Ok(LogLine { time: Time(r.get(0)?), text: r.get(1)? }))?
        .collect()
}
