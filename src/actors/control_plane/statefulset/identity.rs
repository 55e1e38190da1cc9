//! The sticky identity of a StatefulSet's pods: ordinal, name, hostname, claims.

use crate::actors::control_plane::pod_control::pod_from_template;
use crate::json;
use crate::machinery::{Object, Value};

/// The label that says which pod of a set a pod is.
const POD_NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";
/// The ordinal as a label.
const POD_INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";
/// The label with the name of the revision a pod was made from.
pub(super) const REVISION_LABEL: &str = "controller-revision-hash";

/// The number at the end of a pod's name.
pub(super) fn ordinal(set: &str, pod: &str) -> Option<i64> {
    pod.strip_prefix(set)?.strip_prefix('-')?.parse().ok().filter(|n| *n >= 0)
}

pub(super) fn pod_name(set: &Object, ordinal: i64) -> String {
    format!("{}-{ordinal}", set.name())
}

/// The pod of an ordinal, made from the template of a revision.
pub(super) fn new_pod(set: &Object, template: &Value, revision: &str, ordinal: i64) -> Object {
    let name = pod_name(set, ordinal);
    let mut pod = pod_from_template(template, set);
    pod.set("metadata/name", name.as_str());
    pod.set_label(POD_NAME_LABEL, &name);
    pod.set_label(POD_INDEX_LABEL, &ordinal.to_string());
    pod.set_label(REVISION_LABEL, revision);
    pod.set("spec/hostname", name.as_str());
    let service = set.str_at("spec/serviceName");
    if !service.is_empty() {
        pod.set("spec/subdomain", service);
    }
    let claims = claim_templates(set);
    if !claims.is_empty() {
        let mut volumes: Vec<Value> =
            claims.iter().map(|claim| claim_volume(claim.str_at("metadata/name"), &name)).collect();
        let own = pod.items_at("spec/volumes").iter();
        volumes.extend(
            own.filter(|v| !claims.iter().any(|c| c.str_at("metadata/name") == v.str_at("name"))).cloned(),
        );
        pod.set("spec/volumes", volumes);
    }
    pod
}

fn claim_templates(set: &Object) -> &[Value] {
    set.items_at("spec/volumeClaimTemplates")
}

fn claim_volume(template: &str, pod: &str) -> Value {
    json!({"name": template, "persistentVolumeClaim": {"claimName": (format!("{template}-{pod}"))}})
}

/// The claims of a pod, as they are made.
pub(super) fn claims(set: &Object, pod: &str) -> Vec<Object> {
    let claim = |template: &Value| {
        let mut claim = Object(template.clone());
        claim.set("apiVersion", "v1");
        claim.set("kind", "PersistentVolumeClaim");
        claim.remove("status");
        claim.set("metadata/name", format!("{}-{pod}", template.str_at("metadata/name")));
        claim.set("metadata/namespace", set.namespace());
        for (key, value) in set.map_at("spec/selector/matchLabels").iter() {
            claim.set_label(key, value.as_str().unwrap_or(""));
        }
        if set.str_at("spec/persistentVolumeClaimRetentionPolicy/whenDeleted") == "Delete" {
            claim.set("metadata/ownerReferences", vec![set.as_controller_ref()]);
        }
        claim
    };
    claim_templates(set).iter().map(claim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> Object {
        let mut set = Object::new("apps/v1", "StatefulSet", "shop", "db");
        set.set(
            "spec",
            json!({
                "serviceName": "db-headless",
                "selector": {"matchLabels": {"app": "db"}},
                "template": {"metadata": {"labels": {"app": "db"}},
                             "spec": {"volumes": [{"name": "data"}, {"name": "tmp", "emptyDir": {}}]}},
                "volumeClaimTemplates": [{"metadata": {"name": "data"}, "status": {"phase": "Pending"}}],
            }),
        );
        set
    }

    #[test]
    fn ordinals_come_from_names() {
        assert_eq!(ordinal("db", "db-12"), Some(12));
        assert_eq!(ordinal("db", "db-x"), None);
        assert_eq!(ordinal("db", "db-a-1"), None);
    }

    #[test]
    fn a_pod_carries_its_name_and_its_claims() {
        let set = set();
        let pod = new_pod(&set, set.at("spec/template"), "db-abc", 1);
        assert_eq!(pod.name(), "db-1");
        assert_eq!(pod.label(POD_INDEX_LABEL), Some("1"));
        assert_eq!(pod.str_at("spec/subdomain"), "db-headless");
        let volumes = pod.items_at("spec/volumes");
        assert_eq!(volumes.len(), 2);
        assert_eq!(volumes[0].str_at("persistentVolumeClaim/claimName"), "data-db-1");
        let claims = claims(&set, "db-1");
        assert_eq!(claims[0].name(), "data-db-1");
        assert_eq!(claims[0].label("app"), Some("db"));
        assert!(claims[0].at("status").is_null());
    }
}
