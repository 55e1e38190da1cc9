use super::World;
use kubetick::aws::Caller;
use kubetick::json;
use kubetick::machinery::{Object, Value};

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

#[test]
fn a_pod_whose_account_names_a_role_gets_it() {
    let world = World::new();
    let arn = "arn:aws:iam::111122223333:role/lab-ca";
    let mut account = Object::new("v1", "ServiceAccount", "kube-system", "ca");
    account.set_annotation("eks.amazonaws.com/role-arn", arn);
    world.api.create(account).unwrap();
    let mut pod = Object::new("v1", "Pod", "kube-system", "ca");
    pod.set("spec", json!({"serviceAccountName": "ca", "containers": [{"name": "ca", "image": "busybox"}]}));
    let pod = world.api.create(pod).unwrap();
    let env = pod.items_at("spec/containers")[0].items_at("env").to_vec();
    let value =
        |name: &str| env.iter().find(|e| e.str_at("name") == name).map(|e| e.str_at("value").to_string());
    assert_eq!(value("AWS_ROLE_ARN").as_deref(), Some(arn));
    assert_eq!(value("AWS_REGION").as_deref(), Some("ap-northeast-2"));
    assert_eq!(pod.items_at("spec/volumes")[0].str_at("name"), "aws-iam-token");
    assert_eq!(
        Caller::of_pod(&world.api, &pod),
        Caller::Role { name: "lab-ca".into(), session: pod.created().unwrap().0.to_string() }
    );
}
