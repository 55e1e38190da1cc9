//! Requests inside the cluster: names and addresses become pods, and the pod's program answers.

use super::{Process, program_of};
use crate::api::Server;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Object, Time, Value};

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    /// 200, 404.
    pub status: u16,
    /// The page.
    pub body: String,
    /// The address that was connected to.
    pub address: String,
}

/// Why there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoAnswer {
    /// Nobody has that name.
    UnknownHost,
    /// The address is there and nothing listens on the port.
    Refused,
    /// Nothing behind the address.
    Unreachable,
    /// No address of this cluster.
    Outside,
}

/// The parts of a URL that matter here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Url {
    /// Host name or address.
    pub host: String,
    /// Port; 80 or 443 when not given.
    pub port: i64,
    /// Path with query, beginning with a slash.
    pub path: String,
}

impl Url {
    /// Reads `http://host:port/path`; the scheme may be missing.
    pub fn parse(text: &str) -> Url {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let (authority, path) = rest.find(['/', '?']).map_or((rest, "/"), |i| rest.split_at(i));
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        let default = if scheme == "https" { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().unwrap_or(default)),
            None => (authority, default),
        };
        let path = if path.starts_with('?') { format!("/{path}") } else { path.to_string() };
        Url { host: host.to_string(), port, path }
    }
}

/// What a program is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// `GET`, `POST`.
    pub method: String,
    /// The container's port.
    pub port: i64,
    /// Path with query, beginning with a slash.
    pub path: String,
    /// What a POST sends.
    pub body: String,
}

impl Request {
    /// A GET.
    pub fn get(port: i64, path: &str) -> Request {
        Request { method: "GET".into(), port, path: path.into(), body: String::new() }
    }

    /// The path without its query.
    pub fn route(&self) -> &str {
        self.path.split('?').next().unwrap_or(&self.path)
    }

    /// A parameter of the query or of a form that is posted.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        let mut pairs = query.split('&').chain(self.body.trim().split('&')).filter_map(|p| p.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.replace('+', " "))
    }
}

/// What a program says to a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Served {
    /// Status and body.
    Answer(u16, String),
    /// It does not listen on that port.
    Refused,
}

/// A name found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The full name.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<String>,
}

/// The page nginx serves as it comes.
pub(crate) const NGINX_WELCOME: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n<style>\nhtml { color-scheme: light dark; }\nbody { width: 35em; margin: 0 auto;\nfont-family: Tahoma, Verdana, Arial, sans-serif; }\n</style>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>If you see this page, the nginx web server is successfully installed and\nworking. Further configuration is required.</p>\n\n<p>For online documentation and support please refer to\n<a href=\"http://nginx.org/\">nginx.org</a>.<br/>\nCommercial support is available at\n<a href=\"http://nginx.com/\">nginx.com</a>.</p>\n\n<p><em>Thank you for using nginx.</em></p>\n</body>\n</html>\n";

/// The usual words for a status.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}

/// Sends a request to a URL as a pod of a namespace sees it, or from outside the cluster (empty), where service names mean
/// nothing: services by name or address spread requests over their ready endpoints, pods answer at their own address.
pub fn send(api: &Server, url: &Url, method: &str, body: &str, from_ns: &str) -> Result<Response, NoAnswer> {
    let request =
        |port: i64| Request { method: method.into(), port, path: url.path.clone(), body: body.into() };
    if matches!(url.host.as_str(), "localhost" | "127.0.0.1") {
        return Err(NoAnswer::Refused);
    }
    if let Some(pod) = pod_at(api, &url.host) {
        return ask(api, &pod, &request(url.port), &url.host);
    }
    if !from_ns.is_empty()
        && let Some((pod, _)) = pod_named(api, &url.host, from_ns)
    {
        return ask(api, &pod, &request(url.port), pod.str_at("status/podIP"));
    }
    let inside = || if from_ns.is_empty() { None } else { service_named(api, &url.host, from_ns) };
    let Some(service) = service_at(api, &url.host).or_else(inside) else {
        let labels = url.host.split('.').count();
        let numeric = labels == 4 && url.host.chars().all(|c| c.is_ascii_digit() || c == '.');
        let of_cluster =
            numeric || labels == 1 || url.host.ends_with(".svc") || url.host.ends_with(".cluster.local");
        return Err(if of_cluster && numeric {
            NoAnswer::Unreachable
        } else if of_cluster {
            NoAnswer::UnknownHost
        } else {
            NoAnswer::Outside
        });
    };
    let address = service.str_at("spec/clusterIP").to_string();
    let headless = address == "None" || address.is_empty();
    let serves =
        |p: &&Value| p.int_at("port") == Some(url.port) && matches!(p.str_at("protocol"), "" | "TCP");
    let Some(port) = service.items_at("spec/ports").iter().find(serves) else {
        return Err(if headless { NoAnswer::UnknownHost } else { NoAnswer::Unreachable });
    };
    let pods = ready_pods(api, &service);
    if pods.is_empty() {
        // kube-proxy rejects what has no endpoint; a headless name resolves to nothing.
        return Err(if headless { NoAnswer::UnknownHost } else { NoAnswer::Refused });
    }
    // Each request goes elsewhere. The turn is told by the clock: asking changes nothing.
    let turn = usize::try_from(api.now().secs().rem_euclid(1 << 20)).unwrap_or(0);
    let pod = &pods[turn % pods.len()];
    let shown = if headless { pod.str_at("status/podIP").to_string() } else { address };
    ask(api, pod, &request(target_port(port, pod)), &shown)
}

/// Sends a request from a container to its own pod.
pub fn send_locally(
    api: &Server,
    pod: &Object,
    url: &Url,
    method: &str,
    body: &str,
) -> Result<Response, NoAnswer> {
    let request =
        Request { method: method.into(), port: url.port, path: url.path.clone(), body: body.into() };
    ask(api, pod, &request, "127.0.0.1")
}

/// The address a name or an address stands for, for messages.
pub fn address_of(api: &Server, host: &str, from_ns: &str) -> String {
    if host == "localhost" {
        return "127.0.0.1".into();
    }
    let found = lookup(api, host, from_ns).and_then(|found| found.addresses.into_iter().next());
    found.unwrap_or_else(|| host.to_string())
}

/// What a name of the cluster's DNS stands for.
pub fn lookup(api: &Server, name: &str, from_ns: &str) -> Option<Found> {
    let Some(service) = service_named(api, name, from_ns) else {
        let (pod, full) = pod_named(api, name, from_ns)?;
        return Some(Found { name: full, addresses: vec![pod.str_at("status/podIP").to_string()] });
    };
    let full = format!("{}.{}.svc.cluster.local", service.name(), service.namespace());
    let addresses = match service.str_at("spec/clusterIP") {
        "None" | "" => {
            ready_pods(api, &service).iter().map(|p| p.str_at("status/podIP").to_string()).collect()
        }
        address => vec![address.to_string()],
    };
    Some(Found { name: full, addresses })
}

fn service_named(api: &Server, host: &str, from_ns: &str) -> Option<Object> {
    let mut parts = host.trim_end_matches('.').split('.');
    let name = parts.next()?;
    let ns = parts.next().unwrap_or(from_ns);
    let rest: Vec<&str> = parts.collect();
    matches!(rest.as_slice(), [] | ["svc"] | ["svc", "cluster"] | ["svc", "cluster", "local"])
        .then(|| api.find("services", ns, name))
        .flatten()
}

/// A pod by its name below a headless service (`web-0.nginx`), or by its address (`10-0-0-7.default.pod`), with its full
/// name.
fn pod_named(api: &Server, host: &str, from_ns: &str) -> Option<(Object, String)> {
    let host = host.trim_end_matches('.');
    let host = host.strip_suffix(".cluster.local").unwrap_or(host);
    let (own, rest) = host.split_once('.')?;
    if let Some(ns) = rest.strip_suffix(".pod") {
        let pod = pod_at(api, &own.replace('-', ".")).filter(|pod| pod.namespace() == ns)?;
        return Some((pod, format!("{host}.cluster.local")));
    }
    let service = service_named(api, rest, from_ns).filter(|s| s.str_at("spec/clusterIP") == "None")?;
    let named = |p: &Object| p.str_at("spec/hostname") == own && p.str_at("spec/subdomain") == service.name();
    let pod = ready_pods(api, &service).into_iter().find(named)?;
    Some((pod, format!("{own}.{}.{}.svc.cluster.local", service.name(), service.namespace())))
}

fn service_at(api: &Server, address: &str) -> Option<Object> {
    if !address.starts_with(|c: char| c.is_ascii_digit()) && !address.contains(".elb.") {
        return None;
    }
    let mut found = None;
    api.store().for_each("services", "", |service| {
        let balancer = service.items_at("status/loadBalancer/ingress").iter();
        let outside = |i: &Value| i.str_at("hostname") == address || i.str_at("ip") == address;
        if found.is_none() && (service.str_at("spec/clusterIP") == address || balancer.clone().any(outside)) {
            found = Some(service.clone());
        }
    });
    found
}

fn pod_at(api: &Server, address: &str) -> Option<Object> {
    if !address.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut found = None;
    api.store().for_each("pods", "", |pod| {
        let over = matches!(pod.str_at("status/phase"), "Succeeded" | "Failed");
        if found.is_none()
            && !over
            && !pod.bool_at("spec/hostNetwork")
            && pod.str_at("status/podIP") == address
        {
            found = Some(pod.clone());
        }
    });
    found
}

fn ready_pods(api: &Server, service: &Object) -> Vec<Object> {
    let selector = service.map_at("spec/selector");
    if selector.is_empty() {
        return Vec::new();
    }
    let wanted = crate::json!({"matchLabels": (selector.clone())});
    let Ok(selector) = LabelSelector::from_object(&wanted) else { return Vec::new() };
    let all = service.bool_at("spec/publishNotReadyAddresses");
    let mut pods = api.pods_matching(service.namespace(), &selector);
    pods.retain(|pod| {
        !pod.is_deleting() && (all || pod.condition_true("Ready")) && !pod.str_at("status/podIP").is_empty()
    });
    pods
}

fn target_port(port: &Value, pod: &Object) -> i64 {
    let target = port.at("targetPort");
    if let Some(number) = target.as_i64() {
        return number;
    }
    let name = target.as_str().unwrap_or("");
    let mut ports = pod.items_at("spec/containers").iter().flat_map(|c| c.items_at("ports"));
    ports
        .find(|p| p.str_at("name") == name)
        .and_then(|p| p.int_at("containerPort"))
        .or(port.int_at("port"))
        .unwrap_or(0)
}

/// Asks the containers of a pod, one after the other: the first that listens answers.
pub(crate) fn ask(
    api: &Server,
    pod: &Object,
    request: &Request,
    address: &str,
) -> Result<Response, NoAnswer> {
    for container in pod.items_at("spec/containers") {
        let Some(process) = running(api, pod, container) else { continue };
        if let Served::Answer(status, body) = program_of(&process).serve(&process, request) {
            return Ok(Response { status, body, address: address.to_string() });
        }
    }
    Err(NoAnswer::Refused)
}

/// Whether a program runs in a pod at all.
pub(crate) fn runs(api: &Server, pod: &Object) -> bool {
    pod.items_at("spec/containers").iter().any(|container| running(api, pod, container).is_some())
}

/// A container's process, when it runs.
pub fn running<'a>(api: &'a Server, pod: &'a Object, container: &'a Value) -> Option<Process<'a>> {
    let statuses = ["status/containerStatuses", "status/initContainerStatuses"];
    let status = statuses
        .iter()
        .flat_map(|key| pod.items_at(key))
        .find(|s| s.str_at("name") == container.str_at("name"))?;
    let started = Time::parse(status.str_at("state/running/startedAt"))?;
    Some(Process { api, pod, container, started, restarts: status.int_at("restartCount").unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let url = Url::parse("http://php-apache.default:8080/a/b");
        assert_eq!((url.host.as_str(), url.port, url.path.as_str()), ("php-apache.default", 8080, "/a/b"));
        assert_eq!(Url::parse("10.0.0.1").port, 80);
        let url = Url::parse("https://x?a=1");
        assert_eq!((url.port, url.path.as_str()), (443, "/?a=1"));
    }
}
