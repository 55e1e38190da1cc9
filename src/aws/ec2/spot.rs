//! Spot instance requests.

use super::super::filters::{Limit, page, pass, tag_values};
use super::super::state::{self, SPOT_REQUEST};
use super::super::{Places, ServiceError};
use crate::json;
use crate::machinery::{Object, Value};

const LIMIT: Limit = Limit {
    size: "MaxResults",
    token: "NextToken",
    default: 1000,
    most: 1000,
    bad_token: "InvalidParameterValue",
};

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut found = Vec::new();
    for request in chosen(places, input)? {
        let spec = request.at("spec");
        let values = |filter: &str| {
            let member = match filter {
                "state" => "State",
                "status-code" => "Status/Code",
                "instance-id" => "InstanceId",
                "spot-instance-request-id" => "SpotInstanceRequestId",
                "launched-availability-zone" => "LaunchedAvailabilityZone",
                "launch.instance-type" => "LaunchSpecification/InstanceType",
                "type" => "Type",
                _ => return tag_values(spec.items_at("Tags"), filter),
            };
            Some(vec![spec.str_at(member).to_string()])
        };
        if pass(input.items_at("Filters"), values)? {
            let mut shown = spec.clone();
            shown.remove("kubetick");
            found.push(shown);
        }
    }
    page(found, "SpotInstanceRequests", input, LIMIT)
}

fn chosen(places: &Places<'_>, input: &Value) -> Result<Vec<Object>, ServiceError> {
    let ids = input.items_at("SpotInstanceRequestIds");
    for id in ids.iter().filter_map(Value::as_str) {
        if places.find(SPOT_REQUEST, id).is_none() {
            return Err(ServiceError::invalid(
                "InvalidSpotInstanceRequestID.NotFound",
                format!("The spot instance request ID '{id}' does not exist"),
            ));
        }
    }
    let mut all = places.list(SPOT_REQUEST);
    all.retain(|r| ids.is_empty() || ids.contains(r.at("spec/SpotInstanceRequestId")));
    Ok(all)
}

/// Cancels requests; the instances they were filled with go on.
pub(super) fn cancel(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut cancelled = Vec::new();
    for request in chosen(places, input)? {
        let Some((store, _)) = places.find(SPOT_REQUEST, request.name()) else { continue };
        let now = state::timestamp(store.now());
        state::modify(store, SPOT_REQUEST, request.name(), |spec| {
            let filled = !spec.str_at("InstanceId").is_empty();
            spec.set("State", "cancelled");
            let (code, message) = if filled {
                (
                    "request-canceled-and-instance-running",
                    "Your Spot request is canceled, but your instance(s) are still running.",
                )
            } else {
                ("canceled-before-fulfillment", "Your Spot request is canceled before it was fulfilled.")
            };
            spec.set("Status", json!({"Code": code, "Message": message, "UpdateTime": now}));
        });
        cancelled.push(json!({"SpotInstanceRequestId": (request.name()), "State": "cancelled"}));
    }
    Ok(json!({"CancelledSpotInstanceRequests": cancelled}))
}
