//! Pods and the templates of pods.

mod containers;
mod env;
mod placement;
mod probes;
mod resources;
mod update;
mod volumes;

pub(super) use placement::{node_selector, taint_effect};
pub(super) use update::update;
pub(super) use volumes::host_path;

use super::fields::{Errors, all_invalid, dns_label, dns_subdomain, labels, one_of};
use super::{metadata, program};
use crate::api::{FieldError, Path};
use crate::machinery::{Object, Value};

/// What is wrong with a pod, beyond its metadata.
pub(super) fn pod(pod: &Object, errs: &mut Errors) {
    let path = Path::Root("spec");
    let spec = pod.at("spec");
    program::annotations(pod.at("metadata/annotations"), spec, &Path::Root("metadata"), errs);
    self::spec(spec, &path, errs);
    for list in ["containers", "initContainers"] {
        for (i, container) in spec[list].items().iter().enumerate() {
            let image = container.str_at("image");
            // Templates always let this through, so only pods may be strict.
            if image.trim() != image {
                let why = "must not have leading or trailing whitespace";
                errs.push(FieldError::invalid(path.field(list).index(i).field("image"), image, why));
            }
        }
    }
    if !spec["ephemeralContainers"].is_null() {
        errs.push(FieldError::forbidden(path.field("ephemeralContainers"), "cannot be set on create"));
    }
    if !spec.str_at("nodeName").is_empty() && !spec.items_at("schedulingGates").is_empty() {
        let why = "cannot be set until all schedulingGates have been cleared";
        errs.push(FieldError::forbidden(path.field("nodeName"), why));
    }
}

/// What is wrong with the template of a pod.
pub(super) fn template(template: &Value, path: &Path, errs: &mut Errors) {
    template_metadata(template, path, errs);
    spec(&template["spec"], &path.field("spec"), errs);
    if !template.at("spec/ephemeralContainers").is_null() {
        let why = "ephemeral containers not allowed in pod template";
        errs.push(FieldError::forbidden(path.field("spec").field("ephemeralContainers"), why));
    }
}

/// What is wrong with the labels and annotations of a pod's template.
pub(super) fn template_metadata(template: &Value, path: &Path, errs: &mut Errors) {
    labels(template.map_at("metadata/labels"), &path.field("labels"), errs);
    metadata::annotations(template.at("metadata/annotations"), &path.field("annotations"), errs);
    program::annotations(
        template.at("metadata/annotations"),
        &template["spec"],
        &path.field("metadata"),
        errs,
    );
}

fn spec(spec: &Value, path: &Path, errs: &mut Errors) {
    let known = volumes::validate(&spec["volumes"], &path.field("volumes"), errs);
    containers::validate(spec, path, &known, errs);
    one_of(spec, "restartPolicy", &["Always", "OnFailure", "Never"], path, errs);
    one_of(spec, "dnsPolicy", &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], path, errs);
    labels(spec.map_at("nodeSelector"), &path.field("nodeSelector"), errs);
    security(spec, path, errs);
    for (i, secret) in spec.items_at("imagePullSecrets").iter().enumerate() {
        if secret.str_at("name").is_empty() {
            errs.push(FieldError::required(path.field("imagePullSecrets").index(i).field("name"), ""));
        }
    }
    placement::affinity(&spec["affinity"], &path.field("affinity"), errs);
    dns_config(spec, path, errs);
    gates(spec, path, errs);
    placement::spread(&spec["topologySpreadConstraints"], &path.field("topologySpreadConstraints"), errs);
    for (field, check) in
        [("serviceAccountName", dns_subdomain as fn(&str, &Path, &mut Errors)), ("nodeName", dns_subdomain)]
    {
        if !spec.str_at(field).is_empty() {
            check(spec.str_at(field), &path.field(field), errs);
        }
    }
    if let Some(seconds) =
        spec.int_at("activeDeadlineSeconds").filter(|s| !(1..=i64::from(i32::MAX)).contains(s))
    {
        let why = "must be between 1 and 2147483647, inclusive";
        errs.push(FieldError::invalid(path.field("activeDeadlineSeconds"), seconds, why));
    }
    for field in ["hostname", "subdomain"] {
        if !spec.str_at(field).is_empty() {
            dns_label(spec.str_at(field), &path.field(field), errs);
        }
    }
    placement::tolerations(&spec["tolerations"], &path.field("tolerations"), errs);
    host_aliases(spec, path, errs);
    for field in ["priorityClassName", "runtimeClassName"] {
        if !spec.str_at(field).is_empty() {
            dns_subdomain(spec.str_at(field), &path.field(field), errs);
        }
    }
    if let Some(policy) = spec["preemptionPolicy"].as_str() {
        let words = ["Never", "PreemptLowerPriority"];
        if !words.contains(&policy) {
            errs.push(FieldError::not_supported(path.field("preemptionPolicy"), policy, &words));
        }
    }
    if !spec["overhead"].is_null() {
        resources::list(&spec["overhead"], &path.field("overhead"), errs);
    }
    if spec.int_at("terminationGracePeriodSeconds").is_some_and(|s| s < 0) {
        let why = super::fields::NOT_NEGATIVE;
        let seconds = &spec["terminationGracePeriodSeconds"];
        errs.push(FieldError::invalid(path.field("terminationGracePeriodSeconds"), seconds, why));
    }
}

fn security(spec: &Value, path: &Path, errs: &mut Errors) {
    let context = &spec["securityContext"];
    let path = path.field("securityContext");
    for field in ["runAsUser", "runAsGroup", "fsGroup"] {
        if let Some(id) = context.int_at(field).filter(|id| !(0..=i64::from(i32::MAX)).contains(id)) {
            let why = "must be between 0 and 2147483647, inclusive";
            errs.push(FieldError::invalid(path.field(field), id, why));
        }
    }
    if spec.bool_at("shareProcessNamespace") && spec.bool_at("hostPID") {
        let why = "ShareProcessNamespace and HostPID cannot both be enabled";
        errs.push(FieldError::invalid(path.field("shareProcessNamespace"), true, why));
    }
}

fn dns_config(spec: &Value, path: &Path, errs: &mut Errors) {
    let path = path.field("dnsConfig");
    let config = &spec["dnsConfig"];
    if spec.str_at("dnsPolicy") == "None" && config.items_at("nameservers").is_empty() {
        let why = if config.is_null() {
            "must provide `dnsConfig` when `dnsPolicy` is None"
        } else {
            "must provide at least one DNS nameserver when `dnsPolicy` is None"
        };
        let at = if config.is_null() { path } else { path.field("nameservers") };
        errs.push(FieldError::required(at, why));
    }
}

fn gates(spec: &Value, path: &Path, errs: &mut Errors) {
    let list = path.field("schedulingGates");
    let mut seen: Vec<&str> = Vec::new();
    for (i, gate) in spec.items_at("schedulingGates").iter().enumerate() {
        let (name, at) = (gate.str_at("name"), list.index(i));
        super::fields::qualified_name(name, &at, errs);
        if seen.contains(&name) {
            errs.push(FieldError::duplicate(at, name));
        }
        seen.push(name);
    }
    let list = path.field("readinessGates");
    for (i, gate) in spec.items_at("readinessGates").iter().enumerate() {
        let at = list.index(i);
        super::fields::qualified_name(gate.str_at("conditionType"), &at.field("conditionType"), errs);
    }
}

fn host_aliases(spec: &Value, path: &Path, errs: &mut Errors) {
    let list = path.field("hostAliases");
    for (i, alias) in spec.items_at("hostAliases").iter().enumerate() {
        let path = list.index(i);
        let ip = alias.str_at("ip");
        if ip.parse::<std::net::IpAddr>().is_err() {
            let why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
            errs.push(FieldError::invalid(path.field("ip"), ip, why));
        }
        let names = path.field("hostnames");
        for (i, name) in alias.items_at("hostnames").iter().enumerate() {
            let name = name.as_str().unwrap_or_default();
            let errors = crate::machinery::validation::dns1123_subdomain_errors(name);
            all_invalid(&names.index(i), name, errors, errs);
        }
    }
}
