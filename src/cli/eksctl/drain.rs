//! `eksctl drain nodegroup`, and the draining before a group is deleted: its nodes are cordoned and emptied.

use super::nodegroup::chosen;
use super::{Eksctl, now};
use crate::api::{DeleteOptions, Server};
use crate::cli::cloud::Cloud;
use crate::cli::cluster::Cluster;
use crate::machinery::{Duration, Object, duration, well_known};
use crate::store::Access;
use anyhow::bail;

/// Time between two tries to evict what could not go.
const AGAIN: Duration = Duration::from_secs(5);

/// Drains node groups, or lets pods onto them again.
pub(super) fn node_groups(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let log = command.log();
    let groups = chosen(command, cluster)?;
    let name = cluster.api.store().meta().name.clone();
    let undo = command.flags.bool("undo");
    let plan = !command.config.is_null() && !command.flags.bool("approve");
    let verb = match (plan, undo) {
        (true, true) => "(plan) would uncordon",
        (true, false) => "(plan) would drain",
        (false, true) => "will uncordon",
        (false, false) => "will drain",
    };
    log.info(now(cluster), &format!("{verb} {} nodegroup(s) in cluster \"{name}\"", groups.len()));
    if plan {
        log.warning(now(cluster), super::iamserviceaccount::PLAN);
        return Ok(());
    }
    if !undo {
        return groups.iter().try_for_each(|group| drain(command, &cloud, cluster, group));
    }
    for group in &groups {
        let nodes = nodes_of(&cluster.api, group);
        if nodes.is_empty() {
            no_nodes(command, cluster, group);
        }
        cordon(command, cluster, &nodes, false)?;
    }
    cloud.finish()
}

fn selector(group: &str) -> String {
    format!("{}={group}", well_known::EKSCTL_NODE_GROUP)
}

/// The nodes of a group, whoever made it.
pub(super) fn nodes_of(api: &Server, group: &str) -> Vec<Object> {
    let of_group = |n: &Object| {
        [well_known::EKSCTL_NODE_GROUP, well_known::EKS_NODE_GROUP].iter().any(|l| n.label(l) == Some(group))
    };
    api.list("nodes", "").into_iter().filter(of_group).collect()
}

fn no_nodes(command: &Eksctl<'_>, cluster: &Cluster, group: &str) {
    let text = format!("no nodes found in nodegroup \"{group}\" (label selector: \"{}\")", selector(group));
    command.log().warning(now(cluster), &text);
}

fn cordon(command: &Eksctl<'_>, cluster: &Cluster, nodes: &[Object], on: bool) -> anyhow::Result<()> {
    for node in nodes.iter().filter(|node| node.bool_at("spec/unschedulable") != on) {
        cluster.api.modify("nodes", "", node.name(), |node| match on {
            true => node.set("spec/unschedulable", true),
            false => drop(node.at_mut("spec").map_mut().remove("unschedulable")),
        })?;
        let verb = if on { "cordon" } else { "uncordon" };
        command.log().info(now(cluster), &format!("{verb} node \"{}\"", node.name()));
    }
    Ok(())
}

/// Cordons the nodes of a group and evicts their pods, until none is left.
pub(super) fn drain(
    command: &Eksctl<'_>,
    cloud: &Cloud,
    cluster: &Cluster,
    group: &str,
) -> anyhow::Result<()> {
    let (api, log) = (&cluster.api, command.log());
    let nodes = nodes_of(api, group);
    log.info(
        now(cluster),
        &format!("starting parallel draining, max in-flight of {}", command.flags.int("parallel").max(1)),
    );
    if nodes.is_empty() {
        no_nodes(command, cluster, group);
        return Ok(());
    }
    cordon(command, cluster, &nodes, true)?;
    let timeout = duration::parse_go_duration(command.flags.str("timeout"))?;
    let until = api.now() + timeout;
    for node in &nodes {
        let mut told = api.now();
        loop {
            cloud.finish()?;
            let pods: Vec<Object> = api.pods_on_node(node.name()).into_iter().filter(goes).collect();
            if pods.is_empty() {
                break;
            }
            if api.now() >= until {
                bail!(
                    "timed out (after {}) waiting for nodegroup \"{group}\" to be drained",
                    duration::go_duration(timeout)
                );
            }
            if api.now() > told + Duration::from_mins(1) {
                let text = format!("{} pods are unevictable from node {}", pods.len(), node.name());
                log.warning(now(cluster), &text);
                told = api.now();
            }
            for pod in pods.iter().filter(|pod| !pod.is_deleting()) {
                // A budget that refuses is asked again.
                let _ = match command.flags.bool("disable-eviction") {
                    true => api.delete("pods", pod.namespace(), pod.name()).map(drop),
                    false => api.evict(pod.namespace(), pod.name(), &DeleteOptions::default()),
                };
            }
            cloud.pass(api, AGAIN)?;
        }
    }
    let names: Vec<&str> = nodes.iter().map(Object::name).collect();
    log.success(now(cluster), &format!("drained all nodes: [{}]", names.join(" ")));
    Ok(())
}

/// Pods of DaemonSets and static pods stay.
fn goes(pod: &Object) -> bool {
    pod.controller().is_none_or(|owner| owner.kind != "DaemonSet")
        && pod.annotation("kubernetes.io/config.mirror").is_none()
}
