//! What a kubectl command works with: its flags, its context, the cluster behind it.

use super::flags::Flags;
use super::{Command, Failure, Writes};
use crate::api::Server;
use crate::cli::cluster::Cluster;
use crate::cli::home::Home;
use crate::cli::kubeconfig::{self, Kubeconfig};
use crate::cli::{Session, own};
use crate::machinery::{KubeVersion, Value};
use crate::store::{Access, StoreError};
use std::cell::OnceCell;

/// A running command.
pub(crate) struct Kubectl<'s> {
    /// Streams and environment.
    pub session: &'s Session,
    /// The command's row.
    pub command: &'static Command,
    /// What the command line said.
    pub flags: Flags,
    /// The kubectl version to imitate.
    pub client: KubeVersion,
    config: OnceCell<Kubeconfig>,
    cluster: OnceCell<Cluster>,
}

impl<'s> Kubectl<'s> {
    pub(super) fn new(
        session: &'s Session,
        command: &'static Command,
        flags: Flags,
        client: KubeVersion,
    ) -> Kubectl<'s> {
        Kubectl { session, command, flags, client, config: OnceCell::new(), cluster: OnceCell::new() }
    }

    /// The kubeconfig in use.
    pub(crate) fn config(&self) -> Result<&Kubeconfig, Failure> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config = Kubeconfig::of(&self.session.env, self.flags.str("kubeconfig"))?;
        Ok(self.config.get_or_init(|| config))
    }

    /// The name of the context in use: `--context`, else the current one.
    pub(crate) fn context_name(&self) -> Result<String, Failure> {
        match self.flags.str("context") {
            "" => Ok(self.config()?.current().to_string()),
            name => Ok(name.to_string()),
        }
    }

    /// The namespace of commands: `--namespace`, else the context's, else `default`.
    pub(crate) fn namespace(&self) -> Result<String, Failure> {
        if self.flags.given("namespace") && !self.flags.str("namespace").is_empty() {
            return Ok(self.flags.str("namespace").to_string());
        }
        let context = self.context_name()?;
        let config = self.config()?;
        let own = config.entry("contexts", &context).map_or("", |c| c.str_at("namespace"));
        Ok(if own.is_empty() { "default".to_string() } else { own.to_string() })
    }

    /// Whether `--namespace` stood on the command line: then objects of other namespaces are errors.
    pub(crate) fn namespace_is_explicit(&self) -> bool {
        self.flags.given("namespace") && !self.flags.str("namespace").is_empty()
    }

    /// The API server of the context's cluster, opened at the first call.
    pub(crate) fn api(&self) -> Result<&Server, Failure> {
        Ok(&self.cluster()?.api)
    }

    /// The open cluster, for commands that let time pass.
    pub(crate) fn cluster(&self) -> Result<&Cluster, Failure> {
        if let Some(cluster) = self.cluster.get() {
            return Ok(cluster);
        }
        let cluster = self.open()?;
        Ok(self.cluster.get_or_init(|| cluster))
    }

    /// Where the API server of the context answers, as the kubeconfig has it.
    pub(crate) fn server_url(&self) -> Result<String, Failure> {
        let context = self.context_name()?;
        let config = self.config()?;
        let cluster = config.entry("contexts", &context).map_or("", |c| c.str_at("cluster"));
        let url = config.entry("clusters", cluster).map_or("", |c| c.str_at("server"));
        Ok(url.to_string())
    }

    /// The version of the server, without reading anything else of it.
    pub(crate) fn server_version(&self) -> Result<KubeVersion, Failure> {
        Ok(self.api()?.version())
    }

    fn open(&self) -> Result<Cluster, Failure> {
        let access = match self.command.writes {
            Writes::Never => Access::Read,
            Writes::Always => Access::Write,
            Writes::When(writes) if writes(&self.flags) => Access::Write,
            Writes::When(_) => Access::Read,
        };
        let home = Home::of(&self.session.env);
        if let Some(name) = self.session.env.var("KUBETICK_CLUSTER") {
            return Ok(Cluster::open(&home.cluster_file(name), access)?);
        }
        let context = self.context_name()?;
        if self.config()?.is_empty() && self.flags.str("context").is_empty() {
            let path = own::first_cluster(self.session)?;
            return Ok(Cluster::open(&path, access)?);
        }
        let config = self.config()?;
        let Some(entry) = config.entry("contexts", &context) else {
            return Err(match context.as_str() {
                "" => refused("localhost:8080"),
                name => Failure::Raw(format!(
                    "Error in configuration: context was not found for specified context: {name}"
                )),
            });
        };
        let cluster = entry.str_at("cluster");
        match Cluster::open(&home.cluster_file(kubeconfig::cluster_name(cluster)), access) {
            Err(StoreError::Missing(_)) => {
                let server = config.entry("clusters", cluster).unwrap_or(&Value::Null).str_at("server");
                let host = server.split_once("://").map_or(server, |(_, host)| host);
                Err(refused(if host.is_empty() { "localhost:8080" } else { host }))
            }
            opened => Ok(opened?),
        }
    }

    /// Ends the command: if it may have written, the control plane answers and everything is committed.
    pub(super) fn finish(&self) -> Result<(), Failure> {
        match self.cluster.get() {
            Some(cluster) if cluster.api.store().access() == Access::Write => Ok(cluster.finish()?),
            _ => Ok(()),
        }
    }

    /// Writes to standard output.
    pub(crate) fn print(&self, text: &str) {
        self.session.print(text);
    }

    /// Writes a line to standard output.
    pub(crate) fn println(&self, line: &str) {
        self.session.println(line);
    }

    /// Writes a line to standard error.
    pub(crate) fn eprintln(&self, line: &str) {
        self.session.eprintln(line);
    }

    /// Prints the warnings the API server sent along (`Warning: unknown field "foo"`).
    pub(crate) fn print_warnings(&self) {
        if let Some(cluster) = self.cluster.get() {
            for warning in cluster.api.take_warnings() {
                self.eprintln(&format!("Warning: {warning}"));
            }
        }
    }
}

fn refused(host: &str) -> Failure {
    Failure::Raw(format!(
        "The connection to the server {host} was refused - did you specify the right host or port?"
    ))
}
