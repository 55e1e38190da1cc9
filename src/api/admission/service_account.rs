//! ServiceAccount: whom a pod's containers speak to the API as, and the token they do it with.

use super::{Lookup, shown_name};
use crate::api::{ApiError, Resource};
use crate::json;
use crate::machinery::{Object, Value, names};

const MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

pub(super) fn mount(resource: &Resource, pod: &mut Object, cluster: &dyn Lookup) -> Result<(), ApiError> {
    // The pods a kubelet makes of its own files have nobody to speak as.
    if pod.annotation("kubernetes.io/config.mirror").is_some() {
        return Ok(());
    }
    if pod.str_at("spec/serviceAccountName").is_empty() {
        pod.set("spec/serviceAccountName", "default");
        pod.set("spec/serviceAccount", "default");
    }
    let (ns, name) = (pod.namespace().to_string(), pod.str_at("spec/serviceAccountName").to_string());
    let account = cluster.get("serviceaccounts", &ns, &name);
    // The server waits a while for the account that every new namespace gets.
    if account.is_none() && name != "default" {
        let why =
            format!("error looking up service account {ns}/{name}: serviceaccount \"{name}\" not found");
        return Err(ApiError::forbidden(resource, shown_name(pod), why));
    }
    let account = account.unwrap_or_default();
    let wanted = pod.at("spec/automountServiceAccountToken").as_bool();
    if wanted.or(account.at("automountServiceAccountToken").as_bool()).unwrap_or(true) {
        mount_token(pod, cluster);
    }
    let secrets = account.at("imagePullSecrets");
    if pod.items_at("spec/imagePullSecrets").is_empty() && !secrets.items().is_empty() {
        pod.set("spec/imagePullSecrets", secrets);
    }
    Ok(())
}

fn mount_token(pod: &mut Object, cluster: &dyn Lookup) {
    const PREFIX: &str = "kube-api-access-";
    let known = pod.items_at("spec/volumes").iter().find(|v| v.str_at("name").starts_with(PREFIX));
    let known = known.map(|v| v.str_at("name").to_string());
    let unmounted = |c: &Value| !c.items_at("volumeMounts").iter().any(|m| m.str_at("mountPath") == MOUNT);
    let lists = ["initContainers", "containers"];
    let needed = lists.iter().any(|list| pod.at("spec")[*list].items().iter().any(unmounted));
    if !needed {
        return;
    }
    let name = known.clone().unwrap_or_else(|| {
        let purpose = format!("token volume {}/{}", pod.namespace(), shown_name(pod));
        format!("{PREFIX}{}", names::suffix(cluster.seed(), &purpose, cluster.draw(&purpose)))
    });
    for list in lists {
        if pod.at("spec")[list].items().is_empty() {
            continue;
        }
        for container in pod.at_mut("spec").at_mut(list).list_mut().iter_mut().filter(|c| unmounted(c)) {
            let mount = json!({"name": &name, "readOnly": true, "mountPath": MOUNT});
            container.at_mut("volumeMounts").list_mut().push(mount);
        }
    }
    if known.is_none() {
        pod.at_mut("spec/volumes").list_mut().push(token_volume(&name));
    }
}

fn token_volume(name: &str) -> Value {
    json!({"name": name, "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [
            {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
        ]}},
    ]}})
}
