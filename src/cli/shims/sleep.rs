//! `sleep`: virtual time passes.

use super::real;
use crate::cli::Session;
use crate::cli::waiting::{self, Bound};
use crate::machinery::Duration;
use crate::store::Access;
use std::ops::ControlFlow;

/// The clock moves by whole seconds; the fractions of shorter sleeps are kept here until they make one.
const FRACTIONS: &str = "sleep-fractions";

pub(super) fn run(args: &[String], session: &Session) -> i32 {
    let Some(duration) = total(args) else { return real::run(session, "sleep", args) };
    let Some(cluster) = super::cluster(session, Access::Write) else {
        return real::run(session, "sleep", args);
    };
    if let Some(speed) = super::speed(&cluster) {
        drop(cluster);
        std::thread::sleep(std::time::Duration::from_secs_f64(duration.as_secs_f64() / speed));
        return 0;
    }
    let store = cluster.api.store();
    let owed = store.memory("shell", FRACTIONS).as_i64().unwrap_or(0) + duration.as_nanos() as i64;
    let (whole, rest) = (owed / 1_000_000_000, owed % 1_000_000_000);
    store.remember("shell", FRACTIONS, if rest == 0 { crate::machinery::Value::Null } else { rest.into() });
    let slept = waiting::wait(session, &cluster, Bound::For(Duration::from_secs(whole)), &mut |_, _| {
        ControlFlow::Continue(())
    });
    match slept.and_then(|_| cluster.api.store().commit()) {
        Ok(()) => 0,
        Err(e) => session.fail(&format!("sleep: {e}")),
    }
}

/// The sum of `sleep 1m 30s`, as coreutils reads it; `None` for words it would not take.
fn total(args: &[String]) -> Option<Duration> {
    let mut nanos = 0.0;
    for word in args {
        nanos += seconds(word)? * 1e9;
    }
    (!args.is_empty() && nanos < i64::MAX as f64).then(|| Duration::from_nanos(nanos as i64))
}

/// Seconds of `2`, `0.5`, `3m`, `1h`, `2d`.
pub(super) fn seconds(word: &str) -> Option<f64> {
    let (number, unit) = match word.char_indices().last()? {
        (at, 's') => (&word[..at], 1.0),
        (at, 'm') => (&word[..at], 60.0),
        (at, 'h') => (&word[..at], 3600.0),
        (at, 'd') => (&word[..at], 86400.0),
        _ => (word, 1.0),
    };
    number.parse::<f64>().ok().filter(|n| *n >= 0.0 && n.is_finite()).map(|n| n * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_its_words_as_coreutils_does() {
        let total_of = |words: &[&str]| total(&words.iter().map(|w| w.to_string()).collect::<Vec<_>>());
        assert_eq!(total_of(&["1m", "30"]), Some(Duration::from_secs(90)));
        assert_eq!(total_of(&["0.5"]), Some(Duration::from_millis(500)));
        assert_eq!(total_of(&["--help"]), None);
        assert_eq!(total_of(&[]), None);
    }
}
