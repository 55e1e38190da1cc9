//! `kubectl create configmap` and `secret`: data from literals, files and directories.

use super::super::flags::{DRY_RUN, Flag, OUTPUT, SAVE_CONFIG, VALIDATE, flags};
use super::super::{Command, Failure, Kubectl, Writes};
use super::New;
use crate::json;
use crate::machinery::{Map, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const SOURCES: &[Flag] = &[
    Flag::array("from-literal"),
    Flag::slice("from-file"),
    Flag::slice("from-env-file"),
    Flag::bool("append-hash"),
    Flag::string("field-manager", "kubectl-create"),
];

pub(super) const CONFIG_MAP: Command = Command {
    path: "create configmap",
    aliases: &["cm"],
    flags: flags!(OUTPUT, DRY_RUN, SAVE_CONFIG, VALIDATE, SOURCES),
    writes: Writes::Always,
    run: config_map,
};

pub(super) const SECRET: Command = Command {
    path: "create secret",
    aliases: &[],
    flags: &[],
    writes: Writes::Never,
    run: |_| Err(Failure::Raw(SECRET_HELP.to_string())),
};

pub(super) const GENERIC: Command = Command {
    path: "create secret generic",
    aliases: &[],
    flags: flags!(OUTPUT, DRY_RUN, SAVE_CONFIG, VALIDATE, SOURCES, &[Flag::string("type", "")]),
    writes: Writes::Always,
    run: generic,
};

pub(super) const DOCKER_REGISTRY: Command = Command {
    path: "create secret docker-registry",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        DRY_RUN,
        SAVE_CONFIG,
        VALIDATE,
        SOURCES,
        &[
            Flag::string("docker-server", "https://index.docker.io/v1/"),
            Flag::string("docker-username", ""),
            Flag::string("docker-password", ""),
            Flag::string("docker-email", ""),
        ]
    ),
    writes: Writes::Always,
    run: docker_registry,
};

pub(super) const TLS: Command = Command {
    path: "create secret tls",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        DRY_RUN,
        SAVE_CONFIG,
        VALIDATE,
        SOURCES,
        &[Flag::string("cert", ""), Flag::string("key", "")]
    ),
    writes: Writes::Always,
    run: tls,
};

const SECRET_HELP: &str = "Create a secret with specified type.

 A docker-registry type secret is for accessing a container registry.

 A generic type secret indicate an Opaque secret type.

 A tls type secret holds TLS certificate and its associated key.

Available Commands:
  docker-registry   Create a secret for use with a Docker registry
  generic           Create a secret from a local file, directory, or literal value
  tls               Create a TLS secret

Usage:
  kubectl create secret (docker-registry | generic | tls) [options]

Use \"kubectl create secret <command> --help\" for more information about a given command.
Use \"kubectl options\" for a list of global command-line options (applies to all commands).";

/// Data under its keys.
struct Data<'k> {
    kind: &'static str,
    name: &'k str,
    entries: Vec<(String, Vec<u8>)>,
}

impl<'k> Data<'k> {
    /// What the flags name.
    fn of(k: &Kubectl<'_>, kind: &'static str, name: &'k str) -> Result<Data<'k>, Failure> {
        let mut data = Data { kind, name, entries: Vec::new() };
        let list = |flag: &str| k.flags.list(flag);
        let others = !list("from-file").is_empty() || !list("from-literal").is_empty();
        if others && !list("from-env-file").is_empty() {
            return Err(Failure::message("from-env-file cannot be combined with from-file or from-literal"));
        }
        for file in list("from-file") {
            data.add_file(k, file)?;
        }
        for literal in list("from-literal") {
            match literal.split_once('=') {
                Some((key, value)) if !key.is_empty() => data.add(key, value.as_bytes().to_vec())?,
                _ => {
                    return Err(Failure::message(format!(
                        "invalid literal source {literal}, expected key=value"
                    )));
                }
            }
        }
        for file in list("from-env-file") {
            data.add_env_file(k, file)?;
        }
        Ok(data)
    }

    fn add(&mut self, key: &str, value: Vec<u8>) -> Result<(), Failure> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if key.is_empty() || !key.chars().all(fits) {
            return Err(Failure::message(format!(
                "\"{key}\" is not a valid key name for a {}: a valid config key must consist of alphanumeric characters, '-', \
                 '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is \
                 '[-._a-zA-Z0-9]+')",
                self.kind
            )));
        }
        if self.entries.iter().any(|(k, _)| k == key) {
            return Err(Failure::message(format!(
                "cannot add key \"{key}\", another key by that name already exists in Data for {} \"{}\"",
                self.kind, self.name
            )));
        }
        self.entries.push((key.to_string(), value));
        Ok(())
    }

    /// `[KEY=]PATH`; a directory brings every file in it.
    fn add_file(&mut self, k: &Kubectl<'_>, source: &str) -> Result<(), Failure> {
        let (key, path) = source.split_once('=').map_or((None, source), |(key, path)| (Some(key), path));
        let full = k.session.env.path(path);
        let unreadable = |_| Failure::message(format!("error reading {path}: no such file or directory"));
        let name = |path: &std::path::Path| {
            path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
        };
        if !full.is_dir() {
            let value = std::fs::read(&full).map_err(unreadable)?;
            return self.add(key.unwrap_or(&name(&full)), value);
        }
        let mut files: Vec<_> =
            std::fs::read_dir(&full).map_err(unreadable)?.filter_map(|e| Some(e.ok()?.path())).collect();
        files.sort();
        for file in files.iter().filter(|f| f.is_file()) {
            self.add(&name(file), std::fs::read(file).map_err(unreadable)?)?;
        }
        Ok(())
    }

    /// Lines of `KEY=VALUE`; a key alone takes its value from the environment.
    fn add_env_file(&mut self, k: &Kubectl<'_>, path: &str) -> Result<(), Failure> {
        let text = std::fs::read_to_string(k.session.env.path(path))
            .map_err(|_| Failure::message(format!("error reading {path}: no such file or directory")))?;
        for line in text.lines().map(str::trim_start).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            match line.split_once('=') {
                Some((key, value)) => self.add(key, value.as_bytes().to_vec())?,
                None => {
                    let value = k.session.env.var(line).unwrap_or("").as_bytes().to_vec();
                    self.add(line, value)?;
                }
            }
        }
        Ok(())
    }

    /// Every value in base64, as Secrets keep it.
    fn encoded(self) -> Map {
        self.entries.into_iter().map(|(key, value)| (key, STANDARD.encode(value))).collect()
    }
}

fn config_map(k: &Kubectl<'_>) -> Result<(), Failure> {
    let name = super::name(k)?;
    let data = Data::of(k, "ConfigMap", name)?;
    let mut body = Value::object();
    for (key, value) in data.entries {
        match String::from_utf8(value) {
            Ok(text) => drop(body.at_mut("data").map_mut().insert(&key, text)),
            Err(e) => {
                drop(body.at_mut("binaryData").map_mut().insert(&key, STANDARD.encode(e.into_bytes())));
            }
        }
    }
    make(k, "ConfigMap", name, body, "failed to create configmap: ")
}

fn make(k: &Kubectl<'_>, kind: &str, name: &str, body: Value, refusal: &str) -> Result<(), Failure> {
    let manager = k.flags.str("field-manager");
    New { api_version: "v1", kind, name, body, refusal, manager, verb: "created" }.create(k).map(|_| ())
}

fn generic(k: &Kubectl<'_>) -> Result<(), Failure> {
    let name = super::name(k)?;
    let data = Data::of(k, "Secret", name)?.encoded();
    let mut body = Value::object();
    if !data.is_empty() {
        body.set("data", data);
    }
    if !k.flags.str("type").is_empty() {
        body.set("type", k.flags.str("type"));
    }
    make(k, "Secret", name, body, "failed to create secret ")
}

fn docker_registry(k: &Kubectl<'_>) -> Result<(), Failure> {
    let name = super::name(k)?;
    let flag = |name: &str| k.flags.str(name);
    let mut data = Data::of(k, "Secret", name)?.encoded();
    if data.is_empty() {
        if flag("docker-username").is_empty() || flag("docker-password").is_empty() {
            return Err(Failure::message(
                "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
            ));
        }
        // The order of the keys is that of the struct they come from.
        let quoted = |text: &str| Value::from(text).to_json();
        let auth = STANDARD.encode(format!("{}:{}", flag("docker-username"), flag("docker-password")));
        let mut entry = format!(
            "\"username\":{},\"password\":{}",
            quoted(flag("docker-username")),
            quoted(flag("docker-password"))
        );
        if !flag("docker-email").is_empty() {
            entry.push_str(&format!(",\"email\":{}", quoted(flag("docker-email"))));
        }
        let config =
            format!("{{\"auths\":{{{}:{{{entry},\"auth\":\"{auth}\"}}}}}}", quoted(flag("docker-server")));
        data.insert(".dockerconfigjson", STANDARD.encode(config));
    }
    let body = json!({"data": data, "type": "kubernetes.io/dockerconfigjson"});
    make(k, "Secret", name, body, "failed to create secret ")
}

fn tls(k: &Kubectl<'_>) -> Result<(), Failure> {
    let name = super::name(k)?;
    let (cert, key) = (k.flags.str("cert"), k.flags.str("key"));
    if cert.is_empty() || key.is_empty() {
        return Err(Failure::message("key and cert must be specified"));
    }
    let read = |path: &str| {
        std::fs::read(k.session.env.path(path)).map(|bytes| STANDARD.encode(bytes)).map_err(|_| {
            Failure::message(format!("Cannot read file {path}, open {path}: no such file or directory"))
        })
    };
    let body = json!({
        "data": {"tls.crt": (read(cert)?), "tls.key": (read(key)?)}, "type": "kubernetes.io/tls",
    });
    make(k, "Secret", name, body, "failed to create secret ")
}
