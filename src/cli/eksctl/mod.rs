//! `eksctl`: makes clusters and node groups, and what they need in the account.

mod access_entry;
mod addon;
mod cluster;
mod drain;
mod dry_run;
mod fargate;
mod flags;
mod get;
mod iamserviceaccount;
mod identity_mapping;
mod labels;
mod log;
mod logging;
mod nodegroup;
mod oidc;
mod pod_identity;
mod sdk;
mod stack;
pub mod table;
pub mod tasks;
mod upgrade;
mod utils;
mod validate;

use super::Session;
use super::cloud::Cloud;
use super::cluster::Cluster;
use super::flags::{Flag, Flags, parse};
use crate::catalog::cluster_config::ClusterConfig;
use crate::catalog::cluster_schema;
use crate::machinery::{Time, Value, yaml};
use crate::store::Access;
use anyhow::{Context, bail};
use log::Logger;

/// The version eksctl says it has.
const VERSION: &str = "0.215.0";

/// One `VERB RESOURCE`.
struct Command {
    verb: &'static str,
    /// Names of the resource.
    resources: &'static [&'static str],
    flags: &'static [Flag],
    run: fn(&Eksctl<'_>) -> anyhow::Result<()>,
}

const COMMANDS: &[Command] = &[
    Command { verb: "create", resources: CLUSTER, flags: flags::CREATE_CLUSTER, run: cluster::create },
    Command { verb: "get", resources: CLUSTER, flags: flags::GET, run: get::clusters },
    Command { verb: "delete", resources: CLUSTER, flags: flags::DELETE_CLUSTER, run: cluster::delete },
    Command { verb: "create", resources: NODEGROUP, flags: flags::CREATE_NODEGROUP, run: nodegroup::create },
    Command { verb: "get", resources: NODEGROUP, flags: flags::GET, run: get::node_groups },
    Command { verb: "scale", resources: NODEGROUP, flags: flags::SCALE_NODEGROUP, run: nodegroup::scale },
    Command { verb: "delete", resources: NODEGROUP, flags: flags::DELETE_NODEGROUP, run: nodegroup::delete },
    Command {
        verb: "upgrade",
        resources: NODEGROUP,
        flags: flags::UPGRADE_NODEGROUP,
        run: upgrade::node_group,
    },
    Command { verb: "upgrade", resources: CLUSTER, flags: flags::UPGRADE_CLUSTER, run: upgrade::cluster },
    Command { verb: "drain", resources: NODEGROUP, flags: flags::DRAIN_NODEGROUP, run: drain::node_groups },
    Command { verb: "create", resources: ENTRY, flags: flags::ACCESS_ENTRY, run: access_entry::create },
    Command { verb: "get", resources: ENTRY, flags: flags::GET_ACCESS_ENTRY, run: access_entry::get },
    Command { verb: "delete", resources: ENTRY, flags: flags::ACCESS_ENTRY, run: access_entry::delete },
    Command { verb: "create", resources: FARGATE, flags: flags::FARGATE, run: fargate::create },
    Command { verb: "get", resources: FARGATE, flags: flags::GET, run: fargate::get },
    Command { verb: "delete", resources: FARGATE, flags: flags::FARGATE, run: fargate::delete },
    Command { verb: "create", resources: IDENTITY, flags: flags::POD_IDENTITY, run: pod_identity::create },
    Command { verb: "get", resources: IDENTITY, flags: flags::GET_POD_IDENTITY, run: pod_identity::get },
    Command { verb: "update", resources: IDENTITY, flags: flags::POD_IDENTITY, run: pod_identity::update },
    Command { verb: "delete", resources: IDENTITY, flags: flags::POD_IDENTITY, run: pod_identity::delete },
    Command { verb: "get", resources: LABELS, flags: flags::LABELS, run: labels::get },
    Command { verb: "set", resources: LABELS, flags: flags::LABELS, run: labels::set },
    Command { verb: "unset", resources: LABELS, flags: flags::LABELS, run: labels::unset },
    Command { verb: "create", resources: ADDON, flags: flags::ADDON, run: addon::create },
    Command { verb: "get", resources: ADDON, flags: flags::GET, run: addon::get },
    Command { verb: "update", resources: ADDON, flags: flags::ADDON, run: addon::update },
    Command { verb: "delete", resources: ADDON, flags: flags::ADDON, run: addon::delete },
    Command { verb: "create", resources: IRSA, flags: flags::IRSA, run: iamserviceaccount::create },
    Command { verb: "get", resources: IRSA, flags: flags::GET_IRSA, run: get::service_accounts },
    Command { verb: "delete", resources: IRSA, flags: flags::IRSA, run: iamserviceaccount::delete },
    Command { verb: "create", resources: MAPPING, flags: flags::MAPPING, run: identity_mapping::create },
    Command { verb: "get", resources: MAPPING, flags: flags::MAPPING, run: identity_mapping::get },
    Command { verb: "delete", resources: MAPPING, flags: flags::MAPPING, run: identity_mapping::delete },
    Command { verb: "utils", resources: OIDC, flags: flags::APPROVE, run: oidc::associate },
    Command {
        verb: "utils",
        resources: KUBECONFIG,
        flags: flags::KUBECONFIG,
        run: cluster::write_kubeconfig,
    },
    Command {
        verb: "utils",
        resources: &["update-authentication-mode"],
        flags: flags::AUTHENTICATION_MODE,
        run: access_entry::update_mode,
    },
    Command {
        verb: "utils",
        resources: &["update-cluster-logging"],
        flags: flags::LOGGING,
        run: logging::update,
    },
    Command {
        verb: "utils",
        resources: &["describe-stacks"],
        flags: flags::STACKS,
        run: utils::describe_stacks,
    },
    Command {
        verb: "utils",
        resources: &["describe-addon-versions"],
        flags: flags::ADDON_VERSIONS,
        run: utils::describe_addon_versions,
    },
    Command {
        verb: "utils",
        resources: &["update-kube-proxy"],
        flags: flags::APPROVE,
        run: utils::update_kube_proxy,
    },
    Command {
        verb: "utils",
        resources: &["update-aws-node"],
        flags: flags::APPROVE,
        run: utils::update_aws_node,
    },
    Command {
        verb: "utils",
        resources: &["update-coredns"],
        flags: flags::APPROVE,
        run: utils::update_coredns,
    },
];

/// What the real one does and this one does not: verbs, each with its resources, or with none for all.
const NOT_HERE: &[(&str, &[&str])] = &[
    ("associate", &[]),
    ("completion", &[]),
    ("create", &["capability"]),
    ("delete", &["capability"]),
    ("deregister", &[]),
    ("disassociate", &[]),
    ("enable", &[]),
    ("get", &["capability", "identityprovider"]),
    ("register", &[]),
    ("update", &["auto-mode-config", "iamserviceaccount", "nodegroup"]),
    (
        "utils",
        &[
            "describe-addon-configuration",
            "install-vpc-controller",
            "migrate-to-pod-identity",
            "nodegroup-health",
            "schema",
            "update-cluster-endpoint",
            "update-cluster-vpc-config",
        ],
    ),
];

const CLUSTER: &[&str] = &["cluster", "clusters"];
const NODEGROUP: &[&str] = &["nodegroup", "nodegroups", "ng"];
const LABELS: &[&str] = &["labels"];
const ADDON: &[&str] = &["addon", "addons"];
const IRSA: &[&str] = &["iamserviceaccount", "iamserviceaccounts"];
const MAPPING: &[&str] = &["iamidentitymapping", "iamidentitymappings"];
const ENTRY: &[&str] = &["accessentry", "accessentries"];
const FARGATE: &[&str] = &["fargateprofile", "fargateprofiles"];
const IDENTITY: &[&str] = &["podidentityassociation", "podidentityassociations"];
const OIDC: &[&str] = &["associate-iam-oidc-provider"];
const KUBECONFIG: &[&str] = &["write-kubeconfig"];

/// What one command works with.
struct Eksctl<'s> {
    session: &'s Session,
    flags: Flags,
    /// The configuration file, null when none was given.
    config: Value,
}

/// Runs a command line; answers its exit status.
pub(super) fn run(args: &[String], session: &Session) -> i32 {
    match dispatch(args, session) {
        Ok(()) => 0,
        Err(e) => session.fail(&format!("Error: {e:#}")),
    }
}

fn dispatch(args: &[String], session: &Session) -> anyhow::Result<()> {
    let words: Vec<&String> = args.iter().filter(|a| !a.starts_with('-')).collect();
    let Some(verb) = words.first() else {
        session.print(OVERVIEW);
        return Ok(());
    };
    match verb.as_str() {
        "version" if output_of(args) == "json" => {
            session.println(&utils::version());
            return Ok(());
        }
        "version" => {
            session.println(VERSION);
            return Ok(());
        }
        "info" => {
            session.println(&utils::info(session, output_of(args) == "json"));
            return Ok(());
        }
        _ => {}
    }
    let of_verb: Vec<&Command> = COMMANDS.iter().filter(|c| c.verb == verb.as_str()).collect();
    let resource = words.get(1).map(|word| word.as_str()).unwrap_or_default();
    if NOT_HERE.iter().any(|(known, resources)| {
        known == verb && (resources.is_empty() || resources.contains(&resource.trim_end_matches('s')))
    }) {
        bail!("eksctl {} is not simulated by kubetick", format!("{verb} {resource}").trim_end());
    }
    if of_verb.is_empty() {
        bail!("unknown command \"{verb}\" for \"eksctl\"");
    }
    let Some(resource) = words.get(1) else {
        let message = format!("please provide a valid resource for \"{verb}\"");
        session.println(&format!("Error: {message}\n"));
        session.print(&resources_of(verb, &of_verb));
        bail!(message);
    };
    let Some(command) = of_verb.iter().find(|c| c.resources.contains(&resource.as_str())) else {
        let message = format!("unknown resource type \"{resource}\"");
        session.println(&format!("Error: {message}\n"));
        session.print(&resources_of(verb, &of_verb));
        bail!(message);
    };
    let rest: Vec<String> = {
        let mut skip = [verb.as_str(), resource.as_str()].into_iter().peekable();
        args.iter().filter(|a| skip.next_if(|s| s == a).is_none()).cloned().collect()
    };
    let flags = parse(&[command.flags, flags::COMMON], &rest).map_err(anyhow::Error::msg)?;
    let config = match flags.str("config-file") {
        "" => Value::Null,
        file => read_config(session, file)?,
    };
    (command.run)(&Eksctl { session, flags, config })
}

/// The form of output a command line asks for.
fn output_of(args: &[String]) -> &str {
    let joined = |arg: &'_ String| -> Option<usize> {
        ["--output=", "-o="].iter().find(|flag| arg.starts_with(**flag)).map(|flag| flag.len())
    };
    let apart = args.windows(2).find(|pair| matches!(pair[0].as_str(), "-o" | "--output"));
    match (apart, args.iter().find_map(|arg| Some(&arg[joined(arg)?..]))) {
        (Some(pair), _) => &pair[1],
        (None, Some(value)) => value,
        (None, None) => "",
    }
}

fn resources_of(verb: &str, commands: &[&Command]) -> String {
    let names: String = commands.iter().map(|c| format!("  eksctl {verb} {}\n", c.resources[0])).collect();
    format!("Usage: eksctl {verb} [flags]\n\nCommands:\n{names}")
}

const OVERVIEW: &str = "The official CLI for Amazon EKS

Usage: eksctl [command] [flags]

Commands:
  eksctl create                         Create resource(s)
  eksctl delete                         Delete resource(s)
  eksctl drain                          Drain resource(s)
  eksctl get                            Get resource(s)
  eksctl info                           Output the version of eksctl, kubectl and OS info
  eksctl scale                          Scale resources(s)
  eksctl set                            Set values
  eksctl unset                          Unset values
  eksctl update                         Update resource(s)
  eksctl upgrade                        Upgrade resource(s)
  eksctl utils                          Various utils
  eksctl version                        Output the version of eksctl
";

/// The ClusterConfig of `-f`.
fn read_config(session: &Session, file: &str) -> anyhow::Result<Value> {
    let text = if file == "-" {
        session.read_input().context("reading config file \"-\"")?
    } else {
        std::fs::read_to_string(session.env.path(file)).map_err(|e| {
            let why = if e.kind() == std::io::ErrorKind::NotFound {
                "no such file or directory".to_string()
            } else {
                e.to_string()
            };
            anyhow::anyhow!("reading config file \"{file}\": open {file}: {why}")
        })?
    };
    let loading = || format!("loading config file \"{file}\"");
    let mut found = Value::Null;
    for document in yaml::Documents::new(text.as_bytes()) {
        let document = document.with_context(loading)?;
        if document.value.str_at("kind") == "ClusterConfig" {
            found = document.value;
            break;
        }
    }
    let version = found.str_at("apiVersion");
    if version != "eksctl.io/v1alpha5" {
        let version = if version.is_empty() { "eksctl.io/v1alpha5" } else { version };
        bail!(
            "loading config file \"{file}\": no kind \"ClusterConfig\" is registered for version \"{version}\" in scheme \"k8s.io/client-go/kubernetes/scheme/register.go:83\""
        );
    }
    if let Some(problem) = cluster_schema::problem(&found) {
        bail!("loading config file \"{file}\": error unmarshaling JSON: while decoding JSON: {problem}");
    }
    Ok(found)
}

impl<'s> Eksctl<'s> {
    /// The name of the cluster the command is about: a flag, else the configuration file.
    fn cluster_name(&self) -> anyhow::Result<String> {
        let given = self.flags.str("cluster");
        match (given, self.config.str_at("metadata/name")) {
            ("", "") => bail!("--cluster must be set"),
            ("", name) | (name, "") => Ok(name.to_string()),
            _ => bail!("cannot use --cluster when --config-file/-f is set"),
        }
    }

    /// The name of the thing the command is about: `--name` or the argument.
    fn name(&self) -> anyhow::Result<String> {
        let (flag, args) = (self.flags.str("name"), self.flags.args.as_slice());
        match (flag, args) {
            (flag, []) => Ok(flag.to_string()),
            ("", [name]) => Ok(name.clone()),
            (flag, [name]) => {
                bail!("--name={flag} and argument {name} cannot be used at the same time")
            }
            _ => bail!("only one argument is allowed to be used as a name"),
        }
    }

    fn region(&self) -> Option<&str> {
        match (self.flags.str("region"), self.config.str_at("metadata/region")) {
            ("", "") => self.session.env.var("AWS_REGION").or(self.session.env.var("AWS_DEFAULT_REGION")),
            ("", region) | (region, _) => Some(region),
        }
    }

    fn open(&self, access: Access) -> anyhow::Result<Cloud> {
        Cloud::open(self.session, self.region(), access)
    }

    fn log(&self) -> Logger<'s> {
        let data = matches!(self.flags.str("output"), "json" | "yaml");
        let colour = self.flags.str("color") != "false" && self.session.io.out_is_terminal;
        let refused =
            self.session.env.var("NO_COLOR").is_some() || self.session.env.var("TERM") == Some("dumb");
        Logger {
            session: self.session,
            level: self.flags.int("verbose"),
            to_stderr: data,
            coloured: colour && !refused,
        }
    }

    /// The cluster of the command.
    fn cluster<'c>(&self, cloud: &'c Cloud) -> anyhow::Result<&'c Cluster> {
        let name = self.cluster_name()?;
        cloud.cluster(&name).ok_or_else(|| no_cluster(&name))
    }
}

/// Gives a cluster that `kubetick cluster create` made what its configuration asks for beside nodes: service accounts with
/// their roles, add-ons, pod identity associations, access entries.
pub(super) fn furnish(session: &Session, config: &ClusterConfig) -> anyhow::Result<()> {
    let document = &config.document;
    let furniture =
        ["iam/serviceAccounts", "addons", "iam/podIdentityAssociations", "accessConfig/accessEntries"];
    if furniture.iter().all(|list| document.items_at(list).is_empty()) {
        return Ok(());
    }
    let cloud = Cloud::open(session, Some(&config.region), Access::Write)?;
    let cluster = cloud.cluster(&config.name).ok_or_else(|| no_cluster(&config.name))?;
    iamserviceaccount::furnish(&cloud, &cluster.api, document)?;
    addon::furnish(&cloud, &cluster.api, document)?;
    access_entry::furnish(&cloud, cluster.api.store(), document)?;
    pod_identity::furnish(&cloud, cluster.api.store(), document)?;
    cloud.finish()
}

/// What eksctl says of a cluster that is not there.
fn no_cluster(name: &str) -> anyhow::Error {
    let id = crate::machinery::names::uid(0, &format!("request {name}"), 0);
    anyhow::anyhow!(
        "unable to describe cluster control plane: operation error EKS: DescribeCluster, https response error StatusCode: 404, RequestID: {id}, ResourceNotFoundException: No cluster found for name: {name}."
    )
}

/// The time in a cluster.
fn now(cluster: &Cluster) -> Time {
    cluster.api.now()
}
