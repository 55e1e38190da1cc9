//! Who may enter a cluster: authentication modes, access entries, `aws-auth`.

use super::World;
use kubetick::aws::Caller;
use kubetick::json;
use kubetick::machinery::Value;

const ROLE: &str = "arn:aws:iam::111122223333:role/viewer";
const VIEW: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";

fn of(principal: &str) -> Value {
    json!({"clusterName": "lab", "principalArn": principal})
}

#[test]
fn a_cluster_of_eksctl_lets_its_creator_and_its_nodes_in() {
    let world = World::new();
    let cluster = world.call("eks:DescribeCluster", json!({"name": "lab"})).unwrap();
    assert_eq!(cluster.str_at("cluster/accessConfig/authenticationMode"), "API_AND_CONFIG_MAP");
    let entries = world.call("eks:ListAccessEntries", json!({"clusterName": "lab"})).unwrap();
    let arns: Vec<&str> = entries.items_at("accessEntries").iter().filter_map(Value::as_str).collect();
    assert_eq!(arns.len(), 2, "{arns:?}");
    assert!(arns[0].contains(":role/eksctl-lab-nodegroup-ng1-NodeInstanceRole-"), "{arns:?}");
    let nodes = world.call("eks:DescribeAccessEntry", of(arns[0])).unwrap();
    assert_eq!(nodes.str_at("accessEntry/type"), "EC2_LINUX");
    assert_eq!(nodes.str_at("accessEntry/username"), "system:node:{{EC2PrivateDNSName}}");
    let policies = world.call("eks:ListAssociatedAccessPolicies", of(arns[1])).unwrap();
    let policy = policies.items_at("associatedAccessPolicies")[0].str_at("policyArn").to_string();
    assert!(policy.ends_with("/AmazonEKSClusterAdminPolicy"), "{policy}");
    let refused = world.refused("eks:AssociateAccessPolicy", {
        let mut input = of(arns[0]);
        input.set("policyArn", VIEW);
        input.set("accessScope", json!({"type": "cluster"}));
        input
    });
    assert_eq!(
        refused,
        (
            "InvalidParameterException".to_string(),
            "This operation can only be performed on Access Entries with a type of \"STANDARD\".".to_string()
        )
    );
}

#[test]
fn entries_are_made_given_policies_and_taken_away() {
    let world = World::new();
    let made = world.call("eks:CreateAccessEntry", of(ROLE)).unwrap();
    assert_eq!(
        made.str_at("accessEntry/username"),
        "arn:aws:sts::111122223333:assumed-role/viewer/{{SessionName}}"
    );
    assert_eq!(
        world.refused("eks:CreateAccessEntry", of(ROLE)).1,
        "The specified access entry resource is already in use on this cluster."
    );
    let mut input = of(ROLE);
    input.set("policyArn", VIEW);
    input.set("accessScope", json!({"type": "namespace", "namespaces": ["shop"]}));
    world.call("eks:AssociateAccessPolicy", input.clone()).unwrap();
    let of_policy = json!({"clusterName": "lab", "associatedPolicyArn": VIEW});
    assert_eq!(
        world.call("eks:ListAccessEntries", of_policy).unwrap().items_at("accessEntries")[0].as_str(),
        Some(ROLE)
    );
    world.call("eks:DisassociateAccessPolicy", input).unwrap();
    let left = world.call("eks:ListAssociatedAccessPolicies", of(ROLE)).unwrap();
    assert!(left.items_at("associatedAccessPolicies").is_empty());
    let mut groups = of(ROLE);
    groups.set("kubernetesGroups", json!(["system:masters"]));
    assert_eq!(
        world.refused("eks:UpdateAccessEntry", groups).1,
        "The kubernetes group name system:masters is invalid, it cannot start with system:"
    );
    world.call("eks:DeleteAccessEntry", of(ROLE)).unwrap();
    assert_eq!(world.refused("eks:DescribeAccessEntry", of(ROLE)).0, "ResourceNotFoundException");
}

/// The way leads from the ConfigMap to entries, one step at a time, and not back.
#[test]
fn the_authentication_mode_goes_one_way() {
    let world = World::of(&super::CONFIG.replace("1.30", "1.28"), "2023-10-01T00:00:00Z");
    let list = || json!({"clusterName": "lab"});
    assert_eq!(
        world.refused("eks:ListAccessEntries", list()),
        (
            "InvalidRequestException".to_string(),
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation."
                .to_string()
        )
    );
    let change = |mode: &str| json!({"name": "lab", "accessConfig": {"authenticationMode": mode}});
    assert_eq!(
        world.refused("eks:UpdateClusterConfig", change("API")).1,
        "Unsupported authentication mode update from CONFIG_MAP to API"
    );
    let update = world.call("eks:UpdateClusterConfig", change("API_AND_CONFIG_MAP")).unwrap();
    assert_eq!(update.str_at("update/type"), "AccessConfigUpdate");
    let (code, message) = world.refused("eks:UpdateClusterConfig", change("API"));
    assert_eq!(code, "ResourceInUseException");
    assert!(
        message.starts_with("Cannot AccessConfigUpdate because cluster lab currently has update "),
        "{message}"
    );
    world.run(120);
    assert_eq!(world.call("eks:ListAccessEntries", list()).unwrap().items_at("accessEntries").len(), 2);
    world.call("eks:UpdateClusterConfig", change("API")).unwrap();
    world.run(120);
    assert_eq!(
        world.refused("eks:UpdateClusterConfig", change("CONFIG_MAP")).1,
        "Unsupported authentication mode update from API to CONFIG_MAP"
    );
}

/// EKS writes the role of a group's nodes into `aws-auth`, whoever asked for the group, and takes it out again.
#[test]
fn a_group_made_through_the_api_may_join() {
    let world = World::new();
    let role = "arn:aws:iam::111122223333:role/workers";
    let input = json!({
        "clusterName": "lab", "nodegroupName": "extra", "nodeRole": role, "subnets": ["subnet-1"],
        "scalingConfig": {"minSize": 1, "maxSize": 1, "desiredSize": 1},
    });
    world.call("eks:CreateNodegroup", input).unwrap();
    world.run(180);
    let mapped = || {
        let map = world.api.find("configmaps", "kube-system", "aws-auth").unwrap();
        map.str_at("data/mapRoles").contains(role)
    };
    assert!(mapped());
    assert!(world.call("eks:DescribeAccessEntry", of(role)).is_ok());
    // IAM has no role of the name: it may do what nodes may.
    let workers = Caller::Role { name: "workers".into(), session: "i-1".into() };
    assert!(world.call_as(workers, "eks:DescribeCluster", json!({"name": "lab"})).is_ok());
    world.call("eks:DeleteNodegroup", json!({"clusterName": "lab", "nodegroupName": "extra"})).unwrap();
    world.run(1200);
    assert!(!mapped());
    assert!(world.call("eks:DescribeAccessEntry", of(role)).is_err());
}

#[test]
fn what_has_an_arn_has_tags() {
    let world = World::new();
    let entry = world.call("eks:CreateAccessEntry", of(ROLE)).unwrap();
    let group = json!({"clusterName": "lab", "nodegroupName": "ng1"});
    let group = world.call("eks:DescribeNodegroup", group).unwrap();
    for arn in [entry.str_at("accessEntry/accessEntryArn"), group.str_at("nodegroup/nodegroupArn")] {
        let tags = || {
            let answer = world.call("eks:ListTagsForResource", json!({"resourceArn": arn})).unwrap();
            answer.at("tags/team").as_str().map(str::to_string)
        };
        assert_eq!(tags(), None);
        world.call("eks:TagResource", json!({"resourceArn": arn, "tags": {"team": "a"}})).unwrap();
        assert_eq!(tags().as_deref(), Some("a"));
        world.call("eks:UntagResource", json!({"resourceArn": arn, "tagKeys": ["team"]})).unwrap();
        assert_eq!(tags(), None);
    }
    let nowhere = json!({"resourceArn": "arn:aws:eks:ap-northeast-2:1:cluster/x"});
    assert_eq!(world.refused("eks:ListTagsForResource", nowhere).0, "ResourceNotFoundException");
}

/// The entry of a group's role, in the cluster and in `aws-auth`.
fn may_join(world: &World, role: &str) -> (bool, bool) {
    let map = world.api.find("configmaps", "kube-system", "aws-auth").unwrap();
    let mapped = kubetick::machinery::yaml::read(map.str_at("data/mapRoles")).unwrap();
    let is_mapped = mapped.items().iter().any(|entry| entry.str_at("rolearn") == role);
    (world.call("eks:DescribeAccessEntry", of(role)).is_ok(), is_mapped)
}

fn make_group(world: &World, name: &str, role: &str) {
    let input = json!({
        "clusterName": "lab", "nodegroupName": name, "nodeRole": role, "subnets": ["subnet-1"],
        "scalingConfig": {"minSize": 0, "maxSize": 1, "desiredSize": 0},
    });
    world.call("eks:CreateNodegroup", input).unwrap();
    world.run(60);
}

fn remove_group(world: &World, name: &str) {
    world.call("eks:DeleteNodegroup", json!({"clusterName": "lab", "nodegroupName": name})).unwrap();
    world.run(1200);
}

#[test]
fn a_role_may_join_as_long_as_one_group_has_it() {
    let world = World::new();
    let (role, longer) = ("arn:aws:iam::111122223333:role/w", "arn:aws:iam::111122223333:role/workers");
    make_group(&world, "a", longer);
    make_group(&world, "b", longer);
    make_group(&world, "c", role);
    assert_eq!(may_join(&world, role), (true, true), "its name is the beginning of another's");
    remove_group(&world, "a");
    assert_eq!(may_join(&world, longer), (true, true));
    remove_group(&world, "b");
    assert_eq!(may_join(&world, longer), (false, false));
}

#[test]
fn the_last_group_that_goes_leaves_a_map_to_which_others_are_added() {
    let world = World::new();
    let role = "arn:aws:iam::111122223333:role/workers";
    remove_group(&world, "ng1");
    make_group(&world, "a", role);
    assert_eq!(may_join(&world, role), (true, true));
    let line = "- rolearn: arn:aws:iam::111122223333:role/me";
    world.api.modify("configmaps", "kube-system", "aws-auth", |map| map.set("data/mapRoles", line)).unwrap();
    make_group(&world, "b", role);
    assert_eq!(may_join(&world, role), (true, true), "its last line had no end");
}

#[test]
fn an_entry_of_a_role_with_a_path_has_tags() {
    let world = World::new();
    let entry =
        world.call("eks:CreateAccessEntry", of("arn:aws:iam::111122223333:role/team/a/viewer")).unwrap();
    let arn = entry.str_at("accessEntry/accessEntryArn");
    world.call("eks:TagResource", json!({"resourceArn": arn, "tags": {"team": "a"}})).unwrap();
    let told = world.call("eks:ListTagsForResource", json!({"resourceArn": arn})).unwrap();
    assert_eq!(told.at("tags"), &json!({"team": "a"}));
}
