//! API priority and fairness.

use super::cells::{NONE, int, or};
use super::{AGE, Cell, NAME, Printer};
use crate::machinery::{Object, Value};

const GROUP: &str = "flowcontrol.apiserver.k8s.io";

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new(
        GROUP,
        "FlowSchema",
        &[
            NAME,
            Cell::string("PriorityLevel", |o, _| o.str_at("spec/priorityLevelConfiguration/name").into()),
            Cell::string("MatchingPrecedence", |o, _| int(o, "spec/matchingPrecedence").into()),
            Cell::string("DistinguisherMethod", |o, _| {
                or(o.str_at("spec/distinguisherMethod/type"), NONE).into()
            }),
            AGE,
            Cell::string("MissingPL", |o, _| {
                o.condition("Dangling").map_or("?", |c| c.str_at("status")).into()
            }),
        ],
    )
    // Schemas are tried in this order, and so they are listed.
    .ordered_by(|o| int(o, "spec/matchingPrecedence")),
    Printer::new(
        GROUP,
        "PriorityLevelConfiguration",
        &[
            NAME,
            Cell::string("Type", |o, _| o.str_at("spec/type").into()),
            Cell::string("NominalConcurrencyShares", |o, _| limited(o, "nominalConcurrencyShares")),
            Cell::string("Queues", |o, _| limited(o, "limitResponse/queuing/queues")),
            Cell::string("HandSize", |o, _| limited(o, "limitResponse/queuing/handSize")),
            Cell::string("QueueLengthLimit", |o, _| limited(o, "limitResponse/queuing/queueLengthLimit")),
            AGE,
        ],
    ),
];

fn limited(level: &Object, path: &str) -> Value {
    match level.at("spec/limited").at(path) {
        Value::Null => NONE.into(),
        set => set.clone(),
    }
}
