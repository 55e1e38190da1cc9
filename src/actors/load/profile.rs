//! What programs use by themselves, told by image and command line, and which of them are clients of a Service.
//!
//! Annotations of a pod say otherwise: `kubetick.dev/cpu`, `kubetick.dev/memory`, `kubetick.dev/cpu-per-request`.

use crate::actors::programs::load_generator::Load;
use crate::actors::programs::stress::Hogs;
use crate::actors::programs::{Process, http, program_of, shell};
use crate::api::Server;
use crate::catalog::images;
use crate::machinery::duration::parse_duration;
use crate::machinery::quantity::Quantity;
use crate::machinery::{Object, Time, Value};

/// A container's habits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Profile {
    /// Millionths of a core without any load.
    pub base: i64,
    /// Bytes without any load.
    pub memory: i64,
    /// By how many bytes that grows in a second.
    pub growth: i64,
    /// CPU seconds of one request.
    pub cost: f64,
    /// What it asks, and how.
    pub client: Option<Client>,
    /// When this changes by itself.
    pub until: Option<Time>,
}

/// A program that asks a Service in a loop.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::actors) struct Client {
    /// Host of the URL.
    pub host: String,
    /// Requests that are under way at once.
    pub parallel: i64,
    /// Seconds between an answer and the next request.
    pub think: f64,
}

impl Client {
    /// A load generator as a client.
    pub(in crate::actors) fn of(load: &Load) -> Option<Client> {
        Some(Client { host: host_in(&[&load.url])?, parallel: load.parallel, think: load.think })
    }
}

const MI: i64 = 1 << 20;
const MILLI: i64 = 1_000;

/// End of the image's repository, thousandths of a core, MiB, CPU seconds of a request. Idle figures as `kubectl top`
/// shows them; the cost of hpa-example is such that one loop that sleeps 10 ms uses 966m, as documents show.
const KNOWN: &[(&str, f64, i64, f64)] = &[
    ("hpa-example", 1.0, 12, 0.3395),
    ("pause", 0.02, 0, 0.0),
    ("nginx", 0.5, 5, 0.0005),
    ("httpd", 0.7, 12, 0.0008),
    ("redis", 2.0, 5, 0.000_05),
    ("metrics-server", 4.0, 20, 0.001),
    ("coredns", 2.0, 14, 0.0001),
    ("amazon-k8s-cni", 4.0, 40, 0.0),
    ("aws-network-policy-agent", 2.0, 20, 0.0),
    ("kube-proxy", 1.0, 13, 0.0),
    ("cluster-autoscaler", 3.0, 45, 0.0),
    ("karpenter/controller", 9.0, 90, 0.0),
    ("keda", 3.0, 45, 0.0),
    ("busybox", 0.1, 1, 0.0),
    ("alpine", 0.1, 1, 0.0),
];

/// From one request to the next a shell starts two programs.
const SHELL_OVERHEAD: f64 = 0.002;

impl Profile {
    /// The habits of a container. What its program says of itself comes before what is known of its image and its
    /// command line, annotations of the pod before both.
    pub fn of(api: &Server, pod: &Object, container: &Value) -> Profile {
        let idle = Process { api, pod, container, started: api.now(), restarts: 0 };
        let process = http::running(api, pod, container).unwrap_or(idle);
        let words =
            images::find(process.image()).ok().and_then(|image| shell::command_line(&process, &image));
        let words = words.unwrap_or_else(|| process.argv());
        let node = api.find("nodes", "", pod.str_at("spec/nodeName"));
        let cores = node.and_then(|n| n.str_at("status/capacity/cpu").parse().ok()).unwrap_or(2);
        let mut profile = Profile::known(process.image(), &words, cores);
        if let Some(usage) = program_of(&process).usage(&process) {
            profile = Profile {
                base: usage.cpu,
                memory: usage.memory,
                growth: usage.growth,
                cost: usage.cost.map_or(profile.cost, |nanos| nanos as f64 / 1e9),
                client: None,
                until: usage.until,
            };
        }
        profile.annotations(pod);
        profile
    }

    /// What is known of an image and a command line, on a node with so many cores.
    fn known(image: &str, words: &[String], cores: i64) -> Profile {
        let repository = image.split('@').next().unwrap_or(image);
        let repository = match repository.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => name,
            _ => repository,
        };
        let known = KNOWN.iter().find(|(end, ..)| repository.ends_with(end));
        let (milli, mebibytes, cost) =
            known.map_or((1.0, 8, 0.002), |(_, milli, mib, cost)| (*milli, *mib, *cost));
        let mut profile = Profile {
            base: (milli * 1_000.0) as i64,
            memory: if mebibytes == 0 { 300 << 10 } else { mebibytes * MI },
            growth: 0,
            cost,
            client: None,
            until: None,
        };
        profile.command(words, cores);
        profile
    }

    fn command(&mut self, words: &[String], cores: i64) {
        let text = words.join(" ");
        if let Some(client) = client(&text) {
            self.base = 2 * MILLI * client.parallel.clamp(1, 50);
            self.client = Some(client);
        } else if let Some(hogs) = hogs(words, cores) {
            self.base = hogs.cpu() + MILLI;
            self.memory += hogs.memory();
        } else if let Some(share) = duty_cycle(&text) {
            self.base = (share * 1e6) as i64;
        } else if is_busy(&text) {
            self.base = 1_000_000;
        }
    }

    fn annotations(&mut self, pod: &Object) {
        let quantity = |key| pod.annotation(key).and_then(|text| Quantity::parse(text).ok());
        if let Some(cpu) = quantity("kubetick.dev/cpu") {
            self.base = cpu.milli_value().saturating_mul(MILLI);
        }
        if let Some(memory) = quantity("kubetick.dev/memory") {
            self.memory = memory.value();
        }
        let cost = pod.annotation("kubetick.dev/cpu-per-request").and_then(|text| parse_duration(text).ok());
        if let Some(cost) = cost {
            self.cost = cost.as_secs_f64();
        }
    }
}

/// `stress` on the command line, or as a command of a script.
fn hogs(words: &[String], cores: i64) -> Option<Hogs> {
    if let Some(hogs) = Hogs::read(words, cores) {
        return Some(hogs);
    }
    let script = words.iter().skip_while(|w| *w != "-c").nth(1)?;
    let words: Vec<String> = script
        .split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|'))
        .map(str::to_string)
        .collect();
    let end = |from: usize| words[from..].iter().position(String::is_empty).map_or(words.len(), |n| from + n);
    let at = (0..words.len()).find(|i| Hogs::read(&words[*i..], cores).is_some())?;
    Hogs::read(&words[at..end(at)], cores)
}

/// A program that fills a core and goes on.
fn is_busy(text: &str) -> bool {
    const HOGS: [&str; 6] = [
        "yes > /dev/null",
        "yes >/dev/null",
        "do true; done",
        "do :; done",
        "of=/dev/null",
        "md5sum /dev/zero",
    ];
    HOGS.iter().any(|hog| text.contains(hog))
}

/// `timeout 0.5s yes >/dev/null; sleep 0.5s`: busy for a share of the time.
fn duty_cycle(text: &str) -> Option<f64> {
    let on = seconds_after(text, "timeout ")?;
    let off = seconds_after(text, "sleep ")?;
    (text.contains("yes") && on + off > 0.0).then(|| on / (on + off))
}

fn seconds_after(text: &str, word: &str) -> Option<f64> {
    let rest = &text[text.find(word)? + word.len()..];
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let n: f64 = rest[..end].parse().ok()?;
    Some(match rest[end..].chars().next() {
        Some('m') => n * 60.0,
        Some('h') => n * 3600.0,
        _ => n,
    })
}

/// The client a command line is: a shell loop around wget or curl, or a load generator.
fn client(text: &str) -> Option<Client> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let named =
        |name: &str| words.iter().position(|w| w.trim_start_matches('(').rsplit('/').next() == Some(name));
    let owned: Vec<String> = words.iter().map(|w| w.to_string()).collect();
    if let Some(load) = (0..owned.len()).find_map(|at| Load::read(&owned[at..])) {
        return Client::of(&load);
    }
    let at = named("wget").or_else(|| named("curl"))?;
    if !["while", "until", "for"].iter().any(|word| text.contains(word)) {
        return None;
    }
    let think = SHELL_OVERHEAD + seconds_after(text, "sleep ").unwrap_or(0.0);
    Some(Client { host: host_in(&words[at + 1..])?, parallel: 1, think })
}

/// The host of the first URL among some words.
fn host_in(words: &[&str]) -> Option<String> {
    let clean = |w: &str| w.trim_matches(|c| matches!(c, '\'' | '"' | ';' | ')' | '(')).to_string();
    let url = words.iter().find(|w| w.contains("://")).or_else(|| {
        // Without a scheme: the first word that is no flag.
        words.iter().find(|w| {
            !w.starts_with('-') && !w.starts_with('/') && w.starts_with(|c: char| c.is_ascii_alphanumeric())
        })
    })?;
    let url = clean(url);
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', ':', '?', ';', '"', '\'']).next().unwrap_or("");
    (!host.is_empty()).then(|| host.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(image: &str, command: &[&str]) -> Profile {
        let command: Vec<String> = command.iter().map(|w| w.to_string()).collect();
        Profile::known(image, &command, 2)
    }

    #[test]
    fn shell_loops_are_clients() {
        let text = "while sleep 0.01; do wget -q -O- http://php-apache; done";
        let client = profile("busybox:1.28", &["/bin/sh", "-c", text]).client.unwrap();
        assert_eq!((client.host.as_str(), client.think), ("php-apache", 0.012));
        let text = "while true; do wget -q -O- http://php-apache.default.svc.cluster.local:80/; done";
        let client = profile("busybox", &["sh", "-c", text]).client.unwrap();
        assert_eq!((client.host.as_str(), client.think), ("php-apache.default.svc.cluster.local", 0.002));
        assert_eq!(profile("busybox", &["sh", "-c", "wget http://a"]).client, None);
        let hey = profile("rakyll/hey", &["hey", "-z", "5m", "-c", "20", "http://web.shop/"]).client.unwrap();
        assert_eq!((hey.host.as_str(), hey.parallel), ("web.shop", 20));
    }

    #[test]
    fn hogs_use_what_they_say() {
        let stress =
            profile("polinux/stress", &["stress", "--vm", "1", "--vm-bytes", "250M", "--vm-hang", "1"]);
        assert_eq!(stress.memory / MI, 258);
        assert_eq!(stress.base, MILLI);
        assert_eq!(profile("vish/stress", &["stress", "-cpus", "2"]).base, 2_001_000);
        let script = "echo on; stress --cpu 2 --timeout 5; sleep 9";
        assert_eq!(profile("polinux/stress", &["sh", "-c", script]).base, 2_001_000);
        let hamster = "while true; do timeout 0.5s yes >/dev/null; sleep 0.5s; done";
        assert_eq!(profile("ubuntu", &["/bin/sh", "-c", hamster]).base, 500_000);
        assert_eq!(profile("registry.k8s.io/hpa-example", &[]).cost, 0.3395);
    }
}
