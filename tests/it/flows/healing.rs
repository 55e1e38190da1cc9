use super::{activities, add_autoscaler, begin, deploy, desired, field, in_order, pods};

#[test]
fn a_group_replaces_a_machine_that_fails() {
    let shell = begin();
    // Two pods a node: there is no room for what the failing node had.
    deploy(&shell, "web", 4, "700m", "");
    shell.must("kubetick tick 1m -q");
    let node = field(&shell, "pods -l app=web", "{.items[0].spec.nodeName}");
    shell.must(&format!("kubetick fault node/{node} status-check"));
    shell.must("kubetick tick 1m -q");
    let condition = "{.status.conditions[?(@.type==\"Ready\")].status}";
    assert_eq!(field(&shell, &format!("node {node}"), condition), "Unknown");
    let taints = field(&shell, &format!("node {node}"), "{.spec.taints[*].key}");
    assert_eq!(taints, "node.kubernetes.io/unreachable node.kubernetes.io/unreachable");
    shell.must("kubetick tick 20s -q");
    assert_eq!(activities(&shell).len(), 0, "two checks have to fail");
    shell.must("kubetick tick 50s -q");
    let phases = field(&shell, "pods -l app=web", "{.items[*].status.phase}");
    assert!(phases.contains("Pending"), "replacements wait for a node: {phases}");
    shell.must("kubetick tick 1m -q");
    in_order(
        &shell,
        &[
            ["node-controller", &format!("node/{node}"), "NodeNotReady: "],
            ["node-controller", "pod/web-", "NodeNotReady: Node is not ready"],
            ["replicaset-controller", "replicaset/web-", "SuccessfulCreate: Created pod: web-"],
            ["default-scheduler", "pod/web-", "FailedScheduling: "],
            ["kubelet", "node/ip-", "Starting: Starting kubelet."],
            ["kubelet", "node/ip-", "NodeReady: "],
            ["default-scheduler", "pod/web-", "Scheduled: "],
            ["kubelet", "pod/web-", "Started: "],
        ],
    );
    let told = activities(&shell);
    assert!(told[0].starts_with("Terminating EC2 instance: i-"), "{told:#?}");
    assert!(told[0].contains("in response to an EC2 instance status checks failure"), "{told:#?}");
    assert!(told[1].starts_with("Launching a new EC2 instance: i-"), "{told:#?}");
    assert!(told[1].contains("in response to an unhealthy instance needing to be replaced"), "{told:#?}");
    assert_eq!(desired(&shell), "2");
    let ready = shell.must("kubectl get deployment web -o 'jsonpath={.status.readyReplicas}'");
    assert_eq!(ready, "4");
    shell.must("kubetick tick 20m -q");
    let nodes = shell.must("kubectl get nodes --no-headers");
    assert_eq!(nodes.lines().filter(|l| l.contains(" Ready ")).count(), 2, "{nodes}");
    assert!(!nodes.contains(&node));
    assert_eq!(shell.must("kubetick fault list"), "Nothing fails on purpose.\n");
}

#[test]
fn an_empty_replacement_is_scaled_in() {
    let shell = begin();
    add_autoscaler(&shell);
    shell.must("kubetick tick 1m -q");
    shell.must("aws eks update-nodegroup-config --cluster-name flow --nodegroup-name ng1 --scaling-config minSize=1,maxSize=6,desiredSize=3");
    shell.must("kubetick tick 2m -q");
    let autoscaler =
        field(&shell, "pods -n kube-system -l app=cluster-autoscaler", "{.items[0].spec.nodeName}");
    let names = field(&shell, "nodes", "{.items[*].metadata.name}");
    let victim = names.split(' ').find(|n| *n != autoscaler).unwrap();
    shell.must(&format!("kubetick fault node/{victim} status-check"));
    shell.must("kubetick tick 45m -q");
    let nodes = shell.must("kubectl get nodes --no-headers");
    assert!(!nodes.contains(victim));
    assert!(nodes.lines().count() < 3, "{nodes}");
    in_order(
        &shell,
        &[
            ["node-controller", &format!("node/{victim}"), "NodeNotReady: "],
            ["cluster-autoscaler", "node/ip-", "ScaleDown"],
        ],
    );
}

#[test]
fn pods_leave_a_silent_node_after_their_toleration() {
    let shell = begin();
    deploy(&shell, "web", 3, "100m", "");
    shell.must("kubetick tick 1m -q");
    let node = field(&shell, "pods -l app=web", "{.items[0].spec.nodeName}");
    let before = pods(&shell, "web");
    shell.must(&format!("kubetick fault node/{node} unreachable --for 10m"));
    shell.must("kubetick tick 5m -q");
    assert_eq!(pods(&shell, "web"), before, "300 s are not over");
    shell.must("kubetick tick 90s -q");
    assert!(pods(&shell, "web").len() > 3, "the old ones stay Terminating: nobody confirms their end");
    let ready = shell.must("kubectl get deployment web -o 'jsonpath={.status.readyReplicas}'");
    assert_eq!(ready, "3", "replacements run elsewhere");
    in_order(
        &shell,
        &[
            ["node-controller", &format!("node/{node}"), "NodeNotReady: "],
            ["node-controller", "pod/web-", "NodeNotReady: Node is not ready"],
            [
                "taint-eviction-controller",
                "pod/web-",
                "TaintManagerEviction: Marking for deletion Pod default/web-",
            ],
            ["replicaset-controller", "replicaset/web-", "SuccessfulCreate: "],
            ["default-scheduler", "pod/web-", "Scheduled: "],
        ],
    );
    assert_eq!(activities(&shell).len(), 0, "its machine is well");
    shell.must("kubetick tick 5m -q");
    let nodes = shell.must("kubectl get nodes --no-headers");
    assert_eq!(nodes.lines().filter(|l| l.contains(" Ready ")).count(), 2, "{nodes}");
    assert_eq!(pods(&shell, "web").len(), 3, "the kubelet that is back ends what was to end");
    assert_eq!(field(&shell, &format!("node {node}"), "{.spec.taints}"), "");
}

#[test]
fn a_zone_that_is_out_is_left_by_its_group() {
    let shell = begin();
    deploy(&shell, "web", 4, "100m", "");
    shell.must("kubetick tick 1m -q");
    let zone = field(&shell, "nodes", "{.items[0].metadata.labels.topology\\.kubernetes\\.io/zone}");
    assert_eq!(
        shell.must(&format!("kubetick fault az/{zone} --for 40m")),
        format!("fault outage on az/{zone} set, until 2025-05-29T00:41:00Z\n")
    );
    shell.must("kubetick tick 30m -q");
    let zones = field(&shell, "nodes", "{.items[*].metadata.labels.topology\\.kubernetes\\.io/zone}");
    assert_eq!(zones.split(' ').count(), 2);
    assert!(!zones.contains(&zone), "{zones}");
    let ready = shell.must("kubectl get deployment web -o 'jsonpath={.status.readyReplicas}'");
    assert_eq!(ready, "4");
    shell.must("kubetick tick 11m -q");
    shell.must("aws eks update-nodegroup-config --cluster-name flow --nodegroup-name ng1 --scaling-config minSize=2,maxSize=6,desiredSize=3");
    shell.must("kubetick tick 2m -q");
    let zones = field(&shell, "nodes", "{.items[*].metadata.labels.topology\\.kubernetes\\.io/zone}");
    assert!(zones.contains(&zone), "groups spread over it again: {zones}");
}

#[test]
fn where_no_zone_has_capacity_nothing_grows() {
    let shell = begin();
    add_autoscaler(&shell);
    for zone in ["a", "b", "c"] {
        shell.must(&format!("kubetick fault az/ap-northeast-2{zone} no-capacity"));
    }
    deploy(&shell, "web", 4, "1200m", "");
    shell.must("kubetick tick 4m -q");
    let told = activities(&shell);
    assert!(told.iter().all(|a| a.ends_with("[Failed]")), "{told:#?}");
    let why = "Launching a new EC2 instance.  Status Reason: We currently do not have sufficient m5.large capacity in the Availability Zone you requested (ap-northeast-2a). ";
    assert!(told[0].starts_with(why), "{told:#?}");
    let pending = shell.must("kubectl get pods -l app=web --no-headers");
    let pending = pending.lines().find(|l| l.contains("Pending")).unwrap().split(' ').next().unwrap();
    let explained = shell.must(&format!("kubetick explain pod/{pending}"));
    assert!(explained.contains("no: in backoff after failed scale-up ("), "{explained}");
    shell.must("kubetick fault clear --all");
    shell.must("kubetick tick 10m -q");
    let phases = field(&shell, "pods -l app=web", "{.items[*].status.phase}");
    assert_eq!(phases, "Running Running Running Running");
}
