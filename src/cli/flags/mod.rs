//! Command-line flags as pflag (the parser of kubectl, eksctl and helm) reads them: interspersed with arguments, `--name value`,
//! `--name=value`, `-nvalue`, joined shorthands, `--` ends them; with its error texts.

mod tables;
mod value;

pub(crate) use tables::{flags, join, total};

use std::collections::BTreeMap;

/// What a flag's value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Bool,
    String,
    Int,
    /// An integer of 32 bits.
    Int32,
    Duration,
    /// Comma-separated; a repeated flag appends.
    Slice,
    /// One value an occurrence.
    Array,
}

/// One flag of a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    pub name: &'static str,
    /// The one-letter form.
    pub short: Option<char>,
    pub kind: Kind,
    pub default: &'static str,
    /// The value of a bare `--name`; such a flag takes a value only in the form `--name=value`.
    pub bare: Option<&'static str>,
    /// The first minor version of the program that knows it; 0 for always.
    pub since: u32,
    /// What is printed on stderr when the flag is used: `Flag --cpu-percent has been deprecated, ...`.
    pub deprecated: Option<&'static str>,
}

impl Flag {
    const fn new(name: &'static str, kind: Kind, default: &'static str) -> Flag {
        Flag { name, short: None, kind, default, bare: None, since: 0, deprecated: None }
    }
    /// A boolean that is off unless given.
    pub(crate) const fn bool(name: &'static str) -> Flag {
        Flag { bare: Some("true"), ..Flag::new(name, Kind::Bool, "false") }
    }
    /// A boolean that is on unless given `=false`.
    pub(crate) const fn on(name: &'static str) -> Flag {
        Flag { bare: Some("true"), ..Flag::new(name, Kind::Bool, "true") }
    }
    /// A string.
    pub(crate) const fn string(name: &'static str, default: &'static str) -> Flag {
        Flag::new(name, Kind::String, default)
    }
    /// An integer.
    pub(crate) const fn int(name: &'static str, default: &'static str) -> Flag {
        Flag::new(name, Kind::Int, default)
    }
    /// An integer of 32 bits.
    pub(crate) const fn int32(name: &'static str, default: &'static str) -> Flag {
        Flag::new(name, Kind::Int32, default)
    }
    /// A Go duration.
    pub(crate) const fn duration(name: &'static str, default: &'static str) -> Flag {
        Flag::new(name, Kind::Duration, default)
    }
    /// A comma-separated list.
    pub(crate) const fn slice(name: &'static str) -> Flag {
        Flag::new(name, Kind::Slice, "")
    }
    /// A list of whole values.
    pub(crate) const fn array(name: &'static str) -> Flag {
        Flag::new(name, Kind::Array, "")
    }
    /// With a one-letter form.
    pub(crate) const fn short(self, short: char) -> Flag {
        Flag { short: Some(short), ..self }
    }
    /// With a value for the bare form.
    pub(crate) const fn bare(self, value: &'static str) -> Flag {
        Flag { bare: Some(value), ..self }
    }
    /// Known to later versions of the program only.
    pub(crate) const fn since(self, minor: u32) -> Flag {
        Flag { since: minor, ..self }
    }
    /// Deprecated, with what to do instead.
    pub(crate) const fn deprecated(self, note: &'static str) -> Flag {
        Flag { deprecated: Some(note), ..self }
    }
}

/// What a command line said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    given: BTreeMap<&'static str, Vec<String>>,
    defaults: BTreeMap<&'static str, &'static str>,
    /// Arguments that are no flags.
    pub args: Vec<String>,
    /// How many of `args` stand before `--`, if it was there.
    pub dash: Option<usize>,
    /// Every flag as it was given, in the order of the line.
    pub said: Vec<(&'static str, String)>,
    /// Deprecation notes to print, in the order of the flags.
    pub notes: Vec<String>,
}

/// Reads a command line against the flags a command knows (global ones included by the caller).
pub(crate) fn parse(known: &[&[Flag]], line: &[String]) -> Result<Flags, String> {
    let mut flags = Flags::default();
    for flag in known.iter().flat_map(|table| table.iter()) {
        flags.defaults.insert(flag.name, flag.default);
    }
    let mut rest = line.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            flags.dash = Some(flags.args.len());
            flags.args.extend(rest.cloned());
            break;
        } else if let Some(long) = word.strip_prefix("--") {
            read_long(known, long, &mut rest, &mut flags)?;
        } else if let Some(shorts) = word.strip_prefix('-').filter(|s| !s.is_empty()) {
            read_shorts(known, shorts, &mut rest, &mut flags)?;
        } else {
            flags.args.push(word.clone());
        }
    }
    Ok(flags)
}

fn read_long<'a>(
    known: &[&[Flag]],
    long: &str,
    rest: &mut impl Iterator<Item = &'a String>,
    flags: &mut Flags,
) -> Result<(), String> {
    if long.starts_with(['-', '=']) {
        return Err(format!("bad flag syntax: --{long}"));
    }
    let (name, value) = match long.split_once('=') {
        Some((name, value)) => (name, Some(value.to_string())),
        None => (long, None),
    };
    let flag = known
        .iter()
        .flat_map(|t| t.iter())
        .find(|f| f.name == name)
        .ok_or_else(|| format!("unknown flag: --{name}"))?;
    let value = match (value, flag.bare) {
        (Some(value), _) => value,
        (None, Some(bare)) => bare.to_string(),
        (None, None) => rest.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
    };
    flags.add(flag, value)
}

fn read_shorts<'a>(
    known: &[&[Flag]],
    shorts: &str,
    rest: &mut impl Iterator<Item = &'a String>,
    flags: &mut Flags,
) -> Result<(), String> {
    let mut left = shorts;
    while let Some(c) = left.chars().next() {
        let flag = known
            .iter()
            .flat_map(|t| t.iter())
            .find(|f| f.short == Some(c))
            .ok_or_else(|| format!("unknown shorthand flag: '{c}' in -{left}"))?;
        let after = &left[c.len_utf8()..];
        let (value, next) = if after.len() > 1 && after.starts_with('=') {
            (after[1..].to_string(), "")
        } else if let Some(bare) = flag.bare {
            (bare.to_string(), after)
        } else if !after.is_empty() {
            (after.to_string(), "")
        } else {
            let value = rest.next().cloned();
            (value.ok_or_else(|| format!("flag needs an argument: '{c}' in -{left}"))?, "")
        };
        flags.add(flag, value)?;
        left = next;
    }
    Ok(())
}

impl Flags {
    fn add(&mut self, flag: &Flag, value: String) -> Result<(), String> {
        let named = match flag.short {
            Some(c) => format!("-{c}, --{}", flag.name),
            None => format!("--{}", flag.name),
        };
        value::check(flag.kind, &value)
            .map_err(|why| format!("invalid argument {value:?} for {named:?} flag: {why}"))?;
        if let Some(note) = flag.deprecated {
            self.notes.push(format!("Flag --{} has been deprecated, {note}", flag.name));
        }
        self.said.push((flag.name, value.clone()));
        let values = self.given.entry(flag.name).or_default();
        match flag.kind {
            Kind::Slice => values.extend(value::split_csv(&value)),
            Kind::Array => values.push(value),
            _ => *values = vec![value],
        }
        Ok(())
    }

    /// Whether the flag stood on the command line.
    pub(crate) fn given(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// The value of a string flag, or its default.
    pub(crate) fn str(&self, name: &str) -> &str {
        let given = self.given.get(name).and_then(|v| v.last());
        given.map_or_else(|| self.defaults.get(name).copied().unwrap_or(""), String::as_str)
    }

    /// The value of a boolean flag, or its default.
    pub(crate) fn bool(&self, name: &str) -> bool {
        value::parse_bool(self.str(name)).unwrap_or(false)
    }

    /// The value of an integer flag, or its default.
    pub(crate) fn int(&self, name: &str) -> i64 {
        value::parse_int(self.str(name)).unwrap_or(0)
    }

    /// All values of a list flag.
    pub(crate) fn list(&self, name: &str) -> &[String] {
        self.given.get(name).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[
        Flag::string("output", "").short('o'),
        Flag::string("namespace", "").short('n'),
        Flag::bool("all-namespaces").short('A'),
        Flag::bool("watch").short('w'),
        Flag::int("replicas", "0"),
        Flag::string("dry-run", "none").bare("unchanged"),
        Flag::slice("label-columns").short('L'),
        Flag::array("from-literal"),
        Flag::duration("timeout", "0s"),
    ];

    fn read(line: &str) -> Result<Flags, String> {
        let words: Vec<String> = line.split(' ').filter(|w| !w.is_empty()).map(str::to_string).collect();
        parse(&[FLAGS], &words)
    }

    #[test]
    fn every_form_of_a_flag_is_read() {
        let f = read("get pods -ojson -n=x --watch=false -Aw --dry-run y -L a,b -L c -- -o yaml").unwrap();
        assert_eq!(f.str("output"), "json");
        assert_eq!(f.str("namespace"), "x");
        assert!(f.bool("all-namespaces") && f.bool("watch"));
        assert_eq!(f.str("dry-run"), "unchanged");
        assert_eq!(f.list("label-columns"), ["a", "b", "c"]);
        assert_eq!(f.args, ["get", "pods", "y", "-o", "yaml"]);
        assert_eq!(f.dash, Some(3));
        assert_eq!(f.int("replicas"), 0);
    }

    #[test]
    fn errors_are_pflags() {
        assert_eq!(read("--foo").unwrap_err(), "unknown flag: --foo");
        assert_eq!(read("-wZ").unwrap_err(), "unknown shorthand flag: 'Z' in -Z");
        assert_eq!(read("-n").unwrap_err(), "flag needs an argument: 'n' in -n");
        assert_eq!(read("--output").unwrap_err(), "flag needs an argument: --output");
        assert_eq!(
            read("--replicas=x").unwrap_err(),
            r#"invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax"#
        );
        assert_eq!(
            read("-w=maybe").unwrap_err(),
            r#"invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax"#
        );
        assert_eq!(
            read("--timeout 5").unwrap_err(),
            r#"invalid argument "5" for "--timeout" flag: time: missing unit in duration "5""#
        );
    }
}
