//! What a kubectl command works with: its flags, its context, the cluster behind it.

use super::flags::Flags;
use super::{Command, Failure, Writes, connection, offline};
use crate::api::{ApiError, Resource, Server, User};
use crate::cli::cluster::Cluster;
use crate::cli::home::Home;
use crate::cli::kubeconfig::{self, Kubeconfig};
use crate::cli::{Session, own, siblings};
use crate::machinery::{KubeVersion, Value};
use crate::store::{Access, Store, StoreError};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;

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
    /// The file of the cluster in use, open already when the client's version was asked of it.
    in_use: RefCell<Option<Store>>,
    /// Warnings printed already: each is told once a command.
    warned: RefCell<BTreeSet<String>>,
}

impl<'s> Kubectl<'s> {
    pub(super) fn new(
        session: &'s Session,
        command: &'static Command,
        flags: Flags,
        client: KubeVersion,
        in_use: Option<Store>,
    ) -> Kubectl<'s> {
        Kubectl {
            session,
            command,
            flags,
            client,
            config: OnceCell::new(),
            cluster: OnceCell::new(),
            in_use: RefCell::new(in_use),
            warned: RefCell::default(),
        }
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
        let cluster = self.open()?.inhabited(self.session.inhabitants);
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
        connection::check_timeout(self)?;
        let of_nobody =
            ["as-uid", "as-group", "as-user-extra"].into_iter().any(|flag| self.flags.given(flag));
        if of_nobody && self.flags.str("as").is_empty() {
            let config = self.config()?;
            let user =
                config.entry("contexts", &self.context_name()?).map_or("", |c| c.str_at("user")).to_string();
            return Err(Failure::message(format!(
                "requesting uid, groups or user-extra for {user} without impersonating a user"
            )));
        }
        let home = Home::of(&self.session.env);
        let asked = self.flags.str("context");
        if !asked.is_empty() && self.config()?.entry("contexts", asked).is_none() {
            return Err(Failure::Raw(format!(
                "Error in configuration: context was not found for specified context: {asked}"
            )));
        }
        let server = self.flags.str("server");
        if !server.is_empty() && server != self.server_url()? {
            return Err(connection::refused(self, server));
        }
        for (flag, list, missing) in [
            ("user", "users", "auth info {} does not exist"),
            ("cluster", "clusters", "no server found for cluster {}"),
        ] {
            // Some commands have a flag of this name about something else.
            let own = self.command.flags.iter().any(|f| f.name == flag);
            let name = self.flags.str(flag);
            if !own && !name.is_empty() && self.config()?.entry(list, name).is_none() {
                return Err(Failure::message(missing.replace("{}", &format!("{name:?}"))));
            }
        }
        self.user()?;
        if let Some(name) = self.session.env.var("KUBETICK_CLUSTER") {
            return Ok(self.enter(&home.cluster_file(name), access)?);
        }
        let context = self.context_name()?;
        let config = self.config()?;
        if config.is_empty() && self.kubeconfig_is_ours()? {
            let path = own::first_cluster(self.session)?;
            return Ok(self.enter(&path, access)?);
        }
        self.warn_of_missing_config()?;
        let Some(entry) = config.entry("contexts", &context) else {
            return match context.as_str() {
                "" => offline::cluster(self, connection::refused(self, connection::DEFAULT_SERVER)),
                name => Err(Failure::Raw(format!(
                    "Error in configuration: context was not found for specified context: {name}"
                ))),
            };
        };
        let cluster = entry.str_at("cluster");
        match self.enter(&home.cluster_file(kubeconfig::cluster_name(cluster)), access) {
            Err(StoreError::Missing(_)) => {
                let server = config.entry("clusters", cluster).unwrap_or(&Value::Null).str_at("server");
                let server = if server.is_empty() { connection::DEFAULT_SERVER } else { server };
                offline::cluster(self, connection::refused(self, server))
            }
            opened => Ok(opened?),
        }
    }

    /// Opens a cluster's file, unless it is the one that is open already.
    fn enter(&self, path: &Path, access: Access) -> Result<Cluster, StoreError> {
        match self.in_use.take().filter(|store| store.path() == path) {
            Some(store) => {
                if access == Access::Write {
                    siblings::let_begin();
                }
                Cluster::enter(store.turned_to(access)?)
            }
            None => Cluster::open(path, access),
        }
    }

    /// Whether the kubeconfig is the one in kubetick's home, by itself or because `kubetick activate` named it in
    /// `$KUBECONFIG`: then a cluster may be made when there is none.
    pub(super) fn kubeconfig_is_ours(&self) -> Result<bool, Failure> {
        let ours = Home::of(&self.session.env).kubeconfig();
        Ok(self.flags.str("kubeconfig").is_empty() && self.config()?.path == ours)
    }

    /// Old clients log that a file of `$KUBECONFIG` is missing.
    pub(super) fn warn_of_missing_config(&self) -> Result<(), Failure> {
        let config = self.config()?;
        if config.is_empty() && self.client.warns_of_missing_config() {
            let missing = format!("Config not found: {}", config.path.display());
            self.eprintln(&connection::klog('W', "loader.go:222", &missing));
        }
        Ok(())
    }

    /// Who this command works as: `--as`, else the context's user. Users without a token of their own have the
    /// credentials the cluster was made with, which may do everything, and so may `admin`.
    pub(crate) fn user(&self) -> Result<User, Failure> {
        let impersonated = self.flags.str("as");
        if !impersonated.is_empty() {
            let mut user = User::named(impersonated);
            user.groups.extend(self.flags.list("as-group").iter().cloned());
            return Ok(user);
        }
        let config = self.config()?;
        let context = self.context_name()?;
        let of_context = config.entry("contexts", &context).map_or("", |c| c.str_at("user"));
        let name = if self.flags.given("user") { self.flags.str("user") } else { of_context };
        let token = self.flags.str("token");
        if !token.is_empty() {
            let known = config.config.items_at("users").iter().find(|u| u.str_at("user/token") == token);
            let known = known.ok_or_else(|| Failure::Api(ApiError::unauthorized()))?.str_at("name");
            return Ok(if known == "admin" { User::admin(known) } else { User::named(known) });
        }
        let has_token = config.entry("users", name).is_some_and(|u| !u.str_at("token").is_empty());
        Ok(if has_token && name != "admin" { User::named(name) } else { User::admin(name) })
    }

    /// `Ok` if the user may do something with a resource.
    pub(crate) fn authorize(
        &self,
        verb: &str,
        resource: &Resource,
        ns: &str,
        name: &str,
    ) -> Result<(), Failure> {
        let user = self.user()?;
        Ok(self.api()?.authorize(&user, verb, resource, ns, name)?)
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
                if self.warned.borrow_mut().insert(warning.clone()) {
                    self.eprintln(&format!("Warning: {warning}"));
                }
            }
        }
    }
}
