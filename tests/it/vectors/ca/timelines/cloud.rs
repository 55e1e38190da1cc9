//! A cloud of Auto Scaling groups as the recordings had it: instances become nodes after a while, ended ones vanish with
//! their node at once.

use kubetick::actors::{Actor, Ctx};
use kubetick::api::{ApiError, Server};
use kubetick::aws::{Endpoint, Request, ServiceError};
use kubetick::json;
use kubetick::machinery::{Duration, Object, Time, Value};
use kubetick::store::Change;
use std::cell::RefCell;
use std::rc::Rc;

/// A group with its instances.
pub struct Group {
    pub spec: Value,
    pub desired: i64,
    pub instances: Vec<String>,
}

/// All groups, and what happened to them.
pub struct Cloud {
    pub groups: Vec<Group>,
    pub shapes: Value,
    pub boot: i64,
    pub never_register: bool,
    pub made: u64,
    /// When a group's desired size became what.
    pub changes: Vec<(Time, String, i64)>,
    /// When nodes vanished.
    pub removed: Vec<Time>,
    /// The operation that is not allowed.
    pub refused: &'static str,
}

pub type Shared = Rc<RefCell<Cloud>>;

impl Cloud {
    pub fn new(case: &Value) -> Cloud {
        let scenario = case.at("scenario");
        Cloud {
            groups: scenario
                .items_at("nodeGroups")
                .iter()
                .map(|g| Group {
                    spec: g.clone(),
                    desired: g.int_at("desired").unwrap(),
                    instances: Vec::new(),
                })
                .collect(),
            shapes: case.at("nodeShapes").clone(),
            boot: scenario.int_at("instanceBootSeconds").unwrap(),
            never_register: scenario.bool_at("instancesNeverRegister"),
            made: 0,
            changes: Vec::new(),
            removed: Vec::new(),
            refused: "",
        }
    }

    /// A new instance of a group; its id.
    pub fn launch(&mut self, group: usize) -> String {
        self.made += 1;
        let id = format!("i-{:017x}", self.made);
        self.groups[group].instances.push(id.clone());
        id
    }

    /// The node that an instance becomes.
    pub fn node(&self, group: usize, id: &str, now: Time) -> Object {
        let spec = &self.groups[group].spec;
        let shape = &self.shapes.at(&spec.str_at("type").replace('/', "")).clone();
        let shape = if shape.is_null() { self.shapes.map().get(spec.str_at("type")).unwrap() } else { shape };
        let number = i64::from_str_radix(&id[2..], 16).unwrap();
        let name = format!("ip-192-168-10-{}.ec2.internal", 9 + number);
        let mut node = Object::new("v1", "Node", "", &name);
        node.set("spec/providerID", format!("aws:///us-east-1a/{id}"));
        let mut labels = json!({
            "kubernetes.io/hostname": (name.as_str()), "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "node.kubernetes.io/instance-type": (spec.str_at("type")),
            "topology.kubernetes.io/zone": "us-east-1a", "topology.kubernetes.io/region": "us-east-1",
            "eks.amazonaws.com/nodegroup": (spec.str_at("name")),
        });
        for (key, value) in spec.map_at("labels").iter() {
            labels.map_mut().insert(key, value.clone());
        }
        node.set("metadata/labels", labels);
        if !spec.items_at("taints").is_empty() {
            node.set("spec/taints", spec.at("taints").clone());
        }
        let mut capacity = shape.at("capacity").clone();
        capacity.map_mut().insert("pods", shape.at("allocatable").at("pods").clone());
        node.set("status/capacity", capacity);
        node.set("status/allocatable", shape.at("allocatable").clone());
        node.set(
            "status/conditions",
            json!([{"type": "Ready", "status": "True", "lastTransitionTime": (now.rfc3339()), "lastHeartbeatTime": (now.rfc3339())}]),
        );
        node
    }
}

/// Creates the node of an instance.
pub fn register(api: &Server, cloud: &Cloud, group: usize, id: &str) {
    super::world::create_node(api, cloud.node(group, id, api.now()));
}

/// The door, for the program.
pub struct Door<'a> {
    pub api: &'a Server,
    pub cloud: Shared,
}

impl Endpoint for Door<'_> {
    fn call(&mut self, request: &Request) -> Result<Value, ServiceError> {
        let mut cloud = self.cloud.borrow_mut();
        let input = &request.input;
        if request.operation == cloud.refused {
            let action = format!("{}:{}", request.service, request.operation);
            let text = format!(
                "User: arn:aws:sts::123456789012:assumed-role/ca/1 is not authorized to perform: {action}"
            );
            return Err(ServiceError::new(403, "AccessDenied", text));
        }
        match request.operation.as_str() {
            "DescribeAutoScalingGroups" => {
                let groups: Value = cloud.groups.iter().map(describe).collect();
                Ok(json!({"AutoScalingGroups": groups}))
            }
            "SetDesiredCapacity" => {
                let name = input.str_at("AutoScalingGroupName");
                let wanted = input.int_at("DesiredCapacity").unwrap();
                let i = cloud.groups.iter().position(|g| g.spec.str_at("name") == name).unwrap();
                let more = wanted - cloud.groups[i].desired;
                cloud.groups[i].desired = wanted;
                let now = self.api.now();
                cloud.changes.push((now, name.to_string(), wanted));
                for _ in 0..more {
                    let id = cloud.launch(i);
                    let at = now + Duration::from_secs(cloud.boot);
                    self.api.store().wake(BOOT, 90, &format!("{i} {id}"), at);
                }
                Ok(Value::Null)
            }
            "TerminateInstanceInAutoScalingGroup" => {
                let id = input.str_at("InstanceId").to_string();
                let now = self.api.now();
                let group = cloud.groups.iter_mut().find(|g| g.instances.contains(&id)).unwrap();
                group.instances.retain(|i| *i != id);
                group.desired -= 1;
                let change = (now, group.spec.str_at("name").to_string(), group.desired);
                cloud.changes.push(change);
                let suffix = format!("/{id}");
                let node = self
                    .api
                    .list("nodes", "")
                    .into_iter()
                    .find(|n| n.str_at("spec/providerID").ends_with(&suffix));
                if let Some(node) = node {
                    cloud.removed.push(now);
                    let name = node.name().to_string();
                    self.api.delete("nodes", "", &name).unwrap();
                    for pod in self.api.pods_on_node(&name) {
                        super::world::vanish(self.api, &pod);
                    }
                }
                Ok(json!({"Activity": {"Description": (format!("Terminating EC2 instance: {id}"))}}))
            }
            "DescribeScalingActivities" => Ok(json!({"Activities": []})),
            "DescribeLaunchTemplateVersions" => {
                let kind = input.str_at("LaunchTemplateName").to_string();
                Ok(json!({"LaunchTemplateVersions": [{"LaunchTemplateData": {"InstanceType": kind}}]}))
            }
            other => Err(ServiceError::new(400, "InvalidAction", format!("no {other} here"))),
        }
    }
}

fn describe(group: &Group) -> Value {
    let spec = &group.spec;
    let name = spec.str_at("name");
    let mut tags = vec![
        json!({"Key": "k8s.io/cluster-autoscaler/enabled", "Value": "true"}),
        json!({"Key": "k8s.io/cluster-autoscaler/eksworkshop", "Value": "owned"}),
        json!({"Key": "eks:nodegroup-name", "Value": name}),
        json!({"Key": "eks:cluster-name", "Value": "eksworkshop"}),
    ];
    for (key, value) in spec.map_at("tags").iter() {
        tags.push(json!({"Key": key, "Value": (value.clone())}));
    }
    let instances: Value = group
        .instances
        .iter()
        .map(|id| json!({"InstanceId": (id.as_str()), "AvailabilityZone": "us-east-1a", "LifecycleState": "InService"}))
        .collect();
    json!({
        "AutoScalingGroupName": name, "MinSize": (spec.int_at("min").unwrap()), "MaxSize": (spec.int_at("max").unwrap()),
        "DesiredCapacity": (group.desired), "AvailabilityZones": ["us-east-1a"],
        "LaunchTemplate": {"LaunchTemplateName": (spec.str_at("type")), "Version": "1"},
        "Instances": instances, "Tags": (tags.into_iter().collect::<Value>()),
    })
}

const BOOT: &str = "test-boot";

/// Instances that have booted become nodes.
pub struct Boot(pub Shared);

impl Actor for Boot {
    fn name(&self) -> &'static str {
        BOOT
    }

    fn rank(&self) -> u8 {
        90
    }

    fn watches(&self) -> &'static [&'static str] {
        &[]
    }

    fn react(&mut self, _change: &Change, _ctx: &Ctx<'_>) {}

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (group, id) = key.split_once(' ').unwrap();
        let group: usize = group.parse().unwrap();
        let cloud = self.0.borrow();
        if !cloud.never_register && cloud.groups[group].instances.iter().any(|i| i == id) {
            register(ctx.api, &cloud, group, id);
        }
        Ok(())
    }
}
