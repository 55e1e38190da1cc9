//! Changes of the cluster itself: its version, who may reach and enter it, what it logs. One at a time.

use super::super::state::{self, CLUSTER, FARGATE_PROFILE, NODE_GROUP};
use super::super::{Places, ServiceError};
use super::access_entries::{
    AuthenticationMode, admit_creator, admit_fargate_role, admit_node_role, authentication_mode,
};
use super::updates::{self, Of};
use super::{clusters, in_use, invalid_parameter, named};
use crate::json;
use crate::machinery::{Duration, KubeVersion, Value};
use crate::store::Store;

/// How long EKS takes to replace a control plane by one of the next version.
const VERSION_TAKES: Duration = Duration::from_mins(10);
/// How long it takes to give a control plane another configuration.
const CONFIG_TAKES: Duration = Duration::from_mins(2);

/// The types of logs a control plane has.
const LOGS: [&str; 5] = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/// Members of a request, and the update each asks for.
const KINDS: [(&str, &str); 5] = [
    ("accessConfig", "AccessConfigUpdate"),
    ("logging", "LoggingUpdate"),
    ("resourcesVpcConfig", "EndpointAccessUpdate"),
    ("upgradePolicy", "UpgradePolicyUpdate"),
    ("deletionProtection", "DeletionProtectionUpdate"),
];

fn is_idle(store: &Store, kind: &str) -> Result<(), ServiceError> {
    match updates::running(store) {
        None => Ok(()),
        Some(id) => Err(in_use(format!(
            "Cannot {kind} because cluster {} currently has update {id} in progress",
            store.meta().name
        ))),
    }
}

fn param(kind: &str, value: impl Into<String>) -> Value {
    json!({"type": kind, "value": (value.into())})
}

fn modify(store: &Store, change: impl FnOnce(&mut Value)) {
    let name = store.meta().name.clone();
    state::modify(store, CLUSTER, &name, change);
}

/// Raises the control plane by a minor version. Node groups stay behind, but not by two.
pub(super) fn version(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("name"))?;
    let (present, text) = (store.meta().version, input.str_at("version"));
    let wanted = KubeVersion::parse(text)
        .filter(|v| *v >= KubeVersion::OLDEST && *v <= KubeVersion::LATEST)
        .ok_or_else(|| invalid_parameter("unsupported Kubernetes version"))?;
    if Some(wanted) != present.next() {
        return Err(invalid_parameter(format!(
            "Unsupported Kubernetes minor version update from {present} to {wanted}"
        )));
    }
    is_idle(store, "VersionUpdate")?;
    let behind: Vec<String> = state::list(store, NODE_GROUP)
        .iter()
        .filter(|group| KubeVersion::parse(group.str_at("spec/version")).is_some_and(|v| v < present))
        .map(|group| group.name().to_string())
        .collect();
    if !behind.is_empty() {
        return Err(invalid_parameter(format!(
            "Nodegroups {} must be updated to match cluster version {present} before updating cluster version",
            behind.join(",")
        )));
    }
    let platform = clusters::shown(places, store).str_at("platformVersion").to_string();
    let params = vec![param("Version", wanted.to_string()), param("PlatformVersion", platform)];
    let update = updates::begin_for(store, Of::Cluster, "VersionUpdate", params, VERSION_TAKES);
    let becomes = json!({"version": (wanted.to_string()), "at": ((store.now() + VERSION_TAKES).0)});
    modify(store, |spec| spec.set("kubetick/becomes", becomes));
    Ok(json!({"update": update}))
}

/// Changes one thing of a cluster's configuration.
pub(super) fn config(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("name"))?;
    let asked: Vec<(&str, &str)> =
        KINDS.into_iter().filter(|(member, _)| input.get(member).is_some()).collect();
    let (member, kind) = match asked.as_slice() {
        [] => return Err(invalid_parameter("The type for cluster update was not provided.")),
        [one] => *one,
        _ => return Err(invalid_parameter("Only one type of update can be allowed.")),
    };
    is_idle(store, kind)?;
    let params = match member {
        "accessConfig" => access(store, input.str_at("accessConfig/authenticationMode"))?,
        "logging" => logging(places, store, input.at("logging"))?,
        "resourcesVpcConfig" => endpoint(places, store, input.at("resourcesVpcConfig"))?,
        member => {
            modify(store, |spec| spec.set(member, input.at(member)));
            let value = input.at(member);
            let text = value
                .get("supportType")
                .and_then(Value::as_str)
                .map_or_else(|| value.to_json(), str::to_string);
            vec![param(kind.trim_end_matches("Update"), text)]
        }
    };
    Ok(json!({"update": (updates::begin_for(store, Of::Cluster, kind, params, CONFIG_TAKES))}))
}

/// The way leads from the ConfigMap to access entries, by way of both, and not back.
fn access(store: &Store, wanted: &str) -> Result<Vec<Value>, ServiceError> {
    let present = authentication_mode(store);
    let mode = match (present, AuthenticationMode::parse(wanted)) {
        (AuthenticationMode::ConfigMap, Some(AuthenticationMode::ApiAndConfigMap)) => {
            AuthenticationMode::ApiAndConfigMap
        }
        (AuthenticationMode::ApiAndConfigMap, Some(AuthenticationMode::Api)) => AuthenticationMode::Api,
        _ => {
            return Err(invalid_parameter(format!(
                "Unsupported authentication mode update from {} to {wanted}",
                present.name()
            )));
        }
    };
    modify(store, |spec| spec.set("accessConfig/authenticationMode", mode.name()));
    if present == AuthenticationMode::ConfigMap {
        admit_creator(store);
        for group in state::list(store, NODE_GROUP) {
            admit_node_role(store, group.str_at("spec/kubetick/role"));
        }
        for profile in state::list(store, FARGATE_PROFILE) {
            admit_fargate_role(store, profile.str_at("spec/podExecutionRoleArn"));
        }
    }
    Ok(vec![param("AuthenticationMode", mode.name())])
}

fn logging(places: &Places<'_>, store: &Store, wanted: &Value) -> Result<Vec<Value>, ServiceError> {
    let shown = clusters::shown(places, store);
    let texts =
        |list: &[Value]| list.iter().filter_map(Value::as_str).map(str::to_string).collect::<Vec<_>>();
    let setups = shown.items_at("logging/clusterLogging");
    let before: Vec<String> =
        setups.iter().filter(|s| s.bool_at("enabled")).flat_map(|s| texts(s.items_at("types"))).collect();
    let mut on = before.clone();
    for setup in wanted.items_at("clusterLogging") {
        let types = texts(setup.items_at("types"));
        on.retain(|t| !types.contains(t));
        if setup.bool_at("enabled") {
            on.extend(types);
        }
    }
    let (on, off): (Vec<&str>, Vec<&str>) = LOGS.into_iter().partition(|t| on.iter().any(|o| o == t));
    if on.len() == before.len() && on.iter().all(|t| before.iter().any(|b| b == t)) {
        return Err(invalid_parameter("No changes needed for the logging config provided"));
    }
    let setup = |types: Vec<&str>, enabled: bool| {
        (!types.is_empty()).then(
            || json!({"types": (types.into_iter().map(Value::from).collect::<Vec<_>>()), "enabled": enabled}),
        )
    };
    let setups: Vec<Value> = [setup(on, true), setup(off, false)].into_iter().flatten().collect();
    modify(store, |spec| spec.set("logging", json!({"clusterLogging": setups})));
    Ok(vec![param("ClusterLogging", wanted.to_json())])
}

fn endpoint(places: &Places<'_>, store: &Store, wanted: &Value) -> Result<Vec<Value>, ServiceError> {
    const MEMBERS: [(&str, &str); 3] = [
        ("endpointPublicAccess", "EndpointPublicAccess"),
        ("endpointPrivateAccess", "EndpointPrivateAccess"),
        ("publicAccessCidrs", "PublicAccessCidrs"),
    ];
    let shown = clusters::shown(places, store);
    let present = shown.at("resourcesVpcConfig");
    let after = |member: &str| wanted.get(member).unwrap_or(present.at(member)).clone();
    let [public, private, cidrs] = MEMBERS.map(|(member, _)| after(member));
    if public.as_bool() == Some(false) && private.as_bool() == Some(false) {
        return Err(invalid_parameter("Private and public endpoint access cannot be false"));
    }
    if MEMBERS.iter().all(|(member, _)| after(member) == *present.at(member)) {
        return Err(invalid_parameter(format!(
            "Cluster is already at the desired configuration with endpointPrivateAccess: {} , endpointPublicAccess: {}, and Public Endpoint Restrictions: [{}]",
            private.to_json(),
            public.to_json(),
            cidrs.items().iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        )));
    }
    modify(store, |spec| {
        for (member, _) in MEMBERS {
            spec.at_mut("kubetick/vpc").map_mut().insert(member, after(member));
        }
    });
    Ok(MEMBERS.iter().map(|(member, kind)| param(kind, after(member).to_json())).collect())
}
