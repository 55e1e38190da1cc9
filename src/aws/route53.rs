//! Route 53: hosted zones, which nothing here makes; an account without domains has none.

use super::state::{self, HOSTED_ZONE};
use super::{Operations, Places, ServiceError};
use crate::json;
use crate::machinery::Value;

/// The operations answered here.
pub(super) const OPERATIONS: Operations = &[
    ("ListHostedZones", list),
    ("ListHostedZonesByName", list_by_name),
    ("GetHostedZone", |_, input| Err(unknown(input.str_at("Id")))),
    ("ListResourceRecordSets", |_, input| Err(unknown(input.str_at("HostedZoneId")))),
];

fn zones(places: &Places<'_>) -> Vec<Value> {
    state::list(places.account, HOSTED_ZONE).iter().map(|z| z.at("spec").clone()).collect()
}

fn list(places: &Places<'_>, _: &Value) -> Result<Value, ServiceError> {
    Ok(json!({"HostedZones": (zones(places)), "IsTruncated": false, "MaxItems": "100"}))
}

fn list_by_name(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let from = input.str_at("DNSName");
    let listed: Vec<Value> = zones(places).into_iter().filter(|z| z.str_at("Name") >= from).collect();
    let mut answer = json!({"HostedZones": listed, "IsTruncated": false, "MaxItems": "100"});
    if !from.is_empty() {
        answer.set("DNSName", from);
    }
    Ok(answer)
}

fn unknown(id: &str) -> ServiceError {
    ServiceError::new(404, "NoSuchHostedZone", format!("No hosted zone found with ID: {id}"))
}
