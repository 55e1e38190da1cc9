//! Who names whom: when an object is called something else, those who refer to it by an older name are told.

use super::{Item, items_of, templates};
use crate::machinery::{Object, Value};

/// References inside a container.
const IN_CONTAINER: &[(&str, &str, &str)] = &[
    ("ConfigMap", "env", "valueFrom/configMapKeyRef/name"),
    ("Secret", "env", "valueFrom/secretKeyRef/name"),
    ("ConfigMap", "envFrom", "configMapRef/name"),
    ("Secret", "envFrom", "secretRef/name"),
];

/// References inside a volume, or one of its projected sources.
const IN_VOLUME: &[(&str, &str)] = &[
    ("ConfigMap", "configMap/name"),
    ("Secret", "secret/secretName"),
    ("Secret", "secret/name"),
    ("PersistentVolumeClaim", "persistentVolumeClaim/claimName"),
    ("Secret", "csi/nodePublishSecretRef/name"),
];

/// Brings every reference up to date.
pub(super) fn follow(items: &mut [Item]) {
    let known: Vec<Item> = items.to_vec();
    for item in items {
        let mut object = item.object.clone();
        let ns = object.namespace().to_string();
        let kind = object.kind().to_string();
        let call = |value: &mut Value, path: &str, kinds: &[&str]| {
            let named = value.str_at(path);
            if !named.is_empty()
                && let Some(meant) = meant(&known, kinds, named, &ns)
                && meant.name() != named
            {
                let name = meant.name().to_string();
                value.set(path, name);
            }
        };
        if let Some(path) = templates::pod_spec(&kind)
            && !object.at(path).is_null()
        {
            pod(object.at_mut(path), &call);
        }
        of_kind(&kind, &mut object, &call, &known);
        item.object = object;
    }
}

type Call<'c> = &'c dyn Fn(&mut Value, &str, &[&str]);

fn pod(spec: &mut Value, call: Call<'_>) {
    call(spec, "serviceAccountName", &["ServiceAccount"]);
    call(spec, "serviceAccount", &["ServiceAccount"]);
    call(spec, "priorityClassName", &["PriorityClass"]);
    each(spec, "imagePullSecrets", |secret| call(secret, "name", &["Secret"]));
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        each(spec, list, |container| {
            for (kind, list, path) in IN_CONTAINER {
                each(container, list, |entry| call(entry, path, &[kind]));
            }
        });
    }
    each(spec, "volumes", |volume| {
        IN_VOLUME.iter().for_each(|(kind, path)| call(volume, path, &[kind]));
        each(volume, "projected/sources", |source| {
            IN_VOLUME.iter().for_each(|(kind, path)| call(source, path, &[kind]));
        });
        call(volume, "ephemeral/volumeClaimTemplate/spec/storageClassName", &["StorageClass"]);
    });
}

fn of_kind(kind: &str, object: &mut Object, call: Call<'_>, known: &[Item]) {
    match kind {
        "StatefulSet" => {
            call(object, "spec/serviceName", &["Service"]);
            each(object, "spec/volumeClaimTemplates", |claim| {
                call(claim, "spec/storageClassName", &["StorageClass"]);
            });
        }
        "PersistentVolumeClaim" => {
            call(object, "spec/volumeName", &["PersistentVolume"]);
            call(object, "spec/storageClassName", &["StorageClass"]);
        }
        "PersistentVolume" => call(object, "spec/storageClassName", &["StorageClass"]),
        "HorizontalPodAutoscaler" => {
            let target = object.str_at("spec/scaleTargetRef/kind").to_string();
            if templates::SCALED.contains(&target.as_str()) {
                call(object, "spec/scaleTargetRef/name", &[&target]);
            }
        }
        "Ingress" => {
            call(object, "spec/ingressClassName", &["IngressClass"]);
            call(object, "spec/defaultBackend/service/name", &["Service"]);
            each(object, "spec/tls", |tls| call(tls, "secretName", &["Secret"]));
            each(object, "spec/rules", |rule| {
                each(rule, "http/paths", |path| call(path, "backend/service/name", &["Service"]));
            });
        }
        "ServiceAccount" => {
            for list in ["secrets", "imagePullSecrets"] {
                each(object, list, |secret| call(secret, "name", &["Secret"]));
            }
        }
        "APIService" => call(object, "spec/service/name", &["Service"]),
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => {
            each(object, "webhooks", |hook| call(hook, "clientConfig/service/name", &["Service"]));
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            let role = object.str_at("roleRef/kind").to_string();
            call(object, "roleRef/name", &[&role]);
            each(object, "subjects", |subject| of_subject(subject, known));
        }
        _ => {}
    }
}

/// A ServiceAccount that is bound is known by its namespace, too.
fn of_subject(subject: &mut Value, known: &[Item]) {
    if subject.str_at("kind") != "ServiceAccount" {
        return;
    }
    let (ns, name) = (subject.str_at("namespace").to_string(), subject.str_at("name").to_string());
    if let Some(account) = meant(known, &["ServiceAccount"], &name, &ns) {
        let (ns, name) = (account.namespace().to_string(), account.name().to_string());
        subject.set("name", name);
        if !ns.is_empty() {
            subject.set("namespace", ns);
        }
    }
}

/// The object a name means: one that is called so, else one that was, the latest name first.
fn meant<'k>(known: &'k [Item], kinds: &[&str], name: &str, ns: &str) -> Option<&'k Object> {
    let of_kind = || known.iter().filter(|item| kinds.contains(&item.object.kind()));
    let near = |item: &&Item| ns.is_empty() || item.object.namespace().is_empty() || item.is_in(ns);
    if let Some(item) = of_kind().filter(near).find(|item| item.object.name() == name) {
        return Some(&item.object);
    }
    let since = |item: &Item| item.earlier.iter().rev().position(|(_, earlier)| earlier == name);
    let called = of_kind().filter(near).filter_map(|item| Some((since(item)?, item)));
    called.min_by_key(|(since, _)| *since).map(|(_, item)| &item.object)
}

fn each(value: &mut Value, path: &str, act: impl FnMut(&mut Value)) {
    items_of(value, path).iter_mut().for_each(act);
}
