//! Where volumes come from: the volumes of a pod and the sources of persistent volumes.

use super::containers::Place;
use super::meta::{annotation_lines, or, pairs, value_or};
use super::{Page, View, go, storage};
use crate::machinery::Value;

/// How a field of a source is printed.
#[derive(Clone, Copy)]
enum Show {
    /// As it is; empty when absent.
    Text,
    /// A number, 0 when absent.
    Number,
    /// `true` or `false`.
    Bool,
    /// `<none>` when absent.
    OrNone,
    /// `<unset>` when absent.
    OrUnset,
    /// `[a b]`.
    Slice,
    /// `a, b`.
    Comma,
    /// `map[a:1]`.
    Map,
    /// A secret: `&LocalObjectReference{Name:x,}` in a pod, `&SecretReference{Name:x,Namespace:y,}` in a persistent
    /// volume, `nil` when absent.
    Secret,
    /// Attributes, a line each, further in than other values.
    Attributes,
}

use Show::*;

type Row = (&'static str, &'static str, Show);

/// The field of a volume that names its kind of source, what the kind is called, and its fields.
struct Source {
    field: &'static str,
    title: &'static str,
    rows: &'static [Row],
}

const READ_ONLY: Row = ("ReadOnly:", "readOnly", Bool);
const FS_TYPE: Row = ("FSType:", "fsType", Text);
const SECRET: Row = ("SecretRef:", "secretRef", Secret);

/// Sources that look the same in a pod and in a persistent volume.
const SHARED: &[Source] = &[
    Source {
        field: "hostPath",
        title: "HostPath (bare host directory volume)",
        rows: &[("Path:", "path", Text), ("HostPathType:", "type", OrNone)],
    },
    Source {
        field: "gcePersistentDisk",
        title: "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        rows: &[("PDName:", "pdName", Text), FS_TYPE, ("Partition:", "partition", Number), READ_ONLY],
    },
    Source {
        field: "awsElasticBlockStore",
        title: "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        rows: &[("VolumeID:", "volumeID", Text), FS_TYPE, ("Partition:", "partition", Number), READ_ONLY],
    },
    Source {
        field: "nfs",
        title: "NFS (an NFS mount that lasts the lifetime of a pod)",
        rows: &[("Server:", "server", Text), ("Path:", "path", Text), READ_ONLY],
    },
    Source {
        field: "iscsi",
        title: "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
        rows: &[
            ("TargetPortal:", "targetPortal", Text),
            ("IQN:", "iqn", Text),
            ("Lun:", "lun", Number),
            // kubectl forgot the colon.
            ("ISCSIInterface", "iscsiInterface", Text),
            FS_TYPE,
            READ_ONLY,
            ("Portals:", "portals", Slice),
            ("DiscoveryCHAPAuth:", "chapAuthDiscovery", Bool),
            ("SessionCHAPAuth:", "chapAuthSession", Bool),
            SECRET,
            ("InitiatorName:", "initiatorName", OrNone),
        ],
    },
    Source {
        field: "rbd",
        title: "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        rows: &[
            ("CephMonitors:", "monitors", Slice),
            ("RBDImage:", "image", Text),
            FS_TYPE,
            ("RBDPool:", "pool", Text),
            ("RadosUser:", "user", Text),
            ("Keyring:", "keyring", Text),
            SECRET,
            READ_ONLY,
        ],
    },
    Source {
        field: "quobyte",
        title: "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
        rows: &[("Registry:", "registry", Text), ("Volume:", "volume", Text), READ_ONLY],
    },
    Source {
        field: "azureDisk",
        title: "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        rows: &[
            ("DiskName:", "diskName", Text),
            ("DiskURI:", "diskURI", Text),
            ("Kind:", "kind", Text),
            FS_TYPE,
            ("CachingMode:", "cachingMode", Text),
            READ_ONLY,
        ],
    },
    Source {
        field: "vsphereVolume",
        title: "vSphereVolume (a Persistent Disk resource in vSphere)",
        rows: &[
            ("VolumePath:", "volumePath", Text),
            FS_TYPE,
            ("StoragePolicyName:", "storagePolicyName", Text),
        ],
    },
    Source {
        field: "cinder",
        title: "Cinder (a Persistent Disk resource in OpenStack)",
        rows: &[("VolumeID:", "volumeID", Text), FS_TYPE, READ_ONLY, SECRET],
    },
    Source {
        field: "photonPersistentDisk",
        title: "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
        rows: &[("PdID:", "pdID", Text), FS_TYPE],
    },
    Source {
        field: "portworxVolume",
        title: "PortworxVolume (a Portworx Volume resource)",
        rows: &[("VolumeID:", "volumeID", Text)],
    },
    Source {
        field: "scaleIO",
        title: "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
        rows: &[
            ("Gateway:", "gateway", Text),
            ("System:", "system", Text),
            ("Protection Domain:", "protectionDomain", Text),
            ("Storage Pool:", "storagePool", Text),
            ("Storage Mode:", "storageMode", Text),
            ("VolumeName:", "volumeName", Text),
            FS_TYPE,
            READ_ONLY,
        ],
    },
    Source {
        field: "cephfs",
        title: "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        rows: &[
            ("Monitors:", "monitors", Slice),
            ("Path:", "path", Text),
            ("User:", "user", Text),
            ("SecretFile:", "secretFile", Text),
            SECRET,
            READ_ONLY,
        ],
    },
    Source {
        field: "storageos",
        title: "StorageOS (a StorageOS Persistent Disk resource)",
        rows: &[
            ("VolumeName:", "volumeName", Text),
            ("VolumeNamespace:", "volumeNamespace", Text),
            FS_TYPE,
            READ_ONLY,
        ],
    },
    Source {
        field: "fc",
        title: "FC (a Fibre Channel disk)",
        rows: &[("TargetWWNs:", "targetWWNs", Comma), ("LUN:", "lun", OrNone), FS_TYPE, READ_ONLY],
    },
    Source {
        field: "flexVolume",
        title: "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
        rows: &[("Driver:", "driver", Text), FS_TYPE, SECRET, READ_ONLY, ("Options:", "options", Map)],
    },
    Source {
        field: "flocker",
        title: "Flocker (a Flocker volume mounted by the Flocker agent)",
        rows: &[("DatasetName:", "datasetName", Text), ("DatasetUUID:", "datasetUUID", Text)],
    },
];

/// Sources only pods have, or that look different in a pod.
const OF_PODS: &[Source] = &[
    Source {
        field: "emptyDir",
        title: "EmptyDir (a temporary directory that shares a pod's lifetime)",
        rows: &[("Medium:", "medium", Text), ("SizeLimit:", "sizeLimit", OrUnset)],
    },
    Source {
        field: "gitRepo",
        title: "GitRepo (a volume that is pulled from git when the pod is created)",
        rows: &[("Repository:", "repository", Text), ("Revision:", "revision", Text)],
    },
    Source {
        field: "secret",
        title: "Secret (a volume populated by a Secret)",
        rows: &[("SecretName:", "secretName", Text), ("Optional:", "optional", Bool)],
    },
    Source {
        field: "configMap",
        title: "ConfigMap (a volume populated by a ConfigMap)",
        rows: &[("Name:", "name", Text), ("Optional:", "optional", Bool)],
    },
    Source {
        field: "glusterfs",
        title: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        rows: &[("EndpointsName:", "endpoints", Text), ("Path:", "path", Text), READ_ONLY],
    },
    Source {
        field: "persistentVolumeClaim",
        title: "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        rows: &[("ClaimName:", "claimName", Text), READ_ONLY],
    },
    Source {
        field: "azureFile",
        title: "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        rows: &[("SecretName:", "secretName", Text), ("ShareName:", "shareName", Text), READ_ONLY],
    },
    Source {
        field: "csi",
        title: "CSI (a Container Storage Interface (CSI) volume source)",
        rows: &[
            ("Driver:", "driver", Text),
            FS_TYPE,
            READ_ONLY,
            ("VolumeAttributes:", "volumeAttributes", Attributes),
        ],
    },
];

/// Sources only persistent volumes have, or that look different there.
const OF_PERSISTENT_VOLUMES: &[Source] = &[
    Source {
        field: "local",
        title: "LocalVolume (a persistent volume backed by local storage on a node)",
        rows: &[("Path:", "path", Text)],
    },
    Source {
        field: "glusterfs",
        title: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        rows: &[
            ("EndpointsName:", "endpoints", Text),
            ("EndpointsNamespace:", "endpointsNamespace", OrUnset),
            ("Path:", "path", Text),
            READ_ONLY,
        ],
    },
    Source {
        field: "azureFile",
        title: "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        rows: &[
            ("SecretName:", "secretName", Text),
            ("SecretNamespace:", "secretNamespace", Text),
            ("ShareName:", "shareName", Text),
            READ_ONLY,
        ],
    },
    Source {
        field: "csi",
        title: "CSI (a Container Storage Interface (CSI) volume source)",
        rows: &[
            ("Driver:", "driver", Text),
            FS_TYPE,
            ("VolumeHandle:", "volumeHandle", Text),
            READ_ONLY,
            ("VolumeAttributes:", "volumeAttributes", Attributes),
        ],
    },
];

const IMAGE: Source = Source {
    field: "image",
    title: "Image (a container image or OCI artifact)",
    rows: &[("Reference:", "reference", Text), ("PullPolicy:", "pullPolicy", Text)],
};

/// The volumes of a pod or a template.
pub(super) fn write(page: &mut Page, view: &View<'_>, volumes: &[Value], place: Place<'_>) {
    let indent = place.heading_indent();
    if volumes.is_empty() {
        return page.line(0, format_args!("{indent}Volumes:\t<none>"));
    }
    page.line(0, format_args!("{indent}Volumes:"));
    for volume in volumes {
        page.line(0, format_args!("{}{}:", place.name_indent(), volume.str_at("name")));
        let mut known = OF_PODS.iter().chain(SHARED);
        if let Some(source) = known.find(|source| has(volume, source)) {
            fields(page, source, volume);
        } else if has(volume, &IMAGE) && view.client().describes_image_volumes() {
            fields(page, &IMAGE, volume);
        } else if let projected @ Value::Map(_) = volume.at("projected") {
            self::projected(page, view, projected);
        } else if let downward @ Value::Map(_) = volume.at("downwardAPI") {
            self::downward(page, downward);
        } else if let ephemeral @ Value::Map(_) = volume.at("ephemeral") {
            self::ephemeral(page, ephemeral);
        } else {
            page.line(1, "<unknown>");
        }
    }
}

/// The source of a persistent volume.
pub(super) fn persistent(page: &mut Page, spec: &Value) {
    page.line(0, "Source:");
    match OF_PERSISTENT_VOLUMES.iter().chain(SHARED).find(|source| has(spec, source)) {
        Some(source) => fields(page, source, spec),
        None => page.line(1, "<unknown>"),
    }
}

fn has(volume: &Value, source: &Source) -> bool {
    matches!(volume.at(source.field), Value::Map(_))
}

fn fields(page: &mut Page, source: &Source, volume: &Value) {
    let settings = volume.at(source.field);
    page.field(2, "Type", source.title);
    for &(title, field, show) in source.rows {
        let value = settings.at(field);
        let text = match show {
            Text => go::text(value),
            Number => value_or(value, "0"),
            Bool => value.as_bool().unwrap_or(false).to_string(),
            OrNone => value_or(value, "<none>"),
            OrUnset => value_or(value, "<unset>"),
            Slice => go::list(value.items().iter().map(go::text)),
            Comma => super::meta::join(value, ", "),
            Map => go::value(if value.is_null() { &EMPTY } else { value }),
            Secret => secret(value),
            Attributes => match further_in(pairs(value.map())) {
                attributes if attributes.is_empty() => "<none>".into(),
                attributes => attributes.join("\n\t"),
            },
        };
        page.line(2, format_args!("{title}\t{text}"));
    }
}

static EMPTY: std::sync::LazyLock<Value> = std::sync::LazyLock::new(Value::object);

/// Values that stand further in than the column they belong to.
fn further_in(values: Vec<String>) -> Vec<String> {
    values.into_iter().map(|value| format!("    {value}")).collect()
}

fn secret(reference: &Value) -> String {
    let name = reference.str_at("name");
    match reference.at("namespace") {
        _ if reference.is_null() => "nil".into(),
        Value::Null => format!("&LocalObjectReference{{Name:{name},}}"),
        namespace => format!("&SecretReference{{Name:{name},Namespace:{},}}", go::text(namespace)),
    }
}

fn projected(page: &mut Page, view: &View<'_>, projected: &Value) {
    page.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for source in projected.items_at("sources") {
        let (secret, map, token) =
            (source.at("secret"), source.at("configMap"), source.at("serviceAccountToken"));
        if !secret.is_null() {
            page.field(2, "SecretName", secret.str_at("name"));
            optional(page, view, "SecretOptionalName", secret);
        } else if !source.at("downwardAPI").is_null() {
            page.field(2, "DownwardAPI", true);
        } else if !map.is_null() {
            page.field(2, "ConfigMapName", map.str_at("name"));
            optional(page, view, "ConfigMapOptional", map);
        } else if !token.is_null() {
            page.field(2, "TokenExpirationSeconds", value_or(token.at("expirationSeconds"), "3600"));
        }
    }
}

/// Whether a projected source may be missing. Older clients printed the pointer to the answer.
fn optional(page: &mut Page, view: &View<'_>, old_title: &str, source: &Value) {
    if view.client().describe_reads_optional_of_projected_volumes() {
        page.field(2, "Optional", source.bool_at("optional"));
    } else {
        let pointer = if source.at("optional").is_null() { "<nil>" } else { "0xc000012345" };
        page.field(2, old_title, pointer);
    }
}

fn downward(page: &mut Page, downward: &Value) {
    page.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
    page.line(2, "Items:");
    for item in downward.items_at("items") {
        let from = or(item.str_at("fieldRef/fieldPath"), item.str_at("resourceFieldRef/resource"));
        page.line(3, format_args!("{from} -> {}", item.str_at("path")));
    }
}

/// A claim that lives as long as the pod.
fn ephemeral(page: &mut Page, ephemeral: &Value) {
    page.field(
        2,
        "Type",
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
    );
    let template = ephemeral.at("volumeClaimTemplate");
    if template.is_null() {
        return;
    }
    page.field(2, "StorageClass", storage::class_of(template));
    page.field(2, "Volume", template.str_at("spec/volumeName"));
    for (title, lines) in [
        ("Labels", pairs(template.map_at("metadata/labels"))),
        ("Annotations", annotation_lines(template.map_at("metadata/annotations"))),
    ] {
        let lines = if lines.is_empty() { vec!["<none>".into()] } else { lines };
        page.column(2, title, &further_in(lines));
    }
    storage::claim_body(page, 2, template);
}
