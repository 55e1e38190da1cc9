//! `eksctl create|get|update|delete addon`.

use super::get::{ask, print};
use super::sdk::record;
use super::{Eksctl, now};
use crate::api::Server;
use crate::aws;
use crate::aws::state::{self, ADDON};
use crate::cli::cloud::Cloud;
use crate::cli::cluster::Cluster;
use crate::json;
use crate::machinery::ordered::Json;
use crate::machinery::{KubeVersion, Object, Value};
use crate::store::Access;
use anyhow::bail;

const COLUMNS: [&str; 9] = [
    "NAME",
    "VERSION",
    "STATUS",
    "ISSUES",
    "IAMROLE",
    "UPDATE AVAILABLE",
    "CONFIGURATION VALUES",
    "NAMESPACE",
    "POD IDENTITY ASSOCIATION ROLES",
];

/// Tells which version the cluster has; answers the cluster's name and the version.
fn tell_version(command: &Eksctl<'_>, cluster: &Cluster) -> (String, KubeVersion) {
    let meta = cluster.api.store().meta();
    let (name, version) = (meta.name.clone(), meta.version);
    command
        .log()
        .info(now(cluster), &format!("Kubernetes version \"{version}\" in use by cluster \"{name}\""));
    (name, version)
}

/// Makes one.
pub(super) fn create(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let (log, at) = (command.log(), now(cluster));
    let name = command.name()?;
    if name.is_empty() {
        bail!("name is required");
    }
    let (cluster_name, _) = tell_version(command, cluster);
    let input = json!({
        "clusterName": cluster_name, "addonName": (name.as_str()), "addonVersion": (command.flags.str("version")),
        "serviceAccountRoleArn": (command.flags.str("service-account-role-arn")),
    });
    log.info(at, &format!("creating addon: {name}"));
    ask(&cloud, "eks", "CreateAddon", input)
        .map_err(|e| anyhow::anyhow!("failed to create addon \"{name}\": {e}"))?;
    cloud.finish()?;
    if !command.flags.bool("wait") {
        log.info(at, &format!("successfully created addon: {name}"));
        return Ok(());
    }
    for _ in 0..50 {
        let is_active = |a: Object| a.str_at("spec/status") == "ACTIVE";
        if state::find(cluster.api.store(), ADDON, &name).is_some_and(is_active) {
            log.info(now(cluster), &format!("addon \"{name}\" active"));
            return Ok(());
        }
        cloud.pass(&cluster.api, super::cluster::STACK_POLL)?;
    }
    bail!("timed out waiting for addon \"{name}\" to become active")
}

/// Installs the add-ons of a configuration; answers their names.
pub(super) fn furnish(cloud: &Cloud, api: &Server, document: &Value) -> anyhow::Result<Vec<String>> {
    let (cluster, mut names) = (api.store().meta().name.clone(), Vec::new());
    for addon in document.items_at("addons") {
        let name = addon.str_at("name");
        let version = if addon.str_at("version") == "latest" { "" } else { addon.str_at("version") };
        let mut input = json!({
            "clusterName": (cluster.as_str()), "addonName": name, "addonVersion": version,
            "serviceAccountRoleArn": (addon.str_at("serviceAccountRoleARN")),
        });
        input.set_given(addon, &["configurationValues", "tags"]);
        ask(cloud, "eks", "CreateAddon", input)
            .map_err(|e| anyhow::anyhow!("failed to create addon \"{name}\": {e}"))?;
        names.push(name.to_string());
    }
    Ok(names)
}

/// Gives one another version, or another role.
pub(super) fn update(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let name = command.name()?;
    if name.is_empty() {
        bail!("name is required");
    }
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let (log, at) = (command.log(), now(cluster));
    let (cluster_name, version) = tell_version(command, cluster);
    let named = json!({"clusterName": (cluster_name.as_str()), "addonName": (name.as_str())});
    let kept = ask(&cloud, "eks", "DescribeAddon", named)
        .map_err(|e| anyhow::anyhow!("failed to get addon \"{name}\": {e}"))?;
    let present = kept.str_at("addon/addonVersion").to_string();
    let wanted = match command.flags.str("version") {
        "" => {
            log.info(at, &format!("no new version provided, preserving existing version: {present}"));
            present
        }
        "latest" => aws::latest_version(&name, version).unwrap_or(present),
        given => given.to_string(),
    };
    if !command.flags.str("version").is_empty() {
        log.info(at, &format!("new version provided {wanted}"));
    }
    log.info(at, "updating addon");
    let input = json!({
        "clusterName": cluster_name, "addonName": (name.as_str()), "addonVersion": wanted,
        "serviceAccountRoleArn": (command.flags.str("service-account-role-arn")),
    });
    ask(&cloud, "eks", "UpdateAddon", input)
        .map_err(|e| anyhow::anyhow!("failed to update addon \"{name}\": {e}"))?;
    log.info(at, &format!("addon \"{name}\" active"));
    cloud.finish()
}

/// An add-on as data.
fn summary(addon: &Object, version: KubeVersion) -> Json {
    let spec = addon.at("spec");
    let text = |member: &str| Json::str(spec.str_at(member));
    let newer = aws::latest_version(addon.name(), version).filter(|v| v != spec.str_at("addonVersion"));
    record([
        ("Name", Json::str(addon.name())),
        ("Namespace", Json::str("kube-system")),
        ("Version", text("addonVersion")),
        ("NewerVersion", Json::str(&newer.unwrap_or_default())),
        ("IAMRole", text("serviceAccountRoleArn")),
        ("Status", text("status")),
        ("ConfigurationValues", text("configurationValues")),
        ("Issues", Json::list(spec.items_at("health/issues").iter().map(Json::from).collect())),
        ("PodIdentityAssociations", Json::Null),
    ])
}

/// The table.
pub(super) fn get(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Read)?;
    let cluster = command.cluster(&cloud)?;
    let (log, at) = (command.log(), now(cluster));
    let (_, version) = tell_version(command, cluster);
    let wanted = command.name()?;
    let mut all = state::list(cluster.api.store(), ADDON);
    if wanted.is_empty() {
        log.info(at, "getting all addons");
    } else {
        all.retain(|a| a.name() == wanted);
    }
    if !all.is_empty() {
        log.info(
            at,
            "to see issues for an addon run `eksctl get addon --name <addon-name> --cluster <cluster-name>`",
        );
    }
    let row = |addon: &Object| {
        let spec = addon.at("spec");
        let has = spec.str_at("addonVersion");
        let newer = aws::latest_version(addon.name(), version).filter(|latest| latest != has);
        vec![
            addon.name().to_string(),
            has.to_string(),
            spec.str_at("status").to_string(),
            spec.items_at("health/issues").len().to_string(),
            spec.str_at("serviceAccountRoleArn").to_string(),
            newer.unwrap_or_default(),
            spec.str_at("configurationValues").to_string(),
            "kube-system".to_string(),
            String::new(),
        ]
    };
    let rows = all.iter().map(row).collect();
    let datum = |addon: &Object| summary(addon, version);
    let data = Json::list(all.iter().map(datum).collect());
    print(command, &COLUMNS, rows, &data, "No addons found");
    Ok(())
}

/// Removes one, with its objects unless they are to stay.
pub(super) fn delete(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let (log, at, api) = (command.log(), now(cluster), &cluster.api);
    let name = command.name()?;
    if name.is_empty() {
        bail!("must specify addon name");
    }
    let (cluster_name, _) = tell_version(command, cluster);
    let stack = format!("eksctl-{cluster_name}-addon-{name}");
    let has_stack = state::find(cloud.places().account, state::STACK, &stack).is_some();
    let preserve = command.flags.bool("preserve");
    if state::find(api.store(), ADDON, &name).is_some() {
        log.info(
            at,
            &if preserve {
                format!("deleting addon \"{name}\" and preserving its resources")
            } else {
                format!("deleting addon: {name}")
            },
        );
        let input = json!({"clusterName": cluster_name, "addonName": (name.as_str()), "preserve": preserve});
        ask(&cloud, "eks", "DeleteAddon", input)?;
        log.info(at, &format!("deleted addon: {name}"));
    } else {
        log.info(at, &format!("addon \"{name}\" does not exist"));
        if !has_stack {
            bail!("could not find addon or associated IAM stack(s) to delete");
        }
    }
    if has_stack {
        log.info(at, "deleting associated IAM stack(s)");
        log.info(at, &format!("will delete stack \"{stack}\""));
        ask(&cloud, "cloudformation", "DeleteStack", json!({"StackName": stack}))?;
    } else {
        log.info(at, "no associated IAM stacks found");
    }
    cloud.finish()
}
