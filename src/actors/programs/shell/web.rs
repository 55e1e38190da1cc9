//! Network tools: `wget`, `curl`, `nc`, `nslookup`, `ping`.

use super::machine::Machine;
use super::tools::{Done, Verdict};
use crate::actors::programs::http::{self, NoAnswer, Response, Url};
use crate::machinery::Duration;

/// The URL among arguments: the first that no flag takes as its value.
fn url<'a>(arguments: &'a [String], with_value: &[&str]) -> Option<&'a str> {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if with_value.contains(&word.as_str()) {
            words.next();
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}

fn value<'a>(arguments: &'a [String], flags: &[&str]) -> Option<&'a str> {
    let at = arguments.iter().position(|a| flags.contains(&a.as_str()))?;
    arguments.get(at + 1).map(String::as_str)
}

/// Every value of some flags, as the next word or joined by `=`.
fn values<'a>(arguments: &'a [String], flags: &[&str]) -> Vec<&'a str> {
    let joined = |word: &'a str| flags.iter().find_map(|f| word.strip_prefix(f)?.strip_prefix('='));
    let next = |i: usize| arguments.get(i + 1).map(String::as_str);
    let of = |(i, word): (usize, &'a String)| {
        if flags.contains(&word.as_str()) { next(i) } else { joined(word.as_str()) }
    };
    arguments.iter().enumerate().filter_map(of).collect()
}

fn get(machine: &Machine<'_, '_>, url: &Url) -> Result<Response, NoAnswer> {
    send(machine, url, "GET", "")
}

fn send(machine: &Machine<'_, '_>, url: &Url, method: &str, body: &str) -> Result<Response, NoAnswer> {
    let (api, pod) = (machine.process.api, machine.process.pod);
    let answer = match url.host.as_str() {
        "localhost" | "127.0.0.1" => http::send_locally(api, pod, url, method, body),
        _ => http::send(api, url, method, body, pod.namespace()),
    };
    machine.answered.set(machine.answered.get() || answer.is_ok());
    answer
}

fn address(machine: &Machine<'_, '_>, host: &str) -> String {
    http::address_of(machine.process.api, host, machine.process.pod.namespace())
}

pub(super) fn wget(machine: &mut Machine<'_, '_>, arguments: &[String], _: &str) -> Done {
    let with_value = ["-O", "-T", "-t", "--timeout", "--tries", "-U", "--header", "-P", "-Y", "--post-data"];
    let Some(url) = url(arguments, &with_value) else { return Done::failed(1, "wget: missing URL\n") };
    let quiet = arguments.iter().any(|a| a.starts_with('-') && !a.starts_with("--") && a.contains('q'));
    let to = arguments.iter().find_map(|a| {
        let glued = a.strip_prefix("-O").or_else(|| a.strip_prefix("-qO"))?;
        (!glued.is_empty()).then_some(glued)
    });
    let to = to.or_else(|| value(arguments, &["-O", "-qO", "-q -O"])).map(str::to_string);
    let parsed = Url::parse(url);
    let (host, port) = (parsed.host.clone(), parsed.port);
    let posted = values(arguments, &["--post-data"]).first().copied();
    let method = if posted.is_some() { "POST" } else { "GET" };
    match send(machine, &parsed, method, posted.unwrap_or_default()) {
        Ok(response) if response.status < 400 => {
            let name =
                url.rsplit('/').next().filter(|n| n.contains('.') && *n != host).unwrap_or("index.html");
            let mut done = Done::default();
            if !quiet {
                done.stderr = format!("Connecting to {host} ({}:{port})\n", response.address);
            }
            match to.as_deref() {
                Some("-") => done.stdout = response.body,
                Some("/dev/null") => {}
                Some(path) => drop(machine.files.write(path, &response.body, false)),
                None => drop(machine.files.write(name, &response.body, false)),
            }
            done
        }
        Ok(response) => Done::failed(
            1,
            format!(
                "wget: server returned error: HTTP/1.1 {} {}\n",
                response.status,
                http::reason(response.status)
            ),
        ),
        Err(NoAnswer::UnknownHost | NoAnswer::Outside) => Done::failed(
            1,
            format!("wget: bad address '{}'\n", if port == 80 { host } else { format!("{host}:{port}") }),
        ),
        Err(NoAnswer::Refused) => {
            let address = address(machine, &host);
            Done::failed(1, format!("wget: can't connect to remote host ({address}): Connection refused\n"))
        }
        Err(NoAnswer::Unreachable) => {
            let limit = value(arguments, &["-T", "--timeout"]).and_then(|t| t.parse().ok()).unwrap_or(60);
            Done {
                verdict: Verdict::Sleep(Duration::from_secs(limit)),
                ..Done::failed(1, "wget: download timed out\n")
            }
        }
    }
}

/// Options of curl that take the next word.
const CURL_VALUES: [&str; 19] = [
    "-o",
    "--output",
    "-H",
    "--header",
    "-X",
    "--request",
    "-d",
    "--data",
    "--data-raw",
    "--data-urlencode",
    "-m",
    "--max-time",
    "--connect-timeout",
    "-w",
    "--write-out",
    "-u",
    "--user",
    "-A",
    "--retry",
];

pub(super) fn curl(machine: &mut Machine<'_, '_>, arguments: &[String], _: &str) -> Done {
    let Some(url) = url(arguments, &CURL_VALUES) else {
        return Done::failed(2, "curl: try 'curl --help' or 'curl --manual' for more information\n");
    };
    let short = |c: char| has_letter(arguments, c);
    let silent = short('s') || arguments.iter().any(|a| a == "--silent");
    let shows = !silent || short('S') || arguments.iter().any(|a| a == "--show-error");
    let fails = short('f') || arguments.iter().any(|a| a == "--fail");
    let parsed = Url::parse(url);
    let (host, port) = (&parsed.host, parsed.port);
    let error = |code: i32, text: String| {
        Done::failed(code, if shows { format!("curl: ({code}) {text}\n") } else { String::new() })
    };
    let body = values(arguments, &["-d", "--data", "--data-raw", "--data-urlencode"]).join("&");
    let told = values(arguments, &["-X", "--request"]).first().copied();
    let method = told.unwrap_or(if body.is_empty() { "GET" } else { "POST" });
    match send(machine, &parsed, method, &body) {
        Ok(response) if fails && response.status >= 400 => {
            error(22, format!("The requested URL returned error: {}", response.status))
        }
        Ok(response) => curl_output(machine, arguments, &response),
        Err(NoAnswer::UnknownHost | NoAnswer::Outside) => error(6, format!("Could not resolve host: {host}")),
        Err(NoAnswer::Refused) => error(
            7,
            format!("Failed to connect to {host} port {port} after 1 ms: Could not connect to server"),
        ),
        Err(NoAnswer::Unreachable) => {
            let limit = value(arguments, &["-m", "--max-time", "--connect-timeout"])
                .and_then(|t| t.parse().ok())
                .unwrap_or(130);
            let text = format!("Connection timed out after {} milliseconds", limit * 1000);
            Done { verdict: Verdict::Sleep(Duration::from_secs(limit)), ..error(28, text) }
        }
    }
}

/// Whether one of the bundled short options has this letter.
fn has_letter(arguments: &[String], letter: char) -> bool {
    arguments.iter().any(|a| a.starts_with('-') && !a.starts_with("--") && a.contains(letter))
}

/// What curl prints of a response, and where it puts the rest.
fn curl_output(machine: &mut Machine<'_, '_>, arguments: &[String], response: &Response) -> Done {
    let mut done = Done::default();
    let head_only = has_letter(arguments, 'I');
    if head_only || has_letter(arguments, 'i') {
        done.stdout = format!("HTTP/1.1 {} {}\r\n\r\n", response.status, http::reason(response.status));
    }
    if !head_only {
        match value(arguments, &["-o", "--output"]) {
            Some("/dev/null") => {}
            Some(path) => drop(machine.files.write(path, &response.body, false)),
            None => done.stdout.push_str(&response.body),
        }
    }
    if let Some(format) = value(arguments, &["-w", "--write-out"]) {
        let text = format.replace("%{http_code}", &response.status.to_string()).replace("\\n", "\n");
        done.stdout.push_str(&text);
    }
    done
}

pub(super) fn netcat(machine: &mut Machine<'_, '_>, arguments: &[String], _: &str) -> Done {
    let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|a| !a.starts_with('-')).collect();
    if arguments.iter().any(|a| a.starts_with('-') && a.contains('l')) {
        return Done { verdict: Verdict::Forever, ..Done::default() };
    }
    let [host, port] = words.as_slice() else { return Done::failed(1, "nc: bad arguments\n") };
    match get(machine, &Url::parse(&format!("http://{host}:{port}"))) {
        Ok(response) => {
            Done { stderr: format!("{host} ({}:{port}) open\n", response.address), ..Done::default() }
        }
        Err(NoAnswer::UnknownHost | NoAnswer::Outside) => {
            Done::failed(1, format!("nc: bad address '{host}'\n"))
        }
        Err(_) => {
            let address = address(machine, host);
            Done::failed(1, format!("nc: {host} ({address}:{port}): Connection refused\n"))
        }
    }
}

pub(super) fn nslookup(machine: &mut Machine<'_, '_>, arguments: &[String], _: &str) -> Done {
    let Some(name) = arguments.iter().find(|a| !a.starts_with('-')) else { return Done::failed(1, "") };
    let found = http::lookup(machine.process.api, name, machine.process.pod.namespace());
    if asks_the_library(machine.process.image()) {
        return nslookup_of_the_library(name, found);
    }
    let server = "Server:\t\t10.100.0.10\nAddress:\t10.100.0.10:53\n\n";
    match found {
        Some(found) => {
            let mut text = server.to_string();
            for address in found.addresses {
                text.push_str(&format!("Name:\t{}\nAddress: {address}\n", found.name));
            }
            text.push('\n');
            Done::ok(text)
        }
        None => Done {
            stdout: format!("{server}** server can't find {name}: NXDOMAIN\n\n"),
            code: 1,
            ..Done::default()
        },
    }
}

/// Whether an image's nslookup is that of busybox before 1.29, which has the C library resolve names.
fn asks_the_library(image: &str) -> bool {
    let Some((_, tag)) = image.rsplit_once(':').filter(|(name, _)| name.ends_with("busybox")) else {
        return false;
    };
    let mut numbers = tag.split(['.', '-']).map(str::parse::<u32>);
    matches!((numbers.next(), numbers.next()), (Some(Ok(1)), Some(Ok(minor))) if minor < 29)
}

fn nslookup_of_the_library(name: &str, found: Option<http::Found>) -> Done {
    let mut stdout =
        "Server:    10.100.0.10\nAddress 1: 10.100.0.10 kube-dns.kube-system.svc.cluster.local\n\n"
            .to_string();
    let Some(found) = found else {
        return Done { stdout, ..Done::failed(1, format!("nslookup: can't resolve '{name}'\n")) };
    };
    stdout.push_str(&format!("Name:      {name}\n"));
    for (i, address) in found.addresses.iter().enumerate() {
        stdout.push_str(&format!("Address {}: {address} {}\n", i + 1, found.name));
    }
    Done::ok(stdout)
}

pub(super) fn ping(machine: &mut Machine<'_, '_>, arguments: &[String], _: &str) -> Done {
    let Some(name) = url(arguments, &["-c", "-W", "-w", "-i"]) else { return Done::failed(1, "") };
    match http::lookup(machine.process.api, name, machine.process.pod.namespace()) {
        Some(found) => {
            let address = found.addresses.first().cloned().unwrap_or_default();
            Done::ok(format!(
                "PING {name} ({address}): 56 data bytes\n64 bytes from {address}: seq=0 ttl=255 time=0.100 ms\n"
            ))
        }
        None => Done::failed(1, format!("ping: bad address '{name}'\n")),
    }
}
