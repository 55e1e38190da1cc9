//! The flows of document 004: who does what, in which order, from load to nodes, from a broken machine to a healed group,
//! from a failing container to its restart, from idle nodes to fewer of them.

mod failures;
mod healing;
mod scaling;

use crate::shell::Shell;
use kubetick::machinery::Value;

/// The cluster the flows begin with.
const CLUSTER: &str = "\
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: flow, region: ap-northeast-2, version: \"1.33\"}
managedNodeGroups:
  - {name: ng1, instanceType: m5.large, minSize: 2, desiredCapacity: 2, maxSize: 6}
";

const METRICS_SERVER: &str =
    "https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml";
const AUTOSCALER: &str = "https://raw.githubusercontent.com/kubernetes/autoscaler/master/cluster-autoscaler/cloudprovider/aws/examples/cluster-autoscaler-autodiscover.yaml";

fn begin() -> Shell {
    Shell::of_config(CLUSTER)
}

/// Cluster Autoscaler, as its own example sets it up.
fn add_autoscaler(shell: &Shell) {
    let manifest = shell.must(&format!("curl -s {AUTOSCALER}")).replace("<YOUR CLUSTER NAME>", "flow");
    shell.file("ca.yaml", &manifest);
    shell.must("kubectl apply -f ca.yaml");
}

/// A Deployment of pods that ask for so much CPU.
fn deploy(shell: &Shell, name: &str, replicas: i64, cpu: &str, more: &str) {
    shell.file(
        &format!("{name}.yaml"),
        &format!(
            "\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
      - name: main
        image: registry.k8s.io/hpa-example
        ports: [{{containerPort: 80}}]
        resources: {{requests: {{cpu: {cpu}}}, limits: {{cpu: {cpu}}}}}
{more}"
        ),
    );
    shell.must(&format!("kubectl apply -f {name}.yaml"));
}

/// Fails unless the timeline has these one after the other: component, what it is about, what it says.
fn in_order(shell: &Shell, steps: &[[&str; 3]]) {
    let timeline = shell.must("kubetick timeline");
    let mut lines = timeline.lines();
    for step in steps {
        let says = |line: &str| {
            // How often it was said does not matter.
            let (head, rest) = line.split_once(" (x").unwrap_or((line, ""));
            let line = head.to_string() + rest.split_once(')').map_or("", |(_, said)| said);
            step.iter().all(|part| line.contains(part))
        };
        assert!(lines.by_ref().any(says), "{step:?} does not follow in\n{timeline}");
    }
}

/// What a query of `aws` says.
fn aws(shell: &Shell, line: &str) -> String {
    shell.must(&format!("aws {line} --output text")).trim().to_string()
}

fn desired(shell: &Shell) -> String {
    aws(shell, "autoscaling describe-auto-scaling-groups --query 'AutoScalingGroups[0].DesiredCapacity'")
}

/// Descriptions of scaling activities, oldest first.
fn activities(shell: &Shell) -> Vec<String> {
    let text = shell.must("aws autoscaling describe-scaling-activities --output json");
    let answer = Value::parse(&text).unwrap();
    let mut all: Vec<String> = answer
        .items_at("Activities")
        .iter()
        .map(|a| format!("{}: {} [{}]", a.str_at("Description"), a.str_at("Cause"), a.str_at("StatusCode")))
        .collect();
    all.reverse();
    all
}

/// What a jsonpath says of an object.
fn field(shell: &Shell, what: &str, path: &str) -> String {
    shell.must(&format!("kubectl get {what} -o 'jsonpath={path}'"))
}

/// Names of pods of an app, in order.
fn pods(shell: &Shell, app: &str) -> Vec<String> {
    let text = field(shell, &format!("pods -l app={app}"), "{.items[*].metadata.name}");
    text.split_whitespace().map(str::to_string).collect()
}
