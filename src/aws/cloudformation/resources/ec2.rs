//! Launch templates, security groups, instances.

use super::{Asked, Made, Making, call};
use crate::aws::Places;
use crate::aws::state::{self, INSTANCE};
use crate::json;
use crate::machinery::Value;

pub(super) fn template(asked: &Asked<'_>) -> Making {
    let mut input = asked.input(&["LaunchTemplateData", "TagSpecifications"]);
    // What `Ref` gives is the id, not the name.
    let name = Asked { before: None, ..*asked }.name("LaunchTemplateName", 128);
    input.set("LaunchTemplateName", name);
    let made = call(asked.places, "ec2", "CreateLaunchTemplate", input)?;
    let template = made.at("LaunchTemplate");
    let attributes = json!({
        "LaunchTemplateId": (template.at("LaunchTemplateId")),
        "LatestVersionNumber": (template.int_at("LatestVersionNumber").unwrap_or(1).to_string()),
        "DefaultVersionNumber": (template.int_at("DefaultVersionNumber").unwrap_or(1).to_string()),
    });
    Ok(Made::new(template.str_at("LaunchTemplateId"), attributes))
}

pub(super) fn remove_template(places: &Places<'_>, id: &str, _: &Value) {
    let _ = call(places, "ec2", "DeleteLaunchTemplate", json!({"LaunchTemplateId": id}));
}

pub(super) fn security_group(asked: &Asked<'_>) -> Making {
    let mut input = json!({
        "Description": (asked.properties.str_at("GroupDescription")),
        "GroupName": (Asked { before: None, ..*asked }.name("GroupName", 255)),
    });
    if let Some(vpc) = asked.properties.get("VpcId") {
        input.set("VpcId", vpc);
    }
    if let Some(tags) = asked.properties.get("Tags") {
        input.set("TagSpecifications", vec![json!({"ResourceType": "security-group", "Tags": tags})]);
    }
    let made = call(asked.places, "ec2", "CreateSecurityGroup", input)?;
    let id = made.str_at("GroupId").to_string();
    Ok(Made::new(id.clone(), json!({"GroupId": id, "VpcId": (asked.properties.at("VpcId"))})))
}

pub(super) fn remove_security_group(places: &Places<'_>, id: &str, _: &Value) {
    let _ = call(places, "ec2", "DeleteSecurityGroup", json!({"GroupId": id}));
}

pub(super) fn instance(asked: &Asked<'_>) -> Making {
    let mut input = asked.input(&["ImageId", "InstanceType", "KeyName", "LaunchTemplate"]);
    input.set("MinCount", 1);
    input.set("MaxCount", 1);
    if let Some(tags) = asked.properties.get("Tags") {
        input.set("TagSpecifications", vec![json!({"ResourceType": "instance", "Tags": tags})]);
    }
    let made = call(asked.places, "ec2", "RunInstances", input)?;
    let instance = made.items_at("Instances").first().cloned().unwrap_or_default();
    // Its subnet may be one of the same stack, which EC2 knows nothing of here.
    if let Some(subnet) = asked.properties.get("SubnetId") {
        let id = instance.str_at("InstanceId");
        state::modify(asked.places.home(), INSTANCE, id, |spec| spec.set("SubnetId", subnet));
    }
    let attributes = json!({
        "PrivateIp": (instance.at("PrivateIpAddress")), "PrivateDnsName": (instance.at("PrivateDnsName")),
        "PublicIp": (instance.str_at("PublicIpAddress")), "PublicDnsName": (instance.str_at("PublicDnsName")),
        "AvailabilityZone": (instance.at("Placement/AvailabilityZone")), "InstanceId": (instance.at("InstanceId")),
    });
    Ok(Made::new(instance.str_at("InstanceId"), attributes))
}

pub(super) fn remove_instance(places: &Places<'_>, id: &str, _: &Value) {
    let _ = call(places, "ec2", "TerminateInstances", json!({"InstanceIds": [id]}));
}
