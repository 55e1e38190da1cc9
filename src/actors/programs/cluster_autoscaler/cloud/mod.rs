//! AWS as the program sees it: the Auto Scaling groups as they were read last, and the calls that change them.

mod asg;
mod asg_template;
mod discovery;

pub use asg::{Asg, Instance, Source};
pub use asg_template::{group_options, node_of};
pub use discovery::{Discovery, Named};

use super::clock::process_time;
use super::journal::Journal;
use crate::aws::{Endpoint, Request, ServiceError};
use crate::json;
use crate::machinery::{Duration, Map, Object, Time, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Groups are read anew after so long.
const REFRESH: Duration = Duration::from_secs(60);
/// The code of a place that the group cannot fill.
const UNFULFILLABLE: &str = "placeholder-cannot-be-fulfilled";
/// Groups are asked for in portions.
const PAGE: i64 = 100;

/// The way to AWS: the door, and the region that is spoken to.
pub struct Client<'a> {
    /// The door.
    pub endpoint: &'a mut dyn Endpoint,
    /// `us-east-1`.
    pub region: String,
}

impl Client<'_> {
    /// Calls an operation. The error is the SDK's text.
    pub fn call(&mut self, service: &str, operation: &str, input: Value) -> Result<Value, String> {
        let request = Request {
            service: service.to_string(),
            operation: operation.to_string(),
            region: self.region.clone(),
            input,
        };
        self.endpoint.call(&request).map_err(|e| sdk_text(&e))
    }

    /// The pages of a list.
    fn pages(
        &mut self,
        service: &str,
        operation: &str,
        input: &Value,
        list: &str,
    ) -> Result<Vec<Value>, String> {
        let (mut all, mut token) = (Vec::new(), String::new());
        loop {
            let mut input = input.clone();
            if !token.is_empty() {
                input.set("NextToken", token.as_str());
            }
            let page = self.call(service, operation, input)?;
            all.extend(page.items_at(list).iter().cloned());
            token = page.str_at("NextToken").to_string();
            if token.is_empty() {
                return Ok(all);
            }
        }
    }
}

/// An error as the SDK prints it.
fn sdk_text(e: &ServiceError) -> String {
    format!(
        "{}: {}\n\tstatus code: {}, request id: 00000000-0000-0000-0000-000000000000",
        e.code, e.message, e.status
    )
}

/// The groups as they were read last.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Cloud {
    /// By name.
    pub groups: BTreeMap<String, Asg>,
    /// When they were read, in nanoseconds; 0 when never.
    refreshed: i64,
    /// They are to be read before the next loop.
    stale: bool,
    /// Instance types of launch templates and configurations.
    types: BTreeMap<String, String>,
    /// What EKS says of managed groups, in JSON.
    managed: BTreeMap<String, String>,
}

impl Cloud {
    /// Reads the groups when it is time to.
    pub fn refresh(
        &mut self,
        client: &mut Client<'_>,
        discovery: &Discovery,
        now: Time,
        started: Time,
        journal: &mut Journal,
    ) -> Result<(), String> {
        if self.refreshed != 0 && !self.stale && Time(self.refreshed) + REFRESH > now {
            return Ok(());
        }
        let result = self.regenerate(client, discovery, journal);
        if let Err(why) = result {
            journal.error("aws_manager.go:128", format!("Failed to regenerate ASG cache: {why}"));
            return Err(why);
        }
        self.refreshed = now.0;
        self.stale = false;
        let next = process_time(now + REFRESH, started);
        journal.info(2, "aws_manager.go:132", format!("Refreshed ASG list, next refresh after {next}"));
        Ok(())
    }

    fn regenerate(
        &mut self,
        client: &mut Client<'_>,
        discovery: &Discovery,
        journal: &mut Journal,
    ) -> Result<(), String> {
        let names: Vec<&str> = discovery.named.iter().map(|n| n.name.as_str()).collect();
        let text = format!("Regenerating instance to ASG map for ASG names: [{}]", names.join(" "));
        journal.info(4, "auto_scaling_groups.go:428", text);
        let tags: Vec<String> = discovery.tags.iter().map(|(k, v)| format!("{k}:{v}")).collect();
        let text = format!("Regenerating instance to ASG map for ASG tags: map[{}]", tags.join(" "));
        journal.info(4, "auto_scaling_groups.go:435", text);
        let mut found: BTreeMap<String, Asg> = BTreeMap::new();
        if !names.is_empty() {
            let list: Value = names.iter().map(|n| Value::from(*n)).collect();
            let input = json!({"AutoScalingGroupNames": list, "MaxRecords": PAGE});
            for v in client.pages("autoscaling", "DescribeAutoScalingGroups", &input, "AutoScalingGroups")? {
                let mut asg = Asg::parse(&v);
                if let Some(named) = discovery.named.iter().find(|n| n.name == asg.name) {
                    (asg.min, asg.max) = (named.min, named.max);
                }
                found.insert(asg.name.clone(), asg);
            }
        }
        if !discovery.tags.is_empty() {
            let filters: Value = discovery.tags.iter().map(|(key, value)| filter(key, value)).collect();
            let input = json!({"Filters": filters, "MaxRecords": PAGE});
            for v in client.pages("autoscaling", "DescribeAutoScalingGroups", &input, "AutoScalingGroups")? {
                let asg = Asg::parse(&v);
                found.entry(asg.name.clone()).or_insert(asg);
            }
        }
        for asg in found.values_mut() {
            match self.groups.get(&asg.name) {
                None => {
                    journal.info(1, "auto_scaling_groups.go:142", format!("Registering ASG {}", asg.name))
                }
                Some(known) => {
                    asg.asked = known.asked;
                    let text = format!(
                        "Updated ASG cache for {}. min/max/current is {}/{}/{}",
                        asg.name, asg.min, asg.max, asg.size
                    );
                    journal.info(4, "auto_scaling_groups.go:161", text);
                }
            }
            add_placeholders(asg, client, journal)?;
        }
        for gone in self.groups.keys().filter(|name| !found.contains_key(*name)) {
            journal.info(1, "auto_scaling_groups.go:175", format!("Unregistered ASG {gone}"));
        }
        self.groups = found;
        self.learn_types(client, journal);
        Ok(())
    }

    /// Asks for the instance types that launch templates and configurations stand for. A type that cannot be had leaves
    /// the group without template.
    fn learn_types(&mut self, client: &mut Client<'_>, journal: &mut Journal) {
        let sources: Vec<(String, Source)> =
            self.groups.values().map(|a| (a.name.clone(), a.source.clone())).collect();
        for (name, source) in sources {
            let Some(key) = type_key(&source).filter(|key| !self.types.contains_key(key)) else { continue };
            match instance_type(&source, client) {
                Ok(found) => drop(self.types.insert(key, found)),
                Err(why) => {
                    let text = format!("Failed to get ASG instance type for {name}: {why}");
                    journal.error("aws_wrapper.go:703", text);
                }
            }
        }
    }

    /// The instance type of a group.
    pub fn instance_type(&self, asg: &Asg) -> Option<String> {
        match &asg.source {
            Source::Type(name) => Some(name.clone()),
            source => self.types.get(&type_key(source)?).cloned(),
        }
    }

    /// The node that a group itself tells of, without looking at any that it has.
    pub fn provider_template(
        &mut self,
        group: &str,
        client: &mut Client<'_>,
        journal: &mut Journal,
    ) -> Option<Object> {
        let asg = self.groups.get(group)?.clone();
        let kind = self.instance_type(&asg)?;
        let managed = self.managed(&asg, client, journal);
        node_of(&asg, &kind, &managed, &format!("{group}-asg"))
    }

    /// What EKS says of a managed group; null for others.
    fn managed(&mut self, asg: &Asg, client: &mut Client<'_>, journal: &mut Journal) -> Value {
        let (Some(name), Some(cluster)) = (asg.tag("eks:nodegroup-name"), asg.tag("eks:cluster-name")) else {
            return Value::Null;
        };
        let key = format!("{cluster}/{name}");
        if !self.managed.contains_key(&key) {
            let input = json!({"clusterName": cluster, "nodegroupName": name});
            match client.call("eks", "DescribeNodegroup", input) {
                Ok(output) => drop(self.managed.insert(key.clone(), output.at("nodegroup").to_json())),
                Err(why) => {
                    let text = format!(
                        "Failed to get managed nodegroup info for nodegroup {name} in cluster {cluster}: {why}"
                    );
                    journal.warn("managed_nodegroup_cache.go:120", text);
                }
            }
        }
        self.managed.get(&key).and_then(|text| Value::parse(text).ok()).unwrap_or_default()
    }

    /// The group of an instance that nodes call so.
    pub fn group_of(&self, provider_id: &str) -> Option<&Asg> {
        let id = provider_id.rsplit('/').next().unwrap_or("");
        self.groups.values().find(|a| a.instances.iter().any(|i| i.id == id))
    }

    /// Instances to their groups.
    pub fn by_instance(&self) -> BTreeMap<&str, &str> {
        let mut index = BTreeMap::new();
        for asg in self.groups.values() {
            for instance in &asg.instances {
                index.insert(instance.id.as_str(), asg.name.as_str());
            }
        }
        index
    }

    /// Asks for a larger group.
    pub fn increase(
        &mut self,
        client: &mut Client<'_>,
        group: &str,
        delta: i64,
        now: Time,
        journal: &mut Journal,
    ) -> Result<(), String> {
        let Some(asg) = self.groups.get_mut(group) else { return Err(format!("no such group {group}")) };
        if delta <= 0 {
            return Err("size increase must be positive".into());
        }
        let size = asg.size + delta;
        if size > asg.max {
            return Err(format!("size increase too large - desired:{size} max:{}", asg.max));
        }
        set_size(asg, client, size, now, journal)
    }

    /// Ends an instance, and has the group not replace it.
    pub fn delete(
        &mut self,
        client: &mut Client<'_>,
        group: &str,
        instance: &str,
        now: Time,
        journal: &mut Journal,
    ) -> Result<(), String> {
        let Some(asg) = self.groups.get_mut(group) else { return Err(format!("no such group {group}")) };
        if asg.size <= asg.min {
            return Err("min size reached, nodes will not be deleted".into());
        }
        let known = asg.instances.iter().find(|i| i.id == instance).cloned().unwrap_or_default();
        if known.is_placeholder() {
            let real = asg.instances.iter().filter(|i| !i.is_placeholder()).count() as i64;
            let text = format!(
                "instance {instance} is detected as a placeholder, decreasing ASG requested size instead of deleting instance"
            );
            journal.info(4, "auto_scaling_groups.go:330", text);
            set_size(asg, client, real, now, journal)?;
            asg.instances.retain(|i| !i.is_placeholder());
        } else if !known.is_leaving() {
            let input = json!({"InstanceId": instance, "ShouldDecrementDesiredCapacity": true});
            let output = client.call("autoscaling", "TerminateInstanceInAutoScalingGroup", input)?;
            journal.info(4, "auto_scaling_groups.go:379", output.str_at("Activity/Description"));
            asg.size -= 1;
        }
        self.stale = true;
        journal.info(
            2,
            "aws_manager.go:164",
            "DeleteInstances was called: scheduling an ASG list refresh for next main loop evaluation",
        );
        Ok(())
    }
}

fn set_size(
    asg: &mut Asg,
    client: &mut Client<'_>,
    size: i64,
    now: Time,
    journal: &mut Journal,
) -> Result<(), String> {
    journal.info(0, "auto_scaling_groups.go:267", format!("Setting asg {} size to {size}", asg.name));
    let input = json!({
        "AutoScalingGroupName": asg.name.as_str(), "DesiredCapacity": size, "HonorCooldown": false,
    });
    client.call("autoscaling", "SetDesiredCapacity", input)?;
    asg.size = size;
    asg.asked = now.0;
    Ok(())
}

fn filter(key: &str, value: &str) -> Value {
    match value {
        "" => json!({"Name": "tag-key", "Values": [key]}),
        value => json!({"Name": (format!("tag:{key}")), "Values": [value]}),
    }
}

/// Places that are asked for and not filled count as instances; when the last attempt to fill them failed, they say so.
fn add_placeholders(asg: &mut Asg, client: &mut Client<'_>, journal: &mut Journal) -> Result<(), String> {
    let real = asg.instances.len() as i64;
    if asg.size <= real {
        return Ok(());
    }
    let text = format!(
        "Instance group {} has only {real} instances created while requested count is {}. Creating placeholder instances.",
        asg.name, asg.size
    );
    journal.info(4, "auto_scaling_groups.go:497", text);
    let failure = last_failure(asg, client)?;
    let zone = asg.zones.first().cloned().unwrap_or_default();
    for n in real..asg.size {
        let id = format!("i-placeholder-{}-{n}", asg.name);
        asg.instances.push(Instance {
            id,
            zone: zone.clone(),
            state: String::new(),
            failure: failure.clone(),
        });
    }
    Ok(())
}

/// Why the newest activity since the last request for a size failed, if it did.
fn last_failure(asg: &Asg, client: &mut Client<'_>) -> Result<Option<(String, String)>, String> {
    let input = json!({"AutoScalingGroupName": asg.name.as_str()});
    let output = client.call("autoscaling", "DescribeScalingActivities", input)?;
    let Some(newest) = output.items_at("Activities").first() else { return Ok(None) };
    let begun = match newest.at("StartTime") {
        Value::Str(text) => Time::parse(text).map_or(0, |t| t.0),
        number => number.as_f64().map_or(0, |secs| (secs * 1e9) as i64),
    };
    if newest.str_at("StatusCode") != "Failed" || begun < asg.asked {
        return Ok(None);
    }
    let message = newest.str_at("StatusMessage").to_string();
    Ok(Some((UNFULFILLABLE.to_string(), message)))
}

fn type_key(source: &Source) -> Option<String> {
    match source {
        Source::Template(id, name, version) => Some(format!("{id} {name} {version}")),
        Source::Configuration(name) => Some(name.clone()),
        Source::Requirements(text) => Some(text.clone()),
        Source::Type(_) | Source::Unknown => None,
    }
}

fn instance_type(source: &Source, client: &mut Client<'_>) -> Result<String, String> {
    match source {
        Source::Template(id, name, version) => {
            let mut input = Map::new();
            match id.as_str() {
                "" => drop(input.insert("LaunchTemplateName", name.as_str())),
                id => drop(input.insert("LaunchTemplateId", id)),
            }
            input.insert("Versions", json!([version.as_str()]));
            let output = client.call("ec2", "DescribeLaunchTemplateVersions", Value::from(input))?;
            let data = output.at("LaunchTemplateVersions").items().first().cloned().unwrap_or_default();
            match data.str_at("LaunchTemplateData/InstanceType") {
                "" => Err(format!("unable to find instance type using launch template {name}{id}")),
                found => Ok(found.to_string()),
            }
        }
        Source::Configuration(name) => {
            let input = json!({"LaunchConfigurationNames": [name.as_str()]});
            let output = client.call("autoscaling", "DescribeLaunchConfigurations", input)?;
            let first = output.items_at("LaunchConfigurations").first().cloned().unwrap_or_default();
            match first.str_at("InstanceType") {
                "" => Err(format!("no launch configuration {name}")),
                found => Ok(found.to_string()),
            }
        }
        Source::Requirements(text) => {
            let requirements = Value::parse(text).map_err(|e| e.to_string())?;
            let input = json!({
                "ArchitectureTypes": ["x86_64"], "VirtualizationTypes": ["hvm"],
                "InstanceRequirements": requirements,
            });
            let output = client.call("ec2", "GetInstanceTypesFromInstanceRequirements", input)?;
            let first = output.items_at("InstanceTypes").first().cloned().unwrap_or_default();
            match first.str_at("InstanceType") {
                "" => Err("no instance types found for requirements".into()),
                found => Ok(found.to_string()),
            }
        }
        Source::Type(name) => Ok(name.clone()),
        Source::Unknown => Err("unable to get instance type from launch config or launch template".into()),
    }
}
