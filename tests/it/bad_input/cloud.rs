//! Requests to AWS and eksctl that cannot be met: the real message and exit status; account and cluster as they were.

use crate::shell::Shell;

/// A cluster with one group of two to three nodes.
fn world() -> Shell {
    let shell = Shell::empty();
    shell.file(
        "lab.yaml",
        "apiVersion: eksctl.io/v1alpha5\n\
         kind: ClusterConfig\n\
         metadata: {name: lab, region: ap-northeast-2, version: \"1.30\"}\n\
         managedNodeGroups:\n  - {name: ng1, instanceType: t3.medium, minSize: 2, desiredCapacity: 2, maxSize: 3}\n",
    );
    shell.must("kubetick cluster create -f lab.yaml");
    // The account learns of the cluster at the first look.
    shell.must("aws sts get-caller-identity");
    shell
}

/// What the account knows beside the cluster's file.
fn account(shell: &Shell) -> String {
    let lists = [
        "aws iam list-roles",
        "aws iam list-policies --scope Local",
        "aws cloudformation describe-stacks",
        "aws ec2 describe-instances",
        "aws ec2 describe-security-groups",
    ];
    lists.map(|line| shell.run(line).stdout).concat()
}

/// Runs lines that must fail: with this status, saying this at the end of what they say, and changing nothing.
fn refused(shell: &Shell, cases: &[(&str, i32, &str)]) {
    let before = (shell.export(), account(shell));
    for (line, rc, message) in cases {
        let said = shell.run(line);
        assert_eq!(said.rc, *rc, "{line}: {}", said.stderr);
        assert!(said.stderr.trim_end().contains(message), "{line}\nsaid {}\nwant {message}", said.stderr);
        assert_eq!(said.stdout, "", "{line}");
    }
    assert!(before == (shell.export(), account(shell)), "something changed");
}

#[test]
fn groups_and_their_sizes() {
    let shell = world();
    let told = shell.must("aws autoscaling describe-auto-scaling-groups --query AutoScalingGroups[0].AutoScalingGroupName --output text");
    let asg = told.trim();
    let line = |what: &str| format!("aws autoscaling {}", what.replace("ASG", asg));
    let cases = [
        (
            "update-auto-scaling-group --auto-scaling-group-name ASG --desired-capacity 9",
            254,
            "An error occurred (ValidationError) when calling the UpdateAutoScalingGroup operation: Desired capacity:9 must be between the specified min size:2 and max size:3",
        ),
        (
            "update-auto-scaling-group --auto-scaling-group-name ASG --min-size 9",
            254,
            "Max bound, 3, must be greater than or equal to min bound, 9",
        ),
        (
            "update-auto-scaling-group --auto-scaling-group-name nope --min-size 1",
            254,
            "AutoScalingGroup name not found - null",
        ),
        (
            "set-desired-capacity --auto-scaling-group-name ASG --desired-capacity 9",
            254,
            "New SetDesiredCapacity value 9 is above max value 3 for the AutoScalingGroup.",
        ),
        (
            "set-desired-capacity --auto-scaling-group-name ASG --desired-capacity 0",
            254,
            "New SetDesiredCapacity value 0 is below min value 2 for the AutoScalingGroup.",
        ),
        (
            "set-desired-capacity --auto-scaling-group-name ASG --desired-capacity x",
            255,
            "invalid literal for int() with base 10: 'x'",
        ),
        (
            "set-desired-capacity --auto-scaling-group-name ASG",
            252,
            "the following arguments are required: --desired-capacity",
        ),
        (
            "terminate-instance-in-auto-scaling-group --instance-id i-0123 --should-decrement-desired-capacity",
            254,
            "Instance Id not found - No managed instance found for instance ID i-0123",
        ),
        ("delete-auto-scaling-group --auto-scaling-group-name ASG", 254, "(ResourceInUse)"),
        (
            "create-auto-scaling-group --auto-scaling-group-name ASG --min-size 1 --max-size 2 --launch-template LaunchTemplateName=web --availability-zones a",
            254,
            "(AlreadyExists)",
        ),
        (
            "suspend-processes --auto-scaling-group-name ASG --scaling-processes Dance",
            254,
            "(ValidationError)",
        ),
        (
            "put-scaling-policy --auto-scaling-group-name ASG --policy-name p --policy-type TargetTrackingScaling",
            254,
            "TargetTrackingConfiguration is required",
        ),
        (
            "describe-auto-scaling-groups --filters Name=nope,Values=x",
            254,
            "(InvalidParameterValue) when calling the DescribeAutoScalingGroups operation: The filter 'nope' is invalid",
        ),
        (
            "describe-auto-scaling-groups --filters nope",
            252,
            "Error parsing parameter '--filters': Expected: '=', received: 'EOF' for input:",
        ),
        (
            "describe-auto-scaling-groups --query AutoScalingGroups[",
            252,
            "Bad value for --query AutoScalingGroups[: Invalid jmespath expression: Incomplete expression:",
        ),
        ("describe-auto-scaling-groups --query nope(@)", 255, "Unknown function: nope()"),
        ("describe-auto-scaling-groups --foo", 252, "Unknown options: --foo"),
        (
            "describe-scaling-groups",
            252,
            "argument operation: Found invalid choice 'describe-scaling-groups'",
        ),
    ];
    let lines: Vec<String> = cases.iter().map(|(what, ..)| line(what)).collect();
    let cases: Vec<(&str, i32, &str)> =
        lines.iter().zip(cases).map(|(line, (_, rc, message))| (line.as_str(), rc, message)).collect();
    refused(&shell, &cases);
}

#[test]
fn machines_clusters_roles_and_stacks() {
    refused(
        &world(),
        &[
            (
                "aws ec2 describe-instances --instance-ids i-0123456789abcdef0",
                254,
                "(InvalidInstanceID.NotFound) when calling the DescribeInstances operation: The instance ID 'i-0123456789abcdef0' does not exist",
            ),
            (
                "aws ec2 describe-instances --filters Name=colour,Values=red",
                254,
                "The filter 'colour' is invalid",
            ),
            (
                "aws ec2 describe-instance-types --instance-types t9.huge",
                254,
                "(InvalidInstanceType) when calling the DescribeInstanceTypes operation: The following supplied instance types do not exist: [t9.huge]",
            ),
            (
                "aws ec2 run-instances --image-id ami-0123456789abcdef0 --instance-type t9.huge",
                254,
                "Invalid value 't9.huge' for InstanceType.",
            ),
            (
                "aws ec2 run-instances --instance-type t3.micro --count some",
                255,
                "count parameter should be of form min[:max] (e.g. 1 or 1:10)",
            ),
            (
                "aws eks describe-cluster --name nope",
                254,
                "(ResourceNotFoundException) when calling the DescribeCluster operation: No cluster found for name: nope.",
            ),
            (
                "aws eks describe-nodegroup --cluster-name lab --nodegroup-name nope",
                254,
                "No node group found for name: nope.",
            ),
            (
                "aws eks update-nodegroup-config --cluster-name lab --nodegroup-name ng1 --scaling-config minSize=5,maxSize=3,desiredSize=4",
                254,
                "(InvalidParameterException)",
            ),
            (
                "aws eks update-nodegroup-config --cluster-name lab --nodegroup-name ng1 --scaling-config minSize=-1",
                252,
                "Invalid value for parameter scalingConfig.minSize, value: -1, valid min value: 0",
            ),
            (
                "aws eks create-nodegroup --cluster-name lab --nodegroup-name ng1 --subnets a --node-role b",
                254,
                "NodeGroup already exists with name ng1 and cluster name lab",
            ),
            (
                "aws eks create-nodegroup --cluster-name lab --nodegroup-name n --subnets a --node-role b --instance-types t9.x",
                254,
                "The following supplied instance types do not exist: [t9.x]",
            ),
            (
                "aws eks update-nodegroup-version --cluster-name lab --nodegroup-name ng1 --kubernetes-version 1.99",
                254,
                "(InvalidParameterException)",
            ),
            (
                "aws iam create-policy --policy-name p --policy-document '{nope'",
                254,
                "(MalformedPolicyDocument) when calling the CreatePolicy operation: Syntax errors in policy.",
            ),
            ("aws iam create-policy --policy-name p --policy-document '{}'", 254, "Syntax errors in policy."),
            (
                r#"aws iam create-policy --policy-name p --policy-document '{"Statement":{"Effect":"Allow","Resource":"*"}}'"#,
                254,
                "Policy statement must contain actions.",
            ),
            (
                r#"aws iam create-policy --policy-name p --policy-document '{"Statement":{"Effect":"Allow","Action":"ec2:*"}}'"#,
                254,
                "Policy statement must contain resources.",
            ),
            (
                r#"aws iam create-policy --policy-name p --policy-document '{"Statement":{"Effect":"Allow","Action":"Describe","Resource":"*"}}'"#,
                254,
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (
                r#"aws iam create-policy --policy-name a/b --policy-document '{"Statement":[]}'"#,
                254,
                "The specified value for policyName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
            ),
            (
                "aws iam create-policy --policy-name p --policy-document file://none.json",
                252,
                "Unable to load paramfile file://none.json: [Errno 2] No such file or directory: 'none.json'",
            ),
            (
                "aws iam create-role --role-name r --assume-role-policy-document nope",
                254,
                "(MalformedPolicyDocument)",
            ),
            (
                "aws iam get-role --role-name nope",
                254,
                "(NoSuchEntity) when calling the GetRole operation: The role with name nope cannot be found.",
            ),
            (
                "aws cloudformation describe-stacks --stack-name nope",
                254,
                "Stack with id nope does not exist",
            ),
            (
                "aws cloudformation update-stack --stack-name nope --template-body '{\"Resources\":{\"A\":{\"Type\":\"AWS::SQS::Queue\"}}}'",
                254,
                "Stack [nope] does not exist",
            ),
            (
                "aws cloudformation create-stack --stack-name x --template-body '{\"Resources\":{}}'",
                254,
                "Template format error: At least one Resources member must be defined.",
            ),
            (
                "aws cloudformation deploy --stack-name x --template-file none.yaml",
                255,
                "Invalid template path none.yaml",
            ),
            ("aws dynamodb list-tables", 252, "aws dynamodb list-tables: that operation is not simulated"),
        ],
    );
}

/// A configuration with one group, or one with something else.
fn config(metadata: &str, groups: &str) -> String {
    format!(
        "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {{{metadata}}}\nmanagedNodeGroups: [{groups}]\n"
    )
}

#[test]
fn cluster_configurations() {
    let shell = world();
    let metadata = "name: bad, region: ap-northeast-2, version: '1.30'";
    let cases = [
        (
            metadata,
            "{name: a, minSize: 5, maxSize: 3}",
            "managedNodeGroups[0]: maxSize (3) cannot be smaller than minSize (5)",
        ),
        (
            metadata,
            "{name: a, minSize: 1, maxSize: 3, desiredCapacity: 9}",
            "cannot use --nodes-max=3 and --nodes=9 at the same time",
        ),
        (metadata, "{name: a, minSize: -1}", "minimum of nodes must be 0 or greater"),
        (
            metadata,
            "{name: a, desiredCapacity: lots}",
            "loading config file \"bad.yaml\": error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go struct field ManagedNodeGroup.managedNodeGroups.desiredCapacity of type int",
        ),
        (
            metadata,
            "{name: a, instanceType: t9.medium}",
            "The following supplied instance types do not exist: [t9.medium]",
        ),
        (metadata, "{name: a, instancetype: t3.medium}", "json: unknown field \"instancetype\""),
        (
            metadata,
            "{name: a, iam: {withAddonPolicies: {autoscaler: true}}}",
            "json: unknown field \"autoscaler\"",
        ),
        (metadata, "{instanceType: t3.medium}", "managedNodeGroups[0].name must be set"),
        (metadata, "{name: a}, {name: a}", "managedNodeGroups[1].name \"a\" is not unique"),
        (
            metadata,
            "{name: a, taints: [{key: a, effect: Never}]}",
            "invalid taint effect: Never, unsupported taint effect",
        ),
        ("name: bad, region: ap-northeast-2, colour: red", "{name: a}", "json: unknown field \"colour\""),
        (
            "name: bad, region: ap-northeast-2, version: 1.30",
            "{name: a}",
            "json: cannot unmarshal number into Go struct field ClusterMeta.metadata.version of type string",
        ),
        (
            "name: bad, region: ap-northeast-2, version: '1.99'",
            "{name: a}",
            "invalid version, supported values: 1.21, 1.22,",
        ),
        (
            "name: bad, region: moon-1",
            "{name: a}",
            "--region=moon-1 is not supported - use one of: us-west-2, us-east-1,",
        ),
        (
            "name: '1 b', region: ap-northeast-2",
            "{name: a}",
            "validation for 1 b failed, name must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
        ),
        (
            "name: lab, region: ap-northeast-2, version: '1.30'",
            "{name: a}",
            "AlreadyExistsException: Stack [eksctl-lab-cluster] already exists",
        ),
    ];
    for (metadata, groups, message) in cases {
        shell.file("bad.yaml", &config(metadata, groups));
        refused(&shell, &[("eksctl create cluster -f bad.yaml", 1, message)]);
    }
    shell.file("bad.yaml", &config(metadata, "{name: a}").replace("v1alpha5", "v1alpha9"));
    let line = "eksctl create cluster -f bad.yaml";
    refused(
        &shell,
        &[(line, 1, "no kind \"ClusterConfig\" is registered for version \"eksctl.io/v1alpha9\"")],
    );
    shell.file("bad.yaml", &config(metadata, "{name: a, instancetype: t3.medium}"));
    let line = "kubetick cluster create -f bad.yaml";
    refused(&shell, &[(line, 1, "bad.yaml: json: unknown field \"instancetype\"")]);
}

#[test]
fn commands_of_eksctl() {
    refused(
        &world(),
        &[
            (
                "eksctl create cluster --name x --nodes many",
                1,
                "Error: invalid argument \"many\" for \"-N, --nodes\" flag: strconv.ParseInt: parsing \"many\": invalid syntax",
            ),
            (
                "eksctl create cluster --name x --nodes 3 --nodes-min 5 --nodes-max 4",
                1,
                "Error: managedNodeGroups[0]: maxSize (4) cannot be smaller than minSize (5)",
            ),
            (
                "eksctl create cluster --name x --node-type t9.x",
                1,
                "The following supplied instance types do not exist: [t9.x]",
            ),
            ("eksctl create cluster --nme x", 1, "Error: unknown flag: --nme"),
            (
                "eksctl create nodegroup --cluster nope --name n",
                1,
                "ResourceNotFoundException: No cluster found for name: nope.",
            ),
            (
                "eksctl create nodegroup --cluster lab --name n --node-type t9.x",
                1,
                "The following supplied instance types do not exist: [t9.x]",
            ),
            ("eksctl create nodegroup --cluster lab --name n --nodes 3 --nodes-max 2", 1, "cannot"),
            (
                "eksctl scale nodegroup --cluster lab --name ng1 --nodes -1",
                1,
                "Error: number of nodes must be 0 or greater",
            ),
            (
                "eksctl scale nodegroup --cluster lab --name ng1",
                1,
                "Error: at least one of minimum, maximum and desired nodes must be set",
            ),
            (
                "eksctl scale nodegroup --cluster lab --nodes 3",
                1,
                "Error: a config file is required when --name is not set or when scaling multiple nodegroups",
            ),
            ("eksctl get nodegroup", 1, "Error: --cluster must be set"),
            (
                "eksctl get nodegroup --cluster lab --name nope",
                1,
                "Error: nodegroup with name nope not found",
            ),
            (
                "eksctl get iamidentitymapping --cluster lab --arn arn:x",
                1,
                "Error: no iamidentitymapping with arn \"arn:x\" found",
            ),
            (
                "eksctl delete nodegroup --cluster lab --name nope",
                1,
                "Error: nodegroup \"nope\" not found in cluster \"lab\"",
            ),
            ("eksctl delete cluster --name nope", 1, "No cluster found for name: nope."),
            (
                "eksctl create iamserviceaccount --cluster lab --name s --approve",
                1,
                "Error: --attach-policy-arn or --attach-role-arn must be set",
            ),
            (
                "eksctl set labels --cluster lab --nodegroup ng1 --labels ab",
                1,
                "ab must be formatted as key=value",
            ),
            (
                "eksctl create capability --cluster lab",
                1,
                "Error: eksctl create capability is not simulated by kubetick",
            ),
            ("eksctl enable flux -f lab.yaml", 1, "Error: eksctl enable flux is not simulated by kubetick"),
        ],
    );
}
