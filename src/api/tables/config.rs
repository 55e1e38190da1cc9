//! Configuration and limits of a namespace.

use super::cells::int;
use super::{AGE, CREATED_AT, Cell, NAME, Printer};
use crate::machinery::{KubeVersion, Object, Value};

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new("", "ConfigMap", &[NAME, Cell::string("Data", |o, _| data(o)), AGE]),
    Printer::new(
        "",
        "Secret",
        &[
            NAME,
            Cell::string("Type", |o, _| o.str_at("type").into()),
            Cell::string("Data", |o, _| o.map_at("data").len().into()),
            AGE,
        ],
    ),
    Printer::new(
        "",
        "ServiceAccount",
        &[
            NAME,
            Cell::string("Secrets", |o, _| o.items_at("secrets").len().into())
                .when(KubeVersion::service_account_table_counts_secrets),
            AGE,
        ],
    ),
    Printer::new(
        "",
        "ResourceQuota",
        &[
            NAME,
            Cell::string("Request", |o, _| quota(o, false).into()),
            Cell::string("Limit", |o, _| quota(o, true).into()),
            AGE,
        ],
    ),
    Printer::new("", "LimitRange", &[NAME, CREATED_AT]),
    Printer::new(
        "scheduling.k8s.io",
        "PriorityClass",
        &[
            NAME,
            Cell::integer("Value", |o, _| int(o, "value").into()),
            Cell::boolean("Global-Default", |o, _| o.bool_at("globalDefault").into()),
            AGE,
            Cell::string("PreemptionPolicy", |o, _| o.str_at("preemptionPolicy").into())
                .when(KubeVersion::priority_class_table_has_preemption_policy),
        ],
    ),
];

fn data(config_map: &Object) -> Value {
    (config_map.map_at("data").len() + config_map.map_at("binaryData").len()).into()
}

/// `name: used/hard` of the quotas on limits, or of all others.
fn quota(quota: &Object, limits: bool) -> String {
    let used = quota.map_at("status/used");
    let text = |v: Option<&Value>| match v {
        Some(Value::Str(s)) => s.to_string(),
        Some(Value::Int(i)) => i.to_string(),
        _ => "0".into(),
    };
    let parts: Vec<String> = quota
        .map_at("status/hard")
        .iter()
        .filter(|(name, _)| name.starts_with("limits.") == limits)
        .map(|(name, hard)| format!("{name}: {}/{}", text(used.get(name)), text(Some(hard))))
        .collect();
    parts.join(", ")
}
