//! Node groups and add-ons.

use super::{Asked, Made, Making, call, chosen};
use crate::aws::Places;
use crate::json;
use crate::machinery::Value;

/// The members of EKS' requests begin with small letters.
fn small(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let mut out = Value::object();
            for (key, member) in map.iter() {
                // Labels and tags are the customer's words.
                let member = if matches!(key, "Labels" | "Tags") { member.clone() } else { small(member) };
                let mut letters = key.chars();
                let first = letters.next().map(|c| c.to_ascii_lowercase()).into_iter();
                out.map_mut().insert(&first.chain(letters).collect::<String>(), member);
            }
            out
        }
        Value::List(items) => items.iter().map(small).collect::<Vec<_>>().into(),
        Value::Str(text) => text.parse::<i64>().map_or_else(|_| value.clone(), Value::from),
        other => other.clone(),
    }
}

pub(super) fn node_group(asked: &Asked<'_>) -> Making {
    let mut input = small(asked.properties);
    let cluster = asked.properties.str_at("ClusterName");
    let named = asked.before.and_then(|id| id.split_once('/')).map(|(_, name)| name);
    let name = Asked { before: named, ..*asked }.name("NodegroupName", 63);
    input.set("nodegroupName", name.as_str());
    let id = format!("{cluster}/{name}");
    if asked.before == Some(&id) {
        let mut change = chosen(&input, &["clusterName", "nodegroupName", "scalingConfig", "updateConfig"]);
        change.set("labels", change_of_labels(asked.old.at("Labels"), asked.properties.at("Labels")));
        call(asked.places, "eks", "UpdateNodegroupConfig", change)?;
    } else {
        call(asked.places, "eks", "CreateNodegroup", input)?;
    }
    let named = json!({"clusterName": cluster, "nodegroupName": (name.as_str())});
    let made = call(asked.places, "eks", "DescribeNodegroup", named)?;
    let arn = made.at("nodegroup/nodegroupArn");
    Ok(Made::new(id.clone(), json!({"Arn": arn, "ClusterName": cluster, "NodegroupName": name, "Id": id})))
}

fn change_of_labels(old: &Value, new: &Value) -> Value {
    let added = new.map().iter().filter(|(key, value)| old.map().get(key) != Some(value));
    let removed = old.map().iter().filter(|(key, _)| new.map().get(key).is_none());
    json!({
        "addOrUpdateLabels": (added.map(|(key, value)| (key, value.clone())).collect::<Value>()),
        "removeLabels": (removed.map(|(key, _)| Value::from(key)).collect::<Vec<_>>()),
    })
}

pub(super) fn remove_node_group(places: &Places<'_>, id: &str, _: &Value) {
    if let Some((cluster, name)) = id.split_once('/') {
        let input = json!({"clusterName": cluster, "nodegroupName": name});
        let _ = call(places, "eks", "DeleteNodegroup", input);
    }
}

pub(super) fn addon(asked: &Asked<'_>) -> Making {
    let (cluster, name) = (asked.properties.str_at("ClusterName"), asked.properties.str_at("AddonName"));
    let id = format!("{cluster}|{name}");
    let operation = if asked.before == Some(&id) { "UpdateAddon" } else { "CreateAddon" };
    call(asked.places, "eks", operation, small(asked.properties))?;
    let named = json!({"clusterName": cluster, "addonName": name});
    let made = call(asked.places, "eks", "DescribeAddon", named)?;
    Ok(Made::new(id, json!({"Arn": (made.at("addon/addonArn"))})))
}

pub(super) fn remove_addon(places: &Places<'_>, id: &str, _: &Value) {
    if let Some((cluster, name)) = id.split_once('|') {
        let _ = call(places, "eks", "DeleteAddon", json!({"clusterName": cluster, "addonName": name}));
    }
}
