//! Amazon EC2, as far as clusters use it: instances, launch templates, spot requests, instance types, the network.

mod describe;
mod instance_types;
mod instances;
mod launch_templates;
mod network;
mod spot;
mod tags;

pub use instances::{Launch, STATES, launch, set_state};
pub use launch_templates::{NewTemplate, create_template, template_id};
pub use network::{cluster_security_group, shared_security_group, subnet_of, subnets, vpc};

use super::{Places, Request, ServiceError};
use crate::machinery::Value;

/// Answers a request.
pub(super) fn call(places: &Places<'_>, request: &Request) -> Result<Value, ServiceError> {
    let input = &request.input;
    match request.operation.as_str() {
        "DescribeInstances" => instances::describe(places, input),
        "DescribeInstanceStatus" => instances::describe_status(places, input),
        "TerminateInstances" => instances::terminate(places, input),
        "StopInstances" => instances::stop(places, input),
        "StartInstances" => instances::start(places, input),
        "RebootInstances" => instances::reboot(places, input),
        "DescribeInstanceTypes" => instance_types::describe(input),
        "DescribeInstanceTypeOfferings" => instance_types::offerings(places, input),
        "DescribeLaunchTemplates" => launch_templates::describe(places, input),
        "DescribeLaunchTemplateVersions" => launch_templates::describe_versions(places, input),
        "CreateLaunchTemplate" => launch_templates::create(places, input),
        "DeleteLaunchTemplate" => launch_templates::delete(places, input),
        "DescribeSpotInstanceRequests" => spot::describe(places, input),
        "CancelSpotInstanceRequests" => spot::cancel(places, input),
        "DescribeSubnets" => describe::subnets(places, input),
        "DescribeVpcs" => describe::vpcs(places, input),
        "DescribeSecurityGroups" => describe::security_groups(places, input),
        "DescribeAvailabilityZones" => describe::zones(places, input),
        "DescribeRegions" => describe::regions(input),
        "DescribeTags" => tags::describe(places, input),
        "CreateTags" => tags::create(places, input),
        "DeleteTags" => tags::delete(places, input),
        _ => Err(request.not_simulated()),
    }
}
