//! What a cluster leaves in its account: the stacks eksctl made it with, the roles in them, its OIDC provider, the roles
//! of its service accounts.

use super::super::cloudformation::{NewStack, create_stack, delete_stack};
use super::super::iam::{NewRole, create_role};
use super::super::state::{self, CLUSTER, GROUP};
use super::super::{Places, iam};
use super::super::{create_provider, issuer, trust_of_pods};
use super::policies_of_nodes;
use super::role_stack::{self, RoleStack};
use crate::json;
use crate::machinery::{Value, well_known};
use crate::store::Store;

/// What the stack of the role for Fargate gives out.
const FARGATE_OUTPUT: &str = "FargatePodExecutionRoleARN";

/// The version of eksctl that stacks are tagged with.
const EKSCTL_VERSION: &str = "0.215.0";

/// Whether the account knows of everything the cluster has there.
pub fn is_registered(store: &Store) -> bool {
    let name = store.meta().name.clone();
    state::find(store, CLUSTER, &name).is_none_or(|c| c.bool_at("spec/kubetick/registered"))
}

/// Writes into the account what the making of a cluster left there.
pub fn register(places: &Places<'_>, store: &Store) {
    let (name, config) = (store.meta().name.clone(), store.meta().config.clone());
    create_stack(
        places,
        &NewStack {
            name: format!("eksctl-{name}-cluster"),
            description:
                "EKS cluster (dedicated VPC: true, dedicated IAM: true) [created and managed by eksctl]"
                    .into(),
            capability: "CAPABILITY_IAM",
            outputs: vec![
                ("ARN".into(), places.arn("eks", &format!("cluster/{name}"))),
                ("ClusterStackName".into(), format!("eksctl-{name}-cluster")),
                ("VPC".into(), super::super::ec2::vpc(store)),
            ],
            tags: tags(&name),
            resources: vec![("ControlPlane".into(), name.clone(), "AWS::EKS::Cluster".into())],
        },
    );
    for group in state::list(store, GROUP) {
        let document = group.at("spec/kubetick/nodeGroup");
        if !document.is_null() {
            node_group_stack(places, store, document);
        }
    }
    if config.bool_at("iam/withOIDC") {
        create_provider(places, &issuer(store), Vec::new());
    }
    for account in config.items_at("iam/serviceAccounts") {
        service_account(places, store, account);
    }
    state::modify(store, CLUSTER, &name, |spec| spec.set("kubetick/registered", true));
}

pub(super) fn tags(cluster: &str) -> Vec<(String, String)> {
    vec![
        ("alpha.eksctl.io/cluster-name".into(), cluster.into()),
        ("alpha.eksctl.io/eksctl-version".into(), EKSCTL_VERSION.into()),
        ("eksctl.cluster.k8s.io/v1alpha1/cluster-name".into(), cluster.into()),
    ]
}

/// The stack and the role of a node group.
pub fn node_group_stack(places: &Places<'_>, store: &Store, document: &Value) {
    let cluster = store.meta().name.clone();
    let group = document.str_at("name");
    let role = document.str_at("role");
    if role.starts_with("arn:") {
        return;
    }
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com"]}, "Action": ["sts:AssumeRole"],
        }],
    });
    create_role(
        places,
        &NewRole {
            name: role.to_string(),
            path: "/".into(),
            trust,
            policies: policies_of_nodes(document),
            tags: Vec::new(),
        },
    );
    let managed = document.bool_at("managed");
    let mut all = tags(&cluster);
    all.push((well_known::EKSCTL_NODE_GROUP.into(), group.into()));
    all.push(("alpha.eksctl.io/nodegroup-type".into(), if managed { "managed" } else { "unmanaged" }.into()));
    let description = if managed {
        "EKS Managed Nodes (SSH access: false) [created by eksctl]"
    } else {
        "EKS nodes (AMI family: AmazonLinux2, SSH access: false, private networking: false) [created and managed by eksctl]"
    };
    create_stack(
        places,
        &NewStack {
            name: format!("eksctl-{cluster}-nodegroup-{group}"),
            description: description.into(),
            capability: "CAPABILITY_IAM",
            outputs: Vec::new(),
            tags: all,
            resources: vec![("NodeInstanceRole".into(), role.into(), "AWS::IAM::Role".into())],
        },
    );
}

/// The name of the stack of a service account's role.
pub fn service_account_stack(cluster: &str, namespace: &str, name: &str) -> String {
    format!("eksctl-{cluster}-addon-iamserviceaccount-{namespace}-{name}")
}

/// The role of a service account, in its stack; `account` is an entry of `iam.serviceAccounts`. Answers its ARN.
pub fn service_account(places: &Places<'_>, store: &Store, account: &Value) -> String {
    let cluster = store.meta().name.clone();
    let (name, namespace) = (account.str_at("metadata/name"), account.str_at("metadata/namespace"));
    let namespace = if namespace.is_empty() { "default" } else { namespace };
    let stack = service_account_stack(&cluster, namespace, name);
    let issuer = issuer(store);
    let host = issuer.strip_prefix("https://").unwrap_or(&issuer);
    let mut equals = Value::object();
    equals.map_mut().insert(&format!("{host}:aud"), "sts.amazonaws.com");
    equals.map_mut().insert(&format!("{host}:sub"), format!("system:serviceaccount:{namespace}:{name}"));
    let provider = places.iam_arn(&format!("oidc-provider/{host}"));
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Action": ["sts:AssumeRoleWithWebIdentity"], "Principal": {"Federated": provider},
            "Condition": {"StringEquals": equals},
        }],
    });
    let wanted = RoleStack {
        stack,
        description: format!(
            "IAM role for serviceaccount \"{namespace}/{name}\" [created and managed by eksctl]"
        ),
        role: account.str_at("roleName"),
        trust,
        policies: account.items_at("attachPolicyARNs"),
        inline: account.at("attachPolicy"),
        scales: account.bool_at("wellKnownPolicies/autoScaler"),
        tag: ("alpha.eksctl.io/iamserviceaccount-name", format!("{namespace}/{name}")),
    };
    role_stack::make(places, &cluster, &wanted)
}

/// The name of the stack of a pod identity association's role.
pub fn pod_identity_stack(cluster: &str, namespace: &str, account: &str) -> String {
    format!("eksctl-{cluster}-podidentityrole-{namespace}-{account}")
}

/// The role of a pod identity association, in its stack; `association` is an entry of `iam.podIdentityAssociations`.
/// Answers its ARN.
pub fn pod_identity_role(places: &Places<'_>, store: &Store, association: &Value) -> String {
    let cluster = store.meta().name.clone();
    let (namespace, account) = (association.str_at("namespace"), association.str_at("serviceAccountName"));
    let wanted = RoleStack {
        stack: pod_identity_stack(&cluster, namespace, account),
        description: "IAM role for pod identity association [created and managed by eksctl]".into(),
        role: association.str_at("roleName"),
        trust: trust_of_pods(),
        policies: association.items_at("permissionPolicyARNs"),
        inline: association.at("permissionPolicy"),
        scales: association.bool_at("wellKnownPolicies/autoScaler"),
        tag: ("alpha.eksctl.io/podidentityassociation-name", format!("{namespace}/{account}")),
    };
    role_stack::make(places, &cluster, &wanted)
}

/// The stack of the role of a cluster's pods on Fargate.
pub fn fargate_stack(cluster: &str) -> String {
    format!("eksctl-{cluster}-fargate")
}

/// The role of a cluster's pods on Fargate, if it has been made: its ARN.
pub fn fargate_role(places: &Places<'_>, cluster: &str) -> Option<String> {
    let stack = state::find(places.account, state::STACK, &fargate_stack(cluster))?;
    Some(super::super::stack_output(&stack, FARGATE_OUTPUT))
}

/// Makes that role, in its stack; answers its ARN.
pub fn make_fargate_role(places: &Places<'_>, cluster: &str) -> String {
    let stack = fargate_stack(cluster);
    let role = super::super::physical_name(places, &stack, "FargatePodExecutionRole", 64);
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"Service": ["eks-fargate-pods.amazonaws.com"]},
            "Action": ["sts:AssumeRole"],
        }],
    });
    let policies = vec!["arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy".to_string()];
    create_role(places, &NewRole { name: role.clone(), path: "/".into(), trust, policies, tags: Vec::new() });
    let arn = iam::role_arn(places, &role).unwrap_or_default();
    create_stack(
        places,
        &NewStack {
            name: stack,
            description: "Fargate IAM Resources [created and managed by eksctl]".into(),
            capability: "CAPABILITY_IAM",
            outputs: vec![(FARGATE_OUTPUT.into(), arn.clone())],
            tags: tags(cluster),
            resources: vec![("FargatePodExecutionRole".into(), role, "AWS::IAM::Role".into())],
        },
    );
    arn
}

/// Takes out of the account what a deleted cluster had there.
pub fn unregister(places: &Places<'_>, store: &Store) {
    let cluster = store.meta().name.clone();
    let of_cluster = |object: &crate::machinery::Object| {
        super::super::stack_tag(object, "alpha.eksctl.io/cluster-name") == Some(&cluster)
    };
    for stack in state::list(places.account, state::STACK).into_iter().filter(of_cluster) {
        for resource in stack.items_at("spec/kubetick/resources") {
            if resource.str_at("ResourceType") == "AWS::IAM::Role" {
                iam::delete_role(places, resource.str_at("PhysicalResourceId"));
            }
        }
        delete_stack(places, stack.name());
    }
    let issuer = issuer(store);
    let host = issuer.strip_prefix("https://").unwrap_or(&issuer);
    state::remove(places.account, state::OIDC_PROVIDER, host);
}
