//! `kubectl top`.

use super::flags::{Flag, flags};
use super::{Command, Failure, Kubectl, Writes, resources};
use crate::api::{ListOptions, Resource};
use crate::machinery::{Duration, Object, duration::go_duration};
use crate::render::top::{self, TopOptions, TopResource};

const FLAGS: &[Flag] = &[
    Flag::string("selector", "").short('l'),
    Flag::string("sort-by", ""),
    Flag::bool("no-headers"),
    Flag::on("use-protocol-buffers"),
];

pub(super) const COMMANDS: &[Command] = &[
    Command {
        path: "top node",
        aliases: &["nodes", "no"],
        flags: flags!(FLAGS, &[Flag::bool("show-capacity"), Flag::bool("show-swap")]),
        writes: Writes::Never,
        run: nodes,
    },
    Command {
        path: "top pod",
        aliases: &["pods", "po"],
        flags: flags!(
            FLAGS,
            &[
                Flag::bool("all-namespaces").short('A'),
                Flag::bool("containers"),
                Flag::bool("sum"),
                Flag::string("field-selector", ""),
                Flag::bool("show-swap"),
            ]
        ),
        writes: Writes::Never,
        run: pods,
    },
];

/// How old a pod may be before missing metrics are a fault.
const METRICS_DELAY: Duration = Duration::from_secs(120);

fn options(k: &Kubectl<'_>) -> Result<TopOptions, Failure> {
    Ok(TopOptions {
        no_headers: k.flags.bool("no-headers"),
        all_namespaces: k.flags.bool("all-namespaces"),
        containers: k.flags.bool("containers"),
        sum: k.flags.bool("sum"),
        show_capacity: k.flags.bool("show-capacity"),
        sort_by: match k.flags.str("sort-by") {
            "" => None,
            "cpu" => Some(TopResource::Cpu),
            "memory" => Some(TopResource::Memory),
            _ => return Err(Failure::message("--sort-by accepts only cpu or memory")),
        },
    })
}

/// One name or a selector.
fn name<'k>(k: &'k Kubectl<'_>, what: &str) -> Result<Option<&'k str>, Failure> {
    match k.flags.args.as_slice() {
        [] => Ok(None),
        [_] if !k.flags.str("selector").is_empty() => Err(match k.client.words_of_1_34() {
            true => Failure::usage("only one of NAME or --selector can be provided"),
            false => Failure::message("only one of NAME or selector can be provided"),
        }),
        [name] => Ok(Some(name)),
        _ => Err(Failure::usage(format!("{what} [NAME | -l label]"))),
    }
}

fn metrics(k: &Kubectl<'_>, qualified: &str) -> Result<Resource, Failure> {
    let found = k.api()?.resource(qualified);
    found.ok_or_else(|| Failure::message("Metrics API not available"))
}

fn read(k: &Kubectl<'_>, resource: &Resource, ns: &str, name: Option<&str>) -> Result<Vec<Object>, Failure> {
    match name {
        Some(name) => Ok(vec![k.api()?.read(resource, ns, name)?]),
        None => Ok(k.api()?.read_list(
            resource,
            ns,
            &ListOptions {
                labels: k.flags.str("selector").to_string(),
                fields: k.flags.str("field-selector").to_string(),
            },
        )?),
    }
}

fn nodes(k: &Kubectl<'_>) -> Result<(), Failure> {
    let (options, name) = (options(k)?, name(k, "node")?);
    let usage = read(k, &metrics(k, "nodes.metrics.k8s.io")?, "", name)?;
    if usage.is_empty() {
        return Err(Failure::message("metrics not available yet"));
    }
    let nodes = read(k, &resources::lookup(k, "nodes")?, "", name)?;
    k.print(&top::nodes(&usage, &nodes, &options, k.client));
    Ok(())
}

fn pods(k: &Kubectl<'_>) -> Result<(), Failure> {
    let (options, name) = (options(k)?, name(k, "pod")?);
    let ns = if options.all_namespaces { String::new() } else { k.namespace()? };
    let usage = read(k, &metrics(k, "pods.metrics.k8s.io")?, &ns, name)?;
    if usage.is_empty() {
        return missing(k, &ns, name);
    }
    k.print(&top::pods(&usage, &options, k.client));
    Ok(())
}

/// Why there are no metrics.
fn missing(k: &Kubectl<'_>, ns: &str, name: Option<&str>) -> Result<(), Failure> {
    let pods = read(k, &resources::lookup(k, "pods")?, ns, name)?;
    if pods.is_empty() {
        k.eprintln(&match ns {
            "" => "No resources found".to_string(),
            ns => format!("No resources found in {ns} namespace."),
        });
        return Ok(());
    }
    let now = k.api()?.now();
    for pod in pods {
        let age = now.since(pod.created().unwrap_or(now));
        if age > METRICS_DELAY {
            return Err(Failure::message(format!(
                "Metrics not available for pod {}/{}, age: {}",
                pod.namespace(),
                pod.name(),
                go_duration(age)
            )));
        }
    }
    Err(Failure::message("metrics not available yet"))
}
