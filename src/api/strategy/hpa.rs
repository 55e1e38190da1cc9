//! What a server does not take of a HorizontalPodAutoscaler.

use crate::machinery::{KubeVersion, Object};

const TOLERANCES: [&str; 2] = ["spec/behavior/scaleUp/tolerance", "spec/behavior/scaleDown/tolerance"];

/// Takes the tolerances away where their feature gate is off, unless the old object has one.
pub(super) fn prepare(object: &mut Object, old: Option<&Object>, server: KubeVersion) {
    let has_one = |hpa: &Object| TOLERANCES.iter().any(|path| !hpa.at(path).is_null());
    if server.hpa_tolerance_is_configurable() || old.is_some_and(has_one) {
        return;
    }
    for path in TOLERANCES {
        if !object.at(path).is_null() {
            object.remove(path);
        }
    }
}
