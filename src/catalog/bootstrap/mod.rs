//! What a new cluster holds: what every EKS cluster has from the start, and the nodes of its groups.
//!
//! A cluster is made in two strokes with the engine run in between, so that everything in it has come about as it does in
//! life: [`fill`] at its birth, [`join`] when its nodes come up, then the time that is left until the first command.

use super::cluster_config::{ClusterConfig, NodeGroup};
use super::nodes::NodeSpec;
use super::releases;
use crate::api::Server;
use crate::json;
use crate::machinery::yaml::Documents;
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
        for document in Documents::new(text.as_bytes()).flatten() {
            let mut object = Object(document.value);
            adapt(&mut object, config);
            let _ = api.create(object);
        }
    }
    let mut auth = Object::new("v1", "ConfigMap", "kube-system", "aws-auth");
    auth.set("data", json!({"mapRoles": (map_roles(config, &account(config, api.store().meta().seed)))}));
    let _ = api.create(auth);
}

/// The nodes of every group register.
pub fn join(api: &Server, config: &ClusterConfig) {
    for group in &config.node_groups {
        for _ in 0..group.desired {
            let spec = instance(api, config, group);
            let _ = api.create(spec.object(config.version, api.now()));
        }
    }
}

/// The account a cluster lives in: what `AWS_ACCOUNT_ID` of its metadata tags says, or one drawn from the seed.
pub fn account(config: &ClusterConfig, seed: u64) -> String {
    match config.document.str_at("metadata/accountID") {
        "" => format!("{:012}", 100_000_000_000 + names::number(seed, "account", 0) % 900_000_000_000),
        account => account.to_string(),
    }
}

/// A new instance of a group, in the zone that has fewest of them.
pub fn instance(api: &Server, config: &ClusterConfig, group: &NodeGroup) -> NodeSpec {
    let seed = api.store().meta().seed;
    let zones = if group.zones.is_empty() { &config.zones } else { &group.zones };
    let mut counts = vec![0; zones.len().max(1)];
    api.store().for_each("nodes", "", |node| {
        if node.label("alpha.eksctl.io/nodegroup-name") == Some(&group.name)
            && let Some(i) =
                zones.iter().position(|z| Some(z.as_str()) == node.label("topology.kubernetes.io/zone"))
        {
            counts[i] += 1;
        }
    });
    let fewest = counts.iter().enumerate().min_by_key(|(i, n)| (**n, *i)).map_or(0, |(i, _)| i);
    let zone = zones.get(fewest).cloned().unwrap_or_else(|| format!("{}a", config.region));
    let subnet = config.zones.iter().position(|z| *z == zone).unwrap_or(0) as u64;
    let draw = |purpose: &str| names::number(seed, purpose, api.store().draw(purpose));
    // Public subnets are the first /19 blocks of 192.168.0.0/16, private ones those from 96 on.
    let base = (if group.private_networking { 96 } else { 0 }) + 32 * subnet.min(2);
    let ip = loop {
        let n = draw("node-ip");
        let ip = format!("192.168.{}.{}", base + n % 32, 4 + (n >> 8) % 248);
        if !api.list("nodes", "").iter().any(|node| node.name().contains(&ip.replace('.', "-"))) {
            break ip;
        }
    };
    let public_ip = if group.private_networking {
        String::new()
    } else {
        let n = draw("public-ip");
        format!(
            "{}.{}.{}.{}",
            [3, 13, 15, 43, 52, 54][(n % 6) as usize],
            (n >> 8) % 256,
            (n >> 16) % 256,
            4 + (n >> 24) % 250
        )
    };
    let id = format!("i-0{}", names::hex(seed, "instance", api.store().draw("instance"), 16));
    let fixed = |purpose: &str, n| names::hex(seed, &format!("{purpose} {}", group.name), 0, n);
    let mut labels = vec![
        ("alpha.eksctl.io/cluster-name".to_string(), config.name.clone()),
        ("alpha.eksctl.io/nodegroup-name".to_string(), group.name.clone()),
    ];
    if group.managed {
        let capacity = if group.spot { "SPOT" } else { "ON_DEMAND" };
        for (key, value) in [
            ("capacityType", capacity.to_string()),
            ("nodegroup", group.name.clone()),
            ("nodegroup-image", format!("ami-0{}", fixed("ami", 16))),
            ("sourceLaunchTemplateId", format!("lt-0{}", fixed("launch-template", 16))),
            ("sourceLaunchTemplateVersion", "1".to_string()),
        ] {
            labels.push((format!("eks.amazonaws.com/{key}"), value));
        }
    } else {
        labels.push(("node-lifecycle".to_string(), "on-demand".to_string()));
        labels.push(("alpha.eksctl.io/instance-id".to_string(), id.clone()));
    }
    labels.extend(group.labels.iter().cloned());
    NodeSpec {
        ip,
        public_ip,
        instance_type: group.instance_types[0].clone(),
        instance_id: id,
        zone,
        region: config.region.clone(),
        ami_family: group.ami_family.clone(),
        volume_gib: group.volume_gib,
        max_pods: group.max_pods,
        labels,
        taints: group.taints.clone(),
        seed,
    }
}

fn substitute(text: &str, config: &ClusterConfig) -> String {
    let versions = releases::addons(config.version);
    let registry = format!("602401143452.dkr.ecr.{}.amazonaws.com", config.region);
    text.replace("$REGISTRY", &registry)
        .replace("$CLUSTER", &config.name)
        .replace("$CNI", versions.vpc_cni)
        .replace("$POLICY_AGENT", versions.policy_agent)
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

/// The roles that may join or use the cluster, as eksctl and EKS write them into `aws-auth`.
fn map_roles(config: &ClusterConfig, account: &str) -> String {
    let mut text = String::new();
    for group in &config.node_groups {
        let id = names::hex(0, &format!("{} {}", config.name, group.name), 0, 12).to_uppercase();
        let role = format!("eksctl-{}-nodegroup-{}-NodeInstanceRole-{id}", config.name, group.name);
        text.push_str(&format!(
            "- groups:\n  - system:bootstrappers\n  - system:nodes\n  rolearn: arn:aws:iam::{account}:role/{role}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n"
        ));
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
