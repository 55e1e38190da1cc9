//! The command line.

mod parse;
mod table;

pub use parse::{Given, parse};
pub use table::{Kind, Row};

use super::release::Release;
use crate::machinery::Duration;
use crate::machinery::duration::parse_go_duration;

/// Bytes of the unit of `--memory-total`.
const GIB: i64 = 1 << 30;

/// Lower and upper bound of something in the whole cluster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// Scale-down stops here.
    pub min: i64,
    /// Scale-up stops here.
    pub max: i64,
}

/// What the flags say, read once. Each field is the flag of its name.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Flags {
    pub release: Release,
    pub verbosity: i64,
    pub port: i64,
    pub scan_interval: Duration,
    pub expander: String,
    pub cloud_provider: String,
    pub nodes: Vec<String>,
    pub auto_discovery: Vec<String>,
    pub namespace: String,
    pub status_config_map: String,
    pub write_status: bool,
    pub record_duplicated_events: bool,
    pub leader_elect: bool,
    pub lease_name: String,
    pub frequent_loops: bool,
    pub scale_up_from_zero: bool,
    pub force_daemons: bool,
    // Scale-up.
    pub max_nodes_total: i64,
    pub max_nodes_per_scale_up: i64,
    pub cores: Bounds,
    pub memory: Bounds,
    pub gpus: Vec<(String, Bounds)>,
    pub balance: bool,
    pub balancing_ignore_labels: Vec<String>,
    pub balancing_labels: Vec<String>,
    pub memory_difference: f64,
    pub free_difference: f64,
    pub allocatable_difference: f64,
    pub expendable_cutoff: i64,
    pub new_pod_delay: Duration,
    pub max_provision_time: Duration,
    pub initial_backoff: Duration,
    pub max_backoff: Duration,
    pub backoff_reset: Duration,
    pub enforce_min_size: bool,
    pub ok_unready: i64,
    pub max_unready_percent: f64,
    pub ignored_taints: Vec<String>,
    pub startup_taints: Vec<String>,
    pub status_taints: Vec<String>,
    // Scale-down.
    pub scale_down: bool,
    pub scale_down_unready: bool,
    pub delay_after_add: Duration,
    pub delay_after_delete: Duration,
    pub delay_after_failure: Duration,
    pub delays_are_local: bool,
    pub unneeded_time: Duration,
    pub unready_time: Duration,
    pub utilization_threshold: f64,
    pub gpu_utilization_threshold: f64,
    pub ignore_daemons: bool,
    pub ignore_mirrors: bool,
    pub skip_system_pods: bool,
    pub skip_local_storage: bool,
    pub skip_custom_controllers: bool,
    pub min_replicas: i64,
    pub scale_down_parallelism: i64,
    pub drain_parallelism: i64,
    pub empty_bulk_delete: i64,
    pub parallel_drain: bool,
    pub recheck_timeout: Duration,
    pub non_empty_candidates: i64,
    pub pool_ratio: f64,
    pub pool_min: i64,
    pub soft_taints: i64,
    pub delete_delay_after_taint: Duration,
    pub cordon: bool,
    pub max_graceful_termination: i64,
    pub max_eviction_time: Duration,
    pub deletion_delay_timeout: Duration,
    pub batcher_interval: Duration,
    pub evict_daemons_of_empty: bool,
    pub evict_daemons_of_occupied: bool,
}

impl Default for Flags {
    fn default() -> Flags {
        Flags::of(&Given::new(), Release::default())
    }
}

struct Reader<'a> {
    given: &'a Given,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> &str {
        let default = || table::TABLE.iter().find(|r| r.name == name).map_or("", |r| r.default);
        self.given.get(name).and_then(|v| v.last()).map_or_else(default, String::as_str)
    }

    fn bool(&self, name: &str) -> bool {
        parse::parse_bool(self.text(name)).unwrap_or(false)
    }

    fn int(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or(0)
    }

    fn float(&self, name: &str) -> f64 {
        self.text(name).parse().unwrap_or(0.0)
    }

    fn duration(&self, name: &str) -> Duration {
        parse_go_duration(self.text(name)).unwrap_or_default()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.given.get(name).cloned().unwrap_or_default()
    }

    fn bounds(&self, name: &str, unit: i64) -> Bounds {
        let mut numbers = self.text(name).split(':').map(|n| n.parse::<i64>().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0).saturating_mul(unit);
        Bounds { min: next(), max: next() }
    }
}

impl Flags {
    /// Reads what was given; everything else is as by default.
    pub fn of(given: &Given, release: Release) -> Flags {
        let r = Reader { given };
        let or =
            |text: &str, default: &str| if text.is_empty() { default.to_string() } else { text.to_string() };
        let gpus = r.texts("gpu-total");
        Flags {
            release,
            verbosity: r.int("v"),
            port: r.text("address").rsplit(':').next().and_then(|p| p.parse().ok()).unwrap_or(0),
            scan_interval: r.duration("scan-interval"),
            expander: or(r.text("expander"), release.default_expander()),
            cloud_provider: r.text("cloud-provider").to_string(),
            nodes: r.texts("nodes"),
            auto_discovery: r.texts("node-group-auto-discovery"),
            namespace: r.text("namespace").to_string(),
            status_config_map: r.text("status-config-map-name").to_string(),
            write_status: r.bool("write-status-configmap"),
            record_duplicated_events: r.bool("record-duplicated-events"),
            leader_elect: r.bool("leader-elect"),
            lease_name: r.text("leader-elect-resource-name").to_string(),
            frequent_loops: r.bool("frequent-loops-enabled"),
            scale_up_from_zero: r.bool("scale-up-from-zero"),
            force_daemons: r.bool("force-ds"),
            max_nodes_total: r.int("max-nodes-total"),
            max_nodes_per_scale_up: r.int("max-nodes-per-scaleup"),
            cores: r.bounds("cores-total", 1),
            memory: r.bounds("memory-total", GIB),
            gpus: gpus.iter().filter_map(|text| gpu_bounds(text)).collect(),
            balance: r.bool("balance-similar-node-groups"),
            balancing_ignore_labels: r.texts("balancing-ignore-label"),
            balancing_labels: r.texts("balancing-label"),
            memory_difference: r.float("memory-difference-ratio"),
            free_difference: r.float("max-free-difference-ratio"),
            allocatable_difference: r.float("max-allocatable-difference-ratio"),
            expendable_cutoff: r.int("expendable-pods-priority-cutoff"),
            new_pod_delay: r.duration("new-pod-scale-up-delay"),
            max_provision_time: r.duration("max-node-provision-time"),
            initial_backoff: r.duration("initial-node-group-backoff-duration"),
            max_backoff: r.duration("max-node-group-backoff-duration"),
            backoff_reset: r.duration("node-group-backoff-reset-timeout"),
            enforce_min_size: r.bool("enforce-node-group-min-size"),
            ok_unready: r.int("ok-total-unready-count"),
            max_unready_percent: r.float("max-total-unready-percentage"),
            ignored_taints: r.texts("ignore-taint"),
            startup_taints: r.texts("startup-taint"),
            status_taints: r.texts("status-taint"),
            scale_down: r.bool("scale-down-enabled"),
            scale_down_unready: r.bool("scale-down-unready-enabled"),
            delay_after_add: r.duration("scale-down-delay-after-add"),
            delay_after_delete: r.duration("scale-down-delay-after-delete"),
            delay_after_failure: r.duration("scale-down-delay-after-failure"),
            delays_are_local: r.bool("scale-down-delay-type-local"),
            unneeded_time: r.duration("scale-down-unneeded-time"),
            unready_time: r.duration("scale-down-unready-time"),
            utilization_threshold: r.float("scale-down-utilization-threshold"),
            gpu_utilization_threshold: r.float("scale-down-gpu-utilization-threshold"),
            ignore_daemons: r.bool("ignore-daemonsets-utilization"),
            ignore_mirrors: r.bool("ignore-mirror-pods-utilization"),
            skip_system_pods: r.bool("skip-nodes-with-system-pods"),
            skip_local_storage: r.bool("skip-nodes-with-local-storage"),
            skip_custom_controllers: r.bool("skip-nodes-with-custom-controller-pods"),
            min_replicas: r.int("min-replica-count"),
            scale_down_parallelism: r.int("max-scale-down-parallelism"),
            drain_parallelism: r.int("max-drain-parallelism"),
            empty_bulk_delete: r.int("max-empty-bulk-delete"),
            parallel_drain: match r.text("parallel-drain") {
                "" => release.drains_in_parallel(),
                text => parse::parse_bool(text).unwrap_or(false),
            },
            recheck_timeout: r.duration("unremovable-node-recheck-timeout"),
            non_empty_candidates: r.int("scale-down-non-empty-candidates-count"),
            pool_ratio: r.float("scale-down-candidates-pool-ratio"),
            pool_min: r.int("scale-down-candidates-pool-min-count"),
            soft_taints: r.int("max-bulk-soft-taint-count"),
            delete_delay_after_taint: r.duration("node-delete-delay-after-taint"),
            cordon: r.bool("cordon-node-before-terminating"),
            max_graceful_termination: r.int("max-graceful-termination-sec"),
            max_eviction_time: r.duration("max-pod-eviction-time"),
            deletion_delay_timeout: r.duration("node-deletion-delay-timeout"),
            batcher_interval: r.duration("node-deletion-batcher-interval"),
            evict_daemons_of_empty: r.bool("daemonset-eviction-for-empty-nodes"),
            evict_daemons_of_occupied: r.bool("daemonset-eviction-for-occupied-nodes"),
        }
    }

    /// What is wrong with values that the command line's syntax allows: the text of the fatal log line.
    pub fn problem(&self) -> Option<String> {
        (self.cloud_provider != "aws").then(|| {
            // Other clouds are known to the real program, and unreachable here.
            format!("Unknown cloud provider: {}", self.cloud_provider)
        })
    }
}

/// `nvidia.com/gpu:0:8`
fn gpu_bounds(text: &str) -> Option<(String, Bounds)> {
    let (rest, max) = text.rsplit_once(':')?;
    let (name, min) = rest.rsplit_once(':')?;
    Some((name.to_string(), Bounds { min: min.parse().ok()?, max: max.parse().ok()? }))
}

/// Shows every flag of a release, with its type and default.
pub fn usage(release: Release) -> String {
    let mut rows: Vec<&Row> = parse::rows(release).collect();
    rows.sort_by_key(|r| r.name);
    let mut text = String::from("Usage of ./cluster-autoscaler:\n");
    for row in rows {
        let default = match (row.kind, row.default) {
            (_, "" | "0" | "0s" | "false") => String::new(),
            (Kind::Text, default) => format!(" (default {default:?})"),
            (_, default) => format!(" (default {default})"),
        };
        let lead = if row.name == "v" { "  -v, --v" } else { "      --" };
        let name = if row.name == "v" { "" } else { row.name };
        text.push_str(&format!("{lead}{name}{}{default}\n", row.kind.noun()));
    }
    text
}
