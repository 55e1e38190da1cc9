//! `eksctl get|set|unset labels`: the labels of managed node groups, which their nodes get.

use super::get::ask;
use super::{Eksctl, now, table};
use crate::aws::state::{self, NODE_GROUP};
use crate::json;
use crate::machinery::Value;
use crate::store::Access;
use anyhow::bail;

pub(super) fn get(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Read)?;
    let cluster = command.cluster(&cloud)?;
    let cluster_name = cluster.api.store().meta().name.clone();
    let wanted = command.flags.str("nodegroup");
    let mut rows = Vec::new();
    for group in state::list(cluster.api.store(), NODE_GROUP) {
        if wanted.is_empty() || group.name() == wanted {
            let pair = |(k, v): (&str, &Value)| format!("{k}={}", v.as_str().unwrap_or_default());
            let labels: Vec<String> = group.map_at("spec/labels").iter().map(pair).collect();
            rows.push(vec![cluster_name.clone(), group.name().to_string(), labels.join(",")]);
        }
    }
    if rows.is_empty() {
        bail!("nodegroup with name {wanted} not found");
    }
    command.session.print(&table::print(&["CLUSTER", "NODEGROUP", "LABELS"], rows));
    Ok(())
}

/// Has EKS change the labels; `told` is what is said of it.
fn change(command: &Eksctl<'_>, labels: Value, told: &str) -> anyhow::Result<()> {
    let group = command.flags.str("nodegroup");
    if group.is_empty() {
        bail!("--nodegroup must be set");
    }
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let name = cluster.api.store().meta().name.clone();
    let log = command.log();
    log.info(now(cluster), &told.replace("GROUP", group).replace("CLUSTER", &name));
    let input = json!({"clusterName": name, "nodegroupName": group, "labels": labels});
    ask(&cloud, "eks", "UpdateNodegroupConfig", input)?;
    cloud.finish()?;
    log.info(now(cluster), "done");
    Ok(())
}

pub(super) fn set(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let mut labels = Value::object();
    for pair in command.flags.list("labels") {
        let Some((key, value)) = pair.split_once('=') else {
            bail!(
                "invalid argument \"{pair}\" for \"-l, --labels\" flag: {pair} must be formatted as key=value"
            );
        };
        labels.map_mut().insert(key, value);
    }
    if labels.map().is_empty() {
        bail!("--labels must be set");
    }
    change(
        command,
        json!({"addOrUpdateLabels": labels}),
        "setting label(s) on nodegroup GROUP in cluster CLUSTER",
    )
}

pub(super) fn unset(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let keys: Vec<Value> = command.flags.list("labels").iter().map(|key| Value::from(key.as_str())).collect();
    if keys.is_empty() {
        bail!("--labels must be set");
    }
    change(
        command,
        json!({"removeLabels": keys}),
        "removing label(s) from nodegroup GROUP in cluster CLUSTER",
    )
}
