//! metrics-server: scrapes the kubelets every `--metric-resolution`, and serves `metrics.k8s.io` from the last two
//! scrapes. What it would have measured is computed when someone asks (`actors::load::samples`); here is the process:
//! its flags, its probes, its log (metrics-server 0.3 to 0.8).

use super::http::{Request, Served};
use super::{Health, Next, Output, ProbeKind, Process, Program, klog, plain};
use crate::catalog::images::Image;
use crate::machinery::duration::{go_duration, parse_go_duration};
use crate::machinery::{Duration, Time, Value};

/// The flag's default; the manifests since 0.5 say 15 s.
const DEFAULT_RESOLUTION: Duration = Duration::from_secs(60);
/// Less is refused since 0.5.
const LEAST_RESOLUTION: Duration = Duration::from_secs(10);
/// From the start of the process until its certificate is made and its informers are in step.
const STARTUP: Duration = Duration::from_millis(400);
/// What it answers without credentials.
const FORBIDDEN: &str = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\
    \"message\":\"forbidden: User \\\"system:anonymous\\\" cannot get path\",\"reason\":\"Forbidden\",\"details\":{},\"code\":403}\n";

/// Flags it knows; another one ends it.
const FLAGS: &[&str] = &[
    "alsologtostderr",
    "audit-",
    "authentication-",
    "authorization-",
    "bind-address",
    "cert-dir",
    "client-ca-file",
    "contention-profiling",
    "disable-http2-serving",
    "egress-selector-config-file",
    "feature-gates",
    "goaway-chance",
    "help",
    "http2-max-streams-per-connection",
    "kube-api-",
    "kubeconfig",
    "kubelet-",
    "deprecated-kubelet-completely-insecure",
    "log-",
    "log_",
    "logging-format",
    "logtostderr",
    "metric-resolution",
    "node-selector",
    "one-output",
    "one_output",
    "permit-",
    "profiling",
    "requestheader-",
    "secure-port",
    "shutdown-",
    "skip-",
    "skip_",
    "stderrthreshold",
    "tls-",
    "v",
    "version",
    "vmodule",
];

/// The program.
pub(super) struct MetricsServer {
    /// Minor version, of 0.x.
    minor: u32,
}

/// What its log shows of the libraries it is built with: source positions, and how it speaks of caches.
struct Build {
    serving: &'static str,
    handler: Option<&'static str>,
    request_header: &'static str,
    waiting: &'static str,
    synced: &'static str,
    ca_file: &'static str,
    serving_content: &'static str,
    secure_serving: &'static str,
    tls: &'static str,
    probe: &'static str,
    /// `"Waiting for caches to sync" controller="X"` instead of `Waiting for caches to sync for X`.
    structured: bool,
}

const BUILD_8: Build = Build {
    serving: "serving.go:380",
    handler: Some("handler.go:288"),
    request_header: "requestheader_controller.go:180",
    waiting: "shared_informer.go:350",
    synced: "shared_informer.go:357",
    ca_file: "configmap_cafile_content.go:205",
    serving_content: "dynamic_serving_content.go:135",
    secure_serving: "secure_serving.go:211",
    tls: "tlsconfig.go:243",
    probe: "server.go:192",
    structured: true,
};
const BUILD_7: Build = Build {
    serving: "serving.go:374",
    handler: Some("handler.go:275"),
    request_header: "requestheader_controller.go:169",
    waiting: "shared_informer.go:311",
    synced: "shared_informer.go:318",
    ca_file: "configmap_cafile_content.go:202",
    serving_content: "dynamic_serving_content.go:132",
    secure_serving: "secure_serving.go:213",
    tls: "tlsconfig.go:240",
    probe: "server.go:191",
    structured: false,
};
const BUILD_6: Build = Build {
    serving: "serving.go:342",
    handler: None,
    waiting: "shared_informer.go:240",
    synced: "shared_informer.go:247",
    ca_file: "configmap_cafile_content.go:201",
    serving_content: "dynamic_serving_content.go:131",
    secure_serving: "secure_serving.go:266",
    probe: "server.go:187",
    ..BUILD_7
};
const BUILD_4: Build =
    Build { serving: "serving.go:325", secure_serving: "secure_serving.go:197", ..BUILD_6 };

/// Whether an image is metrics-server, and its minor version; images without a version count as new.
pub(in crate::actors) fn version(image: &str) -> Option<u32> {
    let name = image.split('@').next().unwrap_or(image);
    let (repository, tag) = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (name, ""),
    };
    let of_arch = repository.trim_end_matches("-amd64").trim_end_matches("-arm64");
    if !of_arch.ends_with("metrics-server") {
        return None;
    }
    let minor =
        tag.trim_start_matches('v').strip_prefix("0.").and_then(|rest| rest.split('.').next()?.parse().ok());
    Some(minor.unwrap_or(u32::MAX))
}

/// How often a container of metrics-server scrapes.
pub(in crate::actors) fn resolution(process: &Process<'_>) -> Duration {
    let flag = process.flag("metric-resolution").and_then(|text| parse_go_duration(&text).ok());
    flag.filter(|d| *d > Duration::ZERO).unwrap_or(DEFAULT_RESOLUTION)
}

impl MetricsServer {
    pub(super) fn recognize(process: &Process<'_>, _: &Image) -> Option<Box<dyn Program>> {
        version(process.image()).map(|minor| Box::new(MetricsServer { minor }) as Box<dyn Program>)
    }

    fn build(&self) -> &'static Build {
        match self.minor {
            0..=4 => &BUILD_4,
            5 | 6 => &BUILD_6,
            7 => &BUILD_7,
            _ => &BUILD_8,
        }
    }

    /// When it has metrics to serve: two scrapes. Before 0.5 it did not wait for them.
    fn ready_at(&self, process: &Process<'_>) -> Time {
        let first = process.started + STARTUP;
        if self.minor < 5 { first } else { first + resolution(process) }
    }

    /// What is wrong with its flags.
    fn refusal(&self, process: &Process<'_>) -> Option<String> {
        let argv = process.argv();
        let flags = argv.iter().filter_map(|w| w.strip_prefix("--"));
        let names = flags.map(|w| w.split('=').next().unwrap_or(w)).filter(|name| !name.is_empty());
        let knows = |name: &str| {
            let known = |flag: &&str| *flag == name || (flag.ends_with(['-', '_']) && name.starts_with(flag));
            FLAGS.iter().any(known)
        };
        if let Some(name) = names.into_iter().find(|name| !knows(name)) {
            return Some(format!("Error: unknown flag: --{name}"));
        }
        if let Some(text) = process.flag("metric-resolution") {
            match parse_go_duration(&text) {
                Err(e) => {
                    return Some(format!(
                        "Error: invalid argument \"{text}\" for \"--metric-resolution\" flag: {e}"
                    ));
                }
                Ok(d) if d < LEAST_RESOLUTION && self.minor >= 5 => {
                    return Some(format!(
                        "Error: metric-resolution should be a time duration at least 10s, but value {} provided",
                        go_duration(d)
                    ));
                }
                Ok(_) => {}
            }
        }
        None
    }

    /// What it says when it serves.
    fn tell_of_serving(&self, process: &Process<'_>) {
        const HEADER: &str = "RequestHeaderAuthRequestController";
        const CLIENT_CA: &str = "client-ca::kube-system::extension-apiserver-authentication::client-ca-file";
        const HEADER_CA: &str =
            "client-ca::kube-system::extension-apiserver-authentication::requestheader-client-ca-file";
        let (b, now) = (self.build(), process.now());
        let say = |source: &str, text: &str| process.log(&klog::line('I', now, source, text));
        let caches = |source: &str, what: &str, of: &str| match b.structured {
            true => say(source, &format!("\"{what}\" controller=\"{of}\"")),
            false if what.starts_with("Waiting") => say(source, &format!("{what} for {of}")),
            false => say(source, &format!("{what} for {of} ")),
        };
        if let Some(handler) = b.handler {
            say(handler, "Adding GroupVersion metrics.k8s.io v1beta1 to ResourceManager");
        }
        let header = format!("Starting {HEADER}");
        say(b.request_header, &header);
        caches(b.waiting, "Waiting for caches to sync", HEADER);
        for name in [CLIENT_CA, HEADER_CA] {
            say(b.ca_file, &format!("\"Starting controller\" name=\"{name}\""));
            caches(b.waiting, "Waiting for caches to sync", name);
        }
        let certificate = "serving-cert::/tmp/apiserver.crt::/tmp/apiserver.key";
        say(b.serving_content, &format!("\"Starting controller\" name=\"{certificate}\""));
        say(b.secure_serving, &format!("Serving securely on [::]:{}", port(process)));
        say(b.tls, "\"Starting DynamicServingCertificateController\"");
        for name in [CLIENT_CA, HEADER, HEADER_CA] {
            caches(b.synced, "Caches are synced", name);
        }
    }
}

fn port(process: &Process<'_>) -> i64 {
    process.flag("secure-port").and_then(|text| text.parse().ok()).unwrap_or(443)
}

impl Program for MetricsServer {
    fn name(&self) -> &'static str {
        "metrics-server"
    }

    fn start(&self, process: &Process<'_>) -> Next {
        if let Some(why) = self.refusal(process) {
            process.log(&why);
            return Next::Exit(1);
        }
        let text = "Generated self-signed cert (/tmp/apiserver.crt, /tmp/apiserver.key)";
        process.log(&klog::line('I', process.now(), self.build().serving, text));
        Next::At(process.started + STARTUP)
    }

    fn resume(&self, process: &Process<'_>) -> Next {
        self.tell_of_serving(process);
        Next::Forever
    }

    fn serve(&self, process: &Process<'_>, request: &Request) -> Served {
        if request.port != port(process) || process.now() < process.started + STARTUP {
            return Served::Refused;
        }
        match request.route() {
            "/readyz" if process.now() < self.ready_at(process) => {
                let why = if self.minor < 6 { "not metrics to serve" } else { "no metrics to serve" };
                let text = format!("\"Failed probe\" probe=\"metric-storage-ready\" err=\"{why}\"");
                process.log(&klog::line('I', process.now(), self.build().probe, &text));
                let checks = "[+]ping ok\n[+]log ok\n[-]metric-storage-ready failed: reason withheld\n";
                Served::Answer(500, format!("{checks}readyz check failed\n"))
            }
            "/readyz" | "/livez" | "/healthz" => Served::Answer(200, "ok".into()),
            "/apis" | "/apis/metrics.k8s.io" | "/apis/metrics.k8s.io/v1beta1" => {
                Served::Answer(200, String::new())
            }
            _ => Served::Answer(403, FORBIDDEN.into()),
        }
    }

    fn probe(&self, process: &Process<'_>, kind: ProbeKind, probe: &Value) -> Health {
        plain::ask(self, process, kind, probe)
    }

    fn exec(&self, _process: &Process<'_>, argv: &[String], _stdin: &str) -> Output {
        Output { code: 127, stderr: plain::no_such_file(argv), ..Output::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_by_name_and_version() {
        assert_eq!(version("registry.k8s.io/metrics-server/metrics-server:v0.8.0"), Some(8));
        assert_eq!(version("k8s.gcr.io/metrics-server-amd64:v0.3.6"), Some(3));
        assert_eq!(version("bitnami/metrics-server:0.6.2"), Some(6));
        assert_eq!(version("metrics-server"), Some(u32::MAX));
        assert_eq!(version("nginx:0.8.0"), None);
    }
}
