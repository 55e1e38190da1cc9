//! The fields of a Program, read.

use crate::machinery::duration::parse_duration;
use crate::machinery::quantity::Quantity;
use crate::machinery::{Duration, Value};

/// CPU of a program that says nothing of it: a thousandth of a core, in millionths.
const CPU: i64 = 1_000;
/// Its memory.
const MEMORY: i64 = 8 << 20;

/// What a Program says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spec {
    /// Millionths of a core.
    pub cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// Bytes.
    pub growth_per_minute: i64,
    pub ready_after: Duration,
    pub http: Option<Http>,
    pub logs: Vec<Line>,
    pub exit: Option<End>,
    pub crash: Option<End>,
    pub shutdown: Option<Shutdown>,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Http {
    /// Every port when not given.
    pub port: Option<i64>,
    /// CPU time of a request.
    pub cost: Option<Duration>,
    pub status: Option<u16>,
    pub body: Option<String>,
    pub paths: Vec<Route>,
}

/// The answer of one path.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Route {
    path: String,
    pub status: Option<u16>,
    pub body: Option<String>,
    pub fails_after: Option<Duration>,
}

impl Route {
    /// Whether a request of this path is meant.
    pub fn is_for(&self, route: &str) -> bool {
        match self.path.strip_suffix('*') {
            Some(start) => route.starts_with(start),
            None => route == self.path,
        }
    }
}

/// A line it prints.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub text: String,
    pub after: Duration,
    pub every: Option<Duration>,
}

/// How it ends by itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct End {
    pub after: Duration,
    pub code: i32,
    pub message: String,
    /// How many runs; all when not given.
    pub times: Option<i64>,
}

/// How it takes SIGTERM.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shutdown {
    pub after: Duration,
    pub code: i32,
    pub ignored: bool,
}

impl Spec {
    /// Reads the fields. They were judged when they were stored; what is wrong all the same counts as not said.
    pub fn read(v: &Value) -> Spec {
        let quantity = |key: &str| Quantity::from_value(v.at(key)).ok();
        Spec {
            cpu: quantity("cpu").map_or(CPU, |q| (q.as_f64() * 1e6) as i64),
            memory: quantity("memory").map_or(MEMORY, |q| q.value()),
            growth_per_minute: quantity("memoryGrowthPerMinute").map_or(0, |q| q.value()),
            ready_after: duration(v, "readyAfter").unwrap_or_default(),
            http: part(v, "http").map(http),
            logs: v.items_at("logs").iter().map(line).collect(),
            exit: part(v, "exit").map(|v| end(v, 0)),
            crash: part(v, "crash").map(|v| end(v, 1)),
            shutdown: part(v, "shutdown").map(|v| Shutdown {
                after: duration(v, "after").unwrap_or(Duration::from_millis(100)),
                code: code(v, 0),
                ignored: v.bool_at("ignored"),
            }),
        }
    }
}

fn part<'v>(v: &'v Value, key: &str) -> Option<&'v Value> {
    v.get(key).filter(|part| part.as_map().is_some())
}

fn duration(v: &Value, key: &str) -> Option<Duration> {
    parse_duration(v.str_at(key)).ok().filter(|d| *d >= Duration::ZERO)
}

fn code(v: &Value, default: i32) -> i32 {
    v.int_at("code").and_then(|code| i32::try_from(code).ok()).unwrap_or(default)
}

fn status(v: &Value) -> Option<u16> {
    v.int_at("status").and_then(|status| u16::try_from(status).ok())
}

fn http(v: &Value) -> Http {
    let route = |v: &Value| Route {
        path: v.str_at("path").to_string(),
        status: status(v),
        body: v.at("body").as_str().map(str::to_string),
        fails_after: duration(v, "failsAfter"),
    };
    Http {
        port: v.int_at("port"),
        cost: duration(v, "cost"),
        status: status(v),
        body: v.at("body").as_str().map(str::to_string),
        paths: v.items_at("paths").iter().map(route).collect(),
    }
}

fn line(v: &Value) -> Line {
    Line {
        text: v.str_at("text").to_string(),
        after: duration(v, "after").unwrap_or_default(),
        every: duration(v, "every"),
    }
}

fn end(v: &Value, default: i32) -> End {
    End {
        after: duration(v, "after").unwrap_or_default(),
        code: code(v, default),
        message: v.str_at("message").to_string(),
        times: v.int_at("times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn fields_are_read() {
        let spec = Spec::read(&json!({
            "cpu": "20m", "memory": "64Mi", "readyAfter": "5s",
            "http": {"port": 80, "cost": "5ms", "paths": [{"path": "/a/*", "status": 503}]},
            "logs": [{"text": "x", "every": "30s"}], "crash": {"after": "1m", "times": 2},
        }));
        assert_eq!((spec.cpu, spec.memory, spec.ready_after), (20_000, 64 << 20, Duration::from_secs(5)));
        let http = spec.http.unwrap();
        assert!(http.paths[0].is_for("/a/b") && !http.paths[0].is_for("/b"));
        let crash = spec.crash.unwrap();
        assert_eq!((crash.code, crash.times, crash.after), (1, Some(2), Duration::from_secs(60)));
        assert_eq!(Spec::read(&json!({"cpu": 2})).cpu, 2_000_000);
    }
}
