//! The stacks in which eksctl makes roles for service accounts.

use super::super::Places;
use super::super::cloudformation::{NewStack, create_stack, physical_name};
use super::super::iam::{self, NewRole, create_role};
use super::super::state::{self, ROLE};
use super::register::tags;
use crate::json;
use crate::machinery::Value;

/// A role to make, in a stack of its own.
pub(super) struct RoleStack<'a> {
    /// The stack's name.
    pub stack: String,
    /// What the stack says of itself.
    pub description: String,
    /// The role's name; drawn when empty.
    pub role: &'a str,
    /// Who may take the role on.
    pub trust: Value,
    /// ARNs of policies to attach.
    pub policies: &'a [Value],
    /// A policy of its own, null for none.
    pub inline: &'a Value,
    /// Whether it may do what Cluster Autoscaler does (`wellKnownPolicies.autoScaler`).
    pub scales: bool,
    /// The tag that tells whose role it is.
    pub tag: (&'static str, String),
}

/// Makes the stack and the role of a cluster; answers the role's ARN.
pub(super) fn make(places: &Places<'_>, cluster: &str, wanted: &RoleStack<'_>) -> String {
    let role = match wanted.role {
        "" => physical_name(places, &wanted.stack, "Role1", 64),
        given => given.to_string(),
    };
    let policies = wanted.policies.iter().filter_map(Value::as_str).map(str::to_string).collect();
    let trust = wanted.trust.clone();
    create_role(places, &NewRole { name: role.clone(), path: "/".into(), trust, policies, tags: Vec::new() });
    let well_known = if wanted.scales { autoscaler_policy() } else { Value::Null };
    for (name, document) in [("Policy1", wanted.inline), ("PolicyAutoScaling", &well_known)] {
        if !document.is_null() {
            state::modify(places.account, ROLE, &role, |spec| {
                spec.at_mut("kubetick/inline").map_mut().insert(name, document);
            });
        }
    }
    let arn = iam::role_arn(places, &role).unwrap_or_default();
    let mut all = tags(cluster);
    all.push((wanted.tag.0.into(), wanted.tag.1.clone()));
    create_stack(
        places,
        &NewStack {
            name: wanted.stack.clone(),
            description: wanted.description.clone(),
            capability: if wanted.role.is_empty() { "CAPABILITY_IAM" } else { "CAPABILITY_NAMED_IAM" },
            outputs: vec![("Role1".into(), arn.clone())],
            tags: all,
            resources: vec![("Role1".into(), role, "AWS::IAM::Role".into())],
        },
    );
    arn
}

/// What eksctl's `wellKnownPolicies.autoScaler` allows.
fn autoscaler_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {
            "Effect": "Allow", "Resource": "*",
            "Action": [
                "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:DescribeLaunchConfigurations", "autoscaling:DescribeScalingActivities",
                "autoscaling:DescribeTags", "ec2:DescribeImages", "ec2:DescribeInstanceTypes",
                "ec2:DescribeLaunchTemplateVersions", "ec2:GetInstanceTypesFromInstanceRequirements",
                "eks:DescribeNodegroup",
            ],
        },
        {
            "Effect": "Allow", "Resource": "*",
            "Action": ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
        },
    ]})
}
