//! The files that a kubeconfig consists of: what they say together, and which changes each of them takes.

use super::KubeconfigError;
use crate::json;
use crate::machinery::{Value, go_text, yaml};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// The lists of named entries.
const LISTS: [&str; 3] = ["clusters", "contexts", "users"];

/// One file of a kubeconfig, as it was read.
#[derive(Clone, Debug)]
pub(super) struct ConfigFile {
    pub(super) path: PathBuf,
    pub(super) config: Value,
}

/// What was changed: an entry of a list, or anything else that has a key. Without a value it is gone.
pub(super) struct Change<'a> {
    pub(super) list: Option<&'static str>,
    pub(super) name: &'a str,
    pub(super) value: Option<&'a Value>,
}

impl ConfigFile {
    pub(super) fn read(path: &Path) -> Result<ConfigFile, KubeconfigError> {
        if path.is_dir() {
            let why = format!("read {}: is a directory", path.display());
            return Err(KubeconfigError::Invalid(path.display().to_string(), why));
        }
        let mut config = match std::fs::read(path) {
            Ok(text) => parsed(&String::from_utf8_lossy(&text))
                .map_err(|e| KubeconfigError::Invalid(path.display().to_string(), e.to_string()))?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Value::Null,
            Err(e) => {
                let why = format!("open {}: {}", path.display(), go_text::io_error(&e));
                return Err(KubeconfigError::Invalid(path.display().to_string(), why));
            }
        };
        // Clients hold these lists as maps, so they come out by name, however the file has them.
        for list in LISTS {
            if !config.items_at(list).is_empty() {
                config.at_mut(list).list_mut().sort_by(|a, b| a.str_at("name").cmp(b.str_at("name")));
            }
        }
        Ok(ConfigFile { path: path.to_path_buf(), config })
    }

    /// Makes changes in the file, by way of a neighbour file so that no reader sees half of them. What other processes
    /// have changed meanwhile stays.
    pub(super) fn write(
        &self,
        changes: &[&Change<'_>],
        has_preferences: bool,
    ) -> Result<(), KubeconfigError> {
        let failed = |e: std::io::Error| KubeconfigError::Io(self.path.display().to_string(), e.to_string());
        let dir = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(dir).map_err(failed)?;
        let turn = std::fs::File::open(dir).map_err(failed)?;
        // File systems without locks have one user, most likely.
        let _ = turn.lock();
        let mut config = ConfigFile::read(&self.path)?.config;
        for change in changes {
            match (change.list, change.value) {
                (Some(list), Some(value)) => set_entry_of(&mut config, list, change.name, value.clone()),
                (Some(list), None) => drop(remove_entry_of(&mut config, list, change.name)),
                (None, Some(value)) => drop(config.map_mut().insert(change.name, value.clone())),
                (None, None) => drop(config.map_mut().remove(change.name)),
            }
        }
        config.set("apiVersion", "v1");
        config.set("kind", "Config");
        // Clients write what they know of, even when there is nothing.
        for list in LISTS {
            if config.items_at(list).is_empty() {
                config.set(list, Value::Null);
            }
        }
        if has_preferences && config.get("preferences").is_none() {
            config.set("preferences", Value::object());
        }
        if config.at("current-context").is_null() {
            config.set("current-context", "");
        }
        let text = yaml::to_yaml(&config).unwrap_or_default();
        // A link stays one, and what only its owner may read stays so.
        let path = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        std::fs::write(&beside, text).map_err(failed)?;
        if let Ok(known) = std::fs::metadata(&path) {
            std::fs::set_permissions(&beside, known.permissions()).map_err(failed)?;
        }
        std::fs::rename(&beside, &path).map_err(failed)
    }
}

/// The configurations of several files as one.
pub(super) fn merged(files: &[ConfigFile]) -> Value {
    let Some((first, rest)) = files.split_first() else { return Value::Null };
    let mut config = first.config.clone();
    for file in rest {
        for (key, value) in file.config.map().iter() {
            let Some(list) = LISTS.into_iter().find(|list| *list == key) else {
                if config.at(key).is_empty_value() {
                    config.map_mut().insert(key, value.clone());
                }
                continue;
            };
            for name in value.items().iter().map(|entry| entry.str_at("name")) {
                if let (None, Some(entry)) =
                    (entry_of(&config, list, name), entry_of(&file.config, list, name))
                {
                    set_entry_of(&mut config, list, name, entry.clone());
                }
            }
        }
    }
    config
}

/// What makes one configuration of another.
pub(super) fn changes<'a>(before: &'a Value, after: &'a Value) -> Vec<Change<'a>> {
    let mut changes = Vec::new();
    for list in LISTS {
        let gone = before.items_at(list).iter().map(|entry| entry.str_at("name"));
        let gone = gone.filter(|name| entry_of(after, list, name).is_none());
        changes.extend(gone.map(|name| Change { list: Some(list), name, value: None }));
        for name in after.items_at(list).iter().map(|entry| entry.str_at("name")) {
            let value = entry_of(after, list, name);
            if value != entry_of(before, list, name) {
                changes.push(Change { list: Some(list), name, value });
            }
        }
    }
    let keys = |config: &'a Value| config.map().keys().filter(|key| !LISTS.contains(key));
    changes.extend(keys(before).filter(|key| after.get(key).is_none()).map(|name| Change {
        list: None,
        name,
        value: None,
    }));
    for name in keys(after) {
        if before.get(name) != after.get(name) {
            changes.push(Change { list: None, name, value: after.get(name) });
        }
    }
    changes
}

pub(super) fn entry_of<'c>(config: &'c Value, list: &str, name: &str) -> Option<&'c Value> {
    let entry = config.items_at(list).iter().find(|e| e.str_at("name") == name)?;
    entry.get(list.trim_end_matches('s'))
}

pub(super) fn set_entry_of(config: &mut Value, list: &str, name: &str, value: Value) {
    let mut entry = json!({"name": name});
    entry.set(list.trim_end_matches('s'), value);
    let entries = config.at_mut(list).list_mut();
    entries.retain(|e| e.str_at("name") != name);
    entries.push(entry);
    entries.sort_by(|a, b| a.str_at("name").cmp(b.str_at("name")));
}

pub(super) fn remove_entry_of(config: &mut Value, list: &str, name: &str) -> bool {
    let before = config.items_at(list).len();
    config.at_mut(list).list_mut().retain(|e| e.str_at("name") != name);
    config.items_at(list).len() < before
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
