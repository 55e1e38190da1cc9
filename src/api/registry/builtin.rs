//! The kinds a server has by itself, in the order its discovery lists them.

use super::Cow;

/// A built-in kind and the minor versions of Kubernetes that serve it.
pub(super) struct Builtin {
    /// First `1.x` that serves it; the oldest we know stands for "always".
    pub since: u32,
    /// Last `1.x` that serves it; the newest we know stands for "still".
    pub until: u32,
    pub group: &'static str,
    pub version: &'static str,
    pub plural: &'static str,
    pub singular: &'static str,
    pub kind: &'static str,
    pub short_names: &'static [Cow],
    pub categories: &'static [Cow],
    pub namespaced: bool,
    pub verbs: &'static [Cow],
    pub subresources: &'static [&'static str],
}

macro_rules! cows {
    ($($text:literal),*) => { &[$(Cow::Borrowed($text)),*] };
}

/// Every verb of a stored kind.
const ALL: &[Cow] = cows!["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/// Namespaces go one by one.
const EACH: &[Cow] = cows!["create", "delete", "get", "list", "patch", "update", "watch"];
/// Questions that are answered and not kept.
const CREATE: &[Cow] = cows!["create"];
const READ: &[Cow] = cows!["get", "list"];

macro_rules! kinds {
    ($($group:literal $version:literal { $(
        $since:literal ..= $until:literal $plural:ident $singular:ident $kind:ident
        [$($short:literal),*] [$($category:literal),*] $scope:ident $verbs:ident [$($sub:literal),*];
    )* })*) => {
        &[$($(Builtin {
            since: $since,
            until: $until,
            group: $group,
            version: $version,
            plural: stringify!($plural),
            singular: stringify!($singular),
            kind: stringify!($kind),
            short_names: cows![$($short),*],
            categories: cows![$($category),*],
            namespaced: kinds!(@$scope),
            verbs: $verbs,
            subresources: &[$($sub),*],
        }),*),*]
    };
    (@namespaced) => { true };
    (@cluster) => { false };
}

/// The table: versions, plural, singular, kind, short names, categories, scope, verbs, subresources. Groups stand in
/// order of their priority, and so do the versions of a group: the first is the preferred one.
#[rustfmt::skip]
pub(super) static BUILTIN: &[Builtin] = kinds! {
    "" "v1" {
        21..=36 bindings binding Binding [] [] namespaced CREATE [];
        21..=36 componentstatuses componentstatus ComponentStatus ["cs"] [] cluster READ [];
        21..=36 configmaps configmap ConfigMap ["cm"] [] namespaced ALL [];
        21..=36 endpoints endpoints Endpoints ["ep"] [] namespaced ALL [];
        21..=36 events event Event ["ev"] [] namespaced ALL [];
        21..=36 limitranges limitrange LimitRange ["limits"] [] namespaced ALL [];
        21..=36 namespaces namespace Namespace ["ns"] [] cluster EACH ["finalize", "status"];
        21..=36 nodes node Node ["no"] [] cluster ALL ["proxy", "status"];
        21..=36 persistentvolumeclaims persistentvolumeclaim PersistentVolumeClaim ["pvc"] [] namespaced ALL ["status"];
        21..=36 persistentvolumes persistentvolume PersistentVolume ["pv"] [] cluster ALL ["status"];
        21..=36 pods pod Pod ["po"] ["all"] namespaced ALL ["attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy", "resize", "status"];
        21..=36 podtemplates podtemplate PodTemplate [] [] namespaced ALL [];
        21..=36 replicationcontrollers replicationcontroller ReplicationController ["rc"] ["all"] namespaced ALL ["scale", "status"];
        21..=36 resourcequotas resourcequota ResourceQuota ["quota"] [] namespaced ALL ["status"];
        21..=36 secrets secret Secret [] [] namespaced ALL [];
        21..=36 serviceaccounts serviceaccount ServiceAccount ["sa"] [] namespaced ALL ["token"];
        21..=36 services service Service ["svc"] ["all"] namespaced ALL ["proxy", "status"];
    }
    "apiregistration.k8s.io" "v1" {
        21..=36 apiservices apiservice APIService [] ["api-extensions"] cluster ALL ["status"];
    }
    "apps" "v1" {
        21..=36 controllerrevisions controllerrevision ControllerRevision [] [] namespaced ALL [];
        21..=36 daemonsets daemonset DaemonSet ["ds"] ["all"] namespaced ALL ["status"];
        21..=36 deployments deployment Deployment ["deploy"] ["all"] namespaced ALL ["scale", "status"];
        21..=36 replicasets replicaset ReplicaSet ["rs"] ["all"] namespaced ALL ["scale", "status"];
        21..=36 statefulsets statefulset StatefulSet ["sts"] ["all"] namespaced ALL ["scale", "status"];
    }
    "events.k8s.io" "v1" {
        21..=36 events event Event ["ev"] [] namespaced ALL [];
    }
    "events.k8s.io" "v1beta1" {
        21..=24 events event Event ["ev"] [] namespaced ALL [];
    }
    "authentication.k8s.io" "v1" {
        28..=36 selfsubjectreviews selfsubjectreview SelfSubjectReview [] [] cluster CREATE [];
        21..=36 tokenreviews tokenreview TokenReview [] [] cluster CREATE [];
    }
    "authorization.k8s.io" "v1" {
        21..=36 localsubjectaccessreviews localsubjectaccessreview LocalSubjectAccessReview [] [] namespaced CREATE [];
        21..=36 selfsubjectaccessreviews selfsubjectaccessreview SelfSubjectAccessReview [] [] cluster CREATE [];
        21..=36 selfsubjectrulesreviews selfsubjectrulesreview SelfSubjectRulesReview [] [] cluster CREATE [];
        21..=36 subjectaccessreviews subjectaccessreview SubjectAccessReview [] [] cluster CREATE [];
    }
    "autoscaling" "v2" {
        23..=36 horizontalpodautoscalers horizontalpodautoscaler HorizontalPodAutoscaler ["hpa"] ["all"] namespaced ALL ["status"];
    }
    "autoscaling" "v1" {
        21..=36 horizontalpodautoscalers horizontalpodautoscaler HorizontalPodAutoscaler ["hpa"] ["all"] namespaced ALL ["status"];
    }
    "autoscaling" "v2beta1" {
        21..=24 horizontalpodautoscalers horizontalpodautoscaler HorizontalPodAutoscaler ["hpa"] ["all"] namespaced ALL ["status"];
    }
    "autoscaling" "v2beta2" {
        21..=25 horizontalpodautoscalers horizontalpodautoscaler HorizontalPodAutoscaler ["hpa"] ["all"] namespaced ALL ["status"];
    }
    "batch" "v1" {
        22..=36 cronjobs cronjob CronJob ["cj"] ["all"] namespaced ALL ["status"];
        21..=36 jobs job Job [] ["all"] namespaced ALL ["status"];
        // New in this version; transcripts of that time list CronJobs after Jobs.
        21..=21 cronjobs cronjob CronJob ["cj"] ["all"] namespaced ALL ["status"];
    }
    "batch" "v1beta1" {
        21..=24 cronjobs cronjob CronJob ["cj"] ["all"] namespaced ALL ["status"];
    }
    "certificates.k8s.io" "v1" {
        21..=36 certificatesigningrequests certificatesigningrequest CertificateSigningRequest ["csr"] [] cluster ALL ["approval", "status"];
    }
    "networking.k8s.io" "v1" {
        21..=36 ingressclasses ingressclass IngressClass [] [] cluster ALL [];
        21..=36 ingresses ingress Ingress ["ing"] [] namespaced ALL ["status"];
        33..=36 ipaddresses ipaddress IPAddress ["ip"] [] cluster ALL [];
        21..=36 networkpolicies networkpolicy NetworkPolicy ["netpol"] [] namespaced ALL [];
        33..=36 servicecidrs servicecidr ServiceCIDR [] [] cluster ALL ["status"];
    }
    "networking.k8s.io" "v1beta1" {
        21..=21 ingresses ingress Ingress ["ing"] [] namespaced ALL ["status"];
        21..=21 ingressclasses ingressclass IngressClass [] [] cluster ALL [];
    }
    "policy" "v1" {
        21..=36 poddisruptionbudgets poddisruptionbudget PodDisruptionBudget ["pdb"] [] namespaced ALL ["status"];
    }
    "policy" "v1beta1" {
        21..=24 poddisruptionbudgets poddisruptionbudget PodDisruptionBudget ["pdb"] [] namespaced ALL ["status"];
        21..=24 podsecuritypolicies podsecuritypolicy PodSecurityPolicy ["psp"] [] cluster ALL [];
    }
    "rbac.authorization.k8s.io" "v1" {
        21..=36 clusterrolebindings clusterrolebinding ClusterRoleBinding [] [] cluster ALL [];
        21..=36 clusterroles clusterrole ClusterRole [] [] cluster ALL [];
        21..=36 rolebindings rolebinding RoleBinding [] [] namespaced ALL [];
        21..=36 roles role Role [] [] namespaced ALL [];
    }
    "storage.k8s.io" "v1" {
        21..=36 csidrivers csidriver CSIDriver [] [] cluster ALL [];
        21..=36 csinodes csinode CSINode [] [] cluster ALL [];
        24..=36 csistoragecapacities csistoragecapacity CSIStorageCapacity [] [] namespaced ALL [];
        21..=36 storageclasses storageclass StorageClass ["sc"] [] cluster ALL [];
        21..=36 volumeattachments volumeattachment VolumeAttachment [] [] cluster ALL ["status"];
        34..=36 volumeattributesclasses volumeattributesclass VolumeAttributesClass ["vac"] [] cluster ALL [];
    }
    "storage.k8s.io" "v1beta1" {
        21..=26 csistoragecapacities csistoragecapacity CSIStorageCapacity [] [] namespaced ALL [];
    }
    "admissionregistration.k8s.io" "v1" {
        36..=36 mutatingadmissionpolicies mutatingadmissionpolicy MutatingAdmissionPolicy [] ["api-extensions"] cluster ALL [];
        36..=36 mutatingadmissionpolicybindings mutatingadmissionpolicybinding MutatingAdmissionPolicyBinding [] ["api-extensions"] cluster ALL [];
        21..=36 mutatingwebhookconfigurations mutatingwebhookconfiguration MutatingWebhookConfiguration [] ["api-extensions"] cluster ALL [];
        30..=36 validatingadmissionpolicies validatingadmissionpolicy ValidatingAdmissionPolicy [] ["api-extensions"] cluster ALL ["status"];
        30..=36 validatingadmissionpolicybindings validatingadmissionpolicybinding ValidatingAdmissionPolicyBinding [] ["api-extensions"] cluster ALL [];
        21..=36 validatingwebhookconfigurations validatingwebhookconfiguration ValidatingWebhookConfiguration [] ["api-extensions"] cluster ALL [];
    }
    "apiextensions.k8s.io" "v1" {
        21..=36 customresourcedefinitions customresourcedefinition CustomResourceDefinition ["crd", "crds"] ["api-extensions"] cluster ALL ["status"];
    }
    "scheduling.k8s.io" "v1" {
        21..=36 priorityclasses priorityclass PriorityClass ["pc"] [] cluster ALL [];
    }
    "coordination.k8s.io" "v1" {
        21..=36 leases lease Lease [] [] namespaced ALL [];
    }
    "node.k8s.io" "v1" {
        21..=36 runtimeclasses runtimeclass RuntimeClass [] [] cluster ALL [];
    }
    "node.k8s.io" "v1beta1" {
        21..=24 runtimeclasses runtimeclass RuntimeClass [] [] cluster ALL [];
    }
    "discovery.k8s.io" "v1" {
        21..=36 endpointslices endpointslice EndpointSlice [] [] namespaced ALL [];
    }
    "discovery.k8s.io" "v1beta1" {
        21..=24 endpointslices endpointslice EndpointSlice [] [] namespaced ALL [];
    }
    "resource.k8s.io" "v1" {
        34..=36 deviceclasses deviceclass DeviceClass [] [] cluster ALL [];
        34..=36 resourceclaims resourceclaim ResourceClaim [] [] namespaced ALL ["status"];
        34..=36 resourceclaimtemplates resourceclaimtemplate ResourceClaimTemplate [] [] namespaced ALL [];
        34..=36 resourceslices resourceslice ResourceSlice [] [] cluster ALL [];
    }
    "flowcontrol.apiserver.k8s.io" "v1" {
        29..=36 flowschemas flowschema FlowSchema [] [] cluster ALL ["status"];
        29..=36 prioritylevelconfigurations prioritylevelconfiguration PriorityLevelConfiguration [] [] cluster ALL ["status"];
    }
    "flowcontrol.apiserver.k8s.io" "v1beta3" {
        26..=31 flowschemas flowschema FlowSchema [] [] cluster ALL ["status"];
        26..=31 prioritylevelconfigurations prioritylevelconfiguration PriorityLevelConfiguration [] [] cluster ALL ["status"];
    }
    "flowcontrol.apiserver.k8s.io" "v1beta2" {
        23..=28 flowschemas flowschema FlowSchema [] [] cluster ALL ["status"];
        23..=28 prioritylevelconfigurations prioritylevelconfiguration PriorityLevelConfiguration [] [] cluster ALL ["status"];
    }
    "flowcontrol.apiserver.k8s.io" "v1beta1" {
        21..=25 flowschemas flowschema FlowSchema [] [] cluster ALL ["status"];
        21..=25 prioritylevelconfigurations prioritylevelconfiguration PriorityLevelConfiguration [] [] cluster ALL ["status"];
    }
};

/// What metrics-server adds once its APIService is available.
#[rustfmt::skip]
pub(super) static METRICS: &[Builtin] = kinds! {
    "metrics.k8s.io" "v1beta1" {
        21..=36 nodes nodemetrics NodeMetrics [] [] cluster READ [];
        21..=36 pods podmetrics PodMetrics [] [] namespaced READ [];
    }
};
