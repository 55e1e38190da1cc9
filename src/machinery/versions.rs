//! What differs between Kubernetes versions, as named predicates. No other module compares version numbers.

mod describe;

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

    /// The minor version after this one, where one is known.
    pub fn next(self) -> Option<KubeVersion> {
        (self < KubeVersion::LATEST).then(|| KubeVersion::new(self.minor + 1))
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
    /// A node may be silent for 50 s instead of 40 (nodeMonitorGracePeriod, 1.32).
    pub fn nodes_may_be_silent_for_longer(self) -> bool {
        self.minor >= 32
    }
    /// A wait that is given up says `context deadline exceeded` (1.27; `timed out waiting for the condition` before).
    pub fn waits_end_in_deadlines(self) -> bool {
        self.minor >= 27
    }
    /// `kubeProxyVersion` in a node's status (kubelets below 1.33).
    pub fn nodes_tell_the_kube_proxy_version(self) -> bool {
        self.minor < 33
    }
    /// aws-node has a second container, the network policy agent (VPC CNI 1.14, with EKS 1.28).
    pub fn aws_node_has_an_agent(self) -> bool {
        self.minor >= 28
    }
    /// eksctl makes clusters with access entries beside aws-auth (its releases since January 2024, when EKS offered 1.29).
    pub fn clusters_have_access_entries(self) -> bool {
        self.minor >= 29
    }
    /// The StorageClass gp2 is the default one (EKS below 1.30).
    pub fn gp2_is_the_default(self) -> bool {
        self.minor < 30
    }
    /// The default AMI family of eksctl is Amazon Linux 2023 (EKS 1.30).
    pub fn nodes_run_amazon_linux_2023(self) -> bool {
        self.minor >= 30
    }
    /// Nodes run Docker (EKS below 1.24).
    pub fn nodes_run_docker(self) -> bool {
        self.minor < 24
    }
    /// The Pulled event says how long the pull waited, in milliseconds (kubelet 1.27).
    pub fn pull_event_tells_the_wait(self) -> bool {
        self.minor >= 27
    }
    /// The Pulled event says how big the image is (kubelet 1.31).
    pub fn pull_event_tells_the_size(self) -> bool {
        self.minor >= 31
    }
    /// The kubelet checks that a pod may use an image that is there (KubeletEnsureSecretPulledImages, 1.35).
    pub fn kubelet_verifies_pull_credentials(self) -> bool {
        self.minor >= 35
    }
    /// `Container created` without the name (kubelet 1.35).
    pub fn container_events_are_plain(self) -> bool {
        self.minor >= 35
    }
    /// `Created container: NAME` with a colon (kubelet 1.32).
    pub fn created_event_has_a_colon(self) -> bool {
        self.minor >= 32
    }
    /// The BackOff event names container and pod (kubelet 1.26).
    pub fn backoff_event_names_the_container(self) -> bool {
        self.minor >= 26
    }
    /// `status.hostIPs` of pods (1.28).
    pub fn pods_list_host_ips(self) -> bool {
        self.minor >= 28
    }
    /// The condition DisruptionTarget of pods that are ended from outside (PodDisruptionConditions, 1.26).
    pub fn pods_tell_of_disruptions(self) -> bool {
        self.minor >= 26
    }
    /// The condition PodReadyToStartContainers of pods (1.29).
    pub fn pods_have_the_sandbox_condition(self) -> bool {
        self.minor >= 29
    }
    /// `observedGeneration` in the status of pods and its conditions (PodObservedGenerationTracking, 1.34).
    pub fn pods_observe_their_generation(self) -> bool {
        self.minor >= 34
    }
    /// `volumeMounts` in container statuses (RecursiveReadOnlyMounts, 1.31).
    pub fn container_statuses_have_mounts(self) -> bool {
        self.minor >= 31
    }
    /// The endpoints controller labels what it writes (1.33).
    pub fn endpoints_name_their_manager(self) -> bool {
        self.minor >= 33
    }
    /// A terminating namespace loses its pods before its other content (feature gate OrderedNamespaceDeletion, 1.33).
    pub fn namespaces_lose_their_pods_first(self) -> bool {
        self.minor >= 33
    }
    /// HPA TARGETS cells name the metric: `cpu: 0%/50%` instead of `0%/50%` (server 1.30).
    pub fn hpa_targets_name_the_metric(self) -> bool {
        self.minor >= 30
    }
    /// HPA: `spec.behavior` may hold a tolerance for each direction (feature gate HPAConfigurableTolerance, 1.35).
    pub fn hpa_tolerance_is_configurable(self) -> bool {
        self.minor >= 35
    }
    /// HPA: `scaleTargetRef.apiVersion` must have a group; before, its controller found no such kind (1.34).
    pub fn hpa_targets_need_a_group(self) -> bool {
        self.minor >= 34
    }
    /// HPA: two autoscalers on the same pods are noticed (1.26).
    pub fn hpa_checks_for_ambiguous_selectors(self) -> bool {
        self.minor >= 26
    }
    /// HPA: a missing request is reported with the container and the pod (1.26).
    pub fn hpa_names_the_container_without_request(self) -> bool {
        self.minor >= 26
    }
    /// HPA: pods without metrics count with the target when that is above their request (1.26).
    pub fn hpa_assumes_the_target(self) -> bool {
        self.minor >= 26
    }
    /// ScalingReplicaSet tells the size before a change: `to 3 from 1` (1.26).
    pub fn scaling_events_tell_the_former_size(self) -> bool {
        self.minor >= 26
    }
    /// ScalingReplicaSet tells it first, and of new sets too: `from 0 to 3` (1.31).
    pub fn scaling_events_begin_with_the_former_size(self) -> bool {
        self.minor >= 31
    }
    /// ReplicaSets and Deployments count pods that are being deleted (DeploymentReplicaSetTerminatingReplicas, 1.35).
    pub fn terminating_replicas_are_counted(self) -> bool {
        self.minor >= 35
    }
    /// Binding a pod forgets the node it was nominated for (ClearingNominatedNodeNameAfterBinding, 1.35).
    pub fn binding_clears_the_nomination(self) -> bool {
        self.minor >= 35
    }
    /// Events of StatefulSets begin with a capital: `Create Pod db-0 in StatefulSet db successful` (seen with 1.36; `create
    /// Pod ...` before).
    pub fn statefulset_events_are_capitalized(self) -> bool {
        self.minor >= 36
    }
    /// Jobs say FailureTarget or SuccessCriteriaMet before they are Failed or Complete, and why they are (1.31).
    pub fn jobs_announce_their_end(self) -> bool {
        self.minor >= 31
    }
    /// Pods of indexed Jobs have their index as a label, not only as an annotation (1.28).
    pub fn job_pods_have_an_index_label(self) -> bool {
        self.minor >= 28
    }
    /// CronJobs say `Saw completed job: X, condition: Complete` instead of `status: Complete` (1.31).
    pub fn cron_job_events_name_the_condition(self) -> bool {
        self.minor >= 31
    }
    /// HPA: a ContainerResource metric fails when one pod's metrics lack the container (below 1.32).
    pub fn hpa_wants_every_container_measured(self) -> bool {
        self.minor < 32
    }
    /// HPA: memory in the status is printed in binary units, `100Mi` instead of `104857600` (1.34).
    pub fn hpa_memory_is_binary(self) -> bool {
        self.minor >= 34
    }
    /// Pods may have resources of their own beside those of their containers (feature gate PodLevelResources, 1.34).
    pub fn pods_have_resources(self) -> bool {
        self.minor >= 34
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
    /// Servers tell which version they emulate (1.33).
    pub fn servers_emulate(self) -> bool {
        self.minor >= 33
    }
    /// `node(s) had untolerated taint {KEY: VALUE}` instead of `node(s) had untolerated taint(s)` (server 1.35).
    pub fn scheduler_names_the_taint(self) -> bool {
        self.minor < 35
    }
    /// `node(s) had untolerated taint {...}` instead of `node(s) had taint {...}, that the pod didn't tolerate`
    /// (server 1.24).
    pub fn scheduler_says_untolerated(self) -> bool {
        self.minor >= 24
    }
    /// FailedScheduling tells what came of preemption (server 1.24).
    pub fn scheduler_reports_preemption(self) -> bool {
        self.minor >= 24
    }
    /// The text about preemption ends in two dots (servers below 1.27).
    pub fn scheduler_doubles_the_final_dot(self) -> bool {
        self.minor < 27
    }
    /// FailedScheduling mentions resource claims: `no new claims to deallocate` (server 1.34).
    pub fn scheduler_reports_claims(self) -> bool {
        self.minor >= 34
    }
    /// The plugin DynamicResources scores, if only zero (server 1.34).
    pub fn scheduler_scores_dynamic_resources(self) -> bool {
        self.minor >= 34
    }
    /// Preemption is not tried on nodes whose whole size is too small (server 1.34).
    pub fn scheduler_gives_up_on_small_nodes(self) -> bool {
        self.minor >= 34
    }
    /// NodeResourcesBalancedAllocation scores how a pod changes the balance of a node, not the balance (server 1.36).
    pub fn scheduler_scores_change_of_balance(self) -> bool {
        self.minor >= 36
    }
    /// `node(s) had volume node affinity conflict`; later `node(s) didn't match PersistentVolume's node affinity`
    /// (server 1.34).
    pub fn scheduler_speaks_of_volume_conflicts(self) -> bool {
        self.minor < 34
    }
    /// A plugin looks at an event before a pod it rejected is tried again (server 1.32).
    pub fn scheduler_has_queueing_hints(self) -> bool {
        self.minor >= 32
    }
    /// An idle scheduler does not let pods back off (server 1.33).
    pub fn scheduler_pops_from_backoff(self) -> bool {
        self.minor >= 33
    }
    /// `Preempted by pod UID on node NODE` instead of `Preempted by NAMESPACE/NAME on node NODE` (server 1.27).
    pub fn preempted_event_names_the_uid(self) -> bool {
        self.minor >= 27
    }
}

/// Server-side differences in what is filled in and kept.
impl KubeVersion {
    /// StatefulSets say what becomes of their claims (server 1.27).
    pub fn stateful_sets_have_claim_retention(self) -> bool {
        self.minor >= 27
    }
    /// Pods count the changes of their spec in `metadata.generation` (server 1.33).
    pub fn pods_have_generation(self) -> bool {
        self.minor >= 33
    }
    /// Pods of a job carry `batch.kubernetes.io/controller-uid` and `batch.kubernetes.io/job-name` (server 1.27).
    pub fn job_labels_have_a_prefix(self) -> bool {
        self.minor >= 27
    }
    /// Zone and region of its node are copied to a pod when it is bound (server 1.35).
    pub fn pods_get_topology_labels(self) -> bool {
        self.minor >= 35
    }
    /// Jobs say when a pod is replaced, and that they choose their selector themselves (server 1.29).
    pub fn jobs_have_pod_replacement_policy(self) -> bool {
        self.minor >= 29
    }
}

/// Differences of what everything is built with.
impl KubeVersion {
    /// Go 1.24 or later.
    pub fn is_built_with_go_1_24(self) -> bool {
        self.minor >= 33
    }
}

/// Client-side differences (kubectl).
impl KubeVersion {
    /// `pod "x" deleted from NAMESPACE namespace` instead of `pod "x" deleted` (kubectl after 1.33).
    pub fn delete_names_the_namespace(self) -> bool {
        self.minor >= 34
    }
    /// The line of kubectl's `helpers.go` that warns of `--dry-run` without a value (read off real clients of 1.27 to
    /// 1.33).
    pub fn line_of_bare_dry_run(self) -> u32 {
        match self.minor {
            ..=28 => 692,
            29 => 704,
            32 => 702,
            _ => 703,
        }
    }
    /// `top node` heads its percentages `CPU(%)` and `MEMORY(%)` instead of `CPU%` and `MEMORY%` (kubectl from 1.32).
    pub fn top_brackets_percent(self) -> bool {
        self.minor >= 32
    }
    /// `-o kyaml` exists (kubectl 1.34).
    pub fn has_kyaml(self) -> bool {
        self.minor >= 34
    }
    /// Objects the client makes print `creationTimestamp: null` (kubectl below 1.34).
    pub fn prints_null_creation_timestamp(self) -> bool {
        self.minor < 34
    }
    /// `label` says `modified` when it both adds and removes (kubectl after 1.33).
    pub fn label_says_modified(self) -> bool {
        self.minor >= 34
    }
    /// What `scale` says instead of passing on that an object does not exist: nothing more, or, after a blank, the
    /// server's words (kubectl below 1.34).
    pub fn scale_of_nothing(self) -> Option<&'static str> {
        match self.minor {
            ..=30 => Some("no objects passed to scale"),
            31..=33 => Some("no objects passed to scale "),
            _ => None,
        }
    }
    /// `scale -o yaml` shows the replicas that were asked for (kubectl after 1.33).
    pub fn scale_shows_what_was_asked(self) -> bool {
        self.minor >= 34
    }
    /// `autoscale` has `--cpu` and `--memory`, and `--cpu-percent` is deprecated (kubectl after 1.33).
    pub fn autoscale_has_cpu(self) -> bool {
        self.minor >= 34
    }
    /// `autoscale` makes autoscaling/v2 objects (kubectl after 1.31).
    pub fn autoscale_makes_v2(self) -> bool {
        self.minor >= 32
    }
    /// `patch --subresource` knows `status` and `scale` and refuses others itself (kubectl before 1.32).
    pub fn knows_two_subresources(self) -> bool {
        self.minor <= 31
    }
    /// The line of kubectl's sorter that gives up on what cannot be sorted, in tables.
    pub fn line_of_sorter(self) -> u32 {
        match self.minor {
            ..=29 => 378,
            30 => 377,
            _ => 375,
        }
    }
    /// `rollout undo` warns of objects that were applied (kubectl after 1.33).
    pub fn undo_warns_of_apply(self) -> bool {
        self.minor >= 34
    }
    /// `due to error: [` instead of `due to error:[` in the refusal of `drain` (kubectl after 1.30).
    pub fn drain_puts_a_blank(self) -> bool {
        self.minor >= 31
    }
    /// Why `drain` does not touch pods without a controller, a text that took three tries.
    pub fn drain_of_unmanaged_pods(self) -> &'static str {
        match self.minor {
            ..=28 => "cannot delete Pods declare no controller (use --force to override)",
            29..=33 => {
                "cannot delete cannot delete Pods that declare no controller (use --force to override)"
            }
            _ => "cannot delete Pods that declare no controller (use --force to override)",
        }
    }
    /// `annotate` says `annotated` (kubectl after 1.27, and before 1.25).
    pub fn annotate_says_annotated(self) -> bool {
        !self.is_within(25, 27)
    }
    /// `version` tells the version of the built-in kustomize (kubectl 1.24).
    pub fn has_kustomize_version(self) -> bool {
        self.minor >= 24
    }
    /// `exec POD COMMAND` without `--` still works (kubectl below 1.31).
    pub fn exec_guesses_the_command(self) -> bool {
        self.minor < 31
    }
    /// `logs` of a missing pod names the namespace (kubectl from 1.30).
    pub fn logs_name_the_namespace(self) -> bool {
        self.minor >= 30
    }
    /// A missing file in `$KUBECONFIG` is logged (kubectl below 1.28).
    pub fn warns_of_missing_config(self) -> bool {
        self.minor < 28
    }
    /// `auth whoami` asks for the review of a server of today (kubectl after 1.27).
    pub fn knows_self_subject_reviews(self) -> bool {
        self.minor >= 28
    }
    /// Discovery asks for each group by itself, so that one that does not answer is an error (kubectl below 1.28).
    pub fn asks_for_each_group(self) -> bool {
        self.minor < 28
    }
    /// `config view` shows preferences, which nobody has (kubectl below 1.34).
    pub fn config_has_preferences(self) -> bool {
        self.minor < 34
    }
    /// `version` warns when client and server are far apart (kubectl 1.23).
    pub fn warns_of_skew(self) -> bool {
        self.minor >= 23
    }
    /// `version` shows which version a server emulates (kubectl 1.33).
    pub fn knows_emulation(self) -> bool {
        self.minor >= 33
    }
    /// Errors of discovery are logged as unhandled ones (kubectl after 1.30).
    pub fn wraps_unhandled_errors(self) -> bool {
        self.minor >= 31
    }
    /// No condition to wait for is an empty list of them, and wrong combinations of flags are errors of usage (kubectl
    /// from 1.34).
    pub fn words_of_1_34(self) -> bool {
        self.minor >= 34
    }
    /// `explain` leaves a line empty where the choices of a field would stand (kubectl from 1.28).
    pub fn explain_leaves_room_for_choices(self) -> bool {
        self.minor >= 28
    }
    /// An empty kustomization is an error (kubectl from 1.28).
    pub fn refuses_empty_kustomizations(self) -> bool {
        self.minor >= 28
    }
    /// The error about a patch for nobody names the patch (kubectl from 1.31).
    pub fn names_the_idle_patch(self) -> bool {
        self.minor >= 31
    }
    /// The schema is asked for before any manifest is read (kubectl below 1.29).
    pub fn asks_for_the_schema_first(self) -> bool {
        self.minor <= 28
    }
    /// `cluster-info` is coloured even when nobody sees it (kubectl below 1.31).
    pub fn cluster_info_is_coloured(self) -> bool {
        self.minor <= 30
    }
    /// `create` with words and no file calls them unexpected, not unknown (kubectl from 1.31).
    pub fn create_expects_no_words(self) -> bool {
        self.minor >= 31
    }
    /// `hpa.v1.autoscaling` is read in that version (kubectl below 1.29); later the version behind a short name is passed over.
    pub fn minds_versions_of_short_names(self) -> bool {
        self.minor <= 28
    }
    /// A job made from a CronJob has it as its controller (kubectl from 1.28).
    pub fn job_from_cron_job_is_controlled(self) -> bool {
        self.minor >= 28
    }
    /// A job made from a CronJob blocks the deletion of its owner (kubectl 1.28 alone).
    pub fn job_from_cron_job_blocks_its_owner(self) -> bool {
        self.minor == 28
    }
    /// The client's structs have `status.terminatingReplicas` (kubectl from 1.33).
    pub fn knows_terminating_replicas(self) -> bool {
        self.minor >= 33
    }
    /// `kubectl version --short` exists (kubectl below 1.28).
    pub fn version_has_short(self) -> bool {
        self.minor < 28
    }
}
