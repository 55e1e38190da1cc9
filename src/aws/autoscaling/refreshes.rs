//! Instance refreshes: the instances of a group are replaced, some at a time. The actor of the groups does the work
//! ([`crate::actors::cloud`]); here they begin, end early and are told of.

use super::super::filters::{Limit, page};
use super::super::state::{self, INSTANCE_REFRESH};
use super::super::{Places, ServiceError};
use super::{in_group, named, validation_error};
use crate::json;
use crate::machinery::{Object, Value};
use crate::store::Store;

const LIMIT: Limit =
    Limit { size: "MaxRecords", token: "NextToken", default: 50, most: 100, bad_token: "InvalidNextToken" };

/// The refresh of a group that is not over.
pub fn running(store: &Store, group: &str) -> Option<Object> {
    let is_it = |r: &Object| {
        r.str_at("spec/AutoScalingGroupName") == group
            && matches!(r.str_at("spec/Status"), "Pending" | "InProgress" | "Cancelling")
    };
    state::list(store, INSTANCE_REFRESH).into_iter().find(is_it)
}

/// Whether EKS replaces the nodes of a managed group so. It does that by means of its own: to Auto Scaling it is no refresh.
fn is_of_eks(refresh: &Object) -> bool {
    !refresh.at("spec/kubetick/batch").is_null()
}

/// Begins a refresh; answers its id. `batch` is how many go at a time where EKS has them replaced; none leaves that to
/// the preferences.
pub fn begin(store: &Store, group: &str, preferences: Value, batch: Option<i64>) -> String {
    let id = state::uuid(store, "instance-refresh");
    let mut spec = json!({
        "InstanceRefreshId": (id.as_str()), "AutoScalingGroupName": group, "Status": "Pending", "PercentageComplete": 0,
        "InstancesToUpdate": (in_group(store, group).len() as i64), "Preferences": preferences,
        "kubetick": {"begun": (state::timestamp_milli(store.now()))},
    });
    if let Some(batch) = batch {
        spec.set("kubetick/batch", batch);
    }
    state::put(store, INSTANCE_REFRESH, &id, spec);
    // The group is looked at again.
    state::modify(store, state::GROUP, group, |spec| spec.set("kubetick/refresh", id.as_str()));
    id
}

pub(super) fn start(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, _) = named(places, name)?;
    if running(store, name).is_some() {
        return Err(ServiceError::invalid(
            "InstanceRefreshInProgress",
            "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
        ));
    }
    if !matches!(input.str_at("Strategy"), "" | "Rolling") {
        return Err(validation_error("Valid strategies are: [Rolling]"));
    }
    let mut preferences = json!({
        "MinHealthyPercentage": 90, "MaxHealthyPercentage": 100, "SkipMatching": false, "AutoRollback": false,
        "ScaleInProtectedInstances": "Ignore", "StandbyInstances": "Ignore",
    });
    for (member, value) in input.at("Preferences").map().iter() {
        preferences.set(member, value);
    }
    let percent = |member: &str| preferences.int_at(member).unwrap_or(0);
    if !(0..=100).contains(&percent("MinHealthyPercentage")) {
        return Err(validation_error("MinHealthyPercentage must be between 0 and 100."));
    }
    Ok(json!({"InstanceRefreshId": (begin(store, name, preferences, None))}))
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, _) = named(places, name)?;
    let ids = input.items_at("InstanceRefreshIds");
    let mut all = state::list(store, INSTANCE_REFRESH);
    all.retain(|r| r.str_at("spec/AutoScalingGroupName") == name && !is_of_eks(r));
    all.retain(|r| ids.is_empty() || ids.contains(r.at("spec/InstanceRefreshId")));
    all.sort_by(|a, b| b.str_at("spec/kubetick/begun").cmp(a.str_at("spec/kubetick/begun")));
    let shown = |refresh: &Object| {
        let mut shown = refresh.at("spec").clone();
        shown.remove("kubetick");
        shown
    };
    page(all.iter().map(shown).collect(), "InstanceRefreshes", input, LIMIT)
}

pub(super) fn cancel(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, _) = named(places, name)?;
    let Some(refresh) = running(store, name).filter(|refresh| !is_of_eks(refresh)) else {
        return Err(ServiceError::invalid(
            "ActiveInstanceRefreshNotFound",
            format!("No in progress or pending Instance Refresh found for Auto Scaling group {name}"),
        ));
    };
    let now = state::timestamp_milli(store.now());
    state::modify(store, INSTANCE_REFRESH, refresh.name(), |spec| {
        spec.set("Status", "Cancelled");
        spec.set("StatusReason", "Cancelled due to user request.");
        spec.set("EndTime", now);
    });
    Ok(json!({"InstanceRefreshId": (refresh.name())}))
}
