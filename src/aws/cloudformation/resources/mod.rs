//! The things a stack may hold: how each is made, named and removed. What another service keeps is made by that service's
//! own operation, as if a client had called it. A file a service.

mod autoscaling;
mod ec2;
mod eks;
mod iam;
mod ssm;

use super::physical_name;
use super::stored;
use crate::aws::door::Door;
use crate::aws::{Endpoint, Places, Request, ServiceError};
use crate::machinery::Value;

/// One resource of a stack that is to be made.
pub(super) struct Asked<'a> {
    /// The stores behind.
    pub places: &'a Places<'a>,
    /// The stack's name.
    pub stack: &'a str,
    /// The resource's name in the template.
    pub logical: &'a str,
    /// `AWS::IAM::Role`.
    pub kind: &'a str,
    /// Its properties, functions worked out.
    pub properties: &'a Value,
    /// The physical id of the version before, for one that is updated.
    pub before: Option<&'a str>,
    /// The properties of that version.
    pub old: &'a Value,
}

/// A resource that was made.
#[derive(Default)]
pub(super) struct Made {
    /// What `Ref` gives.
    pub physical: String,
    /// What `Fn::GetAtt` gives.
    pub attributes: Value,
}

impl Made {
    pub(super) fn new(physical: impl Into<String>, attributes: Value) -> Made {
        Made { physical: physical.into(), attributes }
    }
}

type Making = Result<Made, ServiceError>;

/// What makes a type, what removes it (given its physical id and its properties), and how many seconds its making takes.
struct Type {
    name: &'static str,
    make: fn(&Asked<'_>) -> Making,
    remove: fn(&Places<'_>, &str, &Value),
    seconds: i64,
    /// A change is made to the thing itself, if it keeps its physical id; else the old version goes before the new one comes.
    in_place: bool,
}

#[rustfmt::skip]
const TYPES: &[Type] = &[
    Type { name: "AWS::AutoScaling::AutoScalingGroup", make: autoscaling::group, remove: autoscaling::remove_group, seconds: 30, in_place: true },
    Type { name: "AWS::AutoScaling::LifecycleHook", make: autoscaling::lifecycle_hook, remove: autoscaling::remove_lifecycle_hook, seconds: 3, in_place: true },
    Type { name: "AWS::AutoScaling::ScalingPolicy", make: autoscaling::scaling_policy, remove: autoscaling::remove_scaling_policy, seconds: 5, in_place: false },
    Type { name: "AWS::AutoScaling::ScheduledAction", make: autoscaling::scheduled_action, remove: autoscaling::remove_scheduled_action, seconds: 5, in_place: false },
    Type { name: "AWS::AutoScaling::WarmPool", make: autoscaling::warm_pool, remove: autoscaling::remove_warm_pool, seconds: 5, in_place: true },
    Type { name: "AWS::EC2::Instance", make: ec2::instance, remove: ec2::remove_instance, seconds: 20, in_place: false },
    Type { name: "AWS::EC2::LaunchTemplate", make: ec2::template, remove: ec2::remove_template, seconds: 5, in_place: false },
    Type { name: "AWS::EC2::SecurityGroup", make: ec2::security_group, remove: ec2::remove_security_group, seconds: 6, in_place: false },
    Type { name: "AWS::EKS::Addon", make: eks::addon, remove: eks::remove_addon, seconds: 30, in_place: true },
    Type { name: "AWS::EKS::Nodegroup", make: eks::node_group, remove: eks::remove_node_group, seconds: 120, in_place: true },
    Type { name: "AWS::IAM::InstanceProfile", make: iam::instance_profile, remove: iam::remove_instance_profile, seconds: 120, in_place: false },
    Type { name: "AWS::IAM::ManagedPolicy", make: iam::managed_policy, remove: iam::remove_managed_policy, seconds: 16, in_place: true },
    Type { name: "AWS::IAM::OIDCProvider", make: iam::provider, remove: iam::remove_provider, seconds: 16, in_place: false },
    Type { name: "AWS::IAM::Policy", make: iam::policy, remove: iam::remove_policy, seconds: 15, in_place: true },
    Type { name: "AWS::IAM::Role", make: iam::role, remove: iam::remove_role, seconds: 17, in_place: true },
    Type { name: "AWS::SSM::Parameter", make: ssm::parameter, remove: ssm::remove_parameter, seconds: 3, in_place: true },
];

/// Types of IAM: a request has to say that it knows of them.
pub(super) const OF_IAM: [(&str, &str); 4] = [
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Policy", ""),
    ("AWS::IAM::Role", "RoleName"),
];

/// Whether a type can be made here.
pub(super) fn is_simulated(kind: &str) -> bool {
    TYPES.iter().any(|t| t.name == kind) || stored::is_known(kind)
}

/// Seconds until a resource of a type is there.
pub(super) fn seconds(kind: &str) -> i64 {
    TYPES.iter().find(|t| t.name == kind).map_or_else(|| stored::seconds(kind), |t| t.seconds)
}

/// Makes a resource. The error is the reason CloudFormation gives.
pub(super) fn make(asked: &Asked<'_>) -> Result<Made, String> {
    let Some(kind) = TYPES.iter().find(|t| t.name == asked.kind) else {
        let made = stored::make(asked);
        return made.ok_or_else(|| format!("{} is not simulated by kubetick", asked.kind));
    };
    if let Some(before) = asked.before.filter(|_| !kind.in_place) {
        (kind.remove)(asked.places, before, asked.old);
    }
    let made = (kind.make)(asked).inspect(|made| {
        if let Some(before) = asked.before.filter(|before| kind.in_place && *before != made.physical) {
            (kind.remove)(asked.places, before, asked.old);
        }
    });
    made.map_err(|e| {
        let service = asked.kind.split("::").nth(1).unwrap_or_default();
        let id = "00000000-0000-0000-0000-000000000000";
        format!(
            "Resource handler returned message: \"{} (Service: {service}, Status Code: {}, Request ID: {id})\" (RequestToken: {id}, HandlerErrorCode: {})",
            e.message,
            e.status,
            handler_code(&e)
        )
    })
}

fn handler_code(e: &ServiceError) -> &'static str {
    let code = e.code.as_str();
    if code.contains("Exist") || code.contains("Duplicate") || code == "ResourceInUseException" {
        "AlreadyExists"
    } else if code.contains("NotFound") || code == "NoSuchEntity" {
        "NotFound"
    } else {
        "InvalidRequest"
    }
}

/// Removes a resource.
pub(super) fn remove(places: &Places<'_>, kind: &str, physical: &str, properties: &Value) {
    if let Some(kind) = TYPES.iter().find(|t| t.name == kind) {
        (kind.remove)(places, physical, properties);
    }
}

/// Calls an operation as the user.
fn call(places: &Places<'_>, service: &str, operation: &str, input: Value) -> Result<Value, ServiceError> {
    let request = Request {
        service: service.to_string(),
        operation: operation.to_string(),
        region: places.region.clone(),
        input,
    };
    Door { places: places.clone() }.call(&request)
}

impl Asked<'_> {
    /// The name a property gives, else the one the resource has had, else one drawn.
    pub(super) fn name(&self, property: &str, limit: usize) -> String {
        match (self.properties.str_at(property), self.before) {
            ("", Some(before)) => before.to_string(),
            ("", None) => physical_name(self.places, self.stack, self.logical, limit),
            (given, _) => given.to_string(),
        }
    }

    /// A copy of chosen properties, under the names a request has.
    fn input(&self, members: &[&str]) -> Value {
        chosen(self.properties, members)
    }
}

fn chosen(properties: &Value, members: &[&str]) -> Value {
    let mut input = Value::object();
    input.set_given(properties, members);
    input
}

fn strings(value: &Value) -> Vec<String> {
    value.items().iter().filter_map(Value::as_str).map(str::to_string).collect()
}
