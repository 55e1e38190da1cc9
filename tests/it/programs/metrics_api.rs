//! Metrics of adapters over REST.

use super::Room;

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2, selector: {matchLabels: \
    {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}}\n";

#[test]
fn what_autoscalers_read_can_be_asked_for() {
    let room = Room::new();
    let custom = "/apis/custom.metrics.k8s.io/v1beta1";
    let missing = "Error from server (NotFound): the server could not find the requested resource\n";
    assert_eq!(room.fails(&format!("get --raw {custom}")), missing);
    room.apply(DEPLOYMENT);
    room.tick("20s");
    room.run(&["load", "set", "deployment/web", "--metric", "rps=21"]);
    room.run(&["load", "set", "external/queue", "--metric", "depth=1500"]);
    assert_eq!(
        room.kubectl(&format!("get --raw {custom}")),
        "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":\"custom.metrics.k8s.io/v1beta1\",\"resources\":[\
         {\"name\":\"deployments.apps/rps\",\"singularName\":\"\",\"namespaced\":true,\"kind\":\"MetricValueList\",\"verbs\":[\"get\"]},\
         {\"name\":\"pods/rps\",\"singularName\":\"\",\"namespaced\":true,\"kind\":\"MetricValueList\",\"verbs\":[\"get\"]}]}\n"
    );
    let pods = room.field("pods", ".items[*].metadata.name");
    let items: Vec<String> = pods
        .split(' ')
        .map(|name| {
            format!(
                "{{\"describedObject\":{{\"kind\":\"Pod\",\"namespace\":\"default\",\"name\":\"{name}\",\"apiVersion\":\"/v1\"}},\
                 \"metricName\":\"rps\",\"timestamp\":\"2026-06-03T00:00:20Z\",\"value\":\"10500m\",\"selector\":null}}"
            )
        })
        .collect();
    let list = |items: &str| {
        format!(
            "{{\"kind\":\"MetricValueList\",\"apiVersion\":\"custom.metrics.k8s.io/v1beta1\",\"metadata\":{{}},\"items\":[{items}]}}\n"
        )
    };
    let of_pods =
        room.kubectl(&format!("get --raw {custom}/namespaces/default/pods/*/rps?labelSelector=app%3Dweb"));
    assert_eq!(of_pods, list(&items.join(",")));
    assert_eq!(
        room.fails(&format!("get --raw {custom}/namespaces/default/pods/*/rps?labelSelector=app%3Dother")),
        "Error from server (NotFound): the server could not find the metric rps for pods\n"
    );
    let of_object = room
        .kubectl("get --raw /apis/custom.metrics.k8s.io/v1beta2/namespaces/default/deployments.apps/web/rps");
    assert!(
        of_object.contains(
            "{\"describedObject\":{\"kind\":\"Deployment\",\"namespace\":\"default\",\"name\":\"web\",\"apiVersion\":\"apps/v1\"},\
             \"metric\":{\"name\":\"rps\",\"selector\":null},\"timestamp\":\"2026-06-03T00:00:20Z\",\"value\":\"21\"}"
        ),
        "{of_object}"
    );
    assert_eq!(
        room.kubectl("get --raw /apis/external.metrics.k8s.io/v1beta1/namespaces/default/depth"),
        "{\"kind\":\"ExternalMetricValueList\",\"apiVersion\":\"external.metrics.k8s.io/v1beta1\",\"metadata\":{},\"items\":[\
         {\"metricName\":\"depth\",\"metricLabels\":{},\"timestamp\":\"2026-06-03T00:00:20Z\",\"value\":\"1500\"}]}\n"
    );
}

/// Fields as Go declares them, and no revision: what was measured has no history.
#[test]
fn measures_are_listed_as_metrics_server_sends_them() {
    let room = Room::with_metrics();
    room.tick("1m");
    let nodes = room.kubectl("get --raw /apis/metrics.k8s.io/v1beta1/nodes");
    let head = "{\"kind\":\"NodeMetricsList\",\"apiVersion\":\"metrics.k8s.io/v1beta1\",\"metadata\":{},\"items\":[{\"metadata\":{\"name\":";
    assert!(nodes.starts_with(head), "{nodes}");
    assert_eq!(room.kubectl("get --raw /apis/metrics.k8s.io/v1beta1/nodes?limit=1"), nodes);
    let pods = room.kubectl("get --raw /apis/metrics.k8s.io/v1beta1/namespaces/kube-system/pods");
    let order = [
        "\"metadata\":{\"name\":",
        "\"timestamp\":",
        "\"window\":",
        "\"containers\":[{\"name\":",
        "\"usage\":",
    ];
    let item = &pods[pods.find("\"items\"").unwrap()..];
    let places: Vec<usize> = order.iter().map(|key| item.find(key).unwrap()).collect();
    assert!(places.is_sorted(), "{item}");
}
