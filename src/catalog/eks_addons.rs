//! What EKS puts into a cluster for an add-on, beside what every cluster has anyway.

use super::manifests::manifest;
use crate::machinery::Object;
use crate::machinery::yaml::Documents;

/// The cluster an add-on is for.
pub struct Place<'a> {
    /// Its name.
    pub cluster: &'a str,
    /// Its region.
    pub region: &'a str,
}

/// The objects of an add-on.
pub fn objects(addon: &str, place: &Place<'_>) -> Vec<Object> {
    let text = match addon {
        "metrics-server" => manifest(
            "https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml",
        )
        .unwrap_or_default(),
        "eks-pod-identity-agent" => include_str!("manifests/eks-pod-identity-agent.yaml"),
        _ => "",
    };
    let text = text
        .replace("$REGISTRY", &format!("602401143452.dkr.ecr.{}.amazonaws.com", place.region))
        .replace("$REGION", place.region)
        .replace("$CLUSTER", place.cluster);
    Documents::new(text.as_bytes()).flatten().map(|d| Object(d.value)).filter(|o| !o.is_null()).collect()
}
