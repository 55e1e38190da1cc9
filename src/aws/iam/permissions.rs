//! What a role may do: the documents of its policies, read as IAM evaluates identity-based policies. A deny wins; what
//! no statement allows is refused.

use super::super::Places;
use super::super::provision::policies_of_nodes;
use super::super::state::{self, GROUP, ROLE};
use super::links::POLICIES_OF_ROLE;
use super::policies::document_of;
use crate::machinery::{Value, wildcard};

/// What somebody wants to do.
pub struct Ask<'a> {
    /// `autoscaling:SetDesiredCapacity`.
    pub action: &'a str,
    /// The ARN it is done to; `*` where the action has none.
    pub resource: &'a str,
    /// Tags of that resource, for conditions: `Key` and `Value`.
    pub tags: &'a [Value],
}

/// Whether a role's policies allow it.
pub fn allows(places: &Places<'_>, role: &str, ask: &Ask<'_>) -> bool {
    let documents = documents(places, role);
    let mut allowed = false;
    for statement in documents.iter().flat_map(|d| one_or_many(d.at("Statement"))) {
        if applies(statement, ask) {
            if statement.str_at("Effect") == "Deny" {
                return false;
            }
            allowed = true;
        }
    }
    allowed
}

/// The documents of a role's policies. The nodes of a cluster the account has not heard of yet have what eksctl gives them.
fn documents(places: &Places<'_>, role: &str) -> Vec<Value> {
    let Some(kept) = state::find(places.account, ROLE, role) else {
        let groups = places.list(GROUP);
        let of_role = groups
            .iter()
            .map(|g| g.at("spec/kubetick/nodeGroup"))
            .find(|d| d.str_at("role").rsplit('/').next() == Some(role));
        let arns = of_role.map(policies_of_nodes).unwrap_or_default();
        return arns.iter().filter_map(|arn| document_of(places, arn)).collect();
    };
    let attached = POLICIES_OF_ROLE.of(&kept).iter().filter_map(Value::as_str);
    let mut documents: Vec<Value> = attached.filter_map(|arn| document_of(places, arn)).collect();
    documents.extend(kept.map_at("spec/kubetick/inline").values().cloned());
    documents
}

pub(super) fn one_or_many(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::List(list) => list,
        one => std::slice::from_ref(one),
    }
}

fn applies(statement: &Value, ask: &Ask<'_>) -> bool {
    let any = |member: &str, fits: &dyn Fn(&str) -> bool| {
        one_or_many(statement.at(member)).iter().filter_map(Value::as_str).any(fits)
    };
    let action = ask.action.to_lowercase();
    let fits_action = |pattern: &str| wildcard::fits(&pattern.to_lowercase(), &action);
    let fits_resource =
        |pattern: &str| wildcard::fits(pattern, ask.resource) || ask.resource == "*" && pattern == "*";
    let action_fits = match statement.get("NotAction") {
        Some(_) => !any("NotAction", &fits_action),
        None => any("Action", &fits_action),
    };
    let resource_fits = match statement.get("NotResource") {
        Some(_) => !any("NotResource", &fits_resource),
        None => any("Resource", &fits_resource),
    };
    action_fits && resource_fits && conditions_hold(statement.at("Condition"), ask)
}

/// Conditions on the tags of the resource. Other keys are about circumstances that do not exist here: they do not hold.
fn conditions_hold(conditions: &Value, ask: &Ask<'_>) -> bool {
    hold(conditions, &|key| {
        let (_, tag) = key.split_once("ResourceTag/")?;
        ask.tags.iter().find(|t| t.str_at("Key") == tag).map(|t| t.str_at("Value").to_string())
    })
}

/// Whether a `Condition` holds, given the values of the keys there are. The operators are those on strings.
pub(super) fn hold(conditions: &Value, value_of: &dyn Fn(&str) -> Option<String>) -> bool {
    conditions.map().iter().all(|(operator, keys)| {
        keys.map().iter().all(|(key, wanted)| {
            let Some(value) = value_of(key) else {
                return operator.starts_with("StringNot") || operator.ends_with("IfExists");
            };
            let value = value.as_str();
            let any =
                |fits: &dyn Fn(&str) -> bool| one_or_many(wanted).iter().filter_map(Value::as_str).any(fits);
            match operator.trim_end_matches("IfExists") {
                "StringEquals" => any(&|w| w == value),
                "StringEqualsIgnoreCase" => any(&|w| w.eq_ignore_ascii_case(value)),
                "StringLike" => any(&|w| wildcard::fits(w, value)),
                "StringNotEquals" => !any(&|w| w == value),
                "StringNotLike" => !any(&|w| wildcard::fits(w, value)),
                _ => false,
            }
        })
    })
}
