//! Updates: changes that EKS carries out by itself.

use super::super::state::{self, INSTANCE_REFRESH, UPDATE};
use super::super::{Places, ServiceError};
use super::{named, not_found, page};
use crate::json;
use crate::machinery::{Duration, Time, Value};
use crate::store::Store;

/// How long an update takes that changes only a configuration.
const TAKES: Duration = Duration::from_secs(15);

/// Begins an update of a node group or of the cluster (an empty name); answers it.
pub fn begin(store: &Store, node_group: &str, kind: &str, params: Vec<Value>) -> Value {
    let id = state::uuid(store, "eks-update");
    let spec = json!({
        "id": (id.as_str()), "status": "InProgress", "type": kind, "params": params,
        "createdAt": (state::timestamp_milli(store.now())), "errors": [],
        "kubetick": {"nodeGroup": node_group, "begun": (store.now().0)},
    });
    state::put(store, UPDATE, &id, spec);
    shown(store, &id)
}

/// Ties an update to the refresh that carries it out.
pub fn carried_out_by(store: &Store, id: &str, refresh: &str) {
    state::modify(store, UPDATE, id, |spec| spec.set("kubetick/refresh", refresh));
}

fn shown(store: &Store, id: &str) -> Value {
    let mut shown = state::find(store, UPDATE, id).map(|o| o.at("spec").clone()).unwrap_or_default();
    let begun = Time(shown.int_at("kubetick/begun").unwrap_or(0));
    // One that replaces nodes is over when the last of them is replaced.
    let refresh = shown.str_at("kubetick/refresh");
    let over = match refresh {
        "" => store.now() >= begun + TAKES,
        refresh => state::find(store, INSTANCE_REFRESH, refresh)
            .is_none_or(|r| !matches!(r.str_at("spec/Status"), "Pending" | "InProgress")),
    };
    if over {
        shown.set("status", "Successful");
    }
    shown.remove("kubetick");
    shown
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("name"))?;
    let id = input.str_at("updateId");
    if state::find(store, UPDATE, id).is_none() {
        return Err(not_found(format!("No update found for ID: {id}")));
    }
    Ok(json!({"update": (shown(store, id))}))
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("name"))?;
    let group = input.str_at("nodegroupName");
    let mut all = state::list(store, UPDATE);
    all.retain(|u| u.str_at("spec/kubetick/nodeGroup") == group);
    all.sort_by_key(|u| u.int_at("spec/kubetick/begun"));
    page(all.iter().map(|u| Value::from(u.name())).collect(), "updateIds", input)
}
