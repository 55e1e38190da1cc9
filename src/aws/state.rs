//! Where AWS keeps things. Every thing is an object in a store: what belongs to a cluster (groups, instances, templates)
//! in the cluster's file, what outlives clusters (IAM, stacks, zones) in the account's.
//!
//! An object's `spec` holds the thing in the members of the AWS API, without what is worked out when it is read (ARNs,
//! the instances of a group). Members that AWS has not begin with a small letter in services that write capitals, or stand
//! under `kubetick`.

use crate::machinery::{Object, Time, Value, names};
use crate::store::Store;

/// The group of these objects in exports.
pub const API_VERSION: &str = "aws.kubetick.dev/v1";

/// A kind of thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// As an object names it.
    pub name: &'static str,
    /// What it is stored under.
    pub resource: &'static str,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $plural:literal;)*) => {
        $($(#[$doc])* pub const $constant: Kind =
            Kind { name: $name, resource: concat!($plural, ".aws.kubetick.dev") };)*
        const KINDS: &[Kind] = &[$($constant),*];
    };
}

kinds! {
    /// Auto Scaling groups, by name.
    GROUP = "AutoScalingGroup", "autoscalinggroups";
    /// Scaling activities, by id.
    ACTIVITY = "ScalingActivity", "scalingactivities";
    /// Instance refreshes of groups, by id.
    INSTANCE_REFRESH = "InstanceRefresh", "instancerefreshes";
    /// EC2 instances, by id.
    INSTANCE = "Instance", "instances";
    /// Launch templates, by name.
    TEMPLATE = "LaunchTemplate", "launchtemplates";
    /// Security groups that somebody made, by id.
    SECURITY_GROUP = "SecurityGroup", "securitygroups";
    /// Spot instance requests, by id.
    SPOT_REQUEST = "SpotInstanceRequest", "spotinstancerequests";
    /// Load balancers, by name.
    LOAD_BALANCER = "LoadBalancer", "loadbalancers";
    /// EKS clusters, by name.
    CLUSTER = "Cluster", "clusters";
    /// EKS managed node groups, by name.
    NODE_GROUP = "Nodegroup", "nodegroups";
    /// EKS add-ons, by name.
    ADDON = "Addon", "addons";
    /// EKS Fargate profiles, by name.
    FARGATE_PROFILE = "FargateProfile", "fargateprofiles";
    /// EKS updates, by id.
    UPDATE = "Update", "updates";
    /// EKS access entries, by principal: the end of an ARN of the account's own (`role/NAME`), another's whole ARN.
    ACCESS_ENTRY = "AccessEntry", "accessentries";
    /// EKS pod identity associations, by id.
    POD_IDENTITY = "PodIdentityAssociation", "podidentityassociations";
    /// IAM policies made by the customer, by name.
    POLICY = "Policy", "policies";
    /// IAM roles, by name.
    ROLE = "Role", "roles";
    /// IAM OpenID Connect providers, by URL without scheme.
    OIDC_PROVIDER = "OpenIDConnectProvider", "openidconnectproviders";
    /// IAM instance profiles, by name.
    INSTANCE_PROFILE = "InstanceProfile", "instanceprofiles";
    /// CloudFormation stacks, by name.
    STACK = "Stack", "stacks";
    /// CloudFormation stacks that were deleted, by the UUID in their ARN.
    DELETED_STACK = "DeletedStack", "deletedstacks";
    /// CloudFormation change sets, by `stack/name`.
    CHANGE_SET = "ChangeSet", "changesets";
    /// Route 53 hosted zones, by id.
    HOSTED_ZONE = "HostedZone", "hostedzones";
    /// Systems Manager parameters, by name.
    PARAMETER = "Parameter", "parameters";
}

/// What an exported object is stored under; `None` when its kind is not one of AWS.
pub fn stored_under(object: &Object) -> Option<&'static str> {
    let kind = KINDS.iter().find(|k| k.name == object.kind() && object.api_version() == API_VERSION)?;
    Some(kind.resource)
}

/// Writes a thing. Its creation is the store's clock when it is first written.
pub fn put(store: &Store, kind: Kind, name: &str, spec: Value) {
    let mut object = Object::new(API_VERSION, kind.name, "", name);
    let created = match store.get(kind.resource, "", name) {
        Some(old) if *old.at("spec") == spec => return,
        Some(old) => old.str_at("metadata/creationTimestamp").to_string(),
        None => store.now().rfc3339(),
    };
    object.set("metadata/creationTimestamp", created);
    object.set("spec", spec);
    store.put(kind.resource, object);
}

/// A thing by name.
pub fn find(store: &Store, kind: Kind, name: &str) -> Option<Object> {
    store.get(kind.resource, "", name)
}

/// All things of a kind, by name.
pub fn list(store: &Store, kind: Kind) -> Vec<Object> {
    store.list(kind.resource, "")
}

/// Changes a thing that is there.
pub fn modify(store: &Store, kind: Kind, name: &str, change: impl FnOnce(&mut Value)) {
    if let Some(object) = find(store, kind, name) {
        let mut spec = object.at("spec").clone();
        change(&mut spec);
        put(store, kind, name, spec);
    }
}

/// Removes a thing.
pub fn remove(store: &Store, kind: Kind, name: &str) -> Option<Object> {
    store.remove(kind.resource, "", name)
}

/// An instant as AWS writes it where it keeps whole seconds.
pub fn timestamp(at: Time) -> String {
    at.truncated().rfc3339()
}

/// An instant as AWS writes it where it keeps milliseconds.
pub fn timestamp_milli(at: Time) -> String {
    let micro = at.rfc3339_micro();
    micro.strip_suffix("000Z").or(micro.get(..micro.len().saturating_sub(4))).unwrap_or(&micro).to_string()
        + "Z"
}

/// `PREFIX-0` and 16 hexadecimal digits: the ids of EC2.
pub fn ec2_id(store: &Store, prefix: &str) -> String {
    format!("{prefix}-0{}", names::hex(seed(store), prefix, store.draw(prefix), 16))
}

/// A UUID.
pub fn uuid(store: &Store, purpose: &str) -> String {
    names::uid(seed(store), purpose, store.draw(purpose))
}

/// Upper-case letters and digits, the random part of IAM's ids and CloudFormation's names.
pub fn upper(store: &Store, purpose: &str, length: usize) -> String {
    const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let seed = seed(store);
    let n = store.draw(purpose);
    let pick = |i: usize| {
        let roll = names::number(seed, &format!("{purpose} {i}"), n);
        ALPHABET[(roll % ALPHABET.len() as u64) as usize] as char
    };
    (0..length).map(pick).collect()
}

/// What names are drawn from. (The borrow of the store's identity has to end before a number is drawn.)
pub fn seed(store: &Store) -> u64 {
    store.meta().seed
}
