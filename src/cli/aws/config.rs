//! Where settings come from: options, environment, `~/.aws/config` and `~/.aws/credentials` by profile.

use super::failure::Failure;
use crate::cli::Env;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the world gives a command that nobody configured.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Whether calls need no credentials of the user's.
    pub credentials: bool,
    /// The region in use.
    pub region: Option<String>,
}

type Sections = BTreeMap<String, BTreeMap<String, String>>;

/// The settings of one command.
#[derive(Clone, Debug)]
pub(super) struct Config {
    /// The profile in use.
    pub profile: String,
    config: Sections,
    credentials: Sections,
    vars: BTreeMap<String, String>,
}

/// The file of settings.
pub(super) fn config_file(env: &Env) -> PathBuf {
    env.var("AWS_CONFIG_FILE").map_or_else(|| env.home().join(".aws/config"), |path| expand(env, path))
}

/// The file of keys.
pub(super) fn credentials_file(env: &Env) -> PathBuf {
    let named = env.var("AWS_SHARED_CREDENTIALS_FILE");
    named.map_or_else(|| env.home().join(".aws/credentials"), |path| expand(env, path))
}

/// A path with the home directory for a leading `~`.
pub(super) fn expand(env: &Env, path: &str) -> PathBuf {
    match path.strip_prefix("~/") {
        Some(rest) => env.home().join(rest),
        None => env.path(path),
    }
}

impl Config {
    /// Reads the files for a profile; a profile that was asked for must exist.
    pub(super) fn read(env: &Env, profile: Option<&str>) -> Result<Config, Failure> {
        let read = |path: PathBuf| sections(&std::fs::read_to_string(path).unwrap_or_default());
        let (config, credentials) = (read(config_file(env)), read(credentials_file(env)));
        let asked = profile.or_else(|| env.var("AWS_PROFILE")).or_else(|| env.var("AWS_DEFAULT_PROFILE"));
        let name = asked.unwrap_or("default").to_string();
        let known = config.contains_key(&section_name(&name)) || credentials.contains_key(&name);
        if asked.is_some() && !known {
            return Err(Failure::General(format!("The config profile ({name}) could not be found")));
        }
        Ok(Config { profile: name, config, credentials, vars: env.vars.clone() })
    }

    fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// A setting of the profile.
    pub(super) fn setting(&self, key: &str) -> Option<&str> {
        let config = self.config.get(&section_name(&self.profile)).and_then(|s| s.get(key));
        let found = config.or_else(|| self.credentials.get(&self.profile).and_then(|s| s.get(key)));
        found.map(String::as_str).filter(|v| !v.is_empty())
    }

    /// The region: option, environment, profile, what the world has.
    pub(super) fn region(&self, option: Option<&str>, defaults: &Defaults) -> Option<String> {
        let found = option
            .or_else(|| self.var("AWS_REGION"))
            .or_else(|| self.var("AWS_DEFAULT_REGION"))
            .or_else(|| self.setting("region"));
        found.map(str::to_string).or_else(|| defaults.region.clone())
    }

    /// The format that neither the command line nor the environment overrides.
    pub(super) fn output(&self) -> &str {
        self.var("AWS_DEFAULT_OUTPUT").or_else(|| self.setting("output")).unwrap_or("json")
    }

    /// Where the keys come from with the access key and the secret; `None` when there are none.
    pub(super) fn keys(&self) -> Option<(&'static str, String, String)> {
        let pair = |a: Option<&str>, b: Option<&str>| Some((a?.to_string(), b?.to_string()));
        let section = |sections: &Sections, name: &str| {
            let section = sections.get(name)?;
            let get = |key: &str| section.get(key).map(String::as_str).filter(|v| !v.is_empty());
            pair(get("aws_access_key_id"), get("aws_secret_access_key"))
        };
        if let Some((id, secret)) = pair(self.var("AWS_ACCESS_KEY_ID"), self.var("AWS_SECRET_ACCESS_KEY")) {
            return Some(("env", id, secret));
        }
        if let Some((id, secret)) = section(&self.credentials, &self.profile) {
            return Some(("shared-credentials-file", id, secret));
        }
        section(&self.config, &section_name(&self.profile)).map(|(id, secret)| ("config-file", id, secret))
    }

    /// The same files for another profile, which may not exist yet.
    pub(super) fn for_profile(self, profile: &str) -> Config {
        Config { profile: profile.to_string(), ..self }
    }

    /// Names of all profiles, sorted.
    pub(super) fn profiles(&self) -> Vec<String> {
        let named = self.config.keys().filter_map(|s| match s.as_str() {
            "default" => Some("default"),
            other => other.strip_prefix("profile "),
        });
        let mut names: Vec<String> =
            named.map(str::to_string).chain(self.credentials.keys().cloned()).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// The section of a profile in the file of settings.
pub(super) fn section_name(profile: &str) -> String {
    if profile == "default" { profile.to_string() } else { format!("profile {profile}") }
}

/// `[section]`, `key = value`, comments; the lines of nested settings are left out.
fn sections(text: &str) -> Sections {
    let mut sections = Sections::new();
    let mut current = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) || line.starts_with([' ', '\t']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let words: Vec<&str> = name.split_whitespace().collect();
            let name = words.join(" ").replace(['"', '\''], "");
            sections.entry(name.clone()).or_default();
            current = Some(name);
        } else if let (Some(section), Some((key, value))) = (&current, trimmed.split_once('=')) {
            let section = sections.entry(section.clone()).or_default();
            section.insert(key.trim().to_string(), value.trim().to_string());
        }
    }
    sections
}
