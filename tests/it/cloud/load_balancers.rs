use super::World;
use kubetick::json;
use kubetick::machinery::Object;

#[test]
fn a_service_gets_a_host_name_and_loses_it() {
    let world = World::new();
    let mut service = Object::new("v1", "Service", "default", "web");
    service.set("spec", json!({"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]}));
    world.api.create(service).unwrap();
    world.run(1);
    let service = || world.api.find("services", "default", "web");
    assert!(service().unwrap().items_at("status/loadBalancer/ingress").is_empty());
    world.run(5);
    let host = service().unwrap().items_at("status/loadBalancer/ingress")[0].str_at("hostname").to_string();
    assert!(host.starts_with('a') && host.ends_with(".ap-northeast-2.elb.amazonaws.com"), "{host}");
    world.api.delete("services", "default", "web").unwrap();
    world.run(1);
    assert!(service().is_none());
    let mut events = world.api.list("events", "default");
    events.retain(|e| e.str_at("involvedObject/name") == "web");
    let mut reasons: Vec<&str> = events.iter().map(|e| e.str_at("reason")).collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        ["DeletedLoadBalancer", "DeletingLoadBalancer", "EnsuredLoadBalancer", "EnsuringLoadBalancer"]
    );
}
