//! How the fields of built-in kinds merge in a strategic merge patch: the `patchStrategy` and `patchMergeKey` of the API.

use super::types::{GoType, Kind, Type};
use crate::api::Resource;
use crate::machinery::patch::{Rule, Schema};

/// The type of a map, for merging; unknown below custom resources and free-form fields, where maps merge and lists are
/// replaced.
#[derive(Clone, Copy)]
pub struct MergeRules(Option<&'static Type>);

impl MergeRules {
    /// The rules of a kind.
    pub fn of(resource: &Resource) -> MergeRules {
        MergeRules(super::type_of(resource))
    }
}

/// Lists whose items merge: (struct, field, merge key). Sorted.
const KEYED: &[(&str, &str, &str)] = &[
    ("admissionregistration/v1.MutatingAdmissionPolicySpec", "matchConditions", "name"),
    ("admissionregistration/v1.MutatingWebhook", "matchConditions", "name"),
    ("admissionregistration/v1.MutatingWebhookConfiguration", "webhooks", "name"),
    ("admissionregistration/v1.ValidatingAdmissionPolicySpec", "matchConditions", "name"),
    ("admissionregistration/v1.ValidatingAdmissionPolicySpec", "variables", "name"),
    ("admissionregistration/v1.ValidatingWebhook", "matchConditions", "name"),
    ("admissionregistration/v1.ValidatingWebhookConfiguration", "webhooks", "name"),
    ("apiextensions/v1.JSONSchemaProps", "x-kubernetes-validations", "rule"),
    ("apiregistration/v1.APIServiceStatus", "conditions", "type"),
    ("apps/v1.DaemonSetStatus", "conditions", "type"),
    ("apps/v1.DeploymentStatus", "conditions", "type"),
    ("apps/v1.ReplicaSetStatus", "conditions", "type"),
    ("apps/v1.StatefulSetStatus", "conditions", "type"),
    ("autoscaling/v2.HorizontalPodAutoscalerStatus", "conditions", "type"),
    ("batch/v1.JobStatus", "conditions", "type"),
    ("core/v1.ComponentStatus", "conditions", "type"),
    ("core/v1.Container", "env", "name"),
    ("core/v1.Container", "ports", "containerPort"),
    ("core/v1.Container", "volumeDevices", "devicePath"),
    ("core/v1.Container", "volumeMounts", "mountPath"),
    ("core/v1.ContainerStatus", "allocatedResourcesStatus", "name"),
    ("core/v1.ContainerStatus", "volumeMounts", "mountPath"),
    ("core/v1.EphemeralContainer", "env", "name"),
    ("core/v1.EphemeralContainer", "ports", "containerPort"),
    ("core/v1.EphemeralContainer", "volumeDevices", "devicePath"),
    ("core/v1.EphemeralContainer", "volumeMounts", "mountPath"),
    ("core/v1.NamespaceStatus", "conditions", "type"),
    ("core/v1.NodeStatus", "addresses", "type"),
    ("core/v1.NodeStatus", "conditions", "type"),
    ("core/v1.PersistentVolumeClaimStatus", "conditions", "type"),
    ("core/v1.PodSpec", "containers", "name"),
    ("core/v1.PodSpec", "ephemeralContainers", "name"),
    ("core/v1.PodSpec", "hostAliases", "ip"),
    ("core/v1.PodSpec", "imagePullSecrets", "name"),
    ("core/v1.PodSpec", "initContainers", "name"),
    ("core/v1.PodSpec", "resourceClaims", "name"),
    ("core/v1.PodSpec", "schedulingGates", "name"),
    ("core/v1.PodSpec", "topologySpreadConstraints", "topologyKey"),
    ("core/v1.PodSpec", "volumes", "name"),
    ("core/v1.PodStatus", "conditions", "type"),
    ("core/v1.PodStatus", "hostIPs", "ip"),
    ("core/v1.PodStatus", "podIPs", "ip"),
    ("core/v1.PodStatus", "resourceClaimStatuses", "name"),
    ("core/v1.ReplicationControllerStatus", "conditions", "type"),
    ("core/v1.ServiceAccount", "secrets", "name"),
    ("core/v1.ServiceSpec", "ports", "port"),
    ("core/v1.ServiceStatus", "conditions", "type"),
    ("flowcontrol/v1.FlowSchemaStatus", "conditions", "type"),
    ("flowcontrol/v1.PriorityLevelConfigurationStatus", "conditions", "type"),
    ("meta/v1.ObjectMeta", "ownerReferences", "uid"),
    ("networking/v1.ServiceCIDRStatus", "conditions", "type"),
    ("policy/v1.PodDisruptionBudgetStatus", "conditions", "type"),
    ("resource/v1.ResourceClaimStatus", "reservedFor", "uid"),
    ("storage/v1.CSINodeSpec", "drivers", "name"),
];

/// Lists of scalars that merge as sets.
const SETS: &[(&str, &str)] = &[("core/v1.NodeSpec", "podCIDRs"), ("meta/v1.ObjectMeta", "finalizers")];

/// Of which only one alternative is ever set: a change drops the others.
const RETAIN_KEYS: &[(&str, &str)] = &[
    ("apps/v1.DeploymentSpec", "strategy"),
    ("core/v1.PodSpec", "resourceClaims"),
    ("core/v1.PodSpec", "volumes"),
    ("core/v1.PodStatus", "resourceClaimStatuses"),
];

/// Maps that are replaced as a whole.
const REPLACED: &[(&str, &str)] = &[("policy/v1.PodDisruptionBudgetSpec", "selector")];

impl Schema for MergeRules {
    fn field(self, name: &str) -> Rule<MergeRules> {
        let mut rule =
            Rule { below: MergeRules(None), merge: false, replace: false, retain_keys: false, key: "" };
        let Some(ty) = self.0 else { return rule };
        let field = ty.fields.binary_search_by(|f| f.name.cmp(name)).ok();
        rule.below = MergeRules(field.and_then(|i| items_of(&ty.fields[i].ty)));
        let here = (ty.name, name);
        if let Ok(i) = KEYED.binary_search_by(|(ty, field, _)| (*ty, *field).cmp(&here)) {
            rule.key = KEYED[i].2;
        }
        rule.merge = !rule.key.is_empty() || SETS.contains(&here);
        rule.replace = REPLACED.contains(&here);
        rule.retain_keys = RETAIN_KEYS.contains(&here);
        rule
    }
}

/// The struct a field holds, alone, in a list or in a map.
fn items_of(ty: &'static GoType) -> Option<&'static Type> {
    match &ty.kind {
        Kind::Struct(r) => r.get(),
        Kind::List(item) | Kind::Map(item) => items_of(item),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_names_a_field_that_exists() {
        assert!(KEYED.is_sorted());
        let pairs = KEYED.iter().map(|(ty, field, _)| (ty, field));
        let others = SETS.iter().chain(RETAIN_KEYS).chain(REPLACED).map(|(ty, field)| (ty, field));
        for (name, field) in pairs.chain(others) {
            let ty = Type::named(name).unwrap_or_else(|| panic!("no type {name}"));
            assert!(ty.fields.iter().any(|f| f.name == *field), "{name} has no {field}");
        }
    }
}
