//! Systems Manager: the parameters that stacks made, and the public ones that name the AMIs of EKS.

use super::filters::{Limit, page};
use super::{Operations, Places, ServiceError};
use crate::json;
use crate::machinery::{KubeVersion, Object, Value, names};

/// What is said of a path that is none.
const NO_PATH: &str = "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: /get/parameters2-/by1./path0_.";
/// Where the parameters of EKS begin.
const EKS: &str = "/aws/service/eks/optimized-ami/";

/// The operations answered here.
pub(super) const OPERATIONS: Operations =
    &[("GetParameter", get), ("GetParameters", get_many), ("GetParametersByPath", get_by_path)];

const LIMIT: Limit =
    Limit { size: "MaxResults", token: "NextToken", default: 10, most: 10, bad_token: "InvalidNextToken" };

pub(super) fn get(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    match parameter(places, input.str_at("Name")) {
        Some(found) => Ok(json!({"Parameter": found})),
        None => Err(ServiceError::invalid("ParameterNotFound", "")),
    }
}

fn get_many(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for name in input.items_at("Names") {
        match parameter(places, name.as_str().unwrap_or_default()) {
            Some(parameter) => found.push(parameter),
            None => unknown.push(name.clone()),
        }
    }
    Ok(json!({"Parameters": found, "InvalidParameters": unknown}))
}

/// The parameters below a path; of deeper levels, too, if asked.
fn get_by_path(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let path = input.str_at("Path");
    if !path.starts_with('/') {
        return Err(ServiceError::invalid("ValidationException", NO_PATH));
    }
    // Which parameters AWS publishes there only AWS knows.
    if path.starts_with("/aws/") || path == "/aws" {
        return Err(ServiceError::invalid(
            "NotSimulated",
            format!("ssm GetParametersByPath of {path} is not simulated by kubetick"),
        ));
    }
    if !input.items_at("ParameterFilters").is_empty() {
        return Err(ServiceError::invalid(
            "NotSimulated",
            "ssm GetParametersByPath with filters is not simulated by kubetick",
        ));
    }
    let below = format!("{}/", path.trim_end_matches('/'));
    let is_there = |name: &str| {
        name.strip_prefix(&below).is_some_and(|rest| input.bool_at("Recursive") || !rest.contains('/'))
    };
    let kept = places.list(super::state::PARAMETER);
    let names = kept.iter().map(Object::name).filter(|name| is_there(name));
    page(names.filter_map(|name| parameter(places, name)).collect(), "Parameters", input, LIMIT)
}

/// `/aws/service/eks/optimized-ami/1.29/amazon-linux-2023/x86_64/standard/recommended/image_id` and its kin.
fn parameter(places: &Places<'_>, name: &str) -> Option<Value> {
    if let Some((_, kept)) = places.find(super::state::PARAMETER, name) {
        let mut found = kept.at("spec").clone();
        found.set(
            "ARN",
            places.arn("ssm", &format!("parameter{}{name}", if name.starts_with('/') { "" } else { "/" })),
        );
        return Some(found);
    }
    let (version, rest) = name.strip_prefix(EKS)?.split_once('/')?;
    let version = KubeVersion::parse(version)?;
    if version < KubeVersion::OLDEST || version > KubeVersion::LATEST || !rest.contains("recommended") {
        return None;
    }
    let image = format!("ami-0{}", names::hex(0, &format!("{} {name}", places.region), 0, 16));
    Some(json!({
        "Name": name, "Type": "String", "Value": image, "Version": 1,
        "LastModifiedDate": (super::state::timestamp_milli(crate::catalog::releases::released(version))),
        "ARN": (format!("arn:aws:ssm:{}::parameter{name}", places.region)), "DataType": "text",
    }))
}
