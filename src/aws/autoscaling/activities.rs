//! Scaling activities: what a group did and why.

use super::super::filters::{Limit, page};
use super::super::state::{self, ACTIVITY};
use super::super::{Places, ServiceError};
use super::group_arn;
use crate::json;
use crate::machinery::{Time, Value};
use crate::store::Store;

/// An activity that begins.
pub struct Activity<'a> {
    /// The group.
    pub group: &'a str,
    /// `Launching a new EC2 instance: i-...`.
    pub description: String,
    /// Sentences of [`cause_at`], joined.
    pub cause: String,
    /// `PreInService`, `InProgress`, `MidLifecycleAction`, ...
    pub status: &'static str,
    /// Zone and subnet of the instance.
    pub zone: &'a str,
}

/// One sentence of a cause.
pub fn cause_at(at: Time, clause: &str) -> String {
    format!("At {} {clause}.", state::timestamp(at))
}

/// Writes an activity that begins now; answers its id.
pub fn begin(store: &Store, activity: &Activity<'_>) -> String {
    let id = state::uuid(store, "scaling-activity");
    let details = format!(
        "{{\"Subnet ID\":\"{}\",\"Availability Zone\":\"{}\"}}",
        super::super::ec2::subnet_of(store, activity.zone),
        activity.zone
    );
    let spec = json!({
        "ActivityId": (id.as_str()), "AutoScalingGroupName": (activity.group),
        "Description": (activity.description.as_str()), "Cause": (activity.cause.as_str()),
        "StartTime": (state::timestamp_milli(store.now())), "StatusCode": (activity.status),
        "Progress": (if activity.status == "InProgress" { 0 } else { 30 }), "Details": details,
    });
    state::put(store, ACTIVITY, &id, spec);
    id
}

/// Ends an activity.
pub fn end(store: &Store, id: &str, status: &str) {
    let now = state::timestamp(store.now());
    state::modify(store, ACTIVITY, id, |spec| {
        spec.set("StatusCode", status);
        spec.set("EndTime", now);
        spec.set("Progress", 100);
    });
}

/// Writes an activity that could not even begin.
pub fn fail(store: &Store, activity: &Activity<'_>, why: &str) {
    let id = begin(store, activity);
    end(store, &id, "Failed");
    state::modify(store, ACTIVITY, &id, |spec| spec.set("StatusMessage", why));
}

/// Has an activity go on in another way.
pub fn change_status(store: &Store, id: &str, status: &str) {
    state::modify(store, ACTIVITY, id, |spec| spec.set("StatusCode", status));
}

/// Gives up an activity that was under way.
pub fn cancel(store: &Store, id: &str, why: &str) {
    end(store, id, "Cancelled");
    state::modify(store, ACTIVITY, id, |spec| {
        let description = format!("{}.  Status Reason: {why}", spec.str_at("Description"));
        spec.set("Description", description);
        spec.set("StatusMessage", why);
    });
}

/// Activities of a group, or of all, newest first.
pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let wanted = input.str_at("AutoScalingGroupName");
    if !wanted.is_empty() {
        super::named(places, wanted)?;
    }
    let ids = input.items_at("ActivityIds");
    let mut found: Vec<Value> = places
        .list(ACTIVITY)
        .into_iter()
        .map(|object| object.at("spec").clone())
        .filter(|a| wanted.is_empty() || a.str_at("AutoScalingGroupName") == wanted)
        .filter(|a| ids.is_empty() || ids.contains(a.at("ActivityId")))
        .collect();
    found.sort_by(|a, b| {
        let key = |v: &Value| (v.str_at("StartTime").to_string(), v.str_at("ActivityId").to_string());
        key(b).cmp(&key(a))
    });
    for activity in &mut found {
        let arn = group_arn(places, activity.str_at("AutoScalingGroupName"));
        activity.set("AutoScalingGroupARN", arn);
    }
    page(found, "Activities", input, LIMIT)
}

const LIMIT: Limit =
    Limit { size: "MaxRecords", token: "NextToken", default: 100, most: 100, bad_token: "InvalidNextToken" };

/// An activity as an answer shows it.
pub(super) fn shown(places: &Places<'_>, store: &Store, id: &str) -> Value {
    let mut activity = state::find(store, ACTIVITY, id).map(|o| o.at("spec").clone()).unwrap_or_default();
    let arn = group_arn(places, activity.str_at("AutoScalingGroupName"));
    activity.set("AutoScalingGroupARN", arn);
    activity
}
