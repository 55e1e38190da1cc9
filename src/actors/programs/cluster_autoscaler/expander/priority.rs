//! Groups by priority: patterns in the ConfigMap `cluster-autoscaler-priority-expander`.

use super::Proposal;
use crate::actors::programs::cluster_autoscaler::journal::{Journal, Subject};
use crate::machinery::{Object, Value, yaml};
use std::collections::BTreeMap;

/// The key of the ConfigMap.
const KEY: &str = "priorities";

/// What the ConfigMap says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Priorities {
    /// There is none.
    Missing,
    /// It has no key `priorities`.
    WithoutKey,
    /// The text under the key.
    Text(String),
}

impl Priorities {
    /// Reads the ConfigMap.
    pub fn of(config_map: Option<&Object>) -> Priorities {
        match config_map.map(|c| c.map_at("data").get(KEY)) {
            None => Priorities::Missing,
            Some(None) => Priorities::WithoutKey,
            Some(Some(text)) => Priorities::Text(text.as_str().unwrap_or("").to_string()),
        }
    }
}

type Rules = BTreeMap<i64, Vec<regex_lite::Regex>>;

pub(super) fn filter(
    options: Vec<Proposal>,
    priorities: &Priorities,
    journal: &mut Journal,
) -> Vec<Proposal> {
    let text = match priorities {
        Priorities::Missing => {
            journal.warn(
                "priority.go:85",
                "Priority expander config map cluster-autoscaler-priority-expander not found",
            );
            return options;
        }
        Priorities::WithoutKey => {
            invalid(
                journal,
                "Wrong configmap for priority expander, doesn't contain priorities key. Ignoring update.",
            );
            return options;
        }
        Priorities::Text(text) => text,
    };
    let rules = match parse(text) {
        Ok(rules) => rules,
        Err(problem) => {
            let text = format!("Wrong configuration for priority expander: {problem}. Ignoring update.");
            invalid(journal, &text);
            return options;
        }
    };
    journal.info(4, "priority.go:115", "Successfully loaded priority configuration from configmap.");
    let highest = |group: &str| {
        let fits = |patterns: &Vec<regex_lite::Regex>| patterns.iter().any(|p| p.is_match(group));
        rules.iter().rev().find(|(_, patterns)| fits(patterns)).map(|(priority, _)| *priority)
    };
    let mut ranked = Vec::with_capacity(options.len());
    for option in &options {
        let priority = highest(&option.group);
        if priority.is_none() {
            let text = format!(
                "Priority expander: node group {} not found in priority expander configuration. The group won't be used.",
                option.group
            );
            warn(journal, "PriorityConfigMapNotMatchedGroup", "priority.go:172", &text);
        }
        ranked.push(priority);
    }
    let Some(best) = ranked.iter().flatten().max().copied() else {
        let text = "Priority expander: no priorities info found for any of the expansion options. No options filtered.";
        warn(journal, "PriorityConfigMapNoGroupMatched", "priority.go:178", text);
        return options;
    };
    let left: Vec<Proposal> =
        options.into_iter().zip(ranked).filter(|(_, p)| *p == Some(best)).map(|(option, _)| option).collect();
    for option in &left {
        let text = format!("priority expander: {} chosen as the highest available", option.group);
        journal.info(2, "priority.go:183", text);
    }
    left
}

fn invalid(journal: &mut Journal, text: &str) {
    warn(journal, "PriorityConfigMapInvalid", "priority.go:108", text);
}

fn warn(journal: &mut Journal, reason: &'static str, site: &'static str, text: &str) {
    journal.warn(site, text);
    journal.event(Subject::Priorities, true, reason, text);
}

fn parse(text: &str) -> Result<Rules, String> {
    if text.is_empty() {
        return Err("priority configuration in cluster-autoscaler-priority-expander configmap is empty; please provide valid configuration".into());
    }
    let unreadable = |why: String| format!("Can't parse YAML with priorities in the configmap: {why}");
    let value = yaml::read(text).map_err(|e| unreadable(e.to_string()))?;
    let mut problems = Vec::new();
    if !matches!(value, Value::Map(_) | Value::Null) {
        problems.push(mismatch(text, &value, "map[int][]string"));
    }
    let mut rules = Rules::new();
    for (key, patterns) in value.map().iter() {
        let Ok(priority) = key.parse::<i64>() else {
            problems.push(mismatch(text, &Value::from(key), "int"));
            continue;
        };
        if !matches!(patterns, Value::List(_) | Value::Null) {
            problems.push(mismatch(text, patterns, "[]string"));
            continue;
        }
        let mut compiled = Vec::new();
        for pattern in patterns.items() {
            let pattern = crate::machinery::go_text::plain(pattern);
            compiled.push(regex_lite::Regex::new(&pattern).map_err(|_| {
                let why = syntax_error(&pattern);
                format!("Can't compile regexp rule for priority {priority} and rule {pattern}: {why}")
            })?);
        }
        rules.insert(priority, compiled);
    }
    if problems.is_empty() { Ok(rules) } else { Err(unreadable(unmarshal_errors(&problems))) }
}

fn unmarshal_errors(problems: &[String]) -> String {
    format!("yaml: unmarshal errors:\n  {}", problems.join("\n  "))
}

/// What go-yaml says of a value of the wrong type: `line 1: cannot unmarshal !!str `bad` into int`.
fn mismatch(text: &str, value: &Value, wanted: &str) -> String {
    let (tag, shown) = match value {
        Value::Map(_) => ("!!map", String::new()),
        Value::List(_) => ("!!seq", String::new()),
        other => {
            let tag = match other {
                Value::Str(_) => "!!str",
                Value::Bool(_) => "!!bool",
                _ if other.as_i64().is_some() => "!!int",
                _ => "!!float",
            };
            (tag, crate::machinery::go_text::plain(other))
        }
    };
    let line = text.lines().position(|l| l.contains(&*shown)).unwrap_or(0) + 1;
    let short = if shown.len() > 10 { format!("{}...", &shown[..7]) } else { shown };
    let shown = if short.is_empty() { String::new() } else { format!(" `{short}`") };
    format!("line {line}: cannot unmarshal {tag}{shown} into {wanted}")
}

/// How Go's regexp puts what is wrong with a pattern.
fn syntax_error(pattern: &str) -> String {
    let mut depth = 0;
    let mut previous = None;
    let chars: Vec<(usize, char)> = pattern.char_indices().collect();
    let mut i = 0;
    while i < chars.len() {
        let (at, c) = chars[i];
        match c {
            '\\' => match chars.get(i + 1) {
                None => return "error parsing regexp: trailing backslash at end of expression: ``".into(),
                Some(_) => i += 1,
            },
            '[' => match closing_bracket(&chars, i) {
                None => return format!("error parsing regexp: missing closing ]: `{}`", &pattern[at..]),
                Some(end) => i = end,
            },
            '(' => depth += 1,
            ')' if depth == 0 => return format!("error parsing regexp: unexpected ): `{pattern}`"),
            ')' => depth -= 1,
            '*' | '+' | '?' if matches!(previous, None | Some('(' | '|')) => {
                return format!("error parsing regexp: missing argument to repetition operator: `{c}`");
            }
            '*' | '+' if matches!(previous, Some('*' | '+' | '?')) => {
                let twice = &pattern[at - 1..=at];
                return format!("error parsing regexp: invalid nested repetition operator: `{twice}`");
            }
            _ => {}
        }
        previous = Some(c);
        i += 1;
    }
    if depth > 0 {
        return format!("error parsing regexp: missing closing ): `{pattern}`");
    }
    format!("error parsing regexp: invalid or unsupported Perl syntax: `{pattern}`")
}

fn closing_bracket(chars: &[(usize, char)], open: usize) -> Option<usize> {
    let mut i = open + 1;
    if chars.get(i).is_some_and(|(_, c)| *c == '^') {
        i += 1;
    }
    // A bracket right at the beginning is a member.
    if chars.get(i).is_some_and(|(_, c)| *c == ']') {
        i += 1;
    }
    while let Some((_, c)) = chars.get(i) {
        match c {
            ']' => return Some(i),
            '\\' => i += 2,
            _ => i += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_patterns_are_told_as_go_tells_them() {
        assert_eq!(syntax_error("a[bc"), "error parsing regexp: missing closing ]: `[bc`");
        assert_eq!(syntax_error("(a"), "error parsing regexp: missing closing ): `(a`");
        assert_eq!(syntax_error("*a"), "error parsing regexp: missing argument to repetition operator: `*`");
        assert_eq!(syntax_error("a)"), "error parsing regexp: unexpected ): `a)`");
    }

    #[test]
    fn priorities_are_numbers() {
        let problem = parse("high:\n  - a\n").unwrap_err();
        assert!(
            problem.ends_with("yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `high` into int")
        );
        assert!(parse("10:\n  - a\n").is_ok());
    }
}
