//! Access entries: which principals of IAM may enter a cluster, and as whom. Whether a cluster asks them, its ConfigMap
//! `aws-auth` or both is its authentication mode.

use super::super::state::{self, ACCESS_ENTRY, CLUSTER, GROUP};
use super::super::{Places, ServiceError};
use super::{in_use, invalid_parameter, invalid_request, named, not_found, page};
use crate::json;
use crate::machinery::{Object, Value, names};
use crate::store::Store;

/// Types of entries beside STANDARD: the user name their principals get, and their groups.
const OF_MACHINES: [(&str, &str, &[&str]); 6] = [
    ("EC2_LINUX", "system:node:{{EC2PrivateDNSName}}", &["system:nodes"]),
    ("EC2_WINDOWS", "system:node:{{EC2PrivateDNSName}}", &["eks:kube-proxy-windows", "system:nodes"]),
    ("EC2", "system:node:{{EC2PrivateDNSName}}", &["system:nodes"]),
    ("FARGATE_LINUX", "system:node:{{SessionName}}", &["system:node-proxier", "system:nodes"]),
    ("HYBRID_LINUX", "system:node:{{SessionName}}", &["system:nodes"]),
    ("HYPERPOD_LINUX", "system:node:{{SessionName}}", &["system:nodes"]),
];

/// What a cluster asks who may enter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuthenticationMode {
    /// `aws-auth` alone.
    ConfigMap,
    /// Both; access entries win.
    ApiAndConfigMap,
    /// Access entries alone.
    Api,
}

impl AuthenticationMode {
    /// Reads the name EKS gives it.
    pub fn parse(text: &str) -> Option<AuthenticationMode> {
        let all =
            [AuthenticationMode::ConfigMap, AuthenticationMode::ApiAndConfigMap, AuthenticationMode::Api];
        all.into_iter().find(|mode| mode.name() == text)
    }

    /// The name EKS gives it.
    pub fn name(self) -> &'static str {
        match self {
            AuthenticationMode::ConfigMap => "CONFIG_MAP",
            AuthenticationMode::ApiAndConfigMap => "API_AND_CONFIG_MAP",
            AuthenticationMode::Api => "API",
        }
    }

    /// Whether access entries count.
    pub fn asks_entries(self) -> bool {
        self != AuthenticationMode::ConfigMap
    }

    /// Whether `aws-auth` counts.
    pub fn asks_config_map(self) -> bool {
        self != AuthenticationMode::Api
    }
}

/// The authentication mode of a cluster.
pub fn authentication_mode(store: &Store) -> AuthenticationMode {
    let name = store.meta().name.clone();
    let cluster = state::find(store, CLUSTER, &name);
    let mode =
        cluster.and_then(|c| AuthenticationMode::parse(c.str_at("spec/accessConfig/authenticationMode")));
    mode.unwrap_or(AuthenticationMode::ConfigMap)
}

/// The cluster of a request about access entries.
pub(super) fn asked<'a>(places: &Places<'a>, input: &Value) -> Result<&'a Store, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    match authentication_mode(store).asks_entries() {
        true => Ok(store),
        false => Err(invalid_request(
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
        )),
    }
}

/// What an entry is stored under. The account's number is worked out when it is read.
pub(super) fn key_of(places: &Places<'_>, arn: &str) -> String {
    arn.strip_prefix(&places.iam_arn("")).unwrap_or(arn).to_string()
}

fn arn_of(places: &Places<'_>, key: &str) -> String {
    if key.starts_with("arn:") { key.to_string() } else { places.iam_arn(key) }
}

/// The entry of a principal.
pub(super) fn found(places: &Places<'_>, store: &Store, arn: &str) -> Result<Object, ServiceError> {
    state::find(store, ACCESS_ENTRY, &key_of(places, arn)).ok_or_else(|| {
        not_found(
            "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'."
                .to_string(),
        )
    })
}

fn shown(places: &Places<'_>, store: &Store, key: &str) -> Value {
    let mut shown = state::find(store, ACCESS_ENTRY, key).map(|o| o.at("spec").clone()).unwrap_or_default();
    let cluster = store.meta().name.clone();
    let arn = arn_of(places, key);
    let id = names::uid(0, &format!("access entry {cluster} {key}"), 0);
    let account = arn.split(':').nth(4).unwrap_or_default().to_string();
    let (kind, rest) = arn.rsplit(':').next().and_then(|end| end.split_once('/')).unwrap_or_default();
    let tail = format!("access-entry/{cluster}/{kind}/{account}/{rest}/{id}");
    shown.set("accessEntryArn", places.arn("eks", &tail));
    if shown.str_at("username").is_empty() {
        let name = match kind {
            "role" => {
                let role = rest.rsplit('/').next().unwrap_or_default();
                format!("arn:aws:sts::{account}:assumed-role/{role}/{{{{SessionName}}}}")
            }
            _ => arn.clone(),
        };
        shown.set("username", name);
    }
    shown.set("clusterName", cluster);
    shown.set("principalArn", arn);
    shown.remove("kubetick");
    shown
}

/// Writes an entry; one of a user has no name until it is read unless it was given one.
fn put(store: &Store, key: &str, kind: &str, username: &str, groups: Value, tags: Value) {
    let now = state::timestamp_milli(store.now());
    let of_machines = OF_MACHINES.iter().find(|(name, ..)| *name == kind);
    let (username, groups) = match of_machines {
        Some((_, username, groups)) => {
            (*username, Value::from(groups.iter().map(|g| Value::from(*g)).collect::<Vec<_>>()))
        }
        None => (username, groups),
    };
    let spec = json!({
        "kubernetesGroups": groups, "createdAt": (now.as_str()), "modifiedAt": (now.as_str()), "tags": tags,
        "username": username, "type": kind, "kubetick": {"policies": []},
    });
    state::put(store, ACCESS_ENTRY, key, spec);
}

/// Lets in who made a cluster, as its administrator.
pub fn admit_creator(store: &Store) {
    const CREATOR: &str = "user/admin";
    if state::find(store, ACCESS_ENTRY, CREATOR).is_none() {
        put(store, CREATOR, "STANDARD", "", Value::from(Vec::<Value>::new()), Value::object());
        super::access_policies::grant(
            store,
            CREATOR,
            "AmazonEKSClusterAdminPolicy",
            json!({"type": "cluster", "namespaces": []}),
        );
    }
}

/// Lets the nodes of a role in; `role` is its name or ARN.
pub fn admit_node_role(store: &Store, role: &str) {
    admit_machines(store, role, "EC2_LINUX");
}

/// Lets the machines of Fargate in that run pods with a role.
pub(super) fn admit_fargate_role(store: &Store, role: &str) {
    admit_machines(store, role, "FARGATE_LINUX");
}

fn admit_machines(store: &Store, role: &str, kind: &str) {
    let key = key_of_role(store, role);
    if state::find(store, ACCESS_ENTRY, &key).is_none() {
        put(store, &key, kind, "", Value::Null, Value::object());
    }
}

/// Takes the entry of a role of nodes away, unless another group has the role as well; answers whether none has.
pub fn dismiss_node_role(store: &Store, role: &str) -> bool {
    let key = key_of_role(store, role);
    let has_it = |group: &Object| {
        group.str_at("spec/Status").is_empty()
            && key_of_role(store, group.str_at("spec/kubetick/nodeGroup/role")) == key
    };
    let is_free = !state::list(store, GROUP).iter().any(has_it);
    if is_free {
        state::remove(store, ACCESS_ENTRY, &key);
    }
    is_free
}

fn key_of_role(store: &Store, role: &str) -> String {
    let own = format!("arn:aws:iam::{}:", super::super::account_id(store));
    match role.starts_with("arn:") {
        true => role.strip_prefix(&own).unwrap_or(role).to_string(),
        false => format!("role/{role}"),
    }
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = asked(places, input)?;
    let policy = input.str_at("associatedPolicyArn");
    let has = |entry: &Object| {
        policy.is_empty()
            || entry.items_at("spec/kubetick/policies").iter().any(|p| p.str_at("policyArn") == policy)
    };
    let entries = state::list(store, ACCESS_ENTRY).into_iter().filter(has);
    let mut arns: Vec<String> = entries.map(|e| arn_of(places, e.name())).collect();
    arns.sort();
    page(arns.into_iter().map(Value::from).collect(), "accessEntries", input)
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = asked(places, input)?;
    let entry = found(places, store, input.str_at("principalArn"))?;
    Ok(json!({"accessEntry": (shown(places, store, entry.name()))}))
}

/// Groups of Kubernetes itself are out of an entry's reach.
fn check_groups(groups: &[Value]) -> Result<(), ServiceError> {
    match groups.iter().filter_map(Value::as_str).find(|group| group.starts_with("system:")) {
        Some(group) => Err(invalid_parameter(format!(
            "The kubernetes group name {group} is invalid, it cannot start with system:"
        ))),
        None => Ok(()),
    }
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = asked(places, input)?;
    let arn = input.str_at("principalArn");
    let is_principal =
        arn.starts_with("arn:aws:iam::") && [":role/", ":user/"].iter().any(|kind| arn.contains(kind));
    if !is_principal {
        return Err(invalid_parameter("The specified principalArn is invalid: invalid principal."));
    }
    let key = key_of(places, arn);
    if state::find(store, ACCESS_ENTRY, &key).is_some() {
        return Err(in_use(
            "The specified access entry resource is already in use on this cluster.".to_string(),
        ));
    }
    let kind = match input.str_at("type") {
        "" => "STANDARD",
        kind => kind,
    };
    let known = kind == "STANDARD" || OF_MACHINES.iter().any(|(name, ..)| *name == kind);
    if !known {
        return Err(invalid_parameter("The specified type is invalid."));
    }
    let groups = input.items_at("kubernetesGroups");
    check_groups(groups)?;
    let tags = input.get("tags").cloned().unwrap_or_else(Value::object);
    put(store, &key, kind, input.str_at("username"), Value::from(groups.to_vec()), tags);
    Ok(json!({"accessEntry": (shown(places, store, &key))}))
}

pub(super) fn update(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = asked(places, input)?;
    let entry = found(places, store, input.str_at("principalArn"))?;
    standard(&entry)?;
    check_groups(input.items_at("kubernetesGroups"))?;
    let now = state::timestamp_milli(store.now());
    state::modify(store, ACCESS_ENTRY, entry.name(), |spec| {
        spec.set_given(input, &["kubernetesGroups", "username"]);
        spec.set("modifiedAt", now);
    });
    Ok(json!({"accessEntry": (shown(places, store, entry.name()))}))
}

/// Entries of machines are as EKS makes them.
pub(super) fn standard(entry: &Object) -> Result<(), ServiceError> {
    match entry.str_at("spec/type") {
        "STANDARD" => Ok(()),
        _ => Err(invalid_parameter(
            "This operation can only be performed on Access Entries with a type of \"STANDARD\".",
        )),
    }
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = asked(places, input)?;
    let entry = found(places, store, input.str_at("principalArn"))?;
    state::remove(store, ACCESS_ENTRY, entry.name());
    Ok(json!({}))
}
