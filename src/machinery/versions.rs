//! What differs between Kubernetes versions, as named predicates. No other module compares version numbers.

use std::fmt;

/// A Kubernetes minor version `1.MINOR`, of a server or of a kubectl.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct KubeVersion {
    /// The part after `1.`.
    pub minor: u32,
}

impl KubeVersion {
    /// The newest version known, and the default of servers and clients.
    pub const LATEST: KubeVersion = KubeVersion::new(36);
    /// The oldest server version a cluster may have.
    pub const OLDEST: KubeVersion = KubeVersion::new(21);

    /// `1.minor`.
    pub const fn new(minor: u32) -> KubeVersion {
        KubeVersion { minor }
    }

    /// Reads `1.29`, `v1.29.3`, `1.29.3-eks-1234567`.
    pub fn parse(text: &str) -> Option<KubeVersion> {
        let rest = text.trim_start_matches('v').strip_prefix("1.")?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok().map(KubeVersion::new)
    }
}

impl Default for KubeVersion {
    fn default() -> KubeVersion {
        KubeVersion::LATEST
    }
}

impl fmt::Display for KubeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

/// Server-side differences.
impl KubeVersion {
    /// Whether something that came with `1.since` and was last seen in `1.until` is there. For tables of such spans.
    pub fn is_within(self, since: u32, until: u32) -> bool {
        (since..=until).contains(&self.minor)
    }
    /// HPA TARGETS cells name the metric: `cpu: 0%/50%` instead of `0%/50%` (server 1.30).
    pub fn hpa_targets_name_the_metric(self) -> bool {
        self.minor >= 30
    }
    /// The job table has a STATUS column (server 1.31).
    pub fn job_table_has_status(self) -> bool {
        self.minor >= 31
    }
    /// The cron job table has a TIMEZONE column (server 1.30).
    pub fn cron_job_table_has_time_zone(self) -> bool {
        self.minor >= 30
    }
    /// `get node -o wide` adds the architecture to the kernel version (server 1.36).
    pub fn node_table_names_the_architecture(self) -> bool {
        self.minor >= 36
    }
    /// The priority class table has a PREEMPTIONPOLICY column (server 1.32).
    pub fn priority_class_table_has_preemption_policy(self) -> bool {
        self.minor >= 32
    }
    /// The service account table has a SECRETS column (servers below 1.36).
    pub fn service_account_table_counts_secrets(self) -> bool {
        self.minor < 36
    }
    /// The ingress class table marks the default class (server 1.36).
    pub fn ingress_class_table_marks_the_default(self) -> bool {
        self.minor >= 36
    }
    /// Volume and claim tables have a VOLUMEATTRIBUTESCLASS column (server 1.29).
    pub fn volume_tables_have_attributes_class(self) -> bool {
        self.minor >= 29
    }
    /// Service accounts get a token Secret of their own (servers below 1.24).
    pub fn service_accounts_have_token_secrets(self) -> bool {
        self.minor < 24
    }
}

/// Client-side differences (kubectl).
impl KubeVersion {
    /// `pod "x" deleted from NAMESPACE namespace` instead of `pod "x" deleted` (kubectl after 1.33).
    pub fn delete_names_the_namespace(self) -> bool {
        self.minor >= 34
    }
    /// `top node` heads its percentages `CPU(%)` and `MEMORY(%)` instead of `CPU%` and `MEMORY%` (kubectl after 1.30).
    pub fn top_brackets_percent(self) -> bool {
        self.minor >= 31
    }
    /// `kubectl version --short` exists (kubectl below 1.28).
    pub fn version_has_short(self) -> bool {
        self.minor < 28
    }
}
