//! Events between the group `events.k8s.io` and the core one, in which they are stored: the same fields by other names.

use crate::machinery::Object;

/// Names in the core group, and in `events.k8s.io`.
const NAMES: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

/// An event of `events.k8s.io` as it is stored.
pub(crate) fn to_core(mut event: Object) -> Object {
    event.set("apiVersion", "v1");
    for (core, own) in NAMES {
        rename(&mut event, own, core);
    }
    event
}

/// A stored event with the field names of `events.k8s.io`.
pub(crate) fn from_core(mut event: Object) -> Object {
    for (core, own) in NAMES {
        rename(&mut event, core, own);
    }
    event
}

fn rename(event: &mut Object, from: &str, to: &str) {
    if let Some(value) = event.remove(from)
        && !value.is_null()
    {
        event.set(to, value);
    }
}
