//! What the network looks like to a request.

use super::super::filters::{pass, tag_values};
use super::super::state::INSTANCE;
use super::super::{Places, ServiceError};
use super::network;
use crate::json;
use crate::machinery::{Value, names};

pub(super) fn subnets(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let ids = input.items_at("SubnetIds");
    let mut found = Vec::new();
    for store in &places.clusters {
        let cluster = store.meta().name.clone();
        for subnet in network::subnets(store) {
            let kind = if subnet.public { "Public" } else { "Private" };
            let role =
                if subnet.public { "kubernetes.io/role/elb" } else { "kubernetes.io/role/internal-elb" };
            let zone = subnet.zone.to_uppercase().replace('-', "");
            let tags = [
                json!({"Key": "Name", "Value": (format!("eksctl-{cluster}-cluster/Subnet{kind}{zone}"))}),
                json!({"Key": "alpha.eksctl.io/cluster-name", "Value": (cluster.as_str())}),
                json!({"Key": role, "Value": "1"}),
            ];
            let vpc = network::vpc(store);
            let values = |name: &str| match name {
                "subnet-id" => Some(vec![subnet.id.clone()]),
                "vpc-id" => Some(vec![vpc.clone()]),
                "availability-zone" | "availabilityZone" => Some(vec![subnet.zone.clone()]),
                "cidr-block" => Some(vec![subnet.cidr.clone()]),
                "state" => Some(vec!["available".to_string()]),
                _ => tag_values(&tags, name),
            };
            if (ids.is_empty() || ids.iter().any(|i| i.as_str() == Some(&subnet.id)))
                && pass(input.items_at("Filters"), values)?
            {
                found.push(json!({
                    "SubnetId": (subnet.id.as_str()), "VpcId": (vpc.as_str()), "CidrBlock": (subnet.cidr.as_str()),
                    "AvailabilityZone": (subnet.zone.as_str()), "AvailableIpAddressCount": 8_187, "State": "available",
                    "DefaultForAz": false, "MapPublicIpOnLaunch": (subnet.public), "OwnerId": (places.account_id()),
                    "SubnetArn": (places.arn("ec2", &format!("subnet/{}", subnet.id))), "Tags": (tags.to_vec()),
                }));
            }
        }
    }
    if let Some(unknown) =
        ids.iter().filter_map(Value::as_str).find(|id| !found.iter().any(|s| s.str_at("SubnetId") == *id))
        && input.items_at("Filters").is_empty()
    {
        return Err(ServiceError::invalid(
            "InvalidSubnetID.NotFound",
            format!("The subnet ID '{unknown}' does not exist"),
        ));
    }
    Ok(json!({"Subnets": found}))
}

pub(super) fn vpcs(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut found = Vec::new();
    for store in &places.clusters {
        let (cluster, id) = (store.meta().name.clone(), network::vpc(store));
        let tags = [
            json!({"Key": "Name", "Value": (format!("eksctl-{cluster}-cluster/VPC"))}),
            json!({"Key": "alpha.eksctl.io/cluster-name", "Value": (cluster.as_str())}),
        ];
        let values = |name: &str| match name {
            "vpc-id" => Some(vec![id.clone()]),
            "cidr" | "cidr-block" => Some(vec!["192.168.0.0/16".to_string()]),
            "state" => Some(vec!["available".to_string()]),
            "is-default" | "isDefault" => Some(vec!["false".to_string()]),
            _ => tag_values(&tags, name),
        };
        let ids = input.items_at("VpcIds");
        if (ids.is_empty() || ids.iter().any(|i| i.as_str() == Some(&id)))
            && pass(input.items_at("Filters"), values)?
        {
            found.push(json!({
                "VpcId": (id.as_str()), "CidrBlock": "192.168.0.0/16", "State": "available", "IsDefault": false,
                "InstanceTenancy": "default", "OwnerId": (places.account_id()), "Tags": (tags.to_vec()),
            }));
        }
    }
    Ok(json!({"Vpcs": found}))
}

/// Zones of the region: those of its clusters, three where there is none.
pub(super) fn zones(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut names: Vec<String> =
        places.clusters.iter().flat_map(|store| network::subnets(store)).map(|s| s.zone).collect();
    names.extend(["a", "b", "c"].map(|z| format!("{}{z}", places.region)));
    names.sort();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        let values = |filter: &str| match filter {
            "zone-name" => Some(vec![name.clone()]),
            "state" => Some(vec!["available".to_string()]),
            "region-name" => Some(vec![places.region.clone()]),
            "zone-type" => Some(vec!["availability-zone".to_string()]),
            "opt-in-status" => Some(vec!["opt-in-not-required".to_string()]),
            _ => None,
        };
        let wanted = input.items_at("ZoneNames");
        if (wanted.is_empty() || wanted.iter().any(|w| w.as_str() == Some(&name)))
            && pass(input.items_at("Filters"), values)?
        {
            found.push(json!({
                "State": "available", "OptInStatus": "opt-in-not-required", "Messages": [],
                "RegionName": (places.region.as_str()), "ZoneName": (name.as_str()),
                "GroupName": (places.region.as_str()), "NetworkBorderGroup": (places.region.as_str()),
                "ZoneType": "availability-zone",
            }));
        }
    }
    Ok(json!({"AvailabilityZones": found}))
}

/// Regions that are on for every account.
pub(super) fn regions(_: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    const REGIONS: [&str; 17] = [
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    ];
    let wanted = input.items_at("RegionNames");
    let shown = |name: &&str| {
        json!({
            "OptInStatus": "opt-in-not-required", "RegionName": (*name), "Endpoint": (format!("ec2.{name}.amazonaws.com")),
        })
    };
    let found: Vec<Value> = REGIONS
        .iter()
        .filter(|r| wanted.is_empty() || wanted.iter().any(|w| w.as_str() == Some(**r)))
        .map(shown)
        .collect();
    Ok(json!({"Regions": found}))
}

/// Images that instances here were launched from, and the ones a request names.
pub(super) fn images(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut ids: Vec<String> =
        input.items_at("ImageIds").iter().filter_map(Value::as_str).map(str::to_string).collect();
    if let Some(bad) = ids.iter().find(|id| !id.starts_with("ami-")) {
        let text = format!("Invalid id: \"{bad}\" (expecting \"ami-...\")");
        return Err(ServiceError::invalid("InvalidAMIID.Malformed", text));
    }
    if ids.is_empty() {
        ids = places.list(INSTANCE).iter().map(|i| i.str_at("spec/ImageId").to_string()).collect();
        ids.sort();
        ids.dedup();
    }
    let mut found = Vec::new();
    for id in ids {
        let values = |filter: &str| match filter {
            "image-id" => Some(vec![id.clone()]),
            "state" => Some(vec!["available".to_string()]),
            "is-public" => Some(vec!["true".to_string()]),
            _ => Some(Vec::new()),
        };
        if pass(input.items_at("Filters"), values)? {
            found.push(json!({
                "ImageId": (id.as_str()), "State": "available", "Public": true, "ImageType": "machine",
                "OwnerId": "602401143452", "ImageOwnerAlias": "amazon", "RootDeviceName": "/dev/xvda",
                "RootDeviceType": "ebs", "VirtualizationType": "hvm", "Hypervisor": "xen", "EnaSupport": true,
            }));
        }
    }
    Ok(json!({"Images": found}))
}

/// The root volumes of the instances.
pub(super) fn volumes(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut found = Vec::new();
    let wanted = input.items_at("VolumeIds");
    for instance in places.list(INSTANCE) {
        let spec = instance.at("spec");
        if spec.str_at("State/Name") == "terminated" {
            continue;
        }
        let id = format!("vol-0{}", names::hex(0, &format!("root volume of {}", instance.name()), 0, 16));
        let size = spec.int_at("kubetick/node/volumeGib").unwrap_or(20);
        let values = |filter: &str| match filter {
            "volume-id" => Some(vec![id.clone()]),
            "attachment.instance-id" => Some(vec![instance.name().to_string()]),
            "availability-zone" => Some(vec![spec.str_at("Placement/AvailabilityZone").to_string()]),
            "status" => Some(vec!["in-use".to_string()]),
            _ => tag_values(spec.items_at("Tags"), filter),
        };
        if (wanted.is_empty() || wanted.iter().any(|w| w.as_str() == Some(&id)))
            && pass(input.items_at("Filters"), values)?
        {
            found.push(json!({
                "VolumeId": (id.as_str()), "Size": size, "State": "in-use", "VolumeType": "gp3", "Encrypted": false,
                "AvailabilityZone": (spec.at("Placement/AvailabilityZone")), "CreateTime": (spec.at("LaunchTime")),
                "Iops": 3000, "Throughput": 125, "MultiAttachEnabled": false, "SnapshotId": "",
                "Attachments": [{
                    "VolumeId": (id.as_str()), "InstanceId": (instance.name()), "Device": "/dev/xvda",
                    "State": "attached", "AttachTime": (spec.at("LaunchTime")), "DeleteOnTermination": true,
                }],
                "Tags": (spec.items_at("Tags").to_vec()),
            }));
        }
    }
    Ok(json!({"Volumes": found}))
}

/// Nobody logs in to a machine here: there are no key pairs.
pub(super) fn key_pairs(_: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    match input.items_at("KeyNames").first().and_then(Value::as_str) {
        Some(name) => Err(ServiceError::invalid(
            "InvalidKeyPair.NotFound",
            format!("The key pair '{name}' does not exist"),
        )),
        None => Ok(json!({"KeyPairs": []})),
    }
}
