//! The record of a pass as text.

use crate::vectors::hpa::world::World;
use kubetick::actors::control_plane::hpa::*;
use kubetick::machinery::{Duration, KubeVersion, Object, Time};
use kubetick::render::explain_hpa::explain_hpa;
use std::sync::Arc;

fn pod(name: &str, ready: Readiness, now: Time) -> Arc<PodView> {
    Arc::new(PodView {
        name: name.into(),
        labels: kubetick::json!({"app": "php-apache"}),
        phase: Phase::Running,
        deleting: false,
        readiness: Some(ready),
        started: Some(now - Duration::from_mins(20)),
        containers: vec![ContainerRequests {
            name: "php-apache".into(),
            requests: Resources::new([("cpu", 200)]),
        }],
        pod_requests: None,
    })
}

#[test]
fn a_burst_is_explained_rule_by_rule() {
    let now = Time::parse("2026-11-22T22:40:02Z").unwrap();
    let hpa = Object(kubetick::json!({
        "metadata": {"name": "php-apache", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "php-apache"},
            "minReplicas": 1, "maxReplicas": 10,
            "metrics": [{"type": "Resource", "resource": {
                "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50},
            }}],
        },
    }));
    let ready = Readiness { ready: Some(true), since: Some(now - Duration::from_mins(19)) };
    let mut world = World {
        scale: Scale { spec_replicas: 2, status_replicas: 2, selector: "app=php-apache".into() },
        pods: vec![pod("php-apache-a", ready, now), pod("php-apache-b", ready, now)],
        pod_metrics: vec![PodMetrics {
            name: "php-apache-a".into(),
            timestamp: now - Duration::from_secs(5),
            window: Duration::from_secs(15),
            containers: vec![("php-apache".into(), Resources::new([("cpu", 966)]))],
        }],
        ..World::default()
    };
    let mut memory = Memory::default();
    memory.recommendations.push(Recommendation { replicas: 1, time: now - Duration::from_secs(15) });
    let settings = Settings::new(KubeVersion::LATEST);
    let outcome = reconcile(&hpa, &mut memory, &settings, now, &mut world);
    let expected = include_str!("explain_hpa.txt");
    let text = explain_hpa(&outcome.decision);
    assert_eq!(text, expected, "\n{text}");
}
