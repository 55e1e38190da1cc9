//! Security groups: those of clusters, which are worked out, and those somebody made.

use super::super::filters::{pass, tag_values};
use super::super::state::{self, SECURITY_GROUP};
use super::super::{Places, ServiceError};
use super::{network, tags};
use crate::json;
use crate::machinery::{Object, Value};

/// The groups EKS and eksctl make for the clusters.
fn of_clusters(places: &Places<'_>) -> Vec<Value> {
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
            found.push(json!({
                "GroupId": id, "GroupName": name, "Description": description, "VpcId": (network::vpc(store)),
                "IpPermissions": [], "IpPermissionsEgress": [],
                "Tags": [{"Key": "alpha.eksctl.io/cluster-name", "Value": (cluster.as_str())}],
            }));
        }
    }
    found
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (ids, names) = (input.items_at("GroupIds"), input.items_at("GroupNames"));
    let mut all = of_clusters(places);
    all.extend(places.list(SECURITY_GROUP).iter().map(|g| g.at("spec").clone()));
    for id in ids.iter().filter_map(Value::as_str) {
        if !all.iter().any(|g| g.str_at("GroupId") == id) {
            return Err(not_found(id));
        }
    }
    let mut found = Vec::new();
    for mut group in all {
        let values = |filter: &str| match filter {
            "group-id" => Some(vec![group.str_at("GroupId").to_string()]),
            "group-name" => Some(vec![group.str_at("GroupName").to_string()]),
            "description" => Some(vec![group.str_at("Description").to_string()]),
            "vpc-id" => Some(vec![group.str_at("VpcId").to_string()]),
            _ => tag_values(group.items_at("Tags"), filter),
        };
        let chosen = (ids.is_empty() || ids.contains(group.at("GroupId")))
            && (names.is_empty() || names.contains(group.at("GroupName")));
        if chosen && pass(input.items_at("Filters"), values)? {
            group.set("OwnerId", places.account_id());
            found.push(group);
        }
    }
    Ok(json!({"SecurityGroups": found}))
}

fn not_found(id: &str) -> ServiceError {
    ServiceError::invalid("InvalidGroup.NotFound", format!("The security group '{id}' does not exist"))
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (name, store) = (input.str_at("GroupName"), places.home());
    let vpc = match input.str_at("VpcId") {
        "" => network::vpc(store),
        vpc => vpc.to_string(),
    };
    let is_it = |g: &Object| g.str_at("spec/GroupName") == name && g.str_at("spec/VpcId") == vpc;
    if places.list(SECURITY_GROUP).iter().any(is_it) {
        return Err(ServiceError::invalid(
            "InvalidGroup.Duplicate",
            format!("The security group '{name}' already exists for VPC '{vpc}'"),
        ));
    }
    let tags = tags::specified(input, "security-group");
    let id = state::ec2_id(store, "sg");
    let mut spec = json!({
        "GroupId": (id.as_str()), "GroupName": name, "Description": (input.str_at("Description")), "VpcId": vpc,
        "IpPermissions": [],
        "IpPermissionsEgress": [{
            "IpProtocol": "-1", "UserIdGroupPairs": [], "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [],
            "PrefixListIds": [],
        }],
    });
    let mut answer = json!({
        "GroupId": (id.as_str()), "SecurityGroupArn": (places.arn("ec2", &format!("security-group/{id}"))),
    });
    if !tags.is_empty() {
        spec.set("Tags", tags.clone());
        answer.set("Tags", tags);
    }
    state::put(store, SECURITY_GROUP, &id, spec);
    Ok(answer)
}

/// The group a request names by id or name.
fn named(places: &Places<'_>, input: &Value) -> Result<Object, ServiceError> {
    let (id, name) = (input.str_at("GroupId"), input.str_at("GroupName"));
    let is_it = |g: &Object| if id.is_empty() { g.str_at("spec/GroupName") == name } else { g.name() == id };
    let found = places.list(SECURITY_GROUP).into_iter().find(is_it);
    found.ok_or_else(|| not_found(if id.is_empty() { name } else { id }))
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let group = named(places, input)?;
    if let Some((store, _)) = places.find(SECURITY_GROUP, group.name()) {
        state::remove(store, SECURITY_GROUP, group.name());
    }
    Ok(json!({"Return": true, "GroupId": (group.name())}))
}

/// Rules are kept and shown; nothing here is kept from talking.
pub(super) fn authorize(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let group = named(places, input)?;
    let mut rules = input.items_at("IpPermissions").to_vec();
    if rules.is_empty() {
        let mut rule = json!({"IpProtocol": (input.str_at("IpProtocol"))});
        for member in ["FromPort", "ToPort"] {
            if let Some(port) = input.get(member) {
                rule.set(member, port);
            }
        }
        if let Some(cidr) = input.get("CidrIp") {
            rule.set("IpRanges", vec![json!({"CidrIp": cidr})]);
        }
        rules.push(rule);
    }
    if let Some(known) = rules.iter().find(|rule| group.items_at("spec/IpPermissions").contains(rule)) {
        let port = known.int_at("FromPort").unwrap_or(-1);
        return Err(ServiceError::invalid(
            "InvalidPermission.Duplicate",
            format!(
                "the specified rule \"peer: {}, {}, from port: {port}, to port: {}, ALLOW\" already exists",
                known.items_at("IpRanges").first().map(|r| r.str_at("CidrIp")).unwrap_or_default(),
                known.str_at("IpProtocol").to_uppercase(),
                known.int_at("ToPort").unwrap_or(-1)
            ),
        ));
    }
    if let Some((store, _)) = places.find(SECURITY_GROUP, group.name()) {
        state::modify(store, SECURITY_GROUP, group.name(), |spec| {
            spec.at_mut("IpPermissions").list_mut().extend(rules);
        });
    }
    Ok(json!({"Return": true}))
}
