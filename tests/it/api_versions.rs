//! A kind in several versions: written in one, read in another.

use crate::shell::Shell;
use kubetick::machinery::{Value, yaml};

const BETA: &str = "
apiVersion: autoscaling/v2beta1
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 5
  metrics:
  - {type: Resource, resource: {name: cpu, targetAverageUtilization: 60}}
  - {type: Pods, pods: {metricName: rps, targetAverageValue: 500m}}
  - type: Object
    object: {target: {kind: Service, name: web}, metricName: hits, targetValue: 2k}
  - {type: External, external: {metricName: queue, metricSelector: {matchLabels: {q: a}}, targetAverageValue: '30'}}
";

fn read(shell: &Shell, resource: &str) -> Value {
    yaml::read(&shell.must(&format!("kubectl get {resource} -o yaml"))).unwrap()
}

#[test]
fn an_autoscaler_is_the_same_in_every_version() {
    let shell = Shell::of_version("1.24");
    shell.file("hpa.yaml", BETA);
    let said = shell.run("kubectl apply -f hpa.yaml");
    assert_eq!(said.rc, 0, "{}", said.stderr);

    let v2 = read(&shell, "hpa web");
    assert_eq!(v2.str_at("apiVersion"), "autoscaling/v2");
    let targets: Vec<String> = v2
        .items_at("spec/metrics")
        .iter()
        .flat_map(|m| m.map().iter().filter_map(|(_, source)| source.get("target")).map(Value::to_json))
        .collect();
    assert_eq!(
        targets,
        [
            r#"{"averageUtilization":60,"type":"Utilization"}"#,
            r#"{"averageValue":"500m","type":"AverageValue"}"#,
            r#"{"type":"Value","value":"2k"}"#,
            r#"{"averageValue":"30","type":"AverageValue"}"#,
        ]
    );

    let written = yaml::read(BETA).unwrap();
    for name in ["hpa.v2beta1.autoscaling", "horizontalpodautoscalers.v2beta1.autoscaling"] {
        let version = read(&shell, &format!("{name} web")).str_at("apiVersion").to_string();
        assert_eq!(version, "autoscaling/v2beta1", "{name}");
    }
    let beta = read(&shell, "horizontalpodautoscalers.v2beta1.autoscaling web");
    assert_eq!(beta.items_at("spec/metrics")[0], written.items_at("spec/metrics")[0]);
    assert_eq!(beta.items_at("spec/metrics")[1], written.items_at("spec/metrics")[1]);
    assert_eq!(beta.items_at("spec/metrics")[3], written.items_at("spec/metrics")[3]);

    let beta2 = read(&shell, "horizontalpodautoscalers.v2beta2.autoscaling web");
    assert_eq!(beta2.str_at("apiVersion"), "autoscaling/v2beta2");
    assert_eq!(beta2.at("spec"), v2.at("spec"));
    let v1 = read(&shell, "horizontalpodautoscalers.v1.autoscaling web");
    assert_eq!(v1.int_at("spec/targetCPUUtilizationPercentage"), Some(60));

    // Applied again it changes nothing.
    assert_eq!(
        shell.must("kubectl apply -f hpa.yaml"),
        "horizontalpodautoscaler.autoscaling/web unchanged\n"
    );
}

/// The version of the request, not the one an object was written in.
#[test]
fn an_object_reads_in_the_version_asked_for() {
    let shell = Shell::of_version("1.24");
    let budget = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {minAvailable: 1}\n";
    shell.file("pdb.yaml", budget);
    shell.must("kubectl apply -f pdb.yaml");
    assert_eq!(read(&shell, "pdb web").str_at("apiVersion"), "policy/v1");
    assert_eq!(
        read(&shell, "poddisruptionbudgets.v1beta1.policy web").str_at("apiVersion"),
        "policy/v1beta1"
    );
}

/// Before 1.23 no version is served that says all of an autoscaler; the controller works on it all the same.
#[test]
fn an_old_server_scales_too() {
    let shell = Shell::of_version("1.22");
    shell.must("kubectl create deployment web --image=nginx");
    shell.must("kubectl autoscale deployment web --min=3 --max=5 --cpu-percent=50");
    shell.must("kubetick tick 1m -q");
    let hpa = read(&shell, "hpa web");
    assert_eq!(hpa.str_at("apiVersion"), "autoscaling/v1");
    assert_eq!(hpa.int_at("status/currentReplicas"), Some(3));
    let row = shell.must("kubectl get hpa web --no-headers");
    assert_eq!(
        row.split_whitespace().collect::<Vec<_>>(),
        ["web", "Deployment/web", "<unknown>/50%", "3", "5", "3", "60s"]
    );
}

const LOOSE: &str = "
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: loose}
spec:
  scaleTargetRef: {kind: Deployment, name: web}
  maxReplicas: 3
  behavior: {scaleUp: {tolerance: '0.05'}}
";

/// What a release does not check or know yet goes through, and shows later.
#[test]
fn an_autoscaler_is_judged_as_its_server_does() {
    let shell = Shell::of_version("1.33");
    shell.file("hpa.yaml", LOOSE);
    shell.must("kubectl apply -f hpa.yaml");
    shell.must("kubetick tick 20s -q");
    let hpa = read(&shell, "hpa loose");
    assert_eq!(
        hpa.items_at("status/conditions")[0].str_at("message"),
        "the HPA controller was unable to get the target's current scale: no matches for kind \"Deployment\" in group \"\""
    );
    assert!(hpa.at("spec/behavior/scaleUp/tolerance").is_null());

    let shell = Shell::of_version("1.35");
    shell.file("hpa.yaml", LOOSE);
    assert_eq!(
        shell.run("kubectl apply -f hpa.yaml").stderr,
        "The HorizontalPodAutoscaler \"loose\" is invalid: spec.scaleTargetRef.apiVersion: Invalid value: \"\": apiVersion \
         must specify API group\n"
    );
    shell.file("hpa.yaml", &LOOSE.replace("{kind", "{apiVersion: apps/v1, kind"));
    shell.must("kubectl apply -f hpa.yaml");
    assert_eq!(read(&shell, "hpa loose").str_at("spec/behavior/scaleUp/tolerance"), "50m");
}
