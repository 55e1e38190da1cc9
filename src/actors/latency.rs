//! How long things take: the one table of latencies, with where each figure comes from. All are typical values of an
//! EKS cluster in good health; jitter is not modelled.

use crate::machinery::Duration;

const fn ms(n: i64) -> Duration {
    Duration::from_millis(n)
}

/// From a change to the controller's write that answers it. Recorded control planes need 5 to 50 ms a step; what
/// matters is the order of the writes, and that no step takes zero time (an HPA window that closes "300 s ago" must
/// have closed when the next period, 300 s later, begins).
pub fn sync(actor: &str) -> Duration {
    match actor {
        "scheduler" => ms(8),
        "kubelet" => ms(15),
        "endpointslice-controller" | "endpoints-controller" => ms(25),
        "garbage-collector" | "namespace-controller" => ms(30),
        _ => ms(10),
    }
}

/// From a change to the answer of a controller that looks at `n` objects to give it: a pass over many takes longer, and
/// what changes meanwhile is answered with it (controller work queues hold a key once).
pub fn gathering(actor: &str, n: usize) -> Duration {
    let pass = ms(1).saturating_mul(i32::try_from(n / 2).unwrap_or(i32::MAX));
    sync(actor).max(pass.min(LONGEST_PASS))
}

/// Passes over any number of objects take no longer than this.
const LONGEST_PASS: Duration = ms(1000);

/// From a claim to its volume (EBS CSI driver: CreateVolume and waiting until it is available).
pub const VOLUME_PROVISIONING: Duration = Duration::from_secs(3);
/// First retry of a failed reconcile; doubles each time (controller work queues, 5 ms to 1000 s).
pub const RETRY_BASE: Duration = ms(5);
/// Longest wait between two tries.
pub const RETRY_MAX: Duration = Duration::from_secs(1000);

/// From one scheduling attempt to the next: kube-scheduler places a few hundred pods a second.
pub const SCHEDULING_CYCLE: Duration = ms(4);

/// Sandbox and network of a pod: the CNI plugin takes most of it (typical on EKS).
pub const SANDBOX: Duration = ms(1000);
/// Sandbox of a pod in the host's network.
pub const SANDBOX_HOST: Duration = ms(300);
/// Creating and starting a container (containerd, cached layers).
pub const CREATE_CONTAINER: Duration = ms(250);
/// From a change of a container to the kubelet's relist that notices it (PLEG: every 1 s; half of it on average).
pub const RELIST: Duration = ms(500);
/// From the last status of a stopped pod to its removal.
pub const POD_REMOVAL: Duration = ms(500);
/// From a new image to the node status that lists it (nodeStatusUpdateFrequency, 10 s).
pub const NODE_STATUS: Duration = ms(10_000);
/// From a node's registration to the network plugin that makes it ready (EKS, typical).
pub const NODE_READY: Duration = ms(14_000);
/// First delay after a crash; doubles up to [`BACKOFF_MAX`] (kubelet).
pub const CRASH_BACKOFF: Duration = ms(10_000);
/// First delay after a failed pull; doubles up to [`BACKOFF_MAX`] (kubelet).
pub const IMAGE_BACKOFF: Duration = ms(10_000);
/// How long a failed pull shows as such before it shows as waiting for the next try.
pub const PULL_ERROR_SHOWN: Duration = ms(5_000);
/// Longest delay before a container is started, or an image asked for, again (kubelet).
pub const BACKOFF_MAX: Duration = ms(300_000);

/// From a change of a group's capacity to the launch or end that answers it (public activity logs: 3 to 24 s).
pub const CAPACITY_DECISION: Duration = ms(5_000);
/// From an instance taken out of service to the launch of its replacement (public activity logs: 1 to 2 s).
pub const REPLACEMENT: Duration = ms(1_000);
/// From a launch that no zone had room for to the next try (Auto Scaling tries again by itself after about a minute).
pub const LAUNCH_RETRY: Duration = ms(60_000);
/// From the last answer of a launching hook to the instance in service (Auto Scaling, seconds).
pub const LIFECYCLE_PROCEED: Duration = ms(2_000);
/// From the moment a group's zones are uneven to the launches that even them out (Auto Scaling says nowhere how many
/// minutes that is).
pub const REBALANCE: Duration = ms(600_000);
/// From the notice that a spot instance is taken back to its end (EC2).
pub const SPOT_NOTICE: Duration = ms(120_000);
/// From a launch to a running instance (EC2, typical).
pub const INSTANCE_START: Duration = ms(10_000);
/// From a launch to the registration of the node (EKS AMIs: 15 to 30 s).
pub const NODE_REGISTRATION: Duration = ms(25_000);
/// From a machine that starts once more to the registration of its node (it need not be set up again).
pub const KUBELET_START: Duration = ms(5_000);
/// From the order to end an instance to its end (EC2, typical).
pub const INSTANCE_END: Duration = ms(60_000);
/// From the order to stop an instance until it is stopped (EC2, typical).
pub const INSTANCE_STOP: Duration = ms(30_000);
/// How long a terminated instance is listed (EC2: about an hour).
pub const INSTANCE_LISTED: Duration = ms(3_600_000);
/// How long EC2's status checks fail before a group acts on it (two checks a minute apart).
pub const STATUS_CHECK: Duration = ms(120_000);
/// Time between two rounds of evictions while EKS drains a node.
pub const DRAIN_PERIOD: Duration = ms(5_000);
/// How long EKS tries to drain a node before its instance ends all the same.
pub const DRAIN_TIMEOUT: Duration = ms(900_000);

/// From a Service that wants a load balancer to its address (events of EKS clusters: 2 to 4 s).
pub const LOAD_BALANCER_CREATION: Duration = ms(3_000);
/// From the order to delete a load balancer until its security group may go too (events of EKS clusters: 10 to 20 s).
pub const LOAD_BALANCER_DELETION: Duration = ms(12_000);
