//! Node groups and add-ons.

use super::{Asked, Made, Making, call};
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
    let cluster = asked.properties.str_at("ClusterName").to_string();
    let named = asked.before.and_then(|id| id.split_once('/')).map(|(_, name)| name);
    let name = Asked { before: named, ..*asked }.name("NodegroupName", 63);
    input.set("nodegroupName", name.as_str());
    if asked.before.is_some() {
        let mut change = json!({"clusterName": (cluster.as_str()), "nodegroupName": (name.as_str())});
        change.set("scalingConfig", input.at("scalingConfig"));
        call(asked.places, "eks", "UpdateNodegroupConfig", change)?;
        let described = json!({"clusterName": (cluster.as_str()), "nodegroupName": (name.as_str())});
        let made = call(asked.places, "eks", "DescribeNodegroup", described)?;
        return Ok(node_group_made(&cluster, &name, &made));
    }
    let made = call(asked.places, "eks", "CreateNodegroup", input)?;
    Ok(node_group_made(&cluster, &name, &made))
}

fn node_group_made(cluster: &str, name: &str, made: &Value) -> Made {
    let id = format!("{cluster}/{name}");
    let arn = made.at("nodegroup/nodegroupArn");
    Made::new(id.clone(), json!({"Arn": arn, "ClusterName": cluster, "NodegroupName": name, "Id": id}))
}

pub(super) fn remove_node_group(places: &Places<'_>, id: &str, _: &Value) {
    if let Some((cluster, name)) = id.split_once('/') {
        let input = json!({"clusterName": cluster, "nodegroupName": name});
        let _ = call(places, "eks", "DeleteNodegroup", input);
    }
}

pub(super) fn addon(asked: &Asked<'_>) -> Making {
    let (cluster, name) = (asked.properties.str_at("ClusterName"), asked.properties.str_at("AddonName"));
    if asked.before.is_some() {
        let _ = call(asked.places, "eks", "DeleteAddon", json!({"clusterName": cluster, "addonName": name}));
    }
    let made = call(asked.places, "eks", "CreateAddon", small(asked.properties))?;
    Ok(Made::new(format!("{cluster}|{name}"), json!({"Arn": (made.at("addon/addonArn"))})))
}

pub(super) fn remove_addon(places: &Places<'_>, id: &str, _: &Value) {
    if let Some((cluster, name)) = id.split_once('|') {
        let _ = call(places, "eks", "DeleteAddon", json!({"clusterName": cluster, "addonName": name}));
    }
}
