//! Systems Manager: the public parameters that name the AMIs of EKS.

use super::{Operations, Places, ServiceError};
use crate::json;
use crate::machinery::{KubeVersion, Value, names};

/// Where the parameters of EKS begin.
const EKS: &str = "/aws/service/eks/optimized-ami/";

/// The operations answered here.
pub(super) const OPERATIONS: Operations = &[("GetParameter", get), ("GetParameters", get_many)];

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
