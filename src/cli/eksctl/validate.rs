//! What eksctl refuses of a configuration before it asks AWS.

use crate::catalog::instance_types;
use crate::machinery::{KubeVersion, Value};
use anyhow::bail;
use std::collections::BTreeSet;

/// Regions eksctl makes clusters in, in its order.
const REGIONS: [&str; 34] = [
    "us-west-2",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "ca-central-1",
    "ca-west-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "eu-central-1",
    "eu-south-1",
    "eu-central-2",
    "eu-south-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ap-south-1",
    "ap-south-2",
    "ap-east-1",
    "me-south-1",
    "me-central-1",
    "il-central-1",
    "mx-central-1",
    "sa-east-1",
    "af-south-1",
    "us-gov-west-1",
    "us-gov-east-1",
];

/// A whole ClusterConfig.
pub(super) fn cluster(document: &Value) -> anyhow::Result<()> {
    let name = document.str_at("metadata/name");
    if name.is_empty() {
        bail!("metadata.name must be set");
    }
    check_name(name)?;
    let region = document.str_at("metadata/region");
    if !region.is_empty() && !REGIONS.contains(&region) {
        bail!("--region={region} is not supported - use one of: {}", REGIONS.join(", "));
    }
    check_version(document.str_at("metadata/version"))?;
    let mut names = BTreeSet::new();
    for key in ["nodeGroups", "managedNodeGroups"] {
        for (i, group) in document.items_at(key).iter().enumerate() {
            let path = format!("{key}[{i}]");
            node_group(&path, group)?;
            let name = group.str_at("name");
            if !names.insert(name.to_string()) {
                bail!("{path}.name \"{name}\" is not unique");
            }
        }
    }
    Ok(())
}

fn check_name(name: &str) -> anyhow::Result<()> {
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !fits {
        bail!(
            "validation for {name} failed, name must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        );
    }
    Ok(())
}

fn check_version(text: &str) -> anyhow::Result<()> {
    if matches!(text, "" | "auto" | "default" | "latest") {
        return Ok(());
    }
    let version = KubeVersion::parse(text);
    if version.is_some_and(|v| v >= KubeVersion::OLDEST && v <= KubeVersion::LATEST) {
        return Ok(());
    }
    let is_gone = version.is_some_and(|v| v < KubeVersion::OLDEST && v.minor >= 10);
    let supported: Vec<String> =
        (KubeVersion::OLDEST.minor..=KubeVersion::LATEST.minor).map(|minor| format!("1.{minor}")).collect();
    let gone = if is_gone { format!("{text} is no longer supported, ") } else { String::new() };
    bail!(
        "invalid version, {gone}supported values: {}\nsee also: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
        supported.join(", ")
    );
}

/// One node group; `path` is where it stands.
pub(super) fn node_group(path: &str, group: &Value) -> anyhow::Result<()> {
    let name = group.str_at("name");
    if name.is_empty() {
        bail!("{path}.name must be set");
    }
    check_name(name)?;
    sizes(path, group)?;
    if group.int_at("volumeSize").is_some_and(|size| size < 1) {
        bail!("{path}.volumeSize must be greater than 0");
    }
    for taint in group.items_at("taints") {
        let effect = taint.str_at("effect");
        if !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
            bail!("invalid taint effect: {effect}, unsupported taint effect");
        }
    }
    let mut types: Vec<&str> = group.items_at("instanceTypes").iter().filter_map(Value::as_str).collect();
    types.extend(group.items_at("instancesDistribution/instanceTypes").iter().filter_map(Value::as_str));
    types.extend(Some(group.str_at("instanceType")).filter(|t| !matches!(*t, "" | "mixed")));
    if let Some(unknown) = types.iter().find(|t| instance_types::find(t).is_none()) {
        bail!("InvalidInstanceType: The following supplied instance types do not exist: [{unknown}]");
    }
    Ok(())
}

/// No number of nodes is below zero.
pub(super) fn none_is_negative(
    desired: Option<i64>,
    min: Option<i64>,
    max: Option<i64>,
) -> anyhow::Result<()> {
    for (value, what) in [(desired, "number"), (min, "minimum"), (max, "maximum")] {
        if value.is_some_and(|v| v < 0) {
            bail!("{what} of nodes must be 0 or greater");
        }
    }
    Ok(())
}

fn sizes(path: &str, group: &Value) -> anyhow::Result<()> {
    let size = |member: &str| group.int_at(member);
    let (min, max, desired) = (size("minSize"), size("maxSize"), size("desiredCapacity"));
    none_is_negative(desired, min, max)?;
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        bail!("{path}: maxSize ({max}) cannot be smaller than minSize ({min})");
    }
    if let (Some(desired), Some(min)) = (desired, min)
        && desired < min
    {
        bail!("cannot use --nodes-min={min} and --nodes={desired} at the same time");
    }
    if let (Some(desired), Some(max)) = (desired, max)
        && desired > max
    {
        bail!("cannot use --nodes-max={max} and --nodes={desired} at the same time");
    }
    Ok(())
}
