//! What every namespace gets: the ServiceAccount `default` and the ConfigMap with the cluster's root certificate
//! (serviceaccount-controller and root-ca-certificate-publisher of kube-controller-manager). Both come back when removed.

use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, Reason};
use crate::json;
use crate::machinery::Object;
use crate::store::{Change, Verb};

const ROOT_CA: &str = "kube-root-ca.crt";

/// Keeps the two objects in place; keys are namespaces.
pub struct NamespaceFurniture;

impl Actor for NamespaceFurniture {
    fn name(&self) -> &'static str {
        "serviceaccount-controller"
    }

    fn rank(&self) -> u8 {
        10
    }

    fn watches(&self) -> &'static [&'static str] {
        &["namespaces", "serviceaccounts", "configmaps"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        match change.resource.as_ref() {
            "namespaces" if change.verb == Verb::Added => ctx.wake(object.name()),
            "serviceaccounts" if change.verb == Verb::Deleted && object.name() == "default" => {
                ctx.wake(object.namespace());
            }
            "configmaps" if change.verb != Verb::Added && object.name() == ROOT_CA => {
                ctx.wake(object.namespace())
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, ns: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let Some(namespace) = ctx.api.find("namespaces", "", ns) else { return Ok(()) };
        if namespace.is_deleting() {
            return Ok(());
        }
        ensure(ctx, Object::new("v1", "ServiceAccount", ns, "default"), "serviceaccounts")?;
        let mut certificate = Object::new("v1", "ConfigMap", ns, ROOT_CA);
        certificate.set("metadata/annotations", json!({
            "kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using \
                internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is \
                guaranteed across distributions of Kubernetes clusters.",
        }));
        certificate.set("data", json!({"ca.crt": (root_certificate())}));
        ensure(ctx, certificate, "configmaps")
    }
}

fn ensure(ctx: &Ctx<'_>, object: Object, resource: &str) -> Result<(), ApiError> {
    match ctx.api.find(resource, object.namespace(), object.name()) {
        Some(found) if found.get("data") == object.get("data") || object.get("data").is_none() => Ok(()),
        Some(mut found) => {
            found.set("data", object.at("data"));
            ctx.api.update(found).map(|_| ())
        }
        None => match ctx.api.create(object) {
            Err(e) if e.reason == Reason::AlreadyExists => Ok(()),
            other => other.map(|_| ()),
        },
    }
}

/// A text of a certificate's shape; nothing in the cluster verifies it.
fn root_certificate() -> String {
    let body = "MIIDBTCCAe2gAwIBAgIIa3ViZXRpY2sTMQswDQYJKoZIhvcNAQELBQAwFTETMBEG";
    format!("-----BEGIN CERTIFICATE-----\n{body}\n{body}\n-----END CERTIFICATE-----\n")
}
