//! What the network looks like to a request.

use super::super::filters::{pass, tag_values};
use super::super::{Places, ServiceError};
use super::network;
use crate::json;
use crate::machinery::Value;

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

pub(super) fn security_groups(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut found = Vec::new();
    for store in &places.clusters {
        let cluster = store.meta().name.clone();
        let groups = [
            (
                network::cluster_security_group(store),
                format!("eks-cluster-sg-{cluster}"),
                "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.",
            ),
            (
                network::shared_security_group(store),
                format!("eksctl-{cluster}-cluster-ClusterSharedNodeSecurityGroup"),
                "Communication between all nodes in the cluster",
            ),
        ];
        for (id, name, description) in groups {
            let tags = [json!({"Key": "alpha.eksctl.io/cluster-name", "Value": (cluster.as_str())})];
            let values = |filter: &str| match filter {
                "group-id" => Some(vec![id.clone()]),
                "group-name" => Some(vec![name.clone()]),
                "vpc-id" => Some(vec![network::vpc(store)]),
                _ => tag_values(&tags, filter),
            };
            let ids = input.items_at("GroupIds");
            if (ids.is_empty() || ids.iter().any(|i| i.as_str() == Some(&id)))
                && pass(input.items_at("Filters"), values)?
            {
                found.push(json!({
                    "GroupId": (id.as_str()), "GroupName": (name.as_str()), "Description": description,
                    "VpcId": (network::vpc(store)), "OwnerId": (places.account_id()), "IpPermissions": [],
                    "IpPermissionsEgress": [], "Tags": (tags.to_vec()),
                }));
            }
        }
    }
    Ok(json!({"SecurityGroups": found}))
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
