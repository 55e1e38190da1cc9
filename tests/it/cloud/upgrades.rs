//! A cluster goes from version to version: first its control plane, then its nodes.

use super::World;
use crate::shell::Shell;
use kubetick::json;
use kubetick::machinery::KubeVersion;

fn to(version: &str) -> kubetick::machinery::Value {
    json!({"name": "lab", "version": version})
}

fn kubelets(world: &World) -> Vec<String> {
    let nodes = world.api.list("nodes", "");
    nodes.iter().map(|n| n.str_at("status/nodeInfo/kubeletVersion")[..5].to_string()).collect()
}

#[test]
fn a_control_plane_goes_one_minor_version_at_a_time() {
    let world = World::new();
    let refused = |version: &str| world.refused("eks:UpdateClusterVersion", to(version)).1;
    assert_eq!(refused("1.32"), "Unsupported Kubernetes minor version update from 1.30 to 1.32");
    assert_eq!(refused("1.30"), "Unsupported Kubernetes minor version update from 1.30 to 1.30");
    assert_eq!(refused("1.9"), "unsupported Kubernetes version");
    let update = world.call("eks:UpdateClusterVersion", to("1.31")).unwrap();
    assert_eq!(update.str_at("update/status"), "InProgress");
    assert_eq!(update.items_at("update/params")[0], json!({"type": "Version", "value": "1.31"}));
    let cluster = || world.call("eks:DescribeCluster", json!({"name": "lab"})).unwrap();
    assert_eq!(cluster().str_at("cluster/status"), "UPDATING");
    world.run(599);
    assert_eq!(cluster().str_at("cluster/version"), "1.30");
    world.run(1);
    assert_eq!((cluster().str_at("cluster/status"), cluster().str_at("cluster/version")), ("ACTIVE", "1.31"));
    assert_eq!(world.api.version(), KubeVersion::new(31));
    let input = json!({"name": "lab", "updateId": (update.at("update/id"))});
    assert_eq!(world.call("eks:DescribeUpdate", input).unwrap().str_at("update/status"), "Successful");
    assert_eq!(
        refused("1.32"),
        "Nodegroups ng1 must be updated to match cluster version 1.31 before updating cluster version"
    );
}

/// Nodes keep their kubelet until their group is updated; a machine that comes in between has the group's.
#[test]
fn nodes_follow_with_their_group() {
    let world = World::new();
    world.call("eks:UpdateClusterVersion", to("1.31")).unwrap();
    world.run(600);
    let grow = json!({"clusterName": "lab", "nodegroupName": "ng1", "scalingConfig": {"desiredSize": 3}});
    world.call("eks:UpdateNodegroupConfig", grow).unwrap();
    world.run(120);
    assert_eq!(kubelets(&world), ["v1.30", "v1.30", "v1.30"]);
    let group = json!({"clusterName": "lab", "nodegroupName": "ng1"});
    world.call("eks:UpdateNodegroupVersion", group.clone()).unwrap();
    world.run(3600);
    assert_eq!(kubelets(&world), ["v1.31", "v1.31", "v1.31"]);
    let shown = world.call("eks:DescribeNodegroup", group).unwrap();
    assert_eq!((shown.str_at("nodegroup/version"), shown.str_at("nodegroup/status")), ("1.31", "ACTIVE"));
    assert!(world.call("eks:UpdateClusterVersion", to("1.32")).is_ok());
}

/// The server's version, and what it serves, follow while time passes, however it passes.
#[test]
fn kubectl_sees_the_new_server() {
    let shell = Shell::empty();
    shell.must("kubetick cluster create lab --version 1.24");
    let serves = |kind: &str| shell.must("kubectl api-resources -o name").lines().any(|l| l == kind);
    assert!(serves("podsecuritypolicies.policy"));
    shell.must("aws eks update-cluster-version --name lab --kubernetes-version 1.25");
    shell.must("aws eks wait cluster-active --name lab");
    let version = shell.must("kubectl version");
    assert!(version.contains("v1.25."), "{version}");
    assert!(!serves("podsecuritypolicies.policy"));
    assert!(shell.must("kubectl get nodes").contains("v1.24."));
}
