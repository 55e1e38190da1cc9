//! Services of type LoadBalancer: the address, the events, and the end.

use super::Lab;
use kubetick::actors::cloud::LoadBalancers;
use kubetick::json;
use kubetick::machinery::{Duration, Object, Value};
use kubetick::sim::Engine;

fn service(lab: &Lab, name: &str, spec: Value) -> Object {
    let mut spec = spec;
    spec.set("selector", json!({"app": "web"}));
    let metadata = json!({"name": name, "namespace": "shop"});
    lab.post(json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}))
}

fn run(lab: &Lab, secs: i64) {
    let end = lab.api.now() + Duration::from_secs(secs);
    Engine::with(&lab.api, vec![Box::new(LoadBalancers)]).run_until(end);
}

fn reasons(lab: &Lab) -> Vec<String> {
    let mut events = lab.api.list("events", "shop");
    events.sort_by_key(Object::resource_version);
    events.iter().map(|e| format!("{}: {}", e.str_at("reason"), e.str_at("message"))).collect()
}

fn address(lab: &Lab, name: &str) -> String {
    let found = lab.api.find("services", "shop", name).unwrap();
    found.items_at("status/loadBalancer/ingress").first().map_or("", |i| i.str_at("hostname")).to_string()
}

#[test]
fn a_service_gets_its_balancer_and_waits_for_its_end() {
    let lab = Lab::new();
    let made = service(&lab, "web", json!({"type": "LoadBalancer", "ports": [{"port": 80}]}));
    run(&lab, 1);
    assert_eq!(address(&lab, "web"), "");
    run(&lab, 5);
    let host = address(&lab, "web");
    let name = format!("a{}", made.uid().replace('-', ""));
    let rest = host.strip_prefix(&format!("{}-", &name[..32])).expect("the balancer's name");
    let digits = rest.strip_suffix(".ap-northeast-2.elb.amazonaws.com").expect("the region's domain");
    assert!(digits.parse::<u64>().is_ok(), "{host}");
    lab.api.delete("services", "shop", "web").unwrap();
    run(&lab, 5);
    assert!(lab.api.find("services", "shop", "web").unwrap().is_deleting());
    run(&lab, 20);
    assert!(lab.api.find("services", "shop", "web").is_none());
    let told = [
        "EnsuringLoadBalancer: Ensuring load balancer",
        "EnsuredLoadBalancer: Ensured load balancer",
        "DeletingLoadBalancer: Deleting load balancer",
        "DeletedLoadBalancer: Deleted load balancer",
    ];
    assert_eq!(reasons(&lab), told);
}

#[test]
fn a_type_changed_back_gives_the_address_up() {
    let lab = Lab::new();
    service(&lab, "web", json!({"type": "ClusterIP", "ports": [{"port": 80}]}));
    run(&lab, 10);
    assert_eq!(reasons(&lab), Vec::<String>::new());
    let set = |kind: &str| lab.api.modify("services", "shop", "web", |s| s.set("spec/type", kind)).unwrap();
    set("LoadBalancer");
    run(&lab, 10);
    assert_ne!(address(&lab, "web"), "");
    set("ClusterIP");
    run(&lab, 20);
    assert_eq!(address(&lab, "web"), "");
    assert_eq!(lab.api.find("services", "shop", "web").unwrap().finalizers().count(), 0);
    assert!(reasons(&lab).contains(&"Type: ClusterIP -> LoadBalancer".to_string()));
    assert!(reasons(&lab).contains(&"Type: LoadBalancer -> ClusterIP".to_string()));
}

#[test]
fn what_aws_cannot_balance_is_tried_again_and_what_others_balance_left_alone() {
    let lab = Lab::new();
    let dns = json!({"type": "LoadBalancer", "ports": [{"port": 53, "protocol": "UDP"}]});
    service(&lab, "dns", dns);
    let class = "service.k8s.aws/nlb";
    let elsewhere = json!({"type": "LoadBalancer", "loadBalancerClass": class, "ports": [{"port": 80}]});
    service(&lab, "elsewhere", elsewhere);
    run(&lab, 12);
    assert_eq!(address(&lab, "dns") + &address(&lab, "elsewhere"), "");
    let told = reasons(&lab);
    let why = "SyncLoadBalancerFailed: Error syncing load balancer: failed to ensure load balancer: Only TCP \
               LoadBalancer is supported for AWS ELB";
    assert_eq!(told, ["EnsuringLoadBalancer: Ensuring load balancer", why]);
    let ensuring =
        lab.api.list("events", "shop").into_iter().find(|e| e.str_at("reason") == "EnsuringLoadBalancer");
    assert_eq!(ensuring.unwrap().int_at("count"), Some(2));
}
