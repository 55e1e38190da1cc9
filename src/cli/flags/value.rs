//! Flag values as Go's strconv and csv packages read them, and their errors.

use super::Kind;
use crate::machinery::duration::parse_go_duration;

pub(super) fn check(kind: Kind, text: &str) -> Result<(), String> {
    match kind {
        Kind::Bool => parse_bool(text).map(|_| ()),
        Kind::Int => parse_int(text).map(drop),
        Kind::Int32 => i32::try_from(parse_int(text)?).map(drop).map_err(|_| out_of_range(text)),
        Kind::Duration => parse_go_duration(text).map(drop).map_err(|e| e.to_string()),
        Kind::String | Kind::Slice | Kind::Array => Ok(()),
    }
}

pub(super) fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {text:?}: invalid syntax")),
    }
}

pub(super) fn parse_int(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    match text.parse::<i64>() {
        Ok(n) => Ok(n),
        Err(_) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => Err(out_of_range(text)),
        Err(_) => Err(format!("strconv.ParseInt: parsing {text:?}: invalid syntax")),
    }
}

fn out_of_range(text: &str) -> String {
    format!("strconv.ParseInt: parsing {text:?}: value out of range")
}

/// One line of comma-separated values with double quotes around those that hold a comma.
pub(super) fn split_csv(text: &str) -> Vec<String> {
    let (mut values, mut value, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => value.extend(chars.next()),
            '"' if quoted || value.is_empty() => quoted = !quoted,
            ',' if !quoted => values.push(std::mem::take(&mut value)),
            c => value.push(c),
        }
    }
    if !text.is_empty() {
        values.push(value);
    }
    values
}
