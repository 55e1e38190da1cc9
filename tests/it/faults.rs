//! `kubetick fault`: what it refuses, what it keeps, how faults of machines go.

use crate::shell::Shell;

/// A group on demand, a group on spot, a Deployment without probes.
fn lab() -> Shell {
    let shell = Shell::with_spot();
    shell.must("kubectl create deployment web --image=nginx --replicas=4");
    shell.must("kubetick tick 30s -q");
    shell
}

fn node_of(shell: &Shell, group: &str) -> String {
    let line = format!("kubectl get nodes -o name -l eks.amazonaws.com/nodegroup={group}");
    shell.must(&line).lines().next().unwrap().to_string()
}

#[test]
fn what_cannot_fail_is_refused() {
    let shell = lab();
    let node = node_of(&shell, "ng1");
    let instance = shell.must("aws ec2 describe-instances --filters Name=tag:eks:nodegroup-name,Values=ng1 --query 'Reservations[].Instances[].[PrivateDnsName,InstanceId]' --output text");
    let instance = instance.lines().find_map(|l| l.strip_prefix(&format!("{}\t", &node[5..]))).unwrap();
    let pod = shell.must("kubectl get pods -o name").lines().next().unwrap().to_string();
    let before = shell.export();
    for (line, stderr) in [
        ("node/nope stop".to_string(), "nodes \"nope\" not found".to_string()),
        ("pod/nope oom".into(), "pods \"nope\" not found in namespace default".into()),
        (
            "az/us-east-1a".into(),
            "az/us-east-1a: the cluster is not in that zone; it is in ap-northeast-2a, ap-northeast-2b, ap-northeast-2c"
                .into(),
        ),
        ("nope stop".into(), "nope: want KIND/NAME, for example node/NAME".into()),
        ("deployment/web stop".into(), "deployment/web: faults are of node/NAME, pod/NAME and az/NAME".into()),
        ("foo/web stop".into(), "foo/web: no such kind: foo".into()),
        (
            node.clone(),
            format!("{node}: how does it fail? want one of stop, not-ready, unreachable, status-check, spot-interruption"),
        ),
        (
            format!("{node} oom"),
            format!("{node}: oom is not a fault of a node; want one of stop, not-ready, unreachable, status-check, spot-interruption"),
        ),
        (
            format!("{node} spot-interruption"),
            format!("{node}: its instance {instance} is on demand; only spot instances are taken back"),
        ),
        (
            format!("{node} spot-interruption --for 5m"),
            "spot-interruption takes no --for: the instance ends two minutes after its notice".into(),
        ),
        (format!("{node} stop --container x"), format!("{node}: --container is for pods")),
        (format!("{node} stop --for 5"), "5: time: missing unit in duration \"5\"".into()),
        (format!("{node} stop --for 10ms"), "10ms: the clock moves by whole seconds; use at least 1s".into()),
        (format!("{pod} unready"), format!("{pod}: without a readinessProbe nobody would notice")),
        (format!("{pod} oom -c side"), format!("{pod}: no container side; it has nginx")),
        (format!("clear {node}"), format!("no fault on {node}")),
    ] {
        let said = shell.run(&format!("kubetick fault {line}"));
        assert_eq!((said.rc, said.stdout.as_str()), (1, ""), "{line}");
        assert_eq!(said.stderr, format!("error: {stderr}\n"), "{line}");
    }
    assert_eq!(shell.run(&format!("kubetick fault {node} nonsense")).rc, 2);
    assert_eq!(shell.export(), before);
}

#[test]
fn faults_travel_with_copies_and_end_by_themselves() {
    let shell = lab();
    let node = node_of(&shell, "ng1");
    shell.must(&format!("kubetick fault {node} not-ready --for 2m"));
    shell.must("kubetick tick 30s -q");
    shell.must("kubetick cluster export -o lab.yaml");
    shell.must("kubetick cluster import lab.yaml --name copy");
    let listed = shell.must("kubetick fault list");
    assert!(listed.contains("not-ready") && listed.contains("2025-05-29T00:02:30Z"), "{listed}");
    let json = shell.must("kubetick fault list -o json");
    assert!(json.contains("\"until\": \"2025-05-29T00:02:30Z\""), "{json}");
    let ready = |shell: &Shell| shell.must("kubectl get nodes --no-headers").matches(" Ready ").count();
    assert_eq!(ready(&shell), 2);
    shell.must("kubetick tick 89s -q");
    assert_eq!(ready(&shell), 2);
    shell.must("kubetick tick 2s -q");
    assert_eq!(
        (ready(&shell), shell.must("kubetick fault list").as_str()),
        (3, "Nothing fails on purpose.\n")
    );
    let timeline = shell.must(&format!("kubetick timeline --for {node}"));
    let told = "kubelet                     node/";
    assert!(timeline.lines().any(|l| l.contains(told) && l.contains("NodeNotReady")), "{timeline}");
    shell.must(&format!("kubetick fault {node} stop"));
    assert_eq!(
        shell.must("kubetick fault clear --all"),
        format!("fault stop on {node} cleared\n"),
        "and is taken back before anything happens"
    );
}

#[test]
fn a_spot_instance_is_taken_back_after_two_minutes() {
    let shell = lab();
    let node = node_of(&shell, "spot");
    let status = "aws ec2 describe-spot-instance-requests --query 'SpotInstanceRequests[].[State,Status.Code]' --output text";
    assert_eq!(shell.must(status), "active\tfulfilled\n");
    shell.must(&format!("kubetick fault {node} spot-interruption"));
    shell.must("kubetick tick 100s -q");
    assert_eq!(shell.must(status), "active\tmarked-for-termination\n");
    let line = shell.must(&format!("kubectl get {node} --no-headers"));
    assert!(line.contains("Ready,SchedulingDisabled"), "EKS drains it: {line}");
    let here = shell.must(&format!("kubectl get pods -o name --field-selector spec.nodeName={}", &node[5..]));
    assert_eq!(here, "");
    shell.must("kubetick tick 30s -q");
    let shutting = "aws ec2 describe-instances --filters Name=instance-state-name,Values=shutting-down --query 'Reservations[].Instances[].StateReason.Code' --output text";
    assert_eq!(shell.must(shutting), "Server.SpotInstanceTermination\n");
    shell.must("kubetick tick 3m -q");
    let requests = shell.must(status);
    let mut requests: Vec<&str> = requests.lines().collect();
    requests.sort_unstable();
    assert_eq!(requests, ["active\tfulfilled", "closed\tinstance-terminated-no-capacity"]);
    assert_eq!(shell.must("kubectl get nodes --no-headers").matches(" Ready ").count(), 3);
    assert_ne!(node_of(&shell, "spot"), node);
}

#[test]
fn a_stopped_instance_is_replaced_or_comes_back() {
    let shell = lab();
    let node = node_of(&shell, "ng1");
    shell.must(&format!("kubetick fault {node} stop --for 10m"));
    shell.must("kubetick tick 4m -q");
    let nodes = shell.must("kubectl get nodes");
    assert!(!nodes.contains(&node[5..]) && nodes.matches(" Ready ").count() == 3, "{nodes}");

    let node = node_of(&shell, "ng1");
    let group = shell.must("aws autoscaling describe-auto-scaling-groups --query 'AutoScalingGroups[0].AutoScalingGroupName' --output text");
    shell.must(&format!(
        "aws autoscaling suspend-processes --auto-scaling-group-name {} --scaling-processes ReplaceUnhealthy",
        group.trim()
    ));
    shell.must(&format!("kubetick fault {node} stop --for 3m"));
    shell.must("kubetick tick 2m -q");
    assert_eq!(shell.must("kubectl get nodes --no-headers").matches(" NotReady ").count(), 1);
    let taints = format!("kubectl get {node} -o 'jsonpath={{.spec.taints[*].key}}'");
    assert!(shell.must(&taints).contains("node.cloudprovider.kubernetes.io/shutdown"));
    shell.must("kubetick tick 2m -q");
    let nodes = shell.must("kubectl get nodes --no-headers");
    assert!(nodes.contains(&node[5..]) && nodes.matches(" Ready ").count() == 3, "{nodes}");
    assert_eq!(shell.must(&taints), "");
}
