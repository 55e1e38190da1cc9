//! Nodes.

use super::cells::{NONE, or};
use super::{AGE, Cell, NAME, Printer};
use crate::machinery::{KubeVersion, Object};
use std::collections::BTreeSet;

pub(super) const PRINTERS: &[Printer] = &[Printer::new(
    "",
    "Node",
    &[
        NAME,
        Cell::string("Status", |o, _| status(o).into()),
        Cell::string("Roles", |o, _| roles(o).into()),
        AGE,
        Cell::string("Version", |o, _| o.at("status/nodeInfo/kubeletVersion").clone()),
        Cell::string("Internal-IP", |o, _| address(o, "InternalIP").into()).wide(),
        Cell::string("External-IP", |o, _| address(o, "ExternalIP").into()).wide(),
        Cell::string("OS-Image", |o, _| info(o, "osImage").into()).wide(),
        Cell::string("Kernel-Version", |o, cx| kernel(o, cx.server).into()).wide(),
        Cell::string("Container-Runtime", |o, _| info(o, "containerRuntimeVersion").into()).wide(),
    ],
)];

fn status(node: &Object) -> String {
    let ready = match node.condition("Ready") {
        Some(c) if c.str_at("status") == "True" => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    let cordoned = if node.bool_at("spec/unschedulable") { ",SchedulingDisabled" } else { "" };
    format!("{ready}{cordoned}")
}

/// Role names out of the labels `node-role.kubernetes.io/ROLE` and `kubernetes.io/role=ROLE`.
fn roles(node: &Object) -> String {
    let roles: BTreeSet<&str> = node
        .labels()
        .iter()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None if key == "kubernetes.io/role" => value.as_str(),
            None => None,
        })
        .filter(|role| !role.is_empty())
        .collect();
    or(&Vec::from_iter(roles).join(","), NONE).to_string()
}

fn address<'a>(node: &'a Object, kind: &str) -> &'a str {
    let found = node.items_at("status/addresses").iter().find(|a| a.str_at("type") == kind);
    found.map_or(NONE, |a| a.str_at("address"))
}

fn info<'a>(node: &'a Object, field: &str) -> &'a str {
    or(node.at("status/nodeInfo").str_at(field), "<unknown>")
}

fn kernel(node: &Object, server: KubeVersion) -> String {
    let kernel = info(node, "kernelVersion");
    if server.node_table_names_the_architecture() {
        format!("{kernel} ({})", info(node, "architecture"))
    } else {
        kernel.to_string()
    }
}
