//! Amazon EC2, as far as clusters use it: instances, launch templates, spot requests, instance types, the network.

mod describe;
mod instance_types;
mod instances;
mod launch_templates;
mod network;
mod run;
mod security_groups;
mod spot;
mod tags;
mod usage;

pub use instances::{Launch, launch, set_state};
pub(super) use launch_templates::named as named_template;
pub use launch_templates::{NewTemplate, create_template};
pub use network::{cluster_security_group, shared_security_group, subnet_of, subnets, vpc};
pub use run::{launch_for, type_of_launches, zones_of};
pub use spot::fulfilled;
pub use usage::{Usage, usage};

use super::Operations;
use super::filters::Limit;

/// How an operation pages that answers at most so many items at once.
const fn pages_of(most: i64) -> Limit {
    Limit { size: "MaxResults", token: "NextToken", default: most, most, bad_token: "InvalidParameterValue" }
}

/// The operations answered here.
pub(super) const OPERATIONS: Operations = &[
    ("DescribeInstances", instances::describe),
    ("DescribeInstanceStatus", instances::describe_status),
    ("TerminateInstances", instances::terminate),
    ("StopInstances", instances::stop),
    ("StartInstances", instances::start),
    ("RebootInstances", instances::reboot),
    ("DescribeInstanceTypes", instance_types::describe),
    ("DescribeInstanceTypeOfferings", instance_types::offerings),
    ("GetInstanceTypesFromInstanceRequirements", instance_types::by_requirements),
    ("DescribeLaunchTemplates", launch_templates::describe),
    ("DescribeLaunchTemplateVersions", launch_templates::describe_versions),
    ("CreateLaunchTemplate", launch_templates::create),
    ("DeleteLaunchTemplate", launch_templates::delete),
    ("CreateLaunchTemplateVersion", launch_templates::create_version),
    ("ModifyLaunchTemplate", launch_templates::modify),
    ("RunInstances", run::run_instances),
    ("CreateFleet", run::create_fleet),
    ("DescribeSpotPriceHistory", spot::price_history),
    ("CreateSecurityGroup", security_groups::create),
    ("DeleteSecurityGroup", security_groups::delete),
    ("AuthorizeSecurityGroupIngress", security_groups::authorize),
    ("DescribeImages", describe::images),
    ("DescribeVolumes", describe::volumes),
    ("DescribeKeyPairs", describe::key_pairs),
    ("DescribeSpotInstanceRequests", spot::describe),
    ("CancelSpotInstanceRequests", spot::cancel),
    ("DescribeSubnets", describe::subnets),
    ("DescribeVpcs", describe::vpcs),
    ("DescribeSecurityGroups", security_groups::describe),
    ("DescribeAvailabilityZones", describe::zones),
    ("DescribeRegions", describe::regions),
    ("DescribeTags", tags::describe),
    ("CreateTags", tags::create),
    ("DeleteTags", tags::delete),
];
