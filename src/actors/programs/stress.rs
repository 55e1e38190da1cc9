//! `stress` and its kin: programs that use as much CPU and memory as their flags say, for as long as they say.

use crate::machinery::quantity::Quantity;
use crate::machinery::{Duration, Value};

const MI: i64 = 1 << 20;
/// What one worker on memory takes when not told (`stress`, `stress-ng`).
const WORKER_BYTES: i64 = 256 * MI;

/// What the flags of such a program ask for.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::actors) struct Hogs {
    kind: Kind,
    /// Workers that compute.
    cpu: i64,
    /// Share of a core each of them takes.
    share: f64,
    io: i64,
    /// Workers that touch memory, and what they take in all.
    vm: i64,
    bytes: i64,
    /// They hold their memory and sleep, instead of touching it again and again.
    hang: bool,
    hdd: i64,
    timeout: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `stress`.
    Stress,
    /// `stress-ng`.
    StressNg,
    /// `stress` of vish/stress: `-cpus 2 -mem-total 100Mi`.
    Vish,
    /// `cpu-stress -cpu=1.0 -duration=10s`.
    Stressor,
}

impl Hogs {
    /// Reads a command line; `None` for that of another program. `cores` are those of the node, which `--cpu 0` of
    /// stress-ng means.
    pub fn read(words: &[String], cores: i64) -> Option<Hogs> {
        let (program, flags) = words.split_first()?;
        let name = program.rsplit('/').next().unwrap_or(program);
        let kind = match name {
            "stress" if value(flags, &["-cpus", "-mem-total"]).is_some() => Kind::Vish,
            "stress" => Kind::Stress,
            "stress-ng" => Kind::StressNg,
            "cpu-stress" | "cpu-stressor" => Kind::Stressor,
            _ => return None,
        };
        let count = |names: &[&str]| value(flags, names).and_then(|v| v.parse::<i64>().ok());
        let bytes = |names: &[&str]| value(flags, names).map(|v| amount(&v));
        let mut hogs = Hogs {
            kind,
            cpu: count(&["-c", "--cpu", "-cpus"]).unwrap_or(0),
            share: 1.0,
            io: count(&["-i", "--io"]).unwrap_or(0),
            vm: count(&["-m", "--vm"]).unwrap_or(0),
            bytes: 0,
            hang: value(flags, &["--vm-hang"]).is_some() || flags.iter().any(|f| f == "--vm-keep"),
            hdd: count(&["-d", "--hdd"]).unwrap_or(0),
            timeout: value(flags, &["-t", "--timeout", "-duration"]).and_then(|t| span(&t)),
        };
        match kind {
            Kind::Stress => {
                hogs.bytes = bytes(&["--vm-bytes"]).unwrap_or(WORKER_BYTES).saturating_mul(hogs.vm);
                hogs.hang &= !flags.iter().any(|f| f == "--vm-keep");
            }
            Kind::StressNg => {
                if count(&["-c", "--cpu"]) == Some(0) {
                    hogs.cpu = cores;
                }
                let load = count(&["-l", "--cpu-load"]).unwrap_or(100).clamp(0, 100);
                hogs.share = load as f64 / 100.0;
                // The workers divide what is asked for.
                hogs.bytes = if hogs.vm > 0 { bytes(&["--vm-bytes"]).unwrap_or(WORKER_BYTES) } else { 0 };
            }
            Kind::Vish => {
                let total = value(flags, &["-mem-total"]);
                hogs.bytes = total.and_then(|v| Quantity::parse(&v).ok()).map_or(0, |q| q.value());
                hogs.hang = true;
                hogs.vm = i64::from(hogs.bytes > 0);
            }
            Kind::Stressor => {
                hogs.cpu = cores;
                hogs.share = value(flags, &["-cpu"]).and_then(|v| v.parse().ok()).unwrap_or(0.2);
                if flags.iter().any(|f| f.starts_with("-forever")) {
                    hogs.timeout = None;
                }
            }
        }
        Some(hogs)
    }

    /// Millionths of a core.
    pub fn cpu(&self) -> i64 {
        let busy = if self.hang { 0 } else { self.vm };
        (self.cpu as f64 * self.share * 1e6) as i64 + (busy + self.io / 4) * 1_000_000
    }

    /// Bytes.
    pub fn memory(&self) -> i64 {
        self.bytes
    }

    /// How long it works; for ever when `None`.
    pub fn lasts(&self) -> Option<Duration> {
        self.timeout.filter(|t| !t.is_zero())
    }

    /// Whether it has anything to do: `stress` without workers tells how it is used, and ends.
    pub fn works(&self) -> bool {
        self.kind == Kind::Vish || self.kind == Kind::Stressor || self.cpu + self.io + self.vm + self.hdd > 0
    }

    /// What it says when it begins.
    pub fn greeting(&self) -> String {
        let Hogs { cpu, io, vm, hdd, .. } = self;
        match self.kind {
            _ if !self.works() => "Usage: stress [OPTION [ARG]] ...\n".into(),
            Kind::Stress => {
                format!("stress: info: [1] dispatching hogs: {cpu} cpu, {io} io, {vm} vm, {hdd} hdd\n")
            }
            Kind::StressNg => {
                let span = match self.lasts() {
                    Some(t) => format!("setting to a {} run per stressor", words(t)),
                    None => "defaulting to a 1 day run per stressor".into(),
                };
                let counts = [(*cpu, "cpu"), (*io, "io"), (*vm, "vm"), (*hdd, "hdd")];
                let counts: Vec<String> =
                    counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
                format!(
                    "stress-ng: info:  [1] {span}\nstress-ng: info:  [1] dispatching hogs: {}\n",
                    counts.join(", ")
                )
            }
            Kind::Vish => {
                let memory = Quantity::of(&Value::Int(self.bytes)).canonical();
                format!(
                    "Allocating \"{memory}\" memory, in \"4Ki\" chunks, with a 1ms sleep between allocations\nSpawning {cpu} threads\n"
                )
            }
            Kind::Stressor => format!("Starting CPU stress with {cpu} goroutines...\n"),
        }
    }

    /// What it says when its time is over.
    pub fn farewell(&self) -> String {
        let seconds = self.lasts().unwrap_or_default().as_secs_f64();
        match self.kind {
            Kind::Stress => format!("stress: info: [1] successful run completed in {seconds:.0}s\n"),
            Kind::StressNg => {
                let passed = [(self.cpu, "cpu"), (self.io, "io"), (self.vm, "vm"), (self.hdd, "hdd")];
                let passed = passed.iter().filter(|(n, _)| *n > 0);
                let total: i64 = passed.clone().map(|(n, _)| n).sum();
                let each: Vec<String> = passed.map(|(n, what)| format!("{what} ({n})")).collect();
                let lines = [
                    "skipped: 0".to_string(),
                    format!("passed: {total}: {}", each.join(" ")),
                    "failed: 0".to_string(),
                    "metrics untrustworthy: 0".to_string(),
                    format!("successful run completed in {}", exact(seconds)),
                ];
                lines.iter().map(|line| format!("stress-ng: info:  [1] {line}\n")).collect()
            }
            _ => String::new(),
        }
    }
}

/// `30 secs`, `1 min, 0 secs`.
fn words(span: Duration) -> String {
    let seconds = span.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, s) => format!("{s} secs"),
        (m, s) if m < 60 => format!("{m} min{}, {s} secs", if m == 1 { "" } else { "s" }),
        (m, s) => format!("{} hour{}, {} mins, {s} secs", m / 60, if m / 60 == 1 { "" } else { "s" }, m % 60),
    }
}

/// `30.00 secs`, `1 min, 0.00 secs`.
fn exact(seconds: f64) -> String {
    let minutes = (seconds / 60.0).floor();
    match minutes {
        0.0 => format!("{seconds:.2} secs"),
        m => format!("{m:.0} min{}, {:.2} secs", if m == 1.0 { "" } else { "s" }, seconds - m * 60.0),
    }
}

/// The value behind one of some flags, joined by `=` or as the next word.
fn value(words: &[String], names: &[&str]) -> Option<String> {
    words.iter().enumerate().find_map(|(i, word)| {
        let (name, joined) = word.split_once('=').map_or((word.as_str(), None), |(n, v)| (n, Some(v)));
        names.contains(&name).then(|| match joined {
            Some(joined) => joined.to_string(),
            None => words.get(i + 1).cloned().unwrap_or_default(),
        })
    })
}

/// `250M`, `1G`: powers of 1024, whatever the case.
fn amount(text: &str) -> i64 {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let n: i64 = digits.parse().unwrap_or(0);
    match text[digits.len()..].chars().next().map(|c| c.to_ascii_uppercase()) {
        Some('K') => n.saturating_mul(1 << 10),
        Some('M') => n.saturating_mul(1 << 20),
        Some('G') => n.saturating_mul(1 << 30),
        _ => n,
    }
}

/// `60`, `30s`, `5m`, `1h`, `1d`.
fn span(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let n: i64 = digits.parse().ok()?;
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "y" => 31_556_926,
        _ => return None,
    };
    Some(Duration::from_secs(n.saturating_mul(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Hogs {
        let words: Vec<String> = line.split(' ').map(str::to_string).collect();
        Hogs::read(&words, 2).unwrap()
    }

    #[test]
    fn flags_say_what_is_used() {
        let hogs = read("stress --cpu 2 --vm 1 --vm-bytes 250M --vm-hang 1 --timeout 60s");
        assert_eq!(
            (hogs.cpu(), hogs.memory() / MI, hogs.lasts()),
            (2_000_000, 250, Some(Duration::from_secs(60)))
        );
        assert_eq!(hogs.greeting(), "stress: info: [1] dispatching hogs: 2 cpu, 0 io, 1 vm, 0 hdd\n");
        assert_eq!(hogs.farewell(), "stress: info: [1] successful run completed in 60s\n");
        assert_eq!(read("stress -m 2").cpu(), 2_000_000);
        assert_eq!(read("stress -m 2").memory() / MI, 512);
        assert_eq!(read("/usr/bin/stress-ng --cpu 0 --cpu-load 30").cpu(), 600_000);
        assert_eq!(read("stress-ng --vm 4 --vm-bytes 1G").memory() / MI, 1024);
        let vish = read("/stress -cpus 1 -mem-total 100Mi");
        assert_eq!((vish.cpu(), vish.memory() / MI, vish.lasts()), (1_000_000, 100, None));
        assert!(!read("stress").works());
        assert_eq!(Hogs::read(&["nginx".into()], 2), None);
    }
}
