//! Log lines as klog writes them.

use super::journal::Severity;
use crate::machinery::Time;

pub use crate::actors::programs::klog::line;

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
