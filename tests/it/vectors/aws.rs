//! The `aws` command line against canned answers: what it sends, what it prints, how it ends.

use super::harness::{self, run_cases, same};
use kubetick::aws::{Endpoint, Request, ServiceError};
use kubetick::cli::aws::{Defaults, run_with};
use kubetick::cli::{Env, Inhabitants, Io, Session};
use kubetick::machinery::ordered::{self, Json};
use kubetick::machinery::yaml::to_core_yaml;
use kubetick::machinery::{Time, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::rc::Rc;
use tempfile::TempDir;

/// Answers as recorded, in order for each operation; the last one repeats.
struct Canned {
    answers: BTreeMap<String, Vec<Json>>,
    requests: Vec<Request>,
}

impl Canned {
    fn of(case: &Json) -> Canned {
        let own = case.str_at("operation");
        let single = case.get("response").filter(|r| !matches!(r, Json::Null)).cloned();
        let list = case.get("responses").map_or_else(|| single.into_iter().collect(), |r| r.items().to_vec());
        let mut answers: BTreeMap<String, Vec<Json>> = BTreeMap::new();
        for answer in list {
            let (operation, body) = match answer.str_at("__op__") {
                "" => (own, answer.clone()),
                operation => (operation, answer.get("body").cloned().unwrap_or_default()),
            };
            answers.entry(operation.to_string()).or_default().push(body);
        }
        Canned { answers, requests: Vec::new() }
    }
}

impl Endpoint for Canned {
    fn call(&mut self, request: &Request) -> Result<Value, ServiceError> {
        self.call_ordered(request).map(|answer| answer.to_value())
    }

    fn call_ordered(&mut self, request: &Request) -> Result<Json, ServiceError> {
        let before = self.requests.iter().filter(|r| r.operation == request.operation).count();
        self.requests.push(request.clone());
        let answers = self.answers.get(&request.operation).map_or(&[][..], Vec::as_slice);
        let answer = answers.get(before.min(answers.len().saturating_sub(1))).cloned().unwrap_or_default();
        let Some(error) = answer.get("__error__") else { return Ok(answer) };
        let status = match error.get("status") {
            Some(Json::Int(status)) => *status as u16,
            _ => 400,
        };
        let extra = error.get("extra").map(Json::to_value).unwrap_or_default();
        let message = error.str_at("message").to_string();
        Err(ServiceError { code: error.str_at("code").to_string(), message, status, extra })
    }

    fn now(&self) -> Time {
        Time::parse("2023-05-22T11:43:03Z").expect("a time")
    }
}

#[derive(Clone, Default)]
struct Captured(Rc<RefCell<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs a case; `version` is the release to be imitated.
fn check(case: &Json, version: &str) -> Result<(), String> {
    let home = TempDir::new().expect("a directory");
    let work = home.path().join("work");
    std::fs::create_dir_all(&work).expect("a directory");
    for (name, text) in case.get("files").and_then(Json::entries).into_iter().flat_map(|f| f.iter()) {
        let path = match name.strip_prefix("~/") {
            Some(rest) => home.path().join(rest),
            None => work.join(name.as_ref()),
        };
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text.as_str().unwrap_or_default()).expect("a file");
    }
    let mut vars: BTreeMap<String, String> = [
        ("HOME", home.path().to_str().expect("UTF-8")),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("KUBETICK_AWS_CLI_VERSION", version),
    ]
    .map(|(k, v)| (k.to_string(), v.to_string()))
    .into();
    for (name, value) in case.get("env").and_then(Json::entries).into_iter().flat_map(|e| e.iter()) {
        match value.as_str() {
            Some(value) => drop(vars.insert(name.to_string(), value.to_string())),
            None => drop(vars.remove(name.as_ref())),
        }
    }
    let columns = case.get("tty").and_then(|tty| tty.get("cols"));
    if let Some(columns) = columns {
        vars.insert("COLUMNS".to_string(), ordered::str(columns));
    }
    let (stdout, stderr) = (Captured::default(), Captured::default());
    let session = Session {
        env: Env { vars, cwd: work.clone() },
        io: Io {
            out: RefCell::new(Box::new(stdout.clone())),
            err: RefCell::new(Box::new(stderr.clone())),
            input: RefCell::new(Box::new(std::io::empty())),
            input_is_terminal: false,
            out_is_terminal: columns.is_some(),
            reader_is_gone: || false,
        },
        inhabitants: Inhabitants::default(),
    };
    let argv: Vec<String> = case
        .get("argv")
        .map_or(&[][..], Json::items)
        .iter()
        .skip(1)
        .filter_map(|w| w.as_str().map(String::from))
        .collect();
    let mut endpoint = Canned::of(case);
    let rc = run_with(&argv, &session, &mut endpoint, &Defaults::default());
    let settle = |text: String| {
        let text = text.replace(work.to_str().expect("UTF-8"), "$PWD");
        text.replace(home.path().to_str().expect("UTF-8"), "$HOME")
    };
    let mut errors = settle(stderr.text());
    if case.get("stderr_truncated").is_some_and(Json::truthy) {
        errors = errors.chars().take(3000).collect();
    }
    same("stdout", settle(stdout.text()).as_str(), case.str_at("stdout"))?;
    same("stderr", errors.as_str(), case.str_at("stderr"))?;
    same("rc", Json::Int(i128::from(rc)), case.get("rc").cloned().unwrap_or_default())?;
    sent(case, &endpoint.requests)
}

/// What went to the service: the number of calls, and their operations where the wire names them.
fn sent(case: &Json, requests: &[Request]) -> Result<(), String> {
    let Some(recorded) = case.get("requests").map(Json::items) else { return Ok(()) };
    same("calls", requests.len(), recorded.len())?;
    for (request, recorded) in requests.iter().zip(recorded) {
        if let Some(action) = recorded.get("form").and_then(|f| f.get("Action")).and_then(Json::as_str) {
            same("operation", request.operation.as_str(), action)?;
        }
    }
    Ok(())
}

fn run(rel: &str, version: &str) {
    let cases: BTreeMap<String, Json> = harness::text("aws/cli.jsonl")
        .lines()
        .map(|line| ordered::parse(line).expect("JSON"))
        .map(|case| (case.str_at("id").to_string(), case))
        .collect();
    let ids: Vec<Value> =
        harness::cases(rel).iter().map(|c| [("id", c.at("id").clone())].into_iter().collect()).collect();
    let own: BTreeMap<String, Json> = harness::text(rel)
        .lines()
        .map(|line| ordered::parse(line).expect("JSON"))
        .map(|case| (case.str_at("id").to_string(), case))
        .collect();
    run_cases(rel, &ids, |id| {
        let id = id.str_at("id");
        let mut case = cases.get(id).cloned().ok_or("no such case")?;
        for (key, value) in own[id].entries().into_iter().flat_map(|e| e.iter()) {
            case.entries_mut().insert(key.clone(), value.clone());
        }
        check(&case, version)
    });
}

#[test]
fn cli() {
    run("aws/cli.jsonl", "2.36.7");
}

#[test]
fn cli_2_9() {
    run("aws/cli-2.9.19.jsonl", "2.9.19");
}

#[test]
fn cli_1() {
    run("aws/cli-1.46.3.jsonl", "1.46.3");
}

#[test]
fn yaml_scalars() {
    let rel = "aws/yaml-scalars.jsonl";
    let lines = harness::text(rel);
    // Read again from the line: big integers keep their digits.
    let values: BTreeMap<String, Json> = lines
        .lines()
        .map(|line| ordered::parse(line).expect("JSON"))
        .map(|case| (case.str_at("id").to_string(), case.get("value").cloned().unwrap_or_default()))
        .collect();
    harness::run(rel, |case| {
        let value = &values[case.str_at("id")];
        let text = match value.is_container() {
            true => to_core_yaml(value),
            false => ordered::compact(value, (", ", ": "), false) + "\n",
        };
        same("yaml", text.as_str(), case.str_at("yaml"))
    });
}
