//! The kubeconfig: clusters, users, contexts. A real one, which a real kubectl reads too.

use super::home::Home;
use super::{Env, Session};
use crate::aws::endpoint_id;
use crate::json;
use crate::machinery::{Value, yaml};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// A kubeconfig as read from its file.
#[derive(Clone, Debug, Default)]
pub struct Kubeconfig {
    /// Where changes are written to.
    pub path: PathBuf,
    /// The `Config` object; null when there is no file.
    pub config: Value,
    /// It as it was read.
    read: Value,
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

/// The lists of named entries.
const LISTS: [&str; 3] = ["clusters", "contexts", "users"];

impl Kubeconfig {
    /// The kubeconfig a command uses: `--kubeconfig`, else the first file of `$KUBECONFIG`, else the one in kubetick's
    /// home. The user's own `~/.kube/config` is left alone.
    pub fn of(env: &Env, explicit: &str) -> Result<Kubeconfig, KubeconfigError> {
        if !explicit.is_empty() {
            let path = env.path(explicit);
            if !path.exists() {
                return Err(KubeconfigError::Missing(explicit.to_string()));
            }
            return Kubeconfig::read(&path);
        }
        let listed =
            env.var("KUBECONFIG").map(|list| list.split(':').map(|p| env.path(p)).collect::<Vec<_>>());
        let files = listed.unwrap_or_else(|| vec![Home::of(env).kubeconfig()]);
        let chosen = files.iter().find(|p| p.exists()).or(files.first());
        chosen.map_or_else(|| Ok(Kubeconfig::default()), |path| Kubeconfig::read(path))
    }

    /// Reads a file; a missing one is an empty configuration.
    pub fn read(path: &Path) -> Result<Kubeconfig, KubeconfigError> {
        if path.is_dir() {
            let why = format!("read {}: is a directory", path.display());
            return Err(KubeconfigError::Invalid(path.display().to_string(), why));
        }
        let config = match std::fs::read(path) {
            Ok(text) => parsed(&String::from_utf8_lossy(&text))
                .map_err(|e| KubeconfigError::Invalid(path.display().to_string(), e.to_string()))?,
            Err(_) => Value::Null,
        };
        let mut read = Kubeconfig { path: path.to_path_buf(), config, read: Value::Null };
        // Clients hold these lists as maps, so they come out by name, however the file has them.
        for list in LISTS {
            if !read.config.items_at(list).is_empty() {
                read.config.at_mut(list).list_mut().sort_by(|a, b| a.str_at("name").cmp(b.str_at("name")));
            }
        }
        read.read = read.config.clone();
        Ok(read)
    }

    /// Writes what was changed since it was read, by way of a neighbour file so that no reader sees half of it. What
    /// other processes have changed meanwhile stays.
    pub fn write(&self) -> Result<(), KubeconfigError> {
        let failed = |e: std::io::Error| KubeconfigError::Io(self.path.display().to_string(), e.to_string());
        let dir = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(dir).map_err(failed)?;
        let turn = std::fs::File::open(dir).map_err(failed)?;
        // File systems without locks have one user, most likely.
        let _ = turn.lock();
        let fresh = Kubeconfig::read(&self.path)?;
        let mut config = if fresh.config == self.read { self.config.clone() } else { self.carried_to(fresh) };
        config.set("apiVersion", "v1");
        config.set("kind", "Config");
        // Clients write what they know of, even when there is nothing.
        for list in LISTS {
            config.map_mut().entry(list);
        }
        if config.at("current-context").is_null() {
            config.set("current-context", "");
        }
        let text = yaml::to_yaml(&config).unwrap_or_default();
        let beside = self.path.with_extension(format!("{}.new", std::process::id()));
        std::fs::write(&beside, text).map_err(failed)?;
        std::fs::rename(&beside, &self.path).map_err(failed)
    }

    /// The changes made to this one, made to another.
    fn carried_to(&self, mut other: Kubeconfig) -> Value {
        let before = Kubeconfig { config: self.read.clone(), ..Kubeconfig::default() };
        for list in LISTS {
            let names = |c: &Kubeconfig| -> Vec<String> {
                c.config.items_at(list).iter().map(|e| e.str_at("name").to_string()).collect()
            };
            for name in names(&before).into_iter().chain(names(self)) {
                match (before.entry(list, &name), self.entry(list, &name)) {
                    (old, new) if old == new => {}
                    (_, Some(new)) => other.set_entry(list, &name, new.clone()),
                    (_, None) => drop(other.remove_entry(list, &name)),
                }
            }
        }
        for (key, value) in self.config.map().iter().filter(|(key, _)| !LISTS.contains(key)) {
            if self.read.get(key) != Some(value) {
                other.config.set(key, value.clone());
            }
        }
        other.config
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
        let entry = self.config.items_at(list).iter().find(|e| e.str_at("name") == name)?;
        entry.get(list.trim_end_matches('s'))
    }

    /// Sets an entry of `contexts`, `clusters` or `users`; lists stay sorted by name.
    pub fn set_entry(&mut self, list: &str, name: &str, value: Value) {
        let mut entry = json!({"name": name});
        entry.set(list.trim_end_matches('s'), value);
        let entries = self.config.at_mut(list).list_mut();
        entries.retain(|e| e.str_at("name") != name);
        entries.push(entry);
        entries.sort_by(|a, b| a.str_at("name").cmp(b.str_at("name")));
    }

    /// Removes an entry; answers whether it was there.
    pub fn remove_entry(&mut self, list: &str, name: &str) -> bool {
        let before = self.config.items_at(list).len();
        self.config.at_mut(list).list_mut().retain(|e| e.str_at("name") != name);
        self.config.items_at(list).len() < before
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

thread_local! {
    /// The last text parsed: a command looks at its kubeconfig several times.
    static LAST: RefCell<(String, Value)> = RefCell::default();
}

fn parsed(text: &str) -> Result<Value, yaml::YamlError> {
    LAST.with_borrow_mut(|(known, value)| {
        if known != text {
            (*known, *value) = (text.to_string(), yaml::read(text)?);
        }
        Ok(value.clone())
    })
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
