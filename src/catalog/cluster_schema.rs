//! The fields of eksctl's ClusterConfig: what a file may say and what it may not, in the words of the JSON decoder that
//! reads it (`json: unknown field "x"`).

use crate::machinery::{Value, go_text};

/// What a field holds: `s` text, `i` a whole number, `b` a truth, `m` a map of texts, `*` anything, `[s]` a list of
/// texts, `T` or `[T]` a structure or a list of structures of a type below.
type Field = (&'static str, &'static str);

/// A structure: Go's name for it, and its fields.
type Structure = (&'static str, &'static [Field]);

const BASE: &[Field] = &[
    ("additionalEncryptedVolume", "s"),
    ("additionalVolumes", "*"),
    ("ami", "s"),
    ("amiFamily", "s"),
    ("asgSuspendProcesses", "[s]"),
    ("availabilityZones", "[s]"),
    ("bottlerocket", "*"),
    ("capacityReservation", "*"),
    ("containerRuntime", "s"),
    ("desiredCapacity", "i"),
    ("disableIMDSv1", "b"),
    ("disablePodIMDS", "b"),
    ("ebsOptimized", "b"),
    ("efaEnabled", "b"),
    ("enableDetailedMonitoring", "b"),
    ("iam", "NodeGroupIAM"),
    ("instanceMarketOptions", "*"),
    ("instanceName", "s"),
    ("instancePrefix", "s"),
    ("instanceSelector", "*"),
    ("instanceType", "s"),
    ("kubeletExtraConfig", "*"),
    ("labels", "*"),
    ("localZones", "[s]"),
    ("maxPodsPerNode", "i"),
    ("maxSize", "i"),
    ("minSize", "i"),
    ("name", "s"),
    ("nodeRepairConfig", "*"),
    ("outpostARN", "s"),
    ("overrideBootstrapCommand", "s"),
    ("placement", "*"),
    ("preBootstrapCommands", "[s]"),
    ("privateNetworking", "b"),
    ("propagateASGTags", "b"),
    ("securityGroups", "*"),
    ("ssh", "NodeGroupSSH"),
    ("subnets", "[s]"),
    ("tags", "*"),
    ("taints", "*"),
    ("volumeEncrypted", "b"),
    ("volumeIOPS", "i"),
    ("volumeKmsKeyID", "s"),
    ("volumeName", "s"),
    ("volumeSize", "i"),
    ("volumeThroughput", "i"),
    ("volumeType", "s"),
    ("zoneIDs", "[s]"),
];

#[rustfmt::skip]
const STRUCTURES: &[Structure] = &[
    ("ClusterConfig", &[
        ("accessConfig", "*"), ("addons", "*"), ("addonsConfig", "*"), ("apiVersion", "s"), ("autoModeConfig", "*"),
        ("availabilityZones", "[s]"), ("cloudWatch", "*"), ("fargateProfiles", "*"), ("git", "*"), ("gitops", "*"),
        ("iam", "ClusterIAM"), ("iamIdentityMappings", "*"), ("identityProviders", "*"), ("karpenter", "*"), ("kind", "s"),
        ("kubernetesNetworkConfig", "*"), ("localZones", "[s]"), ("managedNodeGroups", "[ManagedNodeGroup]"),
        ("metadata", "ClusterMeta"), ("nodeGroups", "[NodeGroup]"), ("outpost", "*"), ("privateCluster", "*"),
        ("remoteNetworkConfig", "*"), ("secretsEncryption", "*"), ("upgradePolicy", "*"), ("vpc", "ClusterVPC"),
        ("zonalShiftConfig", "*"),
    ]),
    ("ClusterMeta", &[
        ("accountID", "s"), ("annotations", "m"), ("forceUpdateVersion", "b"), ("name", "s"), ("region", "s"),
        ("tags", "m"), ("version", "s"),
    ]),
    ("ClusterIAM", &[
        ("autoCreatePodIdentityAssociations", "b"), ("fargatePodExecutionRoleARN", "s"),
        ("fargatePodExecutionRolePermissionsBoundary", "s"), ("podIdentityAssociations", "*"),
        ("serviceAccounts", "[ClusterIAMServiceAccount]"), ("serviceRoleARN", "s"), ("serviceRolePermissionsBoundary", "s"),
        ("vpcResourceControllerPolicy", "b"), ("withOIDC", "b"),
    ]),
    ("ClusterIAMServiceAccount", &[
        ("attachPolicy", "*"), ("attachPolicyARNs", "[s]"), ("attachRoleARN", "s"), ("metadata", "*"),
        ("permissionsBoundary", "s"), ("roleName", "s"), ("roleOnly", "b"), ("status", "*"), ("tags", "m"),
        ("wellKnownPolicies", "*"),
    ]),
    ("ClusterVPC", &[
        ("autoAllocateIPv6", "b"), ("cidr", "s"), ("clusterEndpoints", "*"), ("controlPlaneSecurityGroupIDs", "[s]"),
        ("controlPlaneSubnetIDs", "[s]"), ("extraCIDRs", "[s]"), ("extraIPv6CIDRs", "[s]"), ("hostnameType", "s"), ("id", "s"),
        ("ipv6Cidr", "s"), ("ipv6Pool", "s"), ("localZoneSubnets", "*"), ("manageSharedNodeSecurityGroupRules", "b"),
        ("nat", "*"), ("network", "*"), ("publicAccessCIDRs", "[s]"), ("securityGroup", "s"),
        ("sharedNodeSecurityGroup", "s"), ("subnets", "*"),
    ]),
    ("NodeGroupIAM", &[
        ("attachPolicy", "*"), ("attachPolicyARNs", "[s]"), ("instanceProfileARN", "s"), ("instanceRoleARN", "s"),
        ("instanceRoleName", "s"), ("instanceRolePermissionsBoundary", "s"), ("withAddonPolicies", "NodeGroupIAMAddonPolicies"),
    ]),
    ("NodeGroupIAMAddonPolicies", &[
        ("albIngress", "b"), ("appMesh", "b"), ("appMeshPreview", "b"), ("autoScaler", "b"), ("awsLoadBalancerController", "b"),
        ("certManager", "b"), ("cloudWatch", "b"), ("ebs", "b"), ("efs", "b"), ("externalDNS", "b"), ("fsx", "b"),
        ("imageBuilder", "b"), ("xRay", "b"),
    ]),
    ("NodeGroupSSH", &[
        ("allow", "b"), ("enableSsm", "b"), ("publicKey", "s"), ("publicKeyName", "s"), ("publicKeyPath", "s"),
        ("sourceSecurityGroupIds", "[s]"),
    ]),
    ("ManagedNodeGroup", &[
        ("instanceTypes", "[s]"), ("launchTemplate", "*"), ("nodeRepairConfig", "*"), ("releaseVersion", "s"), ("spot", "b"),
        ("status", "*"), ("updateConfig", "NodeGroupUpdateConfig"), ("warmPool", "*"),
    ]),
    ("NodeGroupUpdateConfig", &[
        ("maxUnavailable", "i"), ("maxUnavailablePercentage", "i"), ("updateStrategy", "s"),
    ]),
    ("NodeGroup", &[
        ("asgMetricsCollection", "*"), ("classicLoadBalancerNames", "[s]"), ("clusterDNS", "s"), ("cpuCredits", "s"),
        ("disableASGTagPropagation", "b"), ("instancesDistribution", "NodeGroupInstancesDistribution"), ("localZones", "[s]"),
        ("maxInstanceLifetime", "i"), ("status", "*"), ("targetGroupARNs", "[s]"), ("updateConfig", "NodeGroupUpdateConfig"),
    ]),
    ("NodeGroupInstancesDistribution", &[
        ("capacityRebalance", "b"), ("instanceTypes", "[s]"), ("maxPrice", "*"), ("onDemandBaseCapacity", "i"),
        ("onDemandPercentageAboveBaseCapacity", "i"), ("spotAllocationStrategy", "s"), ("spotInstancePools", "i"),
    ]),
];

/// What is wrong with a file, as its decoder says it; `None` when every field is known and of its type.
pub fn problem(document: &Value) -> Option<String> {
    structure(document, "ClusterConfig", "").err().map(|what| format!("json: {what}"))
}

fn fields_of(name: &str) -> impl Iterator<Item = &'static Field> {
    let own = STRUCTURES.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, fields)| fields);
    let base = if matches!(name, "NodeGroup" | "ManagedNodeGroup") { BASE } else { &[] };
    own.iter().chain(base)
}

fn structure(value: &Value, name: &str, path: &str) -> Result<(), String> {
    for (key, member) in value.map().iter() {
        let Some((_, kind)) = fields_of(name).find(|(field, _)| *field == key) else {
            return Err(format!("unknown field \"{key}\""));
        };
        let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        field(member, kind, name, &path)?;
    }
    Ok(())
}

fn field(value: &Value, kind: &str, within: &str, path: &str) -> Result<(), String> {
    if value.is_null() || kind == "*" {
        return Ok(());
    }
    let (fits, go) = match kind {
        "s" => (value.as_str().is_some(), "string"),
        "b" => (value.as_bool().is_some(), "bool"),
        "i" => (value.as_i64().is_some() && value.as_str().is_none(), "int"),
        "m" => (value.as_map().is_some(), "map[string]string"),
        list if list.starts_with('[') => (value.as_list().is_some(), "[]string"),
        structure => (value.as_map().is_some(), structure),
    };
    if !fits {
        let go = match kind {
            "[s]" => "[]string".to_string(),
            list if list.starts_with('[') => format!("[]*v1alpha5.{}", list.trim_matches(['[', ']'])),
            "s" | "b" | "i" | "m" => go.to_string(),
            structure => format!("v1alpha5.{structure}"),
        };
        return Err(format!(
            "cannot unmarshal {} into Go struct field {within}.{path} of type {go}",
            json_kind(value, kind)
        ));
    }
    match kind {
        "[s]" => match value.items().iter().find(|item| item.as_str().is_none()) {
            Some(other) => Err(format!(
                "cannot unmarshal {} into Go struct field {within}.{path} of type string",
                json_kind(other, "s")
            )),
            None => Ok(()),
        },
        "s" | "b" | "i" | "m" => Ok(()),
        list if list.starts_with('[') => {
            let name = list.trim_matches(['[', ']']);
            value.items().iter().try_for_each(|item| structure(item, name, path))
        }
        name => structure(value, name, path),
    }
}

/// What Go calls a JSON value that does not fit; a broken number is named where whole ones are wanted.
fn json_kind(value: &Value, wanted: &str) -> String {
    match value {
        Value::Int(_) | Value::Float(_) if wanted == "i" => format!("number {}", value.to_json()),
        _ => go_text::json_kind(value).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machinery::yaml;

    fn told(text: &str) -> Option<String> {
        problem(&yaml::read(text).unwrap())
    }

    #[test]
    fn fields_are_known_at_every_depth() {
        let good = "
metadata: {name: a, region: b, version: '1.30', tags: {x: y}}
iam: {withOIDC: true, serviceAccounts: [{metadata: {name: a}, attachPolicyARNs: [x], roleOnly: true}]}
managedNodeGroups: [{name: a, instanceTypes: [m5.large], spot: true, updateConfig: {maxUnavailable: 1}}]
nodeGroups: [{name: b, iam: {withAddonPolicies: {autoScaler: true}}}]
";
        assert_eq!(told(good), None);
        for (text, field) in [
            ("metdata: {}", "metdata"),
            ("metadata: {colour: red}", "colour"),
            ("managedNodeGroups: [{name: a, iam: {withAddonPolicies: {autoscaler: true}}}]", "autoscaler"),
            ("nodeGroups: [{spot: true}]", "spot"),
        ] {
            assert_eq!(told(text), Some(format!("json: unknown field \"{field}\"")), "{text}");
        }
    }

    #[test]
    fn types_are_those_of_the_decoder() {
        assert_eq!(
            told("metadata: {version: 1.30}").unwrap(),
            "json: cannot unmarshal number into Go struct field ClusterMeta.metadata.version of type string"
        );
        assert_eq!(
            told("managedNodeGroups: [{desiredCapacity: lots}]").unwrap(),
            "json: cannot unmarshal string into Go struct field ManagedNodeGroup.managedNodeGroups.desiredCapacity of type int"
        );
        assert_eq!(
            told("nodeGroups: [{maxSize: 1.5}]").unwrap(),
            "json: cannot unmarshal number 1.5 into Go struct field NodeGroup.nodeGroups.maxSize of type int"
        );
    }
}
