//! Containers of a pod or of a pod template.

use super::meta::or;
use super::{Page, View, go, pod_resources};
use crate::machinery::{Object, Value};
use std::fmt::Write;

/// Where the containers stand.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// In a running pod, whose fields the environment may refer to.
    Pod(&'a Object),
    /// In a pod template, whose block is a little further in.
    Template,
}

impl Place<'_> {
    /// What stands before the heading of a list of containers or volumes.
    pub(super) fn heading_indent(self) -> &'static str {
        match self {
            Place::Pod(_) => "",
            Place::Template => "  ",
        }
    }

    /// What stands before the name of one of them.
    pub(super) fn name_indent(self) -> &'static str {
        match self {
            Place::Pod(_) => "  ",
            Place::Template => "   ",
        }
    }
}

/// A list of containers under its heading, with what `statuses` says of each.
pub(super) fn write(
    page: &mut Page,
    view: &View<'_>,
    heading: &str,
    containers: &[Value],
    statuses: &[Value],
    place: Place<'_>,
) {
    let none = if containers.is_empty() { " <none>" } else { "" };
    page.line(0, format_args!("{}{heading}:{none}", place.heading_indent()));
    for container in containers {
        let name = container.str_at("name");
        let status = statuses.iter().find(|status| status.str_at("name") == name);
        page.line(0, format_args!("{}{name}:", place.name_indent()));
        identity(page, view, container, status);
        lines(page, "Command", container.items_at("command"));
        lines(page, "Args", container.items_at("args"));
        if let Some(status) = status {
            condition(page, view, status);
        }
        pod_resources::write(page, 2, container.at("resources"));
        for (title, field) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if let probe @ Value::Map(_) = container.at(field) {
                page.field(2, title, probe_text(probe));
            }
        }
        environment(page, container, place);
        mounts(page, container);
    }
}

/// Image, ports and, of a container that has a status, the ids behind them.
fn identity(page: &mut Page, view: &View<'_>, container: &Value, status: Option<&Value>) {
    if let Some(status) = status {
        page.field(2, "Container ID", status.str_at("containerID"));
    }
    page.field(2, "Image", container.str_at("image"));
    if let Some(status) = status {
        page.field(2, "Image ID", status.str_at("imageID"));
    }
    for (title, number) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
        let ports: Vec<String> =
            container.items_at("ports").iter().map(|port| port_text(view, port, number)).collect();
        let plural = if ports.len() > 1 { "s" } else { "" };
        page.line(2, format_args!("{title}{plural}:\t{}", or(&ports.join(", "), "<none>")));
    }
    seccomp(page, 2, container.at("securityContext"));
}

/// `80/TCP`, with the name behind it in clients that show it.
fn port_text(view: &View<'_>, port: &Value, number: &str) -> String {
    let mut text = format!("{}/{}", port.int_at(number).unwrap_or(0), port.str_at("protocol"));
    let name = port.str_at("name");
    if !name.is_empty() && view.client().describe_names_container_ports() {
        let _ = write!(text, " ({name})");
    }
    text
}

/// The seccomp profile of a security context, if it names one.
pub(super) fn seccomp(page: &mut Page, level: usize, security_context: &Value) {
    let profile = security_context.at("seccompProfile");
    if profile.is_null() {
        return;
    }
    page.field(level, "SeccompProfile", profile.str_at("type"));
    if profile.str_at("type") == "Localhost" {
        // Of a pod it stands beside, of a container below.
        page.field(
            if level == 0 { 0 } else { level + 1 },
            "LocalhostProfile",
            profile.str_at("localhostProfile"),
        );
    }
}

/// Command or arguments, a line each; an argument of several lines takes several.
fn lines(page: &mut Page, title: &str, words: &[Value]) {
    if words.is_empty() {
        return;
    }
    page.line(2, format_args!("{title}:"));
    for line in words.iter().flat_map(|word| word.as_str().unwrap_or("").split('\n')) {
        page.line(3, line);
    }
}

/// State, last state, readiness, restarts.
fn condition(page: &mut Page, view: &View<'_>, status: &Value) {
    state(page, view, "State", status.at("state"));
    if !status.at("lastState/terminated").is_null() {
        state(page, view, "Last State", status.at("lastState"));
    }
    page.field(2, "Ready", go::title_bool(status.bool_at("ready")));
    page.field(2, "Restart Count", status.int_at("restartCount").unwrap_or(0));
}

fn state(page: &mut Page, view: &View<'_>, title: &str, state: &Value) {
    let (running, waiting, terminated) = (state.at("running"), state.at("waiting"), state.at("terminated"));
    if !running.is_null() {
        page.field(2, title, "Running");
        page.field(3, "Started", view.time(running.at("startedAt")));
    } else if !waiting.is_null() || terminated.is_null() {
        page.field(2, title, "Waiting");
        page.field_unless_empty(3, "Reason", waiting.str_at("reason"));
    } else {
        page.field(2, title, "Terminated");
        page.field_unless_empty(3, "Reason", terminated.str_at("reason"));
        page.field_unless_empty(3, "Message", terminated.str_at("message"));
        page.field(3, "Exit Code", terminated.int_at("exitCode").unwrap_or(0));
        if let Some(signal) = terminated.int_at("signal").filter(|&signal| signal > 0) {
            page.field(3, "Signal", signal);
        }
        page.field(3, "Started", view.time(terminated.at("startedAt")));
        page.field(3, "Finished", view.time(terminated.at("finishedAt")));
    }
}

/// `http-get http://:80/ delay=0s timeout=1s period=10s #success=1 #failure=3`.
fn probe_text(probe: &Value) -> String {
    let number = |field: &str| probe.int_at(field).unwrap_or(0);
    let timing = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        number("initialDelaySeconds"),
        number("timeoutSeconds"),
        number("periodSeconds"),
        number("successThreshold"),
        number("failureThreshold"),
    );
    let (exec, http, tcp, grpc) =
        (probe.at("exec"), probe.at("httpGet"), probe.at("tcpSocket"), probe.at("grpc"));
    if !exec.is_null() {
        format!("exec {} {timing}", go::list(exec.items_at("command").iter().map(go::text)))
    } else if !http.is_null() {
        format!("http-get {} {timing}", url(http))
    } else if !tcp.is_null() {
        format!("tcp-socket {}:{} {timing}", tcp.str_at("host"), go::text(tcp.at("port")))
    } else if !grpc.is_null() {
        format!("grpc <pod>:{} {} {timing}", go::text(grpc.at("port")), grpc.str_at("service"))
    } else {
        format!("unknown {timing}")
    }
}

/// The URL an HTTP probe asks for, with an empty host where the pod's address will stand.
fn url(get: &Value) -> String {
    let (host, path) = (get.str_at("host"), get.str_at("path"));
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_string() };
    let mut url = format!("{}://{host}:{}", get.str_at("scheme").to_lowercase(), go::text(get.at("port")));
    if !path.is_empty() && !path.starts_with('/') {
        url.push('/');
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => url.push(byte as char),
            b'-' | b'_' | b'.' | b'~' | b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'@' => {
                url.push(byte as char)
            }
            _ => {
                let _ = write!(url, "%{byte:02X}");
            }
        }
    }
    url
}

/// Variables taken whole from elsewhere, then the single ones.
fn environment(page: &mut Page, container: &Value, place: Place<'_>) {
    let sources = container.items_at("envFrom");
    if !sources.is_empty() {
        page.line(2, "Environment Variables from:");
    }
    for source in sources {
        let secret = source.at("secretRef");
        let (kind, reference) =
            if secret.is_null() { ("ConfigMap", source.at("configMapRef")) } else { ("Secret", secret) };
        let prefix = match source.str_at("prefix") {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        let (name, optional) = (reference.str_at("name"), reference.bool_at("optional"));
        page.line(3, format_args!("{name}\t{kind}{prefix}\tOptional: {optional}"));
    }
    let variables = container.items_at("env");
    if variables.is_empty() {
        return page.field(2, "Environment", "<none>");
    }
    page.line(2, "Environment:");
    for variable in variables {
        self::variable(page, variable, container, place);
    }
}

fn variable(page: &mut Page, variable: &Value, container: &Value, place: Place<'_>) {
    let (name, from) = (variable.str_at("name"), variable.at("valueFrom"));
    let (field, resource) = (from.at("fieldRef"), from.at("resourceFieldRef"));
    let (secret, map) = (from.at("secretKeyRef"), from.at("configMapKeyRef"));
    if from.is_null() {
        let mut lines = variable.str_at("value").split('\n');
        page.field(3, name, lines.next().unwrap_or(""));
        for line in lines {
            page.line(3, format_args!("\t{line}"));
        }
    } else if !field.is_null() {
        let path = field.str_at("fieldPath");
        let value = field_value(path, place);
        page.field(3, name, format_args!("{value} ({}:{path})", field.str_at("apiVersion")));
    } else if !resource.is_null() {
        let path = resource.str_at("resource");
        let mut value = pod_resources::downward_value(container, resource);
        if value == "0" && matches!(path, "limits.cpu" | "limits.memory") {
            value = "node allocatable".into();
        }
        page.field(3, name, format_args!("{value} ({path})"));
    } else if !secret.is_null() {
        let (key, of, optional) = (secret.str_at("key"), secret.str_at("name"), secret.bool_at("optional"));
        page.field(3, name, format_args!("<set to the key '{key}' in secret '{of}'>\tOptional: {optional}"));
    } else if !map.is_null() {
        let (key, of, optional) = (map.str_at("key"), map.str_at("name"), map.bool_at("optional"));
        page.field(
            3,
            name,
            format_args!("<set to the key '{key}' of config map '{of}'>\tOptional: {optional}"),
        );
    }
}

/// What a field reference of a pod resolves to. kubectl knows the name and the namespace; all else stays empty.
fn field_value<'a>(path: &str, place: Place<'a>) -> &'a str {
    match (place, path) {
        (Place::Pod(pod), "metadata.name") => pod.name(),
        (Place::Pod(pod), "metadata.namespace") => pod.namespace(),
        _ => "",
    }
}

/// Mounted volumes by path, and raw devices if there are any.
fn mounts(page: &mut Page, container: &Value) {
    let mut mounts: Vec<&Value> = container.items_at("volumeMounts").iter().collect();
    mounts.sort_by_key(|mount| mount.str_at("mountPath"));
    if mounts.is_empty() {
        page.field(2, "Mounts", "<none>");
    } else {
        page.line(2, "Mounts:");
    }
    for mount in mounts {
        let mode = if mount.bool_at("readOnly") { "ro" } else { "rw" };
        let path = match mount.str_at("subPath") {
            "" => String::new(),
            path => format!(",path=\"{path}\""),
        };
        page.line(
            3,
            format_args!("{} from {} ({mode}{path})", mount.str_at("mountPath"), mount.str_at("name")),
        );
    }
    let mut devices: Vec<&Value> = container.items_at("volumeDevices").iter().collect();
    devices.sort_by_key(|device| device.str_at("devicePath"));
    if !devices.is_empty() {
        page.line(2, "Devices:");
    }
    for device in devices {
        page.line(3, format_args!("{} from {}", device.str_at("devicePath"), device.str_at("name")));
    }
}
