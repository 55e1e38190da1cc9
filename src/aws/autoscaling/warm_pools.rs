//! Warm pools: instances that stand beside a group, started once and mostly stopped since, from which it grows faster.

use super::super::filters::{Limit, page};
use super::super::state::{self, GROUP};
use super::super::{Places, ServiceError};
use super::{in_pool, instances, named, validation_error};
use crate::json;
use crate::machinery::{Object, Value};
use crate::store::Store;

const LIMIT: Limit =
    Limit { size: "MaxRecords", token: "NextToken", default: 50, most: 50, bad_token: "InvalidNextToken" };
/// What instances of a pool do until they are wanted.
const STATES: [&str; 3] = ["Stopped", "Running", "Hibernated"];

/// The warm pool of a group.
pub struct WarmPool {
    /// How many instances it should have now.
    pub size: i64,
    /// `Stopped`, `Running` or `Hibernated`.
    pub state: String,
    /// Instances the group has too many go back to it.
    pub reuses: bool,
    /// It goes with its last instance.
    pub ends: bool,
}

impl WarmPool {
    /// That of a group; `None` where there is none.
    pub fn of(group: &Object) -> Option<WarmPool> {
        let kept = group.at("spec/kubetick").get("warmPool")?;
        let number = |member: &str| group.int_at(&format!("spec/{member}")).unwrap_or(0);
        let prepared = kept.int_at("MaxGroupPreparedCapacity").unwrap_or_else(|| number("MaxSize"));
        let size = (prepared - number("DesiredCapacity")).max(kept.int_at("MinSize").unwrap_or(0));
        let ends = kept.str_at("Status") == "PendingDelete";
        Some(WarmPool {
            size: if ends { 0 } else { size },
            state: kept.str_at("PoolState").to_string(),
            reuses: kept.bool_at("InstanceReusePolicy/ReuseOnScaleIn") && !ends,
            ends,
        })
    }
}

/// Has the pool of a group end, if it has one: its instances end first.
pub fn end_pool(store: &Store, group: &str) {
    let has_one = |group: &Object| group.at("spec/kubetick").get("warmPool").is_some();
    if state::find(store, GROUP, group).is_some_and(|group| has_one(&group)) {
        state::modify(store, GROUP, group, |spec| spec.set("kubetick/warmPool/Status", "PendingDelete"));
    }
}

/// Writes into a group, as an answer shows it, what there is to say of its pool.
pub(super) fn show(group: &mut Value, object: &Object, store: &Store) {
    if let Some(kept) = object.at("spec/kubetick").get("warmPool") {
        group.set("WarmPoolConfiguration", kept);
        group.set("WarmPoolSize", in_pool(store, object.name()).len() as i64);
    }
}

pub(super) fn put(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, group) = named(places, name)?;
    let kept = group.at("spec/kubetick").get("warmPool").cloned();
    let mut pool = kept.unwrap_or_else(|| json!({"MinSize": 0, "PoolState": "Stopped"}));
    if pool.str_at("Status") == "PendingDelete" {
        return Err(validation_error(format!(
            "You can't update the warm pool of the AutoScalingGroup {name} because it is being deleted."
        )));
    }
    pool.set_given(input, &["MinSize", "MaxGroupPreparedCapacity", "PoolState", "InstanceReusePolicy"]);
    let state = pool.str_at("PoolState");
    if !STATES.contains(&state) {
        return Err(validation_error(format!(
            "Invalid PoolState {state}. Valid values are: [{}]",
            STATES.join(", ")
        )));
    }
    // Minus one takes the bound away again.
    if pool.int_at("MaxGroupPreparedCapacity") == Some(-1) {
        pool.remove("MaxGroupPreparedCapacity");
    }
    state::modify(store, GROUP, name, |spec| spec.set("kubetick/warmPool", pool));
    Ok(Value::Null)
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, group) = named(places, name)?;
    let found = in_pool(store, name).iter().map(instances::in_a_group).collect();
    let mut answer = page(found, "Instances", input, LIMIT)?;
    if let Some(pool) = group.at("spec/kubetick").get("warmPool") {
        answer.set("WarmPoolConfiguration", pool);
    }
    Ok(answer)
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, group) = named(places, name)?;
    if WarmPool::of(&group).is_none() {
        return Err(validation_error(format!("No warm pool found for AutoScalingGroup {name}")));
    }
    if !in_pool(store, name).is_empty() && !input.bool_at("ForceDelete") {
        return Err(ServiceError::invalid(
            "ResourceInUse",
            "You cannot delete a warm pool while there are instances still in the warm pool.",
        ));
    }
    end_pool(store, name);
    Ok(Value::Null)
}
