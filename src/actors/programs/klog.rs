//! Log lines as the components of Kubernetes print them (klog's header).

use crate::machinery::Time;

/// `I0603 00:00:10.000000       1 server.go:191] text`.
pub fn line(level: char, at: Time, source: &str, text: &str) -> String {
    let stamp = at.timestamp().strftime("%m%d %H:%M:%S.%6f");
    format!("{level}{stamp}       1 {source}] {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_klogs() {
        let at = Time::parse("2026-06-03T00:01:02.5Z").unwrap();
        assert_eq!(line('I', at, "a.go:1", "x"), "I0603 00:01:02.500000       1 a.go:1] x");
    }
}
