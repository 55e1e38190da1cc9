//! Dynamic resource allocation.

use super::{AGE, Cell, NAME, Printer};
use crate::machinery::Object;

const GROUP: &str = "resource.k8s.io";

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new(GROUP, "DeviceClass", &[NAME, AGE]),
    Printer::new(GROUP, "ResourceClaimTemplate", &[NAME, AGE]),
    Printer::new(GROUP, "ResourceClaim", &[NAME, Cell::string("State", |o, _| state(o).into()), AGE]),
    Printer::new(
        GROUP,
        "ResourceSlice",
        &[
            NAME,
            Cell::string("Node", |o, _| o.str_at("spec/nodeName").into()),
            Cell::string("Driver", |o, _| o.str_at("spec/driver").into()),
            Cell::string("Pool", |o, _| o.str_at("spec/pool/name").into()),
            AGE,
        ],
    ),
];

fn state(claim: &Object) -> String {
    let mut states = Vec::new();
    if claim.is_deleting() {
        states.push("deleted");
    }
    if claim.at("status/allocation").is_null() {
        if !claim.is_deleting() {
            states.push("pending");
        }
    } else {
        states.push("allocated");
        if !claim.items_at("status/reservedFor").is_empty() {
            states.push("reserved");
        }
    }
    states.join(",")
}
