//! `eksctl get cluster|nodegroup|iamserviceaccount`.

use super::sdk::{record, structure};
use super::{Eksctl, no_cluster, table};
use crate::aws::state::{self, GROUP, NODE_GROUP, STACK};
use crate::aws::{Endpoint, Request, stack_output, stack_tag};
use crate::cli::cloud::Cloud;
use crate::cli::cluster::Cluster;
use crate::json;
use crate::machinery::ordered::{self, Json};
use crate::machinery::{Object, Value, yaml};
use crate::store::Access;
use anyhow::bail;

/// Asks the door and answers what it answers.
pub(super) fn ask(cloud: &Cloud, service: &str, operation: &str, input: Value) -> anyhow::Result<Value> {
    let request =
        Request { service: service.into(), operation: operation.into(), region: cloud.region.clone(), input };
    cloud.door().call(&request).map_err(|e| {
        let id = crate::machinery::names::uid(0, &format!("request {operation} {}", e.message), 0);
        anyhow::anyhow!(
            "operation error {}: {operation}, https response error StatusCode: {}, RequestID: {id}, {}: {}",
            service.to_uppercase(),
            e.status,
            e.code,
            e.message
        )
    })
}

/// Prints what was found in the form asked for.
pub(super) fn print(command: &Eksctl<'_>, columns: &[&str], rows: Vec<Vec<String>>, data: &Json, none: &str) {
    match command.flags.str("output") {
        "json" => command.session.println(&ordered::indented(data)),
        "yaml" => command.session.print(&in_yaml(data)),
        _ if rows.is_empty() => command.session.println(none),
        _ => command.session.print(&table::print(columns, rows)),
    }
}

/// YAML, whose members come in alphabetical order.
pub(super) fn in_yaml(data: &Json) -> String {
    yaml::to_yaml(&data.to_value()).unwrap_or_default()
}

/// An instant of the API as tables show it.
fn moment(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => text.to_string(),
    }
}

/// All clusters of the region, or one in detail.
pub(super) fn clusters(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Read)?;
    let name = match command.name()? {
        name if name.is_empty() => command.config.str_at("metadata/name").to_string(),
        name => name,
    };
    if !name.is_empty() {
        return one_cluster(command, &cloud, &name);
    }
    let names: Vec<String> = cloud.clusters.iter().map(|c| c.api.store().meta().name.clone()).collect();
    let made = |name: &str| {
        let stack = format!("eksctl-{name}-cluster");
        if state::find(cloud.places().account, STACK, &stack).is_some() { "True" } else { "False" }
    };
    let rows = names.iter().map(|n| vec![n.clone(), cloud.region.clone(), made(n).into()]).collect();
    let datum = |name: &String| {
        let region = Json::str(&cloud.region);
        record([("Name", Json::str(name)), ("Region", region), ("Owned", Json::str(made(name)))])
    };
    let data = Json::list(names.iter().map(datum).collect());
    print(command, &["NAME", "REGION", "EKSCTL CREATED"], rows, &data, "No clusters found");
    Ok(())
}

fn one_cluster(command: &Eksctl<'_>, cloud: &Cloud, name: &str) -> anyhow::Result<()> {
    if cloud.cluster(name).is_none() {
        return Err(no_cluster(name));
    }
    let answer = ask(cloud, "eks", "DescribeCluster", json!({"name": name}))?;
    let cluster = answer.at("cluster");
    let joined = |list: &[Value]| {
        let mut texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
        texts.sort_unstable();
        texts.join(",")
    };
    let row = vec![
        name.to_string(),
        cluster.str_at("version").to_string(),
        cluster.str_at("status").to_string(),
        moment(cluster.str_at("createdAt")),
        cluster.str_at("resourcesVpcConfig/vpcId").to_string(),
        joined(cluster.items_at("resourcesVpcConfig/subnetIds")),
        joined(cluster.items_at("resourcesVpcConfig/securityGroupIds")),
        "EKS".to_string(),
    ];
    let columns = ["NAME", "VERSION", "STATUS", "CREATED", "VPC", "SUBNETS", "SECURITYGROUPS", "PROVIDER"];
    let data = Json::list(vec![structure("eks", "Cluster", cluster)]);
    print(command, &columns, vec![row], &data, "No clusters found");
    Ok(())
}

/// What is told of a node group, in the order of the columns.
struct Summary {
    row: Vec<String>,
    data: Json,
}

fn summary(cloud: &Cloud, cluster: &Cluster, asg: &Object) -> Summary {
    let store = cluster.api.store();
    let document = asg.at("spec/kubetick/nodeGroup");
    let group = document.str_at("name").to_string();
    let cluster_name = store.meta().name.clone();
    let managed = state::find(store, NODE_GROUP, &group);
    let spec = managed.as_ref().map(|g| g.at("spec"));
    let size = |member: &str, of_asg: &str| match spec {
        Some(spec) => spec.int_at(&format!("scalingConfig/{member}")).unwrap_or(0),
        None => asg.at("spec").int_at(of_asg).unwrap_or(0),
    };
    let (min, max, desired) =
        (size("minSize", "MinSize"), size("maxSize", "MaxSize"), size("desiredSize", "DesiredCapacity"));
    let types: Vec<&str> = match spec {
        Some(spec) => spec.items_at("instanceTypes").iter().filter_map(Value::as_str).collect(),
        None => vec![document.str_at("instanceType")],
    };
    let stack = format!("eksctl-{cluster_name}-nodegroup-{group}");
    let stack_status = || {
        let stack = state::find(cloud.places().account, STACK, &stack);
        stack.map_or_else(|| "CREATE_COMPLETE".to_string(), |s| s.str_at("spec/StackStatus").to_string())
    };
    let status = spec.map_or_else(stack_status, |s| s.str_at("status").to_string());
    let created = moment(spec.map_or_else(|| asg.str_at("spec/CreatedTime"), |s| s.str_at("createdAt")));
    let image = spec.map_or("", |s| s.str_at("amiType")).to_string();
    let kind = if managed.is_some() { "managed" } else { "unmanaged" };
    let row = vec![
        cluster_name.clone(),
        group.clone(),
        status.clone(),
        created.clone(),
        min.to_string(),
        max.to_string(),
        desired.to_string(),
        types.join(","),
        image.clone(),
        asg.name().to_string(),
        kind.to_string(),
    ];
    let role = document.str_at("role");
    let role = if role.starts_with("arn:") {
        role.to_string()
    } else {
        cloud.places().iam_arn(&format!("role/{role}"))
    };
    // Groups of a cluster that is older than this program say nothing of their version.
    let version = match (spec.map_or("", |s| s.str_at("version")), document.str_at("kubelet")) {
        ("", "") => store.meta().version.to_string(),
        ("", version) | (version, _) => version.to_string(),
    };
    let number = |n: i64| Json::Int(n.into());
    let data = record([
        ("StackName", Json::str(&stack)),
        ("Cluster", Json::str(&cluster_name)),
        ("Name", Json::str(&group)),
        ("Status", Json::str(&status)),
        ("MaxSize", number(max)),
        ("MinSize", number(min)),
        ("DesiredCapacity", number(desired)),
        ("InstanceType", Json::str(&types.join(","))),
        ("ImageID", Json::str(&image)),
        ("CreationTime", Json::str(&created)),
        ("NodeInstanceRoleARN", Json::str(&role)),
        ("AutoScalingGroupName", Json::str(asg.name())),
        ("Version", Json::str(&version)),
        ("Type", Json::str(kind)),
    ]);
    Summary { row, data }
}

/// The node groups of a cluster.
pub(super) fn node_groups(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Read)?;
    let cluster = command.cluster(&cloud)?;
    let name = command.name()?;
    let groups = state::list(cluster.api.store(), GROUP);
    let of_nodes = groups.iter().filter(|g| !g.at("spec/kubetick/nodeGroup").is_null());
    let chosen = of_nodes.filter(|g| name.is_empty() || g.str_at("spec/kubetick/nodeGroup/name") == name);
    let all: Vec<Summary> = chosen.map(|g| summary(&cloud, cluster, g)).collect();
    if all.is_empty() && command.flags.str("output") == "table" {
        match name.as_str() {
            "" => bail!("No nodegroups found"),
            name => bail!("nodegroup with name {name} not found"),
        }
    }
    let data = Json::list(all.iter().map(|s| s.data.clone()).collect());
    let rows = all.into_iter().map(|s| s.row).collect();
    let columns = [
        "CLUSTER",
        "NODEGROUP",
        "STATUS",
        "CREATED",
        "MIN SIZE",
        "MAX SIZE",
        "DESIRED CAPACITY",
        "INSTANCE TYPE",
        "IMAGE ID",
        "ASG NAME",
        "TYPE",
    ];
    print(command, &columns, rows, &data, "No nodegroups found");
    Ok(())
}

/// The roles made for service accounts, by their stacks.
pub(super) fn service_accounts(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Read)?;
    let cluster = command.cluster(&cloud)?.api.store().meta().name.clone();
    let (name, namespace) = (command.name()?, command.flags.str("namespace"));
    let (mut rows, mut data) = (Vec::new(), Vec::new());
    for stack in state::list(cloud.places().account, STACK) {
        let Some((ns, account)) =
            stack_tag(&stack, "alpha.eksctl.io/iamserviceaccount-name").and_then(|t| t.split_once('/'))
        else {
            continue;
        };
        let chosen = (name.is_empty() || account == name) && (namespace.is_empty() || ns == namespace);
        if chosen && stack_tag(&stack, "alpha.eksctl.io/cluster-name") == Some(&cluster) {
            let role = stack_output(&stack, "Role1");
            data.push(record([
                ("metadata", record([("name", Json::str(account)), ("namespace", Json::str(ns))])),
                ("status", record([("roleARN", Json::str(&role))])),
            ]));
            rows.push(vec![ns.to_string(), account.to_string(), role]);
        }
    }
    let columns = ["NAMESPACE", "NAME", "ROLE ARN"];
    print(command, &columns, rows, &Json::list(data), "No iamserviceaccounts found");
    Ok(())
}
