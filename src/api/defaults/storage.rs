//! Volumes, claims and their classes.

use super::{fill, fill_empty, inside};
use crate::json;
use crate::machinery::{Object, Value};

pub(super) fn volume(o: &mut Object) {
    let spec = o.at_mut("spec");
    fill_empty(spec, "persistentVolumeReclaimPolicy", "Retain");
    fill(spec, "volumeMode", "Filesystem");
    if let Some(host) = inside(spec, "hostPath") {
        fill(host, "type", "");
    }
    fill_empty(o.at_mut("status"), "phase", "Pending");
}

pub(super) fn claim(o: &mut Object) {
    claim_spec(o.at_mut("spec"));
    fill_empty(o.at_mut("status"), "phase", "Pending");
}

pub(super) fn claim_spec(spec: &mut Value) {
    fill(spec, "volumeMode", "Filesystem");
}

pub(super) fn class(o: &mut Object) {
    fill(o, "reclaimPolicy", "Delete");
    fill(o, "volumeBindingMode", "Immediate");
}

pub(super) fn csi_driver(o: &mut Object) {
    let spec = o.at_mut("spec");
    fill(spec, "attachRequired", true);
    for key in ["podInfoOnMount", "storageCapacity", "requiresRepublish", "seLinuxMount"] {
        fill(spec, key, false);
    }
    fill(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    fill_empty(spec, "volumeLifecycleModes", json!(["Persistent"]));
}
