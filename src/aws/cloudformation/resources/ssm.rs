//! Parameters.

use super::{Asked, Made, Making};
use crate::aws::state::{self, PARAMETER};
use crate::aws::{Places, ServiceError};
use crate::json;
use crate::machinery::Value;

pub(super) fn parameter(asked: &Asked<'_>) -> Making {
    let (store, properties) = (asked.places.home(), asked.properties);
    let name = asked.name("Name", 128);
    if asked.before != Some(name.as_str()) && state::find(store, PARAMETER, &name).is_some() {
        return Err(ServiceError::invalid("ParameterAlreadyExists", "The parameter already exists."));
    }
    let spec = json!({
        "Name": (name.as_str()), "Type": (properties.at("Type")), "Value": (properties.at("Value")), "Version": 1,
        "LastModifiedDate": (state::timestamp_milli(asked.places.now())), "DataType": "text",
    });
    state::put(store, PARAMETER, &name, spec);
    Ok(Made::new(name, json!({"Type": (properties.at("Type")), "Value": (properties.at("Value"))})))
}

pub(super) fn remove_parameter(places: &Places<'_>, name: &str, _: &Value) {
    state::remove(places.home(), PARAMETER, name);
}
