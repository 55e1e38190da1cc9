//! eksctl's ClusterConfig: what a cluster is made from.

use crate::json;
use crate::machinery::yaml::Documents;
use crate::machinery::{KubeVersion, Value};
use anyhow::{Context, bail};

/// What a cluster is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterConfig {
    /// Name.
    pub name: String,
    /// AWS region.
    pub region: String,
    /// Kubernetes version.
    pub version: KubeVersion,
    /// Availability zones of the subnets, as the file names them or the first three of the region.
    pub zones: Vec<String>,
    /// Managed and self-managed node groups.
    pub node_groups: Vec<NodeGroup>,
    /// The whole document, for what only some readers need (`iam`, `addons`, `iamIdentityMappings`).
    pub document: Value,
}

/// A group of nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeGroup {
    /// Name.
    pub name: String,
    /// An EKS managed node group; else a bare Auto Scaling group.
    pub managed: bool,
    /// Instance types, the first preferred.
    pub instance_types: Vec<String>,
    /// Smallest size.
    pub min_size: i64,
    /// Size wanted.
    pub desired: i64,
    /// Largest size.
    pub max_size: i64,
    /// Labels of the nodes beside those every node has.
    pub labels: Vec<(String, String)>,
    /// Taints of the nodes, as a Node's spec has them.
    pub taints: Vec<Value>,
    /// Spot instances.
    pub spot: bool,
    /// `AmazonLinux2023`, `Bottlerocket` ...; empty for the default.
    pub ami_family: String,
    /// Root volume in GiB.
    pub volume_gib: i64,
    /// Most pods of a node, where the file says.
    pub max_pods: Option<i64>,
    /// Nodes in private subnets.
    pub private_networking: bool,
    /// Zones of this group; empty for the cluster's.
    pub zones: Vec<String>,
    /// Asked of EKS itself, so that nothing of eksctl is about it.
    pub through_api: bool,
}

impl Default for ClusterConfig {
    /// Three small nodes: what a command finds where nobody made a cluster.
    fn default() -> ClusterConfig {
        let document = json!({
            "apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig",
            "metadata": {"name": "kubetick", "region": "ap-northeast-2"},
            "managedNodeGroups": [{
                "name": "ng-1", "instanceType": "t3.medium", "minSize": 1, "desiredCapacity": 3, "maxSize": 10,
            }],
        });
        ClusterConfig {
            name: "kubetick".into(),
            region: "ap-northeast-2".into(),
            version: KubeVersion::LATEST,
            zones: default_zones("ap-northeast-2"),
            node_groups: document
                .items_at("managedNodeGroups")
                .iter()
                .map(|g| NodeGroup::read(g, true))
                .collect(),
            document,
        }
    }
}

impl ClusterConfig {
    /// Reads an eksctl file.
    pub fn parse(text: &str) -> anyhow::Result<ClusterConfig> {
        for document in Documents::new(text.as_bytes()) {
            let document = document.map_err(|e| anyhow::anyhow!("{e}"))?.value;
            if document.str_at("kind") == "ClusterConfig" {
                // Versions are often written without quotes; eksctl itself minds.
                let mut checked = document.clone();
                checked.at_mut("metadata").map_mut().remove("version");
                if let Some(problem) = super::cluster_schema::problem(&checked) {
                    bail!("{problem}");
                }
                return ClusterConfig::from_value(&document);
            }
        }
        bail!("no ClusterConfig (apiVersion eksctl.io/v1alpha5) in it")
    }

    /// Reads a ClusterConfig, or what [`ClusterConfig::to_value`] wrote.
    pub fn from_value(document: &Value) -> anyhow::Result<ClusterConfig> {
        let name = document.str_at("metadata/name");
        if name.is_empty() {
            bail!("metadata.name: the cluster needs a name");
        }
        let region = match document.str_at("metadata/region") {
            "" => "us-west-2",
            region => region,
        };
        let version = match document.at("metadata/version") {
            Value::Null => KubeVersion::LATEST,
            given => {
                let text = given.as_str().map_or_else(|| given.to_json(), str::to_string);
                served(&text).context("metadata.version")?
            }
        };
        let mut node_groups = Vec::new();
        for (key, managed) in [("managedNodeGroups", true), ("nodeGroups", false)] {
            for (i, group) in document.items_at(key).iter().enumerate() {
                let group = NodeGroup::read(group, managed);
                if group.name.is_empty() {
                    bail!("{key}[{i}].name: the group needs a name");
                }
                for kind in &group.instance_types {
                    if super::instance_types::find(kind).is_none() {
                        bail!("{key}[{i}].instanceType: no instance type \"{kind}\"");
                    }
                }
                if group.min_size > group.desired || group.desired > group.max_size {
                    bail!("{key}[{i}]: minSize, desiredCapacity and maxSize must be in this order");
                }
                node_groups.push(group);
            }
        }
        let zones = texts(document.items_at("availabilityZones"));
        Ok(ClusterConfig {
            name: name.to_string(),
            region: region.to_string(),
            version,
            zones: if zones.is_empty() { default_zones(region) } else { zones },
            node_groups,
            document: document.clone(),
        })
    }

    /// As a value, for the cluster's file.
    pub fn to_value(&self) -> Value {
        let mut document = self.document.clone();
        document.set("metadata/name", self.name.as_str());
        document.set("metadata/region", self.region.as_str());
        document.set("metadata/version", self.version.to_string());
        document
    }

    /// Sets the region.
    pub fn set_region(&mut self, region: &str) {
        self.region = region.into();
        self.zones = default_zones(region);
    }

    /// Sets the version.
    pub fn set_version(&mut self, version: &str) -> anyhow::Result<()> {
        self.version = served(version)?;
        Ok(())
    }
}

/// The AMI family of nodes that nobody chose one for.
pub fn usual_ami_family(version: KubeVersion) -> &'static str {
    if version.nodes_run_amazon_linux_2023() { "AmazonLinux2023" } else { "AmazonLinux2" }
}

impl NodeGroup {
    /// The AMI family of the group's nodes in a cluster of a version.
    pub fn ami_family_in(&self, version: KubeVersion) -> &str {
        if self.ami_family.is_empty() { usual_ami_family(version) } else { &self.ami_family }
    }

    /// Reads one entry of `managedNodeGroups` or `nodeGroups`, with eksctl's defaults.
    pub fn read(group: &Value, managed: bool) -> NodeGroup {
        let mut instance_types = texts(group.items_at("instanceTypes"));
        if instance_types.is_empty() {
            instance_types = texts(group.items_at("instancesDistribution/instanceTypes"));
        }
        let single = group.str_at("instanceType");
        if instance_types.is_empty() {
            instance_types.push(if matches!(single, "" | "mixed") { "m5.large" } else { single }.to_string());
        }
        let desired = group.int_at("desiredCapacity").or(group.int_at("minSize")).unwrap_or(2);
        let labels = group.map_at("labels").iter();
        NodeGroup {
            name: group.str_at("name").to_string(),
            managed,
            instance_types,
            min_size: group.int_at("minSize").unwrap_or(desired),
            desired,
            max_size: group.int_at("maxSize").unwrap_or(desired),
            labels: labels
                .map(|(k, v)| (k.to_string(), v.as_str().map_or_else(|| v.to_json(), str::to_string)))
                .collect(),
            taints: taints(group.at("taints")),
            spot: group.bool_at("spot"),
            ami_family: group.str_at("amiFamily").to_string(),
            volume_gib: group.int_at("volumeSize").unwrap_or(80),
            max_pods: group.int_at("maxPodsPerNode"),
            private_networking: group.bool_at("privateNetworking"),
            zones: texts(group.items_at("availabilityZones")),
            through_api: group.bool_at("throughApi"),
        }
    }
}

/// Taints are a list of objects, or the older map of `key: value:Effect`.
fn taints(given: &Value) -> Vec<Value> {
    if let Some(list) = given.as_list() {
        return list.to_vec();
    }
    let one = |(key, text): (&str, &Value)| {
        let (value, effect) = text.as_str().unwrap_or("").rsplit_once(':').unwrap_or(("", "NoSchedule"));
        let mut taint = json!({"key": key, "effect": effect});
        if !value.is_empty() {
            taint.set("value", value);
        }
        taint
    };
    given.map().iter().map(one).collect()
}

fn texts(list: &[Value]) -> Vec<String> {
    list.iter().filter_map(Value::as_str).map(str::to_string).collect()
}

fn default_zones(region: &str) -> Vec<String> {
    ["a", "b", "c"].iter().map(|zone| format!("{region}{zone}")).collect()
}

fn served(text: &str) -> anyhow::Result<KubeVersion> {
    let version = KubeVersion::parse(text).with_context(|| format!("{text}: not a version such as 1.29"))?;
    if version < KubeVersion::OLDEST || version > KubeVersion::LATEST {
        bail!("{text}: versions from {} to {} are known", KubeVersion::OLDEST, KubeVersion::LATEST);
    }
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: flow, region: us-east-1, version: \"1.29\"}
managedNodeGroups:
  - {name: ng1, instanceType: m5.large, minSize: 2, desiredCapacity: 2, maxSize: 6, labels: {role: web}}
nodeGroups:
  - {name: old, instancesDistribution: {instanceTypes: [c5.large, m5.large]}, taints: {dedicated: \"gpu:NoSchedule\"}}
";

    #[test]
    fn reads_a_file_and_survives_its_own_writing() {
        let config = ClusterConfig::parse(FILE).unwrap();
        assert_eq!((config.name.as_str(), config.version.minor, config.zones.len()), ("flow", 29, 3));
        assert_eq!(config.node_groups[0].labels, [("role".to_string(), "web".to_string())]);
        assert_eq!(config.node_groups[1].taints[0].str_at("effect"), "NoSchedule");
        assert_eq!((config.node_groups[1].desired, config.node_groups[1].managed), (2, false));
        let again = ClusterConfig::from_value(&config.to_value()).unwrap();
        assert_eq!(again.node_groups, config.node_groups);
    }

    #[test]
    fn says_which_field_is_wrong() {
        let error = |text: &str| format!("{:#}", ClusterConfig::parse(text).unwrap_err());
        assert_eq!(error("kind: ClusterConfig\n"), "metadata.name: the cluster needs a name");
        assert_eq!(
            error(&FILE.replace("m5.large, minSize", "m5.huge, minSize")),
            "managedNodeGroups[0].instanceType: no instance type \"m5.huge\""
        );
        assert!(error(&FILE.replace("1.29", "1.99")).starts_with("metadata.version: 1.99: versions from"));
    }
}
