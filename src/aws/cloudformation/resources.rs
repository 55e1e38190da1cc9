//! The things a stack may hold: how each is made, named and removed. What another service keeps is made by that service's
//! own operation, as if a client had called it.

use super::super::iam::{NewRole, create_role, delete_role, role_arn};
use super::super::state::{self, INSTANCE, PARAMETER, POLICY, ROLE};
use super::super::{Endpoint, Places, Request, ServiceError, door::Door};
use super::physical_name;
use super::stored;
use crate::json;
use crate::machinery::Value;

/// One resource of a stack that is to be made.
pub(super) struct Asked<'a> {
    /// The stores behind.
    pub places: &'a Places<'a>,
    /// The stack's name.
    pub stack: &'a str,
    /// The resource's name in the template.
    pub logical: &'a str,
    /// `AWS::IAM::Role`.
    pub kind: &'a str,
    /// Its properties, functions worked out.
    pub properties: &'a Value,
    /// The physical id of the version before, for one that is updated.
    pub before: Option<&'a str>,
    /// The properties of that version.
    pub old: &'a Value,
}

/// A resource that was made.
#[derive(Default)]
pub(super) struct Made {
    /// What `Ref` gives.
    pub physical: String,
    /// What `Fn::GetAtt` gives.
    pub attributes: Value,
}

impl Made {
    pub(super) fn new(physical: impl Into<String>, attributes: Value) -> Made {
        Made { physical: physical.into(), attributes }
    }
}

type Making = Result<Made, ServiceError>;

/// What makes a type, what removes it (given its physical id and its properties), and how many seconds its making takes.
struct Type {
    name: &'static str,
    make: fn(&Asked<'_>) -> Making,
    remove: fn(&Places<'_>, &str, &Value),
    seconds: i64,
    /// A change is made to the thing itself; else the new version takes the place of the old one.
    in_place: bool,
}

#[rustfmt::skip]
const TYPES: &[Type] = &[
    Type { name: "AWS::AutoScaling::AutoScalingGroup", make: group, remove: remove_group, seconds: 30, in_place: true },
    Type { name: "AWS::AutoScaling::ScalingPolicy", make: scaling_policy, remove: remove_scaling_policy, seconds: 5, in_place: false },
    Type { name: "AWS::AutoScaling::ScheduledAction", make: scheduled_action, remove: remove_scheduled_action, seconds: 5, in_place: false },
    Type { name: "AWS::EC2::Instance", make: instance, remove: remove_instance, seconds: 20, in_place: false },
    Type { name: "AWS::EC2::LaunchTemplate", make: template, remove: remove_template, seconds: 5, in_place: false },
    Type { name: "AWS::EC2::SecurityGroup", make: security_group, remove: remove_security_group, seconds: 6, in_place: false },
    Type { name: "AWS::EKS::Addon", make: addon, remove: remove_addon, seconds: 30, in_place: false },
    Type { name: "AWS::EKS::Nodegroup", make: node_group, remove: remove_node_group, seconds: 120, in_place: true },
    Type { name: "AWS::IAM::InstanceProfile", make: instance_profile, remove: remove_instance_profile, seconds: 120, in_place: false },
    Type { name: "AWS::IAM::ManagedPolicy", make: managed_policy, remove: remove_managed_policy, seconds: 16, in_place: true },
    Type { name: "AWS::IAM::OIDCProvider", make: provider, remove: remove_provider, seconds: 16, in_place: false },
    Type { name: "AWS::IAM::Policy", make: policy, remove: remove_policy, seconds: 15, in_place: true },
    Type { name: "AWS::IAM::Role", make: role, remove: |places, name, _| delete_role(places, name), seconds: 17, in_place: true },
    Type { name: "AWS::SSM::Parameter", make: parameter, remove: |places, name, _| drop(state::remove(places.home(), PARAMETER, name)), seconds: 3, in_place: true },
];

/// Types of IAM: a request has to say that it knows of them.
pub(super) const OF_IAM: [(&str, &str); 4] = [
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Policy", ""),
    ("AWS::IAM::Role", "RoleName"),
];

/// Whether a type can be made here.
pub(super) fn is_simulated(kind: &str) -> bool {
    TYPES.iter().any(|t| t.name == kind) || stored::is_known(kind)
}

/// Seconds until a resource of a type is there.
pub(super) fn seconds(kind: &str) -> i64 {
    TYPES.iter().find(|t| t.name == kind).map_or_else(|| stored::seconds(kind), |t| t.seconds)
}

/// Makes a resource. The error is the reason CloudFormation gives.
pub(super) fn make(asked: &Asked<'_>) -> Result<Made, String> {
    let Some(kind) = TYPES.iter().find(|t| t.name == asked.kind) else {
        let made = stored::make(asked);
        return made.ok_or_else(|| format!("{} is not simulated by kubetick", asked.kind));
    };
    if let Some(before) = asked.before.filter(|_| !kind.in_place) {
        (kind.remove)(asked.places, before, asked.old);
    }
    (kind.make)(asked).map_err(|e| {
        let service = asked.kind.split("::").nth(1).unwrap_or_default();
        let id = "00000000-0000-0000-0000-000000000000";
        format!(
            "Resource handler returned message: \"{} (Service: {service}, Status Code: {}, Request ID: {id})\" (RequestToken: {id}, HandlerErrorCode: {})",
            e.message,
            e.status,
            handler_code(&e)
        )
    })
}

fn handler_code(e: &ServiceError) -> &'static str {
    let code = e.code.as_str();
    if code.contains("Exist") || code.contains("Duplicate") || code == "ResourceInUseException" {
        "AlreadyExists"
    } else if code.contains("NotFound") || code == "NoSuchEntity" {
        "NotFound"
    } else {
        "InvalidRequest"
    }
}

/// Removes a resource.
pub(super) fn remove(places: &Places<'_>, kind: &str, physical: &str, properties: &Value) {
    if let Some(kind) = TYPES.iter().find(|t| t.name == kind) {
        (kind.remove)(places, physical, properties);
    }
}

/// Calls an operation as the user.
fn call(places: &Places<'_>, service: &str, operation: &str, input: Value) -> Result<Value, ServiceError> {
    let request = Request {
        service: service.to_string(),
        operation: operation.to_string(),
        region: places.region.clone(),
        input,
    };
    Door { places: places.clone() }.call(&request)
}

impl Asked<'_> {
    /// The name a property gives, else the one the resource has had, else one drawn.
    pub(super) fn name(&self, property: &str, limit: usize) -> String {
        match (self.properties.str_at(property), self.before) {
            ("", Some(before)) => before.to_string(),
            ("", None) => physical_name(self.places, self.stack, self.logical, limit),
            (given, _) => given.to_string(),
        }
    }

    /// A copy of chosen properties, under the names a request has.
    fn input(&self, members: &[&str]) -> Value {
        let mut input = Value::object();
        for member in members {
            if let Some(value) = self.properties.get(member) {
                input.set(member, value);
            }
        }
        input
    }
}

fn strings(value: &Value) -> Vec<String> {
    value.items().iter().filter_map(Value::as_str).map(str::to_string).collect()
}

/// A policy document of a template: an object, or JSON as text.
fn document_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_json(), str::to_string)
}

fn role(asked: &Asked<'_>) -> Making {
    let (places, properties) = (asked.places, asked.properties);
    let name = asked.name("RoleName", 64);
    if let Some(before) = asked.before {
        if before == name {
            return change_role(asked, &name);
        }
        delete_role(places, before);
    }
    if state::find(places.account, ROLE, &name).is_some() {
        return Err(ServiceError::new(
            409,
            "EntityAlreadyExists",
            format!("Role with name {name} already exists."),
        ));
    }
    let path = match properties.str_at("Path") {
        "" => "/",
        path => path,
    };
    let trust = document_text(properties.at("AssumeRolePolicyDocument"));
    let trust = Value::parse(&trust).unwrap_or_default();
    let new = NewRole {
        name: name.clone(),
        path: path.to_string(),
        trust,
        policies: Vec::new(),
        tags: properties.items_at("Tags").to_vec(),
    };
    create_role(places, &new);
    give_policies(asked, &name).inspect_err(|_| delete_role(places, &name))?;
    Ok(role_made(places, name))
}

fn give_policies(asked: &Asked<'_>, role: &str) -> Result<(), ServiceError> {
    for arn in strings(asked.properties.at("ManagedPolicyArns")) {
        attach(asked.places, role, &arn)?;
    }
    for policy in asked.properties.items_at("Policies") {
        put_inline(asked.places, role, policy.str_at("PolicyName"), policy.at("PolicyDocument"))?;
    }
    Ok(())
}

/// A role that stays: what its last version had and this one has not goes, what others gave it stays.
fn change_role(asked: &Asked<'_>, name: &str) -> Making {
    let trust = document_text(asked.properties.at("AssumeRolePolicyDocument"));
    let arns = strings(asked.old.at("ManagedPolicyArns"));
    state::modify(asked.places.account, ROLE, name, |spec| {
        spec.set("kubetick/trust", Value::parse(&trust).unwrap_or_default());
        let attached = spec.at_mut("kubetick/attached").list_mut();
        attached.retain(|arn| arn.as_str().is_none_or(|arn| !arns.iter().any(|a| a == arn)));
        for policy in asked.old.items_at("Policies") {
            spec.at_mut("kubetick/inline").map_mut().remove(policy.str_at("PolicyName"));
        }
    });
    give_policies(asked, name)?;
    Ok(role_made(asked.places, name.to_string()))
}

fn role_made(places: &Places<'_>, name: String) -> Made {
    let id = state::find(places.account, ROLE, &name).unwrap_or_default().str_at("spec/RoleId").to_string();
    let arn = role_arn(places, &name).unwrap_or_default();
    Made::new(name, json!({"Arn": arn, "RoleId": id}))
}

fn attach(places: &Places<'_>, role: &str, arn: &str) -> Result<Value, ServiceError> {
    call(places, "iam", "AttachRolePolicy", json!({"RoleName": role, "PolicyArn": arn}))
}

fn put_inline(places: &Places<'_>, role: &str, name: &str, document: &Value) -> Result<Value, ServiceError> {
    let input = json!({"RoleName": role, "PolicyName": name, "PolicyDocument": (document_text(document))});
    call(places, "iam", "PutRolePolicy", input)
}

fn managed_policy(asked: &Asked<'_>) -> Making {
    let places = asked.places;
    let before = asked.before.and_then(|arn| arn.rsplit('/').next());
    let name = Asked { before, ..*asked }.name("ManagedPolicyName", 128);
    if let (Some(arn), Some(before)) = (asked.before, before) {
        if before == name {
            let document = document_text(asked.properties.at("PolicyDocument"));
            state::modify(places.account, POLICY, &name, |spec| {
                spec.set("kubetick/document", Value::parse(&document).unwrap_or_default());
            });
            return Ok(Made::new(arn, json!({"PolicyArn": arn})));
        }
        remove_managed_policy(places, arn, asked.old);
    }
    let mut input = asked.input(&["Path", "Description"]);
    input.set("PolicyName", name);
    input.set("PolicyDocument", document_text(asked.properties.at("PolicyDocument")));
    let made = call(places, "iam", "CreatePolicy", input)?;
    let arn = made.str_at("Policy/Arn").to_string();
    for role in strings(asked.properties.at("Roles")) {
        attach(places, &role, &arn)?;
    }
    Ok(Made::new(arn.clone(), json!({"PolicyArn": arn, "PolicyId": (made.at("Policy/PolicyId"))})))
}

fn remove_managed_policy(places: &Places<'_>, arn: &str, _: &Value) {
    for role in state::list(places.account, ROLE) {
        let _ = call(places, "iam", "DetachRolePolicy", json!({"RoleName": (role.name()), "PolicyArn": arn}));
    }
    let _ = call(places, "iam", "DeletePolicy", json!({"PolicyArn": arn}));
}

fn policy(asked: &Asked<'_>) -> Making {
    let physical = asked.name("", 128);
    remove_policy(asked.places, "", asked.old);
    for role in strings(asked.properties.at("Roles")) {
        let name = asked.properties.str_at("PolicyName");
        put_inline(asked.places, &role, name, asked.properties.at("PolicyDocument"))?;
    }
    Ok(Made::new(physical.clone(), json!({"Id": physical})))
}

fn remove_policy(places: &Places<'_>, _: &str, properties: &Value) {
    let name = properties.str_at("PolicyName");
    for role in strings(properties.at("Roles")) {
        state::modify(places.account, ROLE, &role, |spec| {
            spec.at_mut("kubetick/inline").map_mut().remove(name);
        });
    }
}

fn instance_profile(asked: &Asked<'_>) -> Making {
    let name = asked.name("InstanceProfileName", 128);
    let mut input = asked.input(&["Path"]);
    input.set("InstanceProfileName", name.as_str());
    let made = call(asked.places, "iam", "CreateInstanceProfile", input)?;
    for role in strings(asked.properties.at("Roles")) {
        let input = json!({"InstanceProfileName": (name.as_str()), "RoleName": role});
        call(asked.places, "iam", "AddRoleToInstanceProfile", input)?;
    }
    Ok(Made::new(name, json!({"Arn": (made.at("InstanceProfile/Arn"))})))
}

fn remove_instance_profile(places: &Places<'_>, name: &str, _: &Value) {
    state::remove(places.account, state::INSTANCE_PROFILE, name);
}

fn provider(asked: &Asked<'_>) -> Making {
    let mut input = asked.input(&["Url", "ThumbprintList", "Tags"]);
    input.set("ClientIDList", asked.properties.at("ClientIdList"));
    let made = call(asked.places, "iam", "CreateOpenIDConnectProvider", input)?;
    let arn = made.str_at("OpenIDConnectProviderArn").to_string();
    Ok(Made::new(arn.clone(), json!({"Arn": arn})))
}

fn remove_provider(places: &Places<'_>, arn: &str, _: &Value) {
    let _ = call(places, "iam", "DeleteOpenIDConnectProvider", json!({"OpenIDConnectProviderArn": arn}));
}

fn template(asked: &Asked<'_>) -> Making {
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

fn remove_template(places: &Places<'_>, id: &str, _: &Value) {
    let _ = call(places, "ec2", "DeleteLaunchTemplate", json!({"LaunchTemplateId": id}));
}

fn security_group(asked: &Asked<'_>) -> Making {
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

fn remove_security_group(places: &Places<'_>, id: &str, _: &Value) {
    let _ = call(places, "ec2", "DeleteSecurityGroup", json!({"GroupId": id}));
}

fn instance(asked: &Asked<'_>) -> Making {
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

fn remove_instance(places: &Places<'_>, id: &str, _: &Value) {
    let _ = call(places, "ec2", "TerminateInstances", json!({"InstanceIds": [id]}));
}

/// Members of a group that a template writes as a request does.
const GROUP_MEMBERS: [&str; 9] = [
    "AvailabilityZones",
    "CapacityRebalance",
    "HealthCheckType",
    "LaunchTemplate",
    "MixedInstancesPolicy",
    "NewInstancesProtectedFromScaleIn",
    "Tags",
    "TargetGroupARNs",
    "TerminationPolicies",
];

fn group(asked: &Asked<'_>) -> Making {
    let name = asked.name("AutoScalingGroupName", 255);
    let mut input = asked.input(&GROUP_MEMBERS);
    input.set("AutoScalingGroupName", name.as_str());
    numbers(asked.properties, &mut input, &GROUP_NUMBERS);
    if let Some(subnets) = asked.properties.get("VPCZoneIdentifier") {
        input.set("VPCZoneIdentifier", strings(subnets).join(","));
    }
    let operation = match asked.before {
        Some(before) if before == name => "UpdateAutoScalingGroup",
        _ => "CreateAutoScalingGroup",
    };
    call(asked.places, "autoscaling", operation, input)?;
    let arn = super::super::autoscaling::group_arn(asked.places, &name);
    Ok(Made::new(name, json!({"Arn": arn})))
}

const GROUP_NUMBERS: [(&str, &str); 6] = [
    ("MinSize", "MinSize"),
    ("MaxSize", "MaxSize"),
    ("DesiredCapacity", "DesiredCapacity"),
    ("Cooldown", "DefaultCooldown"),
    ("HealthCheckGracePeriod", "HealthCheckGracePeriod"),
    ("MaxInstanceLifetime", "MaxInstanceLifetime"),
];

/// Templates write numbers as text.
fn numbers(properties: &Value, input: &mut Value, members: &[(&str, &str)]) {
    for (property, member) in members {
        let value = properties.at(property);
        let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        if let Some(number) = number {
            input.set(member, number);
        }
    }
}

fn remove_group(places: &Places<'_>, name: &str, _: &Value) {
    let input = json!({"AutoScalingGroupName": name, "ForceDelete": true});
    let _ = call(places, "autoscaling", "DeleteAutoScalingGroup", input);
}

fn scaling_policy(asked: &Asked<'_>) -> Making {
    let mut input = asked.input(&[
        "AutoScalingGroupName",
        "PolicyType",
        "AdjustmentType",
        "MetricAggregationType",
        "StepAdjustments",
        "TargetTrackingConfiguration",
    ]);
    let members = [
        ("ScalingAdjustment", "ScalingAdjustment"),
        ("Cooldown", "Cooldown"),
        ("EstimatedInstanceWarmup", "EstimatedInstanceWarmup"),
    ];
    numbers(asked.properties, &mut input, &members);
    input.set("PolicyName", physical_name(asked.places, asked.stack, asked.logical, 255));
    let made = call(asked.places, "autoscaling", "PutScalingPolicy", input)?;
    let arn = made.str_at("PolicyARN").to_string();
    Ok(Made::new(arn.clone(), json!({"Arn": arn})))
}

fn remove_scaling_policy(places: &Places<'_>, arn: &str, properties: &Value) {
    let input = json!({"PolicyName": arn, "AutoScalingGroupName": (properties.at("AutoScalingGroupName"))});
    let _ = call(places, "autoscaling", "DeletePolicy", input);
}

fn scheduled_action(asked: &Asked<'_>) -> Making {
    let name = asked.name("", 255);
    let mut input = asked.input(&["AutoScalingGroupName", "Recurrence", "StartTime", "EndTime", "TimeZone"]);
    numbers(asked.properties, &mut input, &GROUP_NUMBERS[..3]);
    input.set("ScheduledActionName", name.as_str());
    call(asked.places, "autoscaling", "PutScheduledUpdateGroupAction", input)?;
    Ok(Made::new(name.clone(), json!({"ScheduledActionName": name})))
}

fn remove_scheduled_action(places: &Places<'_>, name: &str, properties: &Value) {
    let group = properties.at("AutoScalingGroupName");
    let input = json!({"ScheduledActionName": name, "AutoScalingGroupName": group});
    let _ = call(places, "autoscaling", "DeleteScheduledAction", input);
}

/// The members of EKS' requests begin with small letters.
fn small(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let mut out = Value::object();
            for (key, member) in map.iter() {
                // Labels and tags are the customer's words.
                let member = if matches!(key, "Labels" | "Tags") { member.clone() } else { small(member) };
                let mut letters = key.chars();
                let first = letters.next().map(|c| c.to_ascii_lowercase()).into_iter();
                out.map_mut().insert(&first.chain(letters).collect::<String>(), member);
            }
            out
        }
        Value::List(items) => items.iter().map(small).collect::<Vec<_>>().into(),
        Value::Str(text) => text.parse::<i64>().map_or_else(|_| value.clone(), Value::from),
        other => other.clone(),
    }
}

fn node_group(asked: &Asked<'_>) -> Making {
    let mut input = small(asked.properties);
    let cluster = asked.properties.str_at("ClusterName").to_string();
    let named = asked.before.and_then(|id| id.split_once('/')).map(|(_, name)| name);
    let name = Asked { before: named, ..*asked }.name("NodegroupName", 63);
    input.set("nodegroupName", name.as_str());
    if asked.before.is_some() {
        let mut change = json!({"clusterName": (cluster.as_str()), "nodegroupName": (name.as_str())});
        change.set("scalingConfig", input.at("scalingConfig"));
        call(asked.places, "eks", "UpdateNodegroupConfig", change)?;
        let described = json!({"clusterName": (cluster.as_str()), "nodegroupName": (name.as_str())});
        let made = call(asked.places, "eks", "DescribeNodegroup", described)?;
        return Ok(node_group_made(&cluster, &name, &made));
    }
    let made = call(asked.places, "eks", "CreateNodegroup", input)?;
    Ok(node_group_made(&cluster, &name, &made))
}

fn node_group_made(cluster: &str, name: &str, made: &Value) -> Made {
    let id = format!("{cluster}/{name}");
    let arn = made.at("nodegroup/nodegroupArn");
    Made::new(id.clone(), json!({"Arn": arn, "ClusterName": cluster, "NodegroupName": name, "Id": id}))
}

fn remove_node_group(places: &Places<'_>, id: &str, _: &Value) {
    if let Some((cluster, name)) = id.split_once('/') {
        let input = json!({"clusterName": cluster, "nodegroupName": name});
        let _ = call(places, "eks", "DeleteNodegroup", input);
    }
}

fn addon(asked: &Asked<'_>) -> Making {
    let (cluster, name) = (asked.properties.str_at("ClusterName"), asked.properties.str_at("AddonName"));
    if asked.before.is_some() {
        let _ = call(asked.places, "eks", "DeleteAddon", json!({"clusterName": cluster, "addonName": name}));
    }
    let made = call(asked.places, "eks", "CreateAddon", small(asked.properties))?;
    Ok(Made::new(format!("{cluster}|{name}"), json!({"Arn": (made.at("addon/addonArn"))})))
}

fn remove_addon(places: &Places<'_>, id: &str, _: &Value) {
    if let Some((cluster, name)) = id.split_once('|') {
        let _ = call(places, "eks", "DeleteAddon", json!({"clusterName": cluster, "addonName": name}));
    }
}

fn parameter(asked: &Asked<'_>) -> Making {
    let (store, properties) = (asked.places.home(), asked.properties);
    let name = asked.name("Name", 128);
    if asked.before != Some(name.as_str()) && state::find(store, PARAMETER, &name).is_some() {
        return Err(ServiceError::invalid("ParameterAlreadyExists", "The parameter already exists."));
    }
    let spec = json!({
        "Name": (name.as_str()), "Type": (properties.at("Type")), "Value": (properties.at("Value")), "Version": 1,
        "LastModifiedDate": (state::timestamp_milli(asked.places.now())), "DataType": "text",
    });
    state::put(store, PARAMETER, &name, spec);
    Ok(Made::new(name, json!({"Type": (properties.at("Type")), "Value": (properties.at("Value"))})))
}
