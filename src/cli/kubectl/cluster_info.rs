//! `kubectl cluster-info`.

use super::flags::{Flag, OUTPUT, flags};
use super::{Command, Failure, Kubectl, Writes};
use crate::api::ListOptions;
use crate::json;
use crate::machinery::{Object, Value, go_text};

pub(super) const COMMANDS: &[Command] = &[
    Command { path: "cluster-info", aliases: &[], flags: &[], writes: Writes::Never, run },
    Command {
        path: "cluster-info dump",
        aliases: &[],
        flags: flags!(
            OUTPUT,
            &[
                Flag::bool("all-namespaces").short('A'),
                Flag::slice("namespaces"),
                Flag::string("output-directory", ""),
                Flag::duration("pod-running-timeout", "20s"),
            ]
        ),
        writes: Writes::Never,
        run: dump,
    },
];

/// What `dump` shows of each namespace.
const DUMPED: [&str; 7] = [
    "events",
    "replicationcontrollers",
    "services",
    "daemonsets.apps",
    "deployments.apps",
    "replicasets.apps",
    "pods",
];

fn dump(k: &Kubectl<'_>) -> Result<(), Failure> {
    let api = k.api()?;
    let show = |qualified: &str, ns: &str| -> Result<(), Failure> {
        let Some(resource) = api.resource(qualified) else { return Ok(()) };
        let items = api.read_list(&resource, ns, &ListOptions::default())?;
        let items: Value = items.into_iter().map(|o| o.0).collect();
        let kind = format!("{}List", resource.kind);
        let list = json!({
            "apiVersion": (resource.api_version()), "items": items, "kind": kind,
            "metadata": {"resourceVersion": (api.store().meta().revision.to_string())},
        });
        k.println(&go_text::json_indented(&list, "    "));
        Ok(())
    };
    show("nodes", "")?;
    let named = k.flags.list("namespaces").to_vec();
    let namespaces = match (k.flags.bool("all-namespaces"), named.is_empty()) {
        (true, _) => api.list("namespaces", "").iter().map(|n| n.name().to_string()).collect(),
        (false, true) => vec!["kube-system".to_string(), k.namespace()?],
        (false, false) => named,
    };
    for ns in namespaces {
        for qualified in DUMPED {
            show(qualified, &ns)?;
        }
    }
    Ok(())
}

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let told = tell(k);
    k.println("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
    told
}

fn tell(k: &Kubectl<'_>) -> Result<(), Failure> {
    let api = k.api()?;
    let url = k.server_url()?;
    print(k, "Kubernetes control plane", &url);
    let services = api.resource("services").ok_or_else(|| Failure::message("no services"))?;
    let options =
        ListOptions { labels: "kubernetes.io/cluster-service=true".to_string(), ..ListOptions::default() };
    for service in api.read_list(&services, "kube-system", &options)? {
        let name = service.label("kubernetes.io/name").unwrap_or_else(|| service.name()).to_string();
        print(k, &name, &link(&service, &url));
    }
    Ok(())
}

/// Where a service of the cluster answers: at its load balancer, else through the API server.
fn link(service: &Object, url: &str) -> String {
    let ports = service.items_at("spec/ports");
    if let Some(ingress) = service.items_at("status/loadBalancer/ingress").first() {
        let host = [ingress.str_at("ip"), ingress.str_at("hostname")].concat();
        return ports.iter().map(|p| format!("http://{host}:{} ", p.int_at("port").unwrap_or(0))).collect();
    }
    let mut name = service.name().to_string();
    if let Some(port) = ports.first() {
        let secure = port.str_at("name") == "https" || port.int_at("port") == Some(443);
        name = match (secure, port.str_at("name")) {
            (true, port) => format!("https:{name}:{port}"),
            (false, "") => name,
            (false, port) => format!("{name}:{port}"),
        };
    }
    format!("{url}/api/v1/namespaces/{}/services/{name}/proxy", service.namespace())
}

fn print(k: &Kubectl<'_>, name: &str, link: &str) {
    if k.client.cluster_info_is_coloured() || k.session.io.out_is_terminal {
        k.println(&format!("\u{1b}[0;32m{name}\u{1b}[0m is running at \u{1b}[0;33m{link}\u{1b}[0m"));
    } else {
        k.println(&format!("{name} is running at {link}"));
    }
}
