//! Templates: reading them, and what is wrong with one that cannot be used.

use super::super::ServiceError;
use crate::machinery::{Value, yaml};
use std::collections::{BTreeMap, BTreeSet};

/// The sections a template may have.
const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// What a template may refer to beside its parameters and resources.
pub(super) const PSEUDO: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::invalid("ValidationError", message)
}

fn format_error(what: impl std::fmt::Display) -> ServiceError {
    invalid(format!("Template format error: {what}"))
}

/// Reads a template of a request and checks it as far as that needs no parameters.
pub(super) fn read(input: &Value) -> Result<Value, ServiceError> {
    if !input.str_at("TemplateURL").is_empty() {
        return Err(invalid("TemplateURL must reference a valid S3 object to which you have access."));
    }
    let body = input.str_at("TemplateBody");
    if body.is_empty() {
        return Err(invalid("Either Template URL or Template Body must be specified."));
    }
    let template = parse(body)?;
    check(&template)?;
    Ok(template)
}

/// JSON, or YAML with CloudFormation's short forms.
pub(super) fn parse(body: &str) -> Result<Value, ServiceError> {
    let template = if body.trim_start().starts_with('{') {
        Value::parse(body).map_err(|e| {
            format_error(format_args!("JSON not well-formed. (line {}, column {})", e.line(), e.column()))
        })?
    } else {
        yaml::read_tagged(body, &short_form).map_err(|e| {
            let (line, column) = e.place();
            format_error(format_args!("YAML not well-formed. (line {line}, column {column})"))
        })?
    };
    match template {
        Value::Map(_) => Ok(template),
        _ => Err(format_error("unsupported structure.")),
    }
}

/// `!Ref x` is `Ref: x`, `!GetAtt a.b` is `Fn::GetAtt: [a, b]`.
fn short_form(tag: &str, node: Value) -> Value {
    let key = match tag {
        "Ref" | "Condition" => tag.to_string(),
        name => format!("Fn::{name}"),
    };
    let node = match (tag, node.as_str().and_then(|text| text.split_once('.'))) {
        ("GetAtt", Some((resource, attribute))) => vec![Value::from(resource), Value::from(attribute)].into(),
        _ => node,
    };
    function(&key, node)
}

fn function(key: &str, argument: Value) -> Value {
    let mut map = Value::object();
    map.map_mut().insert(key, argument);
    map
}

/// The function a value is: its name and argument.
pub(super) fn as_function(value: &Value) -> Option<(&str, &Value)> {
    let map = value.as_map().filter(|map| map.len() == 1)?;
    map.iter().next().filter(|(key, _)| *key == "Ref" || *key == "Condition" || key.starts_with("Fn::"))
}

fn check(template: &Value) -> Result<(), ServiceError> {
    let unknown: Vec<&str> = template.map().keys().filter(|key| !SECTIONS.contains(key)).collect();
    if !unknown.is_empty() {
        return Err(invalid(format!("Invalid template property or properties [{}]", unknown.join(", "))));
    }
    if let Some(version) =
        template.get("AWSTemplateFormatVersion").filter(|v| v.as_str() != Some("2010-09-09"))
    {
        let shown = version.as_str().map_or_else(|| version.to_json(), str::to_string);
        return Err(invalid(format!(
            "Template format error: {shown} is not a supported value for AWSTemplateFormatVersion."
        )));
    }
    if template.get("Transform").is_some() {
        return Err(invalid("Transforms are not simulated by kubetick"));
    }
    let resources = template.at("Resources").map();
    if resources.is_empty() {
        return Err(format_error("At least one Resources member must be defined."));
    }
    for (name, parameter) in template.at("Parameters").map().iter() {
        if parameter.str_at("Type").is_empty() {
            return Err(format_error(format_args!(
                "Every Parameters object must contain a Type member. (Parameter {name})"
            )));
        }
    }
    let mut unrecognized = BTreeSet::new();
    for (name, resource) in resources.iter() {
        if !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(format_error(format_args!("Resource name {name} is non alphanumeric.")));
        }
        match resource.str_at("Type") {
            "" => {
                return Err(format_error(format_args!(
                    "[/Resources/{name}] Every Resources object must contain a Type member."
                )));
            }
            kind if kind.split("::").count() < 3 && !kind.starts_with("Custom::") => {
                unrecognized.insert(kind);
            }
            _ => {}
        }
    }
    if !unrecognized.is_empty() {
        let list = unrecognized.into_iter().collect::<Vec<_>>().join(", ");
        return Err(format_error(format_args!("Unrecognized resource types: [{list}]")));
    }
    check_references(template)?;
    order(template).map(drop)
}

/// Every name a template refers to has to be there.
fn check_references(template: &Value) -> Result<(), ServiceError> {
    let known = |name: &str| {
        PSEUDO.contains(&name)
            || template.at("Parameters").get(name).is_some()
            || template.at("Resources").get(name).is_some()
    };
    for section in ["Resources", "Outputs"] {
        let references = References::of(template.at(section));
        let missing: Vec<String> = references.names.iter().filter(|n| !known(n)).cloned().collect();
        if !missing.is_empty() {
            return Err(format_error(format_args!(
                "Unresolved resource dependencies [{}] in the {section} block of the template",
                missing.join(", ")
            )));
        }
        if let Some(name) = references.attributes.iter().find(|n| template.at("Resources").get(n).is_none()) {
            return Err(invalid(format!(
                "Template error: instance of Fn::GetAtt references undefined resource {name}"
            )));
        }
        let declared =
            template.at(section).map().values().map(|r| r.str_at("Condition")).filter(|c| !c.is_empty());
        let mut conditions: BTreeSet<&str> = references.conditions.iter().map(String::as_str).collect();
        conditions.extend(declared);
        let missing: Vec<&str> =
            conditions.into_iter().filter(|c| template.at("Conditions").get(c).is_none()).collect();
        if !missing.is_empty() {
            return Err(format_error(format_args!(
                "Unresolved condition dependency {} in the {section} block of the template",
                missing.join(", ")
            )));
        }
    }
    Ok(())
}

/// What a part of a template refers to.
#[derive(Default)]
struct References {
    names: BTreeSet<String>,
    attributes: BTreeSet<String>,
    conditions: BTreeSet<String>,
}

impl References {
    fn of(value: &Value) -> References {
        let mut references = References::default();
        references.collect(value);
        references
    }

    fn collect(&mut self, value: &Value) {
        match as_function(value) {
            Some(("Ref", name)) => drop(self.names.insert(name.as_str().unwrap_or_default().to_string())),
            Some(("Condition", name)) => {
                self.conditions.extend(name.as_str().map(str::to_string));
            }
            Some(("Fn::GetAtt", argument)) => {
                let name = match argument {
                    Value::List(parts) => parts.first().and_then(Value::as_str),
                    text => text.as_str().and_then(|t| t.split('.').next()),
                };
                self.attributes.extend(name.map(str::to_string));
            }
            Some(("Fn::Sub", argument)) => self.substitution(argument),
            Some(("Fn::If", argument)) => {
                self.conditions.extend(argument.items().first().and_then(Value::as_str).map(str::to_string));
                argument.items().iter().skip(1).for_each(|branch| self.collect(branch));
            }
            _ => match value {
                Value::List(items) => items.iter().for_each(|item| self.collect(item)),
                Value::Map(map) => map.values().for_each(|member| self.collect(member)),
                _ => {}
            },
        }
    }

    fn substitution(&mut self, argument: &Value) {
        let (text, own) = match argument {
            Value::List(parts) => (parts.first().and_then(Value::as_str), parts.get(1)),
            text => (text.as_str(), None),
        };
        if let Some(own) = own {
            own.map().values().for_each(|value| self.collect(value));
        }
        for name in placeholders(text.unwrap_or_default()) {
            if own.is_some_and(|own| own.get(&name).is_some()) {
                continue;
            }
            match name.split_once('.') {
                Some((resource, _)) => self.attributes.insert(resource.to_string()),
                None => self.names.insert(name),
            };
        }
    }
}

/// The names in `${...}` of a text for `Fn::Sub`; `${!literal}` is none.
pub(super) fn placeholders(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else { break };
        if !name.starts_with('!') {
            names.push(name.trim().to_string());
        }
        rest = behind;
    }
    names
}

/// Logical ids in an order in which every resource follows those it needs.
pub(super) fn order(template: &Value) -> Result<Vec<String>, ServiceError> {
    let all = needs(template);
    let mut left: BTreeSet<&str> = all.keys().map(String::as_str).collect();
    let mut order: Vec<String> = Vec::new();
    while !left.is_empty() {
        let free: Vec<&str> = left
            .iter()
            .copied()
            .filter(|name| !all[*name].iter().any(|need| left.contains(need.as_str())))
            .collect();
        if free.is_empty() {
            let list = left.into_iter().collect::<Vec<_>>().join(", ");
            return Err(invalid(format!("Circular dependency between resources: [{list}]")));
        }
        for name in free {
            left.remove(name);
            order.push(name.to_string());
        }
    }
    Ok(order)
}

/// What each resource needs of the others.
pub(super) fn needs(template: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let resources = template.at("Resources");
    let needs_of = |resource: &Value| {
        let references = References::of(resource.at("Properties"));
        let mut needs: BTreeSet<String> = references.names.into_iter().chain(references.attributes).collect();
        match resource.at("DependsOn") {
            Value::List(names) => needs.extend(names.iter().filter_map(Value::as_str).map(str::to_string)),
            name => needs.extend(name.as_str().map(str::to_string)),
        }
        needs.retain(|name| resources.get(name).is_some());
        needs
    };
    resources.map().iter().map(|(name, resource)| (name.to_string(), needs_of(resource))).collect()
}
