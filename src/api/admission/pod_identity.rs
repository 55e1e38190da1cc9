//! The pod identity webhook of EKS: a pod whose service account names an IAM role gets a token for it, and the
//! variables by which the AWS SDKs find it.

use super::Lookup;
use crate::json;
use crate::machinery::{Object, Value};

const ROLE: &str = "eks.amazonaws.com/role-arn";
const VOLUME: &str = "aws-iam-token";
const DIRECTORY: &str = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

/// Gives a new pod its role.
pub(super) fn mutate(pod: &mut Object, cluster: &dyn Lookup) {
    let account = cluster.get("serviceaccounts", pod.namespace(), pod.str_at("spec/serviceAccountName"));
    let Some(role) = account.as_ref().and_then(|a| a.annotation(ROLE)).map(str::to_string) else { return };
    let region = cluster.region();
    let variables = [
        ("AWS_STS_REGIONAL_ENDPOINTS", "regional"),
        ("AWS_DEFAULT_REGION", region.as_str()),
        ("AWS_REGION", region.as_str()),
        ("AWS_ROLE_ARN", role.as_str()),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", &format!("{DIRECTORY}/token")),
    ];
    for list in ["spec/initContainers", "spec/containers"] {
        if pod.items_at(list).is_empty() {
            continue;
        }
        for container in pod.at_mut(list).list_mut() {
            for (name, value) in variables {
                // A variable the pod sets itself stays.
                if !container.items_at("env").iter().any(|e| e.str_at("name") == name) {
                    container.at_mut("env").list_mut().push(json!({"name": name, "value": value}));
                }
            }
            container
                .at_mut("volumeMounts")
                .list_mut()
                .push(json!({"name": VOLUME, "readOnly": true, "mountPath": DIRECTORY}));
        }
    }
    let volume: Value = json!({
        "name": VOLUME,
        "projected": {"defaultMode": 420, "sources": [{"serviceAccountToken": {
            "audience": "sts.amazonaws.com", "expirationSeconds": 86_400, "path": "token",
        }}]},
    });
    pod.at_mut("spec/volumes").list_mut().insert(0, volume);
}
