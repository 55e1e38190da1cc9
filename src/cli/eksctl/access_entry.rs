//! `eksctl create|get|delete accessentry` and `utils update-authentication-mode`: who may enter a cluster.

use super::get::{ask, print};
use super::sdk::record;
use super::stack::deploy;
use super::tasks::{Task, TaskTree};
use super::{Eksctl, now};
use crate::aws::state::{self, STACK};
use crate::aws::{self, NewStack, create_stack, delete_stack};
use crate::cli::cloud::Cloud;
use crate::cli::cluster::Cluster;
use crate::json;
use crate::machinery::ordered::{Entries, Json};
use crate::machinery::{Value, names};
use crate::store::{Access, Store};
use anyhow::bail;

/// The entries a command is about: the one of its flags, or those of the configuration file.
fn wanted(command: &Eksctl<'_>) -> anyhow::Result<Vec<Value>> {
    if !command.config.is_null() {
        let entries = command.config.items_at("accessConfig/accessEntries");
        if entries.is_empty() {
            bail!("at least one access entry is required");
        }
        return Ok(entries.to_vec());
    }
    command.cluster_name()?;
    let flags = &command.flags;
    let principal = flags.str("principal-arn");
    if principal.is_empty() {
        bail!("--principal-arn is required");
    }
    let mut entry = json!({"principalARN": principal});
    for (flag, member) in [("type", "type"), ("kubernetes-username", "kubernetesUsername")] {
        if !flags.str(flag).is_empty() {
            entry.set(member, flags.str(flag));
        }
    }
    let groups: Vec<Value> =
        flags.list("kubernetes-groups").iter().map(|group| Value::from(group.as_str())).collect();
    entry.set("kubernetesGroups", groups);
    Ok(vec![entry])
}

/// Entries have to count in the cluster.
fn enabled(store: &Store) -> anyhow::Result<()> {
    if !aws::authentication_mode(store).asks_entries() {
        bail!(
            "access entries API is not currently enabled; please enable it using `eksctl utils update-authentication-mode --cluster <> --authentication-mode=API_AND_CONFIG_MAP`"
        );
    }
    Ok(())
}

/// The name of an entry's stack: its end stands for the principal.
fn stack_of(cluster: &str, principal: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letter = |i: u64| {
        ALPHABET[(names::number(0, &format!("access entry stack {principal}"), i) % 32) as usize] as char
    };
    format!("eksctl-{cluster}-accessentry-{}", (0..32).map(letter).collect::<String>())
}

/// Makes them, each in a stack.
pub(super) fn create(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let entries = wanted(command)?;
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let store = cluster.api.store();
    enabled(store)?;
    let name = store.meta().name.clone();
    let is_new = |entry: &&Value| {
        let stack = stack_of(&name, entry.str_at("principalARN"));
        state::find(cloud.places().account, STACK, &stack).is_none()
    };
    let fresh: Vec<&Value> = entries.iter().filter(is_new).collect();
    if fresh.is_empty() {
        command.log().info(now(cluster), "access entries already up-to-date");
        return Ok(());
    }
    for entry in fresh {
        make(command, &cloud, cluster, entry)?;
    }
    cloud.finish()
}

/// Makes one, in a stack of its own.
pub(super) fn make(
    command: &Eksctl<'_>,
    cloud: &Cloud,
    cluster: &Cluster,
    entry: &Value,
) -> anyhow::Result<()> {
    let log = command.log();
    let principal = entry.str_at("principalARN");
    log.info(now(cluster), &format!("creating access entry for principal ARN \"{principal}\""));
    let stack = stack_of(&cluster.api.store().meta().name, principal);
    let failed = |e: anyhow::Error| {
        log.critical(now(cluster), &format!("{e}"));
        anyhow::anyhow!("failed to create access entry for principal ARN \"{principal}\"")
    };
    deploy(command, cloud, cluster, &stack, || admit(cloud, cluster.api.store(), entry).map_err(failed))?;
    log.info(now(cluster), &format!("created access entry for principal ARN \"{principal}\""));
    Ok(())
}

/// Makes an entry with its policies, and the stack it is in.
fn admit(cloud: &Cloud, store: &Store, entry: &Value) -> anyhow::Result<()> {
    let name = store.meta().name.clone();
    let principal = entry.str_at("principalARN");
    let mut input = json!({"clusterName": (name.as_str()), "principalArn": principal});
    for (member, of_api) in
        [("type", "type"), ("kubernetesUsername", "username"), ("kubernetesGroups", "kubernetesGroups")]
    {
        if let Some(value) = entry.get(member) {
            input.set(of_api, value);
        }
    }
    let made = ask(cloud, "eks", "CreateAccessEntry", input)?;
    for policy in entry.items_at("accessPolicies") {
        let input = json!({
            "clusterName": (name.as_str()), "principalArn": principal, "policyArn": (policy.at("policyARN")),
            "accessScope": (policy.at("accessScope")),
        });
        ask(cloud, "eks", "AssociateAccessPolicy", input)?;
    }
    let arn = made.str_at("accessEntry/accessEntryArn").to_string();
    create_stack(
        &cloud.places(),
        &NewStack {
            name: stack_of(&name, principal),
            description: format!("Access entry for {principal} [created and managed by eksctl]"),
            capability: "",
            outputs: Vec::new(),
            tags: vec![("alpha.eksctl.io/cluster-name".into(), name)],
            resources: vec![("AccessEntry".into(), arn, "AWS::EKS::AccessEntry".into())],
        },
    );
    Ok(())
}

/// Gives a cluster the entries of its configuration; nothing is told.
pub(super) fn furnish(cloud: &Cloud, store: &Store, document: &Value) -> anyhow::Result<()> {
    document.items_at("accessConfig/accessEntries").iter().try_for_each(|entry| admit(cloud, store, entry))
}

/// Removes them.
pub(super) fn delete(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let entries = wanted(command)?;
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let (log, store) = (command.log(), cluster.api.store());
    enabled(store)?;
    let name = store.meta().name.clone();
    let task =
        |e: &Value| Task::One(format!("delete access entry for principal ARN {}", e.str_at("principalARN")));
    let tasks = entries.iter().map(task).collect();
    log.info(now(cluster), &TaskTree { tasks, parallel: true, ..TaskTree::default() }.describe());
    let mut failures = Vec::new();
    for entry in &entries {
        let principal = entry.str_at("principalARN");
        let input = json!({"clusterName": (name.as_str()), "principalArn": principal});
        let stack = stack_of(&name, principal);
        let is_ours = delete_stack(&cloud.places(), &stack).is_some();
        match ask(&cloud, "eks", "DeleteAccessEntry", input) {
            Ok(_) if is_ours => log.info(now(cluster), &format!("will delete stack \"{stack}\"")),
            Ok(_) => {
                let text = format!("started deleting access entry with principalARN \"{principal}\"");
                log.info(now(cluster), &text);
            }
            Err(e) => failures.push(format!("deleting access entry with principalARN {principal}: {e}")),
        }
    }
    cloud.finish()?;
    if failures.is_empty() {
        return Ok(());
    }
    let text = format!("{} error(s) occurred while deleting accessentry(ies)", failures.len());
    log.info(now(cluster), &text);
    for failure in &failures {
        log.critical(now(cluster), &format!("{failure}\n"));
    }
    bail!("failed to delete accessentry(ies)")
}

/// The table.
pub(super) fn get(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Read)?;
    let cluster = command.cluster(&cloud)?;
    enabled(cluster.api.store())?;
    let name = cluster.api.store().meta().name.clone();
    let failed =
        |e: anyhow::Error| anyhow::anyhow!("failed to retrieve access entries for cluster {name}: {e}");
    let principals: Vec<String> = match command.flags.str("principal-arn") {
        "" => {
            let listed = ask(&cloud, "eks", "ListAccessEntries", json!({"clusterName": (name.as_str())}))
                .map_err(|e| failed(anyhow::anyhow!("calling EKS API to list access entries: {e}")))?;
            listed.items_at("accessEntries").iter().filter_map(Value::as_str).map(str::to_string).collect()
        }
        given => vec![given.to_string()],
    };
    let (mut rows, mut data) = (Vec::new(), Vec::new());
    for principal in principals {
        let input = json!({"clusterName": (name.as_str()), "principalArn": (principal.as_str())});
        let entry = ask(&cloud, "eks", "DescribeAccessEntry", input.clone()).map_err(|e| {
            let what = "calling EKS API to describe access entry with principal ARN";
            failed(anyhow::anyhow!("{what} {principal}: {e}"))
        })?;
        let groups = entry.items_at("accessEntry/kubernetesGroups");
        let policies = ask(&cloud, "eks", "ListAssociatedAccessPolicies", input)?;
        let policies = policies.items_at("associatedAccessPolicies");
        data.push(summary(&principal, groups, policies));
        rows.push(vec![principal, groups.len().to_string(), policies.len().to_string()]);
    }
    if command.flags.str("output") == "table" {
        command.log().info(
            now(cluster),
            "to get a detailed view of Kubernetes groups or policies associated with each access entry, use --output yaml or json",
        );
    }
    let columns = ["PRINCIPAL ARN", "KUBERNETES GROUPS", "ACCESS POLICIES"];
    print(command, &columns, rows, &Json::list(data), "No accessentries found");
    Ok(())
}

/// An entry as data; what it has none of is left out.
fn summary(principal: &str, groups: &[Value], policies: &[Value]) -> Json {
    let mut entries = Entries::new();
    entries.insert("principalARN", Json::str(principal));
    if !groups.is_empty() {
        entries.insert("kubernetesGroups", Json::from(&Value::from(groups.to_vec())));
    }
    let policy = |policy: &Value| {
        let mut scope = Entries::new();
        scope.insert("type", Json::str(policy.str_at("accessScope/type")));
        let namespaces = policy.items_at("accessScope/namespaces");
        if !namespaces.is_empty() {
            scope.insert("namespaces", Json::from(&Value::from(namespaces.to_vec())));
        }
        record([("policyARN", Json::str(policy.str_at("policyArn"))), ("accessScope", Json::map(scope))])
    };
    if !policies.is_empty() {
        entries.insert("accessPolicies", Json::list(policies.iter().map(policy).collect()));
    }
    Json::map(entries)
}

/// Changes what a cluster asks who may enter.
pub(super) fn update_mode(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let mode = match command.flags.str("authentication-mode") {
        "" => command.config.str_at("accessConfig/authenticationMode"),
        given => given,
    };
    if mode.is_empty() {
        bail!("--authentication-mode must be set");
    }
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let log = command.log();
    let name = cluster.api.store().meta().name.clone();
    log.info(now(cluster), &format!("setting cluster's authentication mode to {mode}"));
    let input = json!({"name": (name.as_str()), "accessConfig": {"authenticationMode": mode}});
    let update = ask(&cloud, "eks", "UpdateClusterConfig", input)
        .map_err(|e| anyhow::anyhow!("failed to update cluster config: {e}"))?;
    super::upgrade::wait(&cloud, cluster, &update)?;
    cloud.finish()?;
    let text = format!("authentication mode was successfully updated to {mode} on cluster {name}");
    log.info(now(cluster), &text);
    Ok(())
}
