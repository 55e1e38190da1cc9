//! The kubeconfig: clusters, users, contexts. A real one, which a real kubectl reads too.

mod files;

use self::files::{Change, ConfigFile};
use super::home::Home;
use super::{Env, Session};
use crate::aws::endpoint_id;
use crate::json;
use crate::machinery::Value;
use std::path::{Path, PathBuf};

/// A kubeconfig as read from its files, which mostly is one.
#[derive(Clone, Debug, Default)]
pub struct Kubeconfig {
    /// The file that what is new is written to, as is the current context.
    pub path: PathBuf,
    /// The `Config` object, of all files; null when there is none.
    pub config: Value,
    /// Whether the client that writes it knows of `preferences`.
    pub has_preferences: bool,
    /// The files as they were read, in the order in which they count.
    files: Vec<ConfigFile>,
    /// New names of entries, with their old ones: they stay in their file.
    renamed: Vec<(&'static str, String, String)>,
}

/// A kubeconfig that cannot be used, in kubectl's words.
#[derive(Debug, thiserror::Error)]
pub enum KubeconfigError {
    /// An explicitly named file is missing.
    #[error("stat {0}: no such file or directory")]
    Missing(String),
    /// The file is not YAML.
    #[error("error loading config file \"{0}\": {1}")]
    Invalid(String, String),
    /// The file cannot be written.
    #[error("open {0}: {1}")]
    Io(String, String),
}

impl Kubeconfig {
    /// The kubeconfig a command uses: `--kubeconfig`, else the files of `$KUBECONFIG`, else the one in kubetick's home.
    /// The user's own `~/.kube/config` is left alone.
    pub fn of(env: &Env, explicit: &str) -> Result<Kubeconfig, KubeconfigError> {
        if !explicit.is_empty() {
            let path = env.path(explicit);
            if !path.exists() {
                return Err(KubeconfigError::Missing(explicit.to_string()));
            }
            return Kubeconfig::read(&path);
        }
        let listed = env.var("KUBECONFIG").map(|list| {
            list.split(':').filter(|file| !file.is_empty()).map(|file| env.path(file)).collect::<Vec<_>>()
        });
        let named = listed.unwrap_or_else(|| vec![Home::of(env).kubeconfig()]);
        let mut there: Vec<&PathBuf> = named.iter().filter(|path| path.exists()).collect();
        if there.is_empty() {
            there.extend(named.first());
        }
        let files = there.into_iter().map(|path| ConfigFile::read(path)).collect::<Result<_, _>>()?;
        Ok(Kubeconfig::of_files(files))
    }

    /// Reads a file; a missing one is an empty configuration.
    pub fn read(path: &Path) -> Result<Kubeconfig, KubeconfigError> {
        Ok(Kubeconfig::of_files(vec![ConfigFile::read(path)?]))
    }

    /// What several files say together: of what is in more than one of them, the first one counts.
    fn of_files(files: Vec<ConfigFile>) -> Kubeconfig {
        let config = files::merged(&files);
        let path = files.first().map(|file| file.path.clone()).unwrap_or_default();
        Kubeconfig { path, config, files, ..Kubeconfig::default() }
    }

    /// Writes what was changed since it was read, each change to the file that it was read from.
    pub fn write(&self) -> Result<(), KubeconfigError> {
        let before = files::merged(&self.files);
        let changes = files::changes(&before, &self.config);
        for (i, file) in self.files.iter().enumerate() {
            let mine: Vec<&Change<'_>> = changes.iter().filter(|change| self.owner_of(change) == i).collect();
            if !mine.is_empty() {
                file.write(&mine, self.has_preferences)?;
            }
        }
        Ok(())
    }

    /// Which file a change belongs to.
    fn owner_of(&self, change: &Change<'_>) -> usize {
        let chosen = |value: &Value| !value.as_str().unwrap_or_default().is_empty();
        if change.name == "current-context" && change.list.is_none() && change.value.is_some_and(chosen) {
            return 0;
        }
        let renamed =
            self.renamed.iter().find(|(list, new, _)| Some(*list) == change.list && new == change.name);
        let name = renamed.map_or(change.name, |(.., old)| old);
        let has = |file: &ConfigFile| match change.list {
            Some(list) => files::entry_of(&file.config, list, name).is_some(),
            None => file.config.get(name).is_some(),
        };
        self.files.iter().position(has).unwrap_or(0)
    }

    /// Whether there is anything in it.
    pub fn is_empty(&self) -> bool {
        self.config.is_null()
    }

    /// The name of the current context; empty when unset.
    pub fn current(&self) -> &str {
        self.config.str_at("current-context")
    }

    /// An entry of `contexts`, `clusters` or `users` by its name: what stands under `context`, `cluster` or `user`.
    pub fn entry(&self, list: &str, name: &str) -> Option<&Value> {
        files::entry_of(&self.config, list, name)
    }

    /// Sets an entry of `contexts`, `clusters` or `users`; lists stay sorted by name.
    pub fn set_entry(&mut self, list: &str, name: &str, value: Value) {
        files::set_entry_of(&mut self.config, list, name, value);
    }

    /// Gives an entry another name.
    pub fn rename_entry(&mut self, list: &'static str, old: &str, new: &str) {
        if let Some(value) = self.entry(list, old).cloned() {
            self.remove_entry(list, old);
            self.set_entry(list, new, value);
            self.renamed.push((list, new.to_string(), old.to_string()));
        }
    }

    /// Removes an entry; answers whether it was there.
    pub fn remove_entry(&mut self, list: &str, name: &str) -> bool {
        files::remove_entry_of(&mut self.config, list, name)
    }

    /// Adds a cluster with its user and context, as `eksctl create cluster` does, and makes it the current one.
    pub fn add_cluster(&mut self, name: &str, region: &str, user: &str) {
        let cluster = format!("{name}.{region}.eksctl.io");
        let context = format!("{user}@{cluster}");
        let server = format!("https://{}.gr7.{region}.eks.amazonaws.com", endpoint_id(name, region));
        self.set_entry("clusters", &cluster, json!({"server": server}));
        let exec = json!({
            "apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws",
            "args": ["eks", "get-token", "--output", "json", "--cluster-name", name, "--region", region],
            "env": [{"name": "AWS_STS_REGIONAL_ENDPOINTS", "value": "regional"}],
            "interactiveMode": "IfAvailable", "provideClusterInfo": false,
        });
        self.set_entry("users", &context, json!({"exec": exec}));
        self.set_entry("contexts", &context, json!({"cluster": cluster, "user": (context.as_str())}));
        self.config.set("current-context", context);
    }

    /// Removes a cluster with what belongs to it.
    pub fn remove_cluster(&mut self, name: &str, region: &str) {
        let cluster = format!("{name}.{region}.eksctl.io");
        let contexts: Vec<String> = self
            .config
            .items_at("contexts")
            .iter()
            .filter(|c| c.str_at("context/cluster") == cluster)
            .map(|c| c.str_at("name").to_string())
            .collect();
        self.remove_entry("clusters", &cluster);
        for context in contexts {
            self.remove_entry("contexts", &context);
            self.remove_entry("users", &context);
            if self.current() == context {
                self.config.set("current-context", "");
            }
        }
    }
}

/// The cluster file a `clusters` entry stands for: entries are named `NAME.REGION.eksctl.io` (eksctl) or by the
/// cluster's ARN (aws eks update-kubeconfig).
pub fn cluster_name(entry: &str) -> &str {
    if let Some((_, name)) = entry.split_once(":cluster/") {
        return name;
    }
    let name = entry.strip_suffix(".eksctl.io").and_then(|rest| rest.rsplit_once('.'));
    name.map_or(entry, |(name, _region)| name)
}

/// The name of the user that contexts carry in front of `@`: the IAM user a workshop works as.
pub fn user_name(session: &Session) -> String {
    session.env.var("USER").unwrap_or("admin").to_string()
}
