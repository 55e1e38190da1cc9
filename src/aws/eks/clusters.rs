//! The cluster itself.

use super::super::ec2::{cluster_security_group, subnets, vpc};
use super::super::state::{self, CLUSTER, FARGATE_PROFILE, NODE_GROUP};
use super::super::{Places, ServiceError};
use super::{in_use, invalid_parameter, invalid_request, named, page, updates};
use crate::json;
use crate::machinery::{KubeVersion, Time, Value, names};
use crate::store::Store;

/// The letters by which a cluster's endpoint and its OIDC issuer go: 32 hexadecimal digits in capitals.
pub fn endpoint_id(name: &str, region: &str) -> String {
    names::uid(0, &format!("endpoint {region}/{name}"), 0).replace('-', "").to_uppercase()
}

/// The OIDC issuer of a cluster.
pub fn issuer(store: &Store) -> String {
    let meta = store.meta();
    format!("https://oidc.eks.{}.amazonaws.com/id/{}", meta.region, endpoint_id(&meta.name, &meta.region))
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut names: Vec<String> = places.clusters.iter().map(|store| store.meta().name.clone()).collect();
    names.sort();
    page(names.into_iter().map(Value::from).collect(), "clusters", input)
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("name"))?;
    Ok(json!({"cluster": (shown(places, store))}))
}

pub(super) fn shown(places: &Places<'_>, store: &Store) -> Value {
    let meta = store.meta().clone();
    let kept = state::find(store, CLUSTER, &meta.name).map(|o| o.at("spec").clone()).unwrap_or_default();
    let (name, region) = (meta.name.as_str(), meta.region.as_str());
    let subnet_ids: Vec<Value> = subnets(store).into_iter().map(|s| s.id.into()).collect();
    let role = format!("eksctl-{name}-cluster-ServiceRole-{}", random_part(name, "service-role"));
    let authority = format!("kubetick certificate authority of {name}");
    let mut shown = json!({
        "name": name, "arn": (places.arn("eks", &format!("cluster/{name}"))), "createdAt": (kept.at("createdAt")),
        "version": (meta.version.to_string()),
        "endpoint": (format!("https://{}.gr7.{region}.eks.amazonaws.com", endpoint_id(name, region))),
        "roleArn": (places.iam_arn(&format!("role/{role}"))),
        "resourcesVpcConfig": {
            "subnetIds": subnet_ids, "securityGroupIds": [(super::super::ec2::shared_security_group(store))],
            "clusterSecurityGroupId": (cluster_security_group(store)), "vpcId": (vpc(store)),
            "endpointPublicAccess": true, "endpointPrivateAccess": false, "publicAccessCidrs": ["0.0.0.0/0"],
        },
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.100.0.0/16", "ipFamily": "ipv4"},
        "logging": {"clusterLogging": [{
            "types": ["api", "audit", "authenticator", "controllerManager", "scheduler"], "enabled": false,
        }]},
        "identity": {"oidc": {"issuer": (issuer(store))}}, "status": "ACTIVE",
        "certificateAuthority": {"data": (crate::machinery::base64::encode(authority))},
        "platformVersion": "eks.7", "tags": {},
    });
    for (member, value) in kept.map().iter().filter(|(member, _)| *member != "kubetick") {
        shown.set(member, value);
    }
    for (member, value) in kept.map_at("kubetick/vpc").iter() {
        shown.at_mut("resourcesVpcConfig").map_mut().insert(member, value);
    }
    let status = status(store);
    shown.set("status", status);
    if status == "CREATING" {
        for member in ["endpoint", "identity", "platformVersion"] {
            shown.remove(member);
        }
        shown.set("certificateAuthority", Value::object());
    }
    shown
}

/// Where a cluster is in its life.
pub(super) fn status(store: &Store) -> &'static str {
    let name = store.meta().name.clone();
    let active = state::find(store, CLUSTER, &name).and_then(|c| c.int_at("spec/kubetick/active"));
    if active.is_some_and(|at| store.now() < Time(at)) {
        "CREATING"
    } else if updates::running(store).is_some() {
        "UPDATING"
    } else {
        "ACTIVE"
    }
}

/// Whether a cluster may be made as a request asks; who asks on a command line makes its file.
pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("name");
    if places.cluster(name).is_some() {
        return Err(in_use(format!("Cluster already exists with name: {name}")));
    }
    let fits = name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !fits {
        return Err(invalid_parameter(
            "The cluster name can contain only alphanumeric characters (case-sensitive) and hyphens. It must start with an alphanumeric character and can't be longer than 100 characters.",
        ));
    }
    let version = KubeVersion::parse(input.str_at("version"));
    let known = |v: KubeVersion| v >= KubeVersion::OLDEST && v <= KubeVersion::LATEST;
    if !input.str_at("version").is_empty() && !version.is_some_and(known) {
        return Err(invalid_parameter("unsupported Kubernetes version"));
    }
    if !input.str_at("roleArn").starts_with("arn:aws:iam::") {
        return Err(invalid_parameter(
            "Role with arn: could not be assumed because it does not exist or the trusted entity is not correct",
        ));
    }
    if input.items_at("resourcesVpcConfig/subnetIds").len() < 2 {
        return Err(invalid_parameter("Subnets specified must be in at least two different AZs"));
    }
    Ok(Value::Null)
}

/// Whether a cluster may go; who asks on a command line removes its file.
pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("name"))?;
    let mut gone = shown(places, store);
    if !state::list(store, NODE_GROUP).is_empty() {
        return Err(in_use("Cluster has nodegroups attached".to_string()));
    }
    if !state::list(store, FARGATE_PROFILE).is_empty() {
        return Err(in_use("Cluster has Fargate profiles attached".to_string()));
    }
    if let Some(id) = updates::running(store) {
        let name = store.meta().name.clone();
        return Err(in_use(format!(
            "Cannot delete because cluster {name} currently has update {id} in progress"
        )));
    }
    if gone.bool_at("deletionProtection") {
        return Err(invalid_request("The cluster cannot be deleted because deletion protection is enabled."));
    }
    gone.set("status", "DELETING");
    Ok(json!({"cluster": gone}))
}

/// The random part CloudFormation puts behind a name.
pub(super) fn random_part(cluster: &str, what: &str) -> String {
    names::hex(0, &format!("{what} {cluster}"), 0, 13).to_uppercase()
}
