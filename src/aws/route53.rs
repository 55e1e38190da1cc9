//! Route 53: hosted zones, which nothing here makes; an account without domains has none.

use super::state::{self, HOSTED_ZONE};
use super::{Places, Request, ServiceError};
use crate::json;
use crate::machinery::Value;

/// Answers a request.
pub(super) fn call(places: &Places<'_>, request: &Request) -> Result<Value, ServiceError> {
    let input = &request.input;
    let zones: Vec<Value> =
        state::list(places.account, HOSTED_ZONE).iter().map(|z| z.at("spec").clone()).collect();
    match request.operation.as_str() {
        "ListHostedZones" => Ok(json!({"HostedZones": zones, "IsTruncated": false, "MaxItems": "100"})),
        "ListHostedZonesByName" => {
            let from = input.str_at("DNSName");
            let listed: Vec<Value> = zones.into_iter().filter(|z| z.str_at("Name") >= from).collect();
            let mut answer = json!({"HostedZones": listed, "IsTruncated": false, "MaxItems": "100"});
            if !from.is_empty() {
                answer.set("DNSName", from);
            }
            Ok(answer)
        }
        "GetHostedZone" | "ListResourceRecordSets" => {
            let id = match input.str_at("Id") {
                "" => input.str_at("HostedZoneId"),
                id => id,
            };
            Err(ServiceError::new(404, "NoSuchHostedZone", format!("No hosted zone found with ID: {id}")))
        }
        _ => Err(request.not_simulated()),
    }
}
