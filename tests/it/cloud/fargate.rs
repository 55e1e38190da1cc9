//! Pods on AWS Fargate: a profile takes them, each gets a machine that comes and goes with it.

use super::World;
use crate::shell::Shell;
use kubetick::json;
use kubetick::machinery::{Object, Value};

const ROLE: &str = "arn:aws:iam::111122223333:role/fargate";

fn profile(name: &str, namespace: &str) -> Value {
    json!({
        "clusterName": "lab", "fargateProfileName": name, "podExecutionRoleArn": ROLE,
        "selectors": [{"namespace": namespace, "labels": {"on": "fargate"}}],
    })
}

fn pod(world: &World, name: &str, label: &str) {
    let mut pod = Object::new("v1", "Pod", "default", name);
    pod.set_label("on", label);
    let requests = json!({"requests": {"cpu": "500m", "memory": "1Gi"}});
    pod.set("spec", json!({"containers": [{"name": "main", "image": "nginx", "resources": requests}]}));
    world.api.create(pod).unwrap();
}

fn machines(world: &World) -> Vec<Object> {
    let nodes = world.api.list("nodes", "");
    nodes.into_iter().filter(|n| n.name().starts_with("fargate-ip-192-168-")).collect()
}

#[test]
fn a_pod_that_a_profile_selects_runs_on_a_machine_of_its_own() {
    let world = World::new();
    world.call("eks:CreateFargateProfile", profile("fp", "def*")).unwrap();
    assert_eq!(
        world.refused("eks:CreateFargateProfile", profile("other", "default")),
        (
            "ResourceInUseException".to_string(),
            "Cannot create Fargate Profile other because cluster lab currently has Fargate profile fp in status CREATING"
                .to_string()
        )
    );
    pod(&world, "early", "fargate");
    world.run(130);
    let input = json!({"clusterName": "lab", "fargateProfileName": "fp"});
    let told = world.call("eks:DescribeFargateProfile", input.clone()).unwrap();
    assert_eq!(told.str_at("fargateProfile/status"), "ACTIVE");
    let early = world.api.find("pods", "default", "early").unwrap();
    assert!(early.str_at("spec/nodeName").starts_with("ip-"), "the profile came after it");
    pod(&world, "web", "fargate");
    pod(&world, "other", "instances");
    world.run(30);
    let web = || world.api.find("pods", "default", "web").unwrap();
    assert_eq!(
        (web().str_at("spec/schedulerName"), web().str_at("spec/nodeName")),
        ("fargate-scheduler", "")
    );
    world.run(40);
    assert!(web().condition_true("Ready"));
    assert_eq!(web().annotation("CapacityProvisioned"), Some("0.5vCPU 2GB"));
    assert_eq!(web().label("eks.amazonaws.com/fargate-profile"), Some("fp"));
    let nodes = machines(&world);
    assert_eq!(nodes.len(), 1);
    assert_eq!(web().str_at("spec/nodeName"), nodes[0].name());
    assert_eq!(nodes[0].items_at("status/addresses")[0].str_at("address"), web().str_at("status/podIP"));
    assert_eq!(world.api.pods_on_node(nodes[0].name()).len(), 1, "DaemonSets stay away");
    assert!(world.api.find("pods", "default", "other").unwrap().str_at("spec/nodeName").starts_with("ip-"));
    world.api.delete("pods", "default", "web").unwrap();
    world.run(60);
    assert!(machines(&world).is_empty());
    world.call("eks:DeleteFargateProfile", input.clone()).unwrap();
    world.run(20);
    assert_eq!(world.refused("eks:DescribeFargateProfile", input).0, "ResourceNotFoundException");
}

#[test]
fn a_pod_too_large_stays_pending() {
    let world = World::new();
    world.call("eks:CreateFargateProfile", profile("fp", "default")).unwrap();
    world.run(130);
    let mut big = Object::new("v1", "Pod", "default", "big");
    big.set_label("on", "fargate");
    big.set(
        "spec",
        json!({"containers": [{"name": "main", "image": "nginx", "resources": {"requests": {"cpu": "20"}}}]}),
    );
    world.api.create(big).unwrap();
    world.run(120);
    assert!(machines(&world).is_empty());
    let events = world.api.list("events", "default");
    assert!(events.iter().any(|e| e.str_at("reason") == "FailedScheduling"));
}

#[test]
fn eksctl_makes_shows_and_removes_profiles() {
    let shell = Shell::empty();
    shell.must("kubetick cluster create lab --region eu-west-1 --version 1.31");
    let made = shell
        .must("eksctl create fargateprofile --cluster lab --name fp-dev --namespace dev --labels env=dev");
    assert!(made.contains("creating Fargate profile \"fp-dev\" on EKS cluster \"lab\""), "{made}");
    assert!(made.ends_with("created Fargate profile \"fp-dev\" on EKS cluster \"lab\"\n"), "{made}");
    let table = shell.must("eksctl get fargateprofile --cluster lab");
    assert!(
        table.starts_with("NAME\tSELECTOR_NAMESPACE\tSELECTOR_LABELS\tPOD_EXECUTION_ROLE_ARN"),
        "{table}"
    );
    assert!(table.contains("fp-dev\tdev\t\t\tenv=dev\t\tarn:aws:iam::"), "{table}");
    let entries = shell.must("aws eks list-access-entries --cluster-name lab");
    assert!(entries.contains("FargatePodExecutionRole"), "{entries}");
    let refused = shell.run("aws eks delete-cluster --name lab");
    assert_eq!(refused.rc, 254);
    shell.must("eksctl delete fargateprofile --cluster lab --name fp-dev --wait");
    assert_eq!(shell.must("eksctl get fargateprofile --cluster lab"), "No fargateprofiles found\n");
}

/// A cluster without instances: CoreDNS, too, runs on Fargate.
#[test]
fn a_cluster_of_fargate_alone() {
    let shell = Shell::empty();
    let made = shell.must("eksctl create cluster --name dry --region eu-west-1 --version 1.31 --fargate");
    assert!(made.contains("\"coredns\" pods are now scheduled onto Fargate"), "{made}");
    let nodes = shell.must("kubectl get nodes -o name");
    assert_eq!(nodes.lines().filter(|n| n.starts_with("node/fargate-ip-")).count(), 2, "{nodes}");
    shell.must("kubectl create deployment web --image=nginx");
    shell.must("kubectl rollout status deployment web");
    assert_eq!(shell.must("kubectl get nodes -o name").lines().count(), 3);
}

#[test]
fn no_two_pods_share_a_machine() {
    let world = World::new();
    world.call("eks:CreateFargateProfile", profile("fp", "default")).unwrap();
    world.run(130);
    for i in 0..600 {
        pod(&world, &format!("web-{i}"), "fargate");
    }
    world.run(60);
    assert_eq!(machines(&world).len(), 600);
}

/// A pattern of many stars is a pattern like any other.
#[test]
fn a_pattern_takes_no_time() {
    let world = World::new();
    let mut stars = profile("fp", "default");
    stars.set(
        "selectors",
        json!([{"namespace": "default", "labels": {"on": (format!("{}!", "*".repeat(40)))}}]),
    );
    world.call("eks:CreateFargateProfile", stars).unwrap();
    world.run(130);
    pod(&world, "web", &"a".repeat(60));
    assert_eq!(
        world.api.find("pods", "default", "web").unwrap().str_at("spec/schedulerName"),
        "default-scheduler"
    );
}

#[test]
fn the_role_of_a_profile_gets_an_entry_when_entries_begin_to_count() {
    let config = super::CONFIG
        .replace("managedNodeGroups", "accessConfig: {authenticationMode: CONFIG_MAP}\nmanagedNodeGroups");
    let world = World::of(&config, "2024-06-03T00:00:00Z");
    world.call("eks:CreateFargateProfile", profile("fp", "default")).unwrap();
    world.run(130);
    let mode = json!({"name": "lab", "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}});
    world.call("eks:UpdateClusterConfig", mode).unwrap();
    let entry = json!({"clusterName": "lab", "principalArn": ROLE});
    let entry = world.call("eks:DescribeAccessEntry", entry).unwrap();
    assert_eq!(entry.str_at("accessEntry/type"), "FARGATE_LINUX");
}
