//! Parameters of a stack: what a request gives, what the template says of them.

use super::super::ssm;
use super::super::{Places, ServiceError};
use super::template::invalid;
use crate::json;
use crate::machinery::Value;
use std::collections::BTreeMap;

/// The values of a template's parameters as text, from a request and, where it says so, from the stack as it was.
pub(super) fn given(
    template: &Value,
    input: &Value,
    before: &Value,
) -> Result<BTreeMap<String, String>, ServiceError> {
    let declared = template.at("Parameters").map();
    let mut values = BTreeMap::new();
    let mut unknown = Vec::new();
    for parameter in input.items_at("Parameters") {
        let key = parameter.str_at("ParameterKey");
        if !declared.contains_key(key) {
            unknown.push(key);
            continue;
        }
        let value = match parameter.bool_at("UsePreviousValue") {
            true => before.get(key).and_then(Value::as_str).map(str::to_string),
            false => Some(parameter.str_at("ParameterValue").to_string()),
        };
        values.extend(value.map(|value| (key.to_string(), value)));
    }
    if !unknown.is_empty() {
        return Err(invalid(format!("Parameters: [{}] do not exist in the template", unknown.join(", "))));
    }
    let mut missing = Vec::new();
    for (key, parameter) in declared.iter() {
        if !values.contains_key(key) {
            match parameter.get("Default") {
                Some(default) => drop(values.insert(key.to_string(), text(default))),
                None => missing.push(key),
            }
        }
    }
    if !missing.is_empty() {
        return Err(invalid(format!("Parameters: [{}] must have values", missing.join(", "))));
    }
    for (key, value) in &values {
        check(key, value, declared.get(key).unwrap_or(&Value::Null))?;
    }
    Ok(values)
}

pub(super) fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| if value.is_null() { String::new() } else { value.to_json() }, str::to_string)
}

fn check(key: &str, value: &str, parameter: &Value) -> Result<(), ServiceError> {
    let allowed = parameter.items_at("AllowedValues");
    let kind = parameter.str_at("Type");
    let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
    let parts: Vec<&str> = if is_list { value.split(',').map(str::trim).collect() } else { vec![value] };
    let refuse = |what: String| match parameter.str_at("ConstraintDescription") {
        "" => Err(invalid(format!("Parameter '{key}' {what}"))),
        description => Err(invalid(format!("Parameter {key} failed to satisfy constraint: {description}"))),
    };
    for part in parts {
        if !allowed.is_empty() && !allowed.iter().any(|a| text(a) == part) {
            return Err(invalid(format!("Parameter '{key}' must be one of AllowedValues")));
        }
        if kind == "Number" || kind == "List<Number>" {
            let Ok(number) = part.parse::<f64>() else {
                return Err(invalid(format!("Parameter '{key}' must be a number")));
            };
            let bound = |member: &str| text(parameter.at(member)).parse::<f64>().ok();
            if bound("MinValue").is_some_and(|least| number < least) {
                return refuse(format!("must be a number not less than {}", text(parameter.at("MinValue"))));
            }
            if bound("MaxValue").is_some_and(|most| number > most) {
                return refuse(format!(
                    "must be a number not greater than {}",
                    text(parameter.at("MaxValue"))
                ));
            }
        }
        let length = part.chars().count() as i64;
        let bound = |member: &str| text(parameter.at(member)).parse::<i64>().ok();
        if bound("MinLength").is_some_and(|least| length < least) {
            return refuse(format!("must contain at least {} characters", text(parameter.at("MinLength"))));
        }
        if bound("MaxLength").is_some_and(|most| length > most) {
            return refuse(format!("must contain at most {} characters", text(parameter.at("MaxLength"))));
        }
        let pattern = parameter.str_at("AllowedPattern");
        let fits = regex_lite::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|re| re.is_match(part));
        if !pattern.is_empty() && !fits {
            return refuse(format!("must match pattern {pattern}"));
        }
    }
    Ok(())
}

/// What `Ref` to a parameter means: text, a list, or the value of the Systems Manager parameter it names.
pub(super) fn meaning(places: &Places<'_>, kind: &str, value: &str) -> Result<Value, ServiceError> {
    if kind.starts_with("AWS::SSM::Parameter::Value") {
        let input = json!({"Name": value});
        let found = ssm::get(places, &input).map_err(|_| {
            invalid(format!("Unable to fetch parameters [{value}] from parameter store for this account."))
        })?;
        return Ok(found.at("Parameter/Value").clone());
    }
    if kind == "CommaDelimitedList" || kind.starts_with("List<") {
        let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
        return Ok(parts.map(Value::from).collect::<Vec<_>>().into());
    }
    Ok(Value::from(value))
}

/// The parameters as answers list them; what is secret stays so.
pub(super) fn shown(template: &Value, values: &BTreeMap<String, String>) -> Vec<Value> {
    let secret = |key: &str| {
        let said = template.at("Parameters").get(key).map(|p| text(p.at("NoEcho"))).unwrap_or_default();
        said == "true"
    };
    let pair = |(key, value): (&String, &String)| json!({"ParameterKey": (key.as_str()), "ParameterValue": (if secret(key) { "****" } else { value.as_str() })});
    values.iter().map(pair).collect()
}

/// The parameters as a template declares them, for `ValidateTemplate` and `GetTemplateSummary`.
pub(super) fn declared(template: &Value, with_types: bool) -> Vec<Value> {
    let entry = |(key, parameter): (&str, &Value)| {
        let mut entry = json!({"ParameterKey": key});
        if let Some(default) = parameter.get("Default") {
            entry.set("DefaultValue", text(default));
        }
        entry.set("NoEcho", text(parameter.at("NoEcho")) == "true");
        if !parameter.str_at("Description").is_empty() {
            entry.set("Description", parameter.str_at("Description"));
        }
        if with_types {
            entry.set("ParameterType", parameter.str_at("Type"));
            let allowed = parameter.items_at("AllowedValues");
            let mut constraints = Value::object();
            if !allowed.is_empty() {
                constraints
                    .set("AllowedValues", allowed.iter().map(|a| Value::from(text(a))).collect::<Vec<_>>());
            }
            entry.set("ParameterConstraints", constraints);
        }
        entry
    };
    template.at("Parameters").map().iter().map(entry).collect()
}
