//! `kubectl apply --prune`: what was applied once and is in the files no more goes.

use super::super::report::{DryRun, Report};
use super::super::targets::Target;
use super::super::{Failure, Kubectl, last_applied};
use crate::api::{DeleteOptions, ListOptions, Resource};
use crate::machinery::{Object, Time};
use std::collections::BTreeSet;

/// The kinds looked at unless `--prune-allowlist` names others.
const NAMESPACED: [(&str, &str); 14] = [
    ("v1", "ConfigMap"),
    ("v1", "Endpoints"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "Ingress"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
];
const CLUSTER_SCOPED: [(&str, &str); 2] = [("v1", "Namespace"), ("v1", "PersistentVolume")];

/// Prunes; `allowed` are the kinds of [`allowlist`].
pub(super) fn run(
    k: &Kubectl<'_>,
    allowed: Vec<Resource>,
    applied: &[(&Target, Object)],
    dry_run: DryRun,
) -> Result<(), Failure> {
    let kinds = if allowed.is_empty() { usual(k)? } else { allowed };
    let kept: BTreeSet<&str> = applied.iter().map(|(_, object)| object.uid()).collect();
    let namespaces: BTreeSet<&str> =
        applied.iter().map(|(target, _)| target.namespace()).filter(|ns| !ns.is_empty()).collect();
    let report = Report::new(k, dry_run)?;
    let prune = |resource: &Resource, ns: &str| -> Result<(), Failure> {
        if resource.kind == "Endpoints" {
            k.eprintln(
                "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
            );
        }
        let options = ListOptions { labels: k.flags.str("selector").to_string(), ..ListOptions::default() };
        for object in k.api()?.read_list(resource, ns, &options)? {
            if object.annotation(last_applied::ANNOTATION).is_none() || kept.contains(object.uid()) {
                continue;
            }
            if dry_run != DryRun::Client {
                let options =
                    DeleteOptions { dry_run: dry_run == DryRun::Server, ..DeleteOptions::default() };
                k.api()?.remove(resource, object.namespace(), object.name(), &options)?;
            }
            report.done(&object, "pruned")?;
        }
        Ok(())
    };
    for ns in namespaces {
        kinds.iter().filter(|r| r.namespaced).try_for_each(|r| prune(r, ns))?;
    }
    kinds.iter().filter(|r| !r.namespaced).try_for_each(|r| prune(r, ""))
}

/// The kinds of `--prune-allowlist`, which is read before anything is applied.
pub(super) fn allowlist(k: &Kubectl<'_>) -> Result<Vec<Resource>, Failure> {
    let api = k.api()?;
    let mut kinds = Vec::new();
    for entry in k.flags.list("prune-allowlist") {
        let parts: Vec<&str> = entry.split('/').collect();
        let (api_version, kind) = match parts.as_slice() {
            ["" | "core", version, kind] => (version.to_string(), *kind),
            [group, version, kind] => (format!("{group}/{version}"), *kind),
            _ => {
                return Err(Failure::message(format!(
                    "invalid GroupVersionKind format: {entry}, please follow <group/version/kind>"
                )));
            }
        };
        let known = api.registry().by_kind(&api_version, kind).cloned();
        kinds.push(known.ok_or_else(|| {
            Failure::message(format!("no matches for kind \"{kind}\" in version \"{api_version}\""))
        })?);
    }
    Ok(kinds)
}

/// The kinds that are looked at when none are named.
fn usual(k: &Kubectl<'_>) -> Result<Vec<Resource>, Failure> {
    let api = k.api()?;
    let mut usual: Vec<(&str, &str)> = NAMESPACED.to_vec();
    usual.extend(CLUSTER_SCOPED);
    if k.namespace_is_explicit() {
        k.eprintln(&format!(
            "{}prune.go:71] Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used \
             with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want \
             to target explicitly in the --prune-allowlist flag.",
            klog_prefix(api.now())
        ));
    }
    Ok(usual.iter().filter_map(|(version, kind)| api.registry().by_kind(version, kind).cloned()).collect())
}

/// `W1122 22:44:31.596704       1 `: a warning of klog, at the cluster's time.
fn klog_prefix(now: Time) -> String {
    let text = now.rfc3339_micro();
    let digits: String = text.get(5..10).unwrap_or("").replace('-', "");
    format!("W{digits} {} {:7} ", text.get(11..26).unwrap_or(""), 1)
}
