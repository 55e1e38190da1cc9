//! What the client of AWS says and does by itself, held against awscli 1.46.3: what it accepts, what it refuses before
//! anything is sent, and what its samples look like.

use crate::shell::Shell;

fn client() -> Shell {
    let mut shell = Shell::empty();
    shell.env("KUBETICK_AWS_CLI_VERSION", "1.46.3");
    shell
}

/// Runs lines that must fail with this status and end with this message.
fn complains(shell: &Shell, cases: &[(&str, i32, &str)]) {
    for (line, rc, message) in cases {
        let said = shell.run(&format!("aws {line}"));
        assert!(
            said.stderr.ends_with(&format!("{message}\n")),
            "{line}\nsaid {}\nwant {message}",
            said.stderr
        );
        assert_eq!((said.rc, said.stdout.as_str()), (*rc, ""), "{line}");
    }
}

/// Runs lines that the client finds right: they fail where no machine answers.
fn accepts(shell: &Shell, lines: &[&str]) {
    for line in lines {
        let said = shell.run(&format!("aws {line} --endpoint-url http://127.0.0.1:1"));
        let unreachable = "\nCould not connect to the endpoint URL: \"http://127.0.0.1:1/\"\n";
        assert_eq!((said.stderr.as_str(), said.rc), (unreachable, 255), "{line}");
    }
}

#[test]
fn of_a_switch_and_its_opposite_the_last_one_holds() {
    let shell = client();
    accepts(
        &shell,
        &[
            "ec2 describe-instances --dry-run --no-dry-run",
            "autoscaling enter-standby --auto-scaling-group-name a --should-decrement-desired-capacity \
             --no-should-decrement-desired-capacity",
        ],
    );
    let deletes = "aws ec2 describe-vpcs --dry-run --no-dry-run";
    assert_eq!(shell.run(deletes).rc, 0, "no dry run");
}

#[test]
fn the_clients_own_paging_and_the_services() {
    let shell = client();
    let mixed =
        "Error during pagination: Cannot specify --no-paginate along with pagination arguments: --max-items";
    complains(
        &shell,
        &[
            (
                "eks list-clusters --max-items x",
                2,
                "aws: error: argument --max-items: invalid int value: 'x'",
            ),
            (
                "elb describe-load-balancers --page-size 1.5",
                2,
                "argument --page-size: invalid int value: '1.5'",
            ),
            ("elbv2 describe-load-balancers --page-size 3 --max-items 2", 255, mixed),
            ("eks list-clusters --next-token a --max-items 2", 255, mixed),
        ],
    );
    accepts(
        &shell,
        &[
            "iam list-roles --no-paginate --max-items 3",
            "iam list-roles --marker a --max-items 3",
            "elbv2 describe-target-groups --marker x --page-size 3",
        ],
    );
    // The client's bound is no bound of the service's pages, which it would make smaller.
    for name in ["r1", "r2", "r3"] {
        shell.must(&format!("aws iam create-role --role-name {name} --assume-role-policy-document '{{}}'"));
    }
    let two = "aws iam list-roles --max-items 2 --query 'Roles[].RoleName' --output text";
    assert_eq!(shell.must(two).lines().next().map(|l| l.split('\t').count()), Some(2));
}

#[test]
fn values_are_checked_before_they_are_sent() {
    let shell = client();
    shell.file("list.json", "[\"a\"]");
    let action =
        "autoscaling put-scheduled-update-group-action --auto-scaling-group-name a --scheduled-action-name b";
    let not_a_time = "valid types: <class 'datetime.datetime'>, timestamp-string";
    complains(
        &shell,
        &[
            (&format!("{action} --start-time tomorrow"), 255, not_a_time),
            (&format!("{action} --start-time 2023-13-45"), 255, not_a_time),
            (
                "autoscaling create-or-update-tags --tags ResourceId=a,Key=k,PropagateAtLaunch=no",
                255,
                "Invalid type for parameter Tags[0].PropagateAtLaunch, value: no, type: <class 'str'>, valid types: <class 'bool'>",
            ),
            (
                "eks list-clusters --cli-input-json file://list.json",
                255,
                "'list' object has no attribute 'keys'",
            ),
            (
                "ec2 create-launch-template --launch-template-name a --launch-template-data file://list.json",
                255,
                "Error parsing parameter '--launch-template-data': Invalid JSON:\n[\"a\"]",
            ),
            // Before the machine is looked for that is not there.
            (
                "iam get-role --role-name '' --endpoint-url http://127.0.0.1:1",
                255,
                "Invalid length for parameter RoleName, value: 0, valid min length: 1",
            ),
            ("eks list-clusters --endpoint-url http://", 255, "Invalid endpoint: http://"),
        ],
    );
    accepts(
        &shell,
        &[
            &format!("{action} --start-time 'May 22 2023 10:00 UTC'"),
            "elb describe-instance-health --load-balancer-name x --instances i-1 i-2",
        ],
    );
}

#[test]
fn waiters_are_told_in_order() {
    let shell = client();
    complains(
        &shell,
        &[
            (
                "eks wait",
                255,
                "\nusage: aws [options] <command> <subcommand> [parameters]\naws: error: too few arguments",
            ),
            (
                "elbv2 wait foo",
                2,
                "load-balancer-available                  | load-balancer-exists                    \n\
                 load-balancers-deleted                   | target-deregistered                     \n\
                 target-in-service                       ",
            ),
        ],
    );
}

#[test]
fn samples_of_answers() {
    let shell = client();
    complains(
        &shell,
        &[(
            "iam list-open-id-connect-providers --generate-cli-skeleton output",
            255,
            "Invalid length for parameter OpenIDConnectProviderList[0].Arn, value: 3, valid min length: 20",
        )],
    );
    let sample = "aws ec2 describe-launch-templates --generate-cli-skeleton output --query 'LaunchTemplates[].CreateTime' --output";
    assert_eq!(shell.must(&format!("{sample} text")), "1970-01-01 00:00:00\n");
    assert_eq!(shell.must(&format!("{sample} json")), "[\n    \"1970-01-01T00:00:00\"\n]\n");
}

#[test]
fn one_rule_and_one_interface_in_words() {
    let shell = client();
    let ports = "port parameter should be of the form <from[-to]> (e.g. 22 or 22-25)";
    complains(
        &shell,
        &[
            ("ec2 authorize-security-group-ingress --group-id x --protocol tcp --port abc", 255, ports),
            ("ec2 authorize-security-group-ingress --group-id x --protocol tcp --port -22", 255, ports),
            (
                "ec2 authorize-security-group-ingress --group-id x --protocol foo",
                255,
                "protocol parameter should be one of: tcp|udp|icmp|all or any valid protocol number.",
            ),
            (
                "ec2 authorize-security-group-ingress --group-id x --protocol tcp --ip-permissions IpProtocol=tcp",
                255,
                "The --protocol option is not compatible with the --ip-permissions option ",
            ),
            (
                "ec2 run-instances --count x",
                255,
                "count parameter should be of form min[:max] (e.g. 1 or 1:10)",
            ),
            (
                "ec2 run-instances --network-interfaces DeviceIndex=0 --associate-public-ip-address",
                255,
                "Mixing the --network-interfaces option with the simple, scalar options is not supported.",
            ),
        ],
    );
    accepts(
        &shell,
        &[
            "ec2 authorize-security-group-ingress --group-id x --protocol icmp --port -1",
            "ec2 run-instances --image-id a --subnet-id x --security-group-ids a b --no-associate-public-ip-address",
        ],
    );
    shell.must("aws ec2 create-security-group --group-name g --description d --vpc-id vpc-1");
    let group = "aws ec2 describe-security-groups --filters Name=group-name,Values=g --output text --query";
    let id = shell.must(&format!("{group} 'SecurityGroups[0].GroupId'"));
    shell.must(&format!(
        "aws ec2 authorize-security-group-ingress --group-id {} --protocol tcp --port 80-90 --cidr 10.0.0.0/8",
        id.trim()
    ));
    let rule = "SecurityGroups[0].IpPermissions[0].[IpProtocol,FromPort,ToPort,IpRanges[0].CidrIp]";
    assert_eq!(shell.must(&format!("{group} '{rule}'")), "tcp\t80\t90\t10.0.0.0/8\n");
}

#[test]
fn settings_by_profile_and_nested() {
    let mut shell = client();
    shell.env("AWS_CONFIG_FILE", "config");
    shell.env("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    shell.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    shell.env("AWS_SECRET_ACCESS_KEY", "secret");
    shell.env("AWS_DEFAULT_REGION", "eu-west-1");
    shell.file(
        "config",
        "[default]\nregion = us-east-1\n[profile dev]\nregion=eu-west-1\n[profile two words]\nregion = x\n",
    );
    shell.file("credentials", "[other]\naws_access_key_id=AKIDOTHER0000\naws_secret_access_key=zzzz1234\n");
    let lost = |name: &str| format!("The config profile ({name}) could not be found");
    complains(
        &shell,
        &[
            ("configure get region --profile 'two words'", 255, &lost("two words")),
            ("configure list extra", 255, "\nUnknown options: extra"),
            ("eks get-token --cluster-name x --cluster-id y", 255, "also specified: cluster_name"),
            (
                "eks list-clusters --region us_east_1",
                255,
                "Provided region_name 'us_east_1' doesn't match a supported format.",
            ),
            (
                "configure list-profiles",
                2,
                "set                                      | add-model                               ",
            ),
        ],
    );
    let none = shell.run("aws configure get profile.two.region");
    assert_eq!((none.rc, none.stdout + &none.stderr), (1, String::new()));
    assert_eq!(shell.must("aws configure get dev.region"), "eu-west-1\n");
    shell.env("AWS_PROFILE", "nope");
    assert_eq!(shell.must("aws configure get default.region"), "us-east-1\n");
    let listed = shell.run("aws configure list");
    assert_eq!(listed.rc, 255);
    assert!(listed.stdout.ends_with(
        "   profile                     nope              env    ['AWS_DEFAULT_PROFILE', 'AWS_PROFILE']\n"
    ));
    assert_eq!(listed.stderr, format!("\n{}\n", lost("nope")));
    // An option that names a profile puts the keys of the environment out of use.
    assert!(
        shell
            .must("aws configure list --profile other")
            .contains("access_key     ****************0000 shared-credentials-file")
    );
    shell.env("AWS_PROFILE", "default");
    shell.must("aws configure set s3.max_queue_size 3");
    shell.must("aws configure set s3.max_bandwidth 1MB/s");
    shell.must("aws configure set s3.max_queue_size 4");
    assert_eq!(shell.must("aws configure get s3.max_queue_size"), "4\n");
    shell.must("aws configure set region z --profile 'brand new'");
    assert_eq!(
        std::fs::read_to_string(shell.home().join("work/config")).expect("a file"),
        "[default]\nregion = us-east-1\ns3 =\n    max_queue_size = 4\n    max_bandwidth = 1MB/s\n[profile dev]\nregion=eu-west-1\n\
         [profile two words]\nregion = x\n[profile 'brand new']\nregion = z\n"
    );
    assert_eq!(shell.must("aws configure get region --profile 'brand new'"), "z\n");
}

#[test]
fn sizes_of_pages_that_are_texts() {
    let shell = client();
    assert_eq!(shell.must("aws route53 list-hosted-zones --page-size 1"), "{\n    \"HostedZones\": []\n}\n");
}

#[test]
fn formats_and_timeouts() {
    let mut shell = client();
    shell.env("AWS_DEFAULT_OUTPUT", "yaml");
    complains(
        &shell,
        &[
            ("iam list-roles", 255, "\nUnknown output type: yaml"),
            // What is no list is printed, and its format looked at, after the call.
            ("iam get-role --role-name ''", 255, "value: 0, valid min length: 1"),
            ("iam list-roles --cli-read-timeout x", 255, "\ninvalid literal for int() with base 10: 'x'"),
            (
                "iam get-role --role-name file://",
                255,
                "Unable to load paramfile file://: [Errno 2] No such file or directory: ''",
            ),
        ],
    );
    shell.env("KUBETICK_AWS_CLI_VERSION", "2.36.7");
    assert_eq!(shell.must("aws iam list-roles --max-items 1 --query 'length(Roles)'"), "0\n");
}
