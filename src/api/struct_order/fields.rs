//! The order of fields, struct by struct where it differs from one to another.

use crate::machinery::Map;

/// The order in the struct a map is, told by the field that holds it and by what is in it.
pub(super) fn of(map: &Map, field: &str) -> &'static [&'static str] {
    let has = |key: &str| map.contains_key(key);
    match field {
        "involvedObject" | "related" | "regarding" | "scaleTargetRef" | "describedObject" | "targetRef" => {
            REFERENCE
        }
        "cluster" => CLUSTER,
        "context" => CONTEXT,
        "source" | "deprecatedSource" => &["component", "host"],
        _ if has("current-context") => CONFIG,
        _ if has("restartCount") => CONTAINER_STATUS,
        _ if has("image") && has("name") => CONTAINER,
        _ if has("involvedObject") => EVENT,
        _ if has("regarding") => NEW_EVENT,
        _ if has("window") && has("timestamp") => METRICS,
        _ if has("fieldsType") => MANAGED,
        _ if has("lastTransitionTime") => CONDITION,
        _ if has("blockOwnerDeletion") => OWNER,
        _ if has("dnsPolicy") || has("schedulerName") => POD_SPEC,
        _ if has("phase") && has("qosClass") => POD_STATUS,
        _ if has("nodeInfo") => NODE_STATUS,
        _ if has("kubeletVersion") => NODE_INFO,
        _ if has("fullyLabeledReplicas") => REPLICA_SET_STATUS,
        _ if has("updatedReplicas") && has("availableReplicas") => DEPLOYMENT_STATUS,
        _ if has("exitCode") => TERMINATED,
        _ if has("mountPath") => MOUNT,
        _ if has("periodSeconds") && has("value") => &["type", "value", "periodSeconds"],
        _ if has("averageValue") || has("averageUtilization") => TARGET,
        "target" | "current" => TARGET,
        "object" if has("current") => &["metric", "current", "describedObject"],
        "object" => &["describedObject", "target", "metric"],
        _ if has("notReadyAddresses") || has("addresses") => ENDPOINTS,
        _ if has("expirationSeconds") => &["audience", "expirationSeconds", "path"],
        _ if has("sources") => &["sources", "defaultMode"],
        _ if has("key") => KEYED,
        _ => ORDER,
    }
}

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
    "scaleTargetRef", "minReplicas", "maxReplicas", "targetCPUUtilizationPercentage", "metrics", "behavior", "scaleUp", "scaleDown",
    "stabilizationWindowSeconds", "selectPolicy", "policies", "describedObject",
    "hard", "scopes", "ingressClassName", "defaultBackend", "tls", "hosts", "secretName", "host", "http", "paths",
    "path", "pathType", "backend", "service", "number",
    "replicas", "image", "command", "args", "workingDir", "hostPort", "containerPort", "protocol", "appProtocol",
    "port", "targetPort", "nodePort", "ports", "selector", "matchLabels", "matchExpressions", "maxUnavailable",
    "clusterIP", "clusterIPs", "envFrom", "env", "resources{}", "limits", "requests", "type", "metric", "resource", "target",
    "current", "averageValue", "averageUtilization", "container", "externalIPs", "sessionAffinity", "loadBalancerIP", "externalName",
    "volumes", "initContainers", "containers", "ephemeralContainers", "restartPolicy",
    "terminationGracePeriodSeconds", "activeDeadlineSeconds", "dnsPolicy", "nodeSelector", "serviceAccountName",
    "nodeName", "hostNetwork", "volumeMounts", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle",
    "terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy", "securityContext", "stdin", "stdinOnce",
    "tty", "template", "ttlSecondsAfterFinished", "strategy", "updateStrategy", "revisionHistoryLimit",
    "observedGeneration", "disruptedPods", "disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods",
    "lastScaleTime", "currentReplicas", "desiredReplicas", "currentMetrics", "loadBalancer", "conditions", "status",
    "userInfo", "groups", "items", "externalTrafficPolicy", "healthCheckNodePort", "publishNotReadyAddresses",
    "sessionAffinityConfig", "ipFamilies", "ipFamilyPolicy", "allocateLoadBalancerNodePorts", "loadBalancerClass",
    "internalTrafficPolicy", "resourceRules", "nonResourceRules", "verb", "group", "reason", "message",
];

/// The fields of events, which stand in an order of their own.
#[rustfmt::skip]
const EVENT: &[&str] = &[
    "kind", "apiVersion", "metadata", "involvedObject", "reason", "message", "source", "firstTimestamp",
    "lastTimestamp", "count", "type", "eventTime", "series", "action", "related", "reportingComponent",
    "reportingInstance",
];

/// The fields of events of `events.k8s.io`.
#[rustfmt::skip]
const NEW_EVENT: &[&str] = &[
    "kind", "apiVersion", "metadata", "eventTime", "series", "reportingController", "reportingInstance", "action", "reason",
    "regarding", "related", "note", "type", "deprecatedSource", "deprecatedFirstTimestamp", "deprecatedLastTimestamp",
    "deprecatedCount",
];

/// The fields of what metrics-server knows of a pod or a node.
const METRICS: &[&str] = &["kind", "apiVersion", "metadata", "timestamp", "window", "containers", "usage"];

/// The fields of an entry of `managedFields`.
const MANAGED: &[&str] =
    &["manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1", "subresource"];

/// The fields of a reference to an owner.
const OWNER: &[&str] = &["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];

/// The fields of conditions of every kind.
#[rustfmt::skip]
const CONDITION: &[&str] = &[
    "type", "status", "lastProbeTime", "lastHeartbeatTime", "lastUpdateTime", "lastTransitionTime", "reason", "message",
];

/// The fields of a pod's spec.
#[rustfmt::skip]
const POD_SPEC: &[&str] = &[
    "volumes", "initContainers", "containers", "ephemeralContainers", "restartPolicy", "terminationGracePeriodSeconds",
    "activeDeadlineSeconds", "dnsPolicy", "nodeSelector", "serviceAccountName", "serviceAccount",
    "automountServiceAccountToken", "nodeName", "hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace",
    "securityContext", "imagePullSecrets", "hostname", "subdomain", "affinity", "schedulerName", "tolerations",
    "hostAliases", "priorityClassName", "priority", "dnsConfig", "readinessGates", "runtimeClassName",
    "enableServiceLinks", "preemptionPolicy", "overhead", "topologySpreadConstraints",
];

/// The fields of a pod's status.
#[rustfmt::skip]
const POD_STATUS: &[&str] = &[
    "observedGeneration", "phase", "conditions", "message", "reason", "nominatedNodeName", "hostIP", "hostIPs", "podIP",
    "podIPs", "startTime", "initContainerStatuses", "containerStatuses", "qosClass", "ephemeralContainerStatuses",
];

/// The fields of a container's status.
#[rustfmt::skip]
const CONTAINER_STATUS: &[&str] = &[
    "name", "state", "lastState", "ready", "restartCount", "image", "imageID", "containerID", "started",
    "allocatedResources", "resources", "volumeMounts", "user",
];

/// The fields of the end of a container.
const TERMINATED: &[&str] =
    &["exitCode", "signal", "reason", "message", "startedAt", "finishedAt", "containerID"];

/// The fields of a container's mount.
const MOUNT: &[&str] =
    &["name", "readOnly", "recursiveReadOnly", "mountPath", "subPath", "mountPropagation", "subPathExpr"];

/// The fields of a node's status, and of what its kubelet tells of the machine.
#[rustfmt::skip]
const NODE_STATUS: &[&str] = &[
    "capacity", "allocatable", "phase", "conditions", "addresses", "daemonEndpoints", "nodeInfo", "images",
    "volumesInUse", "volumesAttached", "config", "runtimeHandlers", "features",
];
#[rustfmt::skip]
const NODE_INFO: &[&str] = &[
    "machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "kubeletVersion",
    "kubeProxyVersion", "operatingSystem", "architecture", "swap",
];

/// The fields of the statuses of workloads.
#[rustfmt::skip]
const DEPLOYMENT_STATUS: &[&str] = &[
    "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas",
    "terminatingReplicas", "conditions", "collisionCount",
];
#[rustfmt::skip]
const REPLICA_SET_STATUS: &[&str] = &[
    "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "terminatingReplicas", "observedGeneration",
    "conditions",
];

/// The fields of subsets of endpoints, and of the endpoints of slices.
#[rustfmt::skip]
const ENDPOINTS: &[&str] = &[
    "addresses", "notReadyAddresses", "ports", "conditions", "hostname", "targetRef", "nodeName", "zone", "hints",
];

/// The fields of an autoscaler's target, and of what it measured.
const TARGET: &[&str] = &["type", "value", "averageValue", "averageUtilization"];

/// The fields of requirements, taints, tolerations, and of references to keys.
#[rustfmt::skip]
const KEYED: &[&str] = &[
    "name", "key", "operator", "value", "values", "effect", "tolerationSeconds", "timeAdded", "path", "mode", "optional",
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
pub(super) const MAPS: &[&str] = &[
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
    "used",
    "usage",
    "capacity",
    "allocatable",
];
