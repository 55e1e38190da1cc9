//! Which fields a field selector may name. The generic ones everywhere; more where a kind's registry indexes them.

use crate::api::Resource;
use crate::machinery::selector::FieldSelector;

const GENERIC: [&str; 2] = ["metadata.name", "metadata.namespace"];

/// The further fields of a kind, and its own words for a field it does not know.
fn of_kind(resource: &Resource) -> (&'static [&'static str], Complaint) {
    use Complaint::{Plain, Standard};
    match resource.qualified().as_str() {
        "pods" => (
            &[
                "spec.nodeName",
                "spec.restartPolicy",
                "spec.schedulerName",
                "spec.serviceAccountName",
                "spec.hostNetwork",
                "status.phase",
                "status.podIP",
                "status.podIPs",
                "status.nominatedNodeName",
            ],
            Plain,
        ),
        "nodes" => (&["spec.unschedulable"], Plain),
        "namespaces" => (&["status.phase"], Plain),
        "secrets" => (&["type"], Plain),
        "services" => (&["spec.clusterIP", "spec.type"], Plain),
        "replicationcontrollers" => (&["status.replicas"], Plain),
        "events" | "events.events.k8s.io" => (
            &[
                "involvedObject.kind",
                "involvedObject.namespace",
                "involvedObject.name",
                "involvedObject.uid",
                "involvedObject.apiVersion",
                "involvedObject.resourceVersion",
                "involvedObject.fieldPath",
                "reason",
                "reportingComponent",
                "source",
                "type",
                "regarding.kind",
                "regarding.namespace",
                "regarding.name",
                "regarding.uid",
            ],
            Plain,
        ),
        "jobs.batch" => (&["status.successful"], Complaint::Of("Job")),
        "replicasets.apps" => (&["status.replicas"], Standard),
        "certificatesigningrequests.certificates.k8s.io" => (&["spec.signerName"], Plain),
        _ if resource.group.contains('.') && !resource.group.ends_with(".k8s.io") => (&[], Plain),
        _ => (&[], Standard),
    }
}

enum Complaint {
    Plain,
    Standard,
    Of(&'static str),
}

/// Whether a kind can be selected by the fields named.
pub(super) fn check(resource: &Resource, selector: &FieldSelector) -> Result<(), String> {
    let (own, complaint) = of_kind(resource);
    for term in selector.terms() {
        let field = term.field.as_str();
        if GENERIC.contains(&field) || own.contains(&field) {
            continue;
        }
        return Err(match complaint {
            Complaint::Plain => format!("field label not supported: {field}"),
            Complaint::Of(kind) => format!("field label {field:?} not supported for {kind}"),
            Complaint::Standard => format!(
                "{field:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
            ),
        });
    }
    Ok(())
}
