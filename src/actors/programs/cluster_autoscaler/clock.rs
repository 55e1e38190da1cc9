//! Instants as Go prints them.

use crate::machinery::Time;

/// `2026-11-22 22:44:46.473549911 +0000 UTC`
pub fn go_time(at: Time) -> String {
    let text = at.timestamp().to_string();
    format!("{} +0000 UTC", text.trim_end_matches('Z').replacen('T', " ", 1))
}

/// As [`go_time`], with the process' own clock: `... UTC m=+20.080000000`.
pub fn process_time(at: Time, started: Time) -> String {
    let nanos = at.0 - started.0;
    let (sign, size) = (if nanos < 0 { '-' } else { '+' }, nanos.unsigned_abs());
    format!("{} m={sign}{}.{:09}", go_time(at), size / 1_000_000_000, size % 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_printed_as_go_prints_them() {
        let started = Time::parse("2026-11-22T22:39:34Z").unwrap();
        let at = Time(started.0 + 20_059_600_000);
        assert_eq!(process_time(at, started), "2026-11-22 22:39:54.0596 +0000 UTC m=+20.059600000");
        assert_eq!(process_time(started, at), "2026-11-22 22:39:34 +0000 UTC m=-20.059600000");
    }
}
