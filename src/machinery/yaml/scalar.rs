//! What a scalar means: the resolution table of YAML 1.1 as go-yaml v2 has it.

use crate::machinery::{Value, base64};

/// The type a scalar resolves to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// Beyond `i64`; JSON keeps the digits.
    UInt(u64),
    Float(f64),
    /// Read as a string, but a string of this form is quoted when printed.
    Timestamp,
    Str,
}

impl Scalar {
    /// Its tag, as messages name it.
    fn tag(&self) -> &'static str {
        match self {
            Scalar::Null => "!!null",
            Scalar::Bool(_) => "!!bool",
            Scalar::Int(_) | Scalar::UInt(_) => "!!int",
            Scalar::Float(_) => "!!float",
            Scalar::Timestamp => "!!timestamp",
            Scalar::Str => "!!str",
        }
    }

    /// The JSON value; `text` is what a string reads as.
    pub(super) fn into_value(self, text: &str) -> Value {
        match self {
            Scalar::Null => Value::Null,
            Scalar::Bool(b) => Value::Bool(b),
            Scalar::Int(i) => Value::Int(i),
            Scalar::UInt(u) => Value::Float(u as f64),
            // JSON writes a float without fraction as an integer, and that is what the object holds afterwards.
            Scalar::Float(f) if f.fract() == 0.0 && f.abs() < 9.2e18 => Value::Int(f as i64),
            Scalar::Float(f) => Value::Float(f),
            Scalar::Timestamp | Scalar::Str => Value::from(text),
        }
    }
}

/// Resolves an untagged plain scalar.
pub(super) fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' => float(text),
        b'0'..=b'9' | b'+' | b'-' => number(text),
        _ => Scalar::Str,
    }
}

fn number(text: &str) -> Scalar {
    if is_timestamp(text) {
        return Scalar::Timestamp;
    }
    let digits = text.replace('_', "");
    if let Some(i) = integer(&digits) {
        return i;
    }
    if is_float(&digits) { float(&digits) } else { Scalar::Str }
}

/// A float in Go's syntax, where `_` may stand between digits. One too large is a string.
fn float(text: &str) -> Scalar {
    let bytes = text.as_bytes();
    let digit = |n: Option<usize>| n.and_then(|n| bytes.get(n)).is_some_and(u8::is_ascii_digit);
    if (0..bytes.len()).any(|n| bytes[n] == b'_' && !(digit(n.checked_sub(1)) && digit(Some(n + 1)))) {
        return Scalar::Str;
    }
    text.replace('_', "").parse().ok().filter(|f: &f64| f.is_finite()).map_or(Scalar::Str, Scalar::Float)
}

/// An integer in Go's syntax: `0x`, `0o`, `0b` and a leading `0` (octal) give the base.
fn integer(text: &str) -> Option<Scalar> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = if let Some(hex) = lower.strip_prefix("0x") {
        (16, hex)
    } else if let Some(octal) = lower.strip_prefix("0o") {
        (8, octal)
    } else if let Some(binary) = lower.strip_prefix("0b") {
        (2, binary)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    // `from_str_radix` would take a second sign.
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let size = u64::from_str_radix(digits, base).ok()?;
    match i64::try_from(size) {
        Ok(i) => Some(Scalar::Int(if negative { -i } else { i })),
        Err(_) if negative && size == 1 << 63 => Some(Scalar::Int(i64::MIN)),
        // Go parses unsigned numbers without any sign.
        Err(_) => (!text.starts_with(['+', '-'])).then_some(Scalar::UInt(size)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = digits(rest);
    let rest = &rest[whole..];
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let n = digits(fraction);
            if whole + n == 0 {
                return false;
            }
            &fraction[n..]
        }
        None if whole == 0 => return false,
        None => rest,
    };
    match rest.strip_prefix(['e', 'E']) {
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
        None => rest.is_empty(),
    }
}

/// A date, or a date and a time, in the forms go-yaml knows: `2006-1-2`, `2006-1-2T15:4:5.9Z`, `2006-1-2 15:4:5.9`.
fn is_timestamp(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-').filter(|(year, _)| year.len() == 4) else { return false };
    let Some((month, rest)) = rest.split_once('-').filter(|(month, _)| month.len() <= 2) else {
        return false;
    };
    let (day, rest) = rest.split_at(digits(rest).min(2));
    let (Ok(year), Ok(month), Ok(day)) = (year.parse::<u16>(), month.parse::<i8>(), day.parse::<i8>()) else {
        return false;
    };
    jiff::civil::Date::new(year as i16, month, day).is_ok()
        && match rest.as_bytes().first() {
            None => true,
            Some(b'T' | b't') => is_time(&rest[1..]).is_some_and(is_zone),
            Some(b' ') => is_time(rest.trim_start_matches(' ')) == Some(""),
            Some(_) => false,
        }
}

/// How many digits a text starts with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Takes `h:m:s[.fraction]` off a text.
fn is_time(text: &str) -> Option<&str> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, rest) = rest.split_once(':')?;
    let (second, rest) = rest.split_at(digits(rest));
    let below =
        |s: &str, max: u8| digits(s) == s.len() && s.len() <= 2 && s.parse::<u8>().is_ok_and(|v| v < max);
    if !below(hour, 24) || !below(minute, 60) || !below(second, 60) {
        return None;
    }
    match rest.strip_prefix(['.', ',']) {
        Some(fraction) => Some(&fraction[digits(fraction)..]).filter(|left| left.len() < fraction.len()),
        None => Some(rest),
    }
}

/// `Z` or `+hh:mm`.
fn is_zone(text: &str) -> bool {
    let number = |s: &str, max: u8| digits(s) == 2 && s.len() == 2 && s.parse::<u8>().is_ok_and(|v| v <= max);
    let offset = text.strip_prefix(['+', '-']).and_then(|t| t.split_once(':'));
    text == "Z" || offset.is_some_and(|(h, m)| number(h, 24) && number(m, 60))
}

/// `12:30:45` and `1:30.5` were sexagesimal numbers in YAML 1.1; go-yaml reads them as strings but quotes them.
pub(super) fn is_base60(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let Some((first, rest)) = body.split_once(':') else { return false };
    if !first.starts_with(|c: char| c.is_ascii_digit())
        || !first.bytes().all(|b| b.is_ascii_digit() || b == b'_')
    {
        return false;
    }
    let (groups, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    groups.split(':').all(|g| match g.as_bytes() {
        [d] => d.is_ascii_digit(),
        [t, d] => (b'0'..=b'5').contains(t) && d.is_ascii_digit(),
        _ => false,
    }) && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

/// Resolves a scalar with an explicit tag. `Err` is go-yaml's message.
pub(super) fn resolve_tagged(tag: &str, text: &str) -> Result<Value, String> {
    let short = tag.strip_prefix("tag:yaml.org,2002:").map_or_else(|| tag.to_string(), |t| format!("!!{t}"));
    match short.as_str() {
        "!!str" => return Ok(Value::from(text)),
        "!!binary" => {
            let bytes = base64::decode(text).ok_or("!!binary value contains invalid base64 data")?;
            return Ok(Value::from(String::from_utf8_lossy(&bytes).into_owned()));
        }
        "!!bool" | "!!int" | "!!float" | "!!null" | "!!timestamp" => {}
        _ => return Ok(Value::from(text)),
    }
    let found = match resolve(text) {
        // Only an untagged scalar or a `!!timestamp` is tried as a date.
        Scalar::Timestamp if short != "!!timestamp" => Scalar::Str,
        found => found,
    };
    match (short.as_str(), &found) {
        ("!!float", Scalar::Int(_) | Scalar::UInt(_)) => Ok(found.into_value(text)),
        (want, found) if want == found.tag() => Ok(found.clone().into_value(text)),
        (want, found) => Err(format!("cannot decode {} `{text}` as a {want}", found.tag())),
    }
}
