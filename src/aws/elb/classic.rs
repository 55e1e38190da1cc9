//! Classic balancers: `aws elb`.

use super::super::filters::{Limit, page};
use super::super::{Operations, Places, ServiceError};
use super::{annotation, answers, hosted_zone, not_found, number, of_sort, scheme, security_group_id};
use crate::aws::ec2::vpc;
use crate::json;
use crate::machinery::{Object, Value};
use crate::store::Store;

/// The operations answered here.
pub(in crate::aws) const OPERATIONS: Operations =
    &[("DescribeLoadBalancers", describe), ("DescribeInstanceHealth", health)];

const LIMIT: Limit =
    Limit { size: "PageSize", token: "Marker", default: 400, most: 400, bad_token: "ValidationError" };

fn unknown(name: &str) -> ServiceError {
    not_found("LoadBalancerNotFound", format!("There is no ACTIVE Load Balancer named '{name}'"))
}

fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let all = of_sort(places, false);
    let names = input.items_at("LoadBalancerNames");
    for name in names.iter().filter_map(Value::as_str) {
        if !all.iter().any(|(_, b)| b.name() == name) {
            return Err(unknown(name));
        }
    }
    let wanted = |b: &Object| names.is_empty() || names.iter().any(|name| name == b.name());
    let shown = all.iter().filter(|(_, b)| wanted(b)).map(|(store, b)| shown(places, store, b)).collect();
    let mut answer = page(shown, "LoadBalancerDescriptions", input, LIMIT)?;
    // Its token has another name on the way back.
    if let Some(next) = answer.remove("Marker") {
        answer.set("NextMarker", next);
    }
    Ok(answer)
}

fn shown(places: &Places<'_>, store: &Store, balancer: &Object) -> Value {
    let (scheme, subnets) = scheme(store, balancer);
    let name = balancer.name();
    let instance = |id: &Value| json!({"InstanceId": id});
    let ports = balancer.items_at("spec/kubetick/ports");
    let mut shown = json!({
        "LoadBalancerName": name, "DNSName": (balancer.at("spec/DNSName")),
        "ListenerDescriptions": (ports.iter().map(|port| listener(balancer, port)).collect::<Vec<_>>()),
        "Policies": {"AppCookieStickinessPolicies": [], "LBCookieStickinessPolicies": [], "OtherPolicies": []},
        "BackendServerDescriptions": [],
        "AvailabilityZones": (subnets.iter().map(|(zone, _)| zone.clone()).collect::<Vec<_>>()),
        "Subnets": (subnets.iter().map(|(_, id)| id.clone()).collect::<Vec<_>>()), "VPCId": (vpc(store)),
        "Instances": (balancer.items_at("spec/Instances").iter().map(instance).collect::<Vec<_>>()),
        "HealthCheck": (health_check(balancer)),
        "SourceSecurityGroup": {
            "OwnerAlias": (places.account_id()), "GroupName": (format!("k8s-elb-{name}")),
        },
        "SecurityGroups": [(security_group_id(store, name))],
        "CreatedTime": (balancer.at("spec/CreatedTime")), "Scheme": scheme,
    });
    if let Some((_, zone, _)) = hosted_zone(places) {
        shown.set("CanonicalHostedZoneNameID", *zone);
    }
    if scheme != "internal" {
        shown.set("CanonicalHostedZoneName", balancer.at("spec/DNSName"));
    }
    shown
}

/// One port of the Service, plain or with a certificate.
fn listener(balancer: &Object, port: &Value) -> Value {
    let backend = annotation(balancer, "aws-load-balancer-backend-protocol").to_uppercase();
    let certificate = annotation(balancer, "aws-load-balancer-ssl-cert");
    let ports = match annotation(balancer, "aws-load-balancer-ssl-ports") {
        "" => "*",
        ports => ports,
    };
    let number = port.int_at("port").unwrap_or(0);
    let is_meant = |one: &str| {
        one == "*" || one == number.to_string() || (!one.is_empty() && one == port.str_at("name"))
    };
    let secure = !certificate.is_empty() && ports.split(',').any(|one| is_meant(one.trim()));
    let (protocol, behind) = match (secure, backend.as_str()) {
        (true, "HTTP" | "HTTPS") => ("HTTPS", backend.as_str()),
        (true, "SSL") => ("SSL", "SSL"),
        (true, _) => ("SSL", "TCP"),
        (false, "HTTP") => ("HTTP", "HTTP"),
        (false, _) => ("TCP", "TCP"),
    };
    let mut listener = json!({
        "Protocol": protocol, "LoadBalancerPort": number, "InstanceProtocol": behind,
        "InstancePort": (port.at("nodePort")),
    });
    if secure {
        listener.set("SSLCertificateId", certificate);
    }
    json!({"Listener": listener, "PolicyNames": []})
}

fn health_check(balancer: &Object) -> Value {
    let target = match balancer.int_at("spec/kubetick/local") {
        Some(port) => format!("HTTP:{port}/healthz"),
        None => {
            let first = balancer.items_at("spec/kubetick/ports").first();
            format!("TCP:{}", first.and_then(|port| port.int_at("nodePort")).unwrap_or(0))
        }
    };
    let given =
        |name: &str, otherwise| number(balancer, &format!("aws-load-balancer-healthcheck-{name}"), otherwise);
    json!({
        "Target": target, "Interval": (given("interval", 10)), "Timeout": (given("timeout", 5)),
        "UnhealthyThreshold": (given("unhealthy-threshold", 6)),
        "HealthyThreshold": (given("healthy-threshold", 2)),
    })
}

fn health(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("LoadBalancerName");
    let all = of_sort(places, false);
    let Some((store, balancer)) = all.iter().find(|(_, b)| b.name() == name) else {
        return Err(unknown(name));
    };
    let wanted = input.items_at("Instances");
    let registered = balancer.items_at("spec/Instances");
    for asked in wanted {
        if !registered.contains(asked.at("InstanceId")) {
            return Err(not_found(
                "InvalidInstance",
                format!("Could not find EC2 instance {}.", asked.str_at("InstanceId")),
            ));
        }
    }
    let state = |id: &Value| {
        let (state, reason, why) = match answers(store, balancer, id.as_str().unwrap_or_default()) {
            (true, _) => ("InService", "N/A", "N/A"),
            (false, machine) if machine == "stopped" => {
                ("OutOfService", "Instance", "Instance is in stopped state.")
            }
            _ => (
                "OutOfService",
                "Instance",
                "Instance has failed at least the UnhealthyThreshold number of health checks consecutively.",
            ),
        };
        json!({"InstanceId": id, "State": state, "ReasonCode": reason, "Description": why})
    };
    let meant = |id: &&Value| wanted.is_empty() || wanted.iter().any(|asked| asked.at("InstanceId") == *id);
    let states: Vec<Value> = registered.iter().filter(meant).map(state).collect();
    Ok(json!({"InstanceStates": states}))
}
