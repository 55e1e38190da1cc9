//! Volumes, claims, classes and drivers.

use super::cells::{NONE, UNSET, bool_text, join, join_strings, or};
use super::{AGE, CREATED_AT, Cell, NAME, Printer};
use crate::machinery::{KubeVersion, Object, Value};

const GROUP: &str = "storage.k8s.io";

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new(
        "",
        "PersistentVolume",
        &[
            NAME,
            Cell::string("Capacity", |o, _| storage(o.at("spec/capacity")).into()),
            Cell::string("Access Modes", |o, _| access_modes(o.items_at("spec/accessModes")).into()),
            Cell::string("Reclaim Policy", |o, _| o.str_at("spec/persistentVolumeReclaimPolicy").into()),
            Cell::string("Status", |o, _| phase(o).into()),
            Cell::string("Claim", |o, _| claim(o).into()),
            Cell::string("StorageClass", |o, _| class(o).into()),
            Cell::string("VolumeAttributesClass", |o, _| attributes_class(o).into())
                .when(KubeVersion::volume_tables_have_attributes_class),
            Cell::string("Reason", |o, _| o.str_at("status/reason").into()),
            AGE,
            Cell::string("VolumeMode", |o, _| volume_mode(o).into()).wide(),
        ],
    ),
    Printer::new(
        "",
        "PersistentVolumeClaim",
        &[
            NAME,
            Cell::string("Status", |o, _| phase(o).into()),
            Cell::string("Volume", |o, _| o.str_at("spec/volumeName").into()),
            Cell::string("Capacity", |o, _| if_bound(o, |o| storage(o.at("status/capacity")))),
            Cell::string("Access Modes", |o, _| {
                if_bound(o, |o| access_modes(o.items_at("status/accessModes")))
            }),
            Cell::string("StorageClass", |o, _| class(o).into()),
            Cell::string("VolumeAttributesClass", |o, _| attributes_class(o).into())
                .when(KubeVersion::volume_tables_have_attributes_class),
            AGE,
            Cell::string("VolumeMode", |o, _| volume_mode(o).into()).wide(),
        ],
    ),
    Printer::new(
        GROUP,
        "StorageClass",
        &[
            Cell::string("Name", |o, _| storage_class_name(o).into()).format("name"),
            Cell::string("Provisioner", |o, _| o.str_at("provisioner").into()),
            Cell::string("ReclaimPolicy", |o, _| or(o.str_at("reclaimPolicy"), "Delete").into()),
            Cell::string("VolumeBindingMode", |o, _| or(o.str_at("volumeBindingMode"), "Immediate").into()),
            Cell::string("AllowVolumeExpansion", |o, _| bool_text(o.bool_at("allowVolumeExpansion")).into()),
            AGE,
        ],
    ),
    Printer::new(
        GROUP,
        "VolumeAttributesClass",
        &[NAME, Cell::string("DriverName", |o, _| o.str_at("driverName").into()), AGE],
    ),
    Printer::new(
        GROUP,
        "VolumeAttachment",
        &[
            NAME,
            Cell::string("Attacher", |o, _| o.str_at("spec/attacher").into()).format("name"),
            Cell::string("PV", |o, _| o.str_at("spec/source/persistentVolumeName").into()),
            Cell::string("Node", |o, _| o.str_at("spec/nodeName").into()),
            Cell::boolean("Attached", |o, _| o.bool_at("status/attached").into()),
            AGE,
        ],
    ),
    Printer::new(
        GROUP,
        "CSIDriver",
        &[
            NAME,
            Cell::boolean("AttachRequired", |o, _| {
                o.at("spec/attachRequired").as_bool().unwrap_or(true).into()
            }),
            Cell::boolean("PodInfoOnMount", |o, _| o.bool_at("spec/podInfoOnMount").into()),
            Cell::boolean("StorageCapacity", |o, _| o.bool_at("spec/storageCapacity").into()),
            Cell::string("TokenRequests", |o, _| {
                or(&join(o.items_at("spec/tokenRequests"), "audience"), UNSET).into()
            }),
            Cell::boolean("RequiresRepublish", |o, _| o.bool_at("spec/requiresRepublish").into()),
            Cell::string("Modes", |o, _| {
                or(&join_strings(o.items_at("spec/volumeLifecycleModes")), NONE).into()
            }),
            AGE,
        ],
    ),
    Printer::new(
        GROUP,
        "CSINode",
        &[NAME, Cell::integer("Drivers", |o, _| o.items_at("spec/drivers").len().into()), AGE],
    ),
    Printer::new(GROUP, "CSIStorageCapacity", &[NAME, CREATED_AT]),
];

fn storage(capacity: &Value) -> String {
    match capacity.at("storage") {
        Value::Str(s) => s.to_string(),
        Value::Int(i) => i.to_string(),
        _ => "0".into(),
    }
}

/// Abbreviated, each once, in a fixed order.
fn access_modes(modes: &[Value]) -> String {
    const MODES: &[(&str, &str)] = &[
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let listed = MODES.iter().filter(|(mode, _)| modes.iter().any(|m| m == mode));
    listed.map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}

fn phase(o: &Object) -> &str {
    if o.is_deleting() { "Terminating" } else { o.str_at("status/phase") }
}

/// What is only known of a claim that has its volume.
fn if_bound(claim: &Object, cell: fn(&Object) -> String) -> Value {
    if claim.str_at("spec/volumeName").is_empty() { "".into() } else { cell(claim).into() }
}

fn claim(volume: &Object) -> String {
    let claim = volume.at("spec/claimRef");
    if claim.is_null() {
        return String::new();
    }
    format!("{}/{}", claim.str_at("namespace"), claim.str_at("name"))
}

fn class(o: &Object) -> &str {
    let annotated = o.annotation("volume.beta.kubernetes.io/storage-class");
    annotated.unwrap_or_else(|| o.str_at("spec/storageClassName"))
}

fn attributes_class(o: &Object) -> &str {
    or(o.str_at("spec/volumeAttributesClassName"), UNSET)
}

fn volume_mode(o: &Object) -> &str {
    or(o.str_at("spec/volumeMode"), UNSET)
}

fn storage_class_name(class: &Object) -> String {
    let default =
        ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
            .iter()
            .any(|key| class.annotation(key) == Some("true"));
    format!("{}{}", class.name(), if default { " (default)" } else { "" })
}
