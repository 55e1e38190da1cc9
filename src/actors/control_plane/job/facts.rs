//! What a Job asks for, and what matters of its pods.

use super::failure_policy::{Action, FailurePolicy};
use super::indexes::Indexes;
use crate::actors::control_plane::pod_control::is_ready;
use crate::machinery::{Duration, Object, Time};

/// The finalizer that keeps a finished pod until it is counted.
pub(super) const FINALIZER: &str = "batch.kubernetes.io/job-tracking";
/// Label and annotation with the completion index of a pod.
pub(super) const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// How often the pods of an index failed before this one.
pub(super) const INDEX_FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";

/// The numbers of a Job's spec.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub parallelism: i64,
    pub completions: Option<i64>,
    pub indexed: bool,
    pub suspended: bool,
    pub backoff_limit: i64,
    pub backoff_limit_per_index: Option<i64>,
    pub max_failed_indexes: Option<i64>,
    pub deadline: Option<Duration>,
    /// A pod that is being deleted is replaced only when it has ended.
    pub replace_only_failed: bool,
    pub restarts_in_place: bool,
}

impl Wanted {
    pub(super) fn read(job: &Object) -> Wanted {
        let int = |path: &str| job.int_at(path);
        Wanted {
            parallelism: int("spec/parallelism").unwrap_or(1),
            completions: int("spec/completions"),
            indexed: job.str_at("spec/completionMode") == "Indexed",
            suspended: job.bool_at("spec/suspend"),
            backoff_limit: int("spec/backoffLimit").unwrap_or(6),
            backoff_limit_per_index: int("spec/backoffLimitPerIndex"),
            max_failed_indexes: int("spec/maxFailedIndexes"),
            deadline: int("spec/activeDeadlineSeconds").map(Duration::from_secs),
            replace_only_failed: job.str_at("spec/podReplacementPolicy") == "Failed",
            restarts_in_place: job.str_at("spec/template/spec/restartPolicy") == "OnFailure",
        }
    }
}

/// How a pod counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    Active,
    /// Being deleted, not ended yet.
    Terminating,
    Succeeded,
    Failed,
}

/// What matters of a pod.
#[derive(Clone, Debug)]
pub(super) struct Pod {
    pub name: String,
    pub uid: String,
    pub fate: Fate,
    pub ready: bool,
    /// It counts as failed: it did fail, or goes away without having succeeded.
    pub counts_as_failed: bool,
    /// A rule of the failure policy says that its failure does not count.
    pub ignored: bool,
    /// A rule of the failure policy says that the whole Job fails of it.
    pub fails_job: Option<String>,
    pub fails_index: bool,
    pub tracked: bool,
    /// The status says that it ended: it may be let go and counted.
    pub noted: bool,
    pub index: Option<i64>,
    pub index_failures: i64,
    pub restarts: i64,
    pub finished: Option<Time>,
    /// What is deleted first when there are too many.
    pub worth: (bool, bool, bool, Option<Time>),
}

impl Pod {
    pub(super) fn read(pod: &Object, wanted: &Wanted, policy: &FailurePolicy) -> Pod {
        let phase = pod.str_at("status/phase");
        let fate = match phase {
            "Succeeded" => Fate::Succeeded,
            "Failed" => Fate::Failed,
            _ if pod.is_deleting() => Fate::Terminating,
            _ => Fate::Active,
        };
        let ready = is_ready(pod);
        let counts_as_failed =
            fate == Fate::Failed || (fate == Fate::Terminating && !wanted.replace_only_failed);
        let action = if fate == Fate::Failed { policy.action(pod) } else { Action::Count };
        let created = pod.created();
        let number = |text: Option<&str>| text.and_then(|t| t.parse().ok());
        Pod {
            name: pod.name().to_string(),
            uid: pod.uid().to_string(),
            fate,
            ready,
            counts_as_failed,
            ignored: action == Action::Ignore,
            fails_index: action == Action::FailIndex,
            fails_job: match action {
                Action::FailJob(why) => Some(why),
                _ => None,
            },
            tracked: pod.finalizers().any(|f| f == FINALIZER),
            noted: false,
            index: number(pod.annotation(INDEX)),
            index_failures: number(pod.annotation(INDEX_FAILURES)).unwrap_or(0),
            restarts: restarts(pod),
            finished: finished_at(pod),
            worth: (!pod.str_at("spec/nodeName").is_empty(), phase == "Running", ready, created),
        }
    }
}

fn restarts(pod: &Object) -> i64 {
    let statuses = ["status/initContainerStatuses", "status/containerStatuses"];
    statuses.iter().flat_map(|path| pod.items_at(path)).map(|c| c.int_at("restartCount").unwrap_or(0)).sum()
}

/// When the last container of a pod ended, as well as one can tell.
fn finished_at(pod: &Object) -> Option<Time> {
    let containers = pod.items_at("status/containerStatuses").iter();
    let ends = containers.filter_map(|c| Time::parse(c.str_at("state/terminated/finishedAt")));
    let grace = Duration::from_secs(pod.int_at("metadata/deletionGracePeriodSeconds").unwrap_or(0));
    ends.max()
        .or_else(|| Time::parse(pod.condition("Ready")?.str_at("lastTransitionTime")))
        .or_else(|| pod.deletion_timestamp().map(|t| t - grace))
        .or_else(|| pod.created())
}

/// What a status has counted so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    pub succeeded: i64,
    pub failed: i64,
    pub completed_indexes: Indexes,
    pub failed_indexes: Indexes,
}

/// Marks the pods whose end the status already tells of: their uids stand there, or their indexes.
pub(super) fn mark_noted(pods: &mut [Pod], job: &Object, counted: &Counted) {
    let lists = ["succeeded", "failed"].map(|key| job.at("status/uncountedTerminatedPods").at(key).items());
    for pod in pods.iter_mut().filter(|p| p.tracked) {
        let listed = lists.iter().any(|uids| uids.iter().any(|uid| *uid == pod.uid.as_str()));
        let done = pod.index.is_some_and(|i| counted.completed_indexes.contains(i));
        pod.noted = listed || (pod.fate == Fate::Succeeded && done);
    }
}

impl Counted {
    pub(super) fn read(job: &Object) -> Counted {
        Counted {
            succeeded: job.int_at("status/succeeded").unwrap_or(0),
            failed: job.int_at("status/failed").unwrap_or(0),
            // A Job may have been given fewer completions since.
            completed_indexes: Indexes::parse(job.str_at("status/completedIndexes"))
                .below(job.int_at("spec/completions").unwrap_or(i64::MAX)),
            failed_indexes: Indexes::parse(job.str_at("status/failedIndexes")),
        }
    }
}
