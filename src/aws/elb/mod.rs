//! Elastic Load Balancing: the balancers that Services have, as both of its APIs tell of them. The actor of the service
//! controller has them made, changed and removed ([`crate::actors::cloud`]); no traffic goes through them.

mod classic;
mod network;

pub(super) use classic::OPERATIONS as CLASSIC;
pub(super) use network::OPERATIONS as NETWORK;

use super::ec2::{subnets, vpc};
use super::state::{self, INSTANCE, LOAD_BALANCER, SECURITY_GROUP};
use super::{Places, ServiceError};
use crate::json;
use crate::machinery::{Object, Value, names, well_known};
use crate::store::Store;

/// Makes the balancer of a Service, or brings it up to date; `instances` are the ids of what is behind it.
pub fn put_balancer(store: &Store, service: &Object, hostname: &str, instances: &[String]) {
    let name = name_of(hostname);
    let network = hostname.contains(".elb.") && !hostname.ends_with(".elb.amazonaws.com");
    let created = match state::find(store, LOAD_BALANCER, &name) {
        Some(known) => known.str_at("spec/CreatedTime").to_string(),
        None => state::timestamp_milli(store.now()),
    };
    let spec = json!({
        "LoadBalancerName": (name.as_str()), "DNSName": hostname, "CreatedTime": created,
        "Instances": (instances.to_vec()),
        "kubetick": {
            "network": network, "service": (service.key()), "ports": (service.at("spec/ports")),
            "annotations": (Value::from(service.annotations().clone())),
            "local": (service.at("spec/healthCheckNodePort")),
        },
    });
    if !network {
        security_group(store, &name, service);
    }
    state::put(store, LOAD_BALANCER, &name, spec);
}

/// A balancer is gone.
pub fn remove_balancer(store: &Store, hostname: &str) {
    let name = name_of(hostname);
    state::remove(store, LOAD_BALANCER, &name);
    state::remove(store, SECURITY_GROUP, &security_group_id(store, &name));
}

/// The first part of an address, without what AWS adds to it.
fn name_of(hostname: &str) -> String {
    let first = hostname.split('.').next().unwrap_or_default();
    let first = first.strip_prefix("internal-").unwrap_or(first);
    first.rsplit_once('-').map_or(first, |(name, _)| name).to_string()
}

fn security_group_id(store: &Store, balancer: &str) -> String {
    format!("sg-0{}", names::hex(state::seed(store), &format!("load-balancer-sg {balancer}"), 0, 16))
}

/// The group that lets clients in to a classic balancer.
fn security_group(store: &Store, name: &str, service: &Object) {
    let id = security_group_id(store, name);
    let given = service.items_at("spec/loadBalancerSourceRanges");
    let everybody = [Value::from("0.0.0.0/0")];
    let ranges: Vec<Value> = if given.is_empty() { &everybody } else { given }
        .iter()
        .map(|range| json!({"CidrIp": range}))
        .collect();
    let rule = |protocol: &str, from: i64, to: i64| {
        json!({
            "IpProtocol": protocol, "FromPort": from, "ToPort": to, "UserIdGroupPairs": [],
            "IpRanges": (ranges.clone()), "Ipv6Ranges": [], "PrefixListIds": [],
        })
    };
    let port = |port: &Value| {
        let port = port.int_at("port").unwrap_or(0);
        rule("tcp", port, port)
    };
    let mut rules: Vec<Value> = service.items_at("spec/ports").iter().map(port).collect();
    // Path MTU discovery.
    rules.push(rule("icmp", 3, 4));
    let cluster = store.meta().name.clone();
    let spec = json!({
        "GroupId": (id.as_str()), "GroupName": (format!("k8s-elb-{name}")), "VpcId": (vpc(store)),
        "Description": (format!("Security group for Kubernetes ELB {name} ({})", service.key())),
        "IpPermissions": rules,
        "IpPermissionsEgress": [{
            "IpProtocol": "-1", "UserIdGroupPairs": [], "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [],
            "PrefixListIds": [],
        }],
        "Tags": [{"Key": (format!("kubernetes.io/cluster/{cluster}")), "Value": "owned"}],
    });
    state::put(store, SECURITY_GROUP, &id, spec);
}

/// The balancers of a region that are of a sort, with their stores.
fn of_sort<'a>(places: &Places<'a>, network: bool) -> Vec<(&'a Store, Object)> {
    let mut found = Vec::new();
    for store in places.clusters.iter().copied() {
        let all = state::list(store, LOAD_BALANCER).into_iter();
        found.extend(all.filter(|b| b.bool_at("spec/kubetick/network") == network).map(|b| (store, b)));
    }
    found.sort_by(|a, b| a.1.name().cmp(b.1.name()));
    found
}

/// `internet-facing` or `internal`, and the subnets a balancer of that scheme stands in: zone and id.
fn scheme(store: &Store, balancer: &Object) -> (&'static str, Vec<(String, String)>) {
    let annotation = annotation(balancer, "aws-load-balancer-internal");
    let internal = !matches!(annotation, "" | "false");
    let all = subnets(store).into_iter().filter(|subnet| subnet.public != internal);
    (if internal { "internal" } else { "internet-facing" }, all.map(|s| (s.zone, s.id)).collect())
}

/// What a Service's annotation of the AWS provider says of its balancer.
fn annotation<'o>(balancer: &'o Object, name: &str) -> &'o str {
    let all = balancer.map_at("spec/kubetick/annotations");
    let found = all.get(&format!("service.beta.kubernetes.io/{name}"));
    found.and_then(Value::as_str).unwrap_or_default()
}

/// A number an annotation may give.
fn number(balancer: &Object, name: &str, otherwise: i64) -> i64 {
    annotation(balancer, name).parse().unwrap_or(otherwise)
}

/// Whether a machine behind a balancer answers its health checks: it runs, and where only nodes with pods of the Service
/// count it has one that is ready. The state of its machine comes along.
fn answers(store: &Store, balancer: &Object, instance: &str) -> (bool, String) {
    let machine = state::find(store, INSTANCE, instance).unwrap_or_default();
    let running = machine.str_at("spec/State/Name").to_string();
    let up = running == "running" && machine.int_at("spec/kubetick/impaired").is_none();
    let local = balancer.int_at("spec/kubetick/local").is_some();
    (up && (!local || has_endpoint(store, balancer, instance)), running)
}

fn has_endpoint(store: &Store, balancer: &Object, instance: &str) -> bool {
    let (ns, name) = balancer.str_at("spec/kubetick/service").split_once('/').unwrap_or_default();
    let is_node = |node: &str| {
        let node = store.get("nodes", "", node).unwrap_or_default();
        node.str_at("spec/providerID").rsplit('/').next() == Some(instance)
    };
    let slices = store.list("endpointslices.discovery.k8s.io", ns);
    slices.iter().filter(|slice| slice.label(well_known::SERVICE_NAME) == Some(name)).any(|slice| {
        let mut endpoints = slice.items_at("endpoints").iter();
        endpoints.any(|e| e.bool_at("conditions/ready") && is_node(e.str_at("nodeName")))
    })
}

/// The zones of DNS that balancers of a region are in: classic ones, network ones.
#[rustfmt::skip]
const HOSTED_ZONES: &[(&str, &str, &str)] = &[
    ("ap-northeast-1", "Z14GRHDCWA56QT", "Z31USIVHYNEOWT"),
    ("ap-northeast-2", "ZWKZPGTI48KDX", "ZIBE1TIR4HY56"),
    ("ap-south-1", "ZP97RAFLXTNZK", "ZVDDRBQ08TROA"),
    ("ap-southeast-1", "Z1LMS91P8CMLE5", "ZKVM4W9LS7TM"),
    ("ap-southeast-2", "Z1GM3OXH4ZPM65", "ZCT6FZBF4DROD"),
    ("ca-central-1", "ZQSVJUPU6J1EY", "Z2EPGBW3API2WT"),
    ("eu-central-1", "Z215JYRZR1TBD5", "Z3F0SRJ5LGBH90"),
    ("eu-north-1", "Z23TAZ6LKFMNIO", "Z1UDT6IFJ4EJM"),
    ("eu-west-1", "Z32O12XQLNTSW2", "Z2IFOLAFXWLO4F"),
    ("eu-west-2", "ZHURV8PSTC4K8", "ZD4D7Y8KGAS4G"),
    ("eu-west-3", "Z3Q77PNBQS71R4", "Z1CMS0P5QUZ6D5"),
    ("sa-east-1", "Z2P70J7HTTTPLU", "ZTK26PT1VY4CU"),
    ("us-east-1", "Z35SXDOTRQ7X7K", "Z26RNL4JYFTOTI"),
    ("us-east-2", "Z3AADJGX6KTTL2", "ZLMOA37VPKANP"),
    ("us-west-1", "Z368ELLRRE2KJ0", "Z24FKFUX50B4VW"),
    ("us-west-2", "Z1H1FL5HABSF5", "Z18D5FSROUN65G"),
];

fn hosted_zone(places: &Places<'_>) -> Option<&'static (&'static str, &'static str, &'static str)> {
    HOSTED_ZONES.iter().find(|(region, ..)| *region == places.region)
}

fn not_found(what: &str, message: impl Into<String>) -> ServiceError {
    ServiceError::invalid(what, message)
}
