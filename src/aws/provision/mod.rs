//! What EKS and eksctl set up for a node group, and how a machine of it comes about.

mod launch;
mod register;
mod role_stack;

pub use launch::{instance_of, launch};
pub use register::{
    fargate_role, fargate_stack, is_registered, make_fargate_role, node_group_stack, pod_identity_role,
    pod_identity_stack, register, service_account, service_account_stack, unregister,
};

use super::autoscaling::{self, NewGroup};
use super::ec2::{self, NewTemplate, subnets};
use super::eks::{self, AuthenticationMode, ami_type};
use super::state::{self, CLUSTER, GROUP, NODE_GROUP};
use crate::api::Server;
use crate::catalog::bootstrap::node_role;
use crate::catalog::cluster_config::{ClusterConfig, NodeGroup};
use crate::catalog::releases;
use crate::json;
use crate::machinery::{Duration, KubeVersion, Object, Value, names, well_known};
use crate::store::Store;

/// How long EKS takes to make a control plane.
const CONTROL_PLANE_TAKES: Duration = Duration::from_mins(9);

/// Policies eksctl gives the role of every node.
const NODE_POLICIES: [&str; 4] = [
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonSSMManagedInstanceCore",
];

/// What AWS knows of the cluster from its birth.
pub fn cluster(store: &Store) {
    let (name, config, version) = {
        let meta = store.meta();
        (meta.name.clone(), meta.config.clone(), meta.version)
    };
    let mut spec = json!({
        "name": (name.as_str()), "createdAt": (state::timestamp_milli(store.now())),
        "tags": {
            "Name": (format!("eksctl-{name}-cluster/ControlPlane")), "alpha.eksctl.io/cluster-name": (name.as_str()),
        },
    });
    let mode = match config.str_at("accessConfig/authenticationMode") {
        "" if version.clusters_have_access_entries() => AuthenticationMode::ApiAndConfigMap.name(),
        given => given,
    };
    if !mode.is_empty() {
        spec.set("accessConfig/authenticationMode", mode);
    }
    state::put(store, CLUSTER, &name, spec);
    let access = config.at("accessConfig");
    let creator = access
        .get("bootstrapClusterCreatorAdminPermissions")
        .is_none_or(|admits| admits.as_bool() == Some(true));
    if creator && eks::authentication_mode(store).asks_entries() {
        eks::admit_creator(store);
    }
}

/// What AWS knows of a cluster that somebody asked EKS itself for, as the request says; it is being made for a while.
pub fn control_plane(store: &Store, input: &Value) {
    cluster(store);
    let name = store.meta().name.clone();
    state::modify(store, CLUSTER, &name, |spec| {
        spec.set("tags", input.get("tags").cloned().unwrap_or_else(Value::object));
        spec.set_given(
            input,
            &["roleArn", "logging", "encryptionConfig", "deletionProtection", "upgradePolicy"],
        );
        spec.set("kubetick/vpc", input.at("resourcesVpcConfig"));
        spec.set("kubetick/vpc/vpcId", ec2::vpc(store));
        if input.get("resourcesVpcConfig/securityGroupIds").is_none() {
            spec.set("kubetick/vpc/securityGroupIds", Vec::<Value>::new());
        }
        spec.set("kubetick/active", (store.now() + CONTROL_PLANE_TAKES).0);
        // No stack of eksctl is behind it.
        spec.set("kubetick/registered", true);
    });
}

/// The groups of a new cluster, with their machines up and their nodes registered.
pub fn join(api: &Server, config: &ClusterConfig) {
    let store = api.store();
    for (group, document) in config.node_groups.iter().zip(documents(config)) {
        node_group(store, group, &document, &node_role(&config.name, &group.name));
        let name = group_name(store, group);
        for _ in 0..group.desired {
            if let Some(node) = launch(store, &name, "running") {
                let _ = api.create(node.object(config.version, api.now()));
            }
        }
        state::modify(store, NODE_GROUP, &group.name, |spec| spec.set("status", "ACTIVE"));
    }
}

/// The entries of a configuration that its groups were read from, in their order.
fn documents(config: &ClusterConfig) -> Vec<Value> {
    let list = |key: &str| config.document.items_at(key).to_vec();
    [list("managedNodeGroups"), list("nodeGroups")].concat()
}

/// The name of a group's Auto Scaling group. EKS draws a UUID, one for all groups of one `eksctl create`.
pub fn group_name(store: &Store, group: &NodeGroup) -> String {
    let meta = store.meta();
    if group.managed {
        let id = names::uid(meta.seed, &format!("node groups of {}", meta.name), 0);
        return format!("eks-{}-{id}", group.name);
    }
    let random =
        names::hex(meta.seed, &format!("node group {} {}", meta.name, group.name), 0, 12).to_uppercase();
    format!("eksctl-{}-nodegroup-{}-NodeGroup-{random}", meta.name, group.name)
}

/// Sets a node group up: launch templates, the Auto Scaling group, for managed ones the node group of EKS. `document` is
/// the entry of eksctl's configuration, `role` the name or ARN of the nodes' role. The machines follow by themselves.
pub fn node_group(store: &Store, group: &NodeGroup, document: &Value, role: &str) {
    let (cluster, version) = (store.meta().name.clone(), store.meta().version);
    let asg = group_name(store, group);
    let template = templates(store, group, &asg);
    let subnet_ids = subnet_ids(store, group, document);
    let zones: Vec<Value> = zones(store, group).into_iter().map(Value::from).collect();
    let members = json!({
        "MixedInstancesPolicy": {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": (&template.of_group),
                "Overrides": (group.instance_types.iter().map(|t| json!({"InstanceType": (t.as_str())})).collect::<Vec<_>>()),
            },
            "InstancesDistribution": {
                "OnDemandAllocationStrategy": "prioritized", "OnDemandBaseCapacity": 0,
                "OnDemandPercentageAboveBaseCapacity": (if group.spot { 0 } else { 100 }),
                "SpotAllocationStrategy": "capacity-optimized",
            },
        },
        "AvailabilityZones": zones, "VPCZoneIdentifier": (subnet_ids.join(",")), "CapacityRebalance": true,
        "TerminationPolicies": ["AllocationStrategy", "OldestLaunchTemplate", "OldestInstance"],
    });
    let mut kept = document.clone();
    kept.set("name", group.name.as_str());
    kept.set("managed", group.managed);
    kept.set("role", role);
    kept.set("kubelet", version.to_string());
    if eks::authentication_mode(store).asks_entries() {
        eks::admit_node_role(store, role);
    }
    autoscaling::create(
        store,
        NewGroup {
            name: asg.clone(),
            sizes: (group.min_size, group.desired, group.max_size),
            members,
            tags: group_tags(&cluster, group, document),
            node_group: kept,
        },
    );
    if group.managed {
        put_managed(store, group, &Holds { asg, subnet_ids, launch_template: template.of_eksctl, role });
    }
}

/// The subnets of a group: those it names, else the cluster's that suit it.
fn subnet_ids(store: &Store, group: &NodeGroup, document: &Value) -> Vec<String> {
    let given = document.items_at("subnets").iter().filter_map(Value::as_str).map(str::to_string);
    let given: Vec<String> = given.collect();
    if !given.is_empty() {
        return given;
    }
    subnets(store)
        .into_iter()
        .filter(|s| s.public != group.private_networking)
        .filter(|s| group.zones.is_empty() || group.zones.contains(&s.zone))
        .map(|s| s.id)
        .collect()
}

/// What a managed node group holds.
struct Holds<'a> {
    asg: String,
    subnet_ids: Vec<String>,
    launch_template: Value,
    role: &'a str,
}

/// Writes the node group of EKS.
fn put_managed(store: &Store, group: &NodeGroup, holds: &Holds<'_>) {
    let (cluster, version) = (store.meta().name.clone(), store.meta().version);
    let now = state::timestamp_milli(store.now());
    let labels: Value = launch::labels_of_group(&cluster, group).into_iter().collect();
    let taints: Vec<Value> = group.taints.iter().map(eks_taint).collect();
    let mut spec = json!({
        "nodegroupName": (group.name.as_str()), "clusterName": (cluster.as_str()), "version": (version.to_string()),
        "releaseVersion": (release_version(version)), "createdAt": (now.as_str()), "modifiedAt": (now.as_str()),
        "status": "CREATING", "capacityType": (if group.spot { "SPOT" } else { "ON_DEMAND" }),
        "scalingConfig": {
            "minSize": (group.min_size), "maxSize": (group.max_size), "desiredSize": (group.desired),
        },
        "instanceTypes": (group.instance_types.iter().map(|t| Value::from(t.as_str())).collect::<Vec<_>>()),
        "subnets": (holds.subnet_ids.iter().map(|s| Value::from(s.as_str())).collect::<Vec<_>>()),
        "amiType": (ami_type(group, version)), "labels": labels,
        "resources": {"autoScalingGroups": [{"name": (holds.asg.as_str())}]}, "health": {"issues": []},
        "updateConfig": {"maxUnavailable": 1}, "kubetick": {"role": (holds.role)},
    });
    if group.through_api {
        spec.set("diskSize", group.volume_gib);
        spec.set("tags", Value::object());
    } else {
        let text = |member: &str| holds.launch_template.str_at(member).to_string();
        let (name, id) = (text("LaunchTemplateName"), text("LaunchTemplateId"));
        spec.set("launchTemplate", json!({"name": name, "version": "1", "id": id}));
        spec.set(
            "tags",
            json!({
                "alpha.eksctl.io/cluster-name": (cluster.as_str()),
                "alpha.eksctl.io/nodegroup-name": (group.name.as_str()), "alpha.eksctl.io/nodegroup-type": "managed",
            }),
        );
    }
    if !taints.is_empty() {
        spec.set("taints", taints);
    }
    state::put(store, NODE_GROUP, &group.name, spec);
}

/// The release of the images for nodes of a version.
pub fn release_version(version: KubeVersion) -> String {
    let day = releases::released(version).rfc3339().get(..10).unwrap_or_default().replace('-', "");
    let of_nodes = releases::node_version(version);
    let kubernetes = of_nodes.trim_start_matches('v').split('-').next().unwrap_or_default();
    format!("{kubernetes}-{day}")
}

/// A taint in EKS' spelling.
fn eks_taint(taint: &Value) -> Value {
    let effect = match taint.str_at("effect") {
        "NoExecute" => "NO_EXECUTE",
        "PreferNoSchedule" => "PREFER_NO_SCHEDULE",
        _ => "NO_SCHEDULE",
    };
    json!({"key": (taint.at("key")), "value": (taint.str_at("value")), "effect": effect})
}

/// The two templates behind a managed group: eksctl's, and the one EKS makes of it for the Auto Scaling group.
struct Templates {
    of_eksctl: Value,
    of_group: Value,
}

fn templates(store: &Store, group: &NodeGroup, asg: &str) -> Templates {
    let cluster = store.meta().name.clone();
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    let instance_tags: Vec<Value> =
        launch::tags_of_instances(&cluster, group).iter().map(|(k, v)| tag(k, v)).collect();
    let volume = json!({"DeviceName": "/dev/xvda", "Ebs": {
        "VolumeSize": (group.volume_gib), "VolumeType": "gp3", "Iops": 3000, "Throughput": 125,
    }});
    let data = json!({
        "BlockDeviceMappings": [volume], "InstanceType": (group.instance_types[0].as_str()),
        "MetadataOptions": {"HttpTokens": "optional", "HttpPutResponseHopLimit": 2},
        "SecurityGroupIds": [(ec2::cluster_security_group(store))],
        "TagSpecifications": [{"ResourceType": "instance", "Tags": instance_tags}],
    });
    let spec =
        |id: &str, name: &str| json!({"LaunchTemplateId": id, "LaunchTemplateName": name, "Version": "1"});
    let eksctl_name = format!("eksctl-{cluster}-nodegroup-{}", group.name);
    let eksctl_id = launch::template_id(store, group);
    let template = |id: String, name: &str, by: &str, tags: Vec<Value>| {
        ec2::create_template(
            store,
            NewTemplate { id, name: name.into(), created_by: by.into(), data: data.clone(), tags },
        )
    };
    let account = super::places::account_id(store);
    let user = format!("arn:aws:iam::{account}:user/admin");
    let tags =
        vec![tag("alpha.eksctl.io/cluster-name", &cluster), tag(well_known::EKSCTL_NODE_GROUP, &group.name)];
    if !group.through_api {
        template(eksctl_id.clone(), &eksctl_name, &user, tags);
    }
    let of_eksctl = spec(&eksctl_id, &eksctl_name);
    if !group.managed {
        return Templates { of_group: of_eksctl.clone(), of_eksctl };
    }
    // EKS names its own after the UUID in the Auto Scaling group's name.
    let id = asg.get(asg.len().saturating_sub(36)..).unwrap_or_default();
    let name = format!("eks-{id}");
    let name = if state::find(store, state::TEMPLATE, &name).is_some() {
        format!("eks-{}", names::uid(store.meta().seed, &format!("launch template {}", group.name), 0))
    } else {
        name
    };
    let service = format!("arn:aws:sts::{account}:assumed-role/AWSServiceRoleForAmazonEKSNodegroup/EKS");
    let tags = vec![tag("eks:cluster-name", &cluster), tag("eks:nodegroup-name", &group.name)];
    let made = template(String::new(), &name, &service, tags);
    Templates { of_eksctl, of_group: spec(&made, &name) }
}

/// Tags of the Auto Scaling group.
fn group_tags(cluster: &str, group: &NodeGroup, document: &Value) -> Vec<(String, String)> {
    let mut tags = vec![
        ("k8s.io/cluster-autoscaler/enabled".to_string(), "true".to_string()),
        (format!("k8s.io/cluster-autoscaler/{cluster}"), "owned".to_string()),
        (format!("kubernetes.io/cluster/{cluster}"), "owned".to_string()),
    ];
    if group.managed {
        tags.push(("eks:cluster-name".to_string(), cluster.to_string()));
        tags.push(("eks:nodegroup-name".to_string(), group.name.clone()));
    } else {
        tags.push(("alpha.eksctl.io/cluster-name".to_string(), cluster.to_string()));
        tags.push((well_known::EKSCTL_NODE_GROUP.to_string(), group.name.clone()));
        tags.push(("alpha.eksctl.io/nodegroup-type".to_string(), "unmanaged".to_string()));
        tags.push(("Name".to_string(), format!("{cluster}-{}-Node", group.name)));
    }
    for (key, value) in document.map_at("tags").iter() {
        tags.retain(|(k, _)| k != key);
        tags.push((key.to_string(), value.as_str().unwrap_or_default().to_string()));
    }
    tags
}

/// The zones of a group: its own, else the cluster's.
pub(super) fn zones(store: &Store, group: &NodeGroup) -> Vec<String> {
    if !group.zones.is_empty() {
        return group.zones.clone();
    }
    ClusterConfig::from_value(&store.meta().config).map(|c| c.zones).unwrap_or_default()
}

/// The zones an Auto Scaling group launches in.
pub fn zones_of(store: &Store, group: &Object) -> Vec<String> {
    match node_group_of(store, group.name()) {
        Some(made_for) => zones(store, &made_for),
        None => ec2::zones_of(store, group),
    }
}

/// The eksctl group an Auto Scaling group was made for.
pub fn node_group_of(store: &Store, asg: &str) -> Option<NodeGroup> {
    let group = state::find(store, GROUP, asg)?;
    let document = group.at("spec/kubetick/nodeGroup");
    (!document.is_null()).then(|| NodeGroup::read(document, document.bool_at("managed")))
}

/// ARNs of the policies a node's role has when IAM has no role of that name: what eksctl gives every node, and access
/// to Auto Scaling (`--asg-access`), unless the group's `iam` section says otherwise.
pub fn policies_of_nodes(document: &Value) -> Vec<String> {
    let attached = document.items_at("iam/attachPolicyARNs");
    let mut arns: Vec<String> = attached.iter().filter_map(Value::as_str).map(str::to_string).collect();
    if arns.is_empty() {
        arns.extend(NODE_POLICIES.map(|name| format!("arn:aws:iam::aws:policy/{name}")));
    }
    if document.get("iam").is_none() || document.bool_at("iam/withAddonPolicies/autoScaler") {
        arns.push("arn:aws:iam::aws:policy/AutoScalingFullAccess".to_string());
    }
    arns
}
