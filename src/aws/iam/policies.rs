//! Policies: the customer's, and those of AWS that clusters use.

use super::super::state::{self, POLICY};
use super::super::{Places, ServiceError};
use super::links::POLICIES_OF_ROLE;
use super::{already_exists, check_name, conflict, no_such_entity, page, path, permissions_document};
use crate::json;
use crate::machinery::{Object, Value};

/// Policies of AWS: the path before the name, and the actions they allow, as far as anything here asks.
const AWS_MANAGED: [(&str, &[&str]); 13] = [
    ("AdministratorAccess", &["*"]),
    ("AutoScalingFullAccess", &["autoscaling:*", "ec2:Describe*"]),
    ("AmazonEC2FullAccess", &["ec2:*", "autoscaling:*", "elasticloadbalancing:*", "cloudwatch:*"]),
    (
        "AmazonEKSClusterPolicy",
        &["autoscaling:DescribeAutoScalingGroups", "autoscaling:UpdateAutoScalingGroup", "ec2:*"],
    ),
    (
        "AmazonEKSWorkerNodePolicy",
        &[
            "ec2:DescribeInstances",
            "ec2:DescribeInstanceTypes",
            "eks:DescribeCluster",
            "eks-auth:AssumeRoleForPodIdentity",
        ],
    ),
    (
        "AmazonEKS_CNI_Policy",
        &["ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:DescribeInstances"],
    ),
    ("AmazonEKSVPCResourceController", &["ec2:CreateNetworkInterface"]),
    ("AmazonEC2ContainerRegistryReadOnly", &["ecr:*"]),
    ("AmazonEC2ContainerRegistryPowerUser", &["ecr:*"]),
    ("AmazonSSMManagedInstanceCore", &["ssm:*"]),
    ("CloudWatchAgentServerPolicy", &["cloudwatch:*", "logs:*"]),
    ("AmazonEBSCSIDriverPolicy", &["ec2:*Volume*", "ec2:*Snapshot*"]),
    ("AmazonSSMReadOnlyAccess", &["ssm:Describe*", "ssm:Get*"]),
];

/// Further policies of AWS that documents attach; what they allow is done by nothing here.
const OTHERS: [&str; 30] = [
    "AWSCertificateManagerReadOnly",
    "AWSCloudFormationFullAccess",
    "AWSCloudMapFullAccess",
    "AWSLambda_FullAccess",
    "AWSXRayDaemonWriteAccess",
    "AdministratorAccess-Amplify",
    "AmazonDynamoDBFullAccess",
    "AmazonDynamoDBReadOnlyAccess",
    "AmazonEC2ContainerRegistryFullAccess",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ReadOnlyAccess",
    "AmazonEKSFargatePodExecutionRolePolicy",
    "AmazonEKSServicePolicy",
    "AmazonEKSWorkerNodeMinimalPolicy",
    "AmazonEFSCSIDriverPolicy",
    "AmazonPrometheusFullAccess",
    "AmazonPrometheusQueryAccess",
    "AmazonPrometheusRemoteWriteAccess",
    "AmazonRDSFullAccess",
    "AmazonRoute53FullAccess",
    "AmazonRoute53ReadOnlyAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSNSFullAccess",
    "AmazonSQSFullAccess",
    "AmazonSQSReadOnlyAccess",
    "AmazonSSMFullAccess",
    "AmazonVPCFullAccess",
    "CloudWatchFullAccess",
    "SecretsManagerReadWrite",
];

/// The name of a policy of AWS by its ARN; some stand under `service-role/`.
fn aws_managed(arn: &str) -> Option<(&'static str, &'static [&'static str])> {
    let name = arn.strip_prefix("arn:aws:iam::aws:policy/")?.rsplit('/').next()?;
    let other = || OTHERS.iter().find(|known| **known == name).map(|known| (*known, &[][..]));
    AWS_MANAGED.iter().find(|(known, _)| *known == name).copied().or_else(other)
}

/// The policy of an ARN, if there is one: its name.
pub fn policy_name(places: &Places<'_>, arn: &str) -> Option<String> {
    if let Some((name, _)) = aws_managed(arn) {
        return Some(name.to_string());
    }
    own(places, arn).map(|policy| policy.name().to_string())
}

/// The customer's policy of an ARN.
fn own(places: &Places<'_>, arn: &str) -> Option<Object> {
    let name = arn.rsplit('/').next()?;
    let policy = state::find(places.account, POLICY, name)?;
    (policy_arn(places, &policy) == arn).then_some(policy)
}

fn policy_arn(places: &Places<'_>, policy: &Object) -> String {
    places.iam_arn(&format!("policy{}{}", policy.str_at("spec/Path"), policy.name()))
}

/// The document a policy's ARN stands for.
pub(super) fn document_of(places: &Places<'_>, arn: &str) -> Option<Value> {
    if let Some((_, actions)) = aws_managed(arn) {
        let actions: Vec<Value> = actions.iter().map(|a| Value::from(*a)).collect();
        return Some(json!({"Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}));
    }
    own(places, arn).map(|policy| policy.at("spec/kubetick/document").clone())
}

fn attachments(places: &Places<'_>, arn: &str) -> i64 {
    POLICIES_OF_ROLE.all_with(places, arn).len() as i64
}

fn shown(places: &Places<'_>, policy: &Object) -> Value {
    let mut shown = policy.at("spec").clone();
    shown.remove("kubetick");
    let arn = policy_arn(places, policy);
    shown.set("AttachmentCount", attachments(places, &arn));
    shown.set("Arn", arn);
    shown
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("PolicyName");
    check_name("policyName", name)?;
    let document = permissions_document(input.str_at("PolicyDocument"))?;
    if state::find(places.account, POLICY, name).is_some() {
        return Err(already_exists(format!(
            "A policy called {name} already exists. Duplicate names are not allowed."
        )));
    }
    let now = state::timestamp(places.now());
    let mut spec = json!({
        "PolicyName": name, "PolicyId": (format!("ANPA{}", state::upper(places.account, "policy", 17))),
        "Path": (path(input)), "DefaultVersionId": "v1", "PermissionsBoundaryUsageCount": 0, "IsAttachable": true,
        "CreateDate": (now.as_str()), "UpdateDate": (now.as_str()), "kubetick": {"document": document},
    });
    if let Some(tags) = input.get("Tags") {
        spec.set("Tags", tags);
    }
    if !input.str_at("Description").is_empty() {
        spec.set("kubetick/description", input.str_at("Description"));
    }
    state::put(places.account, POLICY, name, spec);
    let made = state::find(places.account, POLICY, name).unwrap_or_default();
    Ok(json!({"Policy": (shown(places, &made))}))
}

fn missing(arn: &str) -> ServiceError {
    no_such_entity(format!("Policy {arn} was not found."))
}

pub(super) fn get(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let arn = input.str_at("PolicyArn");
    let policy = own(places, arn).ok_or_else(|| missing(arn))?;
    let mut policy_shown = shown(places, &policy);
    if let Some(description) = policy.at("spec/kubetick").get("description") {
        policy_shown.set("Description", description);
    }
    Ok(json!({"Policy": policy_shown}))
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let arn = input.str_at("PolicyArn");
    let policy = own(places, arn).ok_or_else(|| missing(arn))?;
    if attachments(places, arn) > 0 {
        return Err(conflict("Cannot delete a policy attached to entities."));
    }
    state::remove(places.account, POLICY, policy.name());
    Ok(Value::Null)
}

/// A policy has one version here.
pub(super) fn version(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (arn, version) = (input.str_at("PolicyArn"), input.str_at("VersionId"));
    let document = document_of(places, arn).ok_or_else(|| missing(arn))?;
    if version != "v1" {
        return Err(no_such_entity(format!(
            "Policy {arn} version {version} does not exist or is not attachable."
        )));
    }
    let made = own(places, arn).map(|p| p.at("spec/CreateDate").clone()).unwrap_or_default();
    let mut shown = json!({
        "Document": (super::encoded(&document.to_json())), "VersionId": version, "IsDefaultVersion": true,
    });
    if !made.is_null() {
        shown.set("CreateDate", made);
    }
    Ok(json!({"PolicyVersion": shown}))
}

pub(super) fn versions(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let arn = input.str_at("PolicyArn");
    let policy = own(places, arn).ok_or_else(|| missing(arn))?;
    let only =
        json!({"VersionId": "v1", "IsDefaultVersion": true, "CreateDate": (policy.at("spec/CreateDate"))});
    Ok(page(vec![only], "Versions", input))
}

/// The roles a policy is attached to.
pub(super) fn entities(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let arn = input.str_at("PolicyArn");
    policy_name(places, arn).ok_or_else(|| missing(arn))?;
    let roles = POLICIES_OF_ROLE.all_with(places, arn);
    let found =
        roles.iter().map(|role| json!({"RoleName": (role.name()), "RoleId": (role.at("spec/RoleId"))}));
    let mut answer = page(found.collect(), "PolicyRoles", input);
    answer.set("PolicyGroups", Value::array());
    answer.set("PolicyUsers", Value::array());
    Ok(answer)
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut found = Vec::new();
    if input.str_at("Scope") != "AWS" {
        found.extend(state::list(places.account, POLICY).iter().map(|p| shown(places, p)));
    }
    if input.str_at("Scope") != "Local" {
        for (name, _) in AWS_MANAGED {
            let arn = format!("arn:aws:iam::aws:policy/{name}");
            found.push(json!({
                "PolicyName": name, "Arn": (arn.as_str()), "Path": "/", "DefaultVersionId": "v1",
                "AttachmentCount": (attachments(places, &arn)), "PermissionsBoundaryUsageCount": 0,
                "IsAttachable": true,
            }));
        }
    }
    if input.bool_at("OnlyAttached") {
        found.retain(|p| p.int_at("AttachmentCount") != Some(0));
    }
    if !input.str_at("PathPrefix").is_empty() {
        found.retain(|p| p.str_at("Path").starts_with(input.str_at("PathPrefix")));
    }
    Ok(page(found, "Policies", input))
}
