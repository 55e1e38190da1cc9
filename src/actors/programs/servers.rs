//! What servers answer, by image.

use super::http::{Request, Served};
use super::shell::files::Files;
use super::{Health, OnTerm, Process, Program};
use crate::machinery::Duration;

/// A server: runs until it is stopped.
pub(super) struct Serves;

impl Program for Serves {
    fn name(&self) -> &'static str {
        "server"
    }

    fn serve(&self, process: &Process<'_>, request: &Request) -> Served {
        page(process, request.port, &request.path)
    }

    fn terminate(&self, process: &Process<'_>) -> OnTerm {
        let wait = if process.image().contains("coredns") { 5000 } else { 100 };
        OnTerm::Exit(Duration::from_millis(wait), 0)
    }
}

/// `agnhost liveness` and its forerunner: healthy for ten seconds, then not.
pub(super) struct FailsLater;

/// How long it is healthy.
const HEALTHY: Duration = Duration::from_secs(10);

impl Program for FailsLater {
    fn name(&self) -> &'static str {
        "liveness demonstration"
    }

    fn serve(&self, process: &Process<'_>, request: &Request) -> Served {
        let age = process.now().since(process.started);
        match (request.port, request.path.as_str()) {
            (8080, "/healthz") if age <= HEALTHY => Served::Answer(200, "ok".into()),
            (8080, "/healthz") => Served::Answer(500, format!("error: {}", age.as_secs_f64())),
            (8080, _) => Served::Answer(404, "404 page not found\n".into()),
            _ => Served::Refused,
        }
    }

    /// A Go program without a handler: as process 1 the signal does not end it, so its runtime does, with 2.
    fn terminate(&self, _process: &Process<'_>) -> OnTerm {
        OnTerm::Exit(Duration::from_millis(10), 2)
    }

    fn probe(
        &self,
        process: &Process<'_>,
        kind: super::ProbeKind,
        probe: &crate::machinery::Value,
    ) -> Health {
        let health = super::plain::ask(self, process, kind, probe);
        let turns = process.started + HEALTHY;
        if health.failure.is_none() && process.now() <= turns { health.until(turns) } else { health }
    }
}

/// A file below a server's root; else 404, or 403 for a directory without an index.
fn file(process: &Process<'_>, root: &str, route: &str) -> Result<String, u16> {
    let files = Files::of(process);
    let path = format!("{root}{route}");
    let is_directory = route.ends_with('/');
    let found = files.read(&if is_directory { format!("{path}index.html") } else { path });
    found.ok_or(if is_directory && files.is_directory(&format!("{root}{route}")) { 403 } else { 404 })
}

/// The answer of a server, by what its image serves. What is not known answers everywhere.
pub(super) fn page(process: &Process<'_>, port: i64, path: &str) -> Served {
    let image = process.image();
    let route = path.split('?').next().unwrap_or(path);
    let missing = |text: &str| Served::Answer(404, text.to_string());
    let is = |name: &str| {
        let repository = image.split('@').next().unwrap_or(image);
        let repository =
            repository.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(repository, |(r, _)| r);
        repository == name || repository.ends_with(&format!("/{name}"))
    };
    if is("hpa-example") {
        return if port == 80 { Served::Answer(200, "OK!".into()) } else { Served::Refused };
    }
    if is("nginx")
        && process
            .container
            .items_at("volumeMounts")
            .iter()
            .all(|m| !m.str_at("mountPath").starts_with("/etc/nginx"))
    {
        if port != 80 {
            return Served::Refused;
        }
        let status = match file(process, "/usr/share/nginx/html", route) {
            Ok(text) => return Served::Answer(200, text),
            Err(404) => "404 Not Found",
            Err(_) => "403 Forbidden",
        };
        let text = format!(
            "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
        return Served::Answer(status[..3].parse().unwrap_or(404), text);
    }
    if is("httpd") {
        if port != 80 {
            return Served::Refused;
        }
        return match file(process, "/usr/local/apache2/htdocs", route) {
            Ok(text) => Served::Answer(200, text),
            Err(404) => missing("Not Found"),
            Err(_) => Served::Answer(200, "<html><head><title>Index of /</title></head></html>\n".into()),
        };
    }
    if is("hello-app") {
        let text = format!("Hello, world!\nVersion: 1.0.0\nHostname: {}\n", process.pod.name());
        return Served::Answer(200, text);
    }
    if is("redis") {
        return if port == 6379 { Served::Answer(200, String::new()) } else { Served::Refused };
    }
    Served::Answer(200, "OK\n".into())
}
