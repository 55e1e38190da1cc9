//! Stacks: what a template makes, how it looks while it is made, what is wrong with one that cannot be.

use super::World;
use kubetick::json;
use kubetick::machinery::Value;

/// Parameters, conditions, a mapping, short forms, needs that make an order, outputs.
const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: '2010-09-09'
Description: A role and a queue
Parameters:
  Name: {Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: small letters}
  Size: {Type: Number, Default: 2, MinValue: 1, MaxValue: 5}
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Mappings:
  Days: {dev: {keep: 1}, prod: {keep: 14}}
Resources:
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {Roles: [!Ref Role]}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub '${AWS::StackName}-${Name}'
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: 'sts:AssumeRole'}]
      ManagedPolicyArns: [!Ref Policy]
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement: [{Effect: Allow, Action: 'sqs:*', Resource: !GetAtt Queue.Arn}]
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      MessageRetentionPeriod: !FindInMap [Days, !Ref Stage, keep]
      Tags: !If [IsProd, [{Key: stage, Value: prod}], !Ref 'AWS::NoValue']
  Extra:
    Condition: IsProd
    Type: AWS::SNS::Topic
Outputs:
  RoleArn: {Value: !GetAtt Role.Arn, Export: {Name: !Join ['-', [!Ref 'AWS::StackName', role]]}}
  Names: {Value: !Join [',', [!Ref Name, !Select [1, !Split ['/', 'a/b']], !Ref Size]]}
"#;

fn input(stack: &str, template: &str, parameters: &[(&str, &str)]) -> Value {
    let pair = |(key, value): &(&str, &str)| json!({"ParameterKey": (*key), "ParameterValue": (*value)});
    json!({
        "StackName": stack, "TemplateBody": template, "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Parameters": (parameters.iter().map(pair).collect::<Vec<_>>()),
    })
}

fn stack(world: &World, name: &str) -> Value {
    let answer = world.call("cloudformation:DescribeStacks", json!({"StackName": name})).unwrap();
    answer.items_at("Stacks")[0].clone()
}

fn output(stack: &Value, key: &str) -> String {
    let found = stack.items_at("Outputs").iter().find(|o| o.str_at("OutputKey") == key);
    found.map(|o| o.str_at("OutputValue").to_string()).unwrap_or_default()
}

fn events(world: &World, name: &str) -> Vec<(String, String, String)> {
    let answer = world.call("cloudformation:DescribeStackEvents", json!({"StackName": name})).unwrap();
    let text = |e: &Value, member: &str| e.str_at(member).to_string();
    let told = answer.items_at("StackEvents").iter().rev();
    told.map(|e| (text(e, "LogicalResourceId"), text(e, "ResourceStatus"), text(e, "ResourceStatusReason")))
        .collect()
}

fn has_role(world: &World, name: &str) -> bool {
    world.call("iam:GetRole", json!({"RoleName": name})).is_ok()
}

#[test]
fn a_template_becomes_what_it_says() {
    let world = World::new();
    world.call("cloudformation:CreateStack", input("web", TEMPLATE, &[("Name", "shop")])).unwrap();
    let began = stack(&world, "web");
    assert_eq!((began.str_at("StackStatus"), began.items_at("Outputs").len()), ("CREATE_IN_PROGRESS", 0));
    world.run(300);
    let made = stack(&world, "web");
    assert_eq!(made.str_at("StackStatus"), "CREATE_COMPLETE");
    assert_eq!(output(&made, "Names"), "shop,b,2");
    let arn = output(&made, "RoleArn");
    assert!(arn.ends_with(":role/web-shop"), "{arn}");
    assert!(has_role(&world, "web-shop"));
    let attached = world.call("iam:ListAttachedRolePolicies", json!({"RoleName": "web-shop"})).unwrap();
    assert!(attached.items_at("AttachedPolicies")[0].str_at("PolicyName").starts_with("web-Policy-"));
    let exports = world.call("cloudformation:ListExports", Value::object()).unwrap();
    assert_eq!(exports.items_at("Exports")[0].str_at("Name"), "web-role");
    let resources = world.call("cloudformation:ListStackResources", json!({"StackName": "web"})).unwrap();
    let names: Vec<&str> =
        resources.items_at("StackResourceSummaries").iter().map(|r| r.str_at("LogicalResourceId")).collect();
    assert_eq!(names, ["Policy", "Profile", "Queue", "Role"]);
    let order: Vec<String> =
        events(&world, "web").into_iter().filter(|e| e.1 == "CREATE_COMPLETE").map(|e| e.0).collect();
    assert_eq!(order, ["Queue", "Policy", "Role", "Profile", "web"]);
}

#[test]
fn a_stack_changes_and_goes() {
    let world = World::new();
    world.call("cloudformation:CreateStack", input("web", TEMPLATE, &[("Name", "shop")])).unwrap();
    world.run(300);
    let same = world.refused("cloudformation:UpdateStack", input("web", TEMPLATE, &[("Name", "shop")]));
    assert_eq!(same, ("ValidationError".into(), "No updates are to be performed.".into()));
    let change = input("web", TEMPLATE, &[("Name", "mall"), ("Stage", "prod")]);
    world.call("cloudformation:UpdateStack", change).unwrap();
    assert_eq!(stack(&world, "web").str_at("StackStatus"), "UPDATE_IN_PROGRESS");
    let busy = world.refused("cloudformation:UpdateStack", input("web", TEMPLATE, &[("Name", "x")]));
    assert!(busy.1.ends_with("is in UPDATE_IN_PROGRESS state and can not be updated."), "{}", busy.1);
    world.run(400);
    assert_eq!(stack(&world, "web").str_at("StackStatus"), "UPDATE_COMPLETE");
    assert!(has_role(&world, "web-mall") && !has_role(&world, "web-shop"));
    let resources = world.call("cloudformation:ListStackResources", json!({"StackName": "web"})).unwrap();
    assert_eq!(resources.items_at("StackResourceSummaries").len(), 5, "the topic, too");

    world.call("cloudformation:DeleteStack", json!({"StackName": "web"})).unwrap();
    assert_eq!(stack(&world, "web").str_at("StackStatus"), "DELETE_IN_PROGRESS");
    assert!(!has_role(&world, "web-mall"));
    world.run(120);
    let gone = world.refused("cloudformation:DescribeStacks", json!({"StackName": "web"}));
    assert_eq!(gone, ("ValidationError".into(), "Stack with id web does not exist".into()));
    let filter = json!({"StackStatusFilter": ["DELETE_COMPLETE"]});
    let listed = world.call("cloudformation:ListStacks", filter).unwrap();
    assert_eq!(listed.items_at("StackSummaries")[0].str_at("StackName"), "web");
    // One that is not there goes as well.
    world.call("cloudformation:DeleteStack", json!({"StackName": "web"})).unwrap();
}

#[test]
fn what_cannot_be_made_is_taken_back() {
    let world = World::new();
    let template = "
Resources:
  Good: {Type: 'AWS::IAM::Role', Properties: {RoleName: good, AssumeRolePolicyDocument: {Statement: []}}}
  Strange: {Type: 'AWS::Lambda::Function', DependsOn: Good}
";
    world.call("cloudformation:CreateStack", input("odd", template, &[])).unwrap();
    world.run(120);
    assert_eq!(stack(&world, "odd").str_at("StackStatus"), "ROLLBACK_COMPLETE");
    assert!(!has_role(&world, "good"));
    let told = events(&world, "odd");
    let failed = told.iter().find(|e| e.1 == "CREATE_FAILED").unwrap();
    assert_eq!(
        (failed.0.as_str(), failed.2.as_str()),
        ("Strange", "AWS::Lambda::Function is not simulated by kubetick")
    );
    let back = told.iter().find(|e| e.1 == "ROLLBACK_IN_PROGRESS").unwrap();
    assert_eq!(back.2, "The following resource(s) failed to create: [Strange]. Rollback requested by user.");
    let refused = world.refused("cloudformation:UpdateStack", input("odd", template, &[]));
    assert!(refused.1.ends_with("is in ROLLBACK_COMPLETE state and can not be updated."), "{}", refused.1);

    // A name that is taken.
    world.call("iam:CreateRole", json!({"RoleName": "good", "AssumeRolePolicyDocument": "{}"})).unwrap();
    world.call("cloudformation:DeleteStack", json!({"StackName": "odd"})).unwrap();
    world.run(60);
    world.call("cloudformation:CreateStack", input("odd", template, &[])).unwrap();
    world.run(60);
    let told = events(&world, "odd");
    let failed = told.iter().find(|e| e.1 == "CREATE_FAILED").unwrap();
    assert!(failed.2.contains("Role with name good already exists."), "{}", failed.2);
    assert!(has_role(&world, "good"), "it was there before the stack");
}

#[test]
fn templates_that_are_none() {
    let world = World::new();
    let role = "Resources: {R: {Type: 'AWS::IAM::Role', Properties: {AssumeRolePolicyDocument: {}}}}";
    let refused = |template: &str, message: &str| {
        let error = world.call("cloudformation:CreateStack", input("x", template, &[])).unwrap_err();
        assert_eq!(error.message, message, "{template}");
        assert!(world.call("cloudformation:DescribeStacks", json!({"StackName": "x"})).is_err());
    };
    refused("{\"Resources\": ", "Template format error: JSON not well-formed. (line 1, column 14)");
    refused("a: [", "Template format error: YAML not well-formed. (line 2, column 1)");
    refused("[]", "Template format error: unsupported structure.");
    refused("Description: x", "Template format error: At least one Resources member must be defined.");
    refused("Resource: {}", "Invalid template property or properties [Resource]");
    refused("Resources: {R: {Type: Nope}}", "Template format error: Unrecognized resource types: [Nope]");
    refused(
        "Resources: {R: {}}",
        "Template format error: [/Resources/R] Every Resources object must contain a Type member.",
    );
    refused(
        "Resources: {R: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref Nope}}}",
        "Template format error: Unresolved resource dependencies [Nope] in the Resources block of the template",
    );
    refused(
        "Resources: {R: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !GetAtt Nope.Arn}}}",
        "Template error: instance of Fn::GetAtt references undefined resource Nope",
    );
    refused(
        "Resources: {A: {Type: 'AWS::SQS::Queue', DependsOn: B}, B: {Type: 'AWS::SQS::Queue', DependsOn: A}}",
        "Circular dependency between resources: [A, B]",
    );
    let mut without = input("x", role, &[]);
    without.remove("Capabilities");
    assert_eq!(
        world.refused("cloudformation:CreateStack", without),
        ("InsufficientCapabilitiesException".into(), "Requires capabilities : [CAPABILITY_IAM]".into())
    );
}

#[test]
fn parameters_that_do_not_fit() {
    let world = World::new();
    let refused = |parameters: &[(&str, &str)], message: &str| {
        let error = world.call("cloudformation:CreateStack", input("x", TEMPLATE, parameters)).unwrap_err();
        assert_eq!(error.message, message);
    };
    refused(&[], "Parameters: [Name] must have values");
    refused(&[("Name", "a"), ("Nome", "b")], "Parameters: [Nome] do not exist in the template");
    refused(&[("Name", "ABC")], "Parameter Name failed to satisfy constraint: small letters");
    refused(&[("Name", "a"), ("Stage", "test")], "Parameter 'Stage' must be one of AllowedValues");
    refused(&[("Name", "a"), ("Size", "9")], "Parameter 'Size' must be a number not greater than 5");
    refused(&[("Name", "a"), ("Size", "many")], "Parameter 'Size' must be a number");
    world.call("cloudformation:CreateStack", input("x", TEMPLATE, &[("Name", "a")])).unwrap();
    let again = world.refused("cloudformation:CreateStack", input("x", TEMPLATE, &[("Name", "a")]));
    assert_eq!(again, ("AlreadyExistsException".into(), "Stack [x] already exists".into()));
}

#[test]
fn a_change_set_tells_what_it_would_do() {
    let world = World::new();
    let mut wanted = input("web", TEMPLATE, &[("Name", "shop")]);
    wanted.set("ChangeSetName", "first");
    wanted.set("ChangeSetType", "CREATE");
    let made = world.call("cloudformation:CreateChangeSet", wanted.clone()).unwrap();
    assert_eq!(stack(&world, "web").str_at("StackStatus"), "REVIEW_IN_PROGRESS");
    let named = json!({"ChangeSetName": (made.at("Id")), "StackName": "web"});
    let soon = world.refused("cloudformation:ExecuteChangeSet", named.clone());
    assert_eq!(soon.0, "InvalidChangeSetStatus");
    world.run(5);
    let told = world.call("cloudformation:DescribeChangeSet", named.clone()).unwrap();
    assert_eq!((told.str_at("Status"), told.str_at("ExecutionStatus")), ("CREATE_COMPLETE", "AVAILABLE"));
    assert!(told.items_at("Changes").iter().all(|c| c.str_at("ResourceChange/Action") == "Add"));
    assert!(!has_role(&world, "web-shop"));
    world.call("cloudformation:ExecuteChangeSet", named).unwrap();
    world.run(300);
    assert_eq!(stack(&world, "web").str_at("StackStatus"), "CREATE_COMPLETE");
    wanted.set("ChangeSetName", "second");
    wanted.set("ChangeSetType", "UPDATE");
    world.call("cloudformation:CreateChangeSet", wanted).unwrap();
    world.run(5);
    let told = world
        .call("cloudformation:DescribeChangeSet", json!({"ChangeSetName": "second", "StackName": "web"}))
        .unwrap();
    assert_eq!(told.str_at("Status"), "FAILED");
    assert!(told.str_at("StatusReason").starts_with("The submitted information didn't contain changes."));
}

/// What other services keep is made by their own operations: a group that launches, a node group whose nodes join.
#[test]
fn groups_of_a_template_are_real() {
    let world = World::new();
    let template = "
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties: {LaunchTemplateData: {ImageId: ami-0123456789abcdef0, InstanceType: t3.micro}}
  Web:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: '1'
      MaxSize: '2'
      AvailabilityZones: !GetAZs ''
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
  Nodes:
    Type: AWS::EKS::Nodegroup
    Properties:
      ClusterName: lab
      NodegroupName: more
      NodeRole: !Sub 'arn:aws:iam::${AWS::AccountId}:role/nodes'
      InstanceTypes: [m5.large]
      ScalingConfig: {MinSize: 1, DesiredSize: 1, MaxSize: 2}
      Labels: {Tier: web}
Outputs:
  Group: {Value: !Ref Web}
";
    world.call("cloudformation:CreateStack", input("fleet", template, &[])).unwrap();
    world.run(240);
    let made = stack(&world, "fleet");
    assert_eq!(made.str_at("StackStatus"), "CREATE_COMPLETE");
    let named = json!({"AutoScalingGroupNames": [(output(&made, "Group"))]});
    let told = world.call("autoscaling:DescribeAutoScalingGroups", named.clone()).unwrap();
    assert_eq!(told.items_at("AutoScalingGroups")[0].items_at("Instances").len(), 1);
    assert_eq!(
        (world.ready(), world.nodes().iter().filter(|n| n.label("Tier") == Some("web")).count()),
        (3, 1)
    );
    world.call("cloudformation:DeleteStack", json!({"StackName": "fleet"})).unwrap();
    world.run(600);
    let told = world.call("autoscaling:DescribeAutoScalingGroups", named).unwrap();
    assert_eq!(told.items_at("AutoScalingGroups").len(), 0);
    assert_eq!(world.nodes().len(), 2);
}

#[test]
fn parameters_are_found_by_their_path() {
    let world = World::new();
    let template = "
Resources:
  A: {Type: AWS::SSM::Parameter, Properties: {Name: /app/a, Type: String, Value: one}}
  B: {Type: AWS::SSM::Parameter, Properties: {Name: /app/b/c, Type: String, Value: two}}
  C: {Type: AWS::SSM::Parameter, Properties: {Name: /apple, Type: String, Value: three}}
";
    world.call("cloudformation:CreateStack", input("p", template, &[])).unwrap();
    let found = |more: Value| {
        let mut input = more;
        input.set("Path", "/app");
        let answer = world.call("ssm:GetParametersByPath", input).unwrap();
        answer.items_at("Parameters").iter().map(|p| p.str_at("Name").to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found(Value::object()), ["/app/a"]);
    assert_eq!(found(json!({"Recursive": true})), ["/app/a", "/app/b/c"]);
    assert_eq!(found(json!({"Recursive": true, "MaxResults": 1})), ["/app/a"]);
    assert_eq!(world.refused("ssm:GetParametersByPath", json!({"Path": "app"})).0, "ValidationException");
    let public = json!({"Path": "/aws/service/eks"});
    assert_eq!(world.refused("ssm:GetParametersByPath", public).0, "NotSimulated");
}

#[test]
fn hooks_and_warm_pools_belong_to_their_group() {
    let world = World::new();
    let template = "
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties: {LaunchTemplateName: web, LaunchTemplateData: {ImageId: ami-1, InstanceType: t3.micro}}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: '1'
      MaxSize: '2'
      AvailabilityZones: [ap-northeast-2a]
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: '1'}
      LifecycleHookSpecificationList:
        - {LifecycleHookName: first, LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING', HeartbeatTimeout: '30', DefaultResult: CONTINUE}
  Topic: {Type: AWS::SNS::Topic}
  Hook:
    Type: AWS::AutoScaling::LifecycleHook
    Properties:
      AutoScalingGroupName: !Ref Group
      LifecycleTransition: autoscaling:EC2_INSTANCE_TERMINATING
      HeartbeatTimeout: '300'
      NotificationTargetARN: !Ref Topic
      RoleARN: arn:aws:iam::111122223333:role/notifier
  Pool:
    Type: AWS::AutoScaling::WarmPool
    Properties: {AutoScalingGroupName: !Ref Group, MinSize: '1'}
";
    world.call("cloudformation:CreateStack", input("g", template, &[])).unwrap();
    world.run(240);
    let resources = world.call("cloudformation:DescribeStackResources", json!({"StackName": "g"})).unwrap();
    let physical = |logical: &str| {
        let all = resources.items_at("StackResources").iter();
        all.filter(|r| r.str_at("LogicalResourceId") == logical)
            .map(|r| r.str_at("PhysicalResourceId").to_string())
            .collect::<String>()
    };
    let group = physical("Group");
    let named = json!({"AutoScalingGroupName": (group.as_str())});
    let hooks = world.call("autoscaling:DescribeLifecycleHooks", named.clone()).unwrap();
    let hooks = hooks.items_at("LifecycleHooks");
    assert_eq!(hooks.len(), 2);
    let told = hooks.iter().find(|h| h.str_at("LifecycleHookName") == physical("Hook")).unwrap();
    assert_eq!(told.str_at("NotificationTargetARN"), physical("Topic"));
    assert_eq!(told.int_at("HeartbeatTimeout"), Some(300));
    let pool = world.call("autoscaling:DescribeWarmPool", named.clone()).unwrap();
    assert_eq!(pool.items_at("Instances").len(), 1);
    world.call("cloudformation:DeleteStack", json!({"StackName": "g"})).unwrap();
    world.run(900);
    assert_eq!(world.refused("autoscaling:DescribeWarmPool", named).0, "ValidationError");
}

/// An add-on is changed where it stands; what gets another name takes the place of what had the old one.
#[test]
fn what_a_stack_changes_is_changed_or_replaced() {
    let world = World::new();
    let template = |suffix: &str, values: &str| {
        format!(
            "
Resources:
  Agent:
    Type: AWS::EKS::Addon
    Properties: {{ClusterName: lab, AddonName: eks-pod-identity-agent, ConfigurationValues: '{values}'}}
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties: {{LaunchTemplateName: web, LaunchTemplateData: {{ImageId: ami-1, InstanceType: t3.micro}}}}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      AutoScalingGroupName: web-{suffix}
      MinSize: '0'
      MaxSize: '1'
      AvailabilityZones: [ap-northeast-2a]
      LaunchTemplate: {{LaunchTemplateId: !Ref Template, Version: '1'}}
  Nodes:
    Type: AWS::EKS::Nodegroup
    Properties:
      ClusterName: lab
      NodegroupName: nodes-{suffix}
      NodeRole: arn:aws:iam::111122223333:role/nodes
      Labels: {{version: '{suffix}'}}
      ScalingConfig: {{MinSize: 0, DesiredSize: 0, MaxSize: 1}}
"
        )
    };
    world.call("cloudformation:CreateStack", input("s", &template("a", "{}"), &[])).unwrap();
    world.run(300);
    let agent = || {
        let input = json!({"clusterName": "lab", "addonName": "eks-pod-identity-agent"});
        world.call("eks:DescribeAddon", input).unwrap().at("addon").clone()
    };
    let made = agent().str_at("createdAt").to_string();
    let values = r#"{"agent":{}}"#;
    world.call("cloudformation:UpdateStack", input("s", &template("b", values), &[])).unwrap();
    world.run(1200);
    assert_eq!(stack(&world, "s").str_at("StackStatus"), "UPDATE_COMPLETE");
    assert_eq!((agent().str_at("configurationValues"), agent().str_at("createdAt")), (values, made.as_str()));
    let groups = world.call("autoscaling:DescribeAutoScalingGroups", Value::object()).unwrap();
    let names: Vec<&str> =
        groups.items_at("AutoScalingGroups").iter().map(|g| g.str_at("AutoScalingGroupName")).collect();
    assert!(names.contains(&"web-b") && !names.contains(&"web-a"), "{names:?}");
    let groups = world.call("eks:ListNodegroups", json!({"clusterName": "lab"})).unwrap();
    assert_eq!(groups.at("nodegroups").to_json(), r#"["ng1","nodes-b"]"#);
    let relabelled = template("b", values).replace("version: 'b'", "release: '2'");
    world.call("cloudformation:UpdateStack", input("s", &relabelled, &[])).unwrap();
    let group = json!({"clusterName": "lab", "nodegroupName": "nodes-b"});
    let group = world.call("eks:DescribeNodegroup", group).unwrap();
    assert_eq!(group.at("nodegroup/labels").to_json(), r#"{"release":"2"}"#);
}
