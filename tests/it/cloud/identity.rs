use super::World;
use kubetick::api::token;
use kubetick::aws::{Caller, ServiceError};
use kubetick::json;
use kubetick::machinery::{Duration, Object, Value};

fn role(name: &str) -> Caller {
    Caller::Role { name: name.into(), session: "1".into() }
}

#[test]
fn a_role_may_do_what_its_policies_say() {
    let world = World::new();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["autoscaling:Describe*"], "Resource": "*"},
        {
            "Effect": "Allow", "Action": "autoscaling:SetDesiredCapacity", "Resource": "*",
            "Condition": {"StringEquals": {"autoscaling:ResourceTag/eks:nodegroup-name": "other"}},
        },
    ]});
    let trust = json!({"Version": "2012-10-17", "Statement": []}).to_json();
    let input = json!({"PolicyName": "p", "PolicyDocument": (policy.to_json())});
    let made = world.call("iam:CreatePolicy", input.clone()).unwrap();
    let again = world.call("iam:CreatePolicy", input).unwrap_err();
    assert_eq!(
        (again.code.as_str(), again.message.as_str()),
        ("EntityAlreadyExists", "A policy called p already exists. Duplicate names are not allowed.")
    );
    world.call("iam:CreateRole", json!({"RoleName": "r", "AssumeRolePolicyDocument": trust})).unwrap();
    let attach = json!({"RoleName": "r", "PolicyArn": (made.at("Policy/Arn"))});
    world.call("iam:AttachRolePolicy", attach).unwrap();
    let describe = "autoscaling:DescribeAutoScalingGroups";
    assert!(world.call_as(role("r"), describe, Value::object()).is_ok());
    let name = world.group_name();
    let change = json!({"AutoScalingGroupName": (name.as_str()), "DesiredCapacity": 3});
    let refused = world.call_as(role("r"), "autoscaling:SetDesiredCapacity", change).unwrap_err();
    assert_eq!(refused.code, "AccessDenied");
    assert!(
        refused
            .message
            .contains("assumed-role/r/1 is not authorized to perform: autoscaling:SetDesiredCapacity"),
        "{}",
        refused.message
    );
    assert_eq!(world.group().int_at("DesiredCapacity"), Some(2));
    assert!(world.call_as(role("nobody"), describe, Value::object()).is_err());
}

/// A pod of the service account `kube-system/ca`, whose annotation names a role.
fn pod_with_role(world: &World, arn: &str) -> Object {
    let mut account = Object::new("v1", "ServiceAccount", "kube-system", "ca");
    account.set_annotation("eks.amazonaws.com/role-arn", arn);
    world.api.create(account).unwrap();
    let mut pod = Object::new("v1", "Pod", "kube-system", "ca");
    pod.set("spec", json!({"serviceAccountName": "ca", "containers": [{"name": "ca", "image": "busybox"}]}));
    world.api.create(pod).unwrap()
}

fn create_provider(world: &World) -> String {
    let cluster = world.call("eks:DescribeCluster", json!({"name": "lab"})).unwrap();
    let issuer = cluster.str_at("cluster/identity/oidc/issuer");
    world
        .call(
            "iam:CreateOpenIDConnectProvider",
            json!({"Url": issuer, "ClientIDList": ["sts.amazonaws.com"]}),
        )
        .unwrap();
    issuer.strip_prefix("https://").unwrap().to_string()
}

fn create_role(world: &World, name: &str, host: &str, account: &str) {
    let mut equals = Value::object();
    equals.map_mut().insert(&format!("{host}:sub"), format!("system:serviceaccount:kube-system:{account}"));
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": (format!("arn:aws:iam::593276723488:oidc-provider/{host}"))},
        "Condition": {"StringEquals": equals},
    }]});
    let input = json!({"RoleName": name, "AssumeRolePolicyDocument": (trust.to_json())});
    world.call("iam:CreateRole", input).unwrap();
}

const ARN: &str = "arn:aws:iam::111122223333:role/lab-ca";

fn role_of(world: &World, pod: &Object, name: &str) {
    let session = pod.created().unwrap().0.to_string();
    assert_eq!(Caller::of_pod(&world.api, pod), Caller::Role { name: name.into(), session });
}

fn refused(world: &World, pod: &Object, message: &str) {
    let caller = Caller::of_pod(&world.api, pod);
    let answer = world.call_as(caller, "sts:GetCallerIdentity", Value::object());
    let error = answer.unwrap_err();
    assert_eq!(error.code, "WebIdentityErr");
    assert_eq!(error.message, format!("failed to retrieve credentials\ncaused by: {message}"));
}

#[test]
fn a_pod_whose_account_names_a_role_gets_it() {
    let world = World::new();
    let host = create_provider(&world);
    create_role(&world, "lab-ca", &host, "ca");
    let pod = pod_with_role(&world, ARN);
    let env = pod.items_at("spec/containers")[0].items_at("env").to_vec();
    let value =
        |name: &str| env.iter().find(|e| e.str_at("name") == name).map(|e| e.str_at("value").to_string());
    assert_eq!(value("AWS_ROLE_ARN").as_deref(), Some(ARN));
    assert_eq!(value("AWS_REGION").as_deref(), Some("ap-northeast-2"));
    assert_eq!(pod.items_at("spec/volumes")[0].str_at("name"), "aws-iam-token");
    role_of(&world, &pod, "lab-ca");
}

#[test]
fn without_a_provider_no_token_counts() {
    let world = World::new();
    let pod = pod_with_role(&world, ARN);
    let cluster = world.call("eks:DescribeCluster", json!({"name": "lab"})).unwrap();
    let issuer = cluster.str_at("cluster/identity/oidc/issuer");
    refused(
        &world,
        &pod,
        &format!("InvalidIdentityToken: No OpenIDConnect provider found in your account for {issuer}"),
    );
}

#[test]
fn a_role_that_trusts_somebody_else_or_does_not_exist_is_refused() {
    let no = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";
    for made in ["lab-ca", "another"] {
        let world = World::new();
        let host = create_provider(&world);
        create_role(&world, made, &host, "somebody-else");
        let pod = pod_with_role(&world, ARN);
        refused(&world, &pod, no);
    }
}

/// The manifests of documents show ARNs of their author's account, over the annotation that eksctl wrote.
#[test]
fn a_role_nobody_made_stands_for_the_one_made_for_the_service_account() {
    let world = World::new();
    let host = create_provider(&world);
    create_role(&world, "eksctl-lab-addon-iamserviceaccount-Role1", &host, "ca");
    let pod = pod_with_role(&world, ARN);
    role_of(&world, &pod, "eksctl-lab-addon-iamserviceaccount-Role1");
}

/// So do their trust policies, which name the author's provider. One of this account that is another cluster's does not.
#[test]
fn a_provider_nobody_made_stands_for_the_clusters() {
    let authors = "oidc.eks.ap-northeast-2.amazonaws.com/id/B10C17179DB5AA815DC40E23F3F9B246";
    let world = World::new();
    create_provider(&world);
    create_role(&world, "lab-ca", authors, "ca");
    let pod = pod_with_role(&world, ARN);
    role_of(&world, &pod, "lab-ca");
    let other = json!({"Url": (format!("https://{authors}")), "ClientIDList": ["sts.amazonaws.com"]});
    world.call("iam:CreateOpenIDConnectProvider", other).unwrap();
    refused(&world, &pod, "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity");
}

/// A pod of an associated service account, and its node.
fn associated_pod(world: &World) -> Object {
    let input = json!({
        "clusterName": "lab", "namespace": "kube-system", "serviceAccount": "ca",
        "roleArn": "arn:aws:iam::111122223333:role/lab-ca",
    });
    let made = world.call("eks:CreatePodIdentityAssociation", input.clone()).unwrap();
    let id = made.str_at("association/associationId").to_string();
    assert_eq!(
        world.refused("eks:CreatePodIdentityAssociation", input),
        ("ResourceInUseException".to_string(), format!("Association already exists: {id}"))
    );
    world.api.create(Object::new("v1", "ServiceAccount", "kube-system", "ca")).unwrap();
    let mut pod = Object::new("v1", "Pod", "kube-system", "ca");
    pod.set("spec", json!({"serviceAccountName": "ca", "containers": [{"name": "ca", "image": "nginx"}]}));
    world.api.create(pod).unwrap();
    world.run(30);
    world.api.find("pods", "kube-system", "ca").unwrap()
}

fn create_pod_role(world: &World, service: &str) {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": {"Service": service},
    }]});
    let input = json!({"RoleName": "lab-ca", "AssumeRolePolicyDocument": (trust.to_json())});
    world.call("iam:CreateRole", input).unwrap();
}

#[test]
fn a_pod_with_an_association_gets_its_role_from_the_agent_of_its_node() {
    let world = World::new();
    create_pod_role(&world, "pods.eks.amazonaws.com");
    let pod = associated_pod(&world);
    let env = pod.items_at("spec/containers")[0].items_at("env").to_vec();
    let uri = env.iter().find(|e| e.str_at("name") == "AWS_CONTAINER_CREDENTIALS_FULL_URI").unwrap();
    assert_eq!(uri.str_at("value"), "http://169.254.170.23/v1/credentials");
    let Caller::Refused(why) = Caller::of_pod(&world.api, &pod) else { panic!("there is no agent yet") };
    assert_eq!(why.code, "NoCredentialProviders");
    world
        .call("eks:CreateAddon", json!({"clusterName": "lab", "addonName": "eks-pod-identity-agent"}))
        .unwrap();
    let status = || {
        let input = json!({"clusterName": "lab", "addonName": "eks-pod-identity-agent"});
        world.call("eks:DescribeAddon", input).unwrap().str_at("addon/status").to_string()
    };
    assert_eq!(status(), "CREATING");
    world.run(60);
    assert_eq!(status(), "ACTIVE");
    let caller = Caller::of_pod(&world.api, &pod);
    assert!(matches!(&caller, Caller::Role { name, .. } if name == "lab-ca"), "{caller:?}");
    world
        .call("eks:DeleteAddon", json!({"clusterName": "lab", "addonName": "eks-pod-identity-agent"}))
        .unwrap();
    world.run(60);
    assert!(world.api.find("daemonsets.apps", "kube-system", "eks-pod-identity-agent").is_none());
    assert!(matches!(Caller::of_pod(&world.api, &pod), Caller::Refused(_)));
}

#[test]
fn a_role_that_does_not_trust_pods_is_not_given_to_them() {
    let world = World::new();
    create_pod_role(&world, "ec2.amazonaws.com");
    world
        .call("eks:CreateAddon", json!({"clusterName": "lab", "addonName": "eks-pod-identity-agent"}))
        .unwrap();
    let pod = associated_pod(&world);
    world.run(60);
    assert!(matches!(Caller::of_pod(&world.api, &pod), Caller::Refused(_)));
}

/// What STS says of a token: of whom, or what is wrong with it.
fn exchange(world: &World, token: &str, more: Value) -> Result<Value, ServiceError> {
    let mut input = more;
    input.set("RoleArn", ARN);
    input.set("RoleSessionName", "me");
    input.set("WebIdentityToken", token);
    // Nobody needs credentials to ask.
    world.call_as(role("nobody"), "sts:AssumeRoleWithWebIdentity", input)
}

#[test]
fn a_token_of_a_service_account_is_worth_its_role() {
    let world = World::new();
    let host = create_provider(&world);
    create_role(&world, "lab-ca", &host, "ca");
    let pod = pod_with_role(&world, ARN);
    let issuer = format!("https://{host}");
    let source = json!({"audience": "sts.amazonaws.com", "expirationSeconds": 86_400, "path": "token"});
    let text = token::in_pod(&world.api, &issuer, &pod, &source).unwrap();
    let answer = exchange(&world, &text, Value::object()).unwrap();
    assert!(answer.str_at("AssumedRoleUser/Arn").ends_with(":assumed-role/lab-ca/me"), "{answer:?}");
    assert_eq!(answer.str_at("SubjectFromWebIdentityToken"), "system:serviceaccount:kube-system:ca");
    assert_eq!(answer.str_at("Audience"), "sts.amazonaws.com");
    assert!(answer.str_at("Credentials/AccessKeyId").starts_with("ASIA"));
    let error = |token: &str, more: Value| {
        let error = exchange(&world, token, more).unwrap_err();
        format!("{}: {}", error.code, error.message)
    };
    assert_eq!(
        error(&text, json!({"DurationSeconds": 7200})),
        "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    );
    assert!(
        error("a.b", Value::object())
            .starts_with("InvalidIdentityToken: The ID Token provided is not a valid JWT.")
    );
    let forged = format!("{}x", text);
    assert!(
        error(&forged, Value::object())
            .starts_with("InvalidIdentityToken: Couldn't retrieve verification key")
    );
    let plain = token::in_pod(&world.api, &issuer, &pod, &json!({"path": "token"})).unwrap();
    assert_eq!(error(&plain, Value::object()), "InvalidIdentityToken: Incorrect token audience");
    let other = world.api.find("serviceaccounts", "kube-system", "default").unwrap();
    let audiences = ["sts.amazonaws.com".to_string()];
    let hour = Duration::from_hours(1);
    let of_other = token::issue(world.api.store(), &issuer, &other, &audiences, world.api.now(), hour);
    assert_eq!(
        error(&of_other, Value::object()),
        "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
    );
    world.run(86_400);
    assert!(error(&text, Value::object()).starts_with("ExpiredTokenException: Token expired: "));
    let renewed = token::in_pod(&world.api, &issuer, &pod, &source).unwrap();
    assert!(exchange(&world, &renewed, Value::object()).is_ok(), "the kubelet renews it");
}

/// A copy of a pod, as `kubectl get -o yaml` writes it, has its volume already.
#[test]
fn a_copy_of_a_pod_gets_its_token_once() {
    let world = World::new();
    create_pod_role(&world, "pods.eks.amazonaws.com");
    let pod = associated_pod(&world);
    let mut copy = Object::new("v1", "Pod", "kube-system", "copy");
    copy.set("spec", pod.at("spec"));
    copy.remove("spec/nodeName");
    let copy = world.api.create(copy).unwrap();
    assert_eq!(copy.items_at("spec/volumes").len(), pod.items_at("spec/volumes").len());
    let container = |pod: &Object| pod.items_at("spec/containers")[0].clone();
    assert_eq!(container(&copy), container(&pod));
}

#[test]
fn an_add_on_keeps_what_it_was_made_with() {
    let world = World::new();
    let input = json!({
        "clusterName": "lab", "addonName": "eks-pod-identity-agent", "tags": {"team": "a"},
        "configurationValues": "{\"agent\":{}}",
    });
    let made = world.call("eks:CreateAddon", input).unwrap();
    assert_eq!(made.str_at("addon/tags/team"), "a");
    assert_eq!(made.str_at("addon/configurationValues"), "{\"agent\":{}}");
}
