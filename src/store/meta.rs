//! The cluster's identity, its clock and its counters.

use super::StoreError;
use crate::machinery::{Duration, KubeVersion, Time, Value};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// How the clock moves.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum ClockMode {
    /// Commands take no time; `tick` moves the clock.
    #[default]
    Manual,
    /// Every command first lets this much time pass.
    Step(Duration),
    /// Every command first catches up with the wall clock.
    Real {
        /// Virtual seconds a real second.
        speed: f64,
        /// Wall instant of the anchor.
        wall: Time,
        /// Virtual instant of the anchor.
        at: Time,
    },
}

impl ClockMode {
    /// As files and exports hold it: `{"mode": "manual"}`, `{"mode": "step", "step": NANOSECONDS}`, or `{"mode": "real"}`
    /// with its speed and its anchor.
    pub fn to_value(&self) -> Value {
        match self {
            ClockMode::Manual => crate::json!({"mode": "manual"}),
            ClockMode::Step(d) => crate::json!({"mode": "step", "step": d.as_nanos() as i64}),
            ClockMode::Real { speed, wall, at } => {
                crate::json!({"mode": "real", "speed": (*speed), "wall": (wall.0), "at": (at.0)})
            }
        }
    }

    /// Reads what [`ClockMode::to_value`] writes; anything else is manual.
    pub fn from_value(v: &Value) -> ClockMode {
        match v.str_at("mode") {
            "step" => ClockMode::Step(Duration::from_nanos(v.int_at("step").unwrap_or(0))),
            "real" => ClockMode::Real {
                speed: v.at("speed").as_f64().unwrap_or(1.0),
                wall: Time(v.int_at("wall").unwrap_or(0)),
                at: Time(v.int_at("at").unwrap_or(0)),
            },
            _ => ClockMode::Manual,
        }
    }
}

/// What a cluster is and when it is.
#[derive(Clone, PartialEq, Debug)]
pub struct Meta {
    /// Cluster name.
    pub name: String,
    /// AWS region.
    pub region: String,
    /// Kubernetes version of the server.
    pub version: KubeVersion,
    /// What names are drawn from.
    pub seed: u64,
    /// The last revision given out.
    pub revision: u64,
    /// The instant on the clock.
    pub now: Time,
    /// How the clock moves.
    pub clock: ClockMode,
    /// Next number of each purpose (see [`super::Store::draw`]).
    pub counters: BTreeMap<String, u64>,
    /// The eksctl ClusterConfig the cluster was made from.
    pub config: Value,
}

impl Meta {
    pub(super) fn load(conn: &Connection) -> Result<Meta, StoreError> {
        let mut rows = BTreeMap::new();
        let mut query = conn.prepare_cached("SELECT key, value FROM meta")?;
        let mut found = query.query([])?;
        while let Some(row) = found.next()? {
            rows.insert(row.get::<_, String>(0)?, row.get::<_, String>(1)?);
        }
        let text = |key: &str| rows.get(key).cloned().unwrap_or_default();
        let number = |key: &str| text(key).parse::<i64>().unwrap_or(0);
        let json = |key: &str| Value::parse(&text(key)).unwrap_or_default();
        Ok(Meta {
            name: text("name"),
            region: text("region"),
            version: KubeVersion::parse(&text("version")).unwrap_or_default(),
            seed: text("seed").parse().unwrap_or(0),
            revision: text("revision").parse().unwrap_or(0),
            now: Time(number("now")),
            clock: ClockMode::from_value(&json("clock")),
            counters: json("counters")
                .map()
                .iter()
                .map(|(k, v)| (k.to_string(), v.as_i64().unwrap_or(0) as u64))
                .collect(),
            config: json("config"),
        })
    }

    /// Writes the rows that differ from what was saved.
    pub(super) fn save(&self, conn: &Connection, saved: Option<&Meta>) -> Result<(), StoreError> {
        let old = saved.map(Meta::rows).unwrap_or_default();
        let mut put = conn.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?;
        for (key, value) in self.rows() {
            if old.get(key) != Some(&value) {
                put.execute((key, value))?;
            }
        }
        Ok(())
    }

    fn rows(&self) -> BTreeMap<&'static str, String> {
        let counters: Value = self.counters.iter().map(|(k, v)| (k, *v as i64)).collect();
        BTreeMap::from([
            ("name", self.name.clone()),
            ("region", self.region.clone()),
            ("version", self.version.to_string()),
            ("seed", self.seed.to_string()),
            ("revision", self.revision.to_string()),
            ("now", self.now.0.to_string()),
            ("clock", self.clock.to_value().to_json()),
            ("counters", counters.to_json()),
            ("config", self.config.to_json()),
        ])
    }
}
