//! Values that JSON carries as text: quantities, times, base64. Each function answers the text as the server stores it,
//! or the message of Go's parser.

use crate::machinery::go_text::quote;
use crate::machinery::{Quantity, Time, Value};

/// A quantity, written as text or as a number.
pub(super) fn quantity(value: &Value) -> Result<String, String> {
    let number;
    let text = match value {
        Value::Str(text) => text.as_ref(),
        other => {
            number = other.to_json();
            &number
        }
    };
    Quantity::parse(text).map(|q| q.to_string()).map_err(|e| e.to_string())
}

/// A time in whole seconds, UTC.
pub(super) fn time(text: &str) -> Result<String, String> {
    instant(text, "2006-01-02T15:04:05Z07:00", false).map(Time::rfc3339)
}

/// A time in microseconds, UTC.
pub(super) fn micro_time(text: &str) -> Result<String, String> {
    instant(text, "2006-01-02T15:04:05.000000Z07:00", true).map(Time::rfc3339_micro)
}

/// The pieces of a layout of Go's: what it is called in messages, and what it looks like.
const PIECES: &[(&str, Piece)] = &[
    ("2006", Piece::Digits(4, 0, 9999)),
    ("-", Piece::Mark),
    ("01", Piece::Digits(2, 1, 12)),
    ("-", Piece::Mark),
    ("02", Piece::Digits(2, 1, 31)),
    ("T", Piece::Mark),
    ("15", Piece::Digits(2, 0, 23)),
    (":", Piece::Mark),
    ("04", Piece::Digits(2, 0, 59)),
    (":", Piece::Mark),
    ("05", Piece::Digits(2, 0, 59)),
];

enum Piece {
    /// So many digits, from, to.
    Digits(usize, u32, u32),
    /// The text itself.
    Mark,
}

/// Reads RFC 3339 and says which piece does not fit, as Go's `time.Parse` does.
fn instant(text: &str, layout: &str, micro: bool) -> Result<Time, String> {
    let head = || format!("parsing time {} as {}", quote(text), quote(layout));
    let unfit =
        |rest: &str, piece: &str| format!("{}: cannot parse {} as {}", head(), quote(rest), quote(piece));
    let mut rest = text;
    for (name, piece) in PIECES {
        let (len, range) = match piece {
            Piece::Digits(len, from, to) => (*len, Some((*from, *to))),
            Piece::Mark => (1, None),
        };
        let part = rest.get(..len).ok_or_else(|| unfit(rest, name))?;
        match range {
            None if part != *name => return Err(unfit(rest, name)),
            None => {}
            Some((from, to)) => {
                let number = part.parse::<u32>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
                let number = number.ok_or_else(|| unfit(rest, name))?;
                if !(from..=to).contains(&number) {
                    return Err(format!("{}: {} out of range", head(), range_name(name)));
                }
            }
        }
        rest = &rest[len..];
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || (micro && digits < 6) {
            return Err(unfit(rest, if micro { ".000000" } else { "Z07:00" }));
        }
        rest = &fraction[digits..];
    } else if micro {
        return Err(unfit(rest, ".000000"));
    }
    let zone = rest.as_bytes();
    let offset = |b: &[u8]| {
        b.len() >= 6
            && matches!(b[0], b'+' | b'-')
            && b[3] == b':'
            && [1, 2, 4, 5].iter().all(|i| b[*i].is_ascii_digit())
    };
    let used = match zone.first() {
        Some(b'Z') => 1,
        _ if offset(zone) => 6,
        _ => return Err(unfit(rest, "Z07:00")),
    };
    if rest.len() > used {
        return Err(format!("{}: extra text: {}", head(), quote(&rest[used..])));
    }
    Time::parse(text).ok_or_else(|| format!("{}: day out of range", head()))
}

fn range_name(piece: &str) -> &'static str {
    match piece {
        "01" => "month",
        "02" => "day",
        "15" => "hour",
        "04" => "minute",
        "05" => "second",
        _ => "year",
    }
}

/// Base64 with padding; Go skips line ends.
pub(super) fn base64(text: &str) -> Result<String, String> {
    let corrupt = |at: usize| Err(format!("illegal base64 data at input byte {at}"));
    let (mut digits, mut padding) = (0, 0);
    for (i, b) in text.bytes().enumerate() {
        match b {
            b'\r' | b'\n' => {}
            b'=' if digits % 4 >= 2 && padding < 4 - digits % 4 => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => digits += 1,
            _ => return corrupt(i),
        }
    }
    match digits % 4 {
        0 => {}
        rest if rest + padding == 4 => {}
        rest if padding == 0 => return corrupt(text.len() - rest),
        _ => return corrupt(text.len()),
    }
    Ok(text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_stored_in_utc_and_errors_name_the_piece() {
        assert_eq!(time("2026-11-22T22:36:13Z").unwrap(), "2026-11-22T22:36:13Z");
        assert_eq!(time("2026-11-22T22:36:13.5+02:00").unwrap(), "2026-11-22T20:36:13Z");
        assert_eq!(micro_time("2026-11-22T22:36:13.000001Z").unwrap(), "2026-11-22T22:36:13.000001Z");
        let layout = r#" as "2006-01-02T15:04:05Z07:00": "#;
        for (text, why) in [
            ("abc", r#"cannot parse "abc" as "2006""#),
            ("", r#"cannot parse "" as "2006""#),
            ("2026-1-22", r#"cannot parse "1-22" as "01""#),
            ("2026-11-22", r#"cannot parse "" as "T""#),
            ("2026-13-22T00:00:00Z", "month out of range"),
            ("2026-02-30T00:00:00Z", "day out of range"),
            ("2026-11-22T22:36:13", r#"cannot parse "" as "Z07:00""#),
            ("2026-11-22T22:36:13Zx", r#"extra text: "x""#),
        ] {
            assert_eq!(time(text).unwrap_err(), format!("parsing time {}{layout}{why}", quote(text)));
        }
    }

    #[test]
    fn base64_is_checked_as_go_does() {
        assert!(
            base64("YWJj").is_ok() && base64("YWI=").is_ok() && base64("YQ==").is_ok() && base64("").is_ok()
        );
        assert_eq!(base64("YWJ!").unwrap_err(), "illegal base64 data at input byte 3");
        assert_eq!(base64("YWJjYQ").unwrap_err(), "illegal base64 data at input byte 4");
        assert_eq!(base64("plain text").unwrap_err(), "illegal base64 data at input byte 5");
    }
}
