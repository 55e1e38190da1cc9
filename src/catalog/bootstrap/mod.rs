//! What a new cluster holds: what every EKS cluster has from the start, and the nodes of its groups.
//!
//! A cluster is made in two strokes with the engine run in between, so that everything in it has come about as it does in
//! life: [`fill`] at its birth, [`crate::aws::provision::join`] when its nodes come up, then the time that is left until
//! the first command.

use super::cluster_config::ClusterConfig;
use super::releases;
use crate::api::{ApiError, Server};
use crate::json;
use crate::machinery::yaml::{self, Documents};
use crate::machinery::{Duration, Object, Time, Value, names};
use crate::store::{ClockMode, Meta};
use std::collections::BTreeMap;

/// How long before the first command the control plane began to serve.
pub const CLUSTER_AGE: Duration = Duration::from_mins(14);
/// How long before the first command the nodes joined.
pub const NODES_AGE: Duration = Duration::from_mins(6);

/// The identity and clock of a new cluster whose first command runs at `start`.
pub fn meta(config: &ClusterConfig, seed: u64, start: Time) -> Meta {
    Meta {
        name: config.name.clone(),
        region: config.region.clone(),
        version: config.version,
        seed,
        revision: 0,
        now: start - CLUSTER_AGE,
        clock: ClockMode::Manual,
        counters: BTreeMap::new(),
        config: config.to_value(),
    }
}

/// Fills a new cluster with what EKS puts there.
pub fn fill(api: &Server, config: &ClusterConfig) {
    let texts = [include_str!("namespaces.yaml"), include_str!("rbac.yaml"), include_str!("addons.yaml")];
    for text in texts {
        let text = substitute(text, config);
        for document in Documents::new(text.as_bytes()) {
            let mut object = Object(document.expect("the built-in manifests are YAML").value);
            adapt(&mut object, config);
            let _ = api.create(object);
        }
    }
    // The ConfigMap comes with the first node group.
    let roles = map_roles(config, &account(config, api.store().meta().seed));
    if !roles.is_empty() && config.document.str_at("accessConfig/authenticationMode") != "API" {
        let mut auth = Object::new("v1", "ConfigMap", "kube-system", "aws-auth");
        auth.set("data", json!({"mapRoles": roles}));
        let _ = api.create(auth);
    }
}

/// The account a cluster lives in: what `AWS_ACCOUNT_ID` of its metadata tags says, or one drawn from the seed.
pub fn account(config: &ClusterConfig, seed: u64) -> String {
    match config.document.str_at("metadata/accountID") {
        "" => drawn_account(seed),
        account => account.to_string(),
    }
}

/// The number of an account nobody has given one: 12 digits.
pub fn drawn_account(seed: u64) -> String {
    format!("{:012}", 100_000_000_000 + names::number(seed, "account", 0) % 900_000_000_000)
}

/// The name of the role eksctl makes for the nodes of a group.
pub fn node_role(cluster: &str, group: &str) -> String {
    let id = names::hex(0, &format!("{cluster} {group}"), 0, 12).to_uppercase();
    format!("eksctl-{cluster}-nodegroup-{group}-NodeInstanceRole-{id}")
}

fn substitute(text: &str, config: &ClusterConfig) -> String {
    let versions = releases::addons(config.version);
    let registry = format!("602401143452.dkr.ecr.{}.amazonaws.com", config.region);
    text.replace("$REGISTRY", &registry)
        .replace("$CLUSTER", &config.name)
        .replace("$CNI", versions.vpc_cni)
        .replace(
            "$POLICY_AGENT",
            if versions.policy_agent.is_empty() { "none" } else { versions.policy_agent },
        )
        .replace("$KUBE_PROXY", &versions.kube_proxy)
        .replace("$COREDNS", versions.coredns)
}

/// What differs between versions of EKS.
fn adapt(object: &mut Object, config: &ClusterConfig) {
    match (object.kind(), object.name()) {
        ("DaemonSet", "aws-node") if !config.version.aws_node_has_an_agent() => {
            object.at_mut("spec/template/spec/containers").list_mut().truncate(1);
        }
        ("StorageClass", "gp2") if config.version.gp2_is_the_default() => {
            object.set_annotation("storageclass.kubernetes.io/is-default-class", "true");
        }
        _ => {}
    }
}

/// Machines that join a cluster with a role.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Machines {
    /// EC2 instances.
    Instances,
    /// Those of Fargate.
    Fargate,
}

/// The entry of `aws-auth` that lets machines with a role join.
fn machine_entry(arn: &str, machines: Machines) -> String {
    let (group, name) = match machines {
        Machines::Instances => ("", "EC2PrivateDNSName"),
        Machines::Fargate => ("  - system:node-proxier\n", "SessionName"),
    };
    format!(
        "- groups:\n  - system:bootstrappers\n  - system:nodes\n{group}  rolearn: {arn}\n  username: system:node:{{{{{name}}}}}\n"
    )
}

/// Writes a role of machines into `aws-auth`, which is made if need be: they may join.
pub fn admit_role(api: &Server, arn: &str, machines: Machines) -> Result<(), ApiError> {
    const PLACE: (&str, &str, &str) = ("configmaps", "kube-system", "aws-auth");
    let (resource, namespace, name) = PLACE;
    if api.find(resource, namespace, name).is_none() {
        api.create(Object::new("v1", "ConfigMap", namespace, name))?;
    }
    api.modify(resource, namespace, name, |auth| {
        let text = auth.str_at("data/mapRoles");
        let mapped = yaml::read(text).unwrap_or_default();
        if mapped.items().iter().any(|entry| entry.str_at("rolearn") == arn) {
            return;
        }
        // What others wrote stays as they wrote it; an empty list is written `[]`.
        let kept = match text {
            text if mapped.items().is_empty() && yaml::read(text).is_ok() => String::new(),
            text if text.ends_with('\n') => text.to_string(),
            text => format!("{text}\n"),
        };
        auth.set("data/mapRoles", kept + &machine_entry(arn, machines));
    })?;
    Ok(())
}

/// Takes a role out of `aws-auth`: nodes with it may join no more.
pub fn forget_role(api: &Server, role: &str) {
    let _ = api.modify("configmaps", "kube-system", "aws-auth", |auth| {
        let mapped = yaml::read(auth.str_at("data/mapRoles")).unwrap_or_default();
        let is_it = |entry: &Value| entry.str_at("rolearn").rsplit('/').next() == role.rsplit('/').next();
        let left: Vec<Value> = mapped.items().iter().filter(|entry| !is_it(entry)).cloned().collect();
        if left.len() != mapped.items().len() {
            auth.set("data/mapRoles", yaml::to_yaml(&Value::from(left)).unwrap_or_default());
        }
    });
}

/// The roles that may join or use the cluster, as eksctl and EKS write them into `aws-auth`.
fn map_roles(config: &ClusterConfig, account: &str) -> String {
    let mut text = String::new();
    for group in &config.node_groups {
        let role = node_role(&config.name, &group.name);
        text.push_str(&machine_entry(&format!("arn:aws:iam::{account}:role/{role}"), Machines::Instances));
    }
    for mapping in config.document.items_at("iamIdentityMappings") {
        let groups: Vec<&str> = mapping.items_at("groups").iter().filter_map(Value::as_str).collect();
        text.push_str("- groups:\n");
        for group in groups {
            text.push_str(&format!("  - {group}\n"));
        }
        text.push_str(&format!(
            "  rolearn: {}\n  username: {}\n",
            mapping.str_at("arn"),
            mapping.str_at("username")
        ));
    }
    text
}
