//! How a command reaches the API server, and what it says when it does not.

use super::{Failure, Kubectl};
use crate::machinery::duration::parse_go_duration;

/// Where a client without any configuration looks.
pub(super) const DEFAULT_SERVER: &str = "http://localhost:8080";

/// Discovery gives up after so many attempts.
const ATTEMPTS: usize = 5;

/// `--request-timeout` must be readable, whatever the command does.
pub(super) fn check_timeout(k: &Kubectl<'_>) -> Result<(), Failure> {
    let text = k.flags.str("request-timeout");
    if text.parse::<i64>().is_ok() || parse_go_duration(text).is_ok() {
        return Ok(());
    }
    Err(Failure::message(
        "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding \
         time unit (e.g. 1s | 2m | 3h)",
    ))
}

/// Nothing listens at a server's address. Commands that ask for the served kinds first log each attempt.
pub(super) fn refused(k: &Kubectl<'_>, server: &str) -> Failure {
    let host = server.split_once("://").map_or(server, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or(host);
    if k.command.path != "version" {
        let address = host.replace("localhost", "127.0.0.1");
        let server = if server.contains("://") { server.to_string() } else { format!("http://{server}") };
        let why = format!(
            "couldn't get current server API group list: Get \"{server}/api?timeout=32s\": dial tcp {address}: connect: \
             connection refused"
        );
        let logged = match k.client.wraps_unhandled_errors() {
            true => format!("\"Unhandled Error\" err={why:?}"),
            false => why,
        };
        for _ in 0..ATTEMPTS {
            k.eprintln(&klog('E', "memcache.go:265", &logged));
        }
    }
    Failure::Raw(format!(
        "The connection to the server {host} was refused - did you specify the right host or port?"
    ))
}

/// A line of Go's log. There is no cluster to ask for the time.
pub(super) fn klog(level: char, place: &str, text: &str) -> String {
    format!("{level}0101 00:00:00.000000       1 {place}] {text}")
}
