//! Updates: changes that EKS carries out by itself.

use super::super::state::{self, CLUSTER, INSTANCE_REFRESH, UPDATE};
use super::super::{Places, ServiceError};
use super::{named, not_found, page};
use crate::json;
use crate::machinery::{Duration, Time, Value};
use crate::store::Store;

/// How long an update takes that changes only a configuration.
const TAKES: Duration = Duration::from_secs(15);

/// What an update changes.
#[derive(Clone, Copy)]
pub enum Of<'a> {
    /// The cluster itself.
    Cluster,
    /// A node group of it.
    NodeGroup(&'a str),
    /// An add-on.
    Addon(&'a str),
}

/// Begins an update; answers it.
pub fn begin(store: &Store, of: Of<'_>, kind: &str, params: Vec<Value>) -> Value {
    begin_for(store, of, kind, params, TAKES)
}

/// Begins an update that takes so long; answers it. A cluster is in one at a time.
pub fn begin_for(store: &Store, of: Of<'_>, kind: &str, params: Vec<Value>, takes: Duration) -> Value {
    let id = state::uuid(store, "eks-update");
    let (group, addon) = match of {
        Of::Cluster => ("", ""),
        Of::NodeGroup(name) => (name, ""),
        Of::Addon(name) => ("", name),
    };
    let spec = json!({
        "id": (id.as_str()), "status": "InProgress", "type": kind, "params": params,
        "createdAt": (state::timestamp_milli(store.now())), "errors": [],
        "kubetick": {"nodeGroup": group, "addon": addon, "begun": (store.now().0), "ends": ((store.now() + takes).0)},
    });
    state::put(store, UPDATE, &id, spec);
    if let Of::Cluster = of {
        let name = store.meta().name.clone();
        state::modify(store, CLUSTER, &name, |spec| spec.set("kubetick/update", id.as_str()));
    }
    shown(store, &id)
}

/// The update a cluster is in.
pub fn running(store: &Store) -> Option<String> {
    let name = store.meta().name.clone();
    let id = state::find(store, CLUSTER, &name)?.str_at("spec/kubetick/update").to_string();
    (!id.is_empty() && shown(store, &id).str_at("status") == "InProgress").then_some(id)
}

/// Ties an update to the refresh that carries it out.
pub fn carried_out_by(store: &Store, id: &str, refresh: &str) {
    state::modify(store, UPDATE, id, |spec| spec.set("kubetick/refresh", refresh));
}

fn shown(store: &Store, id: &str) -> Value {
    let mut shown = state::find(store, UPDATE, id).map(|o| o.at("spec").clone()).unwrap_or_default();
    let ends = Time(shown.int_at("kubetick/ends").unwrap_or(0));
    // One that replaces nodes is over when the last of them is replaced.
    let refresh = shown.str_at("kubetick/refresh");
    let over = match refresh {
        "" => store.now() >= ends,
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
    let (group, addon) = (input.str_at("nodegroupName"), input.str_at("addonName"));
    let mut all = state::list(store, UPDATE);
    all.retain(|u| u.str_at("spec/kubetick/nodeGroup") == group && u.str_at("spec/kubetick/addon") == addon);
    all.sort_by_key(|u| u.int_at("spec/kubetick/begun"));
    page(all.iter().map(|u| Value::from(u.name())).collect(), "updateIds", input)
}
