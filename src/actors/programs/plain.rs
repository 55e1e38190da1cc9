//! The simplest programs.

use super::http::{Request, Served};
use super::{Health, Next, OnTerm, Output, ProbeKind, Process, Program};
use crate::machinery::{Duration, Value};

/// `pause`: waits for a signal and listens on nothing.
pub(super) struct Pauses;

impl Program for Pauses {
    fn name(&self) -> &'static str {
        "pause"
    }

    fn serve(&self, _process: &Process<'_>, _request: &Request) -> Served {
        Served::Refused
    }

    fn terminate(&self, _process: &Process<'_>) -> OnTerm {
        OnTerm::Exit(Duration::from_millis(10), 0)
    }

    fn exec(&self, _process: &Process<'_>, argv: &[String], _stdin: &str) -> Output {
        Output { code: 127, stderr: no_such_file(argv), ..Output::default() }
    }
}

/// `hello-world`: prints and ends.
pub(super) struct Greets;

impl Program for Greets {
    fn name(&self) -> &'static str {
        "greeting"
    }

    fn start(&self, process: &Process<'_>) -> Next {
        process.log("\nHello from Docker!\nThis message shows that your installation appears to be working correctly.\n");
        Next::Exit(0)
    }
}

/// Does a second's work and ends well: an init container that sets something up.
pub(super) struct Works;

impl Program for Works {
    fn name(&self) -> &'static str {
        "worker"
    }

    fn start(&self, process: &Process<'_>) -> Next {
        Next::At(process.now() + Duration::from_secs(1))
    }

    fn resume(&self, _process: &Process<'_>) -> Next {
        Next::Exit(0)
    }
}

/// A program that cannot run; its image never arrives.
pub(super) struct Fails;

impl Program for Fails {
    fn name(&self) -> &'static str {
        "nothing"
    }

    fn start(&self, _process: &Process<'_>) -> Next {
        Next::Exit(1)
    }
}

/// Asks a program what a probe asks.
pub(super) fn ask<P: Program + ?Sized>(
    program: &P,
    process: &Process<'_>,
    _kind: ProbeKind,
    probe: &Value,
) -> Health {
    let command: Vec<String> =
        probe.items_at("exec/command").iter().filter_map(Value::as_str).map(str::to_string).collect();
    if !command.is_empty() {
        let output = program.exec(process, &command, "");
        return if output.code == 0 {
            Health::GOOD
        } else {
            Health::bad(format!("{}{}", output.stdout, output.stderr))
        };
    }
    if !probe.at("grpc").is_null() {
        return Health::GOOD;
    }
    let (port, path) = match probe.at("httpGet") {
        Value::Null => (port_number(process, probe.at("tcpSocket/port")), "/"),
        http => (port_number(process, http.at("port")), http.str_at("path")),
    };
    match program.serve(process, &Request::get(port, if path.is_empty() { "/" } else { path })) {
        Served::Refused => Health::bad(refused(process, probe)),
        Served::Answer(status, _) if !probe.at("httpGet").is_null() && !(200..400).contains(&status) => {
            Health::bad(format!("HTTP probe failed with statuscode: {status}"))
        }
        Served::Answer(..) => Health::GOOD,
    }
}

/// The answer of a program that works but says that it does not.
pub(in crate::actors) fn fails(process: &Process<'_>, kind: ProbeKind, probe: &Value) -> Health {
    Health::bad(match probe {
        probe if !probe.at("httpGet").is_null() => {
            let status = if kind == ProbeKind::Readiness { 503 } else { 500 };
            format!("HTTP probe failed with statuscode: {status}")
        }
        probe if !probe.at("tcpSocket").is_null() => refused(process, probe),
        probe if !probe.at("grpc").is_null() => {
            "service unhealthy (responded with \"NOT_SERVING\")".to_string()
        }
        _ => String::new(),
    })
}

/// What the kubelet says of a probe that meets a closed port.
pub(super) fn refused(process: &Process<'_>, probe: &Value) -> String {
    let address = process.pod.str_at("status/podIP");
    let http = probe.at("httpGet");
    if http.is_null() {
        let port = port_number(process, probe.at("tcpSocket/port"));
        return format!("dial tcp {address}:{port}: connect: connection refused");
    }
    let port = port_number(process, http.at("port"));
    let host = match http.str_at("host") {
        "" => address,
        host => host,
    };
    let scheme = http.str_at("scheme").to_lowercase();
    let scheme = if scheme.is_empty() { "http" } else { &scheme };
    let path = http.str_at("path");
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!(
        "Get \"{scheme}://{host}:{port}{slash}{path}\": dial tcp {host}:{port}: connect: connection refused"
    )
}

/// A probe's port: a number, or the name of one of the container's ports.
pub(super) fn port_number(process: &Process<'_>, port: &Value) -> i64 {
    port.as_i64().unwrap_or_else(|| {
        let name = port.as_str().unwrap_or("");
        let named = process.container.items_at("ports").iter().find(|p| p.str_at("name") == name);
        named.and_then(|p| p.int_at("containerPort")).or_else(|| name.parse().ok()).unwrap_or(0)
    })
}

pub(super) fn no_such_file(argv: &[String]) -> String {
    let name = argv.first().map_or("", String::as_str);
    format!("exec: {name:?}: executable file not found in $PATH: unknown")
}
