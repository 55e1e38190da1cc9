//! How a command reaches the API server, and what it says when it does not.

use super::{Failure, Kubectl};
use crate::cli::Session;
use crate::machinery::duration::parse_go_duration;

/// Where a client without any configuration looks.
pub(super) const DEFAULT_SERVER: &str = "http://localhost:8080";

/// Discovery gives up after so many attempts.
const ATTEMPTS: usize = 5;

/// `--request-timeout` must be readable, whatever the command does.
pub(super) fn check_timeout(k: &Kubectl<'_>) -> Result<(), Failure> {
    let text = k.flags.str("request-timeout");
    let readable = text.parse::<i64>().is_ok() || parse_go_duration(text).is_ok();
    if readable && !text.starts_with('-') {
        return Ok(());
    }
    Err(Failure::message(
        "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding \
         time unit (e.g. 1s | 2m | 3h)",
    ))
}

/// Nothing listens at a server's address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refused {
    /// With its scheme.
    server: String,
    /// What the log says of an attempt to learn what is served.
    logged: String,
    attempts: usize,
}

/// Nothing listens at a server's address. Commands that ask for the served kinds first log each attempt.
pub(super) fn refused(k: &Kubectl<'_>, server: &str) -> Failure {
    let server = if server.contains("://") { server.to_string() } else { format!("http://{server}") };
    let attempts = if k.command.path == "version" { 0 } else { ATTEMPTS };
    let mut refused = Refused { server, logged: String::new(), attempts };
    let why = format!("couldn't get current server API group list: {}", refused.request("api"));
    refused.logged = match k.client.wraps_unhandled_errors() {
        true => format!("\"Unhandled Error\" err={why:?}"),
        false => why,
    };
    Failure::Refused(refused)
}

impl Refused {
    fn host(&self) -> &str {
        let host = self.server.split_once("://").map_or(self.server.as_str(), |(_, rest)| rest);
        host.split('/').next().unwrap_or(host)
    }

    /// What Go says of a request.
    fn request(&self, path: &str) -> String {
        let address = self.host().replace("localhost", "127.0.0.1");
        format!("Get \"{}/{path}?timeout=32s\": dial tcp {address}: connect: connection refused", self.server)
    }

    fn log(&self, session: &Session, attempts: usize) {
        for _ in 0..attempts {
            session.eprintln(&klog('E', "memcache.go:265", &self.logged));
        }
    }

    /// Prints it.
    pub(super) fn report(&self, session: &Session) {
        self.log(session, self.attempts);
        session.eprintln(&format!(
            "The connection to the server {} was refused - did you specify the right host or port?",
            self.host()
        ));
    }
}

/// Old clients ask for the schema before they read any manifest.
pub(super) fn before_manifests(k: &Kubectl<'_>) -> Result<(), Failure> {
    if !validates(k) || !k.client.asks_for_the_schema_first() {
        return Ok(());
    }
    match k.api() {
        Err(Failure::Refused(refused)) => Err(Failure::Refused(Refused { attempts: 0, ..refused })),
        other => other.map(drop),
    }
}

/// What a manifest could not be read for: its schema, or what kinds there are.
pub(super) fn for_manifest(k: &Kubectl<'_>, source: &str, failure: Failure) -> Failure {
    let Failure::Refused(refused) = failure else { return failure };
    if validates(k) {
        return Failure::message(format!(
            "error validating \"{source}\": error validating data: failed to download openapi: {}; if you choose to ignore \
             these errors, turn validation off with --validate=false",
            refused.request("openapi/v2")
        ));
    }
    refused.log(k.session, 1);
    Failure::message(format!("unable to recognize \"{source}\": {}", refused.request("api")))
}

/// Whether the command has its manifests validated.
fn validates(k: &Kubectl<'_>) -> bool {
    !matches!(k.flags.str("validate"), "" | "ignore" | "false")
}

/// A line of Go's log. There is no cluster to ask for the time.
pub(super) fn klog(level: char, place: &str, text: &str) -> String {
    format!("{level}0101 00:00:00.000000       1 {place}] {text}")
}
