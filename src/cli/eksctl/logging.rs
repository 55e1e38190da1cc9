//! `eksctl utils update-cluster-logging`: which logs of the control plane go to CloudWatch.

use super::get::ask;
use super::{Eksctl, now};
use crate::json;
use crate::machinery::Value;
use crate::store::Access;
use anyhow::bail;
use std::collections::BTreeSet;

/// The types of logs there are, as eksctl lists them.
const TYPES: [&str; 5] = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

type Types = BTreeSet<String>;

/// Changes the types that are logged, or says that it would.
pub(super) fn update(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let of_file = command.config.items_at("cloudWatch/clusterLogging/enableTypes");
    let (enable, disable) = (command.flags.list("enable-types"), command.flags.list("disable-types"));
    if of_file.is_empty() {
        check(enable, disable)?;
    }
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let log = command.log();
    let name = cluster.api.store().meta().name.clone();
    let told = ask(&cloud, "eks", "DescribeCluster", json!({"name": (name.as_str())}))?;
    let present = enabled(told.items_at("cluster/logging/clusterLogging"));
    let wanted = match of_file {
        [] => resulting(&present, enable, disable),
        file if file.iter().any(|t| matches!(t.as_str(), Some("*" | "all"))) => all(),
        file => file.iter().filter_map(Value::as_str).map(str::to_string).collect(),
    };
    let of = format!("CloudWatch logging for cluster \"{name}\" in \"{}\"", cloud.region);
    if present == wanted {
        log.success(now(cluster), &format!("{of} is already up-to-date"));
        return Ok(());
    }
    let unwanted: Types = all().difference(&wanted).cloned().collect();
    let approved = command.flags.bool("approve");
    let verb = if approved { "will" } else { "(plan) would" };
    let what = format!(
        "({} & {})",
        listed(&wanted, "enable types", "to enable"),
        listed(&unwanted, "disable types", "to disable")
    );
    log.info(now(cluster), &format!("{verb} update {of} {what}"));
    if !approved {
        log.warning(now(cluster), super::iamserviceaccount::PLAN);
        return Ok(());
    }
    let setup = |types: &Types, enabled: bool| {
        let types: Vec<Value> = types.iter().map(|t| Value::from(t.as_str())).collect();
        json!({"types": types, "enabled": enabled})
    };
    let logging = json!({"clusterLogging": [(setup(&wanted, true)), (setup(&unwanted, false))]});
    let update =
        ask(&cloud, "eks", "UpdateClusterConfig", json!({"name": (name.as_str()), "logging": logging}))?;
    super::upgrade::wait(&cloud, cluster, &update)?;
    cloud.finish()?;
    let what = format!(
        "({} & {})",
        listed(&wanted, "enabled types", "enabled"),
        listed(&unwanted, "disabled types", "disabled")
    );
    log.success(now(cluster), &format!("configured {of} {what}"));
    Ok(())
}

fn all() -> Types {
    TYPES.map(str::to_string).into()
}

fn enabled(setups: &[Value]) -> Types {
    let on = setups.iter().filter(|s| s.bool_at("enabled"));
    on.flat_map(|s| s.items_at("types")).filter_map(Value::as_str).map(str::to_string).collect()
}

/// `enable types: api, audit`, or that there are none.
fn listed(types: &Types, some: &str, none: &str) -> String {
    match types.is_empty() {
        true => format!("no types {none}"),
        false => format!("{some}: {}", types.iter().cloned().collect::<Vec<_>>().join(", ")),
    }
}

fn is_all(types: &[String]) -> bool {
    types.len() == 1 && types[0] == "all"
}

fn check(enable: &[String], disable: &[String]) -> anyhow::Result<()> {
    if enable.is_empty() && disable.is_empty() {
        bail!("at least one flag has to be provided: --enable-types, --disable-types");
    }
    if is_all(enable) && is_all(disable) {
        bail!("cannot use `all` for both --enable-types and --disable-types at the same time");
    }
    for types in [enable, disable] {
        let unknown = types.iter().find(|t| !TYPES.contains(&t.as_str()));
        if let Some(unknown) = unknown.filter(|_| !is_all(types)) {
            bail!("unknown log type {unknown}. Supported log types: all, {}", TYPES.join(", "));
        }
    }
    if enable.iter().any(|t| disable.contains(t)) {
        bail!("log types cannot be part of --enable-types and --disable-types simultaneously");
    }
    Ok(())
}

/// What is logged after a change; `all` stands for what the other list does not name.
fn resulting(present: &Types, enable: &[String], disable: &[String]) -> Types {
    let mut wanted = match (is_all(enable), is_all(disable)) {
        (_, true) => return enable.iter().cloned().collect(),
        (true, _) => all(),
        _ => present.iter().chain(enable).cloned().collect(),
    };
    wanted.retain(|t| !disable.contains(t));
    wanted
}
