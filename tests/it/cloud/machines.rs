//! Machines of no cluster: launched by hand, by a fleet, by a group of somebody's own.

use super::World;
use kubetick::json;
use kubetick::machinery::Value;

fn template(world: &World) {
    let input = json!({
        "LaunchTemplateName": "web", "LaunchTemplateData": {"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.micro"},
    });
    world.call("ec2:CreateLaunchTemplate", input).unwrap();
}

#[test]
fn a_machine_runs_and_becomes_no_node() {
    let world = World::new();
    let input = json!({
        "ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 2,
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "bastion"}]}],
    });
    let made = world.call("ec2:RunInstances", input).unwrap();
    assert_eq!(made.items_at("Instances").len(), 2);
    assert_eq!(made.items_at("Instances")[0].str_at("State/Name"), "pending");
    world.run(120);
    let filters = json!({"Filters": [{"Name": "tag:Name", "Values": ["bastion"]}]});
    let told = world.call("ec2:DescribeInstances", filters).unwrap();
    let states: Vec<&str> = told
        .items_at("Reservations")
        .iter()
        .map(|r| r.items_at("Instances")[0].str_at("State/Name"))
        .collect();
    assert_eq!(states, ["running", "running"]);
    assert_eq!(world.nodes().len(), 2);
}

#[test]
fn what_cannot_be_launched_is_refused() {
    let world = World::new();
    let launch = |member: &str, value: Value| {
        let mut input = json!({
            "ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1,
        });
        match value {
            Value::Null => drop(input.remove(member)),
            value => input.set(member, value),
        }
        world.refused("ec2:RunInstances", input)
    };
    let said = |code: &str, message: &str| (code.to_string(), message.to_string());
    assert_eq!(
        launch("InstanceType", "t9.huge".into()),
        said("InvalidParameterValue", "Invalid value 't9.huge' for InstanceType.")
    );
    assert_eq!(
        launch("ImageId", Value::Null),
        said("MissingParameter", "The request must contain the parameter ImageId")
    );
    assert_eq!(
        launch("SubnetId", "subnet-nope".into()),
        said("InvalidSubnetID.NotFound", "The subnet ID 'subnet-nope' does not exist")
    );
    assert_eq!(
        launch("DryRun", true.into()),
        said("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    );
    assert_eq!(launch("MinCount", 3.into()).0, "InvalidParameterValue");
    let all = world.call("ec2:DescribeInstances", Value::object()).unwrap();
    assert_eq!(all.items_at("Reservations").len(), 2, "only the nodes");
}

#[test]
fn a_fleet_takes_the_cheapest_of_what_it_may() {
    let world = World::new();
    template(&world);
    let input = json!({
        "Type": "instant", "TargetCapacitySpecification": {"TotalTargetCapacity": 2, "DefaultTargetCapacityType": "spot"},
        "LaunchTemplateConfigs": [{
            "LaunchTemplateSpecification": {"LaunchTemplateName": "web", "Version": "$Latest"},
            "Overrides": [{"InstanceType": "m5.4xlarge"}, {"InstanceType": "t3.small"}, {"InstanceType": "m5.large"}],
        }],
    });
    let made = world.call("ec2:CreateFleet", input).unwrap();
    let launched = &made.items_at("Instances")[0];
    assert_eq!((launched.str_at("InstanceType"), launched.str_at("Lifecycle")), ("t3.small", "spot"));
    assert_eq!(launched.items_at("InstanceIds").len(), 2);
    let requests = world.call("ec2:DescribeSpotInstanceRequests", Value::object()).unwrap();
    assert_eq!(requests.items_at("SpotInstanceRequests").len(), 2);
}

#[test]
fn a_group_of_ones_own_keeps_its_machines() {
    let world = World::new();
    template(&world);
    let input = json!({
        "AutoScalingGroupName": "web", "MinSize": 1, "MaxSize": 3, "DesiredCapacity": 2,
        "AvailabilityZones": ["ap-northeast-2a", "ap-northeast-2b"],
        "LaunchTemplate": {"LaunchTemplateName": "web", "Version": "$Default"},
    });
    world.call("autoscaling:CreateAutoScalingGroup", input).unwrap();
    world.run(60);
    let group = || {
        let answer = world
            .call("autoscaling:DescribeAutoScalingGroups", json!({"AutoScalingGroupNames": ["web"]}))
            .unwrap();
        answer.items_at("AutoScalingGroups")[0].clone()
    };
    let zones: Vec<String> =
        group().items_at("Instances").iter().map(|i| i.str_at("AvailabilityZone").to_string()).collect();
    assert_eq!(zones.len(), 2);
    assert!(zones[0] != zones[1]);
    let id = group().items_at("Instances")[0].str_at("InstanceId").to_string();
    world.call("ec2:TerminateInstances", json!({"InstanceIds": [(id.as_str())]})).unwrap();
    world.run(120);
    let left: Vec<String> =
        group().items_at("Instances").iter().map(|i| i.str_at("InstanceId").to_string()).collect();
    assert!(left.len() == 2 && !left.contains(&id), "{left:?}");
}

#[test]
fn spot_prices_are_below_those_on_demand() {
    let world = World::new();
    let input = json!({"InstanceTypes": ["m5.large"], "ProductDescriptions": ["Linux/UNIX"]});
    let told = world.call("ec2:DescribeSpotPriceHistory", input).unwrap();
    let prices = told.items_at("SpotPriceHistory");
    assert_eq!(prices.len(), 3, "one a zone");
    for entry in prices {
        let price: f64 = entry.str_at("SpotPrice").parse().unwrap();
        assert!(price > 0.02 && price < 0.06, "{price}");
    }
    let unknown = world.refused("ec2:DescribeSpotPriceHistory", json!({"InstanceTypes": ["m9.large"]}));
    assert_eq!(unknown.0, "InvalidParameterValue");
}

#[test]
fn a_template_has_versions() {
    let world = World::new();
    template(&world);
    let next = json!({
        "LaunchTemplateName": "web", "SourceVersion": "1", "LaunchTemplateData": {"InstanceType": "t3.large"},
    });
    let made = world.call("ec2:CreateLaunchTemplateVersion", next).unwrap();
    assert_eq!(made.int_at("LaunchTemplateVersion/VersionNumber"), Some(2));
    assert_eq!(made.str_at("LaunchTemplateVersion/LaunchTemplateData/ImageId"), "ami-0123456789abcdef0");
    world
        .call("ec2:ModifyLaunchTemplate", json!({"LaunchTemplateName": "web", "DefaultVersion": "2"}))
        .unwrap();
    let told = world
        .call(
            "ec2:DescribeLaunchTemplateVersions",
            json!({"LaunchTemplateName": "web", "Versions": ["$Default"]}),
        )
        .unwrap();
    assert_eq!(told.items_at("LaunchTemplateVersions")[0].int_at("VersionNumber"), Some(2));
}

#[test]
fn demands_are_met_by_types() {
    let world = World::new();
    let input = json!({
        "ArchitectureTypes": ["x86_64"], "VirtualizationTypes": ["hvm"],
        "InstanceRequirements": {"VCpuCount": {"Min": 2, "Max": 2}, "MemoryMiB": {"Min": 8192, "Max": 8192},
            "ExcludedInstanceTypes": ["m6*"]},
    });
    let told = world.call("ec2:GetInstanceTypesFromInstanceRequirements", input).unwrap();
    let names: Vec<&str> = told.items_at("InstanceTypes").iter().map(|t| t.str_at("InstanceType")).collect();
    assert!(names.contains(&"m5.large"), "{names:?}");
    assert!(!names.contains(&"m6i.large") && !names.contains(&"t3.large") && !names.contains(&"m6g.large"));
}
