//! Random manifests, as JSON in one line: workloads of every kind, healthy and not.

use proptest::prelude::*;

/// Workloads that scripts speak of; few, so that commands meet what is there.
pub const DEPLOYMENTS: [&str; 2] = ["web", "api"];

fn choice(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    proptest::sample::select(texts).prop_map(str::to_string).boxed()
}

/// What a container is and does: servers, loops that write, work that ends, work that fails, images that are not there.
fn body(restless: bool) -> BoxedStrategy<String> {
    let calm = [
        r#""image":"nginx""#,
        r#""image":"registry.k8s.io/hpa-example","ports":[{"containerPort":80}]"#,
        r#""image":"busybox","command":["sh","-c","echo begun; sleep 86400"]"#,
    ];
    let wild = [
        r#""image":"registry.k8s.io/pause:3.9""#,
        r#""image":"busybox","command":["sh","-c","while true; do date; sleep 7; done"]"#,
        r#""image":"busybox","command":["sh","-c","echo failing; sleep 20; exit 3"]"#,
        r#""image":"busybox","command":["sh","-c","sleep 4; echo done"]"#,
        r#""image":"busybox","command":["sh","-c","while sleep 0.5; do wget -q -O- http://web; done"]"#,
        r#""image":"nginx:doesnotexist""#,
        r#""image":"polinux/stress","command":["stress"],"args":["--cpu","2"]"#,
    ];
    let mut all = calm.to_vec();
    if restless {
        all.extend(wild);
    }
    proptest::sample::select(all).prop_map(str::to_string).boxed()
}

fn probes(restless: bool) -> BoxedStrategy<String> {
    let calm = choice(&[
        "",
        "",
        r#","readinessProbe":{"httpGet":{"path":"/","port":80},"initialDelaySeconds":3,"periodSeconds":5}"#,
        r#","startupProbe":{"exec":{"command":["true"]},"periodSeconds":2}"#,
    ]);
    if !restless {
        return calm;
    }
    let wild = choice(&[
        r#","readinessProbe":{"exec":{"command":["test","-f","/tmp/ready"]},"periodSeconds":4}"#,
        r#","livenessProbe":{"exec":{"command":["false"]},"initialDelaySeconds":9,"periodSeconds":6,"failureThreshold":2}"#,
        r#","livenessProbe":{"httpGet":{"path":"/","port":81},"periodSeconds":10}"#,
        r#","startupProbe":{"exec":{"command":["false"]},"periodSeconds":5,"failureThreshold":4}"#,
    ]);
    prop_oneof![2 => calm, 1 => wild].boxed()
}

fn container(restless: bool) -> BoxedStrategy<String> {
    let resources = choice(&[
        "",
        r#","resources":{"requests":{"cpu":"100m","memory":"64Mi"},"limits":{"cpu":"300m","memory":"256Mi"}}"#,
        r#","resources":{"requests":{"cpu":"200m"}}"#,
        r#","resources":{"requests":{"cpu":"900m","memory":"1Gi"}}"#,
    ]);
    let hooks = choice(&["", "", r#","lifecycle":{"preStop":{"exec":{"command":["sleep","5"]}}}"#]);
    (body(restless), probes(restless), resources, hooks)
        .prop_map(|(body, probes, resources, hooks)| {
            format!(r#"{{"name":"app",{body}{probes}{resources}{hooks}}}"#)
        })
        .boxed()
}

fn pod_spec(restless: bool, restart: &'static str) -> BoxedStrategy<String> {
    let placement = choice(&[
        "",
        "",
        "",
        r#","nodeSelector":{"disk":"ssd"}"#,
        r#","tolerations":[{"operator":"Exists"}]"#,
        r#","priorityClassName":"urgent""#,
        r#","topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"kubernetes.io/hostname","whenUnsatisfiable":"ScheduleAnyway","labelSelector":{"matchLabels":{"app":"web"}}}]"#,
        r#","affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"kubernetes.io/hostname","labelSelector":{"matchLabels":{"app":"web"}}}]}}"#,
    ]);
    let grace =
        choice(&["", r#","terminationGracePeriodSeconds":0"#, r#","terminationGracePeriodSeconds":7"#]);
    let before = choice(&[
        "",
        "",
        r#","initContainers":[{"name":"first","image":"busybox","command":["sh","-c","sleep 3; echo ready"]}]"#,
    ]);
    (container(restless), placement, grace, before)
        .prop_map(move |(container, placement, grace, before)| {
            format!(r#"{{"restartPolicy":"{restart}","containers":[{container}]{placement}{grace}{before}}}"#)
        })
        .boxed()
}

fn template(app: &str, spec: &str) -> String {
    format!(r#"{{"metadata":{{"labels":{{"app":"{app}"}}}},"spec":{spec}}}"#)
}

fn object(api: &str, kind: &str, name: &str, rest: &str) -> String {
    let place = if kind == "PriorityClass" { "" } else { r#","namespace":"shop""# };
    format!(r#"{{"apiVersion":"{api}","kind":"{kind}","metadata":{{"name":"{name}"{place}}}{rest}}}"#)
}

fn deployment(restless: bool, names: &'static [&'static str]) -> BoxedStrategy<String> {
    let strategy = choice(&[
        "",
        r#","strategy":{"type":"Recreate"}"#,
        r#","strategy":{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}"#,
        r#","minReadySeconds":8"#,
        r#","progressDeadlineSeconds":50"#,
        r#","revisionHistoryLimit":1"#,
    ]);
    (proptest::sample::select(names), 0..6u8, pod_spec(restless, "Always"), strategy)
        .prop_map(|(name, replicas, spec, strategy)| {
            let template = template(name, &spec);
            let rest = format!(
                r#","spec":{{"replicas":{replicas},"selector":{{"matchLabels":{{"app":"{name}"}}}},"template":{template}{strategy}}}"#
            );
            object("apps/v1", "Deployment", name, &rest)
        })
        .boxed()
}

fn stateful_set(restless: bool) -> BoxedStrategy<String> {
    let extras = choice(&[
        "",
        r#","podManagementPolicy":"Parallel""#,
        r#","updateStrategy":{"type":"OnDelete"}"#,
        r#","updateStrategy":{"rollingUpdate":{"partition":1}}"#,
        r#","volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"gp2","resources":{"requests":{"storage":"1Gi"}}}}]"#,
    ]);
    (0..4u8, pod_spec(restless, "Always"), extras)
        .prop_map(|(replicas, spec, extras)| {
            let template = template("db", &spec);
            let rest = format!(
                r#","spec":{{"serviceName":"db","replicas":{replicas},"selector":{{"matchLabels":{{"app":"db"}}}},"template":{template}{extras}}}"#
            );
            object("apps/v1", "StatefulSet", "db", &rest)
        })
        .boxed()
}

fn daemon_set(restless: bool) -> BoxedStrategy<String> {
    let strategy = choice(&["", r#","minReadySeconds":4"#, r#","updateStrategy":{"type":"OnDelete"}"#]);
    (pod_spec(restless, "Always"), strategy)
        .prop_map(|(spec, strategy)| {
            let template = template("agent", &spec);
            let rest = format!(
                r#","spec":{{"selector":{{"matchLabels":{{"app":"agent"}}}},"template":{template}{strategy}}}"#
            );
            object("apps/v1", "DaemonSet", "agent", &rest)
        })
        .boxed()
}

fn job_spec() -> BoxedStrategy<String> {
    let work = choice(&["sleep 9; echo done", "sleep 3; exit 1", "echo quick", "sleep 300"]);
    let extras = choice(&[
        "",
        r#","completions":4,"parallelism":2"#,
        r#","completions":3,"completionMode":"Indexed","parallelism":3"#,
        r#","backoffLimit":1"#,
        r#","activeDeadlineSeconds":40"#,
        r#","ttlSecondsAfterFinished":30"#,
        r#","suspend":true"#,
    ]);
    (work, extras, choice(&["Never", "OnFailure"]))
        .prop_map(|(work, extras, restart)| {
            format!(
                r#"{{"template":{{"spec":{{"restartPolicy":"{restart}","containers":[{{"name":"work","image":"busybox","command":["sh","-c","{work}"]}}]}}}}{extras}}}"#
            )
        })
        .boxed()
}

fn job() -> BoxedStrategy<String> {
    (choice(&["once", "batch"]), job_spec())
        .prop_map(|(name, spec)| object("batch/v1", "Job", &name, &format!(r#","spec":{spec}"#)))
        .boxed()
}

fn cron_job() -> BoxedStrategy<String> {
    let policy = choice(&[
        "",
        r#","concurrencyPolicy":"Forbid""#,
        r#","concurrencyPolicy":"Replace""#,
        r#","successfulJobsHistoryLimit":1,"startingDeadlineSeconds":90"#,
    ]);
    (choice(&["* * * * *", "*/3 * * * *"]), policy, job_spec())
        .prop_map(|(schedule, policy, spec)| {
            let rest =
                format!(r#","spec":{{"schedule":"{schedule}","jobTemplate":{{"spec":{spec}}}{policy}}}"#);
            object("batch/v1", "CronJob", "beat", &rest)
        })
        .boxed()
}

fn autoscaler() -> BoxedStrategy<String> {
    let behavior = choice(&[
        "",
        r#","behavior":{"scaleDown":{"stabilizationWindowSeconds":60,"policies":[{"type":"Pods","value":1,"periodSeconds":30}]}}"#,
        r#","behavior":{"scaleUp":{"policies":[{"type":"Percent","value":50,"periodSeconds":20}]},"scaleDown":{"selectPolicy":"Disabled"}}"#,
    ]);
    (proptest::sample::select(&DEPLOYMENTS[..]), 1..3u8, 3..7u8, choice(&["20", "50"]), behavior)
        .prop_map(|(name, min, max, target, behavior)| {
            let rest = format!(
                r#","spec":{{"scaleTargetRef":{{"apiVersion":"apps/v1","kind":"Deployment","name":"{name}"}},"minReplicas":{min},"maxReplicas":{max},"metrics":[{{"type":"Resource","resource":{{"name":"cpu","target":{{"type":"Utilization","averageUtilization":{target}}}}}}}]{behavior}}}"#
            );
            object("autoscaling/v2", "HorizontalPodAutoscaler", name, &rest)
        })
        .boxed()
}

fn furniture() -> BoxedStrategy<String> {
    let budget =
        (choice(&["web", "api", "db"]), choice(&[r#""minAvailable":1"#, r#""maxUnavailable":"25%""#]))
            .prop_map(|(name, bound)| {
                let rest = format!(r#","spec":{{{bound},"selector":{{"matchLabels":{{"app":"{name}"}}}}}}"#);
                object("policy/v1", "PodDisruptionBudget", &name, &rest)
            });
    let service = choice(&["web", "api", "db"]).prop_map(|name| {
        let rest = format!(r#","spec":{{"selector":{{"app":"{name}"}},"ports":[{{"port":80}}]}}"#);
        object("v1", "Service", &name, &rest)
    });
    let quota = choice(&["4", "9"]).prop_map(|n| {
        object("v1", "ResourceQuota", "few", &format!(r#","spec":{{"hard":{{"pods":"{n}"}}}}"#))
    });
    let class = Just(object("scheduling.k8s.io/v1", "PriorityClass", "urgent", r#","value":1000"#));
    prop_oneof![2 => budget, 3 => service, 1 => quota, 1 => class].boxed()
}

/// What a script begins with, so that its commands meet something.
pub fn world(restless: bool) -> BoxedStrategy<Vec<String>> {
    let apps = (deployment(restless, &DEPLOYMENTS[..1]), deployment(restless, &DEPLOYMENTS[1..]));
    let others = (stateful_set(restless), daemon_set(restless), job(), furniture(), autoscaler(), cron_job());
    (apps, others)
        .prop_map(move |((web, api), (set, daemons, job, furniture, autoscaler, schedule))| {
            let mut all = vec![web, api, set, daemons, job, furniture];
            if restless {
                all.extend([autoscaler, schedule]);
            }
            all
        })
        .boxed()
}

/// Any manifest; only those that come to rest unless `restless`.
pub fn manifest(restless: bool) -> BoxedStrategy<String> {
    let calm = prop_oneof![
        6 => deployment(restless, &DEPLOYMENTS),
        2 => stateful_set(restless),
        2 => daemon_set(restless),
        2 => job(),
        3 => furniture(),
    ];
    match restless {
        true => prop_oneof![6 => calm, 1 => cron_job(), 2 => autoscaler()].boxed(),
        false => calm.boxed(),
    }
}
