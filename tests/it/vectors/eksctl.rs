//! eksctl's tables and task trees.

use super::harness::{run, same};
use kubetick::cli::eksctl::table;
use kubetick::cli::eksctl::tasks::{Task, TaskTree};
use kubetick::machinery::Value;

fn texts(list: &Value) -> Vec<String> {
    list.items().iter().filter_map(Value::as_str).map(str::to_string).collect()
}

#[test]
fn tables() {
    run("eksctl/tables.jsonl", |case| {
        let columns = texts(case.at("columns"));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let rows = case.items_at("rows").iter().map(texts).collect();
        same("stdout", table::print(&columns, rows).as_str(), case.str_at("stdout"))
    });
}

fn tree(value: &Value) -> TaskTree {
    let task = |value: &Value| match value.get("desc") {
        Some(desc) => Task::One(desc.as_str().unwrap_or_default().to_string()),
        None => Task::Tree(tree(value)),
    };
    TaskTree {
        tasks: value.items_at("tasks").iter().map(task).collect(),
        parallel: value.bool_at("parallel"),
        is_sub_task: value.bool_at("is_sub_task"),
        plan_mode: value.bool_at("plan_mode"),
    }
}

#[test]
fn task_trees() {
    run("eksctl/tasktree.jsonl", |case| {
        let tree = tree(case.at("tree"));
        same("describe", tree.describe().as_str(), case.str_at("describe"))
    });
}
