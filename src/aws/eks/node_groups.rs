//! Managed node groups. A node group is a wish; its Auto Scaling group holds the machines, and may be changed behind its
//! back: `scalingConfig` shows what was asked of EKS.

use super::super::ec2::subnets;
use super::super::provision;
use super::super::state::{self, GROUP, NODE_GROUP};
use super::super::{Places, ServiceError};
use super::{clusters, in_use, invalid_parameter, invalid_request, named, not_found, page, updates};
use crate::catalog::cluster_config::NodeGroup;
use crate::catalog::instance_types;
use crate::json;
use crate::machinery::{KubeVersion, Map, Object, Value};
use crate::store::Store;
use std::collections::BTreeSet;

/// The AMI type of a node group, as EKS names it.
pub fn ami_type(group: &NodeGroup, version: KubeVersion) -> &'static str {
    let kind = group.instance_types.first().and_then(|name| instance_types::find(name));
    let arm = kind.as_ref().is_some_and(|k| k.arch == "arm64");
    let gpu = kind.as_ref().is_some_and(|k| k.gpu.is_some());
    match (group.ami_family_in(version), arm, gpu) {
        ("Bottlerocket", true, _) => "BOTTLEROCKET_ARM_64",
        ("Bottlerocket", false, true) => "BOTTLEROCKET_x86_64_NVIDIA",
        ("Bottlerocket", false, false) => "BOTTLEROCKET_x86_64",
        ("AmazonLinux2", true, _) => "AL2_ARM_64",
        ("AmazonLinux2", false, true) => "AL2_x86_64_GPU",
        ("AmazonLinux2", false, false) => "AL2_x86_64",
        (_, true, _) => "AL2023_ARM_64_STANDARD",
        (_, false, true) => "AL2023_x86_64_NVIDIA",
        (_, false, false) => "AL2023_x86_64_STANDARD",
    }
}

fn found(store: &Store, name: &str) -> Result<Object, ServiceError> {
    state::find(store, NODE_GROUP, name)
        .ok_or_else(|| not_found(format!("No node group found for name: {name}.")))
}

fn shown(places: &Places<'_>, store: &Store, name: &str) -> Value {
    let mut shown = state::find(store, NODE_GROUP, name).map(|o| o.at("spec").clone()).unwrap_or_default();
    let cluster = store.meta().name.clone();
    let id = crate::machinery::names::uid(0, &format!("nodegroup {cluster} {name}"), 0);
    shown.set("nodegroupArn", places.arn("eks", &format!("nodegroup/{cluster}/{name}/{id}")));
    shown.set("nodeRole", places.arn_of_role(shown.str_at("kubetick/role")));
    shown.remove("kubetick");
    shown
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let names = state::list(store, NODE_GROUP).iter().map(|g| Value::from(g.name())).collect();
    page(names, "nodegroups", input)
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let name = input.str_at("nodegroupName");
    found(store, name)?;
    Ok(json!({"nodegroup": (shown(places, store, name))}))
}

/// A group that is being made, changed or deleted takes no change.
fn is_active(group: &Object) -> Result<(), ServiceError> {
    match group.str_at("spec/status") {
        "ACTIVE" => Ok(()),
        _ => Err(in_use(format!(
            "Nodegroup cannot be updated as it is currently not in Active State. Node group: {}",
            group.name()
        ))),
    }
}

/// Sizes that do not fit each other, in EKS' words.
fn check_sizes(min: i64, desired: i64, max: i64) -> Result<(), ServiceError> {
    if min > max {
        return Err(invalid_parameter(format!(
            "Minimum capacity {min} can't be greater than maximum size {max}"
        )));
    }
    if min > desired {
        return Err(invalid_parameter(format!(
            "Minimum capacity {min} can't be greater than desired size {desired}"
        )));
    }
    if desired > max {
        return Err(invalid_parameter(format!(
            "desired capacity {desired} can't be greater than max size {max}"
        )));
    }
    Ok(())
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let name = input.str_at("nodegroupName");
    if found(store, name).is_ok() {
        return Err(in_use(format!(
            "NodeGroup already exists with name {name} and cluster name {}",
            store.meta().name
        )));
    }
    if clusters::status(store) == "CREATING" {
        return Err(invalid_request(format!("Cluster {} is not in ACTIVE status", store.meta().name)));
    }
    let size = |member: &str| input.int_at(&format!("scalingConfig/{member}"));
    let desired = size("desiredSize").or(size("minSize")).unwrap_or(2);
    let (min, max) = (size("minSize").unwrap_or(1).min(desired), size("maxSize").unwrap_or(desired.max(2)));
    check_sizes(min, desired, max)?;
    for kind in input.items_at("instanceTypes").iter().filter_map(Value::as_str) {
        if instance_types::find(kind).is_none() {
            return Err(invalid_parameter(format!(
                "The following supplied instance types do not exist: [{kind}]"
            )));
        }
    }
    let taint = |t: &Value| {
        let effect = match t.str_at("effect") {
            "NO_EXECUTE" => "NoExecute",
            "PREFER_NO_SCHEDULE" => "PreferNoSchedule",
            _ => "NoSchedule",
        };
        json!({"key": (t.at("key")), "value": (t.str_at("value")), "effect": effect})
    };
    let mut document = json!({
        "name": name, "minSize": min, "maxSize": max, "desiredCapacity": desired,
        "instanceTypes": (if input.items_at("instanceTypes").is_empty() {
            vec![Value::from("t3.medium")]
        } else {
            input.items_at("instanceTypes").to_vec()
        }),
        "labels": (input.at("labels")), "spot": (input.str_at("capacityType") == "SPOT"),
        "taints": (input.items_at("taints").iter().map(taint).collect::<Vec<_>>()),
        "volumeSize": (input.int_at("diskSize").unwrap_or(20)), "throughApi": true, "subnets": (input.at("subnets")),
    });
    let of_cluster = subnets(store);
    let zone_of =
        |id: &Value| of_cluster.iter().find(|s| id.as_str() == Some(&s.id)).map(|s| s.zone.as_str());
    let zones: BTreeSet<&str> = input.items_at("subnets").iter().filter_map(zone_of).collect();
    document.set("availabilityZones", zones.into_iter().map(Value::from).collect::<Vec<_>>());
    if input.str_at("amiType").starts_with("BOTTLEROCKET") {
        document.set("amiFamily", "Bottlerocket");
    }
    let group = NodeGroup::read(&document, true);
    let role = input.str_at("nodeRole").to_string();
    provision::node_group(store, &group, &document, &role);
    state::modify(store, NODE_GROUP, name, |spec| {
        spec.set_given(input, &["tags", "launchTemplate", "updateConfig", "remoteAccess"]);
    });
    Ok(json!({"nodegroup": (shown(places, store, name))}))
}

pub(super) fn update(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let name = input.str_at("nodegroupName");
    let group = found(store, name)?;
    is_active(&group)?;
    let kept = |member: &str| group.int_at(&format!("spec/scalingConfig/{member}")).unwrap_or(0);
    let size = |member: &str| input.int_at(&format!("scalingConfig/{member}"));
    let sizes = ["minSize", "maxSize", "desiredSize"].map(|m| size(m).unwrap_or_else(|| kept(m)));
    let [min, max, desired] = sizes;
    check_sizes(min, desired, max)?;
    let mut params = Vec::new();
    let mut param = |kind: &str, value: String| params.push(json!({"type": kind, "value": value}));
    for (member, kind) in [("minSize", "MinSize"), ("maxSize", "MaxSize"), ("desiredSize", "DesiredSize")] {
        if let Some(value) = size(member) {
            param(kind, value.to_string());
        }
    }
    let (add, remove) = (input.map_at("labels/addOrUpdateLabels"), input.items_at("labels/removeLabels"));
    if !add.is_empty() {
        param("LabelsToAdd", Value::Map(std::sync::Arc::new(add.clone())).to_json());
    }
    if !remove.is_empty() {
        param("LabelsToRemove", Value::from(remove.to_vec()).to_json());
    }
    if let Some(config) = input.get("updateConfig") {
        for (member, kind) in
            [("maxUnavailable", "MaxUnavailable"), ("maxUnavailablePercentage", "MaxUnavailablePercentage")]
        {
            if let Some(value) = config.int_at(member) {
                param(kind, value.to_string());
            }
        }
    }
    let now = state::timestamp_milli(store.now());
    state::modify(store, NODE_GROUP, name, |spec| {
        spec.set("scalingConfig", json!({"minSize": min, "maxSize": max, "desiredSize": desired}));
        for (key, value) in add.iter() {
            spec.at_mut("labels").map_mut().insert(key, value);
        }
        for key in remove.iter().filter_map(Value::as_str) {
            spec.at_mut("labels").map_mut().remove(key);
        }
        if let Some(config) = input.get("updateConfig") {
            spec.set("updateConfig", config);
        }
        // The nodes that are there get them from EKS.
        if !add.is_empty() || !remove.is_empty() {
            spec.set("kubetick/relabel", input.at("labels"));
        }
        spec.set("modifiedAt", now);
    });
    relabel_machines(store, &group, add, remove);
    if input.get("scalingConfig").is_some() {
        resize(store, &group, (min, desired, max));
    }
    Ok(json!({"update": (updates::begin(store, updates::Of::NodeGroup(name), "ConfigUpdate", params))}))
}

/// Gives a node group's nodes the newest image of a version: they are replaced, as many at a time as may be unavailable.
pub(super) fn update_version(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let name = input.str_at("nodegroupName");
    let group = found(store, name)?;
    is_active(&group)?;
    let cluster = store.meta().version;
    let version = match input.str_at("version") {
        "" => cluster,
        text => KubeVersion::parse(text).filter(|v| *v <= cluster).ok_or_else(|| {
            invalid_parameter(format!(
                "Requested Nodegroup version {text} is not supported by cluster version {cluster}"
            ))
        })?,
    };
    let present = KubeVersion::parse(group.str_at("spec/version")).unwrap_or(cluster);
    if version < present {
        return Err(invalid_parameter(format!(
            "Nodegroup Kubernetes version {version} cannot be older than its current version {present}"
        )));
    }
    let release = provision::release_version(version);
    let params = [("Version", version.to_string()), ("ReleaseVersion", release.clone())]
        .map(|(kind, value)| json!({"type": kind, "value": value}));
    let asg =
        group.items_at("spec/resources/autoScalingGroups").first().map(|g| g.str_at("name").to_string());
    let asg = asg.unwrap_or_default();
    let size = super::super::autoscaling::in_group(store, &asg).len() as i64;
    let batch = match group.int_at("spec/updateConfig/maxUnavailablePercentage") {
        Some(percent) => size * percent / 100,
        None => group.int_at("spec/updateConfig/maxUnavailable").unwrap_or(1),
    };
    let refresh = super::super::autoscaling::begin_refresh(store, &asg, Value::object(), Some(batch.max(1)));
    let update = updates::begin(store, updates::Of::NodeGroup(name), "VersionUpdate", params.to_vec());
    updates::carried_out_by(store, update.str_at("id"), &refresh);
    let now = state::timestamp_milli(store.now());
    state::modify(store, NODE_GROUP, name, |spec| {
        spec.set("status", "UPDATING");
        spec.set("kubetick/refresh", refresh.as_str());
        spec.set("kubetick/becomes", json!({"version": (version.to_string()), "releaseVersion": release}));
        spec.set("modifiedAt", now);
    });
    state::modify(store, GROUP, &asg, |spec| spec.set("kubetick/nodeGroup/kubelet", version.to_string()));
    Ok(json!({"update": update}))
}

/// Machines to come get the labels from their group.
fn relabel_machines(store: &Store, group: &Object, add: &Map, remove: &[Value]) {
    for asg in group.items_at("spec/resources/autoScalingGroups") {
        state::modify(store, GROUP, asg.str_at("name"), |spec| {
            let labels = spec.at_mut("kubetick/nodeGroup/labels").map_mut();
            for (key, value) in add.iter() {
                labels.insert(key, value);
            }
            for key in remove.iter().filter_map(Value::as_str) {
                labels.remove(key);
            }
        });
    }
}

/// EKS passes the sizes on to the Auto Scaling group.
fn resize(store: &Store, group: &Object, (min, desired, max): (i64, i64, i64)) {
    for asg in group.items_at("spec/resources/autoScalingGroups") {
        let name = asg.str_at("name");
        let before =
            state::find(store, GROUP, name).and_then(|g| g.int_at("spec/DesiredCapacity")).unwrap_or(0);
        let cause = format!(
            "a user request update of AutoScalingGroup constraints to min: {min}, max: {max}, desired: {desired} changing the desired capacity from {before} to {desired}"
        );
        let now = state::timestamp(store.now());
        state::modify(store, GROUP, name, |spec| {
            spec.set("MinSize", min);
            spec.set("MaxSize", max);
            spec.set("DesiredCapacity", desired);
            if before != desired {
                spec.set("kubetick/cause", cause);
                spec.set("kubetick/changed", now);
            }
        });
    }
}

/// The group empties its Auto Scaling group and goes when that is done.
pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let name = input.str_at("nodegroupName");
    let group = found(store, name)?;
    if group.str_at("spec/status") == "DELETING" {
        return Err(in_use(format!("Nodegroup is already being deleted: {name}")));
    }
    state::modify(store, NODE_GROUP, name, |spec| spec.set("status", "DELETING"));
    resize(store, &group, (0, 0, 0));
    for asg in group.items_at("spec/resources/autoScalingGroups") {
        super::super::autoscaling::end_pool(store, asg.str_at("name"));
    }
    Ok(json!({"nodegroup": (shown(places, store, name))}))
}
