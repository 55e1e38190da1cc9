//! kubetick's own commands: the clusters, the clock, load, explanations, the shell.

mod activate;
mod clock;
mod cluster;
mod completions;
mod cost;
mod demo;
mod exchange;
mod explain;
mod fault;
mod load;
mod tick;
mod timeline;

pub(crate) use cluster::{
    add_cluster_context, clock_in_use, cluster_exists, create_cluster, create_control_plane, delete_cluster,
    first_cluster, kubeconfig_path,
};

use super::Session;
use super::cluster::Cluster;
use super::home::Home;
use super::kubeconfig::{self, Kubeconfig};
use crate::machinery::go_text;
use crate::store::Access;
use clap::{CommandFactory, Parser, Subcommand};
use std::path::PathBuf;

/// A virtual EKS cluster in a file, whose clock you own.
///
/// kubetick answers as kubectl, aws and eksctl about a cluster kept in a file. Nothing runs in between: `kubetick tick 5m` lets five
/// minutes pass for the whole control plane, in milliseconds and always the same way.
#[derive(Parser)]
#[command(name = "kubetick", version, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Own,
}

/// The namespace of what a command is about.
#[derive(clap::Args)]
struct InNamespace {
    /// Its namespace; that of the current context unless given
    #[arg(short, long)]
    namespace: Option<String>,
}

impl InNamespace {
    /// What was given, else what the kubeconfig's current context says, else `default`.
    fn namespace(&self, session: &Session) -> String {
        let of_context = || {
            let config = Kubeconfig::of(&session.env, "").ok()?;
            let context = config.entry("contexts", config.current())?;
            Some(context.str_at("namespace").to_string()).filter(|ns| !ns.is_empty())
        };
        self.namespace.clone().or_else(of_context).unwrap_or_else(|| "default".to_string())
    }
}

#[derive(Subcommand)]
enum Own {
    /// Run a built-in walkthrough and narrate it
    Demo(demo::Args),
    /// Let time pass for the cluster, and tell what happened
    Tick(tick::Args),
    /// Show or change the clock: its instant and how it moves
    Clock(clock::Args),
    /// Make, choose, copy, export and remove clusters
    Cluster(cluster::Args),
    /// Set, show, clear and import demand on workloads
    Load(load::Args),
    /// Make nodes, pods and availability zones fail, for a while
    Fault(fault::Args),
    /// Why an autoscaler or the scheduler decided as it did: inputs, rules in order, result
    Explain(explain::Args),
    /// What the cluster's instances cost, by group and in all
    Cost(cost::Args),
    /// All events of all components in one order
    Timeline(timeline::Args),
    /// Print the shell code that makes kubectl and friends mean kubetick in this shell
    Activate(activate::Args),
    /// Print the completion script of a shell
    Completions(completions::Args),
    /// Print the manual page
    Man,
    /// Run kubectl (the same as calling this program by the name kubectl)
    Kubectl {
        /// kubectl's arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Run aws (the same as calling this program by the name aws)
    Aws {
        /// aws's arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Run eksctl (the same as calling this program by the name eksctl)
    Eksctl {
        /// eksctl's arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

/// Why a command of ours failed: text for stderr. All of them exit with status 1.
pub(crate) type Outcome = anyhow::Result<()>;

/// Runs one of our own commands.
pub(crate) fn run(args: &[String], session: &Session) -> i32 {
    let words = std::iter::once("kubetick".to_string()).chain(args.iter().cloned());
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(e) if e.use_stderr() => {
            session.eprint(&e.render().to_string());
            return 2;
        }
        Err(help) => {
            session.print(&help.render().to_string());
            return 0;
        }
    };
    let outcome = match cli.command {
        Own::Demo(args) => demo::run(&args, session),
        Own::Tick(args) => tick::run(&args, session),
        Own::Clock(args) => clock::run(&args, session),
        Own::Cluster(args) => cluster::run(&args, session),
        Own::Load(args) => load::run(&args, session),
        Own::Fault(args) => fault::run(&args, session),
        Own::Explain(args) => explain::run(&args, session),
        Own::Cost(args) => cost::run(&args, session),
        Own::Timeline(args) => timeline::run(&args, session),
        Own::Activate(args) => activate::run(&args, session),
        Own::Completions(args) => completions::run(&args, session),
        Own::Man => completions::man(session),
        Own::Aws { args } => return super::aws::run(&args, session),
        Own::Eksctl { args } => return super::eksctl::run(&args, session),
        Own::Kubectl { args } => return super::kubectl::run(&args, session),
    };
    match outcome {
        Ok(()) => 0,
        Err(e) => session.fail(&format!("error: {e:#}")),
    }
}

/// The whole command tree, for completions and the manual page.
fn command_tree() -> clap::Command {
    Cli::command()
}

/// The name of the cluster in use: `$KUBETICK_CLUSTER`, else the one of the kubeconfig's current context.
fn current_cluster(session: &Session) -> anyhow::Result<Option<String>> {
    if let Some(name) = session.env.var("KUBETICK_CLUSTER") {
        return Ok(Some(name.to_string()));
    }
    let config = Kubeconfig::of(&session.env, "")?;
    let entry = config.entry("contexts", config.current());
    Ok(entry.map(|c| kubeconfig::cluster_name(c.str_at("cluster")).to_string()))
}

/// The file of the cluster in use; the first command ever makes a default cluster.
fn current_file(session: &Session) -> anyhow::Result<PathBuf> {
    match current_cluster(session)? {
        Some(name) => Ok(Home::of(&session.env).cluster_file(&name)),
        None if Kubeconfig::of(&session.env, "")?.is_empty() => first_cluster(session),
        None => anyhow::bail!(
            "no cluster is the current one: choose one with `kubetick cluster use NAME`, or make one with `kubetick cluster \
             create`"
        ),
    }
}

/// The file of the cluster in use, if there is one already.
pub(crate) fn cluster_in_use(session: &Session) -> Option<PathBuf> {
    let name = current_cluster(session).ok()??;
    Some(Home::of(&session.env).cluster_file(&name)).filter(|path| path.exists())
}

/// Opens the cluster in use.
fn open(session: &Session, access: Access) -> anyhow::Result<Cluster> {
    Ok(Cluster::open(&current_file(session)?, access)?)
}

/// The text of a file of a command line; `-` is standard input.
fn read(session: &Session, file: &str) -> anyhow::Result<String> {
    match file {
        "-" => Ok(session.read_input()?),
        _ => std::fs::read_to_string(session.env.path(file))
            .map_err(|e| anyhow::anyhow!("{}", go_text::read_error(file, &e))),
    }
}
