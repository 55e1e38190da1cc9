//! Deployments, ReplicaSets and their kin.

use super::cells::{NONE, container_images, container_names, int};
use super::{AGE, Cell, NAME, Printer};
use crate::machinery::{Object, Value, labels, selector};

const CONTAINERS: Cell = Cell::string("Containers", |o, _| container_names(o, "spec/template")).wide();
const IMAGES: Cell = Cell::string("Images", |o, _| container_images(o, "spec/template")).wide();
const SELECTOR: Cell =
    Cell::string("Selector", |o, _| selector::format_label_selector(o.at("spec/selector")).into()).wide();

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new(
        "apps",
        "Deployment",
        &[
            NAME,
            Cell::string("Ready", |o, _| ready_of_wanted(o)),
            Cell::string("Up-to-date", |o, _| int(o, "status/updatedReplicas").into()),
            Cell::string("Available", |o, _| int(o, "status/availableReplicas").into()),
            AGE,
            CONTAINERS,
            IMAGES,
            SELECTOR,
        ],
    ),
    Printer::new("apps", "ReplicaSet", &[NAME, DESIRED, CURRENT, READY, AGE, CONTAINERS, IMAGES, SELECTOR]),
    Printer::new(
        "",
        "ReplicationController",
        &[
            NAME,
            DESIRED,
            CURRENT,
            READY,
            AGE,
            CONTAINERS,
            IMAGES,
            Cell::string("Selector", |o, _| labels::format(o.map_at("spec/selector")).into()).wide(),
        ],
    ),
    Printer::new(
        "apps",
        "StatefulSet",
        &[NAME, Cell::string("Ready", |o, _| ready_of_wanted(o)), AGE, CONTAINERS, IMAGES],
    ),
    Printer::new(
        "apps",
        "DaemonSet",
        &[
            NAME,
            Cell::integer("Desired", |o, _| int(o, "status/desiredNumberScheduled").into()),
            Cell::integer("Current", |o, _| int(o, "status/currentNumberScheduled").into()),
            Cell::integer("Ready", |o, _| int(o, "status/numberReady").into()),
            Cell::integer("Up-to-date", |o, _| int(o, "status/updatedNumberScheduled").into()),
            Cell::integer("Available", |o, _| int(o, "status/numberAvailable").into()),
            Cell::string("Node Selector", |o, _| {
                labels::format(o.map_at("spec/template/spec/nodeSelector")).into()
            }),
            AGE,
            CONTAINERS,
            IMAGES,
            SELECTOR,
        ],
    ),
    Printer::new(
        "apps",
        "ControllerRevision",
        &[
            NAME,
            Cell::string("Controller", |o, _| controller(o).into()),
            Cell::string("Revision", |o, _| int(o, "revision").into()),
            AGE,
        ],
    ),
    Printer::new(
        "autoscaling",
        "Scale",
        &[NAME, DESIRED, Cell::integer("Available", |o, _| int(o, "status/replicas").into()), AGE],
    ),
];

const DESIRED: Cell = Cell::integer("Desired", |o, _| int(o, "spec/replicas").into());
const CURRENT: Cell = Cell::integer("Current", |o, _| int(o, "status/replicas").into());
const READY: Cell = Cell::integer("Ready", |o, _| int(o, "status/readyReplicas").into());

fn ready_of_wanted(o: &Object) -> Value {
    format!("{}/{}", int(o, "status/readyReplicas"), int(o, "spec/replicas")).into()
}

fn controller(o: &Object) -> String {
    o.controller().map_or_else(
        || NONE.to_string(),
        |owner| {
            let kind = owner.kind.to_lowercase();
            match owner.api_version.split_once('/') {
                Some((group, _)) => format!("{kind}.{group}/{}", owner.name),
                None => format!("{kind}/{}", owner.name),
            }
        },
    )
}
