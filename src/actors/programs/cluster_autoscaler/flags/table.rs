//! Every flag there is, with its type, its default and the releases that have it.

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `true` or `false`; alone it is true.
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// Go's syntax of durations.
    Duration,
    /// Any text.
    Text,
    /// Any text, any number of times.
    Texts,
}

impl Kind {
    /// What the usage calls it.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Bool => "",
            Kind::Int => " int",
            Kind::Float => " float",
            Kind::Duration => " duration",
            Kind::Text => " string",
            Kind::Texts => " strings",
        }
    }
}

/// One flag.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Its value when it is not given.
    pub default: &'static str,
    /// The first minor release that has it; 0 when all have.
    pub since: u32,
    /// The first minor release that has it no more; 0 when all have.
    pub until: u32,
}

const fn row(name: &'static str, kind: Kind, default: &'static str) -> Row {
    Row { name, kind, default, since: 0, until: 0 }
}

const fn since(minor: u32, name: &'static str, kind: Kind, default: &'static str) -> Row {
    Row { name, kind, default, since: minor, until: 0 }
}

const fn until(minor: u32, name: &'static str, kind: Kind, default: &'static str) -> Row {
    Row { name, kind, default, since: 0, until: minor }
}

use Kind::{Bool, Duration, Float, Int, Text, Texts};

/// The flags, by name.
pub const TABLE: &[Row] = &[
    row("add-dir-header", Bool, "false"),
    row("address", Text, ":8085"),
    row("alsologtostderr", Bool, "false"),
    row("aws-use-static-instance-list", Bool, "false"),
    row("balance-similar-node-groups", Bool, "false"),
    row("balancing-ignore-label", Texts, ""),
    row("balancing-label", Texts, ""),
    since(33, "blocking-system-pod-distruption-timeout", Duration, "1h"),
    since(28, "bypassed-scheduler-names", Texts, ""),
    row("cloud-config", Text, ""),
    row("cloud-provider", Text, "gce"),
    row("cloud-provider-gce-l7lb-src-cidrs", Text, "130.211.0.0/22,35.191.0.0/16"),
    row(
        "cloud-provider-gce-lb-src-cidrs",
        Text,
        "130.211.0.0/22,209.85.152.0/22,209.85.204.0/22,35.191.0.0/16",
    ),
    row("cluster-name", Text, ""),
    row("clusterapi-cloud-config-authoritative", Bool, "false"),
    row("concurrent-gce-refreshes", Int, "1"),
    row("cordon-node-before-terminating", Bool, "false"),
    row("cores-total", Text, "0:320000"),
    row("daemonset-eviction-for-empty-nodes", Bool, "false"),
    row("daemonset-eviction-for-occupied-nodes", Bool, "true"),
    row("debugging-snapshot-enabled", Bool, "false"),
    since(28, "drain-priority-config", Text, ""),
    since(28, "dynamic-node-delete-delay-after-taint-enabled", Bool, "false"),
    row("emit-per-nodegroup-metrics", Bool, "false"),
    since(30, "enable-provisioning-requests", Bool, "false"),
    row("enforce-node-group-min-size", Bool, "false"),
    row("estimator", Text, "binpacking"),
    row("expander", Text, ""),
    row("expendable-pods-priority-cutoff", Int, "-10"),
    row("feature-gates", Text, ""),
    since(27, "force-ds", Bool, "false"),
    since(30, "frequent-loops-enabled", Bool, "false"),
    row("gce-concurrent-refreshes", Int, "1"),
    row("gce-expander-ephemeral-storage-support", Bool, "false"),
    row("gce-mig-instances-min-refresh-wait-time", Duration, "5s"),
    row("gpu-total", Texts, ""),
    row("grpc-expander-cert", Text, ""),
    row("grpc-expander-url", Text, ""),
    row("ignore-daemonsets-utilization", Bool, "false"),
    row("ignore-mirror-pods-utilization", Bool, "false"),
    row("ignore-taint", Texts, ""),
    row("initial-node-group-backoff-duration", Duration, "5m"),
    row("kube-api-content-type", Text, "application/vnd.kubernetes.protobuf"),
    since(27, "kube-client-burst", Int, "10"),
    since(27, "kube-client-qps", Float, "5"),
    row("kubeconfig", Text, ""),
    row("kubernetes", Text, ""),
    row("leader-elect", Bool, "true"),
    row("leader-elect-lease-duration", Duration, "15s"),
    row("leader-elect-renew-deadline", Duration, "10s"),
    row("leader-elect-resource-lock", Text, "leases"),
    row("leader-elect-resource-name", Text, "cluster-autoscaler"),
    row("leader-elect-resource-namespace", Text, ""),
    row("leader-elect-retry-period", Duration, "2s"),
    row("log-backtrace-at", Text, ":0"),
    row("log-dir", Text, ""),
    row("log-file", Text, ""),
    row("log-file-max-size", Int, "1800"),
    row("log-flush-frequency", Duration, "5s"),
    row("log-json-info-buffer-size", Text, ""),
    row("log-json-split-stream", Bool, "false"),
    row("logging-format", Text, "text"),
    row("logtostderr", Bool, "true"),
    row("max-allocatable-difference-ratio", Float, "0.05"),
    row("max-autoprovisioned-node-group-count", Int, "15"),
    row("max-bulk-soft-taint-count", Int, "10"),
    row("max-bulk-soft-taint-time", Duration, "3s"),
    row("max-drain-parallelism", Int, "1"),
    until(34, "max-empty-bulk-delete", Int, "10"),
    row("max-failing-time", Duration, "15m"),
    row("max-free-difference-ratio", Float, "0.05"),
    row("max-graceful-termination-sec", Int, "600"),
    row("max-inactivity", Duration, "10m"),
    row("max-node-group-backoff-duration", Duration, "30m"),
    row("max-node-provision-time", Duration, "15m"),
    row("max-nodegroup-binpacking-duration", Duration, "10s"),
    row("max-nodes-per-scaleup", Int, "1000"),
    row("max-nodes-total", Int, "0"),
    row("max-pod-eviction-time", Duration, "2m"),
    row("max-scale-down-parallelism", Int, "10"),
    row("max-total-unready-percentage", Float, "45"),
    row("memory-difference-ratio", Float, "0.015"),
    row("memory-total", Text, "0:6400000"),
    row("min-replica-count", Int, "0"),
    row("namespace", Text, "kube-system"),
    until(34, "node-autoprovisioning-enabled", Bool, "false"),
    row("node-delete-delay-after-taint", Duration, "5s"),
    row("node-deletion-batcher-interval", Duration, "0s"),
    row("node-deletion-delay-timeout", Duration, "2m"),
    row("node-group-auto-discovery", Texts, ""),
    row("node-group-backoff-reset-timeout", Duration, "3h"),
    row("node-info-cache-expire-time", Duration, "87600h"),
    row("new-pod-scale-up-delay", Duration, "0s"),
    row("nodes", Texts, ""),
    row("ok-total-unready-count", Int, "3"),
    row("one-output", Bool, "false"),
    until(34, "parallel-drain", Bool, ""),
    since(28, "parallel-scale-up", Bool, "false"),
    row("profiling", Bool, "false"),
    row("record-duplicated-events", Bool, "false"),
    row("regional", Bool, "false"),
    row("scale-down-candidates-pool-min-count", Int, "50"),
    row("scale-down-candidates-pool-ratio", Float, "0.1"),
    row("scale-down-delay-after-add", Duration, "10m"),
    row("scale-down-delay-after-delete", Duration, "0s"),
    row("scale-down-delay-after-failure", Duration, "3m"),
    since(30, "scale-down-delay-type-local", Bool, "false"),
    row("scale-down-enabled", Bool, "true"),
    row("scale-down-gpu-utilization-threshold", Float, "0.5"),
    row("scale-down-non-empty-candidates-count", Int, "30"),
    row("scale-down-simulation-timeout", Duration, "30s"),
    row("scale-down-unneeded-time", Duration, "10m"),
    since(27, "scale-down-unready-enabled", Bool, "true"),
    row("scale-down-unready-time", Duration, "20m"),
    row("scale-down-utilization-threshold", Float, "0.5"),
    row("scale-up-from-zero", Bool, "true"),
    row("scan-interval", Duration, "10s"),
    row("skip-headers", Bool, "false"),
    row("skip-log-headers", Bool, "false"),
    since(27, "skip-nodes-with-custom-controller-pods", Bool, "true"),
    row("skip-nodes-with-local-storage", Bool, "true"),
    row("skip-nodes-with-system-pods", Bool, "true"),
    since(28, "startup-taint", Texts, ""),
    row("status-config-map-name", Text, "cluster-autoscaler-status"),
    since(28, "status-taint", Texts, ""),
    row("stderrthreshold", Text, "2"),
    row("unremovable-node-recheck-timeout", Duration, "5m"),
    row("user-agent", Text, "cluster-autoscaler"),
    row("v", Int, "0"),
    row("vmodule", Text, ""),
    row("write-status-configmap", Bool, "true"),
];
