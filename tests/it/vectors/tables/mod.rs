//! Tables as kubectl prints them: the recorded `get`, `top`, `events` and `api-resources` commands whose output is a
//! table, rendered from the recorded state. The command line is read just far enough to know which objects and columns
//! are meant.

pub mod argv;
mod watch;
pub mod world;

use super::harness::{self, same};
use argv::Argv;
use kubetick::machinery::{KubeVersion, Object, Time, Value};
use kubetick::render::sort_by::sort_by;
use kubetick::render::table::{TablePrinter, names_and_ages};
use kubetick::render::{api_resources, contexts, events, top};
use world::World;

fn text_of(case: &Value) -> (String, String) {
    (case.str_at("stdout").to_string(), case.str_at("stderr").to_string())
}

fn now(case: &Value) -> Time {
    Time::parse(case.str_at("now")).expect("now").truncated()
}

fn client(case: &Value) -> KubeVersion {
    KubeVersion::parse(case.str_at("tool").trim_start_matches("kubectl ")).unwrap_or_default()
}

/// Runs the cases of a file that `check` can render; it answers `None` for those out of scope. `least` guards the
/// scope itself.
fn run(rel: &str, least: usize, check: impl Fn(&Value) -> Option<String>) {
    let dir = rel.split('/').next().unwrap_or("");
    let in_scope: Vec<Value> = harness::cases(rel)
        .into_iter()
        .filter(|case| {
            let failed = case.int_at("rc") == Some(1) && case.str_at("stdout").is_empty();
            let table = Argv::read(case).is_some_and(|a| a.prints_a_table());
            table && !failed && !case.str_at("state").is_empty()
        })
        .map(|mut case| {
            let state = format!("{dir}/{}", case.str_at("state"));
            case.set("state", state);
            case
        })
        .collect();
    assert!(in_scope.len() >= least, "{rel}: only {} cases in scope", in_scope.len());
    harness::run_cases(rel, &in_scope, |case| {
        let got = check(case).ok_or("not rendered")?;
        let (stdout, _) = text_of(case);
        let has = |mask: &str| case.items_at("mask").iter().any(|m| m == mask);
        if got != stdout && has("microtime-age") {
            // Ages of micro times depend on the instant within the second.
            let mut late = case.clone();
            let end = Time::parse(case.str_at("now_end")).expect("now_end");
            let next = Time::from_secs(end.secs() + 1).rfc3339();
            late.set("now", next);
            return by_line(&got, &check(&late).ok_or("not rendered")?, &stdout);
        }
        diff(&got, &stdout)
    });
}

fn diff(got: &str, want: &str) -> Result<(), String> {
    let (mut g, mut w) = (got.lines(), want.lines());
    for n in 1.. {
        match (g.next(), w.next()) {
            (None, None) => return same("text", got, want),
            (a, b) if a == b => {}
            (a, b) => return Err(format!("line {n}:\n    got  {a:?}\n    want {b:?}")),
        }
    }
    Ok(())
}

/// Every line as it was at one of two instants.
fn by_line(early: &str, late: &str, want: &str) -> Result<(), String> {
    let squeeze = |l: &str| l.split_whitespace().collect::<Vec<_>>().join(" ");
    for ((a, b), w) in early.lines().zip(late.lines()).zip(want.lines()) {
        if squeeze(a) != squeeze(w) && squeeze(b) != squeeze(w) {
            return Err(format!("got {a:?} or {b:?}, want {w:?}"));
        }
    }
    same("lines", early.lines().count(), want.lines().count())
}

fn render(case: &Value) -> Option<String> {
    let argv = Argv::read(case)?;
    let world = World::read(case.str_at("state"));
    match argv.command.as_str() {
        "get" if !argv.has("watch") && !argv.has("watch-only") => Some(get(case, &argv, &world)),
        "get" => watch::get(case, &argv, &world),
        "events" => Some(list_events(case, &argv, &world)),
        "top" => top_command(case, &argv, &world),
        "api-resources" => Some(list_resources(&argv, &world)),
        "config" => Some(list_contexts(&argv)),
        _ => None,
    }
}

fn get(case: &Value, argv: &Argv, world: &World) -> String {
    let selected = argv.select(world, case);
    let mut layout = argv.layout();
    layout.show_kind |= argv.several_kinds(&selected);
    let mut printer = TablePrinter::new(layout);
    for (resource, mut objects) in selected {
        if let Some(path) = argv.get("sort-by")
            && !sort_by(&mut objects, path, client(case)).unwrap_or_default()
        {
            objects.clear();
        }
        let table = if argv.get("server-print") == Some("false") {
            names_and_ages(&objects, now(case))
        } else {
            world.table(&resource, &objects, now(case))
        };
        printer.add(&resource, &table);
    }
    printer.flush()
}

fn list_events(case: &Value, argv: &Argv, world: &World) -> String {
    let mut found: Vec<Object> = world
        .objects
        .iter()
        .filter(|o| o.kind() == "Event" && argv.in_namespace(o))
        .filter(|e| argv.get("types").is_none_or(|t| t == e.str_at("type")))
        .filter(|e| {
            argv.get("for").is_none_or(|f| {
                let (kind, name) = f.split_once('/').unwrap_or((f, ""));
                let resource = world.registry.lookup(kind).expect("kind");
                let about = e.at("involvedObject");
                about.str_at("kind") == resource.kind && about.str_at("name") == name
            })
        })
        .cloned()
        .collect();
    events::sort(&mut found, client(case));
    let mut printer = events::EventPrinter::new(argv.has("all-namespaces"), argv.has("no-headers"));
    let mut out = printer.print(&found, now(case));
    for change in
        watch::changes(case, now(case), &mut found, world.registry.lookup("events").expect("events"))
    {
        out.push_str(&printer.print(&[change.object], change.at));
    }
    out
}

fn list_resources(argv: &Argv, world: &World) -> String {
    let list = |flag: &str| -> Vec<String> {
        argv.get(flag).map(|v| v.split(',').map(String::from).collect()).unwrap_or_default()
    };
    let options = api_resources::ApiResourcesOptions {
        no_headers: argv.has("no-headers"),
        wide: argv.get("output") == Some("wide"),
        names: argv.get("output") == Some("name"),
        group: argv.get("api-group").map(String::from),
        namespaced: argv.get("namespaced").map(|v| v == "true"),
        verbs: list("verbs"),
        categories: list("categories"),
        sort_by: match argv.get("sort-by") {
            Some("name") => api_resources::SortResources::Name,
            Some("kind") => api_resources::SortResources::Kind,
            _ => api_resources::SortResources::Group,
        },
    };
    api_resources::render(world.registry.preferred(), &options)
}

fn list_contexts(argv: &Argv) -> String {
    let row = |name: &str, user: &str, namespace: &str| contexts::ContextRow {
        name: name.into(),
        cluster: "eks".into(),
        user: user.into(),
        namespace: namespace.into(),
    };
    let all = [row("dev", "dev", "shop"), row("eks", "admin", "")];
    let shown: Vec<_> =
        all.into_iter().filter(|c| argv.names.is_empty() || argv.names.contains(&c.name)).collect();
    if argv.get("output") == Some("name") {
        return shown.into_iter().map(|c| c.name + "\n").collect();
    }
    contexts::render(&shown, "eks", argv.has("no-headers"))
}

fn top_command(case: &Value, argv: &Argv, world: &World) -> Option<String> {
    let metrics = Value::parse(&harness::text("kubectl/state/world-a-metrics.json")).expect("json");
    let options = top::TopOptions {
        no_headers: argv.has("no-headers"),
        all_namespaces: argv.has("all-namespaces"),
        containers: argv.has("containers"),
        sum: argv.has("sum"),
        show_capacity: argv.has("show-capacity"),
        sort_by: match argv.get("sort-by") {
            Some("cpu") => Some(top::TopResource::Cpu),
            Some("memory") => Some(top::TopResource::Memory),
            _ => None,
        },
    };
    let wanted = |o: &Object| {
        (argv.names.is_empty() || argv.names.iter().any(|n| n == o.name())) && argv.matches_labels(o)
    };
    let listed = |key: &str| -> Vec<Object> {
        metrics.items_at(key).iter().cloned().map(Object).filter(|o| wanted(o)).collect()
    };
    match argv.kind.as_str() {
        "node" | "nodes" => {
            let nodes: Vec<Object> =
                world.objects.iter().filter(|o| o.kind() == "Node" && wanted(o)).cloned().collect();
            Some(top::nodes(&listed("nodes"), &nodes, &options, client(case)))
        }
        "pod" | "pods" => {
            let pods: Vec<Object> = listed("pods").into_iter().filter(|o| argv.in_namespace(o)).collect();
            Some(top::pods(&pods, &options, client(case)))
        }
        _ => None,
    }
}

#[test]
fn get_tables() {
    run("kubectl/get.jsonl", 150, render);
}

#[test]
fn get_by_older_clients() {
    run("kubectl/client-versions.jsonl", 20, render);
}

#[test]
fn top_tables() {
    run("kubectl/top.jsonl", 12, render);
}

#[test]
fn events_and_resources() {
    run("kubectl/misc.jsonl", 15, render);
}

#[test]
fn watch_tables() {
    run("kubectl/watch.jsonl", 15, render);
}

#[test]
fn hpa_tables() {
    run("hpa/cli.jsonl", 10, render);
}
