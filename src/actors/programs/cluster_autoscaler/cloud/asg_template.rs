//! What a new node of a group looks like, from the group alone: its tags and its instance type.

use super::asg::Asg;
use crate::actors::programs::cluster_autoscaler::flags::Flags;
use crate::actors::programs::cluster_autoscaler::scale_down::node::Settings;
use crate::catalog::instance_types;
use crate::json;
use crate::machinery::duration::parse_go_duration;
use crate::machinery::{Map, Object, Quantity, Value, well_known};

const PREFIX: &str = "k8s.io/cluster-autoscaler/node-template/";
/// Pods of a node made from tags; what the instance type would really take is not asked.
const PODS: i64 = 110;

/// The node. Nothing is set aside for the system: it offers what the machine has. `managed` is what
/// `eks:DescribeNodegroup` says of a managed group, null for others. `None` when nobody knows the instance type.
pub fn node_of(asg: &Asg, instance_type: &str, managed: &Value, name: &str) -> Option<Object> {
    let machine = instance_types::find(instance_type)?;
    let zone = asg.zones.first().map_or("", String::as_str);
    let mut capacity = Map::new();
    capacity.insert("cpu", machine.vcpu);
    capacity.insert("memory", machine.memory_mib << 20);
    capacity.insert("pods", PODS);
    capacity.insert("nvidia.com/gpu", machine.gpu.as_ref().map_or(0, |g| g.count));
    let mut labels = Map::new();
    for (key, value) in [
        (well_known::ARCH, machine.arch),
        (well_known::OS, "linux"),
        (well_known::INSTANCE_TYPE, instance_type),
        (well_known::REGION, zone.trim_end_matches(|c: char| c.is_ascii_lowercase())),
        (well_known::ZONE, zone),
        ("topology.ebs.csi.aws.com/zone", zone),
        (well_known::HOSTNAME, name),
    ] {
        labels.insert(key, value);
    }
    let mut taints = Vec::new();
    for (key, value) in &asg.tags {
        if let Some(label) = key.strip_prefix("eks:") {
            labels.insert(label, value.as_str());
        } else if let Some(label) = key.strip_prefix(PREFIX).and_then(|k| k.strip_prefix("label/")) {
            labels.insert(label, value.as_str());
        } else if let Some(taint) = key.strip_prefix(PREFIX).and_then(|k| k.strip_prefix("taint/")) {
            taints.extend(taint_of(taint, value));
        } else if let Some(resource) = key.strip_prefix(PREFIX).and_then(|k| k.strip_prefix("resources/"))
            && Quantity::parse(value).is_ok()
        {
            capacity.insert(resource, value.as_str());
        }
    }
    add_managed(managed, &mut labels, &mut taints, &mut capacity);
    let mut node = Object::new("v1", "Node", "", name);
    node.set("metadata/labels", labels);
    node.set("spec/providerID", format!("aws:///{zone}/{name}"));
    if !taints.is_empty() {
        node.set("spec/taints", taints.into_iter().collect::<Value>());
    }
    node.set("status/allocatable", capacity.clone());
    node.set("status/capacity", capacity);
    node.set("status/conditions", json!([{"type": "Ready", "status": "True"}]));
    Some(node)
}

/// `value:Effect`
fn taint_of(key: &str, text: &str) -> Option<Value> {
    let (value, effect) = text.rsplit_once(':')?;
    matches!(effect, "NoSchedule" | "NoExecute" | "PreferNoSchedule")
        .then(|| json!({"key": key, "value": value, "effect": effect}))
}

/// What the service says of a managed group wins over tags.
fn add_managed(managed: &Value, labels: &mut Map, taints: &mut Vec<Value>, capacity: &mut Map) {
    if managed.is_null() {
        return;
    }
    for (field, label) in [
        ("diskSize", "diskSize"),
        ("amiType", "amiType"),
        ("capacityType", "eks.amazonaws.com/capacityType"),
        ("version", "k8sVersion"),
        ("nodegroupName", well_known::EKS_NODE_GROUP),
    ] {
        let value = managed.at(field);
        if !value.is_null() {
            labels.insert(label, crate::machinery::go_text::plain(value));
        }
    }
    for (key, value) in managed.map_at("labels").iter() {
        labels.insert(key, value.clone());
    }
    // The service's own words for effects are passed on as they are.
    taints.extend(managed.items_at("taints").iter().cloned());
    for (key, value) in managed.map_at("tags").iter() {
        let resource = key.strip_prefix(PREFIX).and_then(|k| k.strip_prefix("resources/"));
        if let Some(resource) = resource.filter(|_| Quantity::from_value(value).is_ok()) {
            capacity.insert(resource, value.clone());
        }
    }
}

/// Settings of a group's nodes: the flags, and what tags of the group say otherwise.
pub fn group_options(asg: Option<&Asg>, flags: &Flags) -> Settings {
    let option = |name: &str| asg.and_then(|a| a.tag(&format!("{PREFIX}autoscaling-options/{name}")));
    let number = |name: &str, default: f64| option(name).and_then(|v| v.parse().ok()).unwrap_or(default);
    let span = |name: &str, default| option(name).and_then(|v| parse_go_duration(v).ok()).unwrap_or(default);
    Settings {
        threshold: number("scaledownutilizationthreshold", flags.utilization_threshold),
        gpu_threshold: number("scaledowngpuutilizationthreshold", flags.gpu_utilization_threshold),
        unneeded_time: span("scaledownunneededtime", flags.unneeded_time),
        unready_time: span("scaledownunreadytime", flags.unready_time),
        ignore_daemons: option("ignoredaemonsetsutilization")
            .and_then(|v| v.parse().ok())
            .unwrap_or(flags.ignore_daemons),
    }
}
