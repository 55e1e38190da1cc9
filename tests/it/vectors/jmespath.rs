//! JMESPath: the compliance suite whole, and expressions with the results and messages of the Python implementation.

use super::harness::{run_cases, text};
use kubetick::machinery::Value;
use kubetick::machinery::jmespath::{ErrorKind, Expression, JmespathError};
use kubetick::machinery::ordered::{self, Json};

const SUITE: [&str; 16] = [
    "basic",
    "benchmarks",
    "boolean",
    "current",
    "escape",
    "filters",
    "functions",
    "identifiers",
    "indices",
    "literal",
    "multiselect",
    "pipe",
    "slice",
    "syntax",
    "unicode",
    "wildcard",
];

fn search(expression: &str, given: &Json) -> Result<Json, JmespathError> {
    Expression::compile(expression)?.search(given)
}

fn kind(error: &JmespathError) -> &'static str {
    match error.kind {
        ErrorKind::Syntax => "syntax",
        ErrorKind::Arity => "invalid-arity",
        ErrorKind::Type => "invalid-type",
        ErrorKind::Value => "invalid-value",
        ErrorKind::UnknownFunction => "unknown-function",
    }
}

/// Runs cases that keep the order of their maps: the harness sees their numbers.
fn run_ordered(rel: &str, cases: &[Json], check: impl Fn(&Json) -> Result<(), String>) {
    let numbered: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(n, case)| {
            let id = case.get("id").and_then(Json::as_str).map_or(format!("case-{n}"), str::to_string);
            [("id", Value::from(id)), ("n", Value::from(n as i64))].into_iter().collect()
        })
        .collect();
    run_cases(rel, &numbered, |case| check(&cases[case.int_at("n").unwrap_or(0) as usize]));
}

#[test]
fn compliance_suite() {
    for name in SUITE {
        let rel = format!("jmespath/{name}.json");
        let mut cases = Vec::new();
        for suite in ordered::parse(&text(&rel)).expect("JSON").items() {
            for case in suite.get("cases").map_or(&[][..], Json::items) {
                let mut case = case.clone();
                case.entries_mut().insert("given", suite.get("given").cloned().unwrap_or_default());
                cases.push(case);
            }
        }
        run_ordered(&rel, &cases, |case| {
            let expression = case.str_at("expression");
            let got = search(expression, case.get("given").unwrap_or(&Json::Null));
            match (got, case.get("result"), case.get("error")) {
                (Ok(got), Some(want), _) if got == *want => Ok(()),
                (Err(error), None, Some(want)) if want.as_str() == Some(kind(&error)) => Ok(()),
                (Ok(_), None, None) if case.get("bench").is_some() => Ok(()),
                (got, ..) => Err(format!("{expression}: {got:?} for {}", ordered::repr(case))),
            }
        });
    }
}

#[test]
fn texts() {
    let rel = "jmespath/texts.jsonl";
    let mut lines = text(rel).lines().map(|l| ordered::parse(l).expect("JSON")).collect::<Vec<_>>();
    let given = lines.remove(0).get("given").cloned().expect("a given value");
    run_ordered(rel, &lines, |case| {
        let expression = case.str_at("expression");
        match (search(expression, &given), case.get("result"), case.get("message")) {
            (Ok(got), Some(want), _) if got == *want => Ok(()),
            (Err(error), None, Some(want)) if want.as_str() == Some(error.message.as_str()) => Ok(()),
            (got, want, message) => Err(format!("{expression}: got {got:?}, want {want:?} {message:?}")),
        }
    });
}
