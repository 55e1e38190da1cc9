//! Whether two groups have nodes so alike that a scale-up may be split between them.

use crate::actors::control_plane::scheduler::Resources;
use crate::actors::programs::cluster_autoscaler::flags::Flags;
use crate::actors::programs::cluster_autoscaler::template::Template;
use crate::machinery::{Value, well_known};
use std::collections::{BTreeMap, BTreeSet};

/// Labels that tell nodes of one kind apart, on any cloud and on AWS.
const IGNORED: [&str; 14] = [
    well_known::HOSTNAME,
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    well_known::ZONE,
    well_known::REGION,
    "beta.kubernetes.io/fluentd-ds-ready",
    "kops.k8s.io/instancegroup",
    "alpha.eksctl.io/instance-id",
    well_known::EKSCTL_NODE_GROUP,
    well_known::EKS_NODE_GROUP,
    "k8s.amazonaws.com/eniConfig",
    "lifecycle",
    "topology.ebs.csi.aws.com/zone",
    "topology.k8s.aws/zone-id",
];

/// Compares two templates; the error says what differs.
pub fn compare(a: &Template, b: &Template, flags: &Flags) -> Result<(), String> {
    let differ = |what: &str| {
        Err(format!("nodes {} and {} are not similar, {what} do not match", a.node.name(), b.node.name()))
    };
    if !flags.balancing_labels.is_empty() {
        let same = |label: &String| a.node.label(label) == b.node.label(label);
        return if flags.balancing_labels.iter().all(same) { Ok(()) } else { differ("labels") };
    }
    let (capacity_a, capacity_b) = (amounts(a, "capacity"), amounts(b, "capacity"));
    if !capacity_a.keys().eq(capacity_b.keys()) {
        return differ("capacity resources");
    }
    for (name, amount) in &capacity_a {
        let other = capacity_b[name];
        let tolerance = if *name == "memory" { flags.memory_difference } else { 0.0 };
        if !within(*amount, other, tolerance) {
            return differ("capacities");
        }
    }
    if !alike(&amounts(a, "allocatable"), &amounts(b, "allocatable"), flags.allocatable_difference) {
        return differ("allocatable resources");
    }
    if !alike(&free(a), &free(b), flags.free_difference) {
        return differ("free resources");
    }
    if labels(a, flags) != labels(b, flags) {
        return differ("labels");
    }
    Ok(())
}

type Amounts<'a> = BTreeMap<&'a str, f64>;

fn amounts<'a>(template: &'a Template, list: &str) -> Amounts<'a> {
    let list = template.node.map_at(&format!("status/{list}"));
    list.iter().map(|(name, q)| (name, crate::machinery::Quantity::of(q).milli_value() as f64)).collect()
}

fn free(template: &Template) -> Amounts<'_> {
    let mut used = Resources::default();
    for pod in &template.pods {
        used.add(&pod.pending.info.requests);
    }
    let mut left = amounts(template, "allocatable");
    for (name, amount) in &mut left {
        let requested = used.get(name) as f64;
        *amount -= if *name == "cpu" { requested } else { requested * 1000.0 };
    }
    left
}

fn alike(a: &Amounts<'_>, b: &Amounts<'_>, tolerance: f64) -> bool {
    a.iter().all(|(name, amount)| b.get(name).is_some_and(|other| within(*amount, *other, tolerance)))
}

fn within(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= a.max(b) * tolerance
}

fn labels<'a>(template: &'a Template, flags: &Flags) -> BTreeMap<&'a str, &'a Value> {
    let ignored: BTreeSet<&str> =
        IGNORED.into_iter().chain(flags.balancing_ignore_labels.iter().map(String::as_str)).collect();
    template.node.labels().iter().filter(|(key, _)| !ignored.contains(key)).collect()
}
