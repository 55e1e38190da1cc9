//! Amazon EKS: the cluster, its managed node groups and add-ons, who may enter, and which roles pods have.

mod access_entries;
mod access_policies;
mod addons;
mod cluster_updates;
mod clusters;
mod fargate;
mod node_groups;
mod pod_identities;
mod tags;
mod updates;

pub use access_entries::{
    AuthenticationMode, admit_creator, admit_node_role, authentication_mode, dismiss_node_role,
};
pub use addons::latest_version;
pub use clusters::{endpoint_id, issuer};
pub use node_groups::ami_type;
pub use pod_identities::{association_of, trust_of_pods};

use super::{Operations, Places, ServiceError};
use crate::machinery::Value;
use crate::store::Store;

/// The operations answered here.
pub(super) const OPERATIONS: Operations = &[
    ("DescribeCluster", clusters::describe),
    ("ListClusters", clusters::list),
    ("CreateCluster", clusters::create),
    ("DeleteCluster", clusters::delete),
    ("UpdateClusterConfig", cluster_updates::config),
    ("UpdateClusterVersion", cluster_updates::version),
    ("ListNodegroups", node_groups::list),
    ("DescribeNodegroup", node_groups::describe),
    ("CreateNodegroup", node_groups::create),
    ("UpdateNodegroupConfig", node_groups::update),
    ("UpdateNodegroupVersion", node_groups::update_version),
    ("DeleteNodegroup", node_groups::delete),
    ("DescribeUpdate", updates::describe),
    ("ListUpdates", updates::list),
    ("ListFargateProfiles", fargate::list),
    ("DescribeFargateProfile", fargate::describe),
    ("CreateFargateProfile", fargate::create),
    ("DeleteFargateProfile", fargate::delete),
    ("ListAddons", addons::list),
    ("DescribeAddon", addons::describe),
    ("CreateAddon", addons::create),
    ("DeleteAddon", addons::delete),
    ("UpdateAddon", addons::update),
    ("DescribeAddonVersions", addons::versions),
    ("ListTagsForResource", tags::list),
    ("TagResource", tags::tag),
    ("UntagResource", tags::untag),
    ("ListAccessEntries", access_entries::list),
    ("DescribeAccessEntry", access_entries::describe),
    ("CreateAccessEntry", access_entries::create),
    ("UpdateAccessEntry", access_entries::update),
    ("DeleteAccessEntry", access_entries::delete),
    ("ListAccessPolicies", access_policies::list),
    ("AssociateAccessPolicy", access_policies::associate),
    ("DisassociateAccessPolicy", access_policies::disassociate),
    ("ListAssociatedAccessPolicies", access_policies::associated),
    ("ListPodIdentityAssociations", pod_identities::list),
    ("DescribePodIdentityAssociation", pod_identities::describe),
    ("CreatePodIdentityAssociation", pod_identities::create),
    ("UpdatePodIdentityAssociation", pod_identities::update),
    ("DeletePodIdentityAssociation", pod_identities::delete),
];

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

fn invalid_request(message: impl Into<String>) -> ServiceError {
    ServiceError::invalid("InvalidRequestException", message)
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
