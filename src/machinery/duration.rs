//! Durations as texts: the ages kubectl prints, Go's `1m30s`, and what our own commands accept.

use super::time::Duration;
use std::fmt::Write;

const SECOND: i128 = 1_000_000_000;

/// How kubectl shows an age (`duration.HumanDuration`): at most two units, the second only while it says something.
pub fn human_duration(d: Duration) -> String {
    let secs = d.as_secs();
    let (minutes, hours, days) = (secs / 60, secs / 3600, secs / 86_400);
    let years = days / 365;
    match secs {
        ..-1 => "<invalid>".into(),
        -1 => "0s".into(),
        0..120 => format!("{secs}s"),
        120..600 => two_units(minutes, 'm', secs % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two_units(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two_units(days, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two_units(years, 'y', days % 365, 'd'),
        _ => format!("{years}y"),
    }
}

fn two_units(big: i64, big_unit: char, small: i64, small_unit: char) -> String {
    match small {
        0 => format!("{big}{big_unit}"),
        _ => format!("{big}{big_unit}{small}{small_unit}"),
    }
}

/// Go's `Duration.String()`: `1m30s`, `6.362549579s`, `1.5ms`, `0s`.
pub fn go_duration(d: Duration) -> String {
    let nanos = d.as_nanos().unsigned_abs();
    let mut out = String::new();
    if d.is_negative() {
        out.push('-');
    }
    let (second, minute, hour) = (SECOND as u128, 60 * SECOND as u128, 3600 * SECOND as u128);
    // Writing to a String cannot fail.
    let _ = match nanos {
        0 => write!(out, "0s"),
        1..1_000 => write!(out, "{nanos}ns"),
        1_000..1_000_000 => write!(out, "{}µs", decimal(nanos, 1_000)),
        1_000_000..1_000_000_000 => write!(out, "{}ms", decimal(nanos, 1_000_000)),
        n if n < minute => write!(out, "{}s", decimal(n, second)),
        n if n < hour => write!(out, "{}m{}s", n / minute, decimal(n % minute, second)),
        n => write!(out, "{}h{}m{}s", n / hour, n % hour / minute, decimal(n % minute, second)),
    };
    out
}

/// `n / unit` with as many decimals as needed. `unit` is a power of ten.
fn decimal(n: u128, unit: u128) -> String {
    let (whole, rest) = (n / unit, n % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    format!("{whole}.{}", format!("{rest:0width$}").trim_end_matches('0'))
}

/// Why a text is no Go duration.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DurationError {
    /// Not a sequence of numbers with units, or too long for 64 bits of nanoseconds.
    #[error("time: invalid duration {}", go_quote(.0))]
    Invalid(String),
    /// A number without unit.
    #[error("time: missing unit in duration {}", go_quote(.0))]
    MissingUnit(String),
    /// A unit that does not exist: the unit, then the whole text.
    #[error("time: unknown unit {} in duration {}", go_quote(.0), go_quote(.1))]
    UnknownUnit(String, String),
}

/// Parses Go's duration syntax: `5m`, `1h30m`, `-1.5h`, `100ms`, `0`.
pub fn parse_go_duration(text: &str) -> Result<Duration, DurationError> {
    parse(text, go_unit)
}

/// Parses what our own commands accept: Go's syntax, and `d` for days (`1d12h`).
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    parse(text, |unit| if unit == "d" { Some(86_400 * SECOND) } else { go_unit(unit) })
}

fn go_unit(unit: &str) -> Option<i128> {
    match unit {
        "ns" => Some(1),
        "us" | "µs" | "μs" => Some(1_000),
        "ms" => Some(1_000_000),
        "s" => Some(SECOND),
        "m" => Some(60 * SECOND),
        "h" => Some(3600 * SECOND),
        _ => None,
    }
}

fn parse(text: &str, unit_of: impl Fn(&str) -> Option<i128>) -> Result<Duration, DurationError> {
    let invalid = || DurationError::Invalid(text.to_string());
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (whole, after) = split_digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(decimals) => split_digits(decimals),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit_text, after) = after.split_at(end);
        if unit_text.is_empty() {
            return Err(DurationError::MissingUnit(text.to_string()));
        }
        let unit = unit_of(unit_text)
            .ok_or_else(|| DurationError::UnknownUnit(unit_text.to_string(), text.to_string()))?;
        let whole: i128 = match whole {
            "" => 0,
            w => w.parse::<i64>().map_err(|_| invalid())?.into(),
        };
        total += whole * unit + decimals_of(fraction, unit);
        if total > i128::from(i64::MAX) + i128::from(negative) {
            return Err(invalid());
        }
        rest = after;
    }
    let total = if negative { -total } else { total };
    i64::try_from(total).map(Duration::from_nanos).map_err(|_| invalid())
}

/// `0.fraction` of a unit, rounded down.
fn decimals_of(fraction: &str, unit: i128) -> i128 {
    // Eighteen decimals of a day are far below a nanosecond.
    let digits = &fraction[..fraction.len().min(18)];
    let n: i128 = digits.parse().unwrap_or(0);
    n * unit / 10i128.pow(digits.len() as u32)
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// A text in quotes, escaped as these errors escape it: control characters and bytes outside ASCII in hex.
fn go_quote(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='\x7f' => out.push(c),
            c => {
                let mut bytes = [0; 4];
                for b in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(out, "\\x{b:02x}");
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_print_and_parse() {
        for (nanos, text) in [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (6_362_549_579, "6.362549579s"),
            (90_000_000_000, "1m30s"),
            (245_000_000_000, "4m5s"),
            (245_001_000_000, "4m5.001s"),
            (3_600_000_000_000, "1h0m0s"),
            (18_367_001_000_000, "5h6m7.001s"),
            (i64::MAX, "2562047h47m16.854775807s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(go_duration(Duration::from_nanos(nanos)), text);
            assert_eq!(parse_go_duration(text), Ok(Duration::from_nanos(nanos)));
        }
        assert_eq!(parse_go_duration("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(parse_go_duration("-.5s"), Ok(Duration::from_millis(-500)));
        assert_eq!(parse_go_duration("0.9223372036854775807h").map(|d| d.as_secs()), Ok(3320));
        assert_eq!(parse_duration("1d12h"), Ok(Duration::from_hours(36)));
    }

    #[test]
    fn go_duration_errors_read_like_go() {
        for (text, want) in [
            ("", r#"time: invalid duration """#),
            ("3", r#"time: missing unit in duration "3""#),
            ("-", r#"time: invalid duration "-""#),
            (".s", r#"time: invalid duration ".s""#),
            ("3d", r#"time: unknown unit "d" in duration "3d""#),
            ("1h3000000000000000000000s", r#"time: invalid duration "1h3000000000000000000000s""#),
            ("5 m", r#"time: unknown unit " m" in duration "5 m""#),
            ("\u{1}x\"", r#"time: invalid duration "\x01x\"""#),
        ] {
            assert_eq!(parse_go_duration(text).unwrap_err().to_string(), want);
        }
    }
}
