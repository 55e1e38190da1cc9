//! EC2 instances.

use super::super::filters::{Limit, page, pass, tag_values};
use super::super::state::{self, INSTANCE};
use super::super::{Places, ServiceError};
use super::{cluster_security_group, pages_of, subnet_of, usage, vpc};
use crate::catalog::instance_types;
use crate::catalog::nodes::{NodeSpec, private_dns_name, public_dns_name};
use crate::json;
use crate::machinery::{Object, Value};
use crate::store::Store;

/// The states of an instance, with their codes.
pub const STATES: [(&str, i64); 6] = [
    ("pending", 0),
    ("running", 16),
    ("shutting-down", 32),
    ("terminated", 48),
    ("stopping", 64),
    ("stopped", 80),
];

const LIMIT: Limit = pages_of(1000);

/// An instance to be launched.
pub struct Launch<'a> {
    /// The machine and the node it becomes.
    pub node: &'a NodeSpec,
    /// The Auto Scaling group it belongs to.
    pub group: &'a str,
    /// `LaunchTemplateId`, `LaunchTemplateName`, `Version`.
    pub template: Value,
    /// `Key` and `Value`.
    pub tags: Vec<(String, String)>,
    /// Spot capacity.
    pub spot: bool,
    /// `pending` or, for one that is there from the start, `running`.
    pub state: &'static str,
}

/// Writes a launched instance.
pub fn launch(store: &Store, launch: &Launch<'_>) {
    let node = launch.node;
    let kind = instance_types::find(&node.instance_type);
    let now = state::timestamp(store.now());
    let tags: Vec<Value> =
        launch.tags.iter().map(|(k, v)| json!({"Key": (k.as_str()), "Value": (v.as_str())})).collect();
    let image = node.labels.iter().find(|(k, _)| k == "eks.amazonaws.com/nodegroup-image");
    let arch = if kind.as_ref().is_some_and(|k| k.arch == "arm64") { "arm64" } else { "x86_64" };
    let group_id = cluster_security_group(store);
    let mut spec = json!({
        "InstanceId": (node.instance_id.as_str()), "AmiLaunchIndex": 0, "InstanceType": (node.instance_type.as_str()),
        "ImageId": (image.map_or("ami-00000000000000000", |(_, v)| v)), "LaunchTime": (now.as_str()),
        "Placement": {"AvailabilityZone": (node.zone.as_str()), "GroupName": "", "Tenancy": "default"},
        "Monitoring": {"State": "disabled"}, "ProductCodes": [], "StateTransitionReason": "",
        "PrivateDnsName": (private_dns_name(&node.ip, &node.region)), "PrivateIpAddress": (node.ip.as_str()),
        "PublicDnsName": "", "SubnetId": (subnet_of(store, &node.zone)), "VpcId": (vpc(store)),
        "Architecture": arch, "Hypervisor": "xen", "RootDeviceName": "/dev/xvda", "RootDeviceType": "ebs",
        "VirtualizationType": "hvm", "EbsOptimized": false, "EnaSupport": true, "SourceDestCheck": true,
        "PlatformDetails": "Linux/UNIX",
        "SecurityGroups": [{"GroupId": group_id, "GroupName": (format!("eks-cluster-sg-{}", store.meta().name))}],
        "Tags": tags,
        "kubetick": {
            "group": (launch.group), "launchTemplate": (&launch.template),
            "lifecycle": (if launch.state == "running" { "InService" } else { "Pending" }),
            "node": (node.to_value()),
        },
    });
    if !node.public_ip.is_empty() {
        spec.set("PublicIpAddress", node.public_ip.as_str());
        spec.set("PublicDnsName", public_dns_name(&node.public_ip, &node.region));
    }
    if launch.spot {
        spec.set("InstanceLifecycle", "spot");
    }
    put_state(&mut spec, launch.state);
    state::put(store, INSTANCE, &node.instance_id, spec);
    if launch.state == "running" {
        usage::begin(store, &node.instance_id);
    }
}

pub(super) fn put_state(spec: &mut Value, name: &str) {
    let code = STATES.iter().find(|(state, _)| *state == name).map_or(0, |(_, code)| *code);
    spec.set("State", json!({"Code": code, "Name": name}));
}

/// Moves an instance to a state; one that ended loses its addresses.
pub fn set_state(store: &Store, id: &str, name: &str, reason: &str) {
    let now = store.now();
    match name {
        "running" => usage::begin(store, id),
        _ => usage::end(store, id),
    }
    state::modify(store, INSTANCE, id, |spec| {
        put_state(spec, name);
        spec.set("kubetick/since", now.0);
        if matches!(name, "shutting-down" | "stopping") {
            let at = now.truncated().rfc3339().replace('T', " ").replace('Z', " GMT");
            spec.set("StateTransitionReason", format!("{reason} ({at})"));
        }
        if name == "running" {
            spec.set("StateTransitionReason", "");
        }
        if name == "terminated" {
            for gone in ["PrivateIpAddress", "PublicIpAddress", "SubnetId", "VpcId"] {
                spec.remove(gone);
            }
            for empty in ["PrivateDnsName", "PublicDnsName"] {
                spec.set(empty, "");
            }
            spec.set("SecurityGroups", Value::array());
        }
    });
}

/// What an instance has under the name of a filter.
fn values(instance: &Value, filter: &str) -> Option<Vec<String>> {
    let member = match filter {
        "instance-id" => "InstanceId",
        "instance-type" => "InstanceType",
        "instance-state-name" => "State/Name",
        "availability-zone" => "Placement/AvailabilityZone",
        "private-dns-name" => "PrivateDnsName",
        "private-ip-address" => "PrivateIpAddress",
        "dns-name" => "PublicDnsName",
        "ip-address" => "PublicIpAddress",
        "vpc-id" => "VpcId",
        "subnet-id" => "SubnetId",
        "image-id" => "ImageId",
        "architecture" => "Architecture",
        "instance-lifecycle" => "InstanceLifecycle",
        "spot-instance-request-id" => "SpotInstanceRequestId",
        "instance-state-code" => return Some(vec![instance.int_at("State/Code").unwrap_or(0).to_string()]),
        _ => return tag_values(instance.items_at("Tags"), filter),
    };
    Some(
        instance
            .get(member)
            .and_then(Value::as_str)
            .map(|v| vec![v.to_string()])
            .or_else(|| {
                let nested = instance.str_at(member);
                (!nested.is_empty()).then(|| vec![nested.to_string()])
            })
            .unwrap_or_default(),
    )
}

fn chosen(places: &Places<'_>, input: &Value) -> Result<Vec<Object>, ServiceError> {
    let ids = input.items_at("InstanceIds");
    for id in ids.iter().filter_map(Value::as_str) {
        if !id.starts_with("i-") {
            return Err(ServiceError::invalid(
                "InvalidInstanceID.Malformed",
                format!("Invalid id: \"{id}\""),
            ));
        }
        if places.find(INSTANCE, id).is_none() {
            return Err(ServiceError::invalid(
                "InvalidInstanceID.NotFound",
                format!("The instance ID '{id}' does not exist"),
            ));
        }
    }
    let mut found = Vec::new();
    for instance in places.list(INSTANCE) {
        let spec = instance.at("spec");
        if (ids.is_empty() || ids.contains(spec.at("InstanceId")))
            && pass(input.items_at("Filters"), |filter| values(spec, filter))?
        {
            found.push(instance);
        }
    }
    // In the order of their launch.
    found.sort_by(|a, b| {
        (a.str_at("spec/LaunchTime"), a.name()).cmp(&(b.str_at("spec/LaunchTime"), b.name()))
    });
    Ok(found)
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let reservation = |instance: Object| {
        let mut shown = instance.at("spec").clone();
        shown.remove("kubetick");
        json!({
            "ReservationId": (format!("r-0{}", instance.name().get(3..).unwrap_or_default().chars().rev().collect::<String>())),
            "OwnerId": (places.account_id()), "Groups": [], "RequesterId": (requester(&instance)), "Instances": [shown],
        })
    };
    let all = chosen(places, input)?.into_iter().map(reservation).collect();
    page(all, "Reservations", input, LIMIT)
}

/// The number of the service that launched an instance.
fn requester(instance: &Object) -> &'static str {
    if instance.str_at("spec/kubetick/group").is_empty() { "" } else { "940372691376" }
}

pub(super) fn describe_status(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let all = input.bool_at("IncludeAllInstances");
    let shown = |instance: Object| {
        let spec = instance.at("spec");
        let running = spec.str_at("State/Name") == "running";
        let broken = spec.int_at("kubetick/impaired").is_some();
        let status = match (running, broken) {
            (false, _) => "not-applicable",
            (true, true) => "impaired",
            (true, false) => "ok",
        };
        let check = json!({
            "Status": status,
            "Details": [{"Name": "reachability", "Status": (if broken { "failed" } else { "passed" })}],
        });
        json!({
            "AvailabilityZone": (spec.at("Placement/AvailabilityZone")), "InstanceId": (spec.at("InstanceId")),
            "InstanceState": (spec.at("State")), "InstanceStatus": (&check), "SystemStatus": (&check),
        })
    };
    let found = chosen(places, input)?
        .into_iter()
        .filter(|i| all || i.str_at("spec/State/Name") == "running")
        .map(shown)
        .collect();
    page(found, "InstanceStatuses", input, LIMIT)
}

/// Moves the instances of a request from their state to another; answers the pairs.
fn change(
    places: &Places<'_>,
    input: &Value,
    to: &str,
    unless: &[&str],
    member: &str,
) -> Result<Value, ServiceError> {
    let instances = chosen(places, input)?;
    let mut changes = Vec::new();
    for instance in &instances {
        let before = instance.at("spec/State").clone();
        if !unless.contains(&before.str_at("Name"))
            && let Some((store, _)) = places.find(INSTANCE, instance.name())
        {
            set_state(store, instance.name(), to, "User initiated");
        }
        let after = places.find(INSTANCE, instance.name()).map(|(_, i)| i.at("spec/State").clone());
        changes.push(json!({
            "InstanceId": (instance.name()), "CurrentState": (after.unwrap_or_default()), "PreviousState": before,
        }));
    }
    let mut answer = Value::object();
    answer.set(member, changes);
    Ok(answer)
}

pub(super) fn terminate(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    change(places, input, "shutting-down", &["shutting-down", "terminated"], "TerminatingInstances")
}

pub(super) fn stop(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    refuse_in(places, input, &["shutting-down", "terminated"], "stopped")?;
    change(places, input, "stopping", &["stopping", "stopped"], "StoppingInstances")
}

pub(super) fn start(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    refuse_in(places, input, &["shutting-down", "terminated", "stopping"], "started")?;
    change(places, input, "pending", &["pending", "running"], "StartingInstances")
}

pub(super) fn reboot(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    refuse_in(places, input, &["shutting-down", "terminated"], "rebooted")?;
    Ok(Value::Null)
}

fn refuse_in(places: &Places<'_>, input: &Value, states: &[&str], what: &str) -> Result<(), ServiceError> {
    for instance in chosen(places, input)? {
        if states.contains(&instance.str_at("spec/State/Name")) {
            return Err(ServiceError::invalid(
                "IncorrectInstanceState",
                format!("The instance '{}' is not in a state from which it can be {what}.", instance.name()),
            ));
        }
    }
    Ok(())
}
