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
    /// Whether an option named it: then keys of the environment do not count.
    named: bool,
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

/// The profile that the environment names.
pub(super) fn profile_in_environment(env: &Env) -> Option<&str> {
    env.var("AWS_PROFILE").or_else(|| env.var("AWS_DEFAULT_PROFILE"))
}

impl Config {
    /// Reads the files for a profile; a profile that was asked for must exist.
    pub(super) fn read(env: &Env, profile: Option<&str>) -> Result<Config, Failure> {
        let config = Config::read_files(env, profile);
        let asked = profile.or_else(|| profile_in_environment(env));
        match asked.filter(|name| !config.knows(name)) {
            Some(name) => Err(Failure::General(format!("The config profile ({name}) could not be found"))),
            None => Ok(config),
        }
    }

    /// The same whether the profile exists or not.
    pub(super) fn read_files(env: &Env, profile: Option<&str>) -> Config {
        let read = |path: PathBuf| sections(&std::fs::read_to_string(path).unwrap_or_default());
        let asked = profile.or_else(|| profile_in_environment(env));
        Config {
            profile: asked.unwrap_or("default").to_string(),
            named: profile.is_some(),
            config: read(config_file(env)),
            credentials: read(credentials_file(env)),
            vars: env.vars.clone(),
        }
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
        let environment = self.var("AWS_ACCESS_KEY_ID").filter(|_| !self.named);
        if let Some((id, secret)) = pair(environment, self.var("AWS_SECRET_ACCESS_KEY")) {
            return Some(("env", id, secret));
        }
        if let Some((id, secret)) = section(&self.credentials, &self.profile) {
            return Some(("shared-credentials-file", id, secret));
        }
        section(&self.config, &section_name(&self.profile)).map(|(id, secret)| ("config-file", id, secret))
    }

    /// Whether there is such a profile.
    pub(super) fn knows(&self, profile: &str) -> bool {
        self.config.contains_key(&section_name(profile)) || self.credentials.contains_key(profile)
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

/// How a section's name is written: one of several words in quotes.
pub(super) fn quoted(name: &str) -> String {
    if name.contains(char::is_whitespace) { format!("'{name}'") } else { name.to_string() }
}

/// The section of a profile in the file of settings.
pub(super) fn section_name(profile: &str) -> String {
    if profile == "default" { profile.to_string() } else { format!("profile {profile}") }
}

/// `[section]`, `key = value`, comments; a nested setting has the name of the one it is in before its own: `s3.max_queue_size`.
fn sections(text: &str) -> Sections {
    let mut sections = Sections::new();
    let mut current = None;
    let mut outer = String::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            current = section(name);
            if let Some(name) = &current {
                sections.entry(name.clone()).or_default();
            }
        } else if let (Some(section), Some((key, value))) = (&current, trimmed.split_once('=')) {
            let key = match line.starts_with([' ', '\t']) {
                true => format!("{outer}.{}", key.trim()),
                false => key.trim().to_string(),
            };
            if !line.starts_with([' ', '\t']) {
                outer.clone_from(&key);
            }
            sections.entry(section.clone()).or_default().insert(key, value.trim().to_string());
        }
    }
    sections
}

/// The name of a section. That of a profile is one word or in quotes; others are no profiles.
fn section(written: &str) -> Option<String> {
    let Some(profile) = written.trim().strip_prefix("profile ") else {
        return Some(written.trim().to_string());
    };
    let profile = profile.trim();
    let inner = ['"', '\''].iter().find_map(|q| profile.strip_prefix(*q)?.strip_suffix(*q));
    match inner {
        Some(name) => Some(format!("profile {name}")),
        None if profile.contains(char::is_whitespace) => None,
        None => Some(format!("profile {profile}")),
    }
}
