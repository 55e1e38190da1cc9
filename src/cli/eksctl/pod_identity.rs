//! `eksctl create|get|update|delete podidentityassociation`: roles that pods get through the agent on their node.

use super::get::{ask, print};
use super::sdk::record;
use super::stack::deploy;
use super::tasks::{Task, TaskTree};
use super::{Eksctl, now};
use crate::aws;
use crate::aws::provision;
use crate::aws::state::{self, ADDON, STACK};
use crate::cli::cloud::Cloud;
use crate::cli::cluster::Cluster;
use crate::json;
use crate::machinery::Value;
use crate::machinery::ordered::Json;
use crate::store::{Access, Store};
use anyhow::bail;

const AGENT: &str = "eks-pod-identity-agent";

/// The associations a command is about: the one of its flags, or those of the configuration file.
fn wanted(command: &Eksctl<'_>) -> anyhow::Result<Vec<Value>> {
    if command.config.is_null() {
        let flags = &command.flags;
        command.cluster_name()?;
        let (namespace, account) = (flags.str("namespace"), flags.str("service-account-name"));
        if namespace.is_empty() {
            bail!("--namespace is required");
        }
        if account.is_empty() {
            bail!("--service-account-name is required");
        }
        let arns: Vec<Value> =
            flags.list("permission-policy-arns").iter().map(|arn| Value::from(arn.as_str())).collect();
        let mut association = json!({
            "namespace": namespace, "serviceAccountName": account, "roleARN": (flags.str("role-arn")),
            "roleName": (flags.str("role-name")), "permissionPolicyARNs": arns,
        });
        for name in flags.list("well-known-policies") {
            association.at_mut("wellKnownPolicies").map_mut().insert(name, true);
        }
        return Ok(vec![association]);
    }
    let all = command.config.items_at("iam/podIdentityAssociations");
    if all.is_empty() {
        bail!("no iam.podIdentityAssociations specified in the config file");
    }
    for (i, association) in all.iter().enumerate() {
        for member in ["namespace", "serviceAccountName"] {
            if association.str_at(member).is_empty() {
                bail!("podIdentityAssociations[{i}].{member} must be set");
            }
        }
    }
    Ok(all.to_vec())
}

fn key(association: &Value) -> String {
    format!("{}/{}", association.str_at("namespace"), association.str_at("serviceAccountName"))
}

/// `for service account ... in namespace ...`, as tasks and messages have it.
fn whose(association: &Value, quote: char) -> String {
    let (namespace, account) = (association.str_at("namespace"), association.str_at("serviceAccountName"));
    format!("for service account {quote}{account}{quote} in namespace {quote}{namespace}{quote}")
}

fn has_policies(association: &Value) -> bool {
    !association.items_at("permissionPolicyARNs").is_empty()
        || !association.at("permissionPolicy").is_null()
        || !association.map_at("wellKnownPolicies").is_empty()
}

/// What an association has to have, and what does not go together.
fn check(associations: &[Value], of_flags: bool) -> anyhow::Result<()> {
    for (i, association) in associations.iter().enumerate() {
        let path = format!("podIdentityAssociations[{i}]");
        let role = association.str_at("roleARN");
        if role.is_empty() && !has_policies(association) {
            if of_flags {
                bail!(
                    "at least one of the following flags must be specified: --role-arn, --permission-policy-arns, --well-known-policies"
                );
            }
            bail!(
                "at least one of the following must be specified: {path}.roleARN, {path}.permissionPolicy, {path}.permissionPolicyARNs, {path}.wellKnownPolicies"
            );
        }
        let given = [
            ("permissionPolicy", "", !association.at("permissionPolicy").is_null()),
            (
                "permissionPolicyARNs",
                "--permission-policy-arns",
                !association.items_at("permissionPolicyARNs").is_empty(),
            ),
            (
                "wellKnownPolicies",
                "--well-known-policies",
                !association.map_at("wellKnownPolicies").is_empty(),
            ),
        ];
        if let Some((member, flag, _)) = given.iter().find(|(.., given)| *given && !role.is_empty()) {
            if of_flags {
                bail!("{flag} cannot be specified when --role-arn is set");
            }
            bail!("{path}.{member} cannot be specified when {path}.roleARN is set");
        }
    }
    Ok(())
}

/// Says what all tasks will be, before they are done.
fn announce(command: &Eksctl<'_>, cluster: &Cluster, tasks: Vec<Task>) {
    let tree = TaskTree { tasks, parallel: true, ..TaskTree::default() };
    command.log().info(now(cluster), &tree.describe());
}

fn completed(command: &Eksctl<'_>, cluster: &Cluster) {
    command.log().info(now(cluster), "all tasks were completed successfully");
}

/// Makes them.
pub(super) fn create(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let associations = wanted(command)?;
    check(&associations, command.config.is_null())?;
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let store = cluster.api.store();
    if state::find(store, ADDON, AGENT).is_none() {
        bail!(
            "the \"{AGENT}\" addon must be installed to create pod identity associations; please enable it using `eksctl create addon --cluster={} --name={AGENT}`",
            store.meta().name
        );
    }
    announce(command, cluster, associations.iter().map(task).collect());
    for association in &associations {
        make(command, &cloud, cluster, association)?;
    }
    cloud.finish()?;
    completed(command, cluster);
    Ok(())
}

/// What the making of one is told as.
pub(super) fn task(association: &Value) -> Task {
    let whose = whose(association, '`');
    let mut tasks = Vec::new();
    if association.str_at("roleARN").is_empty() {
        tasks.push(Task::One(format!("create IAM role for pod identity association {whose}")));
    }
    tasks.push(Task::One(format!("create pod identity association {whose}")));
    Task::Tree(TaskTree { tasks, is_sub_task: true, ..TaskTree::default() })
}

/// Makes one: its stack with the role unless it has a role, then the association.
pub(super) fn make(
    command: &Eksctl<'_>,
    cloud: &Cloud,
    cluster: &Cluster,
    association: &Value,
) -> anyhow::Result<()> {
    let log = command.log();
    let store = cluster.api.store();
    let name = store.meta().name.clone();
    let role = match association.str_at("roleARN") {
        "" => {
            let stack = provision::pod_identity_stack(
                &name,
                association.str_at("namespace"),
                association.str_at("serviceAccountName"),
            );
            deploy(command, cloud, cluster, &stack, || {
                Ok(provision::pod_identity_role(&cloud.places(), store, association))
            })?
        }
        arn => arn.to_string(),
    };
    associate(cloud, store, association, &role)?;
    log.info(now(cluster), &format!("created pod identity association {}", whose(association, '"')));
    Ok(())
}

fn associate(cloud: &Cloud, store: &Store, association: &Value, role: &str) -> anyhow::Result<()> {
    let input = json!({
        "clusterName": (store.meta().name.as_str()), "namespace": (association.at("namespace")),
        "serviceAccount": (association.at("serviceAccountName")), "roleArn": role,
    });
    ask(cloud, "eks", "CreatePodIdentityAssociation", input)
        .map_err(|e| anyhow::anyhow!("creating pod identity association {}: {e}", whose(association, '"')))?;
    Ok(())
}

/// Gives a cluster that was there before anybody looked the associations of its configuration; nothing is told.
pub(super) fn furnish(cloud: &Cloud, store: &Store, document: &Value) -> anyhow::Result<()> {
    for association in document.items_at("iam/podIdentityAssociations") {
        let role = match association.str_at("roleARN") {
            "" => provision::pod_identity_role(&cloud.places(), store, association),
            arn => arn.to_string(),
        };
        associate(cloud, store, association, &role)?;
    }
    Ok(())
}

/// The id and the role of the association of a service account.
fn present(store: &Store, association: &Value) -> Option<(String, String)> {
    let (namespace, account) = (association.str_at("namespace"), association.str_at("serviceAccountName"));
    let found = aws::association_of(store, namespace, account)?;
    Some((found.name().to_string(), found.str_at("spec/roleArn").to_string()))
}

/// Gives them another role.
pub(super) fn update(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let associations = wanted(command)?;
    if command.config.is_null() && command.flags.str("role-arn").is_empty() {
        bail!("--role-arn is required");
    }
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let store = cluster.api.store();
    let name = store.meta().name.clone();
    let mut changes = Vec::new();
    for association in &associations {
        let key = key(association);
        let failed = |why: &str| anyhow::anyhow!("error updating pod identity association \"{key}\": {why}");
        let (id, has) =
            present(store, association).ok_or_else(|| failed("pod identity association does not exist"))?;
        let role = association.str_at("roleARN");
        let (namespace, account) = key.split_once('/').unwrap_or_default();
        let stack = provision::pod_identity_stack(&name, namespace, account);
        let is_ours = state::find(cloud.places().account, STACK, &stack).is_some();
        if is_ours && !role.is_empty() && role != has {
            return Err(failed(
                "cannot change podIdentityAssociation.roleARN since the role was created by eksctl",
            ));
        }
        if !is_ours && role.is_empty() {
            return Err(failed(
                "podIdentityAssociation.roleARN is required since the role was not created by eksctl",
            ));
        }
        changes.push((id, key, if role.is_empty() { has } else { role.to_string() }));
    }
    let told = changes.iter().map(|(_, key, _)| Task::One(format!("update pod identity association {key}")));
    announce(command, cluster, told.collect());
    for (id, key, role) in &changes {
        let input = json!({"clusterName": (name.as_str()), "associationId": (id.as_str()), "roleArn": (role.as_str())});
        ask(&cloud, "eks", "UpdatePodIdentityAssociation", input)?;
        let text = format!("updated role ARN \"{role}\" for pod identity association \"{key}\"");
        command.log().info(now(cluster), &text);
    }
    cloud.finish()?;
    completed(command, cluster);
    Ok(())
}

/// Removes them, with roles eksctl made and service accounts it manages.
pub(super) fn delete(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let associations = wanted(command)?;
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let (log, store) = (command.log(), cluster.api.store());
    let name = store.meta().name.clone();
    let tree = |association: &Value| {
        let key = key(association);
        let told = [
            format!("delete pod identity association \"{key}\""),
            format!("delete service account \"{key}\", if it exists and is managed by eksctl"),
        ];
        let tasks = told.map(Task::One).to_vec();
        Task::Tree(TaskTree { tasks, is_sub_task: true, ..TaskTree::default() })
    };
    announce(command, cluster, associations.iter().map(tree).collect());
    for association in &associations {
        let key = key(association);
        let (namespace, account) = key.split_once('/').unwrap_or_default();
        match present(store, association) {
            Some((id, _)) => {
                let input = json!({"clusterName": (name.as_str()), "associationId": id});
                ask(&cloud, "eks", "DeletePodIdentityAssociation", input)?;
            }
            None => {
                log.warning(now(cluster), &format!("pod identity association \"{key}\" not found"));
            }
        }
        let stack = provision::pod_identity_stack(&name, namespace, account);
        if state::find(cloud.places().account, STACK, &stack).is_some() {
            let text =
                format!("deleting IAM resources stack \"{stack}\" for pod identity association \"{key}\"");
            log.info(now(cluster), &text);
            log.info(now(cluster), &format!("will delete stack \"{stack}\""));
            log.info(now(cluster), &format!("waiting for stack \"{stack}\" to get deleted"));
            ask(&cloud, "cloudformation", "DeleteStack", json!({"StackName": (stack.as_str())}))?;
            let waiting = format!("waiting for CloudFormation stack \"{stack}\"");
            log.info(now(cluster), &waiting);
            cloud.pass(&cluster.api, super::cluster::STACK_POLL)?;
            log.info(now(cluster), &waiting);
        }
        if let Some(told) = super::iamserviceaccount::remove_account(&cluster.api, &key)? {
            log.info(now(cluster), &told);
        }
    }
    cloud.finish()?;
    completed(command, cluster);
    Ok(())
}

/// The table.
pub(super) fn get(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let (namespace, account) = (command.flags.str("namespace"), command.flags.str("service-account-name"));
    if namespace.is_empty() && !account.is_empty() {
        bail!("--namespace must be set in order to specify --service-account-name");
    }
    let cloud = command.open(Access::Read)?;
    let cluster = command.cluster(&cloud)?;
    let name = cluster.api.store().meta().name.clone();
    let mut input = json!({"clusterName": (name.as_str())});
    for (member, value) in [("namespace", namespace), ("serviceAccount", account)] {
        if !value.is_empty() {
            input.set(member, value);
        }
    }
    let listed = ask(&cloud, "eks", "ListPodIdentityAssociations", input)?;
    let mut rows = Vec::new();
    for summary in listed.items_at("associations") {
        let input = json!({"clusterName": (name.as_str()), "associationId": (summary.at("associationId"))});
        let answer = ask(&cloud, "eks", "DescribePodIdentityAssociation", input)?;
        let text = |member: &str| answer.at("association").str_at(member).to_string();
        rows.push(["associationArn", "namespace", "serviceAccount", "roleArn"].map(text).to_vec());
    }
    let data = rows.iter().map(|row| {
        record([
            ("AssociationARN", Json::str(&row[0])),
            ("Namespace", Json::str(&row[1])),
            ("ServiceAccountName", Json::str(&row[2])),
            ("RoleARN", Json::str(&row[3])),
        ])
    });
    let data = Json::list(data.collect());
    let columns = ["ASSOCIATION ARN", "NAMESPACE", "SERVICE ACCOUNT NAME", "IAM ROLE ARN"];
    print(command, &columns, rows, &data, "No podidentityassociations found");
    Ok(())
}
