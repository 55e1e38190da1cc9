//! Instances that somebody launches: machines of no cluster.

use super::super::state::{self, INSTANCE};
use super::super::{Places, ServiceError};
use super::instances::put_state;
use super::network::{subnets, vpc};
use super::{cluster_security_group, launch_templates, spot, subnet_of, tags};
use crate::api::fault;
use crate::catalog::instance_types;
use crate::catalog::nodes::{private_dns_name, public_dns_name};
use crate::json;
use crate::machinery::{Object, Value, names};
use crate::store::Store;

/// A machine to be launched.
pub(super) struct Machine {
    /// `t3.micro`.
    pub instance_type: String,
    /// Its image.
    pub image: String,
    /// Its zone.
    pub zone: String,
    /// Its subnet; empty for the public one of its zone.
    pub subnet: String,
    /// The name of its key pair.
    pub key: String,
    /// `Key` and `Value`.
    pub tags: Vec<Value>,
    /// Spot capacity.
    pub spot: bool,
    /// The Auto Scaling group it belongs to.
    pub group: String,
    /// The launch template it was made of.
    pub template: Value,
}

/// Launches it; answers its id. Where no cluster's engine runs it is up at once.
pub(super) fn launch_machine(store: &Store, machine: &Machine, index: i64) -> String {
    let id = state::ec2_id(store, "i");
    let region = store.meta().region.clone();
    let roll = names::number(state::seed(store), &format!("machine {id}"), 0);
    let ip = format!("192.168.{}.{}", roll % 32, 4 + (roll >> 8) % 248);
    let public = format!("13.{}.{}.{}", 124 + (roll >> 16) % 4, (roll >> 24) % 256, 4 + (roll >> 32) % 250);
    let kind = instance_types::find(&machine.instance_type);
    let arch = if kind.as_ref().is_some_and(|k| k.arch == "arm64") { "arm64" } else { "x86_64" };
    let subnet =
        if machine.subnet.is_empty() { subnet_of(store, &machine.zone) } else { machine.subnet.clone() };
    let region = if region.is_empty() {
        machine.zone.trim_end_matches(char::is_alphabetic).to_string()
    } else {
        region
    };
    let mut spec = json!({
        "InstanceId": (id.as_str()), "AmiLaunchIndex": index, "InstanceType": (machine.instance_type.as_str()),
        "ImageId": (machine.image.as_str()), "LaunchTime": (state::timestamp(store.now())),
        "Placement": {"AvailabilityZone": (machine.zone.as_str()), "GroupName": "", "Tenancy": "default"},
        "Monitoring": {"State": "disabled"}, "ProductCodes": [], "StateTransitionReason": "",
        "PrivateDnsName": (private_dns_name(&ip, &region)), "PrivateIpAddress": (ip.as_str()),
        "PublicDnsName": (public_dns_name(&public, &region)), "PublicIpAddress": (public.as_str()),
        "SubnetId": subnet, "VpcId": (vpc(store)), "Architecture": arch, "Hypervisor": "xen",
        "RootDeviceName": "/dev/xvda", "RootDeviceType": "ebs", "VirtualizationType": "hvm", "EbsOptimized": false,
        "EnaSupport": true, "SourceDestCheck": true, "PlatformDetails": "Linux/UNIX",
        "SecurityGroups": [{"GroupId": (cluster_security_group(store)), "GroupName": "default"}],
        "kubetick": {"lifecycle": "Pending"},
    });
    if !machine.group.is_empty() {
        spec.set("kubetick/group", machine.group.as_str());
        spec.set("kubetick/launchTemplate", &machine.template);
    }
    if !machine.tags.is_empty() {
        spec.set("Tags", machine.tags.clone());
    }
    if !machine.key.is_empty() {
        spec.set("KeyName", machine.key.as_str());
    }
    if machine.spot {
        spec.set("InstanceLifecycle", "spot");
        spec.set("SpotInstanceRequestId", spot::fulfilled(store, &id, &machine.instance_type, &machine.zone));
    }
    let ticks = !store.meta().region.is_empty();
    put_state(&mut spec, if ticks { "pending" } else { "running" });
    state::put(store, INSTANCE, &id, spec);
    id
}

/// The launch template of a group, and what it says.
fn template_of(store: &Store, group: &Object) -> Option<(Object, Value)> {
    let spec = group.at("spec");
    let given = match spec.get("LaunchTemplate") {
        Some(given) => given,
        None => spec.at("MixedInstancesPolicy/LaunchTemplate/LaunchTemplateSpecification"),
    };
    let template = launch_templates::of_specification(store, given)?;
    let data = launch_templates::data_of(&template, given.str_at("Version"));
    Some((template, data))
}

/// The type of the instances a group launches; `None` when its template is gone.
pub fn type_of_launches(store: &Store, group: &Object) -> Option<String> {
    let overrides = group.items_at("spec/MixedInstancesPolicy/LaunchTemplate/Overrides");
    match overrides.first().map_or("", |o| o.str_at("InstanceType")) {
        "" => Some(template_of(store, group)?.1.str_at("InstanceType").to_string()),
        first => Some(first.to_string()),
    }
}

/// The zones of a group of no cluster: those of its subnets, and those it names.
pub fn zones_of(store: &Store, group: &Object) -> Vec<String> {
    let spec = group.at("spec");
    let wanted: Vec<&str> = spec.str_at("VPCZoneIdentifier").split(',').filter(|s| !s.is_empty()).collect();
    let of_subnets = subnets(store).into_iter().filter(|s| wanted.contains(&s.id.as_str())).map(|s| s.zone);
    let named = spec.items_at("AvailabilityZones").iter().filter_map(Value::as_str).map(str::to_string);
    let mut all: Vec<String> = of_subnets.chain(named).collect();
    if all.is_empty() {
        all.push(format!("{}a", store.meta().region));
    }
    all.sort();
    all.dedup();
    all
}

/// Launches a machine for a group of no cluster, as its launch template says; answers its id and zone.
pub fn launch_for(store: &Store, group: &Object) -> Option<(String, String)> {
    let spec = group.at("spec");
    if !spec.at("kubetick/nodeGroup").is_null() {
        return None;
    }
    let (template, data) = template_of(store, group)?;
    let mut all = zones_of(store, group);
    all.retain(|zone| !fault::has_no_room(store, zone));
    let peers = super::super::autoscaling::of_group(store, group.name());
    let crowd =
        |zone: &String| peers.iter().filter(|p| p.str_at("spec/Placement/AvailabilityZone") == zone).count();
    let zone = all.iter().min_by_key(|zone| (crowd(zone), (*zone).clone()))?.clone();
    let mut tags: Vec<Value> = spec
        .items_at("Tags")
        .iter()
        .filter(|t| t.bool_at("PropagateAtLaunch"))
        .map(|t| json!({"Key": (t.at("Key")), "Value": (t.at("Value"))}))
        .collect();
    tags.push(json!({"Key": "aws:autoscaling:groupName", "Value": (group.name())}));
    let machine = Machine {
        instance_type: type_of_launches(store, group)?,
        image: data.str_at("ImageId").to_string(),
        zone: zone.clone(),
        subnet: String::new(),
        key: data.str_at("KeyName").to_string(),
        tags,
        spot: false,
        group: group.name().to_string(),
        template: json!({
            "LaunchTemplateId": (template.at("spec/LaunchTemplateId")),
            "LaunchTemplateName": (template.name()), "Version": "1",
        }),
    };
    Some((launch_machine(store, &machine, 0), zone))
}

fn invalid(code: &str, message: impl Into<String>) -> ServiceError {
    ServiceError::invalid(code, message)
}

/// The members of a request that a launch template may give as well.
fn with_template(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let Some(given) = input.get("LaunchTemplate") else { return Ok(input.clone()) };
    let (_, template) = launch_templates::named(places, given)?;
    let mut merged = launch_templates::data_of(&template, given.str_at("Version"));
    for (member, value) in input.map().iter() {
        merged.map_mut().insert(member, value);
    }
    Ok(merged)
}

/// Zone and subnet a request asks for.
fn place(places: &Places<'_>, input: &Value) -> Result<(String, String), ServiceError> {
    let subnet = match input.str_at("SubnetId") {
        "" => input.items_at("NetworkInterfaces").first().map(|i| i.str_at("SubnetId")).unwrap_or_default(),
        subnet => subnet,
    };
    let all = places.clusters.iter().flat_map(|store| subnets(store));
    if !subnet.is_empty() {
        let found = all.into_iter().find(|s| s.id == subnet);
        let zone = found.map(|s| s.zone).ok_or_else(|| {
            invalid("InvalidSubnetID.NotFound", format!("The subnet ID '{subnet}' does not exist"))
        })?;
        return Ok((zone, subnet.to_string()));
    }
    match input.str_at("Placement/AvailabilityZone") {
        "" => Ok((format!("{}a", places.region), String::new())),
        zone if zone.starts_with(&places.region) => Ok((zone.to_string(), String::new())),
        zone => Err(invalid("InvalidParameterValue", format!("Invalid availability zone: [{zone}]"))),
    }
}

/// A dry run that would succeed, or one that wants to be told so.
fn refuse_dry_run(input: &Value) -> Result<(), ServiceError> {
    match input.bool_at("DryRun") {
        true => Err(ServiceError::new(
            412,
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
        )),
        false => Ok(()),
    }
}

pub(super) fn run_instances(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let merged = with_template(places, input)?;
    let (least, most) = (input.int_at("MinCount").unwrap_or(1), input.int_at("MaxCount").unwrap_or(1));
    let image = merged.str_at("ImageId");
    if image.is_empty() {
        return Err(invalid("MissingParameter", "The request must contain the parameter ImageId"));
    }
    if !image.starts_with("ami-") && !image.starts_with("resolve:ssm:") {
        return Err(invalid(
            "InvalidAMIID.Malformed",
            format!("Invalid id: \"{image}\" (expecting \"ami-...\")"),
        ));
    }
    if least < 1 || least > most {
        return Err(invalid(
            "InvalidParameterValue",
            format!(
                "Value ( {least} ) for parameter minCount is invalid. It must be greater than zero and no more than maxCount."
            ),
        ));
    }
    let instance_type = match merged.str_at("InstanceType") {
        "" => "m1.small",
        given => given,
    };
    check_type(instance_type)?;
    let (zone, subnet) = place(places, &merged)?;
    refuse_dry_run(input)?;
    let machine = Machine {
        instance_type: instance_type.to_string(),
        image: image.to_string(),
        zone,
        subnet,
        key: merged.str_at("KeyName").to_string(),
        tags: tags::specified(&merged, "instance"),
        spot: merged.str_at("InstanceMarketOptions/MarketType") == "spot",
        group: String::new(),
        template: Value::Null,
    };
    let store = places.home();
    let shown = |index: i64| {
        let id = launch_machine(store, &machine, index);
        let mut shown = state::find(store, INSTANCE, &id).map(|i| i.at("spec").clone()).unwrap_or_default();
        shown.remove("kubetick");
        shown
    };
    let instances: Vec<Value> = (0..most).map(shown).collect();
    Ok(json!({
        "ReservationId": (state::ec2_id(store, "r")), "OwnerId": (places.account_id()), "Groups": [],
        "Instances": instances,
    }))
}

fn check_type(name: &str) -> Result<(), ServiceError> {
    match instance_types::find(name) {
        Some(_) => Ok(()),
        None => Err(invalid("InvalidParameterValue", format!("Invalid value '{name}' for InstanceType."))),
    }
}

/// A fleet of type `instant`: the cheapest of what its overrides allow, launched at once.
pub(super) fn create_fleet(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let target = input.at("TargetCapacitySpecification");
    let count = target.int_at("TotalTargetCapacity").unwrap_or(0);
    let spot = target.str_at("DefaultTargetCapacityType") == "spot";
    let mut offers = Vec::new();
    for config in input.items_at("LaunchTemplateConfigs") {
        let given = config.at("LaunchTemplateSpecification");
        let (_, template) = launch_templates::named(places, given)?;
        let data = launch_templates::data_of(&template, given.str_at("Version"));
        let own = [json!({"InstanceType": (data.at("InstanceType"))})];
        let overrides = match config.items_at("Overrides") {
            [] => &own[..],
            given => given,
        };
        for choice in overrides {
            let kind = choice.str_at("InstanceType");
            check_type(kind)?;
            let merged = json!({
                "SubnetId": (choice.at("SubnetId")),
                "Placement": {"AvailabilityZone": (choice.at("AvailabilityZone"))},
            });
            let (zone, subnet) = place(places, &merged)?;
            offers.push((
                spot::price(kind, &zone, spot),
                kind.to_string(),
                zone,
                subnet,
                given.clone(),
                data.clone(),
                choice.clone(),
            ));
        }
    }
    offers.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| (&a.1, &a.2).cmp(&(&b.1, &b.2))));
    let Some((_, kind, zone, subnet, given, data, choice)) = offers.into_iter().next() else {
        return Err(invalid(
            "MissingParameter",
            "The request must contain the parameter LaunchTemplateConfigs",
        ));
    };
    refuse_dry_run(input)?;
    let machine = Machine {
        instance_type: kind.clone(),
        image: data.str_at("ImageId").to_string(),
        zone: zone.clone(),
        subnet,
        key: data.str_at("KeyName").to_string(),
        tags: tags::specified(input, "instance"),
        spot,
        group: String::new(),
        template: Value::Null,
    };
    let store = places.home();
    let ids: Vec<Value> = (0..count).map(|i| launch_machine(store, &machine, i).into()).collect();
    let fleet = format!("fleet-{}", state::uuid(store, "fleet"));
    if input.str_at("Type") != "instant" {
        return Ok(json!({"FleetId": fleet}));
    }
    Ok(json!({"FleetId": fleet, "Errors": [], "Instances": [{
        "LaunchTemplateAndOverrides": {"LaunchTemplateSpecification": given, "Overrides": choice},
        "Lifecycle": (if spot { "spot" } else { "on-demand" }), "InstanceIds": ids, "InstanceType": kind,
    }]}))
}
