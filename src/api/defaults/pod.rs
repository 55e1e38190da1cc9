//! Pods and the templates of pods.

use super::{each, fill, fill_empty, inside};
use crate::machinery::{Object, Value};

/// A pod: what every pod spec gets, and what only pods themselves get.
pub(super) fn pod(pod: &mut Object) {
    // Go's order matters: requests follow the limits as written.
    let Some(spec) = inside(pod, "spec") else { return };
    for list in ["initContainers", "containers"] {
        each(spec, list, request_limits);
    }
    if let Some(resources) = inside(spec, "resources") {
        requests_from_limits(resources);
    }
    fill(spec, "enableServiceLinks", true);
    if spec.bool_at("hostNetwork") {
        for list in ["initContainers", "containers"] {
            each(spec, list, host_ports);
        }
    }
    pod_spec(spec);
}

/// The template at a slash path of a workload.
pub(super) fn template(object: &mut Value, path: &str) {
    if object.at(path).as_map().is_some() {
        pod_spec(object.at_mut(path).at_mut("spec"));
    }
}

fn pod_spec(spec: &mut Value) {
    fill_empty(spec, "dnsPolicy", "ClusterFirst");
    fill_empty(spec, "restartPolicy", "Always");
    fill(spec, "terminationGracePeriodSeconds", 30);
    fill(spec, "securityContext", Value::object());
    fill_empty(spec, "schedulerName", "default-scheduler");
    // Two names for one thing since the first days: writing either sets both.
    let account = [spec.str_at("serviceAccountName"), spec.str_at("serviceAccount")];
    if let Some(account) = account.iter().find(|a| !a.is_empty()).map(|a| a.to_string())
        && (spec.str_at("serviceAccountName") != account || spec.str_at("serviceAccount") != account)
    {
        let spec = spec.map_mut();
        spec.insert("serviceAccountName", account.as_str());
        spec.insert("serviceAccount", account);
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        each(spec, list, container);
    }
    each(spec, "volumes", volume);
}

fn request_limits(container: &mut Value) {
    if let Some(resources) = inside(container, "resources") {
        requests_from_limits(resources);
    }
}

fn requests_from_limits(resources: &mut Value) {
    let limits = resources["limits"].clone();
    for (name, amount) in limits.map().iter() {
        if resources["requests"][name].is_null() {
            resources.at_mut("requests").map_mut().insert(name, amount);
        }
    }
}

fn host_ports(container: &mut Value) {
    each(container, "ports", |port| {
        let number = port["containerPort"].clone();
        fill_empty(port, "hostPort", number);
    });
}

fn container(c: &mut Value) {
    let policy = if is_latest(c.str_at("image")) { "Always" } else { "IfNotPresent" };
    fill_empty(c, "imagePullPolicy", policy);
    fill_empty(c, "terminationMessagePath", "/dev/termination-log");
    fill_empty(c, "terminationMessagePolicy", "File");
    fill(c, "resources", Value::object());
    each(c, "ports", |port| fill_empty(port, "protocol", "TCP"));
    each(c, "env", |env| {
        if let Some(source) = inside(env, "valueFrom") {
            field_ref(source);
            if let Some(key) = inside(source, "fileKeyRef") {
                fill(key, "optional", false);
            }
        }
    });
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(p) = inside(c, name) {
            probe(p);
        }
    }
    if let Some(lifecycle) = inside(c, "lifecycle") {
        for hook in ["postStart", "preStop"] {
            if let Some(handler) = inside(lifecycle, hook) {
                http_get(handler);
            }
        }
    }
}

fn probe(p: &mut Value) {
    fill_empty(p, "timeoutSeconds", 1);
    fill_empty(p, "periodSeconds", 10);
    fill_empty(p, "successThreshold", 1);
    fill_empty(p, "failureThreshold", 3);
    http_get(p);
    if let Some(grpc) = inside(p, "grpc") {
        fill(grpc, "service", "");
    }
}

fn http_get(handler: &mut Value) {
    if let Some(get) = inside(handler, "httpGet") {
        fill_empty(get, "path", "/");
        fill_empty(get, "scheme", "HTTP");
    }
}

fn field_ref(source: &mut Value) {
    if let Some(field) = inside(source, "fieldRef") {
        fill_empty(field, "apiVersion", "v1");
    }
}

fn volume(v: &mut Value) {
    const MODE: i64 = 0o644;
    if v.map().len() <= 1 {
        fill(v, "emptyDir", Value::object());
        return;
    }
    for kind in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = inside(v, kind) {
            fill(source, "defaultMode", MODE);
        }
    }
    if let Some(source) = inside(v, "downwardAPI") {
        each(source, "items", field_ref);
    }
    if let Some(projected) = inside(v, "projected") {
        each(projected, "sources", |source| {
            if let Some(token) = inside(source, "serviceAccountToken") {
                fill(token, "expirationSeconds", 3600);
            }
            if let Some(items) = inside(source, "downwardAPI") {
                each(items, "items", field_ref);
            }
        });
    }
    if let Some(host) = inside(v, "hostPath") {
        fill(host, "type", "");
    }
    if let Some(template) = inside(v, "ephemeral").and_then(|e| inside(e, "volumeClaimTemplate")) {
        fill(template.at_mut("spec"), "volumeMode", "Filesystem");
    }
    network_volume(v);
}

/// Volumes of storage systems with knobs of their own.
fn network_volume(v: &mut Value) {
    if let Some(iscsi) = inside(v, "iscsi") {
        fill_empty(iscsi, "iscsiInterface", "default");
    }
    if let Some(rbd) = inside(v, "rbd") {
        fill_empty(rbd, "pool", "rbd");
        fill_empty(rbd, "user", "admin");
        fill_empty(rbd, "keyring", "/etc/ceph/keyring");
    }
    if let Some(disk) = inside(v, "azureDisk") {
        fill(disk, "cachingMode", "ReadWrite");
        fill(disk, "kind", "Shared");
        fill(disk, "fsType", "ext4");
        fill(disk, "readOnly", false);
    }
    if let Some(scale_io) = inside(v, "scaleIO") {
        fill_empty(scale_io, "storageMode", "ThinProvisioned");
        fill_empty(scale_io, "fsType", "xfs");
    }
}

/// Whether an image may change under its name: tagged `latest`, or neither tagged nor pinned by a digest.
fn is_latest(image: &str) -> bool {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    // A colon before the last slash belongs to the port of a registry.
    let last = name.rsplit('/').next().unwrap_or(name);
    match last.split_once(':') {
        Some((_, tag)) => tag == "latest",
        None => digest.is_none() && !image.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn images_without_a_fixed_version_are_always_pulled() {
        for (image, latest) in [
            ("nginx", true),
            ("nginx:latest", true),
            ("nginx:1.25", false),
            ("host:5000/a/b", true),
            ("host:5000/a/b:1", false),
            ("nginx@sha256:aa", false),
            ("nginx:latest@sha256:aa", true),
        ] {
            assert_eq!(is_latest(image), latest, "{image}");
        }
    }

    #[test]
    fn probes_and_handlers_are_completed() {
        let mut p = json!({"httpGet": {"port": 80}, "periodSeconds": 5});
        probe(&mut p);
        assert_eq!(
            p.to_json(),
            r#"{"failureThreshold":3,"httpGet":{"path":"/","port":80,"scheme":"HTTP"},"periodSeconds":5,"successThreshold":1,"timeoutSeconds":1}"#
        );
    }
}
