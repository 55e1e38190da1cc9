//! Spot instance requests.

use super::super::filters::{Limit, page, pass, tag_values};
use super::super::state::{self, SPOT_REQUEST};
use super::super::{Places, ServiceError};
use super::pages_of;
use crate::catalog::instance_types::{self, SPOT_SHARE};
use crate::json;
use crate::machinery::{Duration, Object, Time, Value, names};
use crate::store::Store;

const LIMIT: Limit = pages_of(1000);

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

/// Makes the request that an instance fulfils; answers its id.
pub fn fulfilled(store: &Store, instance: &str, instance_type: &str, zone: &str) -> String {
    let request = format!("sir-{}", names::hex(state::seed(store), "sir", store.draw("sir"), 8));
    let now = state::timestamp(store.now());
    let spec = json!({
        "SpotInstanceRequestId": (request.as_str()), "InstanceId": instance, "CreateTime": (now.as_str()),
        "State": "active", "Type": "one-time", "InstanceInterruptionBehavior": "terminate",
        "ProductDescription": "Linux/UNIX", "LaunchedAvailabilityZone": zone,
        "Status": {"Code": "fulfilled", "Message": "Your Spot request is fulfilled.", "UpdateTime": (now.as_str())},
        "LaunchSpecification": {
            "InstanceType": instance_type,
            "Placement": {"AvailabilityZone": zone, "Tenancy": "default"},
            "Monitoring": {"Enabled": false},
        },
        "Tags": [],
    });
    state::put(store, SPOT_REQUEST, &request, spec);
    request
}

/// Dollars an hour for a type in a zone. The spot price is the usual part of the price on demand, some hundredths more or
/// less from zone to zone; where the sources have no price, by the size of the machine.
pub(super) fn price(kind: &str, zone: &str, spot: bool) -> f64 {
    let found = instance_types::find(kind);
    let by_size =
        |k: &instance_types::InstanceType| k.vcpu as f64 * 0.03 + k.memory_mib as f64 / 1024.0 * 0.004;
    let on_demand = found.map_or(0.0, |k| k.price.unwrap_or_else(|| by_size(&k)));
    if !spot {
        return on_demand;
    }
    let thousandths = names::number(0, &format!("spot price {kind} {zone}"), 0) % 100;
    on_demand * (SPOT_SHARE - 0.05 + thousandths as f64 / 1000.0)
}

/// How often a spot price is told anew.
const TOLD: Duration = Duration::from_hours(6);
/// Types that are told of when a request names none.
const USUAL: [&str; 6] = ["c5.large", "m5.large", "m5.xlarge", "r5.large", "t3.large", "t3.medium"];

/// Spot prices: one entry a type, zone and quarter of a day since the start, the newest first.
pub(super) fn price_history(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let asked: Vec<&str> = input.items_at("InstanceTypes").iter().filter_map(Value::as_str).collect();
    if let Some(unknown) = asked.iter().find(|kind| instance_types::find(kind).is_none()) {
        return Err(ServiceError::invalid(
            "InvalidParameterValue",
            format!("The following supplied instance types do not exist: [{unknown}]"),
        ));
    }
    let kinds = if asked.is_empty() { USUAL.to_vec() } else { asked };
    let now = places.now();
    let at = |member: &str| Time::parse(input.str_at(member)).unwrap_or(now);
    let (start, end) = (at("StartTime"), at("EndTime").min(now));
    let products: Vec<&str> =
        input.items_at("ProductDescriptions").iter().filter_map(Value::as_str).collect();
    let product = products.first().copied().unwrap_or("Linux/UNIX");
    let zones = super::describe::zones(places, &Value::object())?;
    let wanted = input.str_at("AvailabilityZone");
    let mut found = Vec::new();
    // The price that holds at the start counts, too.
    let quarter = TOLD.as_secs();
    let first = start.secs().div_euclid(quarter).max(end.secs().div_euclid(quarter) - 360);
    for told in (first..=end.secs().div_euclid(quarter)).rev() {
        for kind in &kinds {
            for zone in zones.items_at("AvailabilityZones").iter().map(|z| z.str_at("ZoneName")) {
                if !wanted.is_empty() && zone != wanted {
                    continue;
                }
                let drift = names::number(0, &format!("spot {kind} {zone}"), told as u64) % 40;
                let amount = price(kind, zone, true) * (0.98 + drift as f64 / 1000.0);
                let entry = json!({
                    "AvailabilityZone": zone, "InstanceType": (*kind), "ProductDescription": product,
                    "SpotPrice": (format!("{amount:.6}")),
                    "Timestamp": (state::timestamp(Time::from_secs(told * quarter))),
                });
                let values = |filter: &str| match filter {
                    "availability-zone" => Some(vec![zone.to_string()]),
                    "instance-type" => Some(vec![kind.to_string()]),
                    "product-description" => Some(vec![product.to_string()]),
                    "spot-price" => Some(vec![entry.str_at("SpotPrice").to_string()]),
                    _ => None,
                };
                if pass(input.items_at("Filters"), values)? {
                    found.push(entry);
                }
            }
        }
    }
    page(found, "SpotPriceHistory", input, LIMIT)
}
