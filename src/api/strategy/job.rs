//! New jobs: unless they choose for themselves, their pods are told from all others by the uid of the job.

use crate::json;
use crate::machinery::{KubeVersion, Object};

pub(super) fn prepare_create(job: &mut Object, server: KubeVersion) {
    if job.bool_at("spec/manualSelector") {
        return;
    }
    let (uid, name) = (job.uid().to_string(), job.name().to_string());
    let mut labels = vec![("controller-uid", &uid), ("job-name", &name)];
    let mut key = "controller-uid";
    if server.job_labels_have_a_prefix() {
        key = "batch.kubernetes.io/controller-uid";
        labels.extend([(key, &uid), ("batch.kubernetes.io/job-name", &name)]);
    }
    // Labels of the job that were copied from its template grow with the template.
    let shared = !job.labels().is_empty() && job.labels() == job.map_at("spec/template/metadata/labels");
    for (label, value) in labels {
        job.at_mut("spec/template/metadata/labels").map_mut().insert(label, value);
        if shared {
            job.set_label(label, value);
        }
    }
    let mut wanted = crate::machinery::Map::new();
    wanted.insert(key, uid);
    let selector = job.at_mut("spec/selector");
    selector.set("matchLabels", json!(wanted));
}
