//! JSON of objects the client made itself: fields stand as the API's structs declare them, `kind` before `apiVersion`.

use crate::machinery::{Map, Value, go_text};

/// Field names in an order that agrees with the declaration of every struct they occur in.
#[rustfmt::skip]
const ORDER: &[&str] = &[
    "kind", "apiGroup", "apiVersion", "metadata", "name", "value", "valueFrom", "generateName", "namespace", "selfLink",
    "username", "uid", "resourceVersion", "controller", "blockOwnerDeletion", "generation", "creationTimestamp",
    "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers",
    "managedFields", "secrets", "imagePullSecrets", "automountServiceAccountToken", "immutable", "data", "binaryData",
    "stringData", "rules", "aggregationRule", "verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs",
    "subjects", "roleRef", "globalDefault", "description", "preemptionPolicy", "spec",
    "minAvailable", "schedule", "timeZone", "startingDeadlineSeconds", "concurrencyPolicy", "suspend", "jobTemplate",
    "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "parallelism", "completions", "backoffLimit",
    "scaleTargetRef", "minReplicas", "maxReplicas", "targetCPUUtilizationPercentage", "metrics", "behavior",
    "hard", "scopes", "ingressClassName", "defaultBackend", "tls", "hosts", "secretName", "host", "http", "paths",
    "path", "pathType", "backend", "service", "number",
    "replicas", "image", "command", "args", "workingDir", "hostPort", "containerPort", "protocol", "appProtocol",
    "port", "targetPort", "nodePort", "ports", "selector", "matchLabels", "matchExpressions", "maxUnavailable",
    "clusterIP", "clusterIPs", "envFrom", "env", "resources{}", "limits", "requests", "type", "resource", "target",
    "averageValue", "averageUtilization", "externalIPs", "sessionAffinity", "loadBalancerIP", "externalName",
    "volumes", "initContainers", "containers", "ephemeralContainers", "restartPolicy",
    "terminationGracePeriodSeconds", "activeDeadlineSeconds", "dnsPolicy", "nodeSelector", "serviceAccountName",
    "nodeName", "hostNetwork", "volumeMounts", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle",
    "terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy", "securityContext", "stdin", "stdinOnce",
    "tty", "template", "ttlSecondsAfterFinished", "strategy", "updateStrategy", "revisionHistoryLimit",
    "observedGeneration", "disruptedPods", "disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods",
    "lastScaleTime", "currentReplicas", "desiredReplicas", "currentMetrics", "loadBalancer", "conditions", "status",
    "userInfo", "groups", "items",
];

/// The fields of events, which stand in an order of their own.
#[rustfmt::skip]
const EVENT: &[&str] = &[
    "kind", "apiVersion", "metadata", "involvedObject", "reason", "message", "source", "firstTimestamp",
    "lastTimestamp", "count", "type", "eventTime", "series", "action", "related", "reportingComponent",
    "reportingInstance",
];

/// The fields of a kubeconfig.
const CONFIG: &[&str] =
    &["kind", "apiVersion", "preferences", "clusters", "users", "contexts", "current-context"];

/// The fields of its clusters and contexts.
#[rustfmt::skip]
const CLUSTER: &[&str] = &[
    "server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority", "certificate-authority-data",
];
const CONTEXT: &[&str] = &["cluster", "user", "namespace"];

/// The fields of a container.
#[rustfmt::skip]
const CONTAINER: &[&str] = &[
    "name", "image", "command", "args", "workingDir", "ports", "envFrom", "env", "resources", "resizePolicy",
    "restartPolicy", "volumeMounts", "volumeDevices", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle",
    "terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy", "securityContext", "stdin", "stdinOnce", "tty",
];

/// The fields of a reference to an object.
const REFERENCE: &[&str] =
    &["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

/// Fields that hold maps, whose keys are sorted.
const MAPS: &[&str] = &[
    "labels",
    "annotations",
    "matchLabels",
    "data",
    "binaryData",
    "stringData",
    "nodeSelector",
    "limits",
    "requests",
    "hard",
    "disruptedPods",
];

/// JSON with four blanks a level and a line end.
pub(super) fn json(value: &Value) -> String {
    let mut out = String::new();
    write(value, "", 0, &mut out);
    out.push('\n');
    out
}

/// JSON on one line.
pub(super) fn compact_json(value: &Value) -> String {
    let mut out = String::new();
    write_compact(value, "", &mut out);
    out
}

fn write_compact(value: &Value, field: &str, out: &mut String) {
    match value {
        Value::Map(map) => {
            out.push('{');
            for (n, key) in keys_of(map, field).into_iter().enumerate() {
                out.push_str(if n > 0 { "," } else { "" });
                go_text::json_string(key, out);
                out.push(':');
                write_compact(&value[key], key, out);
            }
            out.push('}');
        }
        Value::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n > 0 { "," } else { "" });
                write_compact(item, "", out);
            }
            out.push(']');
        }
        other => out.push_str(&go_text::json(other)),
    }
}

/// A list in the order of its struct, its items with sorted keys.
pub(super) fn list_json(list: &Value) -> String {
    let mut out = String::from("{");
    for (n, key) in in_order(list.map(), "").into_iter().enumerate() {
        line(n, 1, &mut out);
        go_text::json_string(key, &mut out);
        out.push_str(": ");
        out.push_str(&go_text::json_indented(&list[key], "    ").replace('\n', "\n    "));
    }
    close(0, '}', &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, field: &str, depth: usize, out: &mut String) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            out.push('{');
            for (n, key) in keys_of(map, field).into_iter().enumerate() {
                line(n, depth + 1, out);
                go_text::json_string(key, out);
                out.push_str(": ");
                write(&value[key], key, depth + 1, out);
            }
            close(depth, '}', out);
        }
        Value::List(items) if !items.is_empty() => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                line(n, depth + 1, out);
                write(item, "", depth + 1, out);
            }
            close(depth, ']', out);
        }
        other => out.push_str(&go_text::json(other)),
    }
}

/// A Service's selector is a map, a Deployment's is a struct.
fn is_map(map: &Map, field: &str) -> bool {
    let struct_like = map.contains_key("matchLabels") || map.contains_key("matchExpressions");
    MAPS.contains(&field) || (field == "selector" && !struct_like)
}

fn keys_of<'m>(map: &'m Map, field: &str) -> Vec<&'m str> {
    if is_map(map, field) { map.keys().collect() } else { in_order(map, field) }
}

fn in_order<'m>(map: &'m Map, field: &str) -> Vec<&'m str> {
    let order = match field {
        "involvedObject" | "related" | "scaleTargetRef" => REFERENCE,
        "cluster" => CLUSTER,
        "context" => CONTEXT,
        _ if map.contains_key("current-context") => CONFIG,
        _ if map.contains_key("image") && map.contains_key("name") => CONTAINER,
        "source" => &["component", "host"],
        _ if map.contains_key("involvedObject") => EVENT,
        _ => ORDER,
    };
    let mut keys: Vec<&str> = map.keys().collect();
    keys.sort_by_key(|key| order.iter().position(|o| o == key).unwrap_or(order.len()));
    keys
}

fn line(n: usize, depth: usize, out: &mut String) {
    out.push_str(if n > 0 { ",\n" } else { "\n" });
    out.push_str(&"    ".repeat(depth));
}

fn close(depth: usize, bracket: char, out: &mut String) {
    out.push('\n');
    out.push_str(&"    ".repeat(depth));
    out.push(bracket);
}
