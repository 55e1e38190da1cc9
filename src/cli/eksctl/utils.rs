//! `eksctl utils ...` and `eksctl info`: stacks and add-on versions described, the add-ons every cluster has updated.

use super::get::{ask, in_yaml};
use super::sdk::{record, structure};
use super::{Eksctl, VERSION, now};
use crate::api::Server;
use crate::aws::state::{self, ADDON};
use crate::catalog::releases;
use crate::cli::Session;
use crate::cli::cluster::Cluster;
use crate::json;
use crate::machinery::ordered::{self, Json};
use crate::machinery::{KubeVersion, Value};
use crate::store::Access;
use anyhow::bail;

/// The versions of the tools around.
pub(super) fn info(session: &Session, as_json: bool) -> String {
    let kubectl = releases::git_version(crate::cli::kubectl::client_version(session).0);
    let kubectl = kubectl.split("-eks").next().unwrap_or_default();
    if !as_json {
        return format!("eksctl version: {VERSION}\nkubectl version: {kubectl}\nOS: linux");
    }
    let told = record([
        ("EksctlVersion", Json::str(VERSION)),
        ("KubectlVersion", Json::str(kubectl)),
        ("OS", Json::str("linux")),
    ]);
    ordered::compact(&told, (",", ":"), false)
}

/// eksctl's version with what it is of.
pub(super) fn version() -> String {
    let told = record([
        ("Version", Json::str(VERSION)),
        ("PreReleaseID", Json::str("")),
        ("Metadata", record([("BuildDate", Json::str("")), ("GitCommit", Json::str(""))])),
        ("EKSServerSupportedVersions", supported()),
    ]);
    ordered::compact(&told, (",", ":"), false)
}

fn supported() -> Json {
    let minors = KubeVersion::OLDEST.minor..=KubeVersion::LATEST.minor;
    Json::list(minors.map(|minor| Json::str(&KubeVersion::new(minor).to_string())).collect())
}

/// The stacks of a cluster.
pub(super) fn describe_stacks(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let output = command.flags.str("output");
    if output == "table" {
        bail!("output type \"table\" is not supported");
    }
    if !output.is_empty() && ["all", "events", "trail"].iter().any(|flag| command.flags.given(flag)) {
        bail!("since the output flag is specified, the flags `all`, `events` and `trail` cannot be used");
    }
    let cloud = command.open(Access::Read)?;
    let cluster = command.cluster(&cloud)?;
    let log = command.log();
    let prefix = format!("eksctl-{}-", cluster.api.store().meta().name);
    let told = ask(&cloud, "cloudformation", "DescribeStacks", Value::object())?;
    let stacks: Vec<&Value> =
        told.items_at("Stacks").iter().filter(|s| s.str_at("StackName").starts_with(&prefix)).collect();
    if stacks.len() < 2 {
        log.warning(
            now(cluster),
            &format!(
                "only {} stacks found, for a ready-to-use cluster there should be at least 2",
                stacks.len()
            ),
        );
    }
    let shown = |stack: &Value| structure("cloudformation", "Stack", stack);
    let data = Json::list(stacks.iter().map(|s| shown(s)).collect());
    match output {
        "json" => command.session.println(&ordered::indented(&data)),
        "yaml" => command.session.print(&in_yaml(&data)),
        _ => {
            for stack in stacks {
                let text = ordered::compact(&shown(stack), (",", ":"), false);
                log.info(now(cluster), &format!("stack/{} = {text}", stack.str_at("StackName")));
            }
        }
    }
    Ok(())
}

/// What versions of add-ons there are for a version of Kubernetes.
pub(super) fn describe_addon_versions(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Read)?;
    let (name, given) = (command.flags.str("name"), command.flags.str("kubernetes-version"));
    let of_cluster = command.cluster_name().ok();
    if given.is_empty() && of_cluster.is_none() {
        bail!("please specify one of --kubernetes-version or --cluster");
    }
    let (version, at) = match of_cluster {
        Some(_) if given.is_empty() => {
            let cluster = command.cluster(&cloud)?;
            (cluster.api.version().to_string(), now(cluster))
        }
        _ => (given.to_string(), cloud.places().now()),
    };
    let mut input = json!({"kubernetesVersion": version});
    if name.is_empty() {
        command.log().info(at, "describing all addon versions");
    } else {
        input.set("addonName", name);
        command.log().info(at, &format!("describing addon versions for addon: {name}"));
    }
    let told = ask(&cloud, "eks", "DescribeAddonVersions", input)
        .map_err(|e| anyhow::anyhow!("failed to describe addon versions: {e}"))?;
    let addons = told.items_at("addons").iter().map(|a| structure("eks", "AddonInfo", a)).collect();
    let data = record([("Addons", Json::list(addons))]);
    command.session.println(&ordered::compact(&data, (",", ":"), false));
    Ok(())
}

/// An add-on that every cluster has.
struct Default {
    addon: &'static str,
    resource: &'static str,
    name: &'static str,
    /// How eksctl names the kind: it replaces what it has a manifest of, and changes the image of what it has none.
    replaced: Option<&'static str>,
}

const KUBE_PROXY: Default =
    Default { addon: "kube-proxy", resource: "daemonsets.apps", name: "kube-proxy", replaced: None };
const AWS_NODE: Default = Default {
    addon: "vpc-cni",
    resource: "daemonsets.apps",
    name: "aws-node",
    replaced: Some("DaemonSet.apps"),
};
const COREDNS: Default = Default {
    addon: "coredns",
    resource: "deployments.apps",
    name: "coredns",
    replaced: Some("Deployment.apps"),
};

/// `utils update-kube-proxy`.
pub(super) fn update_kube_proxy(command: &Eksctl<'_>) -> anyhow::Result<()> {
    update(command, &KUBE_PROXY)
}

/// `utils update-aws-node`.
pub(super) fn update_aws_node(command: &Eksctl<'_>) -> anyhow::Result<()> {
    update(command, &AWS_NODE)
}

/// `utils update-coredns`.
pub(super) fn update_coredns(command: &Eksctl<'_>) -> anyhow::Result<()> {
    update(command, &COREDNS)
}

/// The tag of an add-on's image for the cluster's version.
fn tag(addon: &Default, api: &Server) -> String {
    let versions = releases::addons(api.version());
    match addon.addon {
        "kube-proxy" => versions.kube_proxy,
        "vpc-cni" => versions.vpc_cni.to_string(),
        _ => versions.coredns.to_string(),
    }
}

/// Gives an add-on that nobody manages the image of the cluster's version.
fn update(command: &Eksctl<'_>, addon: &Default) -> anyhow::Result<()> {
    let cloud = command.open(Access::Write)?;
    let cluster: &Cluster = command.cluster(&cloud)?;
    let (api, log) = (&cluster.api, command.log());
    let (name, managed) = (addon.name, addon.addon);
    if state::find(api.store(), ADDON, managed).is_some() {
        bail!(
            "addon {managed} is installed as a managed EKS addon; to update it, use `eksctl update addon` instead"
        );
    }
    let Some(mut workload) = api.find(addon.resource, "kube-system", name) else {
        log.warning(now(cluster), &format!("\"{name}\" was not found"));
        return Ok(());
    };
    let wanted = tag(addon, api);
    let image = workload.items_at("spec/template/spec/containers")[0].str_at("image").to_string();
    let (repository, present) = image.rsplit_once(':').unwrap_or((&image, ""));
    let approved = command.flags.bool("approve");
    if present == wanted && addon.replaced.is_none() {
        log.info(now(cluster), &format!("\"{name}\" is already up-to-date"));
        return Ok(());
    }
    if let Some(kind) = addon.replaced {
        let verb = if approved { "" } else { "(plan) would have " };
        log.info(now(cluster), &format!("{verb}replaced \"kube-system:{kind}/{name}\""));
    }
    if !approved {
        log.critical(now(cluster), &format!("(plan) \"{name}\" is not up-to-date"));
        log.warning(now(cluster), super::iamserviceaccount::PLAN);
        return Ok(());
    }
    let fresh = format!("{repository}:{wanted}");
    workload.at_mut("spec/template/spec/containers").list_mut()[0].set("image", fresh);
    api.update(workload)?;
    cloud.finish()?;
    log.info(now(cluster), &format!("\"{name}\" is now up-to-date"));
    Ok(())
}
