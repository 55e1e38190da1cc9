//! `kubectl create service` and `ingress`.

use super::super::flags::{DRY_RUN, Flag, OUTPUT, SAVE_CONFIG, VALIDATE, flags};
use super::super::{Command, Failure, Kubectl, Writes};
use super::New;
use crate::json;
use crate::machinery::{Value, go_text};

const OWN: &[Flag] = &[
    Flag::slice("tcp"),
    Flag::string("clusterip", ""),
    Flag::int("node-port", "0"),
    Flag::string("external-name", ""),
    Flag::string("field-manager", "kubectl-create"),
];

const fn service(path: &'static str, run: fn(&Kubectl<'_>) -> Result<(), Failure>) -> Command {
    Command {
        path,
        aliases: &[],
        flags: flags!(OUTPUT, DRY_RUN, SAVE_CONFIG, VALIDATE, OWN),
        writes: Writes::Always,
        run,
    }
}

/// The group answers to `svc` as well.
pub(super) const CLUSTER_IP: Command = service("create service clusterip", |k| make(k, "ClusterIP"));
pub(super) const NODE_PORT: Command = service("create service nodeport", |k| make(k, "NodePort"));
pub(super) const LOAD_BALANCER: Command = service("create service loadbalancer", |k| make(k, "LoadBalancer"));
pub(super) const EXTERNAL_NAME: Command = service("create service externalname", |k| make(k, "ExternalName"));
pub(super) const GROUP: Command = Command {
    path: "create service",
    aliases: &["svc"],
    flags: &[],
    writes: Writes::Never,
    run: |k| super::group(k, HELP),
};

const HELP: &str = "Create a service using a specified subcommand.

Aliases:
service, svc

Available Commands:
  clusterip      Create a ClusterIP service
  externalname   Create an ExternalName service
  loadbalancer   Create a LoadBalancer service
  nodeport       Create a NodePort service

Usage:
  kubectl create service [flags] [options]

Use \"kubectl create service <command> --help\" for more information about a given command.
Use \"kubectl options\" for a list of global command-line options (applies to all commands).";

pub(super) const INGRESS: Command = Command {
    path: "create ingress",
    aliases: &["ing"],
    flags: flags!(
        OUTPUT,
        DRY_RUN,
        SAVE_CONFIG,
        VALIDATE,
        &[
            Flag::string("class", ""),
            Flag::array("rule"),
            Flag::string("default-backend", ""),
            Flag::array("annotation"),
            Flag::string("field-manager", "kubectl-create"),
        ]
    ),
    writes: Writes::Always,
    run: ingress,
};

fn make(k: &Kubectl<'_>, kind: &str) -> Result<(), Failure> {
    if kind == "ExternalName" {
        super::require(k, &["external-name"])?;
    }
    let name = super::name(k)?;
    let mut ports = Vec::new();
    for spec in k.flags.list("tcp") {
        ports.push(port(spec)?);
    }
    let headless = k.flags.str("clusterip") == "None";
    if ports.is_empty() && kind != "ExternalName" && !headless {
        return Err(Failure::message("at least one tcp port specifier must be provided"));
    }
    if kind == "NodePort" && k.flags.int("node-port") > 0 {
        ports.iter_mut().for_each(|p| p.set("nodePort", k.flags.int("node-port")));
    }
    let mut body = json!({
        "metadata": {"labels": {"app": name}}, "spec": {"selector": {"app": name}, "type": kind},
    });
    if !ports.is_empty() {
        body.set("spec/ports", ports);
    }
    if !k.flags.str("clusterip").is_empty() {
        body.set("spec/clusterIP", k.flags.str("clusterip"));
    }
    if kind == "ExternalName" {
        body.set("spec/externalName", k.flags.str("external-name"));
    }
    let new = New {
        api_version: "v1",
        kind: "Service",
        name,
        body,
        refusal: &format!("failed to create {kind} service: "),
        manager: k.flags.str("field-manager"),
        verb: "created",
    };
    new.create(k).map(|_| ())
}

/// `PORT[:TARGET]`.
fn port(spec: &str) -> Result<Value, Failure> {
    let mut parts = spec.split(':');
    let port = parts.next().unwrap_or_default();
    let target = parts.next().unwrap_or(port);
    let number: u16 = port.parse().map_err(|_| {
        let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        let why = if digits { "value out of range" } else { "invalid syntax" };
        Failure::message(format!("strconv.ParseUint: parsing {}: {why}", go_text::quote(port)))
    })?;
    let target = target.parse::<u16>().map_or_else(|_| Value::from(target), Value::from);
    Ok(json!({
        "name": (spec.replace(':', "-")), "port": number, "protocol": "TCP", "targetPort": target,
    }))
}

fn ingress(k: &Kubectl<'_>) -> Result<(), Failure> {
    let name = super::name(k)?;
    let (rules, default) = (k.flags.list("rule"), k.flags.str("default-backend"));
    if rules.is_empty() && default.is_empty() {
        return Err(Failure::message(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all \
             traffic) or a list of rules (which catch specific paths)",
        ));
    }
    let mut body = json!({"spec": {}});
    if !k.flags.str("class").is_empty() {
        body.set("spec/ingressClassName", k.flags.str("class"));
    }
    if !default.is_empty() {
        body.set("spec/defaultBackend", backend(default)?);
    }
    for annotation in k.flags.list("annotation") {
        let (key, value) = annotation.split_once('=').unwrap_or((annotation, ""));
        body.at_mut("metadata/annotations").map_mut().insert(key, value);
    }
    for rule in rules {
        add_rule(&mut body, rule)?;
    }
    let new = New {
        api_version: "networking.k8s.io/v1",
        kind: "Ingress",
        name,
        body,
        refusal: "failed to create ingress: ",
        manager: k.flags.str("field-manager"),
        verb: "created",
    };
    new.create(k).map(|_| ())
}

/// `SERVICE:PORT`.
fn backend(text: &str) -> Result<Value, Failure> {
    let (name, port) = text.split_once(':').ok_or_else(|| {
        Failure::message(format!("backend service should be on format servicename:port, got {text}"))
    })?;
    let port = match port.parse::<u16>() {
        Ok(number) => json!({"number": number}),
        Err(_) => json!({"name": port}),
    };
    Ok(json!({"service": {"name": name, "port": port}}))
}

/// `HOST/PATH[*]=SERVICE:PORT[,tls[=SECRET]]`; a star makes the path a prefix.
fn add_rule(body: &mut Value, rule: &str) -> Result<(), Failure> {
    let mut parts = rule.split(',');
    let invalid = || {
        Failure::message(format!(
            "rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
        ))
    };
    let (place, service) = parts.next().and_then(|p| p.split_once('=')).ok_or_else(invalid)?;
    let at = place.find('/').ok_or_else(invalid)?;
    let (host, path) = place.split_at(at);
    let (path, kind) = match path.strip_suffix('*') {
        Some(path) => (path, "Prefix"),
        None => (path, "Exact"),
    };
    let backend = backend(service).map_err(|_| invalid())?;
    let entry = json!({"path": path, "pathType": kind, "backend": backend});
    let rules = body.at_mut("spec/rules").list_mut();
    match rules.iter_mut().find(|r| r.str_at("host") == host) {
        Some(known) => known.at_mut("http/paths").list_mut().push(entry),
        None => {
            let mut new = json!({"http": {"paths": [entry]}});
            if !host.is_empty() {
                new.set("host", host);
            }
            rules.push(new);
        }
    }
    for option in parts {
        let (word, secret) = option.split_once('=').unwrap_or((option, ""));
        if word != "tls" {
            return Err(invalid());
        }
        let mut tls = Value::object();
        if !host.is_empty() {
            tls.set("hosts", json!([host]));
        }
        if !secret.is_empty() {
            tls.set("secretName", secret);
        }
        body.at_mut("spec/tls").list_mut().push(tls);
    }
    Ok(())
}
