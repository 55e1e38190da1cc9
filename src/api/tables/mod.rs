//! Tables: what the API server answers when a client asks for rows to print instead of objects. Which columns a kind
//! has, and what their cells say, is decided here, with the server's clock and version; the client only lays them out
//! (`render::table`).

mod admission;
mod autoscaling;
mod batch;
mod cells;
mod cluster;
mod config;
mod custom;
mod dynamic_resources;
mod events;
mod flowcontrol;
mod networking;
mod nodes;
mod pods;
mod rbac;
mod services;
mod storage;
mod workloads;

pub use custom::CustomColumn;
pub use pods::PodSummary;

use super::Resource;
use crate::machinery::{KubeVersion, Object, Time, Value};
use std::borrow::Cow;

/// Rows of one kind, ready to be laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The columns, those for `-o wide` included.
    pub columns: Vec<Column>,
    /// One row for each object.
    pub rows: Vec<Row>,
}

/// A column definition, as on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// `Name`, `Up-to-date`; clients print it in capitals.
    pub name: Cow<'static, str>,
    /// OpenAPI type: `string`, `integer`, `number`, `boolean`, `date`.
    pub kind: Cow<'static, str>,
    /// OpenAPI format; `name` marks the column that holds the object's name.
    pub format: Cow<'static, str>,
    /// 0 for the columns everybody sees, higher for `-o wide`.
    pub priority: i64,
}

/// One object's row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// One cell for each column: a string, a number, a boolean or null.
    pub cells: Vec<Value>,
    /// What the row shows; clients read labels and namespace from it.
    pub object: Object,
}

/// The table of objects of one kind. `custom` are the printer columns of a custom resource's definition; built-in kinds
/// ignore them.
pub fn table(
    resource: &Resource,
    objects: &[Object],
    now: Time,
    server: KubeVersion,
    custom: &[CustomColumn],
) -> Table {
    let context = Context { now, server };
    match printer(&resource.group, &resource.kind) {
        Some(printer) => printer.table(objects, &context),
        None => custom::table(custom, objects, now),
    }
}

/// What cells depend on besides their object.
struct Context {
    now: Time,
    server: KubeVersion,
}

/// How a built-in kind is printed, whatever version of it is asked for.
struct Printer {
    group: &'static str,
    kind: &'static str,
    columns: &'static [Cell],
    /// Kinds that are not listed in the order of their names.
    order: Option<fn(&Object) -> i64>,
}

impl Printer {
    const fn new(group: &'static str, kind: &'static str, columns: &'static [Cell]) -> Printer {
        Printer { group, kind, columns, order: None }
    }

    const fn ordered_by(mut self, order: fn(&Object) -> i64) -> Printer {
        self.order = Some(order);
        self
    }

    fn table(&self, objects: &[Object], context: &Context) -> Table {
        let cells: Vec<&Cell> = self.columns.iter().filter(|c| (c.served)(context.server)).collect();
        let columns = cells.iter().map(|c| c.column()).collect();
        let row = |object: &Object| Row {
            cells: cells.iter().map(|c| (c.read)(object, context)).collect(),
            object: object.clone(),
        };
        let mut rows: Vec<Row> = objects.iter().map(row).collect();
        if let Some(order) = self.order {
            rows.sort_by_key(|r| order(&r.object));
        }
        Table { columns, rows }
    }
}

/// A column of a built-in kind and how its cell is read off an object.
struct Cell {
    name: &'static str,
    kind: &'static str,
    format: &'static str,
    wide: bool,
    served: fn(KubeVersion) -> bool,
    read: fn(&Object, &Context) -> Value,
}

type Read = fn(&Object, &Context) -> Value;

impl Cell {
    const fn new(name: &'static str, kind: &'static str, read: Read) -> Cell {
        Cell { name, kind, format: "", wide: false, served: |_| true, read }
    }
    const fn string(name: &'static str, read: Read) -> Cell {
        Cell::new(name, "string", read)
    }
    const fn integer(name: &'static str, read: Read) -> Cell {
        Cell::new(name, "integer", read)
    }
    const fn boolean(name: &'static str, read: Read) -> Cell {
        Cell::new(name, "boolean", read)
    }
    /// Shown with `-o wide` only.
    const fn wide(mut self) -> Cell {
        self.wide = true;
        self
    }
    /// In the tables of some server versions only.
    const fn when(mut self, served: fn(KubeVersion) -> bool) -> Cell {
        self.served = served;
        self
    }
    const fn format(mut self, format: &'static str) -> Cell {
        self.format = format;
        self
    }
    fn column(&self) -> Column {
        Column {
            name: self.name.into(),
            kind: self.kind.into(),
            format: self.format.into(),
            priority: self.wide.into(),
        }
    }
}

/// The columns nearly every kind has.
const NAME: Cell = Cell::string("Name", |o, _| o.name().into()).format("name");
const AGE: Cell =
    Cell::string("Age", |o, cx| cells::age(o.str_at("metadata/creationTimestamp"), cx.now).into());
const CREATED_AT: Cell = Cell::new("Created At", "date", |o, _| {
    o.created().map_or_else(|| "<unknown>".to_string(), Time::rfc3339).into()
});

fn printer(group: &str, kind: &str) -> Option<&'static Printer> {
    const FAMILIES: &[&[Printer]] = &[
        admission::PRINTERS,
        autoscaling::PRINTERS,
        batch::PRINTERS,
        cluster::PRINTERS,
        config::PRINTERS,
        dynamic_resources::PRINTERS,
        events::PRINTERS,
        flowcontrol::PRINTERS,
        networking::PRINTERS,
        nodes::PRINTERS,
        pods::PRINTERS,
        rbac::PRINTERS,
        services::PRINTERS,
        storage::PRINTERS,
        workloads::PRINTERS,
    ];
    FAMILIES.iter().copied().flatten().find(|p| p.group == group && p.kind == kind)
}
