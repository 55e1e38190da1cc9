//! The grammar of schedules.

use super::{Calendar, CronError, Field, Kind, Schedule};
use crate::machinery::duration::parse_go_duration;
use crate::machinery::time::Duration;
use jiff::tz::TimeZone;

/// The limits of a field, and the names its values go by, from the least value on.
struct Bounds {
    min: i64,
    max: i64,
    names: &'static [&'static str],
}

const MINUTE: Bounds = Bounds { min: 0, max: 59, names: &[] };
const HOUR: Bounds = Bounds { min: 0, max: 23, names: &[] };
const DAY: Bounds = Bounds { min: 1, max: 31, names: &[] };
const MONTH: Bounds = Bounds {
    min: 1,
    max: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAY: Bounds = Bounds { min: 0, max: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

fn fail<T>(message: String) -> Result<T, CronError> {
    Err(CronError(message))
}

/// Parses a schedule; `zone` is the time zone of one that names none.
pub(super) fn parse_in(text: &str, zone: TimeZone) -> Result<Schedule, CronError> {
    let prefixed = text.strip_prefix("TZ=").or_else(|| text.strip_prefix("CRON_TZ="));
    let (zone, text) = match prefixed {
        Some(rest) => {
            let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            match self::zone(name) {
                Some(zone) => (zone, rest.trim()),
                None => return fail(format!("provided bad location {name}: unknown time zone {name}")),
            }
        }
        None => (zone, text),
    };
    if text.is_empty() {
        return fail("empty spec string".into());
    }
    if text.starts_with('@') {
        return descriptor(text, zone);
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let &[minute, hour, day, month, weekday] = fields.as_slice() else {
        let (n, list) = (fields.len(), fields.join(" "));
        return fail(format!("expected exactly 5 fields, found {n}: [{list}]"));
    };
    Ok(Schedule(Kind::Calendar(Box::new(Calendar {
        minute: field(minute, &MINUTE)?,
        hour: field(hour, &HOUR)?,
        day: field(day, &DAY)?,
        month: field(month, &MONTH)?,
        weekday: field(weekday, &WEEKDAY)?,
        zone,
    }))))
}

/// The time zone of a name of the IANA database.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    match name {
        "" | "UTC" | "Local" => Some(TimeZone::UTC),
        _ => TimeZone::get(name).ok(),
    }
}

fn descriptor(text: &str, zone: TimeZone) -> Result<Schedule, CronError> {
    let fields = match text {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => {
            let Some(interval) = text.strip_prefix("@every ") else {
                return fail(format!("unrecognized descriptor: {text}"));
            };
            return match parse_go_duration(interval) {
                Ok(d) => Ok(Schedule(Kind::Every(Duration::from_secs(d.as_secs().max(1))))),
                Err(e) => fail(format!("failed to parse duration {text}: {e}")),
            };
        }
    };
    parse_in(fields, zone)
}

/// A comma-separated list of ranges.
fn field(text: &str, bounds: &Bounds) -> Result<Field, CronError> {
    let mut all = Field { values: 0, star: false };
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let one = range(part, bounds)?;
        all = Field { values: all.values | one.values, star: all.star || one.star };
    }
    Ok(all)
}

/// `*`, `n`, `n-m`, each with an optional `/step`. A single number with a step runs to the end of the field.
fn range(text: &str, bounds: &Bounds) -> Result<Field, CronError> {
    let parts: Vec<&str> = text.split('/').collect();
    let ends: Vec<&str> = parts[0].split('-').collect();
    let mut star = matches!(ends[0], "*" | "?");
    let (start, mut end) = if star {
        (bounds.min, bounds.max)
    } else {
        let start = number_or_name(ends[0], bounds)?;
        match ends.as_slice() {
            [_] => (start, start),
            [_, end] => (start, number_or_name(end, bounds)?),
            _ => return fail(format!("too many hyphens: {text}")),
        }
    };
    let step = match parts.as_slice() {
        [_] => 1,
        [_, step] => {
            let step = number(step)?;
            if ends.len() == 1 {
                end = bounds.max;
            }
            star &= step <= 1;
            step
        }
        _ => return fail(format!("too many slashes: {text}")),
    };
    let Bounds { min, max, .. } = bounds;
    if start < *min {
        return fail(format!("beginning of range ({start}) below minimum ({min}): {text}"));
    }
    if end > *max {
        return fail(format!("end of range ({end}) above maximum ({max}): {text}"));
    }
    if start > end {
        return fail(format!("beginning of range ({start}) beyond end of range ({end}): {text}"));
    }
    let Some(step) = usize::try_from(step).ok().filter(|step| *step > 0) else {
        return fail(format!("step of range should be a positive number: {text}"));
    };
    let values = (start..=end).step_by(step).fold(0, |bits, value| bits | 1 << value);
    Ok(Field { values, star })
}

fn number_or_name(text: &str, bounds: &Bounds) -> Result<i64, CronError> {
    let name = text.to_lowercase();
    match bounds.names.iter().position(|n| *n == name) {
        Some(i) => Ok(bounds.min + i as i64),
        None => number(text),
    }
}

fn number(text: &str) -> Result<i64, CronError> {
    match text.parse::<i64>() {
        Ok(n) if n < 0 => fail(format!("negative number ({n}) not allowed: {text}")),
        Ok(n) => Ok(n),
        Err(e) => {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let why = match e.kind() {
                PosOverflow | NegOverflow => "value out of range",
                _ => "invalid syntax",
            };
            fail(format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: {why}"))
        }
    }
}
