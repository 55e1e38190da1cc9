//! `kubectl expose`.

use super::create::New;
use super::flags::{DRY_RUN, FILES, Flag, OUTPUT, SAVE_CONFIG, flags};
use super::record::RECORD;
use super::targets::{self, Target};
use super::{Command, Failure, Kubectl, Writes, resources};
use crate::api::Resource;
use crate::json;
use crate::machinery::{Map, Value};

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "expose",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        FILES,
        DRY_RUN,
        RECORD,
        SAVE_CONFIG,
        &[
            Flag::string("port", ""),
            Flag::string("target-port", ""),
            Flag::string("protocol", ""),
            Flag::string("name", ""),
            Flag::string("type", ""),
            Flag::string("labels", "").short('l'),
            Flag::string("selector", ""),
            Flag::string("cluster-ip", ""),
            Flag::string("external-ip", ""),
            Flag::string("load-balancer-ip", ""),
            Flag::string("session-affinity", ""),
            Flag::string("overrides", ""),
            Flag::string("override-type", "merge"),
            Flag::string("field-manager", "kubectl-expose"),
        ]
    ),
    writes: Writes::Always,
    run,
}];

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    if !matches!(k.flags.str("session-affinity"), "" | "None" | "ClientIP") {
        let affinity = k.flags.str("session-affinity");
        return Err(Failure::message(format!("unknown session affinity: {affinity}")));
    }
    // `--selector` is the one of the service.
    targets::named(k, &k.flags.args)?.each(|target| {
        let kind = target.resource.kind.as_ref();
        if !matches!(kind, "Service" | "ReplicationController" | "Deployment" | "ReplicaSet" | "Pod") {
            return Err(Failure::message(format!("cannot expose a {}", kind_and_group(&target.resource))));
        }
        let name = match k.flags.str("name") {
            "" => target.object.name().chars().take(63).collect(),
            own => own.to_string(),
        };
        let new = New {
            api_version: "v1",
            kind: "Service",
            name: &name,
            body: service(k, target)?,
            refusal: "",
            manager: k.flags.str("field-manager"),
            verb: "exposed",
        };
        new.create(k).map(|_| ())
    })
}

/// `DaemonSet.apps`.
fn kind_and_group(resource: &Resource) -> String {
    match resource.group.as_ref() {
        "" => resource.kind.to_string(),
        group => format!("{}.{group}", resource.kind),
    }
}

fn service(k: &Kubectl<'_>, target: &Target) -> Result<Value, Failure> {
    let labels = match k.flags.str("labels") {
        "" => target.object.labels().clone(),
        given => pairs(given)?,
    };
    let mut body = json!({"spec": {"ports": (ports(k, target)?), "selector": (selector(k, target)?)}});
    if !labels.is_empty() {
        body.set("metadata/labels", labels);
    }
    let fields = [
        ("type", "type"),
        ("cluster-ip", "clusterIP"),
        ("load-balancer-ip", "loadBalancerIP"),
        ("session-affinity", "sessionAffinity"),
    ];
    for (flag, field) in fields {
        if !k.flags.str(flag).is_empty() {
            body.set(&format!("spec/{field}"), k.flags.str(flag));
        }
    }
    if !k.flags.str("external-ip").is_empty() {
        body.set("spec/externalIPs", json!([(k.flags.str("external-ip"))]));
    }
    if k.flags.str("overrides").is_empty() {
        return Ok(body);
    }
    super::run::overridden(k, &resources::lookup(k, "services")?, body)
}

/// `a=b,c=d`.
pub(super) fn pairs(text: &str) -> Result<Map, Failure> {
    text.split(',')
        .filter(|p| !p.is_empty())
        .map(|pair| {
            pair.split_once('=').ok_or_else(|| Failure::message(format!("unexpected label spec: {pair}")))
        })
        .collect()
}

fn selector(k: &Kubectl<'_>, target: &Target) -> Result<Map, Failure> {
    if !k.flags.str("selector").is_empty() {
        return pairs(k.flags.str("selector"));
    }
    let object = &target.object;
    let failed = |why: &str| {
        Failure::message(format!("couldn't retrieve selectors via --selector flag or introspection: {why}"))
    };
    match target.resource.kind.as_ref() {
        "Pod" if object.labels().is_empty() => Err(failed("the pod has no labels and cannot be exposed")),
        "Pod" => Ok(object.labels().clone()),
        "Service" if object.map_at("spec/selector").is_empty() => {
            Err(failed("the service has no pod selector set"))
        }
        "Service" | "ReplicationController" => Ok(object.map_at("spec/selector").clone()),
        _ if !object.items_at("spec/selector/matchExpressions").is_empty() => {
            Err(failed("couldn't convert expressions"))
        }
        _ => Ok(object.map_at("spec/selector/matchLabels").clone()),
    }
}

/// The ports given, else those the object declares.
fn ports(k: &Kubectl<'_>, target: &Target) -> Result<Vec<Value>, Failure> {
    let declared = declared_ports(target);
    let given: Vec<&str> = k.flags.str("port").split(',').filter(|p| !p.is_empty()).collect();
    let numbers: Vec<i64> = match given.is_empty() {
        true => declared.iter().map(|(port, _)| *port).collect(),
        false => given
            .iter()
            .map(|p| {
                p.parse()
                    .map_err(|_| Failure::message(format!("strconv.Atoi: parsing {p:?}: invalid syntax")))
            })
            .collect::<Result<_, _>>()?,
    };
    if numbers.is_empty() {
        return Err(Failure::message("couldn't find port via --port flag or introspection"));
    }
    let several = numbers.len() > 1;
    Ok(numbers
        .iter()
        .enumerate()
        .map(|(n, number)| {
            let protocol = match k.flags.str("protocol") {
                "" => declared
                    .iter()
                    .find(|(p, _)| p == number)
                    .map_or("TCP", |(_, protocol)| protocol.as_str()),
                given => given,
            };
            let mut port = json!({"port": (*number), "protocol": protocol, "targetPort": (*number)});
            if several {
                port.set("name", format!("port-{}", n + 1));
            }
            match (k.flags.str("target-port"), k.flags.str("target-port").parse::<i64>()) {
                ("", _) => {}
                (_, Ok(number)) => port.set("targetPort", number),
                (name, Err(_)) => port.set("targetPort", name),
            }
            port
        })
        .collect())
}

fn declared_ports(target: &Target) -> Vec<(i64, String)> {
    let object = &target.object;
    let protocol = |port: &Value| match port.str_at("protocol") {
        "" => "TCP".to_string(),
        p => p.to_string(),
    };
    let containers = match target.resource.kind.as_ref() {
        "Service" => {
            let ports = object.items_at("spec/ports").iter();
            return ports.filter_map(|p| Some((p.int_at("port")?, protocol(p)))).collect();
        }
        "Pod" => object.items_at("spec/containers"),
        _ => object.items_at("spec/template/spec/containers"),
    };
    let ports = containers.iter().flat_map(|c| c.items_at("ports"));
    ports.filter_map(|p| Some((p.int_at("containerPort")?, protocol(p)))).collect()
}
