//! Log lines as klog writes them.

use super::journal::Severity;
use crate::machinery::Time;

/// `I1122 22:39:54.058528       1 orchestrator.go:112] Upcoming 0 nodes`. The process is number 1 of its container.
pub fn line(severity: char, at: Time, site: &str, text: &str) -> String {
    // 2026-11-22T22:39:54.058528Z
    let stamp = at.rfc3339_micro();
    let (month, day, time) = (&stamp[5..7], &stamp[8..10], stamp[11..].trim_end_matches('Z'));
    format!("{severity}{month}{day} {time}       1 {site}] {text}")
}

/// As [`line`], for a severity.
pub fn of(severity: Severity, at: Time, site: &str, text: &str) -> String {
    line(severity.letter(), at, site, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_klogs() {
        let at = Time(Time::parse("2026-11-22T22:39:54Z").unwrap().0 + 58_528_000);
        assert_eq!(
            line('I', at, "orchestrator.go:112", "Upcoming 0 nodes"),
            "I1122 22:39:54.058528       1 orchestrator.go:112] Upcoming 0 nodes"
        );
    }
}
