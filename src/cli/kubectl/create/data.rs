//! `kubectl create configmap` and `secret`: data from literals, files and directories.

use super::super::flags::{DRY_RUN, Flag, OUTPUT, SAVE_CONFIG, VALIDATE, flags};
use super::super::kustomize::content_hash;
use super::super::{Command, Failure, Kubectl, Writes};
use super::New;
use crate::json;
use crate::machinery::{Map, Object, Value, base64, go_text};
use std::path::Path;

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
    run: |k| super::group(k, SECRET_HELP),
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
        let (key, path) = match source.split_once('=') {
            None => (None, source),
            Some(("", path)) => {
                return Err(Failure::message(format!("key name for file path {path} missing")));
            }
            Some((key, "")) => return Err(Failure::message(format!("file path for key name {key} missing"))),
            Some((_, path)) if path.contains('=') => {
                return Err(Failure::message("key names or file paths cannot contain '='"));
            }
            Some((key, path)) => (Some(key), path),
        };
        let full = k.session.env.path(path);
        let name =
            |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let read = |full: &Path, shown: &str| {
            std::fs::read(full).map_err(|e| Failure::message(go_text::read_error(shown, &e)))
        };
        if !metadata(&full, path)?.is_dir() {
            return self.add(key.unwrap_or(&name(&full)), read(&full, path)?);
        }
        if key.is_some() {
            return Err(Failure::message("cannot give a key name for a directory path"));
        }
        let entries = std::fs::read_dir(&full).map_err(|e| {
            Failure::message(format!("error listing files in {path}: open {path}: {}", go_text::io_error(&e)))
        })?;
        let mut files: Vec<_> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
        files.sort();
        for file in files.iter().filter(|f| f.is_file()) {
            let name = name(file);
            self.add(&name, read(file, &format!("{path}/{name}"))?)?;
        }
        Ok(())
    }

    /// Lines of `KEY=VALUE`; a key alone takes its value from the environment.
    fn add_env_file(&mut self, k: &Kubectl<'_>, path: &str) -> Result<(), Failure> {
        let full = k.session.env.path(path);
        if metadata(&full, path)?.is_dir() {
            return Err(Failure::message("env config file cannot be a directory"));
        }
        let text = std::fs::read(full).map_err(|e| Failure::message(go_text::read_error(path, &e)))?;
        for (n, line) in text.split(|b| *b == b'\n').enumerate() {
            let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).map_err(|_| {
                let bytes: Vec<String> = line.iter().map(u8::to_string).collect();
                Failure::message(format!(
                    "env file {path} contains invalid utf8 bytes at line {}: [{}]",
                    n + 1,
                    bytes.join(" ")
                ))
            })?;
            let line = line.strip_prefix('\u{feff}').filter(|_| n == 0).unwrap_or(line).trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').map_or((line, None), |(key, value)| (key, Some(value)));
            check_variable(key)?;
            let value = value.unwrap_or_else(|| k.session.env.var(key).unwrap_or(""));
            self.add(key, value.as_bytes().to_vec())?;
        }
        Ok(())
    }

    /// Every value in base64, as Secrets keep it.
    fn encoded(self) -> Map {
        self.entries.into_iter().map(|(key, value)| (key, base64::encode(value))).collect()
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
                drop(body.at_mut("binaryData").map_mut().insert(&key, base64::encode(e.into_bytes())));
            }
        }
    }
    make(k, "ConfigMap", name, body, "failed to create configmap: ")
}

fn make(k: &Kubectl<'_>, kind: &str, name: &str, body: Value, refusal: &str) -> Result<(), Failure> {
    let manager = k.flags.str("field-manager");
    let mut name = name.to_string();
    if k.flags.bool("append-hash") {
        let mut object = Object(body.clone());
        object.set("kind", kind);
        name = format!("{name}-{}", content_hash(&object, &name));
    }
    let name = name.as_str();
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
        let auth = base64::encode(format!("{}:{}", flag("docker-username"), flag("docker-password")));
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
        data.insert(".dockerconfigjson", base64::encode(config));
    }
    let body = json!({"data": data, "type": "kubernetes.io/dockerconfigjson"});
    make(k, "Secret", name, body, "failed to create secret ")
}

/// What a path leads to.
fn metadata(full: &Path, shown: &str) -> Result<std::fs::Metadata, Failure> {
    std::fs::metadata(full)
        .map_err(|e| Failure::message(format!("error reading {shown}: {}", go_text::io_error(&e))))
}

/// The names an environment file may give.
pub(in crate::cli::kubectl) fn check_variable(name: &str) -> Result<(), Failure> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.chars().all(fits) && name.starts_with(|c: char| !c.is_ascii_digit()) {
        return Ok(());
    }
    Err(Failure::message(format!(
        "{} is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', \
         '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used \
         for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')",
        go_text::quote(name)
    )))
}

fn tls(k: &Kubectl<'_>) -> Result<(), Failure> {
    let name = super::name(k)?;
    let (cert, key) = (k.flags.str("cert"), k.flags.str("key"));
    if cert.is_empty() || key.is_empty() {
        return Err(Failure::message("key and cert must be specified"));
    }
    let read = |path: &str| {
        std::fs::read(k.session.env.path(path)).map_err(|e| {
            Failure::message(format!("Cannot read file {path}, {}", go_text::read_error(path, &e)))
        })
    };
    let (certificate, private) = (read(cert)?, read(key)?);
    for (bytes, what) in [(&certificate, "certificate"), (&private, "key")] {
        if !String::from_utf8_lossy(bytes).contains("-----BEGIN ") {
            return Err(Failure::message(format!("tls: failed to find any PEM data in {what} input")));
        }
    }
    let (certificate, private) = (base64::encode(certificate), base64::encode(private));
    let body = json!({"data": {"tls.crt": certificate, "tls.key": private}, "type": "kubernetes.io/tls"});
    make(k, "Secret", name, body, "failed to create secret ")
}
