//! `eksctl create|scale|upgrade|delete nodegroup`.

use super::get::ask;
use super::tasks::{Task, TaskTree};
use super::{Eksctl, now, validate};
use crate::aws::state::{self, GROUP, NODE_GROUP};
use crate::aws::{self, provision};
use crate::catalog::bootstrap::{self, node_role};
use crate::catalog::cluster_config::NodeGroup;
use crate::cli::cloud::Cloud;
use crate::cli::cluster::Cluster;
use crate::cli::flags::Flags;
use crate::json;
use crate::machinery::{Duration, Object, Value, names};
use crate::store::{Access, Store};
use anyhow::bail;

/// A node group as flags describe it, in the form of a configuration file.
pub(super) fn of_flags(command: &Eksctl<'_>, name: &str) -> Value {
    let flags = &command.flags;
    let (min, max, nodes) = (flags.int("nodes-min"), flags.int("nodes-max"), flags.int("nodes"));
    // A size nobody gave follows the ones that were given.
    let desired = match (flags.given("nodes"), flags.given("nodes-min")) {
        (false, true) => min,
        _ => nodes,
    };
    let mut group = json!({
        "name": name, "desiredCapacity": desired,
        "minSize": (if flags.given("nodes-min") { min } else { desired }),
        "maxSize": (if flags.given("nodes-max") { max } else { desired }),
        "volumeSize": (flags.int("node-volume-size")),
        "privateNetworking": (flags.bool("node-private-networking")), "spot": (flags.bool("spot")),
        "iam": {"withAddonPolicies": {
            "autoScaler": (flags.bool("asg-access")), "externalDNS": (flags.bool("external-dns-access")),
            "imageBuilder": (flags.bool("full-ecr-access")),
        }},
    });
    let types = flags.list("instance-types");
    if types.is_empty() {
        group.set("instanceType", flags.str("node-type"));
    } else {
        group.set("instanceTypes", types.iter().map(|t| Value::from(t.as_str())).collect::<Vec<_>>());
    }
    if !flags.str("node-ami-family").is_empty() {
        group.set("amiFamily", flags.str("node-ami-family"));
    }
    if flags.int("max-pods-per-node") > 0 {
        group.set("maxPodsPerNode", flags.int("max-pods-per-node"));
    }
    for (flag, member) in [("node-labels", "labels"), ("tags", "tags")] {
        for pair in flags.list(flag) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            group.at_mut(member).map_mut().insert(key, value);
        }
    }
    let zones: Vec<Value> = flags.list("node-zones").iter().map(|z| Value::from(z.as_str())).collect();
    if !zones.is_empty() {
        group.set("availabilityZones", zones);
    }
    group
}

/// A node group to be made, in the form of a configuration file.
struct Wanted {
    document: Value,
    managed: bool,
}

impl Wanted {
    fn name(&self) -> &str {
        self.document.str_at("name")
    }

    /// As eksctl calls it.
    fn kind(&self) -> &'static str {
        if self.managed { "managed nodegroup" } else { "nodegroup" }
    }

    fn is_there(&self, store: &Store) -> bool {
        asg_of(store, self.name()).is_some()
    }
}

/// The node groups a command asks for: the one of its flags, or those of the configuration file.
fn wanted(command: &Eksctl<'_>, store: &Store) -> anyhow::Result<Vec<Wanted>> {
    let mut groups = Vec::new();
    if command.config.is_null() {
        let name = match command.name()? {
            name if name.is_empty() => {
                let (seed, n) = (state::seed(store), store.draw("nodegroup"));
                format!("ng-{}", names::hex(seed, "nodegroup", n, 8))
            }
            name => name,
        };
        groups.push(Wanted { document: of_flags(command, &name), managed: command.flags.bool("managed") });
    } else {
        for (key, managed) in [("managedNodeGroups", true), ("nodeGroups", false)] {
            let of_key = command.config.items_at(key).iter();
            groups.extend(of_key.map(|document| Wanted { document: document.clone(), managed }));
        }
    }
    for (i, group) in groups.iter().enumerate() {
        let key = if group.managed { "managedNodeGroups" } else { "nodeGroups" };
        validate::node_group(&format!("{key}[{i}]"), &group.document)?;
    }
    Ok(groups)
}

/// Makes node groups: their stacks, then the groups, and waits until their nodes are ready.
pub(super) fn create(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let store = cluster.api.store();
    let name = store.meta().name.clone();
    let log = command.log();
    let groups = wanted(command, store)?;
    let (existing, fresh): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.is_there(store));
    announce(command, cluster, &existing, &fresh);
    for group in &fresh {
        make(command, &cloud, cluster, group)?;
    }
    cloud.finish()?;
    log.info(now(cluster), "no tasks");
    for managed in [false, true] {
        let of_kind: Vec<&Wanted> = fresh.iter().filter(|group| group.managed == managed).collect();
        for group in &of_kind {
            told_ready(command, cluster, &group.document);
        }
        let kind = if managed { "managed nodegroup(s)" } else { "nodegroup(s)" };
        log.success(now(cluster), &format!("created {} {kind} in cluster \"{name}\"", of_kind.len()));
    }
    log.info(now(cluster), "checking security group configuration for all nodegroups");
    log.info(now(cluster), "all nodegroups have up-to-date cloudformation templates");
    Ok(())
}

/// Tells what will be made, and what is there already.
fn announce(command: &Eksctl<'_>, cluster: &Cluster, existing: &[Wanted], fresh: &[Wanted]) {
    let (log, store) = (command.log(), cluster.api.store());
    let info = |text: String| log.info(now(cluster), &text);
    let (name, version) = (store.meta().name.clone(), store.meta().version);
    for group in fresh {
        let read = NodeGroup::read(&group.document, group.managed);
        let family = read.ami_family_in(version);
        info(format!("nodegroup \"{}\" will use \"\" [{family}/{version}]", group.name()));
    }
    let names = |list: &[Wanted]| list.iter().map(Wanted::name).collect::<Vec<_>>().join(", ");
    if !existing.is_empty() {
        info(format!("{} existing nodegroup(s) ({}) will be excluded", existing.len(), names(existing)));
    }
    if !fresh.is_empty() {
        let counted = match fresh.len() {
            1 => format!("1 nodegroup ({}) was", names(fresh)),
            n => format!("{n} nodegroups ({}) were", names(fresh)),
        };
        info(format!("{counted} included (based on the include/exclude rules)"));
    }
    for (managed, kind) in [(false, "nodegroups"), (true, "managed nodegroups")] {
        let count = fresh.iter().filter(|group| group.managed == managed).count();
        if count > 0 {
            info(format!(
                "will create a CloudFormation stack for each of {count} {kind} in cluster \"{name}\""
            ));
        }
    }
    let task = |group: &Wanted| Task::One(format!("create {} \"{}\"", group.kind(), group.name()));
    let tree = TaskTree { tasks: fresh.iter().map(task).collect(), parallel: true, ..TaskTree::default() };
    info(tree.describe());
}

/// Makes one node group and waits for its stack.
fn make(command: &Eksctl<'_>, cloud: &Cloud, cluster: &Cluster, wanted: &Wanted) -> anyhow::Result<()> {
    let log = command.log();
    let store = cluster.api.store();
    let (document, managed) = (&wanted.document, wanted.managed);
    let group = NodeGroup::read(document, managed);
    let name = store.meta().name.clone();
    let stack = format!("eksctl-{name}-nodegroup-{}", group.name);
    log.info(now(cluster), &format!("building {} stack \"{stack}\"", wanted.kind()));
    log.info(now(cluster), &format!("deploying stack \"{stack}\""));
    let waiting = format!("waiting for CloudFormation stack \"{stack}\"");
    log.info(now(cluster), &waiting);
    let role = node_role(&name, &group.name);
    provision::node_group(store, &group, document, &role);
    let mut kept = document.clone();
    kept.set("role", role.as_str());
    kept.set("managed", managed);
    provision::node_group_stack(&cloud.places(), store, &kept);
    // EKS lets the nodes of its own groups in by itself.
    if !managed && aws::authentication_mode(store).asks_config_map() {
        let arn = cloud.places().iam_arn(&format!("role/{role}"));
        bootstrap::admit_role(&cluster.api, &arn, bootstrap::Machines::Instances)
            .map_err(|e| anyhow::anyhow!("{e}"))?;
    }
    for _ in 0..20 {
        cloud.pass(&cluster.api, super::cluster::STACK_POLL)?;
        log.info(now(cluster), &waiting);
        let ready = ready_nodes(cluster, &group.name).len() as i64;
        if ready >= group.desired {
            break;
        }
    }
    Ok(())
}

fn ready_nodes(cluster: &Cluster, group: &str) -> Vec<String> {
    let nodes = super::drain::nodes_of(&cluster.api, group);
    nodes.iter().filter(|n| n.condition_true("Ready")).map(|n| n.name().to_string()).collect()
}

/// The lines about the nodes of a group that is up.
pub(super) fn told_ready(command: &Eksctl<'_>, cluster: &Cluster, group: &Value) {
    let log = command.log();
    let name = group.str_at("name");
    let ready = ready_nodes(cluster, name);
    let tell = || {
        log.info(now(cluster), &format!("nodegroup \"{name}\" has {} node(s)", ready.len()));
        for node in &ready {
            log.info(now(cluster), &format!("node \"{node}\" is ready"));
        }
    };
    tell();
    log.info(
        now(cluster),
        &format!(
            "waiting for at least {} node(s) to become ready in \"{name}\"",
            group.int_at("minSize").unwrap_or(ready.len() as i64)
        ),
    );
    tell();
}

/// The number, the least and the most of nodes that flags ask for.
fn sizes_of_flags(flags: &Flags) -> anyhow::Result<[Option<i64>; 3]> {
    let size = |flag: &str| flags.given(flag).then(|| flags.int(flag));
    let (nodes, min, max) = (size("nodes"), size("nodes-min"), size("nodes-max"));
    if nodes.is_none() && min.is_none() && max.is_none() {
        bail!("at least one of minimum, maximum and desired nodes must be set");
    }
    validate::none_is_negative(nodes, min, max)?;
    if let (Some(min), Some(max)) = (min, max)
        && max < min
    {
        bail!("maximum number of nodes must be greater than minimum number of nodes");
    }
    if let (Some(nodes), Some(max)) = (nodes, max)
        && max < nodes
    {
        bail!("maximum number of nodes must be greater than or equal to number of nodes");
    }
    if let (Some(nodes), Some(min)) = (nodes, min)
        && min > nodes
    {
        bail!("minimum number of nodes must be fewer than or equal to number of nodes");
    }
    Ok([nodes, min, max])
}

/// Asks the service that keeps a node group for other sizes: those wanted, least and most, as far as they are given.
fn resize(cloud: &Cloud, store: &Store, group: &str, sizes: [Option<i64>; 3]) -> anyhow::Result<()> {
    let cluster = store.meta().name.clone();
    let managed = state::find(store, NODE_GROUP, group).is_some();
    let members = match managed {
        true => ["desiredSize", "minSize", "maxSize"],
        false => ["DesiredCapacity", "MinSize", "MaxSize"],
    };
    let given =
        members.into_iter().zip(sizes).filter_map(|(member, size)| Some((member, Value::from(size?))));
    let mut input: Value = given.collect();
    if managed {
        input = json!({"clusterName": (cluster.as_str()), "nodegroupName": group, "scalingConfig": input});
        ask(cloud, "eks", "UpdateNodegroupConfig", input)?;
    } else {
        let Some(asg) = asg_of(store, group) else {
            bail!("could not find any nodegroups with name \"{group}\" in cluster \"{cluster}\"");
        };
        input.set("AutoScalingGroupName", asg.name());
        ask(cloud, "autoscaling", "UpdateAutoScalingGroup", input)?;
    }
    Ok(())
}

/// Changes the sizes of a node group.
pub(super) fn scale(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let flags = &command.flags;
    let name = command.name()?;
    if name.is_empty() {
        bail!("a config file is required when --name is not set or when scaling multiple nodegroups");
    }
    let [nodes, min, max] = sizes_of_flags(flags)?;
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let log = command.log();
    let store = cluster.api.store();
    let cluster_name = store.meta().name.clone();
    log.info(now(cluster), &format!("scaling nodegroup \"{name}\" in cluster {cluster_name}"));
    resize(&cloud, store, &name, [nodes, min, max]).map_err(|e| {
        anyhow::anyhow!("failed to scale nodegroup \"{name}\" for cluster \"{cluster_name}\", error: {e}")
    })?;
    log.info(now(cluster), "initiated scaling of nodegroup");
    if flags.bool("wait") {
        log.info(now(cluster), &format!("waiting for scaling of nodegroup \"{name}\" to complete"));
        for _ in 0..60 {
            cloud.pass(&cluster.api, Duration::from_secs(10))?;
            let wanted = nodes.unwrap_or(0) as usize;
            if nodes.is_none() || ready_nodes(cluster, &name).len() == wanted {
                break;
            }
        }
        cloud.finish()?;
        log.info(now(cluster), "nodegroup successfully scaled");
        return Ok(());
    }
    cloud.finish()?;
    log.info(
        now(cluster),
        &format!(
            "to see the status of the scaling run `eksctl get nodegroup --cluster {cluster_name} --region {} --name {name}`",
            cloud.region
        ),
    );
    Ok(())
}

/// The node groups a command is about, which are told: the one of its flags, or those of the configuration file.
pub(super) fn chosen(command: &Eksctl<'_>, cluster: &Cluster) -> anyhow::Result<Vec<String>> {
    let names: Vec<String> = if command.config.is_null() {
        let name = command.name()?;
        if name.is_empty() {
            bail!("--name must be set");
        }
        vec![name]
    } else {
        let of = |key: &str| command.config.items_at(key).iter().map(|g| g.str_at("name").to_string());
        of("nodeGroups").chain(of("managedNodeGroups")).collect()
    };
    let store = cluster.api.store();
    if let Some(name) = names.iter().find(|name| asg_of(store, name).is_none()) {
        bail!("nodegroup \"{name}\" not found in cluster \"{}\"", store.meta().name);
    }
    if !command.config.is_null() {
        let text = format!(
            "comparing {} nodegroups defined in the given config (\"{}\") against remote state",
            command.config.items_at("nodeGroups").len(),
            command.flags.str("config-file")
        );
        command.log().info(now(cluster), &text);
    }
    let (noun, verb) = if names.len() == 1 { ("nodegroup", "was") } else { ("nodegroups", "were") };
    let (count, list) = (names.len(), names.join(", "));
    command.log().info(
        now(cluster),
        &format!("{count} {noun} ({list}) {verb} included (based on the include/exclude rules)"),
    );
    Ok(names)
}

/// The Auto Scaling group of a node group.
fn asg_of(store: &Store, group: &str) -> Option<Object> {
    state::list(store, GROUP).into_iter().find(|g| g.str_at("spec/kubetick/nodeGroup/name") == group)
}

/// Removes node groups: their nodes are drained, their stacks go.
pub(super) fn delete(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let log = command.log();
    let name = cluster.api.store().meta().name.clone();
    let groups = chosen(command, cluster)?;
    let plan = !command.config.is_null() && !command.flags.bool("approve");
    let will = if plan { "(plan) would" } else { "will" };
    let count = groups.len();
    if command.flags.bool("drain") {
        log.info(now(cluster), &format!("{will} drain {count} nodegroup(s) in cluster \"{name}\""));
        for group in groups.iter().filter(|_| !plan) {
            super::drain::drain(command, &cloud, cluster, group)?;
        }
    }
    log.info(now(cluster), &format!("{will} delete {count} nodegroups from cluster \"{name}\""));
    let how = if command.flags.bool("wait") { "" } else { " [async]" };
    let task = |group: &String| Task::One(format!("delete nodegroup \"{group}\"{how}"));
    let plan_mode = plan;
    let inner = TaskTree {
        tasks: groups.iter().map(task).collect(),
        parallel: true,
        plan_mode,
        ..TaskTree::default()
    };
    let tree = TaskTree { tasks: vec![Task::Tree(inner)], plan_mode, ..TaskTree::default() };
    log.info(now(cluster), &tree.describe());
    if plan {
        log.warning(now(cluster), super::iamserviceaccount::PLAN);
        return Ok(());
    }
    for group in &groups {
        remove(command, &cloud, cluster, group)?;
    }
    cloud.finish()?;
    log.success(now(cluster), &format!("deleted {count} nodegroup(s) from cluster \"{name}\""));
    Ok(())
}

/// Removes one, with its stack.
fn remove(command: &Eksctl<'_>, cloud: &Cloud, cluster: &Cluster, name: &str) -> anyhow::Result<()> {
    let (log, store) = (command.log(), cluster.api.store());
    let cluster_name = store.meta().name.clone();
    let Some(asg) = asg_of(store, name) else { return Ok(()) };
    let stack = format!("eksctl-{cluster_name}-nodegroup-{name}");
    log.info(now(cluster), &format!("will delete stack \"{stack}\""));
    if state::find(store, NODE_GROUP, name).is_some() {
        let input = json!({"clusterName": (cluster_name.as_str()), "nodegroupName": name});
        ask(cloud, "eks", "DeleteNodegroup", input)?;
    } else {
        let input = json!({"AutoScalingGroupName": (asg.name()), "ForceDelete": true});
        ask(cloud, "autoscaling", "DeleteAutoScalingGroup", input)?;
        let role = asg.str_at("spec/kubetick/nodeGroup/role");
        if aws::dismiss_node_role(store, role) && command.flags.bool("update-auth-configmap") {
            bootstrap::forget_role(&cluster.api, role);
        }
    }
    ask(cloud, "cloudformation", "DeleteStack", json!({"StackName": (stack.as_str())}))?;
    if command.flags.bool("wait") {
        log.info(now(cluster), &format!("waiting for stack \"{stack}\" to get deleted"));
        let waiting = format!("waiting for CloudFormation stack \"{stack}\"");
        log.info(now(cluster), &waiting);
        for _ in 0..40 {
            cloud.pass(&cluster.api, super::cluster::STACK_POLL)?;
            log.info(now(cluster), &waiting);
            if state::find(store, GROUP, asg.name()).is_none() {
                break;
            }
        }
    }
    Ok(())
}
