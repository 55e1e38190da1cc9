//! `eksctl create|delete iamserviceaccount`: a role for a service account, and the account that carries it.

use super::tasks::{Task, TaskTree};
use super::{Eksctl, now};
use crate::api::Server;
use crate::aws::state::{self, STACK};
use crate::aws::{self, provision};
use crate::cli::cloud::Cloud;
use crate::json;
use crate::machinery::{Object, Time, Value};
use crate::store::Access;
use anyhow::bail;

/// What ends a command that only told what it would do.
pub(super) const PLAN: &str = "no changes were applied, run again with '--approve' to apply the changes";

/// The service accounts a command is about: the one of its flags, or those of the configuration file.
fn wanted(command: &Eksctl<'_>) -> anyhow::Result<Vec<Value>> {
    if !command.config.is_null() {
        return Ok(command.config.items_at("iam/serviceAccounts").to_vec());
    }
    let name = command.name()?;
    if name.is_empty() {
        bail!("--name must be set");
    }
    let texts = |list: &[String]| list.iter().map(|t| Value::from(t.as_str())).collect::<Vec<_>>();
    let mut account = json!({
        "metadata": {"name": name, "namespace": (command.flags.str("namespace"))},
        "attachPolicyARNs": (texts(command.flags.list("attach-policy-arn"))),
        "roleOnly": (command.flags.bool("role-only")),
    });
    for (flag, member) in [("role-name", "roleName"), ("attach-role-arn", "attachRoleARN")] {
        if !command.flags.str(flag).is_empty() {
            account.set(member, command.flags.str(flag));
        }
    }
    Ok(vec![account])
}

fn key(account: &Value) -> String {
    let namespace = match account.str_at("metadata/namespace") {
        "" => "default",
        namespace => namespace,
    };
    format!("{namespace}/{}", account.str_at("metadata/name"))
}

/// `1 iamserviceaccount (a/b) was included (based on the include/exclude rules)`.
fn summary(keys: &[String], what: &str) -> String {
    let (noun, verb) =
        if keys.len() == 1 { ("iamserviceaccount", "was") } else { ("iamserviceaccounts", "were") };
    format!("{} {noun} ({}) {verb} {what} (based on the include/exclude rules)", keys.len(), keys.join(", "))
}

/// Makes them.
pub(super) fn create(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let accounts = wanted(command)?;
    if command.config.is_null() {
        check(&accounts[0])?;
    }
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let (log, at) = (command.log(), now(cluster));
    let api = &cluster.api;
    let name = api.store().meta().name.clone();
    let places = cloud.places();
    if !aws::has_provider(&places, &aws::issuer(api.store())) {
        log.warning(
            at,
            &format!(
                "no IAM OIDC provider associated with cluster, try 'eksctl utils associate-iam-oidc-provider --region={} --cluster={name}'",
                cloud.region
            ),
        );
        bail!("unable to create iamserviceaccount(s) without IAM OIDC provider enabled");
    }
    let overrides = command.flags.bool("override-existing-serviceaccounts");
    let exists = |account: &Value| {
        let key = key(account);
        let (namespace, account_name) = key.split_once('/').unwrap_or_default();
        let stack = provision::service_account_stack(&name, namespace, account_name);
        let in_cluster = !overrides
            && !account.bool_at("roleOnly")
            && api.find("serviceaccounts", namespace, account_name).is_some();
        state::find(places.account, STACK, &stack).is_some() || in_cluster
    };
    let (existing, fresh): (Vec<Value>, Vec<Value>) = accounts.into_iter().partition(exists);
    tell_selection(command, at, &existing, &fresh);
    let plan = !command.config.is_null() && !command.flags.bool("approve");
    log.info(at, &tree(&fresh, plan).describe());
    if plan {
        log.warning(at, PLAN);
        return Ok(());
    }
    for account in &fresh {
        make(command, &cloud, api, account)?;
    }
    cloud.finish()
}

/// Tells which accounts are made and which are left alone.
fn tell_selection(command: &Eksctl<'_>, at: Time, existing: &[Value], fresh: &[Value]) {
    let log = command.log();
    let keys = |list: &[Value]| list.iter().map(key).collect::<Vec<String>>();
    if !existing.is_empty() {
        let text = format!(
            "{} existing iamserviceaccount(s) ({}) will be excluded",
            existing.len(),
            keys(existing).join(",")
        );
        log.info(at, &text);
    }
    if !fresh.is_empty() {
        log.info(at, &summary(&keys(fresh), "included"));
    }
    if !existing.is_empty() {
        log.info(at, &summary(&keys(existing), "excluded"));
    }
    log.warning(
        at,
        if command.flags.bool("role-only") {
            "serviceaccounts in Kubernetes will not be created or modified, since the option --role-only is used"
        } else if command.flags.bool("override-existing-serviceaccounts") {
            "metadata of serviceaccounts that exist in Kubernetes will be updated, as --override-existing-serviceaccounts was set"
        } else {
            "serviceaccounts that exist in Kubernetes will be excluded, use --override-existing-serviceaccounts to override"
        },
    );
}

fn check(account: &Value) -> anyhow::Result<()> {
    let role = account.str_at("attachRoleARN");
    if role.is_empty() && account.items_at("attachPolicyARNs").is_empty() {
        bail!("--attach-policy-arn or --attach-role-arn must be set");
    }
    if !role.is_empty() && (!account.str_at("roleName").is_empty() || account.bool_at("roleOnly")) {
        bail!("cannot provide --role-name or --role-only when --attach-role-arn is configured");
    }
    Ok(())
}

fn tree(accounts: &[Value], plan_mode: bool) -> TaskTree {
    let of_account = |account: &Value| {
        let key = key(account);
        let mut tasks = Vec::new();
        if account.str_at("attachRoleARN").is_empty() {
            tasks.push(Task::One(format!("create IAM role for serviceaccount \"{key}\"")));
        }
        if !account.bool_at("roleOnly") {
            tasks.push(Task::One(format!("create serviceaccount \"{key}\"")));
        }
        Task::Tree(TaskTree { tasks, is_sub_task: true, ..TaskTree::default() })
    };
    TaskTree {
        tasks: accounts.iter().map(of_account).collect(),
        parallel: true,
        is_sub_task: false,
        plan_mode,
    }
}

/// Makes one: its stack with the role, then the account.
pub(super) fn make(command: &Eksctl<'_>, cloud: &Cloud, api: &Server, account: &Value) -> anyhow::Result<()> {
    let log = command.log();
    let key = key(account);
    let (namespace, name) = key.split_once('/').unwrap_or_default();
    let cluster = api.store().meta().name.clone();
    let places = cloud.places();
    let role = match account.str_at("attachRoleARN") {
        "" => {
            for arn in account.items_at("attachPolicyARNs").iter().filter_map(Value::as_str) {
                if aws::policy_name(&places, arn).is_none() {
                    return Err(failed(command, api, arn));
                }
            }
            let stack = provision::service_account_stack(&cluster, namespace, name);
            log.info(api.now(), &format!("building iamserviceaccount stack \"{stack}\""));
            log.info(api.now(), &format!("deploying stack \"{stack}\""));
            let waiting = format!("waiting for CloudFormation stack \"{stack}\"");
            log.info(api.now(), &waiting);
            // The stacks of a configuration's accounts come with the cluster.
            let arn = match state::find(places.account, STACK, &stack) {
                Some(made) => aws::stack_output(&made, "Role1"),
                None => provision::service_account(&places, api.store(), account),
            };
            cloud.pass(api, super::cluster::STACK_POLL)?;
            log.info(api.now(), &waiting);
            arn
        }
        arn => arn.to_string(),
    };
    if account.bool_at("roleOnly") {
        return Ok(());
    }
    if api.find("namespaces", "", namespace).is_none() {
        api.create(Object::new("v1", "Namespace", "", namespace)).map_err(|e| anyhow::anyhow!("{e}"))?;
        log.info(api.now(), &format!("created namespace \"{namespace}\""));
    }
    let text = service_account(api, namespace, name, &role)?;
    for line in text {
        log.info(api.now(), &line);
    }
    Ok(())
}

/// What CloudFormation says of a policy that is not there.
fn failed(command: &Eksctl<'_>, api: &Server, arn: &str) -> anyhow::Error {
    let log = command.log();
    log.info(
        api.now(),
        "1 error(s) occurred and IAM Role stacks haven't been created properly, you may wish to check CloudFormation console",
    );
    log.critical(
        api.now(),
        &format!("Policy {arn} does not exist or is not attachable. (Service: Iam, Status Code: 404)"),
    );
    anyhow::anyhow!("failed to create iamserviceaccount(s)")
}

/// Writes the accounts of a configuration into a cluster that was there before anybody looked, with the roles that came
/// with it; nothing is told.
pub(super) fn furnish(cloud: &Cloud, api: &Server, document: &Value) -> anyhow::Result<()> {
    let cluster = api.store().meta().name.clone();
    let places = cloud.places();
    for account in document.items_at("iam/serviceAccounts").iter().filter(|a| !a.bool_at("roleOnly")) {
        let key = key(account);
        let (namespace, name) = key.split_once('/').unwrap_or_default();
        let stack = provision::service_account_stack(&cluster, namespace, name);
        let role = match account.str_at("attachRoleARN") {
            "" => state::find(places.account, STACK, &stack).map(|made| aws::stack_output(&made, "Role1")),
            arn => Some(arn.to_string()),
        };
        if api.find("namespaces", "", namespace).is_none() {
            api.create(Object::new("v1", "Namespace", "", namespace)).map_err(|e| anyhow::anyhow!("{e}"))?;
        }
        service_account(api, namespace, name, &role.unwrap_or_default())?;
    }
    Ok(())
}

/// Writes the service account; answers what is told about it.
fn service_account(api: &Server, namespace: &str, name: &str, role: &str) -> anyhow::Result<Vec<String>> {
    let quoted = format!("serviceaccount \"{namespace}/{name}\"");
    let mark = |account: &mut Object| {
        account.set_label("app.kubernetes.io/managed-by", "eksctl");
        account.set_annotation("eks.amazonaws.com/role-arn", role);
    };
    let Some(mut account) = api.find("serviceaccounts", namespace, name) else {
        let mut account = Object::new("v1", "ServiceAccount", namespace, name);
        mark(&mut account);
        api.create(account).map_err(|e| anyhow::anyhow!("{e}"))?;
        return Ok(vec![format!("created {quoted}")]);
    };
    let before = account.clone();
    mark(&mut account);
    let told = if account == before {
        format!("{quoted} is already up-to-date")
    } else {
        api.update(account).map_err(|e| anyhow::anyhow!("{e}"))?;
        format!("updated {quoted}")
    };
    Ok(vec![format!("{quoted} already exists"), told])
}

/// Removes them, role and account.
pub(super) fn delete(command: &Eksctl<'_>) -> anyhow::Result<()> {
    if command.config.is_null() && command.flags.given("approve") {
        bail!("cannot use --approve unless a config file is specified via --config-file/-f");
    }
    let accounts = wanted(command)?;
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let (log, at, api) = (command.log(), now(cluster), &cluster.api);
    let name = api.store().meta().name.clone();
    let places = cloud.places();
    let keys: Vec<String> = accounts.iter().map(key).collect();
    log.info(at, &summary(&keys, "included"));
    let waits = command.flags.bool("wait");
    let mut trees = Vec::new();
    let mut stacks = Vec::new();
    for key in &keys {
        let (namespace, account) = key.split_once('/').unwrap_or_default();
        let stack = provision::service_account_stack(&name, namespace, account);
        let mut tasks = Vec::new();
        if state::find(places.account, STACK, &stack).is_some() {
            let how = if waits { "" } else { " [async]" };
            tasks.push(Task::One(format!("delete IAM role for serviceaccount \"{key}\"{how}")));
            stacks.push(stack);
        }
        tasks.push(Task::One(format!("delete serviceaccount \"{key}\"")));
        trees.push(Task::Tree(TaskTree { tasks, is_sub_task: true, ..TaskTree::default() }));
    }
    let plan = !command.config.is_null() && !command.flags.bool("approve");
    log.info(at, &TaskTree { tasks: trees, parallel: true, is_sub_task: false, plan_mode: plan }.describe());
    if plan {
        log.warning(at, PLAN);
        return Ok(());
    }
    for stack in &stacks {
        log.info(at, &format!("will delete stack \"{stack}\""));
        if waits {
            log.info(at, &format!("waiting for stack \"{stack}\" to get deleted"));
        }
        super::get::ask(&cloud, "cloudformation", "DeleteStack", json!({"StackName": (stack.as_str())}))?;
    }
    for key in &keys {
        let told = remove_account(api, key)?;
        log.info(at, &told.unwrap_or_else(|| format!("serviceaccount \"{key}\" was already deleted")));
    }
    cloud.finish()
}

/// Deletes a service account that eksctl manages; answers what is told of it, nothing when there is none.
pub(super) fn remove_account(api: &Server, key: &str) -> anyhow::Result<Option<String>> {
    let (namespace, account) = key.split_once('/').unwrap_or_default();
    let quoted = format!("serviceaccount \"{key}\"");
    let Some(found) = api.find("serviceaccounts", namespace, account) else { return Ok(None) };
    if found.label("app.kubernetes.io/managed-by") != Some("eksctl") {
        return Ok(Some(format!("{quoted} was not created by eksctl; will not be deleted")));
    }
    api.delete("serviceaccounts", namespace, account).map_err(|e| anyhow::anyhow!("{e}"))?;
    Ok(Some(format!("deleted {quoted}")))
}
