//! `eksctl upgrade cluster|nodegroup`: first the control plane goes to the next minor version, then its nodes follow.

use super::get::ask;
use super::{Eksctl, now};
use crate::aws::state::{self, NODE_GROUP, STACK};
use crate::cli::cloud::Cloud;
use crate::cli::cluster::Cluster;
use crate::json;
use crate::machinery::{KubeVersion, Value};
use crate::store::Access;
use anyhow::bail;

/// Waits until an update of a cluster is over.
pub(super) fn wait(cloud: &Cloud, cluster: &Cluster, update: &Value) -> anyhow::Result<()> {
    wait_for(cloud, cluster, update, json!({}), &|| ())
}

/// Waits until an update is over; `more` tells what it is of beside the cluster, and `look` what is said at each look.
fn wait_for(
    cloud: &Cloud,
    cluster: &Cluster,
    update: &Value,
    more: Value,
    look: &dyn Fn(),
) -> anyhow::Result<()> {
    let name = cluster.api.store().meta().name.clone();
    let mut input = more;
    input.set("name", name.as_str());
    input.set("updateId", update.at("update/id"));
    for _ in 0..130 {
        cloud.finish()?;
        look();
        let told = ask(cloud, "eks", "DescribeUpdate", input.clone())?;
        if told.str_at("update/status") == "Successful" {
            return Ok(());
        }
        cloud.pass(&cluster.api, super::cluster::STACK_POLL)?;
    }
    bail!("timed out waiting for update of cluster \"{name}\"")
}

/// The version to go to, if there is one to go to.
fn target(wanted: &str, present: KubeVersion) -> anyhow::Result<Option<KubeVersion>> {
    if matches!(wanted, "" | "auto") {
        return Ok(present.next());
    }
    let Some(version) = KubeVersion::parse(wanted) else {
        bail!("couldn't compare versions for upgrade: No Major.Minor.Patch elements found");
    };
    if version < present {
        bail!(
            "cannot upgrade to a lower version. Found given target version \"{wanted}\", current cluster version \"{present}\""
        );
    }
    if version > KubeVersion::LATEST {
        bail!(
            "control plane version \"{wanted}\" is not known to this version of eksctl, try to upgrade eksctl first"
        );
    }
    match present.next() {
        _ if version == present => Ok(None),
        Some(next) if version != next => bail!(
            "upgrading more than one version at a time is not supported. Found upgrade from \"{present}\" to \"{version}\". Please upgrade to \"{next}\" first"
        ),
        next => Ok(next),
    }
}

/// Upgrades the control plane, or says that it would.
pub(super) fn cluster(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let name = match (command.name()?, command.config.str_at("metadata/name")) {
        (name, config) if name.is_empty() => config.to_string(),
        (name, "") => name,
        _ => bail!("cannot use --name when --config-file/-f is set"),
    };
    if name.is_empty() {
        bail!("--name must be set");
    }
    let cloud = command.open(Access::Write)?;
    let cluster = cloud.cluster(&name).ok_or_else(|| super::no_cluster(&name))?;
    let log = command.log();
    let present = cluster.api.store().meta().version;
    if !command.config.is_null() {
        log.warning(
            now(cluster),
            "NOTE: cluster VPC (subnets, routing & NAT Gateway) configuration changes are not yet implemented",
        );
    }
    let wanted = match command.flags.str("version") {
        "" => command.config.str_at("metadata/version"),
        given => given,
    };
    let approved = command.flags.bool("approve");
    let target = target(wanted, present)?;
    match target {
        None => log.info(now(cluster), "no cluster version update required"),
        Some(version) => {
            let verb = if approved { "will" } else { "(plan) would" };
            log.info(
                now(cluster),
                &format!("{verb} upgrade cluster \"{name}\" control plane from current version \"{present}\" to \"{version}\""),
            );
            if approved {
                let input = json!({"name": (name.as_str()), "version": (version.to_string())});
                let update = ask(&cloud, "eks", "UpdateClusterVersion", input)?;
                wait(&cloud, cluster, &update)?;
                cloud.finish()?;
                log.success(
                    now(cluster),
                    &format!("cluster \"{name}\" control plane has been upgraded to version \"{version}\""),
                );
                log.info(
                    now(cluster),
                    "you will need to follow the upgrade procedure for all of nodegroups and add-ons",
                );
            }
        }
    }
    let stack = format!("eksctl-{name}-cluster");
    log.info(now(cluster), &format!("re-building cluster stack \"{stack}\""));
    log.success(now(cluster), &format!("all resources in cluster stack \"{stack}\" are up-to-date"));
    log.info(now(cluster), "checking security group configuration for all nodegroups");
    log.info(now(cluster), "all nodegroups have up-to-date cloudformation templates");
    if target.is_some() && !approved {
        log.warning(now(cluster), super::iamserviceaccount::PLAN);
    }
    Ok(())
}

/// Replaces the nodes of a managed group by ones of the newest image, of its own version unless another is given.
pub(super) fn node_group(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let name = command.name()?;
    if name.is_empty() {
        bail!("--name must be set");
    }
    let wanted = command.flags.str("kubernetes-version");
    if !wanted.is_empty() && !command.flags.str("release-version").is_empty() {
        bail!("only one of kubernetes-version or release-version can be specified");
    }
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let log = command.log();
    let cluster_name = cluster.api.store().meta().name.clone();
    let Some(group) = state::find(cluster.api.store(), NODE_GROUP, &name) else {
        bail!("upgrade is only supported for managed nodegroups; could not find one with name \"{name}\"");
    };
    let version = if wanted.is_empty() { group.str_at("spec/version") } else { wanted };
    let input = json!({
        "clusterName": (cluster_name.as_str()), "nodegroupName": (name.as_str()), "version": version,
    });
    let stack = format!("eksctl-{cluster_name}-nodegroup-{name}");
    let has_stack = state::find(cloud.places().account, STACK, &stack).is_some();
    let waiting = if has_stack {
        log.info(now(cluster), "upgrading nodegroup version");
        log.info(now(cluster), "updating nodegroup stack");
        let change_set = format!("eksctl-update-nodegroup-{}", now(cluster).timestamp().as_second());
        let text = format!("waiting for CloudFormation changeset \"{change_set}\" for stack \"{stack}\"");
        log.info(now(cluster), &text);
        format!("waiting for CloudFormation stack \"{stack}\"")
    } else {
        format!("waiting for upgrade of nodegroup \"{name}\" to complete")
    };
    let update = ask(&cloud, "eks", "UpdateNodegroupVersion", input)?;
    if !has_stack {
        log.info(now(cluster), &format!("upgrade of nodegroup \"{name}\" in progress"));
    }
    if command.flags.bool("wait") {
        let group = json!({"nodegroupName": (name.as_str())});
        wait_for(&cloud, cluster, &update, group, &|| log.info(now(cluster), &waiting))?;
        log.info(now(cluster), "nodegroup successfully upgraded");
    }
    cloud.finish()
}
