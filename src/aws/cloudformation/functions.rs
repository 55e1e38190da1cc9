//! Intrinsic functions: what the values of a template come to.

use super::super::{Places, ServiceError};
use super::parameters::text;
use super::template::{as_function, invalid, placeholders};
use crate::machinery::{Value, base64};
use std::collections::BTreeMap;

/// What is known while a stack is made.
pub(super) struct Scope<'a> {
    /// The stores behind, the region, the account.
    pub places: &'a Places<'a>,
    /// The template.
    pub template: &'a Value,
    /// Name and id of the stack.
    pub stack: (&'a str, &'a str),
    /// What `Ref` to a parameter means.
    pub parameters: BTreeMap<String, Value>,
    /// What `Ref` to a resource means, once it is made.
    pub physical: BTreeMap<String, String>,
    /// Attributes of resources that are made.
    pub attributes: BTreeMap<String, Value>,
    /// Names and values that other stacks export.
    pub exports: BTreeMap<String, String>,
}

type Answer = Result<Value, ServiceError>;

fn error(what: impl std::fmt::Display) -> ServiceError {
    invalid(format!("Template error: {what}"))
}

impl Scope<'_> {
    /// A value with its functions worked out. What comes to `AWS::NoValue` is null, and left out of maps and lists.
    pub(super) fn value(&self, value: &Value) -> Answer {
        if let Some((name, argument)) = as_function(value) {
            return self.function(name, argument);
        }
        match value {
            Value::Map(map) => {
                let mut out = Value::object();
                for (key, member) in map.iter() {
                    let member = self.value(member)?;
                    if !member.is_null() {
                        out.map_mut().insert(key, member);
                    }
                }
                Ok(out)
            }
            Value::List(items) => {
                let items: Result<Vec<Value>, ServiceError> =
                    items.iter().map(|item| self.value(item)).collect();
                Ok(items?.into_iter().filter(|item| !item.is_null()).collect::<Vec<_>>().into())
            }
            other => Ok(other.clone()),
        }
    }

    fn text(&self, value: &Value) -> Result<String, ServiceError> {
        Ok(text(&self.value(value)?))
    }

    fn list(&self, function: &str, value: &Value) -> Result<Vec<Value>, ServiceError> {
        match self.value(value)? {
            Value::List(items) => Ok(items.to_vec()),
            _ => Err(error(format_args!("every {function} object requires a list"))),
        }
    }

    fn function(&self, name: &str, argument: &Value) -> Answer {
        let parts = argument.items();
        match name {
            "Ref" => self.reference(argument.as_str().unwrap_or_default()),
            "Condition" => self.condition(argument.as_str().unwrap_or_default()).map(Value::from),
            "Fn::GetAtt" => self.attribute_of(argument),
            "Fn::Sub" => self.substitute(argument),
            "Fn::Join" => self.join(parts),
            "Fn::Split" => self.split(parts),
            "Fn::Select" => self.select(parts),
            "Fn::FindInMap" => self.find_in_map(parts),
            "Fn::GetAZs" => {
                let region = match self.text(argument)? {
                    empty if empty.is_empty() => self.places.region.clone(),
                    region => region,
                };
                Ok(["a", "b", "c"].map(|zone| Value::from(format!("{region}{zone}"))).to_vec().into())
            }
            "Fn::Base64" => Ok(base64::encode(self.text(argument)?).into()),
            "Fn::If" => match parts {
                [condition, yes, no] => {
                    let holds = self.condition(condition.as_str().unwrap_or_default())?;
                    self.value(if holds { yes } else { no })
                }
                _ => Err(error("Fn::If requires a list argument with three elements")),
            },
            "Fn::Equals" => match parts {
                [a, b] => Ok((self.text(a)? == self.text(b)?).into()),
                _ => Err(error("Fn::Equals requires a list argument with two elements")),
            },
            "Fn::And" => self.truths(parts).map(|truths| truths.into_iter().all(|holds| holds).into()),
            "Fn::Or" => self.truths(parts).map(|truths| truths.into_iter().any(|holds| holds).into()),
            "Fn::Not" => match parts {
                [part] => Ok((!self.truth(part)?).into()),
                _ => Err(error("Fn::Not requires a list argument with one element")),
            },
            "Fn::ImportValue" => {
                let name = self.text(argument)?;
                let value = self.exports.get(&name).map(|value| Value::from(value.as_str()));
                value.ok_or_else(|| invalid(format!("No export named {name} found.")))
            }
            "Fn::Cidr" => self.blocks(parts),
            other => Err(error(format_args!("{other} is not simulated by kubetick"))),
        }
    }

    fn join(&self, parts: &[Value]) -> Answer {
        let [delimiter, list] = parts else {
            return Err(error(
                "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
            ));
        };
        let items: Vec<String> = self.list("Fn::Join", list)?.iter().map(text).collect();
        Ok(items.join(delimiter.as_str().unwrap_or_default()).into())
    }

    fn split(&self, parts: &[Value]) -> Answer {
        let [delimiter, source] = parts else {
            return Err(error(
                "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.",
            ));
        };
        let source = self.text(source)?;
        let pieces = source.split(delimiter.as_str().unwrap_or_default()).map(Value::from);
        Ok(pieces.collect::<Vec<_>>().into())
    }

    fn select(&self, parts: &[Value]) -> Answer {
        let [index, list] = parts else {
            return Err(error(
                "every Fn::Select object requires two parameters, the first is a selection index and the second is a list",
            ));
        };
        let index = self.text(index)?;
        let items = self.list("Fn::Select", list)?;
        let item = index.parse::<usize>().ok().and_then(|i| items.get(i).cloned());
        item.ok_or_else(|| error(format_args!("Fn::Select cannot select nonexistent value at index {index}")))
    }

    fn truth(&self, part: &Value) -> Result<bool, ServiceError> {
        Ok(self.value(part)?.as_bool().unwrap_or(false))
    }

    /// Every part is worked out, also where one decides: an error in any of them is told.
    fn truths(&self, parts: &[Value]) -> Result<Vec<bool>, ServiceError> {
        parts.iter().map(|part| self.truth(part)).collect()
    }

    fn reference(&self, name: &str) -> Answer {
        let text = match name {
            "AWS::NoValue" => return Ok(Value::Null),
            "AWS::NotificationARNs" => return Ok(Value::array()),
            "AWS::AccountId" => self.places.account_id(),
            "AWS::Partition" => "aws".to_string(),
            "AWS::Region" => self.places.region.clone(),
            "AWS::URLSuffix" => "amazonaws.com".to_string(),
            "AWS::StackName" => self.stack.0.to_string(),
            "AWS::StackId" => self.stack.1.to_string(),
            name => match self.parameters.get(name) {
                Some(value) => return Ok(value.clone()),
                None => self.physical.get(name).cloned().ok_or_else(|| {
                    invalid(format!(
                        "Template format error: Unresolved resource dependencies [{name}] in the Resources block of the template"
                    ))
                })?,
            },
        };
        Ok(text.into())
    }

    /// `Fn::GetAtt`: of a list of words, or of one with a dot in it.
    fn attribute_of(&self, argument: &Value) -> Answer {
        if let Value::List(list) = argument
            && let [resource, attribute @ ..] = list.as_slice()
            && !attribute.is_empty()
        {
            let attribute: Result<Vec<String>, ServiceError> =
                attribute.iter().map(|part| self.text(part)).collect();
            return self.attribute(resource.as_str().unwrap_or_default(), &attribute?.join("."));
        }
        match argument.as_str().and_then(|text| text.split_once('.')) {
            Some((resource, attribute)) => self.attribute(resource, attribute),
            None => Err(error(
                "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
            )),
        }
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Answer {
        let found = self.attributes.get(resource).and_then(|all| all.map().get(attribute).cloned());
        found.ok_or_else(|| {
            let kind =
                self.template.at("Resources").get(resource).map(|r| r.str_at("Type")).unwrap_or_default();
            error(format_args!(
                "resource {resource} does not support attribute type {attribute} in Fn::GetAtt ({kind})"
            ))
        })
    }

    /// Whether a condition of the template holds.
    pub(super) fn condition(&self, name: &str) -> Result<bool, ServiceError> {
        match self.template.at("Conditions").get(name) {
            Some(condition) => Ok(self.value(condition)?.as_bool().unwrap_or(false)),
            None => Err(error(format_args!("unresolved condition dependency: {name}"))),
        }
    }

    fn substitute(&self, argument: &Value) -> Answer {
        let (source, own) = match argument {
            Value::List(parts) => (parts.first().and_then(Value::as_str), parts.get(1)),
            other => (other.as_str(), None),
        };
        let Some(source) = source else {
            return Err(error(
                "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
            ));
        };
        let mut out = source.to_string();
        for name in placeholders(source) {
            let value = match own.and_then(|own| own.get(&name)) {
                Some(value) => self.value(value)?,
                None => match name.split_once('.') {
                    Some((resource, attribute)) => self.attribute(resource, attribute)?,
                    None => self.reference(&name)?,
                },
            };
            // Blanks may stand around the name.
            for written in [format!("${{{name}}}"), format!("${{ {name} }}")] {
                out = out.replace(&written, &text(&value));
            }
        }
        Ok(out.replace("${!", "${").into())
    }

    fn find_in_map(&self, parts: &[Value]) -> Answer {
        let [map, first, second, ..] = parts else {
            return Err(error(
                "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value",
            ));
        };
        let (map, first, second) = (self.text(map)?, self.text(first)?, self.text(second)?);
        let found =
            self.template.at("Mappings").get(&map).and_then(|m| m.get(&first)).and_then(|m| m.get(&second));
        found
            .cloned()
            .ok_or_else(|| error(format_args!("Unable to get mapping for {map}::{first}::{second}")))
    }

    /// `Fn::Cidr`: so many blocks with so many bits for hosts, from the start of one.
    fn blocks(&self, parts: &[Value]) -> Answer {
        let refuse = || error("every Fn::Cidr object requires an ipBlock, a count and cidrBits");
        let [block, count, bits, ..] = parts else { return Err(refuse()) };
        let (block, count, bits) = (self.text(block)?, self.text(count)?, self.text(bits)?);
        let (address, _) = block.split_once('/').ok_or_else(refuse)?;
        let base: u32 = address.parse::<std::net::Ipv4Addr>().map_err(|_| refuse())?.into();
        let count: u32 = count.parse().ok().filter(|n| (1..=256).contains(n)).ok_or_else(refuse)?;
        let bits: u32 = bits.parse().ok().filter(|n| (1..32).contains(n)).ok_or_else(refuse)?;
        let at = |i: u32| {
            let address = std::net::Ipv4Addr::from(base.wrapping_add(i << bits));
            Value::from(format!("{address}/{}", 32 - bits))
        };
        Ok((0..count).map(at).collect::<Vec<_>>().into())
    }
}
