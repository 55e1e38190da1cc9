//! Amazon EKS: the cluster, its managed node groups and add-ons.

mod addons;
mod clusters;
mod node_groups;
mod updates;

pub use addons::{install as install_addon, latest_version};
pub use clusters::{endpoint_id, issuer};
pub use node_groups::{ami_type, role_of_nodes};
pub use updates::begin as begin_update;

use super::{Places, Request, ServiceError};
use crate::machinery::Value;
use crate::store::Store;

/// Answers a request.
pub(super) fn call(places: &Places<'_>, request: &Request) -> Result<Value, ServiceError> {
    let input = &request.input;
    match request.operation.as_str() {
        "DescribeCluster" => clusters::describe(places, input),
        "ListClusters" => clusters::list(places, input),
        "ListNodegroups" => node_groups::list(places, input),
        "DescribeNodegroup" => node_groups::describe(places, input),
        "CreateNodegroup" => node_groups::create(places, input),
        "UpdateNodegroupConfig" => node_groups::update(places, input),
        "DeleteNodegroup" => node_groups::delete(places, input),
        "DescribeUpdate" => updates::describe(places, input),
        "ListUpdates" => updates::list(places, input),
        "ListAddons" => addons::list(places, input),
        "DescribeAddon" => addons::describe(places, input),
        "CreateAddon" => addons::create(places, input),
        "DeleteAddon" => addons::delete(places, input),
        "DescribeAddonVersions" => addons::versions(places, input),
        "ListTagsForResource" => clusters::tags(places, input),
        "TagResource" => clusters::tag(places, input),
        "ListAccessEntries" => clusters::access_entries(places, input),
        "ListPodIdentityAssociations" => {
            named(places, input.str_at("clusterName"))?;
            Ok(crate::json!({"associations": []}))
        }
        _ => Err(request.not_simulated()),
    }
}

/// The cluster of a name.
fn named<'a>(places: &Places<'a>, name: &str) -> Result<&'a Store, ServiceError> {
    places.cluster(name).ok_or_else(|| not_found(format!("No cluster found for name: {name}.")))
}

fn not_found(message: String) -> ServiceError {
    ServiceError::new(404, "ResourceNotFoundException", message)
}

fn in_use(message: String) -> ServiceError {
    ServiceError::new(409, "ResourceInUseException", message)
}

fn invalid_parameter(message: impl Into<String>) -> ServiceError {
    ServiceError::invalid("InvalidParameterException", message)
}

/// One page of names, with EKS' small letters.
fn page(names: Vec<Value>, member: &str, input: &Value) -> Result<Value, ServiceError> {
    let limit = super::filters::Limit {
        size: "maxResults",
        token: "nextToken",
        default: 100,
        most: 100,
        bad_token: "InvalidParameterException",
    };
    super::filters::page(names, member, input, limit)
}
