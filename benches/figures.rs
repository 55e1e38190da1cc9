//! The figures of docs/performance.md: whole processes, as a user starts them, on clusters in a temporary home.
//!
//! `cargo bench --bench figures` prints them all; `cargo bench --bench figures -- PART` those whose name holds PART.
//! CPU is user and system time together, the least of several runs; memory is the largest resident set.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use wait4::Wait4;

/// What a run of a process took.
#[derive(Clone, Copy)]
struct Usage {
    cpu: Duration,
    memory: u64,
}

/// A directory with the clusters of a figure.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().expect("a temporary directory"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn copy(&self) -> Home {
        let copy = Home::new();
        copy_tree(self.path(), copy.path());
        copy
    }

    /// Writes a file that commands may name.
    fn file(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).expect("a file in the home");
    }

    /// Runs a command line: `kubectl ...`, `aws ...`, `kubetick ...`.
    fn run(&self, line: &str) -> Usage {
        let mut words = line.split_whitespace();
        let personality = words.next().expect("a command");
        let program = self.path().join(personality);
        if !program.exists() {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubetick"), &program)
                .expect("a link to the binary");
        }
        let mut process = Command::new(program)
            .args(words)
            .current_dir(self.path())
            .env("KUBETICK_HOME", self.path())
            .env_remove("KUBECONFIG")
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let ended = process.wait4().expect("the process ends");
        assert!(ended.status.success(), "{line}: {}", ended.status);
        Usage { cpu: ended.rusage.utime + ended.rusage.stime, memory: ended.rusage.maxrss }
    }
}

fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            fs::create_dir_all(&target).expect("a directory");
            copy_tree(&entry.path(), &target);
        } else if entry.path().is_file() {
            fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}

/// The cluster of the walkthrough: metrics-server, php-apache and its autoscaler.
fn walkthrough() -> Home {
    let home = Home::new();
    home.run(
        "kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml",
    );
    home.run("kubectl apply -f https://k8s.io/examples/application/php-apache.yaml");
    home.run("kubectl autoscale deployment php-apache --cpu=50% --min=1 --max=10");
    home.run("kubetick tick 3m -q");
    home
}

/// A cluster of `nodes` nodes and `apps` Deployments of `replicas` pods with an autoscaler each, under an even
/// load; all pods run.
fn large(nodes: usize, apps: usize, replicas: usize) -> Home {
    let home = Home::new();
    home.file(
        "cluster.yaml",
        &format!(
            "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n\
             metadata: {{name: large, region: ap-northeast-2, version: \"1.31\"}}\nmanagedNodeGroups:\n\
             - {{name: ng, instanceType: m5.2xlarge, desiredCapacity: {nodes}, minSize: 1, maxSize: {nodes}}}\n"
        ),
    );
    home.run("kubetick cluster create -f cluster.yaml");
    home.run(
        "kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml",
    );
    let app = |i: usize| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web-{i}}}\nspec:\n  replicas: {replicas}\n  \
             selector: {{matchLabels: {{app: web-{i}}}}}\n  template:\n    metadata: {{labels: {{app: web-{i}}}}}\n    \
             spec: {{containers: [{{name: web, image: nginx, resources: {{requests: {{cpu: 100m}}}}}}]}}\n\
             ---\napiVersion: v1\nkind: Service\nmetadata: {{name: web-{i}}}\n\
             spec: {{selector: {{app: web-{i}}}, ports: [{{port: 80}}]}}\n\
             ---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web-{i}}}\nspec:\n  \
             scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web-{i}}}\n  minReplicas: {}\n  \
             maxReplicas: {}\n  metrics: [{{type: Resource, resource: {{name: cpu, target: {{type: Utilization, \
             averageUtilization: 50}}}}}}]\n",
            replicas * 4 / 5,
            replicas * 6 / 5
        )
    };
    home.file("apps.yaml", &(0..apps).map(app).collect::<String>());
    home.run("kubectl apply -f apps.yaml");
    for i in 0..apps {
        home.run(&format!("kubetick load set deployment/web-{i} --cpu {}m", replicas * 50));
    }
    home.run("kubetick tick 10m -q");
    home
}

/// A cluster of 60 to 100 nodes with Cluster Autoscaler and a Deployment of 1,800 pods that fill 60 of them.
fn elastic() -> Home {
    let home = Home::new();
    home.file(
        "cluster.yaml",
        "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n\
         metadata: {name: elastic, region: ap-northeast-2, version: \"1.31\"}\nmanagedNodeGroups:\n\
         - {name: ng, instanceType: m5.2xlarge, desiredCapacity: 60, minSize: 60, maxSize: 100, \
         iam: {withAddonPolicies: {autoScaler: true}}}\n",
    );
    home.run("kubetick cluster create -f cluster.yaml");
    let autoscaler = include_str!("../src/catalog/manifests/cluster-autoscaler-autodiscover.yaml");
    home.file("autoscaler.yaml", &autoscaler.replace("<YOUR CLUSTER NAME>", "elastic"));
    home.run("kubectl apply -f autoscaler.yaml");
    home.file(
        "app.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1800\n  \
         selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    \
         spec: {containers: [{name: web, image: nginx, resources: {requests: {cpu: 250m}}}]}\n",
    );
    home.run("kubectl apply -f app.yaml");
    home.run("kubetick tick 10m -q");
    home
}

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
";

struct Figures {
    part: String,
}

impl Figures {
    fn wants(&self, what: &str) -> bool {
        what.contains(&self.part)
    }

    /// Measures a command in copies of a home.
    fn measure(&self, what: &str, runs: usize, home: &Home, line: &str) {
        if !self.wants(what) {
            return;
        }
        let usages: Vec<Usage> = (0..runs).map(|_| home.copy().run(line)).collect();
        let cpu = usages.iter().map(|u| u.cpu).min().unwrap_or_default();
        let memory = usages.iter().map(|u| u.memory).max().unwrap_or_default();
        println!(
            "| {what} | `{line}` | {:.1} ms | {} MB |",
            cpu.as_secs_f64() * 1e3,
            memory.div_ceil(1 << 20)
        );
    }
}

fn main() {
    let part = std::env::args().skip(1).find(|a| !a.starts_with("--")).unwrap_or_default();
    let figures = Figures { part };
    println!("| what | command | CPU | memory |\n|---|---|---|---|");
    figures.measure("first command", 10, &Home::new(), "kubectl get nodes");
    if ["read", "apply", "cloud", "hour", "day"].iter().any(|what| figures.wants(what)) {
        let home = walkthrough();
        home.file("web.yaml", DEPLOYMENT);
        // The account's own file is made by the first command that asks AWS.
        home.run("aws sts get-caller-identity");
        figures.measure("read", 20, &home, "kubectl get hpa");
        figures.measure("apply", 10, &home, "kubectl apply -f web.yaml");
        figures.measure("cloud", 10, &home, "aws autoscaling describe-auto-scaling-groups");
        figures.measure("hour", 5, &home, "kubetick tick 1h -q");
        figures.measure("day", 2, &home, "kubetick tick 24h -q");
    }
    if figures.wants("large") {
        let home = large(100, 10, 500);
        figures.measure("large, read elsewhere", 10, &home, "kubectl get hpa -n kube-system");
        figures.measure("large, quiet hour", 1, &home, "kubetick tick 1h -q");
        for i in 0..10 {
            home.run(&format!("kubetick load set deployment/web-{i} --cpu 0s=25000m,10m=28750m,30m=23750m"));
        }
        figures.measure("large, busy hour", 1, &home, "kubetick tick 1h -q");
    }
    if figures.wants("elastic") {
        let home = elastic();
        home.run("kubectl scale deployment web --replicas=3000");
        figures.measure("elastic, hour of scale-up", 1, &home, "kubetick tick 1h -q");
        home.run("kubetick tick 10m -q");
        home.run("kubectl scale deployment web --replicas=1800");
        figures.measure("elastic, hour of scale-down", 1, &home, "kubetick tick 1h -q");
    }
}
