//! Finalizers that keep volumes in use, and the default classes of claims and ingresses.

use super::Lookup;
use crate::machinery::Object;
use std::cmp::Reverse;

pub(super) fn protect(object: &mut Object, finalizer: &str) {
    if !object.finalizers().any(|f| f == finalizer) {
        object.at_mut("metadata/finalizers").list_mut().push(finalizer.into());
    }
}

/// A claim that names no class gets the default one; of several the youngest.
pub(super) fn choose_class(claim: &mut Object, cluster: &dyn Lookup) {
    let annotated = claim.annotation("volume.beta.kubernetes.io/storage-class").is_some();
    if annotated || !claim.at("spec/storageClassName").is_null() {
        return;
    }
    let marks =
        ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
    if let Some(class) = default_of(cluster.list("storageclasses.storage.k8s.io", ""), &marks) {
        claim.set("spec/storageClassName", class.name());
    }
}

pub(super) fn choose_ingress_class(ingress: &mut Object, cluster: &dyn Lookup) {
    let annotated = ingress.annotation("kubernetes.io/ingress.class").is_some();
    if annotated || !ingress.at("spec/ingressClassName").is_null() {
        return;
    }
    let classes = cluster.list("ingressclasses.networking.k8s.io", "");
    if let Some(class) = default_of(classes, &["ingressclass.kubernetes.io/is-default-class"]) {
        ingress.set("spec/ingressClassName", class.name());
    }
}

fn default_of(classes: Vec<Object>, marks: &[&str]) -> Option<Object> {
    let marked = |class: &Object| marks.iter().any(|m| class.annotation(m) == Some("true"));
    classes.into_iter().filter(marked).min_by_key(|class| {
        (
            Reverse(class.at("metadata/creationTimestamp").as_str().map(str::to_string)),
            class.name().to_string(),
        )
    })
}
