//! HTTP inside the cluster: who answers an address, and what. For wget and curl in pods, and for curl in an activated shell.

use super::Process;
use crate::api::Server;
use crate::catalog::image_ref::ImageRef;
use crate::machinery::Object;

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    /// 200, 404.
    pub status: u16,
    /// The page.
    pub body: String,
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
    /// Path, beginning with a slash.
    pub path: String,
}

impl Url {
    /// Reads `http://host:port/path`; the scheme may be missing.
    pub fn parse(text: &str) -> Url {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        let default = if scheme == "https" { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().unwrap_or(default)),
            None => (authority, default),
        };
        Url { host: host.to_string(), port, path: format!("/{path}") }
    }
}

/// Asks for a page, from inside a namespace (empty for outside the cluster, where service names mean nothing).
pub fn get(api: &Server, url: &Url, namespace: &str) -> Result<Response, NoAnswer> {
    let pod = match address(&url.host) {
        true => behind_address(api, url)?,
        false => behind_name(api, url, namespace)?,
    };
    Ok(answer(&pod, &url.path))
}

fn address(host: &str) -> bool {
    host.split('.').count() == 4 && host.split('.').all(|p| p.parse::<u8>().is_ok())
}

fn behind_address(api: &Server, url: &Url) -> Result<Object, NoAnswer> {
    let mut found = Err(NoAnswer::Outside);
    api.store().for_each("pods", "", |pod| {
        if pod.str_at("status/podIP") == url.host && found.is_err() {
            found = if listens(pod, url.port) { Ok(pod.clone()) } else { Err(NoAnswer::Refused) };
        }
    });
    if !matches!(found, Err(NoAnswer::Outside)) {
        return found;
    }
    let mut service = None;
    api.store().for_each("services", "", |s| {
        if s.str_at("spec/clusterIP") == url.host {
            service = Some(s.clone());
        }
    });
    service.map_or(found, |service| behind_service(api, &service, url.port))
}

fn behind_name(api: &Server, url: &Url, namespace: &str) -> Result<Object, NoAnswer> {
    let mut labels = url.host.trim_end_matches('.').split('.');
    let name = labels.next().unwrap_or_default();
    let ns = labels.next().unwrap_or(namespace);
    let inside = matches!(labels.collect::<Vec<_>>()[..], [] | ["svc"] | ["svc", "cluster", "local"]);
    if !inside {
        return Err(NoAnswer::Outside);
    }
    match api.find("services", ns, name) {
        Some(service) => behind_service(api, &service, url.port),
        None if ns == namespace => Err(NoAnswer::UnknownHost),
        None => Err(if api.find("namespaces", "", ns).is_some() {
            NoAnswer::UnknownHost
        } else {
            NoAnswer::Outside
        }),
    }
}

fn behind_service(api: &Server, service: &Object, port: i64) -> Result<Object, NoAnswer> {
    let headless = service.str_at("spec/clusterIP") == "None";
    if !headless && !service.items_at("spec/ports").iter().any(|p| p.int_at("port") == Some(port)) {
        return Err(NoAnswer::Unreachable);
    }
    let endpoints = api.find("endpoints", service.namespace(), service.name());
    let ready = endpoints.iter().flat_map(|e| e.items_at("subsets")).flat_map(|s| s.items_at("addresses"));
    let name = ready.map(|a| a.str_at("targetRef/name")).next().ok_or(NoAnswer::Refused)?;
    api.find("pods", service.namespace(), name).ok_or(NoAnswer::Refused)
}

fn listens(pod: &Object, port: i64) -> bool {
    let containers = pod.items_at("spec/containers");
    let declared =
        || containers.iter().flat_map(|c| c.items_at("ports")).filter_map(|p| p.int_at("containerPort"));
    pod.str_at("status/phase") == "Running" && (declared().next().is_none() || declared().any(|p| p == port))
}

/// What the server in a pod says.
fn answer(pod: &Object, path: &str) -> Response {
    let image = pod.items_at("spec/containers").first().map_or("", |c| c.str_at("image"));
    let short = ImageRef::parse(image).map_or(String::new(), |r| r.short().to_string());
    let ok = |body: &str| Response { status: 200, body: body.to_string() };
    match short.as_str() {
        "hpa-example" => ok("OK!"),
        "nginx" if path == "/" || path == "/index.html" => ok(NGINX),
        "nginx" => Response {
            status: 404,
            body: "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n".into(),
        },
        "httpd" => ok("<html><body><h1>It works!</h1></body></html>\n"),
        "hello-app" => ok(&format!("Hello, world!\nVersion: 1.0.0\nHostname: {}\n", pod.name())),
        _ => ok(&format!("{}\n", pod.name())),
    }
}

/// What the server in a container would answer to itself.
pub(super) fn own_page(process: &Process<'_>) -> Response {
    answer(process.pod, "/")
}

/// The page of a fresh nginx, in our words.
const NGINX: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to \
nginx!</h1>\n<p>If you see this page, the web server is running.</p>\n</body>\n</html>\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let url = Url::parse("http://php-apache.default:8080/a/b");
        assert_eq!((url.host.as_str(), url.port, url.path.as_str()), ("php-apache.default", 8080, "/a/b"));
        assert_eq!(Url::parse("10.0.0.1").port, 80);
        assert_eq!(Url::parse("https://x").port, 443);
    }
}
