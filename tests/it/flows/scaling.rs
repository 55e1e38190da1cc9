use super::{METRICS_SERVER, activities, add_autoscaler, begin, deploy, desired, field, in_order, pods};

#[test]
fn load_becomes_pods_and_pods_become_nodes() {
    let shell = begin();
    shell.must(&format!("kubectl apply -f {METRICS_SERVER}"));
    add_autoscaler(&shell);
    deploy(&shell, "web", 1, "500m", "");
    shell.must("kubectl expose deployment web --port=80");
    let early = shell.run("kubectl top pods");
    assert_eq!((early.rc, early.stderr.as_str()), (1, "error: Metrics API not available\n"));
    shell.must("kubetick tick 2m -q");
    assert!(shell.must("kubectl top pods").contains("web-"), "usage shows after the second scrape");
    let generation = field(&shell, "deployment web", "{.metadata.generation}");
    shell.must("kubectl autoscale deployment web --cpu-percent=50 --min=1 --max=10");
    shell.must("kubetick load set deployment/web --cpu 4");
    shell.must("kubetick tick 4m -q");
    in_order(
        &shell,
        &[
            ["horizontal-pod-autoscaler", "/web ", "SuccessfulRescale: New size: "],
            ["deployment-controller", "deployment/web ", "ScalingReplicaSet: Scaled up replica set web-"],
            ["replicaset-controller", "replicaset/web-", "SuccessfulCreate: Created pod: web-"],
            ["default-scheduler", "pod/web-", "FailedScheduling: 0/2 nodes are available: "],
            ["cluster-autoscaler", "pod/web-", "TriggeredScaleUp: pod triggered scale-up: [{eks-ng1-"],
            ["kubelet", "node/ip-", "Starting: Starting kubelet."],
            ["node-controller", "node/ip-", "RegisteredNode: "],
            ["kubelet", "node/ip-", "NodeReady: "],
            ["default-scheduler", "pod/web-", "Scheduled: Successfully assigned default/web-"],
            ["kubelet", "pod/web-", "Pulling: Pulling image \"registry.k8s.io/hpa-example\""],
            ["kubelet", "pod/web-", "Pulled: Successfully pulled image"],
            ["kubelet", "pod/web-", "Created: Created container: main"],
            ["kubelet", "pod/web-", "Started: Started container main"],
        ],
    );
    assert_ne!(field(&shell, "deployment web", "{.metadata.generation}"), generation);
    let capacity: i64 = desired(&shell).parse().unwrap();
    assert!(capacity > 2, "the group grew to {capacity}");
    let launched = activities(&shell);
    assert!(launched.iter().any(|a| a.starts_with("Launching a new EC2 instance: i-")), "{launched:#?}");
    assert!(launched.iter().any(|a| a.ends_with("[Successful]")), "{launched:#?}");
    let phases = field(&shell, "pods -l app=web", "{.items[*].status.phase}");
    assert_eq!(phases.split(' ').filter(|p| *p == "Running").count(), 10, "{phases}");
}

#[test]
fn pods_that_fit_nowhere_wait_without_a_node() {
    let shell = begin();
    deploy(&shell, "big", 1, "3", "");
    shell.must("kubetick tick 10s -q");
    let pod = format!("pod {}", pods(&shell, "big")[0]);
    assert_eq!(field(&shell, &pod, "{.spec.nodeName}|{.status.phase}"), "|Pending");
    let scheduled = "{.status.conditions[?(@.type==\"PodScheduled\")]";
    assert_eq!(
        field(&shell, &pod, &format!("{scheduled}.status}}/{scheduled}.reason}}")),
        "False/Unschedulable"
    );
    in_order(
        &shell,
        &[[
            "default-scheduler",
            "pod/big-",
            "FailedScheduling: 0/2 nodes are available: 2 Insufficient cpu.",
        ]],
    );
}

#[test]
fn idle_nodes_go_when_their_pods_can_move() {
    let shell = begin();
    add_autoscaler(&shell);
    deploy(&shell, "web", 6, "800m", "");
    shell.must("kubetick tick 3m -q");
    let before: i64 = desired(&shell).parse().unwrap();
    assert!(before > 2);
    // One pod keeps its node: nothing may evict it.
    shell.must("kubectl create poddisruptionbudget web --selector=app=web --min-available=2");
    shell.must("kubectl scale deployment web --replicas=2");
    shell.must("kubetick tick 9m -q");
    assert_eq!(desired(&shell).parse::<i64>().unwrap(), before, "unneeded, but not for long enough");
    shell.must("kubetick tick 10m -q");
    let after: i64 = desired(&shell).parse().unwrap();
    assert!((2..before).contains(&after), "{before} became {after}");
    in_order(
        &shell,
        &[
            ["deployment-controller", "deployment/web ", "ScalingReplicaSet: Scaled down replica set web-"],
            ["replicaset-controller", "replicaset/web-", "SuccessfulDelete: Deleted pod: web-"],
            ["cluster-autoscaler", "node/ip-", "ScaleDown: marked the node as toBeDeleted/unschedulable"],
            ["node-controller", "node/ip-", "RemovingNode: "],
        ],
    );
    let ended = activities(&shell);
    let by_call = "was taken out of service in response to a user request, shrinking the capacity from";
    assert!(
        ended.iter().any(|a| a.starts_with("Terminating EC2 instance: i-") && a.contains(by_call)),
        "{ended:#?}"
    );
    assert_eq!(pods(&shell, "web").len(), 2, "replicas stay as desired");
    let nodes = shell.must("kubectl get nodes --no-headers");
    assert_eq!(nodes.lines().count() as i64, after);
}

#[test]
fn a_budget_keeps_a_node() {
    let shell = begin();
    add_autoscaler(&shell);
    shell.must("kubectl -n kube-system get deployment cluster-autoscaler");
    deploy(&shell, "web", 4, "900m", "");
    shell.must("kubetick tick 3m -q");
    shell.must("kubectl create poddisruptionbudget web --selector=app=web --min-available=2");
    shell.must("kubectl scale deployment web --replicas=2");
    shell.must("kubetick tick 30m -q");
    assert_eq!(pods(&shell, "web").len(), 2);
    let nodes = field(&shell, "pods -l app=web", "{.items[*].spec.nodeName}");
    for node in nodes.split(' ') {
        let why = shell.must(&format!("kubetick explain node/{node}"));
        assert!(why.contains("=> stays: "), "{why}");
    }
}

#[test]
fn explanations_tell_why_no_group_grows_and_who_holds_a_node() {
    let shell = begin();
    deploy(&shell, "big", 1, "3", "");
    shell.must("kubetick tick 30s -q");
    let big = pods(&shell, "big").remove(0);
    let alone = shell.must(&format!("kubetick explain pod/{big}"));
    assert!(alone.contains("\n  => Cluster Autoscaler: none is at work\n"), "{alone}");
    add_autoscaler(&shell);
    deploy(&shell, "held", 1, "100m", "");
    shell.must("kubectl patch deployment held -p '{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"cluster-autoscaler.kubernetes.io/safe-to-evict\":\"false\"}}}}}'");
    shell.must("kubetick tick 2m -q");
    let why = shell.must(&format!("kubetick explain pod/{big}"));
    assert!(why.contains("2 (min 2, max 6)  no: Insufficient cpu\n"), "{why}");
    assert!(why.contains("\n  => Cluster Autoscaler: no group grows for it\n"), "{why}");
    let json = shell.must(&format!("kubetick explain pod/{big} -o json"));
    assert!(json.contains("\"result\": \"no group grows for it\""), "{json}");
    shell.must("aws eks update-nodegroup-config --cluster-name flow --nodegroup-name ng1 --scaling-config minSize=1,maxSize=6,desiredSize=2");
    shell.must("kubetick tick 1m -q");
    let node = field(&shell, "pods -l app=held", "{.items[0].spec.nodeName}");
    let held = shell.must(&format!("kubetick explain node/{node}"));
    assert!(held.contains("=> stays: BlockedByPod: pod "), "{held}");
    assert!(held.contains("an annotation of it forbids its eviction (NotSafeToEvictAnnotation)"), "{held}");
}
