//! Roles.

use super::super::state::{self, ROLE};
use super::super::{Places, ServiceError};
use super::links::{POLICIES_OF_ROLE, ROLES_OF_PROFILE};
use super::policies::policy_name;
use super::{
    already_exists, check_name, conflict, document, encoded, no_such_entity, page, path, permissions_document,
};
use crate::json;
use crate::machinery::{Object, Value};

/// A role to be made.
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// `/` or another path.
    pub path: String,
    /// Who may take it on.
    pub trust: Value,
    /// ARNs of the policies it has.
    pub policies: Vec<String>,
    /// `Key` and `Value`.
    pub tags: Vec<Value>,
}

/// Makes a role.
pub fn create_role(places: &Places<'_>, role: &NewRole) {
    let attached: Vec<Value> = role.policies.iter().map(|a| Value::from(a.as_str())).collect();
    let mut spec = json!({
        "RoleName": (role.name.as_str()), "RoleId": (format!("AROA{}", state::upper(places.account, "role", 17))),
        "Path": (role.path.as_str()), "CreateDate": (state::timestamp(places.now())), "MaxSessionDuration": 3600,
        "kubetick": {"trust": (&role.trust), "attached": attached},
    });
    if !role.tags.is_empty() {
        spec.set("Tags", role.tags.clone());
    }
    state::put(places.account, ROLE, &role.name, spec);
}

/// Removes a role with all that hangs on it.
pub fn delete_role(places: &Places<'_>, name: &str) {
    state::remove(places.account, ROLE, name);
}

/// The ARN of a role there is.
pub fn role_arn(places: &Places<'_>, name: &str) -> Option<String> {
    let role = state::find(places.account, ROLE, name)?;
    Some(arn_of(places, &role))
}

fn arn_of(places: &Places<'_>, role: &Object) -> String {
    places.iam_arn(&format!("role{}{}", role.str_at("spec/Path"), role.name()))
}

/// Members that a creation answers; reading a role shows more.
const OF_CREATION: [&str; 6] = ["Path", "RoleName", "RoleId", "CreateDate", "Description", "Tags"];

fn shown(places: &Places<'_>, role: &Object, whole: bool) -> Value {
    let mut shown = role.at("spec").clone();
    shown.remove("kubetick");
    if !whole {
        shown.map_mut().retain(|member, _| OF_CREATION.contains(&member));
    }
    shown.set("Arn", arn_of(places, role));
    shown.set("AssumeRolePolicyDocument", encoded(&role.at("spec/kubetick/trust").to_json()));
    shown
}

pub(super) fn named(places: &Places<'_>, name: &str) -> Result<Object, ServiceError> {
    state::find(places.account, ROLE, name).ok_or_else(|| unknown(name))
}

/// What is said of a role there is not.
pub(super) fn unknown(name: &str) -> ServiceError {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("RoleName");
    check_name("roleName", name)?;
    let trust = document(input.str_at("AssumeRolePolicyDocument"))?;
    if state::find(places.account, ROLE, name).is_some() {
        return Err(already_exists(format!("Role with name {name} already exists.")));
    }
    let role = NewRole {
        name: name.to_string(),
        path: path(input).to_string(),
        trust,
        policies: Vec::new(),
        tags: input.items_at("Tags").to_vec(),
    };
    create_role(places, &role);
    for (member, value) in input.map().iter() {
        if matches!(member, "Description" | "MaxSessionDuration") {
            state::modify(places.account, ROLE, name, |spec| spec.set(member, value));
        }
    }
    Ok(json!({"Role": (shown(places, &named(places, name)?, false))}))
}

pub(super) fn get(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let role = named(places, input.str_at("RoleName"))?;
    let mut whole = shown(places, &role, true);
    whole.set("RoleLastUsed", Value::object());
    Ok(json!({"Role": whole}))
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let role = named(places, input.str_at("RoleName"))?;
    if !POLICIES_OF_ROLE.of(&role).is_empty() {
        return Err(conflict("Cannot delete entity, must detach all policies first."));
    }
    if !role.map_at("spec/kubetick/inline").is_empty() {
        return Err(conflict("Cannot delete entity, must delete policies first."));
    }
    if !ROLES_OF_PROFILE.all_with(places, role.name()).is_empty() {
        return Err(conflict("Cannot delete entity, must remove roles from instance profile first."));
    }
    delete_role(places, role.name());
    Ok(Value::Null)
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let prefix = path(input).to_string();
    let prefix =
        if input.str_at("PathPrefix").is_empty() { prefix } else { input.str_at("PathPrefix").into() };
    let all = state::list(places.account, ROLE);
    let found = all.iter().filter(|r| r.str_at("spec/Path").starts_with(&prefix));
    let found = found.map(|r| {
        let mut listed = shown(places, r, true);
        listed.remove("Tags");
        listed
    });
    Ok(page(found.collect(), "Roles", input))
}

pub(super) fn attach(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let role = named(places, input.str_at("RoleName"))?;
    let arn = input.str_at("PolicyArn");
    if policy_name(places, arn).is_none() {
        return Err(no_such_entity(format!("Policy {arn} does not exist or is not attachable.")));
    }
    POLICIES_OF_ROLE.add(places, &role, arn);
    Ok(Value::Null)
}

pub(super) fn detach(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let role = named(places, input.str_at("RoleName"))?;
    let arn = input.str_at("PolicyArn");
    POLICIES_OF_ROLE.remove(places, &role, arn, || no_such_entity(format!("Policy {arn} was not found.")))
}

pub(super) fn attached(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let role = named(places, input.str_at("RoleName"))?;
    let shown = |arn: &Value| {
        let arn = arn.as_str().unwrap_or_default();
        json!({"PolicyName": (policy_name(places, arn).unwrap_or_default()), "PolicyArn": arn})
    };
    let found = POLICIES_OF_ROLE.of(&role).iter().map(shown).collect();
    Ok(page(found, "AttachedPolicies", input))
}

pub(super) fn put_inline(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let role = named(places, input.str_at("RoleName"))?;
    let document = permissions_document(input.str_at("PolicyDocument"))?;
    state::modify(places.account, ROLE, role.name(), |spec| {
        spec.at_mut("kubetick/inline").map_mut().insert(input.str_at("PolicyName"), document);
    });
    Ok(Value::Null)
}

/// The roles AWS makes for its services: host name and role.
const SERVICE_LINKED: [(&str, &str); 6] = [
    ("spot.amazonaws.com", "AWSServiceRoleForEC2Spot"),
    ("spotfleet.amazonaws.com", "AWSServiceRoleForEC2SpotFleet"),
    ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling"),
    ("eks.amazonaws.com", "AWSServiceRoleForAmazonEKS"),
    ("eks-nodegroup.amazonaws.com", "AWSServiceRoleForAmazonEKSNodegroup"),
    ("elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"),
];

pub(super) fn create_service_linked(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let service = input.str_at("AWSServiceName");
    let Some((_, base)) = SERVICE_LINKED.iter().find(|(host, _)| *host == service) else {
        return Err(ServiceError::new(
            404,
            "NoSuchEntity",
            format!("Service principal {service} is not valid or does not support service-linked roles."),
        ));
    };
    let suffix = input.str_at("CustomSuffix");
    let name = if suffix.is_empty() { base.to_string() } else { format!("{base}_{suffix}") };
    if state::find(places.account, ROLE, &name).is_some() {
        return Err(ServiceError::invalid(
            "InvalidInput",
            format!(
                "Service role name {name} has been taken in this account, please try a different suffix."
            ),
        ));
    }
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service]},
        }],
    });
    create_role(
        places,
        &NewRole {
            name: name.clone(),
            path: format!("/aws-service-role/{service}/"),
            trust,
            policies: Vec::new(),
            tags: Vec::new(),
        },
    );
    Ok(json!({"Role": (shown(places, &named(places, &name)?, false))}))
}
