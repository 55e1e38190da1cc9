//! `kubectl config set-cluster` and `set-credentials`: entries of clusters and users, merged with what they hold.

use super::super::flags::{Flag, flags};
use super::super::{Command, Failure, Kubectl, Writes};
use super::editable;
use crate::json;
use crate::machinery::{Value, base64, go_text};

pub(super) const SET_CLUSTER: Command = Command {
    path: "config set-cluster",
    aliases: &[],
    flags: &[Flag::bool("embed-certs"), Flag::string("proxy-url", "")],
    writes: Writes::Never,
    run: set_cluster,
};

pub(super) const SET_CREDENTIALS: Command = Command {
    path: "config set-credentials",
    aliases: &[],
    flags: flags!(&[
        Flag::bool("embed-certs"),
        Flag::string("auth-provider", ""),
        Flag::array("auth-provider-arg"),
        Flag::string("exec-command", ""),
        Flag::string("exec-api-version", ""),
        Flag::array("exec-arg"),
        Flag::array("exec-env"),
        Flag::string("exec-interactive-mode", ""),
        Flag::bool("exec-provide-cluster-info"),
    ]),
    writes: Writes::Never,
    run: set_credentials,
};

/// Sets what was given on the command line; an empty text takes the key away.
fn take(k: &Kubectl<'_>, flag: &str, key: &str, entry: &mut Value) {
    if k.flags.given(flag) {
        match k.flags.str(flag) {
            "" => drop(entry.map_mut().remove(key)),
            text => entry.set(key, text),
        }
    }
}

/// Takes a file by its name, or with `--embed-certs` by its content.
fn take_file(k: &Kubectl<'_>, flag: &str, entry: &mut Value) -> Result<(), Failure> {
    if !k.flags.given(flag) {
        return Ok(());
    }
    let (name, data) = (k.flags.str(flag), format!("{flag}-data"));
    if k.flags.bool("embed-certs") {
        let content = std::fs::read(k.session.env.path(name)).map_err(|e| {
            Failure::message(format!(
                "could not stat {flag} file {name}: stat {name}: {}",
                go_text::io_error(&e)
            ))
        })?;
        entry.set(&data, base64::encode(content));
        entry.map_mut().remove(flag);
    } else {
        take(k, flag, flag, entry);
        if !name.is_empty() {
            entry.map_mut().remove(&data);
        }
    }
    Ok(())
}

fn set_cluster(k: &Kubectl<'_>) -> Result<(), Failure> {
    let [name] = k.flags.args.as_slice() else {
        return Err(Failure::message(format!("Unexpected args: [{}]", k.flags.args.join(" "))));
    };
    let authority = k.flags.str("certificate-authority");
    if !authority.is_empty() && k.flags.bool("insecure-skip-tls-verify") {
        return Err(Failure::message(
            "you cannot specify a certificate authority and insecure mode at the same time",
        ));
    }
    if k.flags.bool("embed-certs") && authority.is_empty() {
        return Err(Failure::message("you must specify a --certificate-authority to embed"));
    }
    let mut config = editable(k)?;
    let mut cluster = config.entry("clusters", name).cloned().unwrap_or_else(|| json!({"server": ""}));
    if k.flags.given("server") {
        cluster.set("server", k.flags.str("server"));
    }
    take(k, "tls-server-name", "tls-server-name", &mut cluster);
    take(k, "proxy-url", "proxy-url", &mut cluster);
    if k.flags.given("insecure-skip-tls-verify") {
        cluster.map_mut().remove("insecure-skip-tls-verify");
        if k.flags.bool("insecure-skip-tls-verify") {
            cluster.set("insecure-skip-tls-verify", true);
            cluster.map_mut().remove("certificate-authority");
            cluster.map_mut().remove("certificate-authority-data");
        }
    }
    take_file(k, "certificate-authority", &mut cluster)?;
    if !authority.is_empty() {
        cluster.map_mut().remove("insecure-skip-tls-verify");
    }
    config.set_entry("clusters", name, cluster);
    config.write()?;
    k.println(&format!("Cluster \"{name}\" set."));
    Ok(())
}

fn set_credentials(k: &Kubectl<'_>) -> Result<(), Failure> {
    let [name] = k.flags.args.as_slice() else {
        return Err(Failure::message(format!("unexpected args: [{}]", k.flags.args.join(" "))));
    };
    let given = |flag: &str| !k.flags.str(flag).is_empty();
    let (token, basic) = (given("token"), given("username") || given("password"));
    if token && basic {
        return Err(Failure::message(
            "you cannot specify more than one authentication method at the same time: --token, --username/--password",
        ));
    }
    if k.flags.bool("embed-certs") && !given("client-certificate") && !given("client-key") {
        return Err(Failure::message("you must specify a --client-certificate or --client-key to embed"));
    }
    let mut config = editable(k)?;
    let mut user = config.entry("users", name).cloned().unwrap_or_else(Value::object);
    take_file(k, "client-certificate", &mut user)?;
    take_file(k, "client-key", &mut user)?;
    for key in ["token", "username", "password"] {
        take(k, key, key, &mut user);
    }
    // Who speaks in one way no longer speaks in the other.
    let left: &[&str] = match (token, basic) {
        (true, _) => &["username", "password"],
        (_, true) => &["token"],
        _ => &[],
    };
    left.iter().for_each(|key| drop(user.map_mut().remove(key)));
    take_auth_provider(k, &mut user);
    take_exec(k, &mut user);
    config.set_entry("users", name, user);
    config.write()?;
    k.println(&format!("User \"{name}\" set."));
    Ok(())
}

/// `KEY=VALUE` and `KEY-`.
fn changes(words: &[String]) -> impl Iterator<Item = (&str, Option<&str>)> {
    words.iter().map(|word| match word.split_once('=') {
        Some((key, value)) => (key, Some(value)),
        None => (word.trim_end_matches('-'), None),
    })
}

fn take_auth_provider(k: &Kubectl<'_>, user: &mut Value) {
    let provider = k.flags.str("auth-provider");
    if provider.is_empty() {
        return;
    }
    if user.str_at("auth-provider/name") != provider {
        user.set("auth-provider", json!({"name": provider, "config": null}));
    }
    for (key, value) in changes(k.flags.list("auth-provider-arg")) {
        let config = user.at_mut("auth-provider/config").map_mut();
        match value {
            Some(value) => drop(config.insert(key, value)),
            None => drop(config.remove(key)),
        }
    }
}

fn take_exec(k: &Kubectl<'_>, user: &mut Value) {
    let command = k.flags.str("exec-command");
    if !command.is_empty() {
        if user.at("exec").is_null() {
            user.set("exec", json!({"args": null, "env": null, "provideClusterInfo": false}));
        }
        user.set("exec/command", command);
        user.set("exec/args", Value::Null);
    }
    if user.at("exec").is_null() {
        return;
    }
    for (flag, key) in [("exec-api-version", "apiVersion"), ("exec-interactive-mode", "interactiveMode")] {
        if k.flags.given(flag) {
            user.set(&format!("exec/{key}"), k.flags.str(flag));
        }
    }
    if k.flags.given("exec-provide-cluster-info") {
        user.set("exec/provideClusterInfo", k.flags.bool("exec-provide-cluster-info"));
    }
    if k.flags.given("exec-arg") {
        user.set("exec/args", k.flags.list("exec-arg").iter().map(String::as_str).collect::<Value>());
    }
    if k.flags.given("exec-env") {
        let mut env = user.items_at("exec/env").to_vec();
        for (key, value) in changes(k.flags.list("exec-env")) {
            env.retain(|e| e.str_at("name") != key);
            env.extend(value.map(|value| json!({"name": key, "value": value})));
        }
        user.set("exec/env", env);
    }
}
