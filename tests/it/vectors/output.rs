//! `get -o`: every format but tables, printed from the recorded state.

use super::harness::{self, same};
use super::tables::argv::Argv;
use super::tables::world::World;
use kubetick::machinery::{KubeVersion, Object, Value};
use kubetick::render::output::{Options, Printer, list_of};
use kubetick::render::sort_by::sort_by;

/// What the command prints, and what follows `error: `.
fn printed(case: &Value, argv: &Argv, world: &World) -> (String, String) {
    let read = |name: &str| {
        let text = case.at("files").get(name).and_then(Value::as_str);
        text.map(str::to_string).ok_or_else(|| format!("open {name}: no such file or directory"))
    };
    let options = Options {
        output: argv.get("output").unwrap_or(""),
        template: argv.get("template").unwrap_or(""),
        allow_missing_keys: argv.get("allow-missing-template-keys") != Some("false"),
        show_managed_fields: argv.has("show-managed-fields"),
        no_headers: argv.has("no-headers"),
    };
    let mut printer = match Printer::new(&options, &read) {
        Ok(printer) => printer.expect("a format"),
        Err(message) => return (String::new(), message),
    };
    let mut objects: Vec<Object> =
        argv.select(world, case).into_iter().flat_map(|(_, objects)| objects).collect();
    if let Some(path) = argv.get("sort-by") {
        let _ = sort_by(&mut objects, path, KubeVersion::LATEST);
    }
    let one = argv.names.len() == 1 && objects.len() == 1 || argv.kind.contains('/') && argv.names.is_empty();
    let whole = match objects.first() {
        Some(object) if one => object.0.clone(),
        _ => list_of(objects),
    };
    match printer.print(&whole) {
        Ok(text) => (text, String::new()),
        Err(e) => (e.output, e.message),
    }
}

fn run(rel: &str, least: usize) {
    let dir = rel.split('/').next().unwrap_or("");
    let in_scope: Vec<Value> = harness::cases(rel)
        .into_iter()
        .filter(|case| {
            let argv = Argv::read(case);
            let formatted = argv.is_some_and(|a| {
                a.command == "get" && !matches!(a.get("output"), None | Some("wide")) && !a.has("watch")
            });
            formatted && !case.str_at("stderr").starts_with("Error from server")
        })
        .collect();
    assert!(in_scope.len() >= least, "{rel}: only {} cases in scope", in_scope.len());
    harness::run_cases(rel, &in_scope, |case| {
        let argv = Argv::read(case).ok_or("argv")?;
        let world = World::read(&format!("{dir}/{}", case.str_at("state")));
        let (stdout, message) = printed(case, &argv, &world);
        same("stdout", stdout.as_str(), case.str_at("stdout"))?;
        let stderr = if message.is_empty() { String::new() } else { format!("error: {message}\n") };
        same("stderr", stderr.as_str(), case.str_at("stderr"))
    });
}

#[test]
fn templates() {
    run("kubectl/templates.jsonl", 85);
}

#[test]
fn jsonpath() {
    run("machinery/kubectl-jsonpath.jsonl", 30);
}
