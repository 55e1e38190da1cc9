//! Network balancers, with a target group for each port: `aws elbv2`.

use super::super::filters::{Limit, page};
use super::super::{Operations, Places, ServiceError};
use super::{answers, hosted_zone, not_found, number, of_sort, scheme};
use crate::aws::ec2::vpc;
use crate::json;
use crate::machinery::{Duration, Object, Time, Value, names};
use crate::store::Store;

/// The operations answered here.
pub(in crate::aws) const OPERATIONS: Operations = &[
    ("DescribeLoadBalancers", describe),
    ("DescribeTargetGroups", target_groups),
    ("DescribeTargetHealth", target_health),
];

/// How long a new balancer is being set up (NLBs: two to three minutes).
const PROVISIONING: Duration = Duration::from_secs(120);
const SERVICE: &str = "elasticloadbalancing";
const LIMIT: Limit =
    Limit { size: "PageSize", token: "Marker", default: 400, most: 400, bad_token: "ValidationError" };

fn unknown_balancer() -> ServiceError {
    not_found("LoadBalancerNotFound", "One or more load balancers not found")
}

fn unknown_group() -> ServiceError {
    not_found("TargetGroupNotFound", "One or more target groups not found")
}

/// What a text that should be an ARN is told.
fn check_arn(text: &str, kind: &str, what: &str) -> Result<(), ServiceError> {
    match text.contains(&format!(":{kind}/")) {
        true => Ok(()),
        false => Err(not_found("ValidationError", format!("'{text}' is not a valid {what} ARN"))),
    }
}

fn arn(places: &Places<'_>, balancer: &Object) -> String {
    let first = balancer.str_at("spec/DNSName").split('.').next().unwrap_or_default();
    let id = first.rsplit('-').next().unwrap_or_default();
    places.arn(SERVICE, &format!("loadbalancer/net/{}/{id}", balancer.name()))
}

/// A page whose token has another name on the way back.
fn paged(items: Vec<Value>, member: &str, input: &Value) -> Result<Value, ServiceError> {
    let mut answer = page(items, member, input, LIMIT)?;
    if let Some(next) = answer.remove("Marker") {
        answer.set("NextMarker", next);
    }
    Ok(answer)
}

/// Whether a list in a request, if it is there, names something; each that it names has to be known.
fn chosen(
    all: Vec<Value>,
    member: &str,
    wanted: &[Value],
    unknown: fn() -> ServiceError,
) -> Result<Vec<Value>, ServiceError> {
    if wanted.is_empty() {
        return Ok(all);
    }
    if wanted.iter().any(|name| !all.iter().any(|one| one.at(member) == name)) {
        return Err(unknown());
    }
    Ok(all.into_iter().filter(|one| wanted.contains(one.at(member))).collect())
}

fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    for arn in input.items_at("LoadBalancerArns").iter().filter_map(Value::as_str) {
        check_arn(arn, "loadbalancer", "load balancer")?;
    }
    let all = of_sort(places, true);
    let all = all.iter().map(|(store, balancer)| shown(places, store, balancer)).collect();
    let all = chosen(all, "LoadBalancerArn", input.items_at("LoadBalancerArns"), unknown_balancer)?;
    let all = chosen(all, "LoadBalancerName", input.items_at("Names"), unknown_balancer)?;
    paged(all, "LoadBalancers", input)
}

fn shown(places: &Places<'_>, store: &Store, balancer: &Object) -> Value {
    let (scheme, subnets) = scheme(store, balancer);
    let zone = |(zone, subnet): (String, String)| json!({"ZoneName": zone, "SubnetId": subnet, "LoadBalancerAddresses": []});
    let created = Time::parse(balancer.str_at("spec/CreatedTime")).unwrap_or_default();
    let state = if places.now() < created + PROVISIONING { "provisioning" } else { "active" };
    let mut shown = json!({
        "LoadBalancerArn": (arn(places, balancer)), "DNSName": (balancer.at("spec/DNSName")),
        "CreatedTime": (balancer.at("spec/CreatedTime")), "LoadBalancerName": (balancer.name()),
        "Scheme": scheme, "VpcId": (vpc(store)), "State": {"Code": state}, "Type": "network",
        "AvailabilityZones": (subnets.into_iter().map(zone).collect::<Vec<_>>()), "IpAddressType": "ipv4",
    });
    if let Some((_, _, zone)) = hosted_zone(places) {
        shown.set("CanonicalHostedZoneId", *zone);
    }
    shown
}

/// The target groups of a balancer, one a port.
fn groups_of(places: &Places<'_>, store: &Store, balancer: &Object) -> Vec<Value> {
    let (ns, service) = balancer.str_at("spec/kubetick/service").split_once('/').unwrap_or_default();
    let cut = |text: &str| text.replace('-', "").chars().take(8).collect::<String>();
    let local = balancer.int_at("spec/kubetick/local");
    let group = |port: &Value| {
        let (front, behind) = (port.int_at("port").unwrap_or(0), port.int_at("nodePort").unwrap_or(0));
        let key = format!("target-group {} {front}", balancer.name());
        let seed = super::state::seed(store);
        let name = format!("k8s-{}-{}-{}", cut(ns), cut(service), names::hex(seed, &key, 0, 10));
        let id = names::hex(seed, &key, 1, 16);
        let protocol = match port.str_at("protocol") {
            "" => "TCP",
            given => given,
        };
        let given = |name: &str, otherwise| {
            number(balancer, &format!("aws-load-balancer-healthcheck-{name}"), otherwise)
        };
        let mut group = json!({
            "TargetGroupArn": (places.arn(SERVICE, &format!("targetgroup/{name}/{id}"))), "TargetGroupName": name,
            "Protocol": protocol, "Port": behind, "VpcId": (vpc(store)), "HealthCheckProtocol": "TCP",
            "HealthCheckPort": "traffic-port", "HealthCheckEnabled": true,
            "HealthCheckIntervalSeconds": (given("interval", 30)), "HealthCheckTimeoutSeconds": 10,
            "HealthyThresholdCount": (given("healthy-threshold", 3)),
            "UnhealthyThresholdCount": (given("healthy-threshold", 3)),
            "LoadBalancerArns": [(arn(places, balancer))], "TargetType": "instance", "IpAddressType": "ipv4",
        });
        if let Some(port) = local {
            group.set("HealthCheckProtocol", "HTTP");
            group.set("HealthCheckPort", port.to_string());
            group.set("HealthCheckPath", "/healthz");
        }
        group
    };
    balancer.items_at("spec/kubetick/ports").iter().map(group).collect()
}

fn target_groups(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    for arn in input.items_at("TargetGroupArns").iter().filter_map(Value::as_str) {
        check_arn(arn, "targetgroup", "target group")?;
    }
    let wanted = input.str_at("LoadBalancerArn");
    let balancers = of_sort(places, true);
    if !wanted.is_empty() {
        check_arn(wanted, "loadbalancer", "load balancer")?;
        if !balancers.iter().any(|(_, b)| arn(places, b) == wanted) {
            return Err(unknown_balancer());
        }
    }
    let of_balancer = |b: &Object| wanted.is_empty() || arn(places, b) == wanted;
    let all = balancers.iter().filter(|(_, b)| of_balancer(b));
    let all = all.flat_map(|(store, b)| groups_of(places, store, b)).collect();
    let all = chosen(all, "TargetGroupArn", input.items_at("TargetGroupArns"), unknown_group)?;
    let all = chosen(all, "TargetGroupName", input.items_at("Names"), unknown_group)?;
    paged(all, "TargetGroups", input)
}

fn target_health(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let wanted = input.str_at("TargetGroupArn");
    check_arn(wanted, "targetgroup", "target group")?;
    for (store, balancer) in of_sort(places, true) {
        let groups = groups_of(places, store, &balancer);
        let Some(group) = groups.iter().find(|g| g.str_at("TargetGroupArn") == wanted) else { continue };
        let asked = input.items_at("Targets");
        let registered = balancer.items_at("spec/Instances");
        let told = |id: &Value| match registered.contains(id) {
            true => health_of(store, &balancer, group, id),
            false => not_registered(group, id),
        };
        let told: Vec<Value> = match asked {
            [] => registered.iter().map(told).collect(),
            asked => asked.iter().map(|target| told(target.at("Id"))).collect(),
        };
        return Ok(json!({"TargetHealthDescriptions": told}));
    }
    Err(unknown_group())
}

fn not_registered(group: &Value, id: &Value) -> Value {
    json!({
        "Target": {"Id": id, "Port": (group.at("Port"))},
        "TargetHealth": {
            "State": "unused", "Reason": "Target.NotRegistered",
            "Description": "Target is not registered to the target group",
        },
    })
}

fn health_of(store: &Store, balancer: &Object, group: &Value, id: &Value) -> Value {
    let health = match answers(store, balancer, id.as_str().unwrap_or_default()) {
        (true, _) => json!({"State": "healthy"}),
        (false, machine) if machine != "running" => json!({
            "State": "unused", "Reason": "Target.InvalidState",
            "Description": (format!("Target is in the {machine} state")),
        }),
        _ => json!({
            "State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed",
        }),
    };
    let checked = match group.str_at("HealthCheckPort") {
        "traffic-port" => group.int_at("Port").unwrap_or(0).to_string(),
        port => port.to_string(),
    };
    json!({
        "Target": {"Id": id, "Port": (group.at("Port"))}, "HealthCheckPort": checked, "TargetHealth": health,
    })
}
