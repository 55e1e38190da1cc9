//! `kubetick cluster`: make, choose, copy, export and remove clusters.

use super::{Outcome, Session, current_cluster, exchange, read};
use crate::aws::provision;
use crate::catalog::cluster_config::ClusterConfig;
use crate::catalog::{bootstrap, releases};
use crate::cli::cloud::account_number;
use crate::cli::cluster::Cluster;
use crate::cli::home::Home;
use crate::cli::kubeconfig::{Kubeconfig, user_name};
use crate::cli::kubectl::Failure;
use crate::machinery::duration::parse_go_duration;
use crate::machinery::{Time, Value};
use crate::store::{Access, Meta, Store, StoreError};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// What to do.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Make a cluster: from an eksctl ClusterConfig, or a small one
    Create(NewCluster),
    /// List the clusters
    List,
    /// Make a cluster the current one
    Use {
        /// Its name
        name: String,
    },
    /// Remove a cluster
    Delete {
        /// Its name
        name: String,
    },
    /// Start a cluster anew from the configuration it was made of
    Reset {
        /// Its name; the current one when left out
        name: Option<String>,
    },
    /// Copy the current cluster, clock and all, under a new name
    Fork {
        /// The new name
        name: String,
    },
    /// Write the current cluster as a YAML list of objects
    Export {
        /// Into this file instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<String>,
    },
    /// Make a cluster from an export, or from `kubectl get ... -o json` of a real one
    Import {
        /// The file; - reads standard input
        file: String,
        /// Its name; taken from the export when left out
        #[arg(long)]
        name: Option<String>,
    },
}

/// What a new cluster is to be.
#[derive(clap::Args)]
struct NewCluster {
    /// Its name; taken from the file when left out
    name: Option<String>,
    /// An eksctl ClusterConfig (name, region, version, node groups); - reads standard input
    #[arg(short = 'f', long = "config-file", value_name = "FILE")]
    file: Option<String>,
    /// Kubernetes version, 1.21 to 1.36
    #[arg(long)]
    version: Option<String>,
    /// AWS region
    #[arg(long)]
    region: Option<String>,
    /// What names and addresses are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The instant the clock starts at (RFC 3339); the day EKS released the version when left out
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// How long the API server keeps events; an hour, as on EKS, when left out
    #[arg(long, value_name = "DURATION")]
    event_ttl: Option<String>,
}

impl NewCluster {
    /// The cluster that the file describes, or the default one; flags have the last word.
    fn config(&self, session: &Session) -> anyhow::Result<ClusterConfig> {
        let mut config = match &self.file {
            Some(file) => ClusterConfig::parse(&read(session, file)?).with_context(|| file.clone())?,
            None => ClusterConfig::default(),
        };
        if let Some(name) = &self.name {
            config.name = name.clone();
        }
        if let Some(region) = &self.region {
            config.set_region(region);
        }
        if let Some(version) = &self.version {
            config.set_version(version)?;
        }
        if let Some(text) = &self.event_ttl {
            parse_go_duration(text).with_context(|| format!("--event-ttl {text}"))?;
            config.document.set("eventTTL", text.as_str());
        }
        Ok(config)
    }

    fn start(&self, config: &ClusterConfig) -> anyhow::Result<Time> {
        match &self.start {
            Some(text) => {
                Time::parse(text).with_context(|| format!("--start {text}: not an RFC 3339 instant"))
            }
            None => Ok(releases::released(config.version)),
        }
    }
}

pub(super) fn run(args: &Args, session: &Session) -> Outcome {
    let home = Home::of(&session.env);
    match &args.action {
        Action::Create(new) => {
            let config = new.config(session)?;
            create(session, &home, &config, new.seed, new.start(&config)?)?;
            crate::cli::eksctl::furnish(session, &config)?;
            session.println(&format!("cluster \"{}\" created", config.name));
        }
        Action::List => list(session, &home)?,
        Action::Use { name } => {
            existing(&home, name)?;
            select(session, &home, name)?;
            session.println(&format!("Switched to cluster \"{name}\"."));
        }
        Action::Delete { name } => {
            delete(session, &home, name)?;
            session.println(&format!("cluster \"{name}\" deleted"));
        }
        Action::Reset { name } => {
            let name = name.clone().or(current_cluster(session)?).context("no current cluster")?;
            reset(&home, &name)?;
            session.println(&format!("cluster \"{name}\" reset"));
        }
        Action::Fork { name } => {
            let store = Store::open(&super::current_file(session)?, Access::Read)?;
            fork(&store, &home, name)?;
            add_context(session, name, &store.meta().region)?;
            session.println(&format!("cluster \"{name}\" forked"));
        }
        Action::Export { output } => {
            let cluster = super::open(session, Access::Read)?;
            let text = exchange::export(&cluster.api);
            match output {
                Some(file) => std::fs::write(session.env.path(file), text).with_context(|| file.clone())?,
                None => session.print(&text),
            }
        }
        Action::Import { file, name } => {
            let text = read(session, file)?;
            let import =
                exchange::Import::parse(text.as_bytes(), name.as_deref()).with_context(|| file.clone())?;
            let path = home.cluster_file(&valid(&import.meta.name)?);
            let (name, region) = (import.meta.name.clone(), import.meta.region.clone());
            import.into_store(&path)?;
            add_context(session, &name, &region)?;
            session.println(&format!("cluster \"{name}\" imported"));
        }
    }
    Ok(())
}

/// Deletes a cluster that no process is at work on; a damaged file may go at any time.
fn delete(session: &Session, home: &Home, name: &str) -> anyhow::Result<()> {
    let region = match Store::open(&existing(home, name)?, Access::Write) {
        Ok(store) => store.meta().region.clone(),
        Err(e @ StoreError::Locked(_)) => return Err(e.into()),
        Err(_) => String::new(),
    };
    delete_cluster(session, name, &region)
}

/// The cluster of someone who made none: a small default one, with its kubeconfig. Answers its file.
pub(crate) fn first_cluster(session: &Session) -> anyhow::Result<PathBuf> {
    let home = Home::of(&session.env);
    let config = ClusterConfig::default();
    let path = home.cluster_file(&config.name);
    if Store::exists(&path) {
        add_context(session, &config.name, &config.region)?;
        return Ok(path);
    }
    match create(session, &home, &config, 1, releases::released(config.version)) {
        // Another process came first.
        Err(e) if matches!(e.downcast_ref(), Some(StoreError::Exists(_))) => {
            add_context(session, &config.name, &config.region)?;
            Ok(path)
        }
        created => created,
    }
}

impl From<anyhow::Error> for Failure {
    fn from(e: anyhow::Error) -> Failure {
        Failure::message(format!("{e:#}"))
    }
}

/// Makes a cluster whose first command runs at `start`, and its context; what `kubetick cluster create` and
/// `eksctl create cluster` have in common.
pub(crate) fn create_cluster(session: &Session, config: &ClusterConfig, start: Time) -> Outcome {
    create(session, &Home::of(&session.env), config, 1, start)?;
    Ok(())
}

/// Makes the control plane that `aws eks create-cluster` asks for; it has no nodes, and no context yet.
pub(crate) fn create_control_plane(
    session: &Session,
    config: &ClusterConfig,
    start: Time,
    request: &Value,
) -> Outcome {
    let path = Home::of(&session.env).cluster_file(&valid(&config.name)?);
    let config = numbered(session, config);
    let meta = Meta { now: start, ..bootstrap::meta(&config, 1, start) };
    let cluster = Cluster::over(Store::create(&path, meta)?);
    bootstrap::fill(&cluster.api, &config);
    provision::control_plane(cluster.api.store(), request);
    cluster.engine().settle();
    cluster.api.store().commit()?;
    Ok(())
}

/// Whether there is a cluster of this name.
pub(crate) fn cluster_exists(session: &Session, name: &str) -> bool {
    Store::exists(&Home::of(&session.env).cluster_file(name))
}

/// The instant in the cluster in use.
pub(crate) fn clock_in_use(session: &Session) -> Option<Time> {
    let path = super::cluster_in_use(session)?;
    Store::open(&path, Access::Read).ok().map(|store| store.now())
}

/// Where the kubeconfig is.
pub(crate) fn kubeconfig_path(session: &Session) -> String {
    Home::of(&session.env).kubeconfig().display().to_string()
}

/// Writes the context of a cluster.
pub(crate) fn add_cluster_context(session: &Session, name: &str, region: &str) -> Outcome {
    add_context(session, name, region)
}

/// Removes a cluster with its context.
pub(crate) fn delete_cluster(session: &Session, name: &str, region: &str) -> Outcome {
    remove_files(&existing(&Home::of(&session.env), name)?)?;
    let mut config = kubeconfig(session)?;
    config.remove_cluster(name, region);
    config.write()?;
    Ok(())
}

fn create(
    session: &Session,
    home: &Home,
    config: &ClusterConfig,
    seed: u64,
    start: Time,
) -> anyhow::Result<PathBuf> {
    let path = home.cluster_file(&valid(&config.name)?);
    build(&path, &numbered(session, config), seed, start)?;
    add_context(session, &config.name, &config.region)?;
    Ok(path)
}

/// A configuration with the number of the account its cluster is made in, where that is known.
fn numbered(session: &Session, config: &ClusterConfig) -> ClusterConfig {
    let mut config = config.clone();
    if config.document.str_at("metadata/accountID").is_empty()
        && let Some(number) = account_number(session)
    {
        config.document.set("metadata/accountID", number);
    }
    config
}

/// Makes the file with everything a new cluster holds, in one commit.
fn build(path: &Path, config: &ClusterConfig, seed: u64, start: Time) -> anyhow::Result<()> {
    let store = Store::create(path, bootstrap::meta(config, seed, start))?;
    let cluster = Cluster::over(store);
    let mut engine = cluster.engine();
    bootstrap::fill(&cluster.api, config);
    provision::cluster(cluster.api.store());
    engine.run_until(start - bootstrap::NODES_AGE);
    provision::join(&cluster.api, config);
    engine.run_until(start);
    cluster.api.store().commit()?;
    Ok(())
}

/// A file in the making, which no other process makes at the same time.
fn hidden(home: &Home, name: &str) -> anyhow::Result<PathBuf> {
    let path = home.cluster_file(&format!(".{name}-{}", std::process::id()));
    remove_files(&path)?;
    Ok(path)
}

/// The copy gets its name when it is whole.
fn fork(original: &Store, home: &Home, name: &str) -> Outcome {
    let path = home.cluster_file(&valid(name)?);
    if Store::exists(&path) {
        return Err(StoreError::Exists(path).into());
    }
    let fresh = hidden(home, name)?;
    original.copy_to(&fresh)?;
    let copy = Store::open(&fresh, Access::Write)?;
    copy.update_meta(|m| m.name = name.to_string());
    copy.commit()?;
    drop(copy);
    // What a process left that died while it made the file.
    remove_files(&path)?;
    Ok(std::fs::rename(&fresh, &path)?)
}

/// The new content takes the old one's place only when it is whole.
fn reset(home: &Home, name: &str) -> Outcome {
    let path = existing(home, name)?;
    let (config, seed) = {
        let old = Store::open(&path, Access::Write)?;
        let meta = old.meta();
        (ClusterConfig::from_value(&meta.config)?, meta.seed)
    };
    let fresh = hidden(home, name)?;
    build(&fresh, &config, seed, releases::released(config.version))?;
    Store::replace(&path, &fresh)?;
    remove_files(&fresh)
}

fn list(session: &Session, home: &Home) -> Outcome {
    let current = current_cluster(session)?;
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["CURRENT", "NAME", "VERSION", "REGION", "CLOCK"]);
    for name in home.clusters() {
        let mark = if current.as_deref() == Some(name.as_str()) { "*" } else { "" };
        let row = match Store::open(&home.cluster_file(&name), Access::Read) {
            Ok(store) => {
                let meta = store.meta();
                [mark.into(), name, meta.version.to_string(), meta.region.clone(), meta.now.to_string()]
            }
            Err(e) => [mark.into(), name, "?".into(), "?".into(), e.to_string()],
        };
        table.add_row(row);
    }
    session.println(&table.trim_fmt());
    Ok(())
}

fn existing(home: &Home, name: &str) -> anyhow::Result<PathBuf> {
    let path = home.cluster_file(&valid(name)?);
    if !path.exists() {
        bail!("no cluster \"{name}\"; there are: {}", home.clusters().join(", "));
    }
    Ok(path)
}

/// Cluster names become file names and parts of host names.
fn valid(name: &str) -> anyhow::Result<String> {
    let fits = !name.is_empty()
        && name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !fits {
        bail!(
            "cluster name \"{name}\": letters, digits, - and _, beginning with a letter or digit, at most 100"
        );
    }
    Ok(name.to_string())
}

fn kubeconfig(session: &Session) -> anyhow::Result<Kubeconfig> {
    Ok(Kubeconfig::of(&session.env, "")?)
}

fn add_context(session: &Session, name: &str, region: &str) -> Outcome {
    let mut config = kubeconfig(session)?;
    config.add_cluster(name, region, &user_name(session));
    config.write()?;
    Ok(())
}

fn select(session: &Session, home: &Home, name: &str) -> Outcome {
    let region = Store::open(&home.cluster_file(name), Access::Read)?.meta().region.clone();
    let mut config = kubeconfig(session)?;
    let suffix = format!("@{name}.{region}.eksctl.io");
    let known =
        config.config.items_at("contexts").iter().map(|c| c.str_at("name")).find(|c| c.ends_with(&suffix));
    match known.map(str::to_string) {
        Some(context) => {
            config.config.set("current-context", Value::from(context));
            Ok(config.write()?)
        }
        None => add_context(session, name, &region),
    }
}

fn remove_files(path: &Path) -> Outcome {
    for end in ["db", "db-journal", "db-wal", "db-shm"] {
        match std::fs::remove_file(path.with_extension(end)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::Io(path.to_path_buf(), e).into());
            }
            _ => {}
        }
    }
    Ok(())
}
