//! `eksctl create cluster --dry-run`: the ClusterConfig with everything that nobody said.

use crate::catalog::cluster_config::{ClusterConfig, usual_ami_family};
use crate::json;
use crate::machinery::{Value, well_known};

/// The whole configuration of a cluster.
pub(super) fn complete(document: &Value, config: &ClusterConfig) -> Value {
    let zones: Vec<Value> = config.zones.iter().map(|zone| Value::from(zone.as_str())).collect();
    let mut whole = json!({
        "availabilityZones": zones, "cloudWatch": {"clusterLogging": {}},
        "iam": {"vpcResourceControllerPolicy": true, "withOIDC": false},
        "kubernetesNetworkConfig": {"ipFamily": "IPv4"},
        "metadata": {"version": (config.version.to_string()), "region": (config.region.as_str())},
        "privateCluster": {"enabled": false, "skipEndpointCreation": false},
        "vpc": {
            "autoAllocateIPv6": false, "cidr": "192.168.0.0/16",
            "clusterEndpoints": {"privateAccess": false, "publicAccess": true},
            "manageSharedNodeSecurityGroupRules": true, "nat": {"gateway": "Single"},
        },
    });
    if config.version.clusters_have_access_entries() {
        whole.set("accessConfig", json!({"authenticationMode": "API_AND_CONFIG_MAP"}));
        whole.set("addonsConfig", Value::object());
    }
    overlay(&mut whole, document);
    for (key, kind) in [("managedNodeGroups", "managed"), ("nodeGroups", "unmanaged")] {
        let group = |given: &Value| node_group(given, kind, config);
        let groups: Vec<Value> = document.items_at(key).iter().map(group).collect();
        if !groups.is_empty() {
            whole.set(key, groups);
        }
    }
    whole
}

fn node_group(given: &Value, kind: &str, config: &ClusterConfig) -> Value {
    const POLICIES: [&str; 13] = [
        "albIngress",
        "appMesh",
        "appMeshPreview",
        "autoScaler",
        "awsLoadBalancerController",
        "certManager",
        "cloudWatch",
        "ebs",
        "efs",
        "externalDNS",
        "fsx",
        "imageBuilder",
        "xRay",
    ];
    let name = given.str_at("name");
    let family = usual_ami_family(config.version);
    let mut group = json!({
        "amiFamily": family, "disableIMDSv1": true, "disablePodIMDS": false,
        "iam": {"withAddonPolicies": (POLICIES.iter().map(|p| (*p, Value::from(false))).collect::<Value>())},
        "instanceSelector": {}, "privateNetworking": false,
        "securityGroups": {"withLocal": null, "withShared": null},
        "ssh": {"allow": false, "publicKeyPath": ""}, "volumeIOPS": 3000, "volumeSize": 80,
        "volumeThroughput": 125, "volumeType": "gp3",
    });
    for (key, value) in
        [("alpha.eksctl.io/cluster-name", config.name.as_str()), (well_known::EKSCTL_NODE_GROUP, name)]
    {
        group.at_mut("labels").map_mut().insert(key, value);
    }
    for (key, value) in [(well_known::EKSCTL_NODE_GROUP, name), ("alpha.eksctl.io/nodegroup-type", kind)] {
        group.at_mut("tags").map_mut().insert(key, value);
    }
    if given.items_at("instanceTypes").is_empty() {
        group.set("instanceType", "m5.large");
    }
    overlay(&mut group, given);
    if !group.bool_at("spot") {
        group.remove("spot");
    }
    group
}

/// Lays what was said over what is usual.
fn overlay(usual: &mut Value, said: &Value) {
    for (key, value) in said.map().iter() {
        if value.map().is_empty() || !matches!(usual.get(key), Some(Value::Map(_))) {
            if !(matches!(value, Value::Map(_)) && value.map().is_empty()) {
                usual.map_mut().insert(key, value);
            }
            continue;
        }
        let mut inner = usual.at(key).clone();
        overlay(&mut inner, value);
        usual.map_mut().insert(key, inner);
    }
}
