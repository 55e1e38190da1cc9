//! Load balancers of Services, as Elastic Load Balancing tells of them.

use super::World;
use kubetick::json;
use kubetick::machinery::{Object, Value};

/// A Service of type LoadBalancer with its address.
fn service(world: &World, annotation: &[(&str, &str)], more: Value) -> String {
    let mut service = Object::new("v1", "Service", "default", "web");
    for (name, value) in annotation {
        service.set_annotation(&format!("service.beta.kubernetes.io/{name}"), value);
    }
    let mut spec = more;
    spec.set("type", "LoadBalancer");
    spec.set("selector", json!({"app": "web"}));
    spec.set("ports", json!([{"name": "http", "port": 80, "targetPort": 8080}]));
    service.set("spec", spec);
    world.api.create(service).unwrap();
    world.run(10);
    let made = world.api.find("services", "default", "web").unwrap();
    made.items_at("status/loadBalancer/ingress")[0].str_at("hostname").to_string()
}

fn node_port(world: &World) -> i64 {
    let service = world.api.find("services", "default", "web").unwrap();
    service.items_at("spec/ports")[0].int_at("nodePort").unwrap()
}

#[test]
fn a_service_has_a_classic_balancer_until_it_goes() {
    let world = World::new();
    let host = service(&world, &[], Value::object());
    let all = |world: &World| {
        let answer = world.call("elb:DescribeLoadBalancers", Value::object()).unwrap();
        answer.items_at("LoadBalancerDescriptions").to_vec()
    };
    let found = all(&world);
    let balancer = &found[0];
    assert_eq!(balancer.str_at("DNSName"), host);
    let name = balancer.str_at("LoadBalancerName");
    assert!(host.starts_with(&format!("{name}-")) && name.len() == 32, "{host}");
    let port = node_port(&world);
    let listener = json!({"Listener": {
        "Protocol": "TCP", "LoadBalancerPort": 80, "InstanceProtocol": "TCP", "InstancePort": port,
    }, "PolicyNames": []});
    assert_eq!(balancer.items_at("ListenerDescriptions"), [listener]);
    assert_eq!(balancer.str_at("HealthCheck/Target"), format!("TCP:{port}"));
    assert_eq!(balancer.items_at("Instances").len(), 2);
    let group = json!({"GroupIds": (balancer.at("SecurityGroups"))});
    let group = world.call("ec2:DescribeSecurityGroups", group).unwrap();
    assert_eq!(group.items_at("SecurityGroups")[0].str_at("GroupName"), format!("k8s-elb-{name}"));
    let health = |world: &World| {
        let answer = world.call("elb:DescribeInstanceHealth", json!({"LoadBalancerName": name})).unwrap();
        let states = answer.items_at("InstanceStates").iter();
        states.map(|s| s.str_at("State").to_string()).collect::<Vec<_>>()
    };
    assert_eq!(health(&world), ["InService", "InService"]);
    let grow = json!({"AutoScalingGroupName": (world.group_name()), "DesiredCapacity": 3});
    world.call("autoscaling:SetDesiredCapacity", grow).unwrap();
    world.run(90);
    assert_eq!(health(&world).len(), 3, "a new node is behind it as well");
    let missing = json!({"LoadBalancerNames": ["nope"]});
    let (code, message) = world.refused("elb:DescribeLoadBalancers", missing);
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("LoadBalancerNotFound", "There is no ACTIVE Load Balancer named 'nope'")
    );
    assert!(
        world
            .call("elbv2:DescribeLoadBalancers", Value::object())
            .unwrap()
            .items_at("LoadBalancers")
            .is_empty()
    );
    world.api.delete("services", "default", "web").unwrap();
    world.run(30);
    assert!(all(&world).is_empty());
}

#[test]
fn a_network_balancer_has_a_target_group_a_port() {
    let world = World::new();
    let host =
        service(&world, &[("aws-load-balancer-type", "nlb")], json!({"externalTrafficPolicy": "Local"}));
    let all = || {
        world.call("elbv2:DescribeLoadBalancers", Value::object()).unwrap().items_at("LoadBalancers")[0]
            .clone()
    };
    let balancer = all();
    assert_eq!((balancer.str_at("DNSName"), balancer.str_at("Type")), (host.as_str(), "network"));
    assert_eq!(balancer.str_at("State/Code"), "provisioning");
    world.run(120);
    assert_eq!(all().str_at("State/Code"), "active");
    let arn = balancer.str_at("LoadBalancerArn");
    let groups = world.call("elbv2:DescribeTargetGroups", json!({"LoadBalancerArn": arn})).unwrap();
    let group = &groups.items_at("TargetGroups")[0];
    assert_eq!(group.int_at("Port"), Some(node_port(&world)));
    let health = |world: &World| {
        let input = json!({"TargetGroupArn": (group.at("TargetGroupArn"))});
        let answer = world.call("elbv2:DescribeTargetHealth", input).unwrap();
        let told = answer.items_at("TargetHealthDescriptions").iter();
        told.filter(|t| t.str_at("TargetHealth/State") == "healthy").count()
    };
    assert_eq!(health(&world), 0, "no node has a pod of the Service");
    let mut pod = Object::new("v1", "Pod", "default", "web");
    pod.set("metadata/labels", json!({"app": "web"}));
    pod.set("spec", json!({"containers": [{"name": "web", "image": "nginx"}]}));
    world.api.create(pod).unwrap();
    world.run(30);
    assert_eq!(health(&world), 1);
    let known = world.nodes()[0].str_at("spec/providerID").rsplit('/').next().unwrap().to_string();
    let asked = json!({
        "TargetGroupArn": (group.at("TargetGroupArn")), "Targets": [{"Id": "i-0nope"}, {"Id": (known.as_str())}],
    });
    let told = world.call("elbv2:DescribeTargetHealth", asked).unwrap();
    let told: Vec<&str> =
        told.items_at("TargetHealthDescriptions").iter().map(|t| t.str_at("Target/Id")).collect();
    assert_eq!(told, ["i-0nope", known.as_str()], "each that is asked for is told of");
    let error = |what: &str, input: Value| world.refused(&format!("elbv2:{what}"), input);
    let missing = error("DescribeLoadBalancers", json!({"Names": ["nope"]}));
    assert_eq!(missing, ("LoadBalancerNotFound".into(), "One or more load balancers not found".into()));
    let bad = error("DescribeTargetHealth", json!({"TargetGroupArn": "x"}));
    assert_eq!(bad, ("ValidationError".into(), "'x' is not a valid target group ARN".into()));
    let gone = error("DescribeTargetGroups", json!({"Names": ["nope"]}));
    assert_eq!(gone, ("TargetGroupNotFound".into(), "One or more target groups not found".into()));
}
