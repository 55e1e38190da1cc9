//! `eksctl create|get|delete fargateprofile`: pods on machines of their own.

use super::get::{ask, print};
use super::sdk::record;
use super::stack::deploy;
use super::{Eksctl, now};
use crate::aws::provision;
use crate::aws::state::{self, FARGATE_PROFILE};
use crate::cli::cloud::Cloud;
use crate::cli::cluster::Cluster;
use crate::json;
use crate::machinery::ordered::{Entries, Json};
use crate::machinery::{Duration, Value, names, well_known};
use crate::store::Access;
use anyhow::bail;

/// Time between two looks at a profile or at pods on their way.
const LOOK: Duration = Duration::from_secs(10);

/// The profiles a command is about: the one of its flags, or those of the configuration file.
fn wanted(command: &Eksctl<'_>, cluster: &Cluster) -> anyhow::Result<Vec<Value>> {
    if !command.config.is_null() {
        return Ok(command.config.items_at("fargateProfiles").to_vec());
    }
    let flags = &command.flags;
    if flags.str("namespace").is_empty() {
        bail!("--namespace must be set");
    }
    let store = cluster.api.store();
    let name = match command.name()? {
        name if name.is_empty() => {
            format!(
                "fp-{}",
                names::hex(state::seed(store), "fargate profile", store.draw("fargate profile"), 8)
            )
        }
        name => name,
    };
    let mut selector = json!({"namespace": (flags.str("namespace"))});
    let mut profile = json!({"name": name});
    for (flag, shown, of) in [("labels", "-l, --labels", &mut selector), ("tags", "--tags", &mut profile)] {
        for pair in flags.list(flag) {
            let Some((key, value)) = pair.split_once('=') else {
                bail!(
                    "invalid argument \"{pair}\" for \"{shown}\" flag: {pair} must be formatted as key=value"
                );
            };
            of.at_mut(flag).map_mut().insert(key, value);
        }
    }
    profile.set("selectors", json!([selector]));
    Ok(vec![profile])
}

/// Makes them, one after the other.
pub(super) fn create(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let profiles = wanted(command, cluster)?;
    make_all(command, &cloud, cluster, &profiles)?;
    cloud.finish()
}

/// Makes profiles, with the role their pods run with, and takes CoreDNS along where one selects it.
pub(super) fn make_all(
    command: &Eksctl<'_>,
    cloud: &Cloud,
    cluster: &Cluster,
    profiles: &[Value],
) -> anyhow::Result<()> {
    let (log, store) = (command.log(), cluster.api.store());
    let name = store.meta().name.clone();
    for profile in profiles {
        let role = match profile.str_at("podExecutionRoleARN") {
            "" => execution_role(command, cloud, cluster)?,
            given => given.to_string(),
        };
        let of = format!("Fargate profile \"{}\" on EKS cluster \"{name}\"", profile.str_at("name"));
        log.info(now(cluster), &format!("creating {of}"));
        let mut input = json!({
            "clusterName": (name.as_str()), "fargateProfileName": (profile.at("name")), "podExecutionRoleArn": role,
            "selectors": (profile.at("selectors")),
        });
        input.set_given(profile, &["subnets", "tags"]);
        ask(cloud, "eks", "CreateFargateProfile", input).map_err(|e| {
            anyhow::anyhow!(
                "could not create fargate profiles: failed to create Fargate profile \"{}\": {e}",
                profile.str_at("name")
            )
        })?;
        while status(cluster, profile.str_at("name")) == "CREATING" {
            cloud.pass(&cluster.api, LOOK)?;
        }
        log.info(now(cluster), &format!("created {of}"));
    }
    let selects_dns = |profile: &Value| {
        profile.items_at("selectors").iter().any(|s| {
            s.str_at("namespace") == "kube-system"
                && s.map_at("labels").iter().all(|(k, v)| k == "k8s-app" && v.as_str() == Some("kube-dns"))
        })
    };
    if profiles.iter().any(selects_dns) {
        take_core_dns(command, cloud, cluster)?;
    }
    Ok(())
}

fn status(cluster: &Cluster, profile: &str) -> String {
    let found = state::find(cluster.api.store(), FARGATE_PROFILE, profile);
    found.map(|p| p.str_at("spec/status").to_string()).unwrap_or_default()
}

/// The role of a cluster's pods on Fargate; its stack is made with the first of them.
fn execution_role(command: &Eksctl<'_>, cloud: &Cloud, cluster: &Cluster) -> anyhow::Result<String> {
    let name = cluster.api.store().meta().name.clone();
    if let Some(arn) = provision::fargate_role(&cloud.places(), &name) {
        return Ok(arn);
    }
    deploy(command, cloud, cluster, &provision::fargate_stack(&name), || {
        Ok(provision::make_fargate_role(&cloud.places(), &name))
    })
}

/// Has CoreDNS run on Fargate.
fn take_core_dns(command: &Eksctl<'_>, cloud: &Cloud, cluster: &Cluster) -> anyhow::Result<()> {
    let (api, log) = (&cluster.api, command.log());
    if api.find("deployments.apps", "kube-system", "coredns").is_none() {
        return Ok(());
    }
    api.modify("deployments.apps", "kube-system", "coredns", |coredns| {
        coredns
            .at_mut("spec/template/metadata/annotations")
            .map_mut()
            .insert(well_known::COMPUTE_TYPE, "fargate");
    })?;
    log.info(now(cluster), "\"coredns\" is now schedulable onto Fargate");
    for _ in 0..60 {
        cloud.finish()?;
        let pods = api.list("pods", "kube-system");
        let mut dns = pods.iter().filter(|p| p.label("k8s-app") == Some("kube-dns"));
        if dns.all(|p| p.label(well_known::FARGATE_PROFILE).is_some() && p.condition_true("Ready")) {
            break;
        }
        cloud.pass(&cluster.api, LOOK)?;
    }
    log.info(now(cluster), "\"coredns\" is now scheduled onto Fargate");
    log.info(now(cluster), "\"coredns\" pods are now scheduled onto Fargate");
    Ok(())
}

/// The table: a line a selector.
pub(super) fn get(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Read)?;
    let cluster = command.cluster(&cloud)?;
    let name = cluster.api.store().meta().name.clone();
    let wanted = command.name()?;
    let names = match wanted.as_str() {
        "" => {
            let listed = ask(&cloud, "eks", "ListFargateProfiles", json!({"clusterName": (name.as_str())}))?;
            listed.items_at("fargateProfileNames").to_vec()
        }
        one => vec![Value::from(one)],
    };
    let (mut rows, mut data) = (Vec::new(), Vec::new());
    for profile in names {
        let input = json!({"clusterName": (name.as_str()), "fargateProfileName": profile});
        let told = ask(&cloud, "eks", "DescribeFargateProfile", input)?;
        let profile = told.at("fargateProfile");
        let texts = |list: &[Value]| list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
        for selector in profile.items_at("selectors") {
            rows.push(vec![
                profile.str_at("fargateProfileName").to_string(),
                selector.str_at("namespace").to_string(),
                pairs(selector.at("labels")),
                profile.str_at("podExecutionRoleArn").to_string(),
                texts(profile.items_at("subnets")),
                pairs(profile.at("tags")),
                profile.str_at("status").to_string(),
            ]);
        }
        data.push(summary(profile));
    }
    let columns = [
        "NAME",
        "SELECTOR_NAMESPACE",
        "SELECTOR_LABELS",
        "POD_EXECUTION_ROLE_ARN",
        "SUBNETS",
        "TAGS",
        "STATUS",
    ];
    print(command, &columns, rows, &Json::list(data), "No fargateprofiles found");
    Ok(())
}

fn pairs(map: &Value) -> String {
    let pair = |(key, value): (&str, &Value)| format!("{key}={}", value.as_str().unwrap_or_default());
    match map.map().is_empty() {
        true => "<none>".to_string(),
        false => map.map().iter().map(pair).collect::<Vec<_>>().join(","),
    }
}

fn summary(profile: &Value) -> Json {
    let selector = |selector: &Value| {
        let mut entries = Entries::new();
        entries.insert("namespace", Json::str(selector.str_at("namespace")));
        if !selector.map_at("labels").is_empty() {
            entries.insert("labels", Json::from(selector.at("labels")));
        }
        Json::map(entries)
    };
    let whole = record([
        ("name", Json::str(profile.str_at("fargateProfileName"))),
        ("podExecutionRoleARN", Json::str(profile.str_at("podExecutionRoleArn"))),
        ("selectors", Json::list(profile.items_at("selectors").iter().map(selector).collect())),
        ("subnets", Json::from(profile.at("subnets"))),
    ]);
    let mut entries = whole.entries().cloned().unwrap_or_else(Entries::new);
    if !profile.map_at("tags").is_empty() {
        entries.insert("tags", Json::from(profile.at("tags")));
    }
    entries.insert("status", Json::str(profile.str_at("status")));
    Json::map(entries)
}

/// Removes one, and the pods on it.
pub(super) fn delete(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let profile = command.name()?;
    if profile.is_empty() {
        bail!("invalid Fargate profile: empty name");
    }
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let log = command.log();
    let name = cluster.api.store().meta().name.clone();
    let of = format!("Fargate profile \"{profile}\" on EKS cluster \"{name}\"");
    let waits = command.flags.bool("wait");
    if waits {
        log.info(now(cluster), &format!("deleting {of}"));
    }
    let input = json!({"clusterName": (name.as_str()), "fargateProfileName": (profile.as_str())});
    ask(&cloud, "eks", "DeleteFargateProfile", input)
        .map_err(|e| anyhow::anyhow!("failed to delete Fargate profile \"{profile}\": {e}"))?;
    while waits && !status(cluster, &profile).is_empty() {
        cloud.pass(&cluster.api, LOOK)?;
    }
    cloud.finish()?;
    log.info(now(cluster), &format!("deleted {of}"));
    Ok(())
}
