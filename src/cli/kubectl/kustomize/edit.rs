//! The changes a kustomization makes to every object: namespace, name, labels, annotations; and numbers of replicas.

use super::templates::SCALED;
use super::{Builder, Item, items_of, templates};
use crate::machinery::{Map, Object, Value};

/// Kinds that are called by their names from outside of the cluster's API.
const NAMED_OUTSIDE: [&str; 3] = ["CustomResourceDefinition", "APIService", "Namespace"];

/// Puts every object that can be in a namespace into one. A Namespace among them is that one.
pub(super) fn namespace(builder: &Builder, ns: &str, items: &mut [Item]) {
    if ns.is_empty() {
        return;
    }
    for item in items {
        let object = &item.object;
        let known = builder.registry.by_group_kind(object.group(), object.kind());
        if object.kind() == "Namespace" {
            item.rename(|object| object.set("metadata/name", ns));
        } else if known.is_none_or(|resource| resource.namespaced) {
            item.rename(|object| object.set("metadata/namespace", ns));
        }
        if matches!(item.object.kind(), "RoleBinding" | "ClusterRoleBinding") {
            for subject in item.object.at_mut("subjects").list_mut() {
                if subject.str_at("kind") == "ServiceAccount" && subject.str_at("name") == "default" {
                    subject.set("namespace", ns);
                }
            }
        }
    }
}

/// `namePrefix` and `nameSuffix`.
pub(super) fn affixes(prefix: &str, suffix: &str, items: &mut [Item]) {
    if prefix.is_empty() && suffix.is_empty() {
        return;
    }
    for item in items.iter_mut().filter(|item| !NAMED_OUTSIDE.contains(&item.object.kind())) {
        item.rename(|object| {
            let name = format!("{prefix}{}{suffix}", object.name());
            object.set("metadata/name", name);
        });
    }
}

/// `labels` and `commonLabels`.
pub(super) fn labels(spec: &Value, items: &mut [Item]) {
    for entry in spec.items_at("labels") {
        let (selectors, templates) = (entry.bool_at("includeSelectors"), entry.bool_at("includeTemplates"));
        label(entry.map_at("pairs"), selectors, selectors || templates, items);
    }
    label(spec.map_at("commonLabels"), true, true, items);
}

fn label(pairs: &Map, in_selectors: bool, in_templates: bool, items: &mut [Item]) {
    if pairs.is_empty() {
        return;
    }
    for Item { object, .. } in items {
        let kind = object.kind().to_string();
        insert(object, "metadata/labels", pairs);
        if in_templates {
            for metadata in templates::metadata(&kind) {
                insert(object, &format!("{metadata}/labels"), pairs);
            }
            if kind == "StatefulSet" {
                for claim in items_of(object, "spec/volumeClaimTemplates") {
                    insert(claim, "metadata/labels", pairs);
                }
            }
        }
        if in_selectors {
            templates::selectors(&kind).iter().for_each(|path| insert(object, path, pairs));
            let there = templates::optional_selectors(&kind).iter().filter(|p| !object.at(p).is_null());
            there.copied().collect::<Vec<_>>().into_iter().for_each(|path| insert(object, path, pairs));
            if let Some(path) = templates::pod_spec(&kind)
                && matches!(kind.as_str(), "Deployment" | "StatefulSet")
            {
                pod_selectors(object, path, pairs);
            }
        }
    }
}

/// Selectors inside of a pod's spec, which are about its peers.
fn pod_selectors(object: &mut Object, path: &str, pairs: &Map) {
    let spread = format!("{path}/topologySpreadConstraints");
    for constraint in items_of(object, &spread) {
        if !constraint.at("labelSelector/matchLabels").is_null() {
            insert(constraint, "labelSelector/matchLabels", pairs);
        }
    }
    for side in ["podAffinity", "podAntiAffinity"] {
        for (list, term) in [
            ("requiredDuringSchedulingIgnoredDuringExecution", ""),
            ("preferredDuringSchedulingIgnoredDuringExecution", "podAffinityTerm/"),
        ] {
            for item in items_of(object, &format!("{path}/affinity/{side}/{list}")) {
                let selector = format!("{term}labelSelector/matchLabels");
                if !item.at(&selector).is_null() {
                    insert(item, &selector, pairs);
                }
            }
        }
    }
}

/// `commonAnnotations`.
pub(super) fn annotations(pairs: &Map, items: &mut [Item]) {
    if pairs.is_empty() {
        return;
    }
    for Item { object, .. } in items {
        insert(object, "metadata/annotations", pairs);
        for metadata in templates::metadata(object.kind()) {
            insert(object, &format!("{metadata}/annotations"), pairs);
        }
    }
}

fn insert(value: &mut Value, path: &str, pairs: &Map) {
    let map = value.at_mut(path).map_mut();
    for (key, value) in pairs.iter() {
        map.insert(key, value);
    }
}

/// `replicas`.
pub(super) fn replicas(entries: &[Value], items: &mut [Item]) -> Result<(), String> {
    for entry in entries {
        let name = entry.str_at("name");
        let mut found = false;
        for item in items.iter_mut().filter(|i| SCALED.contains(&i.object.kind()) && i.is_called(name)) {
            item.object.set("spec/replicas", entry.at("count"));
            found = true;
        }
        if !found {
            let kinds: Vec<String> = SCALED.iter().map(|kind| format!("{kind}.[noVer].[noGrp]")).collect();
            return Err(format!(
                "resource with name {name} does not match a config with the following GVK [{}]",
                kinds.join(" ")
            ));
        }
    }
    Ok(())
}
