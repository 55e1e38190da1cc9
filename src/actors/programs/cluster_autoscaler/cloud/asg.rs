//! Auto Scaling groups as they were read last.

use crate::machinery::Value;
use serde::{Deserialize, Serialize};

/// An instance of a group, or a place that the group has not filled yet.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Instance {
    /// `i-0123456789abcdef0`, or `i-placeholder-GROUP-N`.
    pub id: String,
    /// Its zone.
    pub zone: String,
    /// `InService`, ...
    pub state: String,
    /// Why the place cannot be filled: code and message.
    pub failure: Option<(String, String)>,
}

impl Instance {
    /// What nodes call it.
    pub fn provider_id(&self) -> String {
        format!("aws:///{}/{}", self.zone, self.id)
    }

    /// Whether it only stands for an instance to come.
    pub fn is_placeholder(&self) -> bool {
        self.id.starts_with("i-placeholder-")
    }

    /// Whether it is on its way out.
    pub fn is_leaving(&self) -> bool {
        matches!(
            self.state.as_str(),
            "Terminated" | "Terminating" | "Terminating:Wait" | "Terminating:Proceed"
        )
    }
}

/// A group.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Asg {
    /// Its name.
    pub name: String,
    /// Fewest instances.
    pub min: i64,
    /// Most instances.
    pub max: i64,
    /// The size that is asked for.
    pub size: i64,
    /// Its zones.
    pub zones: Vec<String>,
    /// Its instances.
    pub instances: Vec<Instance>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// What it launches: `launchTemplate ID VERSION`, `launchConfiguration NAME`, or an instance type.
    pub source: Source,
    /// When the program last asked for another size, in nanoseconds.
    pub asked: i64,
}

/// What tells the instance type of a group.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Source {
    /// Nothing.
    #[default]
    Unknown,
    /// The type itself.
    Type(String),
    /// A launch template: id, name, version.
    Template(String, String, String),
    /// A launch configuration.
    Configuration(String),
    /// Requirements that types meet, as the API takes them, in JSON.
    Requirements(String),
}

impl Asg {
    /// Reads what `DescribeAutoScalingGroups` says of a group.
    pub fn parse(v: &Value) -> Asg {
        let text = |v: &Value, field: &str| v.str_at(field).to_string();
        Asg {
            name: text(v, "AutoScalingGroupName"),
            min: v.int_at("MinSize").unwrap_or(0),
            max: v.int_at("MaxSize").unwrap_or(0),
            size: v.int_at("DesiredCapacity").unwrap_or(0),
            zones: v
                .items_at("AvailabilityZones")
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_string)
                .collect(),
            instances: v
                .items_at("Instances")
                .iter()
                .map(|i| Instance {
                    id: text(i, "InstanceId"),
                    zone: text(i, "AvailabilityZone"),
                    state: text(i, "LifecycleState"),
                    failure: None,
                })
                .collect(),
            tags: v.items_at("Tags").iter().map(|t| (text(t, "Key"), text(t, "Value"))).collect(),
            source: source(v),
            asked: 0,
        }
    }

    /// A tag's value.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}

/// The launch configuration, the launch template, or the first of a mixed policy's overrides.
fn source(v: &Value) -> Source {
    let template = |t: &Value| {
        let version = t.at("Version").as_str().filter(|v| !v.is_empty()).unwrap_or("$Default");
        Source::Template(
            t.str_at("LaunchTemplateId").to_string(),
            t.str_at("LaunchTemplateName").to_string(),
            version.to_string(),
        )
    };
    if !v.str_at("LaunchConfigurationName").is_empty() {
        return Source::Configuration(v.str_at("LaunchConfigurationName").to_string());
    }
    if !v.at("LaunchTemplate").is_null() {
        return template(v.at("LaunchTemplate"));
    }
    let mixed = v.at("MixedInstancesPolicy/LaunchTemplate");
    if mixed.is_null() {
        return Source::Unknown;
    }
    match mixed.items_at("Overrides").first() {
        Some(first) if !first.str_at("InstanceType").is_empty() => {
            Source::Type(first.str_at("InstanceType").to_string())
        }
        Some(first) if !first.at("InstanceRequirements").is_null() => {
            Source::Requirements(first.at("InstanceRequirements").to_json())
        }
        _ => template(mixed.at("LaunchTemplateSpecification")),
    }
}
