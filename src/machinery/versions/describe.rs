//! What `kubectl describe` prints, client by client.

use super::KubeVersion;

impl KubeVersion {
    /// Containers of templates and pods show the names of their ports (kubectl after 1.33).
    pub fn describe_names_container_ports(self) -> bool {
        self.minor >= 34
    }
    /// Events begin with the part of the object they are about (kubectl after 1.33).
    pub fn describe_names_the_part_an_event_is_about(self) -> bool {
        self.minor >= 34
    }
    /// Several objects are described without their events unless those are asked for (kubectl after 1.33).
    pub fn describes_several_without_events(self) -> bool {
        self.minor >= 34
    }
    /// An empty line follows each value of a config map (kubectl after 1.30).
    pub fn describe_ends_config_values_with_an_empty_line(self) -> bool {
        self.minor >= 31
    }
    /// Service accounts show the secrets that may be mounted and their tokens (kubectl below 1.34).
    pub fn describe_shows_secrets_of_service_accounts(self) -> bool {
        self.minor < 34
    }
    /// Labels of fields keep a run of capitals with the word before it apart: `Skip TLSVerify` (kubectl after 1.33).
    pub fn describe_keeps_capitals_together(self) -> bool {
        self.minor >= 34
    }
    /// Jobs show whether they are suspended, their back-off limit and their time to live (kubectl 1.30).
    pub fn describe_job_shows_suspend_and_limits(self) -> bool {
        self.minor >= 30
    }
    /// Cron jobs show their time zone (kubectl after 1.33).
    pub fn describe_cron_job_shows_the_time_zone(self) -> bool {
        self.minor >= 34
    }
    /// Pod templates show node selectors and tolerations (kubectl 1.30).
    pub fn templates_show_scheduling(self) -> bool {
        self.minor >= 30
    }
    /// A finished pod that is being deleted is shown in its phase (kubectl 1.31).
    pub fn describe_lets_finished_pods_be(self) -> bool {
        self.minor >= 31
    }
    /// Pods show the resources of the pod as a whole (kubectl after 1.31).
    pub fn describes_pod_level_resources(self) -> bool {
        self.minor >= 32
    }
    /// Nodes count the resources of pods as a whole (kubectl after 1.33).
    pub fn describe_node_counts_pod_level_resources(self) -> bool {
        self.minor >= 34
    }
    /// Nodes show the version of their kube-proxy, filled or not (kubectl below 1.34).
    pub fn describe_shows_the_kube_proxy_version(self) -> bool {
        self.minor < 34
    }
    /// Projected sources show whether they are optional rather than a pointer (kubectl 1.33).
    pub fn describe_reads_optional_of_projected_volumes(self) -> bool {
        self.minor >= 33
    }
    /// Volumes of images are known (kubectl 1.32).
    pub fn describes_image_volumes(self) -> bool {
        self.minor >= 32
    }
    /// Services and ingresses are shown with what stands in endpoint slices; before, in endpoints (kubectl after 1.30).
    pub fn describe_reads_endpoint_slices(self) -> bool {
        self.minor >= 31
    }
    /// Endpoints count whether they are ready or not (kubectl 1.31 alone).
    pub fn describe_counts_endpoints_that_are_not_ready(self) -> bool {
        self.minor == 31
    }
    /// Nodes add what sidecars take to what the containers of a pod take (kubectl 1.29).
    pub fn describe_node_adds_sidecars(self) -> bool {
        self.minor >= 29
    }
    /// Services show their internal traffic policy (kubectl after 1.30).
    pub fn describe_shows_the_internal_traffic_policy(self) -> bool {
        self.minor >= 31
    }
    /// Services show how they distribute traffic (kubectl after 1.33).
    pub fn describe_shows_the_traffic_distribution(self) -> bool {
        self.minor >= 34
    }
    /// Service ports show the application protocol (kubectl after 1.33).
    pub fn describe_shows_the_app_protocol(self) -> bool {
        self.minor >= 34
    }
    /// Addresses of load balancers carry their mode (kubectl after 1.30).
    pub fn describe_shows_the_ip_mode(self) -> bool {
        self.minor >= 31
    }
    /// The address asked of a load balancer is called `Desired LoadBalancer IP` (kubectl after 1.30).
    pub fn describe_tells_the_wanted_load_balancer_ip(self) -> bool {
        self.minor >= 31
    }
    /// Daemon sets show their namespace (kubectl 1.33).
    pub fn describe_shows_the_namespace_of_daemon_sets(self) -> bool {
        self.minor >= 33
    }
    /// Network policies show ranges of ports (kubectl after 1.30).
    pub fn describe_shows_port_ranges(self) -> bool {
        self.minor >= 31
    }
    /// Service CIDRs and IP addresses have pages of their own (kubectl after 1.32, in the version served).
    pub fn describes_service_cidrs(self) -> bool {
        self.minor >= 33
    }
    /// Volume attributes classes have a page of their own (kubectl after 1.33, in the version served).
    pub fn describes_volume_attributes_classes(self) -> bool {
        self.minor >= 34
    }
}
