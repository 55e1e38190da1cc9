//! Reads the command line as pflag does.

use super::table::{Kind, Row, TABLE};
use crate::actors::programs::cluster_autoscaler::release::Release;
use crate::machinery::duration::parse_go_duration;
use crate::machinery::go_text;
use std::collections::BTreeMap;

/// The values that were given, by flag.
pub type Given = BTreeMap<&'static str, Vec<String>>;

/// The rows of a release.
pub fn rows(release: Release) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |r| release.minor >= r.since && (r.until == 0 || release.minor < r.until))
}

/// Reads the words after the program's name. The error is pflag's.
pub fn parse(argv: &[String], release: Release) -> Result<Given, String> {
    let mut given = Given::new();
    let mut words = argv.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = split(long);
            if name.is_empty() || name.starts_with(['-', '=']) {
                return Err(format!("bad flag syntax: {word}"));
            }
            let Some(row) = find(&name, release) else { return Err(format!("unknown flag: --{name}")) };
            let value = match value {
                Some(value) => value.to_string(),
                None if row.kind == Kind::Bool => "true".to_string(),
                None => match words.next() {
                    Some(next) => next.clone(),
                    None => return Err(format!("flag needs an argument: --{name}")),
                },
            };
            put(&mut given, row, value, &format!("--{}", row.name))?;
        } else if let Some(short) = word.strip_prefix('-').filter(|s| !s.is_empty()) {
            let letter = short.chars().next().unwrap_or('-');
            let Some(row) = (letter == 'v').then(|| find("v", release)).flatten() else {
                return Err(format!("unknown shorthand flag: {letter:?} in -{short}"));
            };
            let value = match &short[letter.len_utf8()..] {
                "" => match words.next() {
                    Some(next) => next.clone(),
                    None => return Err(format!("flag needs an argument: 'v' in -{short}")),
                },
                rest => rest.strip_prefix('=').unwrap_or(rest).to_string(),
            };
            put(&mut given, row, value, "-v, --v")?;
        }
    }
    Ok(given)
}

fn split(word: &str) -> (String, Option<&str>) {
    match word.split_once('=') {
        Some((name, value)) => (name.to_string(), Some(value)),
        None => (word.to_string(), None),
    }
}

/// Underscores in names are as good as dashes.
fn find(name: &str, release: Release) -> Option<&'static Row> {
    let name = name.replace('_', "-");
    rows(release).find(|r| r.name == name)
}

fn put(given: &mut Given, row: &'static Row, value: String, shown: &str) -> Result<(), String> {
    let problem = match row.kind {
        Kind::Bool if parse_bool(&value).is_none() => Some(go_error("ParseBool", &value)),
        Kind::Int if value.parse::<i64>().is_err() => Some(go_error("ParseInt", &value)),
        Kind::Float if value.parse::<f64>().is_err() => Some(go_error("ParseFloat", &value)),
        Kind::Duration => parse_go_duration(&value).err().map(|e| e.to_string()),
        _ => None,
    };
    if let Some(problem) = problem {
        return Err(format!(
            "invalid argument {} for {} flag: {problem}",
            go_text::quote(&value),
            go_text::quote(shown)
        ));
    }
    let values = given.entry(row.name).or_default();
    if row.kind != Kind::Texts {
        values.clear();
    }
    values.push(value);
    Ok(())
}

fn go_error(function: &str, value: &str) -> String {
    format!("strconv.{function}: parsing {}: invalid syntax", go_text::quote(value))
}

/// Go's `strconv.ParseBool`.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Given, String> {
        parse(&words.iter().map(|w| w.to_string()).collect::<Vec<_>>(), Release::default())
    }

    #[test]
    fn words_are_read_as_pflag_does() {
        let given =
            read(&["--v=4", "--scan_interval", "15s", "--nodes=1:2:a", "--nodes=1:3:b", "--force-ds"])
                .unwrap();
        assert_eq!(given["v"], ["4"]);
        assert_eq!(given["scan-interval"], ["15s"]);
        assert_eq!(given["nodes"], ["1:2:a", "1:3:b"]);
        assert_eq!(given["force-ds"], ["true"]);
    }

    #[test]
    fn mistakes_are_told_as_pflag_does() {
        assert_eq!(read(&["--scale-down"]).unwrap_err(), "unknown flag: --scale-down");
        assert_eq!(
            read(&["--scan-interval=10"]).unwrap_err(),
            "invalid argument \"10\" for \"--scan-interval\" flag: time: missing unit in duration \"10\""
        );
        assert_eq!(
            read(&["--max-nodes-total=many"]).unwrap_err(),
            "invalid argument \"many\" for \"--max-nodes-total\" flag: strconv.ParseInt: parsing \"many\": invalid syntax"
        );
        assert_eq!(read(&["--expander"]).unwrap_err(), "flag needs an argument: --expander");
        assert_eq!(
            read(&["-scan-interval=1s"]).unwrap_err(),
            "unknown shorthand flag: 's' in -scan-interval=1s"
        );
    }

    #[test]
    fn flags_come_and_go_with_releases() {
        let local = ["--scale-down-delay-type-local".to_string()];
        assert!(parse(&local, Release { minor: 29, patch: 1 }).is_err());
        assert!(parse(&local, Release::default()).is_ok());
    }
}
