//! Roles and bindings.

use super::{AGE, CREATED_AT, Cell, NAME, Printer};
use crate::machinery::{Object, Value};

const GROUP: &str = "rbac.authorization.k8s.io";

const BINDING: &[Cell] = &[
    NAME,
    Cell::string("Role", |o, _| format!("{}/{}", o.str_at("roleRef/kind"), o.str_at("roleRef/name")).into()),
    AGE,
    Cell::string("Users", |o, _| subjects(o, "User").into()).wide(),
    Cell::string("Groups", |o, _| subjects(o, "Group").into()).wide(),
    Cell::string("ServiceAccounts", |o, _| subjects(o, "ServiceAccount").into()).wide(),
];

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new(GROUP, "Role", &[NAME, CREATED_AT]),
    Printer::new(GROUP, "ClusterRole", &[NAME, CREATED_AT]),
    Printer::new(GROUP, "RoleBinding", BINDING),
    Printer::new(GROUP, "ClusterRoleBinding", BINDING),
];

fn subjects(binding: &Object, kind: &str) -> String {
    let name = |s: &Value| match kind {
        "ServiceAccount" => format!("{}/{}", s.str_at("namespace"), s.str_at("name")),
        _ => s.str_at("name").to_string(),
    };
    let subjects = binding.items_at("subjects").iter().filter(|s| s.str_at("kind") == kind);
    subjects.map(name).collect::<Vec<_>>().join(", ")
}
