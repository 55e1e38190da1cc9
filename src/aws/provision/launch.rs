//! A machine for an Auto Scaling group.

use super::super::ec2::{self, Launch};
use super::super::state::{self, GROUP, INSTANCE};
use crate::api::fault;
use crate::catalog::cluster_config::NodeGroup;
use crate::catalog::nodes::NodeSpec;
use crate::machinery::{Object, Value, names, well_known};
use crate::store::Store;

/// Launches an instance of a group, in the zone that has fewest of them; answers the node it becomes. `None` for a group
/// that makes no nodes, or whose zones are all out.
pub fn launch(store: &Store, asg: &str, in_state: &'static str) -> Option<NodeSpec> {
    let object = state::find(store, GROUP, asg)?;
    let group = super::node_group_of(store, asg)?;
    let node = machine(store, asg, &group)?;
    let template = object.at("spec/MixedInstancesPolicy/LaunchTemplate/LaunchTemplateSpecification").clone();
    let mut tags = tags_of_instances(&store.meta().name, &group);
    for tag in object.items_at("spec/Tags").iter().filter(|t| t.bool_at("PropagateAtLaunch")) {
        tags.push((tag.str_at("Key").to_string(), tag.str_at("Value").to_string()));
    }
    tags.push(("aws:autoscaling:groupName".into(), asg.into()));
    tags.push(("aws:ec2launchtemplate:id".into(), template.str_at("LaunchTemplateId").into()));
    tags.push(("aws:ec2launchtemplate:version".into(), template.str_at("Version").into()));
    tags.sort();
    tags.dedup_by(|a, b| a.0 == b.0);
    ec2::launch(
        store,
        &Launch { node: &node, group: asg, template, tags, spot: group.spot, state: in_state },
    );
    let kubelet = object.str_at("spec/kubetick/nodeGroup/kubelet");
    state::modify(store, INSTANCE, &node.instance_id, |spec| spec.set("kubetick/kubelet", kubelet));
    if group.spot {
        let request = ec2::fulfilled(store, &node.instance_id, &node.instance_type, &node.zone);
        state::modify(store, INSTANCE, &node.instance_id, |spec| spec.set("SpotInstanceRequestId", request));
    }
    Some(node)
}

fn machine(store: &Store, asg: &str, group: &NodeGroup) -> Option<NodeSpec> {
    let (seed, region, cluster) = {
        let meta = store.meta();
        (meta.seed, meta.region.clone(), meta.name.clone())
    };
    let mut zones = super::zones(store, group);
    let known = !zones.is_empty();
    zones.retain(|zone| !fault::has_no_room(store, zone));
    if known && zones.is_empty() {
        return None;
    }
    let peers = state::list(store, INSTANCE);
    let mut counts = vec![0; zones.len()];
    for peer in peers.iter().filter(|p| p.str_at("spec/kubetick/group") == asg) {
        let zone = peer.str_at("spec/Placement/AvailabilityZone");
        if let Some(i) = zones.iter().position(|z| z == zone)
            && !super::super::autoscaling::is_terminating(peer)
        {
            counts[i] += 1;
        }
    }
    let fewest = counts.iter().enumerate().min_by_key(|(i, n)| (**n, *i)).map_or(0, |(i, _)| i);
    let zone = zones.get(fewest).cloned().unwrap_or_else(|| format!("{region}a"));
    let draw = |purpose: &str| names::number(seed, purpose, store.draw(purpose));
    // Public subnets are the first /19 blocks of 192.168.0.0/16, private ones those from 96 on.
    let all_zones = super::zones(store, &NodeGroup { zones: Vec::new(), ..group.clone() });
    let subnet = all_zones.iter().position(|z| *z == zone).unwrap_or(0) as u64;
    let base = (if group.private_networking { 96 } else { 0 }) + 32 * subnet.min(2);
    let ip = loop {
        let n = draw("node-ip");
        let ip = format!("192.168.{}.{}", base + n % 32, 4 + (n >> 8) % 248);
        let taken = |p: &Object| p.str_at("spec/kubetick/node/ip") == ip;
        if !peers.iter().any(taken) {
            break ip;
        }
    };
    let public_ip = if group.private_networking {
        String::new()
    } else {
        let n = draw("public-ip");
        let first = [3, 13, 15, 43, 52, 54][(n % 6) as usize];
        format!("{first}.{}.{}.{}", (n >> 8) % 256, (n >> 16) % 256, 4 + (n >> 24) % 250)
    };
    let instance_id = format!("i-0{}", names::hex(seed, "instance", store.draw("instance"), 16));
    Some(NodeSpec {
        ip,
        public_ip,
        instance_type: group.instance_types[0].clone(),
        zone,
        region,
        ami_family: group.ami_family.clone(),
        volume_gib: group.volume_gib,
        max_pods: group.max_pods,
        labels: labels_of_nodes(store, &cluster, group, &instance_id),
        taints: group.taints.clone(),
        instance_id,
        seed,
    })
}

/// The instance that is a node.
pub fn instance_of(store: &Store, node: &Object) -> Option<Object> {
    let id = node.str_at("spec/providerID").rsplit('/').next()?;
    state::find(store, INSTANCE, id)
}

/// The id of the launch template eksctl makes for a group.
pub(super) fn template_id(store: &Store, group: &NodeGroup) -> String {
    format!("lt-0{}", names::hex(store.meta().seed, &format!("launch-template {}", group.name), 0, 16))
}

/// Labels that the group itself carries.
pub(super) fn labels_of_group(cluster: &str, group: &NodeGroup) -> Vec<(String, Value)> {
    let of_eksctl = [
        ("alpha.eksctl.io/cluster-name".to_string(), Value::from(cluster)),
        (well_known::EKSCTL_NODE_GROUP.to_string(), Value::from(group.name.as_str())),
    ];
    let mut labels: Vec<(String, Value)> = if group.through_api { Vec::new() } else { Vec::from(of_eksctl) };
    labels.extend(group.labels.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))));
    labels
}

/// Labels a node of the group registers with.
fn labels_of_nodes(store: &Store, cluster: &str, group: &NodeGroup, id: &str) -> Vec<(String, String)> {
    let text = |(k, v): (String, Value)| (k, v.as_str().unwrap_or_default().to_string());
    let mut labels: Vec<(String, String)> = labels_of_group(cluster, group).into_iter().map(text).collect();
    if group.managed {
        let image = names::hex(store.meta().seed, &format!("ami {}", group.name), 0, 16);
        let capacity = if group.spot { "SPOT" } else { "ON_DEMAND" };
        for (key, value) in [
            ("capacityType", capacity.to_string()),
            ("nodegroup", group.name.clone()),
            ("nodegroup-image", format!("ami-0{image}")),
            ("sourceLaunchTemplateId", template_id(store, group)),
            ("sourceLaunchTemplateVersion", "1".to_string()),
        ] {
            if !(group.through_api && key.starts_with("source")) {
                labels.push((format!("eks.amazonaws.com/{key}"), value));
            }
        }
    } else {
        labels.push(("node-lifecycle".into(), if group.spot { "spot" } else { "on-demand" }.into()));
        labels.push(("alpha.eksctl.io/instance-id".into(), id.into()));
    }
    labels
}

/// Tags of the group's instances beside those of the Auto Scaling group.
pub(super) fn tags_of_instances(cluster: &str, group: &NodeGroup) -> Vec<(String, String)> {
    let kind = if group.managed { "managed" } else { "unmanaged" };
    if group.through_api {
        return vec![
            ("eks:cluster-name".into(), cluster.into()),
            ("eks:nodegroup-name".into(), group.name.clone()),
        ];
    }
    vec![
        ("Name".into(), format!("{cluster}-{}-Node", group.name)),
        (well_known::EKSCTL_NODE_GROUP.into(), group.name.clone()),
        ("alpha.eksctl.io/nodegroup-type".into(), kind.into()),
    ]
}
