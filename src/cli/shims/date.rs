//! `date`: the cluster's clock in coreutils' forms.

use super::real;
use crate::cli::{Session, own, waiting};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned, civil};

pub(super) fn run(args: &[String], session: &Session) -> i32 {
    let now = own::cluster_in_use(session).and_then(|path| waiting::clock_of(&path));
    match now.and_then(|now| answer(args, session, now.timestamp())) {
        Some(line) => {
            session.println(&line);
            0
        }
        None => real::run(session, "date", args),
    }
}

/// The line to print; `None` for forms that are left to the real program.
fn answer(args: &[String], session: &Session, now: Timestamp) -> Option<String> {
    let mut zone = session.env.time_zone();
    let mut when: Option<&str> = None;
    let mut format = "%a %b %e %H:%M:%S %Z %Y".to_string();
    let mut words = args.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "-u" | "--utc" | "--universal" => zone = TimeZone::UTC,
            "-d" | "--date" => when = Some(words.next()?),
            "-R" | "--rfc-email" => format = "%a, %d %b %Y %H:%M:%S %z".into(),
            "-I" | "-Idate" | "--iso-8601" | "--rfc-3339=date" => format = "%Y-%m-%d".into(),
            "-Iseconds" | "--iso-8601=seconds" => format = "%Y-%m-%dT%H:%M:%S%:z".into(),
            "--rfc-3339=seconds" => format = "%Y-%m-%d %H:%M:%S%:z".into(),
            _ if word.starts_with('+') => format = word[1..].to_string(),
            _ if word.starts_with("--date=") => when = Some(&word["--date=".len()..]),
            _ if word.starts_with("-d") => when = Some(&word[2..]),
            _ => return None,
        }
    }
    let zoned = now.to_zoned(zone);
    let zoned = match when {
        Some(text) => instant(text.trim(), &zoned)?,
        None => zoned,
    };
    jiff::fmt::strtime::format(&format, &zoned).ok()
}

/// What `-d TEXT` means at an instant.
fn instant(text: &str, now: &Zoned) -> Option<Zoned> {
    let zone = now.time_zone().clone();
    if let Some(seconds) = text.strip_prefix('@') {
        return Some(Timestamp::from_second(seconds.parse().ok()?).ok()?.to_zoned(zone));
    }
    let span = match text {
        "" | "now" | "today" => Span::new(),
        "tomorrow" => Span::new().days(1),
        "yesterday" => Span::new().days(-1),
        _ => match text.trim_start_matches('+').trim_start().parse::<Span>() {
            Ok(span) => span,
            Err(_) => return absolute(text, zone),
        },
    };
    now.checked_add(span).ok()
}

fn absolute(text: &str, zone: TimeZone) -> Option<Zoned> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.to_zoned(zone));
    }
    if let Ok(at) = text.parse::<civil::DateTime>() {
        return at.to_zoned(zone).ok();
    }
    text.parse::<civil::Date>().ok()?.to_zoned(zone).ok()
}
