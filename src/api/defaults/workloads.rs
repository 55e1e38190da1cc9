//! Controllers of long-running pods.

use super::{each, fill, fill_empty, inside, pod, storage};
use crate::json;
use crate::machinery::{KubeVersion, Object, Value};

pub(super) fn deployment(o: &mut Object) {
    let spec = o.at_mut("spec");
    fill(spec, "replicas", 1);
    let strategy = spec.at_mut("strategy");
    fill_empty(strategy, "type", "RollingUpdate");
    if strategy.str_at("type") == "RollingUpdate" {
        let rolling = strategy.at_mut("rollingUpdate");
        fill(rolling, "maxUnavailable", "25%");
        fill(rolling, "maxSurge", "25%");
    }
    fill(spec, "revisionHistoryLimit", 10);
    fill(spec, "progressDeadlineSeconds", 600);
    pod::template(spec, "template");
}

pub(super) fn replica_set(o: &mut Object) {
    let spec = o.at_mut("spec");
    fill(spec, "replicas", 1);
    pod::template(spec, "template");
}

/// The oldest controller takes its labels and its selector from its template.
pub(super) fn replication_controller(o: &mut Object) {
    let labels = o.at("spec/template/metadata/labels").clone();
    if !labels.is_empty_value() {
        if o.at("spec/selector").is_empty_value() {
            o.set("spec/selector", labels.clone());
        }
        if o.labels().is_empty() {
            o.set("metadata/labels", labels);
        }
    }
    replica_set(o);
}

pub(super) fn daemon_set(o: &mut Object) {
    let spec = o.at_mut("spec");
    let strategy = spec.at_mut("updateStrategy");
    fill_empty(strategy, "type", "RollingUpdate");
    if strategy.str_at("type") == "RollingUpdate" {
        let rolling = strategy.at_mut("rollingUpdate");
        fill(rolling, "maxUnavailable", 1);
        fill(rolling, "maxSurge", 0);
    }
    fill(spec, "revisionHistoryLimit", 10);
    pod::template(spec, "template");
}

pub(super) fn stateful_set(o: &mut Object, version: KubeVersion) {
    let spec = o.at_mut("spec");
    fill(spec, "replicas", 1);
    fill_empty(spec, "podManagementPolicy", "OrderedReady");
    let strategy = spec.at_mut("updateStrategy");
    fill_empty(strategy, "type", "RollingUpdate");
    if strategy.str_at("type") == "RollingUpdate" {
        fill(strategy.at_mut("rollingUpdate"), "partition", 0);
    }
    fill(spec, "revisionHistoryLimit", 10);
    if version.stateful_sets_have_claim_retention() {
        let retention = spec.at_mut("persistentVolumeClaimRetentionPolicy");
        fill_empty(retention, "whenDeleted", "Retain");
        fill_empty(retention, "whenScaled", "Retain");
    }
    each(spec, "volumeClaimTemplates", claim_template);
    pod::template(spec, "template");
}

/// A claim template is stored as a whole claim.
fn claim_template(claim: &mut Value) {
    fill_empty(claim, "apiVersion", "v1");
    fill_empty(claim, "kind", "PersistentVolumeClaim");
    if let Some(spec) = inside(claim, "spec") {
        storage::claim_spec(spec);
    }
    if claim.str_at("status/phase").is_empty() {
        claim.set("status", json!({"phase": "Pending"}));
    }
}
