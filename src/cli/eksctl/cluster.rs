//! `eksctl create|delete cluster` and `utils write-kubeconfig`.

use super::nodegroup::{of_flags, told_ready};
use super::tasks::{Task, TaskTree};
use super::{
    Eksctl, VERSION, access_entry, addon, dry_run, fargate, iamserviceaccount, no_cluster, now, pod_identity,
    validate,
};
use crate::aws::provision;
use crate::aws::state::{self, FARGATE_PROFILE, GROUP};
use crate::catalog::cluster_config::ClusterConfig;
use crate::catalog::releases;
use crate::cli::cloud::Cloud;
use crate::cli::own;
use crate::json;
use crate::machinery::{Duration, Time, Value, names};
use crate::store::Access;
use anyhow::bail;

/// Time between two looks at a stack (the AWS SDK's waiter: 30 s to begin with).
pub(super) const STACK_POLL: Duration = Duration::from_secs(30);
/// How long the stack of a control plane takes.
const CONTROL_PLANE: Duration = Duration::from_mins(10);
/// How long the stack of a node group takes.
const NODE_GROUP: Duration = Duration::from_mins(3);

/// The configuration that flags describe.
fn config_of_flags(command: &Eksctl<'_>) -> anyhow::Result<Value> {
    let flags = &command.flags;
    let name = match command.name()? {
        name if name.is_empty() => {
            let roll = names::number(1, "cluster-name", 0);
            format!("attractive-outfit-{}", 1_600_000_000 + roll % 100_000_000)
        }
        name => name,
    };
    let region = command.region().unwrap_or("us-west-2").to_string();
    let mut config = json!({
        "apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig", "metadata": {"name": name, "region": region},
    });
    if !flags.str("version").is_empty() {
        config.set("metadata/version", flags.str("version"));
    }
    let zones: Vec<Value> = flags.list("zones").iter().map(|z| Value::from(z.as_str())).collect();
    if !zones.is_empty() {
        config.set("availabilityZones", zones);
    }
    if flags.bool("with-oidc") {
        config.set("iam/withOIDC", true);
    }
    if flags.bool("fargate") {
        let selectors = json!([{"namespace": "default"}, {"namespace": "kube-system"}]);
        config.set("fargateProfiles", json!([{"name": "fp-default", "selectors": selectors}]));
    }
    if !flags.bool("without-nodegroup") && !flags.bool("fargate") {
        let group = match flags.str("nodegroup-name") {
            "" => format!("ng-{}", names::hex(1, "nodegroup", 0, 8)),
            given => given.to_string(),
        };
        let key = if flags.bool("managed") { "managedNodeGroups" } else { "nodeGroups" };
        config.set(key, vec![of_flags(command, &group)]);
    }
    Ok(config)
}

/// Makes a cluster, telling what it does as time goes on.
pub(super) fn create(command: &Eksctl<'_>) -> anyhow::Result<()> {
    if !command.config.is_null() && (command.flags.given("name") || !command.flags.args.is_empty()) {
        bail!("cannot use --name when --config-file/-f is set");
    }
    let document = if command.config.is_null() { config_of_flags(command)? } else { command.config.clone() };
    validate::cluster(&document)?;
    let config = ClusterConfig::from_value(&document)?;
    let begins = own::clock_in_use(command.session).unwrap_or_else(|| releases::released(config.version));
    if own::cluster_exists(command.session, &config.name) {
        bail!(
            "creating CloudFormation stack \"eksctl-{0}-cluster\": operation error CloudFormation: CreateStack, https response error StatusCode: 400, RequestID: {1}, AlreadyExistsException: Stack [eksctl-{0}-cluster] already exists",
            config.name,
            names::uid(0, &format!("request create {}", config.name), 0)
        );
    }
    let story = Story { command, config: &config, document: &document };
    if command.flags.bool("dry-run") {
        let whole = dry_run::complete(&document, &config);
        command.session.print(&crate::machinery::yaml::to_yaml(&whole).unwrap_or_default());
        return Ok(());
    }
    story.begin(begins);
    let ready = begins + CONTROL_PLANE + NODE_GROUP;
    own::create_cluster(command.session, &config, ready.truncated())?;
    let cloud = Cloud::open(command.session, Some(&config.region), Access::Write)?;
    let Some(cluster) = cloud.cluster(&config.name) else { return Err(no_cluster(&config.name)) };
    story.middle(begins);
    fargate::make_all(command, &cloud, cluster, document.items_at("fargateProfiles"))?;
    for account in document.items_at("iam/serviceAccounts") {
        if !account.bool_at("roleOnly") {
            iamserviceaccount::make(command, &cloud, &cluster.api, account)?;
        }
    }
    let log = command.log();
    for name in addon::furnish(&cloud, &cluster.api, &document)? {
        log.info(now(cluster), &format!("creating addon: {name}"));
        log.info(now(cluster), &format!("successfully created addon: {name}"));
    }
    for entry in document.items_at("accessConfig/accessEntries") {
        access_entry::make(command, &cloud, cluster, entry)?;
    }
    for association in document.items_at("iam/podIdentityAssociations") {
        pod_identity::make(command, &cloud, cluster, association)?;
    }
    cloud.finish()?;
    for group in document.items_at("managedNodeGroups").iter().chain(document.items_at("nodeGroups")) {
        told_ready(command, cluster, group);
    }
    let at = now(cluster);
    log.info(
        at,
        &format!(
            "kubectl command should work with \"{}\", try 'kubectl get nodes'",
            own::kubeconfig_path(command.session)
        ),
    );
    log.success(at, &format!("EKS cluster \"{}\" in \"{}\" region is ready", config.name, config.region));
    Ok(())
}

/// What is told of the making of a cluster.
struct Story<'a> {
    command: &'a Eksctl<'a>,
    config: &'a ClusterConfig,
    document: &'a Value,
}

impl Story<'_> {
    /// Up to the waiting for the control plane.
    fn begin(&self, at: Time) {
        let (log, config) = (self.command.log(), self.config);
        let (name, region) = (&config.name, &config.region);
        let info = |text: &str| log.info(at, text);
        info(&format!("eksctl version {VERSION}"));
        info(&format!("using region {region}"));
        if self.document.items_at("availabilityZones").is_empty() {
            info(&format!("setting availability zones to [{}]", config.zones.join(" ")));
        }
        for (i, zone) in config.zones.iter().enumerate() {
            let (public, private) = (32 * i, 32 * (i + config.zones.len()));
            info(&format!(
                "subnets for {zone} - public:192.168.{public}.0/19 private:192.168.{private}.0/19"
            ));
        }
        for group in &config.node_groups {
            let family = group.ami_family_in(config.version);
            info(&format!("nodegroup \"{}\" will use \"\" [{family}/{}]", group.name, config.version));
        }
        info(&format!("using Kubernetes version {}", config.version));
        self.stacks_to_come(at);
        info(&format!(
            "if you encounter any issues, check CloudFormation console or try 'eksctl utils describe-stacks --region={region} --cluster={name}'"
        ));
        info(&format!(
            "Kubernetes API endpoint access will use default of {{publicAccess=true, privateAccess=false}} for cluster \"{name}\" in \"{region}\""
        ));
        info(&format!("CloudWatch logging will not be enabled for cluster \"{name}\" in \"{region}\""));
        info(&format!(
            "you can enable it with 'eksctl utils update-cluster-logging --enable-types={{SPECIFY-YOUR-LOG-TYPES-HERE (e.g. all)}} --region={region} --cluster={name}'"
        ));
        info(&self.tree().describe());
        info(&format!("building cluster stack \"eksctl-{name}-cluster\""));
        info(&format!("deploying stack \"eksctl-{name}-cluster\""));
    }

    /// Which stacks will be made.
    fn stacks_to_come(&self, at: Time) {
        let (log, config) = (self.command.log(), self.config);
        let (name, region) = (&config.name, &config.region);
        let info = |text: &str| log.info(at, text);
        let managed = config.node_groups.iter().filter(|g| g.managed).count();
        let unmanaged = config.node_groups.len() - managed;
        let with = match (managed, unmanaged) {
            (0, 0) => "",
            (_, 0) => " with managed nodes",
            (0, _) => " with un-managed nodes",
            _ => " with un-managed nodes and managed nodes",
        };
        info(&format!("creating EKS cluster \"{name}\" in \"{region}\" region{with}"));
        if self.command.config.is_null() {
            info(
                "will create 2 separate CloudFormation stacks for cluster itself and the initial managed nodegroup",
            );
            return;
        }
        let names: Vec<&str> = config.node_groups.iter().map(|g| g.name.as_str()).collect();
        if names.is_empty() {
            return;
        }
        let (noun, verb) = if names.len() == 1 { ("nodegroup", "was") } else { ("nodegroups", "were") };
        info(&format!(
            "{} {noun} ({}) {verb} included (based on the include/exclude rules)",
            names.len(),
            names.join(", ")
        ));
        for (count, kind) in [(unmanaged, "nodegroup"), (managed, "managed nodegroup")] {
            if count > 0 {
                info(&format!(
                    "will create a CloudFormation stack for cluster itself and {count} {kind} stack(s)"
                ));
            }
        }
    }

    /// The waiting for the stacks.
    fn middle(&self, begins: Time) {
        let (log, config) = (self.command.log(), self.config);
        let waiting = format!("waiting for CloudFormation stack \"eksctl-{}-cluster\"", config.name);
        let mut at = begins;
        // The first two looks follow after half a minute, the others after one.
        for wait in [30, 30].into_iter().chain(std::iter::repeat(60)) {
            at = at + Duration::from_secs(wait);
            if at > begins + CONTROL_PLANE {
                break;
            }
            log.info(at, &waiting);
        }
        let begins = begins + CONTROL_PLANE;
        for group in &config.node_groups {
            let stack = format!("eksctl-{}-nodegroup-{}", config.name, group.name);
            let kind = if group.managed { "managed nodegroup" } else { "nodegroup" };
            log.info(begins, &format!("building {kind} stack \"{stack}\""));
            log.info(begins, &format!("deploying stack \"{stack}\""));
            for wait in [0, 30, 85, 150] {
                let text = format!("waiting for CloudFormation stack \"{stack}\"");
                log.info(begins + Duration::from_secs(wait), &text);
            }
        }
        let end = begins + NODE_GROUP;
        log.info(end, "waiting for the control plane to become ready");
        log.success(end, &format!("saved kubeconfig as \"{}\"", own::kubeconfig_path(self.command.session)));
        log.info(end, "no tasks");
        log.success(end, &format!("all EKS cluster resources for \"{}\" have been created", config.name));
    }

    fn tree(&self) -> TaskTree {
        let config = self.config;
        let one = |text: String| Task::One(text);
        let mut after = vec![one("wait for control plane to become ready".into())];
        if self.document.bool_at("iam/withOIDC") {
            after.push(one("associate IAM OIDC provider".into()));
        }
        let accounts: Vec<Task> = self
            .document
            .items_at("iam/serviceAccounts")
            .iter()
            .map(|account| {
                let key =
                    format!("{}/{}", account.str_at("metadata/namespace"), account.str_at("metadata/name"));
                let mut tasks = vec![one(format!("create IAM role for serviceaccount \"{key}\""))];
                if !account.bool_at("roleOnly") {
                    tasks.push(one(format!("create serviceaccount \"{key}\"")));
                }
                Task::Tree(TaskTree { tasks, is_sub_task: true, ..TaskTree::default() })
            })
            .collect();
        if !accounts.is_empty() {
            after.push(Task::Tree(TaskTree {
                tasks: accounts,
                parallel: true,
                is_sub_task: true,
                plan_mode: false,
            }));
        }
        for group in &config.node_groups {
            let kind = if group.managed { "managed nodegroup" } else { "nodegroup" };
            after.push(one(format!("create {kind} \"{}\"", group.name)));
        }
        let after = TaskTree { tasks: after, is_sub_task: true, ..TaskTree::default() };
        TaskTree {
            tasks: vec![one(format!("create cluster control plane \"{}\"", config.name)), Task::Tree(after)],
            ..TaskTree::default()
        }
    }
}

/// Removes a cluster with all that was made for it.
pub(super) fn delete(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let name = match (command.name()?, command.config.str_at("metadata/name")) {
        (name, "") if name.is_empty() => bail!("--name must be set"),
        (name, config) if name.is_empty() => config.to_string(),
        (name, "") => name,
        _ => bail!("cannot use --name when --config-file/-f is set"),
    };
    let cloud = command.open(Access::Write)?;
    let cluster = cloud.cluster(&name).ok_or_else(|| no_cluster(&name))?;
    let store = cluster.api.store();
    let (log, at) = (command.log(), now(cluster));
    let info = |text: &str| log.info(at, text);
    let groups = state::list(store, GROUP);
    let all: Vec<&Value> =
        groups.iter().map(|g| g.at("spec/kubetick/nodeGroup")).filter(|d| !d.is_null()).collect();
    let unmanaged = all.iter().filter(|d| !d.bool_at("managed")).count();
    info(&format!("deleting EKS cluster \"{name}\""));
    if !all.is_empty() {
        info(&format!("will drain {unmanaged} unmanaged nodegroup(s) in cluster \"{name}\""));
        info("starting parallel draining, max in-flight of 1");
    }
    let profiles = state::list(store, FARGATE_PROFILE).len();
    info(&format!("deleted {profiles} Fargate profile(s)"));
    log.success(at, "kubeconfig has been updated");
    info("cleaning up AWS load balancers created by Kubernetes objects of Kind Service or Ingress");
    let one = |text: String| Task::One(text);
    let mut tasks: Vec<Task> =
        all.iter().map(|d| one(format!("delete nodegroup \"{}\"", d.str_at("name")))).collect();
    tasks.push(one(format!("delete cluster control plane \"{name}\" [async]")));
    info(&TaskTree { tasks, ..TaskTree::default() }.describe());
    for document in &all {
        let stack = format!("eksctl-{name}-nodegroup-{}", document.str_at("name"));
        info(&format!("will delete stack \"{stack}\""));
        info(&format!("waiting for stack \"{stack}\" to get deleted"));
        for wait in [0, 30, 90, 180] {
            let text = format!("waiting for CloudFormation stack \"{stack}\"");
            log.info(at + Duration::from_secs(wait), &text);
        }
    }
    let end = at + if all.is_empty() { Duration::ZERO } else { NODE_GROUP };
    log.info(end, &format!("will delete stack \"eksctl-{name}-cluster\""));
    provision::unregister(&cloud.places(), store);
    cloud.finish()?;
    let region = cloud.region.clone();
    drop(cloud);
    own::delete_cluster(command.session, &name, &region)?;
    log.success(end, "all cluster resources were deleted");
    Ok(())
}

/// Writes the context of a cluster into the kubeconfig.
pub(super) fn write_kubeconfig(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Read)?;
    let name = command.cluster_name()?;
    let cluster = cloud.cluster(&name).ok_or_else(|| no_cluster(&name))?;
    own::add_cluster_context(command.session, &name, &cloud.region)?;
    let path = own::kubeconfig_path(command.session);
    command.log().success(now(cluster), &format!("saved kubeconfig as \"{path}\""));
    Ok(())
}
