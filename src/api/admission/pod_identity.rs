//! The pod identity webhook of EKS: a pod whose service account has a pod identity association, or names an IAM role, gets a
//! token, and the variables by which the AWS SDKs find it.

use super::Lookup;
use crate::json;
use crate::machinery::{Object, Value};

const ROLE: &str = "eks.amazonaws.com/role-arn";
/// Where associations are stored.
const ASSOCIATIONS: &str = "podidentityassociations.aws.kubetick.dev";

/// A token as a pod gets it.
struct Token {
    volume: &'static str,
    directory: &'static str,
    audience: &'static str,
    file: &'static str,
}

/// For the agent of pod identities.
const OF_AGENT: Token = Token {
    volume: "eks-pod-identity-token",
    directory: "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount",
    audience: "pods.eks.amazonaws.com",
    file: "eks-pod-identity-token",
};

/// For STS.
const OF_ISSUER: Token = Token {
    volume: "aws-iam-token",
    directory: "/var/run/secrets/eks.amazonaws.com/serviceaccount",
    audience: "sts.amazonaws.com",
    file: "token",
};

/// Gives a new pod its role; an association goes before the annotation.
pub(super) fn mutate(pod: &mut Object, cluster: &dyn Lookup) {
    let (namespace, name) = (pod.namespace(), pod.str_at("spec/serviceAccountName"));
    let is_associated = cluster
        .list(ASSOCIATIONS, "")
        .iter()
        .any(|a| a.str_at("spec/namespace") == namespace && a.str_at("spec/serviceAccount") == name);
    if is_associated {
        let file = format!("{}/{}", OF_AGENT.directory, OF_AGENT.file);
        let own = [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.as_str()),
        ];
        return give(pod, &OF_AGENT, &cluster.region(), own);
    }
    let account = cluster.get("serviceaccounts", namespace, name);
    let Some(role) = account.as_ref().and_then(|a| a.annotation(ROLE)).map(str::to_string) else { return };
    let file = format!("{}/{}", OF_ISSUER.directory, OF_ISSUER.file);
    let own = [("AWS_ROLE_ARN", role.as_str()), ("AWS_WEB_IDENTITY_TOKEN_FILE", file.as_str())];
    give(pod, &OF_ISSUER, &cluster.region(), own);
}

fn give(pod: &mut Object, token: &Token, region: &str, own: [(&str, &str); 2]) {
    let common =
        [("AWS_STS_REGIONAL_ENDPOINTS", "regional"), ("AWS_DEFAULT_REGION", region), ("AWS_REGION", region)];
    for list in ["spec/initContainers", "spec/containers"] {
        if pod.items_at(list).is_empty() {
            continue;
        }
        for container in pod.at_mut(list).list_mut() {
            for (name, value) in common.into_iter().chain(own) {
                // A variable the pod sets itself stays.
                if !container.items_at("env").iter().any(|e| e.str_at("name") == name) {
                    container.at_mut("env").list_mut().push(json!({"name": name, "value": value}));
                }
            }
            if !container.items_at("volumeMounts").iter().any(|m| m.str_at("name") == token.volume) {
                let mount = json!({"name": (token.volume), "readOnly": true, "mountPath": (token.directory)});
                container.at_mut("volumeMounts").list_mut().push(mount);
            }
        }
    }
    // The copy of a pod brings what the webhook gave its original.
    if pod.items_at("spec/volumes").iter().any(|v| v.str_at("name") == token.volume) {
        return;
    }
    let volume: Value = json!({
        "name": (token.volume),
        "projected": {"defaultMode": 420, "sources": [{"serviceAccountToken": {
            "audience": (token.audience), "expirationSeconds": 86_400, "path": (token.file),
        }}]},
    });
    pod.at_mut("spec/volumes").list_mut().insert(0, volume);
}
