//! The pods of a Job.

use super::facts::{FINALIZER, INDEX, INDEX_FAILURES, Wanted};
use crate::actors::control_plane::pod_control::pod_from_template;
use crate::json;
use crate::machinery::{KubeVersion, Object, Value};

/// A pod that is counted when it ends.
pub(super) fn new_pod(job: &Object) -> Object {
    let mut pod = pod_from_template(job.at("spec/template"), job);
    pod.at_mut("metadata/finalizers").list_mut().push(FINALIZER.into());
    pod
}

/// The pod of a completion index: it finds its number in a label, its hostname and its environment.
pub(super) fn indexed_pod(
    job: &Object,
    wanted: &Wanted,
    index: i64,
    failures: i64,
    version: KubeVersion,
) -> Object {
    let mut pod = new_pod(job);
    let number = index.to_string();
    pod.set("metadata/generateName", format!("{}-{index}-", job.name()));
    pod.set_annotation(INDEX, &number);
    if wanted.backoff_limit_per_index.is_some() {
        pod.set_annotation(INDEX_FAILURES, &failures.to_string());
    }
    let mut place = "annotations";
    if version.job_pods_have_an_index_label() {
        pod.set_label(INDEX, &number);
        place = "labels";
    }
    pod.set("spec/hostname", format!("{}-{index}", job.name()));
    let variable = json!({
        "name": "JOB_COMPLETION_INDEX",
        "valueFrom": {"fieldRef": {"fieldPath": (format!("metadata.{place}['{INDEX}']"))}},
    });
    for containers in ["spec/initContainers", "spec/containers"] {
        if pod.items_at(containers).is_empty() {
            continue;
        }
        for container in pod.at_mut(containers).list_mut() {
            let env = container.at_mut("env").list_mut();
            if !env.iter().any(|v: &Value| v.str_at("name") == "JOB_COMPLETION_INDEX") {
                env.push(variable.clone());
            }
        }
    }
    pod
}
