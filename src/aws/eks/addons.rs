//! Add-ons. Those every cluster has are there without being add-ons of EKS until somebody makes them so.

use super::super::state::{self, ADDON};
use super::super::{Places, ServiceError};
use super::{in_use, invalid_parameter, named, not_found, page};
use crate::catalog::releases;
use crate::json;
use crate::machinery::{KubeVersion, Value};
use crate::store::Store;

/// What EKS offers: name, publisher, kind.
const OFFERED: [(&str, &str); 8] = [
    ("vpc-cni", "networking"),
    ("kube-proxy", "networking"),
    ("coredns", "networking"),
    ("aws-ebs-csi-driver", "storage"),
    ("aws-efs-csi-driver", "storage"),
    ("metrics-server", "observability"),
    ("eks-pod-identity-agent", "security"),
    ("eks-node-monitoring-agent", "observability"),
];

/// The newest version of an add-on for a version of Kubernetes; `None` for what EKS does not offer.
pub fn latest_version(name: &str, version: KubeVersion) -> Option<String> {
    let of_cluster = releases::addons(version);
    Some(match name {
        "vpc-cni" => of_cluster.vpc_cni.to_string(),
        "kube-proxy" => of_cluster.kube_proxy.replace("-minimal", ""),
        "coredns" => of_cluster.coredns.to_string(),
        "aws-ebs-csi-driver" => "v1.48.0-eksbuild.2".to_string(),
        "aws-efs-csi-driver" => "v2.1.11-eksbuild.1".to_string(),
        "metrics-server" => "v0.8.0-eksbuild.2".to_string(),
        "eks-pod-identity-agent" => "v1.3.8-eksbuild.2".to_string(),
        "eks-node-monitoring-agent" => "v1.4.0-eksbuild.2".to_string(),
        _ => return None,
    })
}

/// Makes an add-on; its objects follow by themselves.
pub fn install(places: &Places<'_>, store: &Store, name: &str, version: &str, role: &str) -> Value {
    let now = state::timestamp_milli(store.now());
    let mut spec = json!({
        "addonName": name, "clusterName": (store.meta().name.as_str()), "status": "CREATING", "addonVersion": version,
        "health": {"issues": []}, "createdAt": (now.as_str()), "modifiedAt": (now.as_str()), "tags": {},
    });
    if !role.is_empty() {
        spec.set("serviceAccountRoleArn", role);
    }
    state::put(store, ADDON, name, spec);
    shown(places, store, name)
}

fn shown(places: &Places<'_>, store: &Store, name: &str) -> Value {
    let mut shown = state::find(store, ADDON, name).map(|o| o.at("spec").clone()).unwrap_or_default();
    let cluster = store.meta().name.clone();
    let id = crate::machinery::names::uid(0, &format!("addon {cluster} {name}"), 0);
    shown.remove("kubetick");
    shown.set("addonArn", places.arn("eks", &format!("addon/{cluster}/{name}/{id}")));
    shown
}

fn found(store: &Store, name: &str) -> Result<(), ServiceError> {
    match state::find(store, ADDON, name) {
        Some(_) => Ok(()),
        None => Err(not_found(format!("No addon: {name} found in cluster: {}", store.meta().name))),
    }
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    page(state::list(store, ADDON).iter().map(|a| Value::from(a.name())).collect(), "addons", input)
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let name = input.str_at("addonName");
    found(store, name)?;
    Ok(json!({"addon": (shown(places, store, name))}))
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let name = input.str_at("addonName");
    let kube = store.meta().version;
    let Some(latest) = latest_version(name, kube) else {
        return Err(invalid_parameter("Addon specified is not supported".to_string()));
    };
    if found(store, name).is_ok() {
        return Err(in_use("Addon already exists.".to_string()));
    }
    let version = match input.str_at("addonVersion") {
        "" => latest,
        version => version.to_string(),
    };
    install(places, store, name, &version, input.str_at("serviceAccountRoleArn"));
    state::modify(store, ADDON, name, |spec| {
        spec.set_given(input, &["tags", "configurationValues"]);
    });
    describe(places, input)
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let name = input.str_at("addonName");
    found(store, name)?;
    state::modify(store, ADDON, name, |spec| {
        spec.set("status", "DELETING");
        spec.set("kubetick/preserve", input.bool_at("preserve"));
    });
    Ok(json!({"addon": (shown(places, store, name))}))
}

pub(super) fn update(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let name = input.str_at("addonName");
    found(store, name)?;
    let now = state::timestamp_milli(store.now());
    let mut params = Vec::new();
    for (member, kind, kept) in [
        ("addonVersion", "AddonVersion", "addonVersion"),
        ("serviceAccountRoleArn", "ServiceAccountRoleArn", "serviceAccountRoleArn"),
        ("resolveConflicts", "ResolveConflicts", ""),
        ("configurationValues", "ConfigurationValues", "configurationValues"),
    ] {
        let value = input.str_at(member);
        if value.is_empty() {
            continue;
        }
        params.push(json!({"type": kind, "value": value}));
        if !kept.is_empty() {
            state::modify(store, ADDON, name, |spec| {
                spec.set(kept, value);
                spec.set("modifiedAt", now.as_str());
            });
        }
    }
    Ok(
        json!({"update": (super::updates::begin(store, super::updates::Of::Addon(name), "AddonUpdate", params))}),
    )
}

pub(super) fn versions(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let kube = match input.str_at("kubernetesVersion") {
        "" => places.clusters.first().map_or(KubeVersion::LATEST, |s| s.meta().version),
        text => KubeVersion::parse(text).unwrap_or(KubeVersion::LATEST),
    };
    let wanted = input.str_at("addonName");
    let offered = OFFERED.iter().filter(|(name, _)| wanted.is_empty() || *name == wanted);
    let shown = |(name, kind): &(&str, &str)| {
        json!({
            "addonName": *name, "type": *kind, "publisher": "eks", "owner": "aws",
            "addonVersions": [{
                "addonVersion": (latest_version(name, kube).unwrap_or_default()), "architecture": ["amd64", "arm64"],
                "compatibilities": [{
                    "clusterVersion": (kube.to_string()), "platformVersions": ["*"], "defaultVersion": true,
                }],
                "requiresConfiguration": false,
            }],
        })
    };
    page(offered.map(shown).collect(), "addons", input)
}
