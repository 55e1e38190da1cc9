//! Tables of custom resources: the columns their definition asks for.

use super::cells::age;
use super::{Column, NAME, Row, Table};
use crate::machinery::{FieldPath, Object, Time, Value};

/// An `additionalPrinterColumns` entry of a CustomResourceDefinition.
#[derive(Clone, Debug)]
pub struct CustomColumn {
    column: Column,
    path: FieldPath,
}

impl CustomColumn {
    /// The printer columns a definition declares for one of its versions; entries whose path cannot be read are left
    /// out.
    pub fn of(crd: &Object, version: &str) -> Vec<CustomColumn> {
        let declared = crd.items_at("spec/versions").iter().find(|v| v.str_at("name") == version);
        let columns = declared.map(|v| v.items_at("additionalPrinterColumns")).unwrap_or_default();
        columns.iter().filter_map(CustomColumn::read).collect()
    }

    fn read(declared: &Value) -> Option<CustomColumn> {
        let text = |field: &str| declared.str_at(field).to_string().into();
        Some(CustomColumn {
            path: FieldPath::parse(declared.str_at("jsonPath"))?,
            column: Column {
                name: text("name"),
                kind: text("type"),
                format: text("format"),
                priority: declared.int_at("priority").unwrap_or(0),
            },
        })
    }

    /// What a definition without columns shows besides names.
    fn age() -> Option<CustomColumn> {
        CustomColumn::read(&crate::json!({
            "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp",
        }))
    }

    /// Of several matches the first counts; a value of another type than declared is left out.
    fn cell(&self, object: &Object, now: Time) -> Value {
        let found = self.path.find(object);
        let Some(value) = found.first() else { return Value::Null };
        match self.column.kind.as_ref() {
            "integer" => value.as_i64().map(Value::from).unwrap_or_default(),
            "number" if value.as_f64().is_some() => (*value).clone(),
            "boolean" if value.as_bool().is_some() => (*value).clone(),
            "date" => value.as_str().map(|t| age(t, now).into()).unwrap_or_default(),
            "string" => text(value).into(),
            _ => Value::Null,
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Str(s) => s.to_string(),
        other => other.to_json(),
    }
}

/// The table of a custom resource.
pub(super) fn table(columns: &[CustomColumn], objects: &[Object], now: Time) -> Table {
    let default: Vec<CustomColumn>;
    let columns = if columns.is_empty() {
        default = CustomColumn::age().into_iter().collect();
        &default
    } else {
        columns
    };
    let row = |object: &Object| Row {
        cells: [object.name().into()]
            .into_iter()
            .chain(columns.iter().map(|c| c.cell(object, now)))
            .collect(),
        object: object.clone(),
    };
    Table {
        columns: [NAME.column()].into_iter().chain(columns.iter().map(|c| c.column.clone())).collect(),
        rows: objects.iter().map(row).collect(),
    }
}
