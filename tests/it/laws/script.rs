//! Random scripts: what users do to a cluster, with ticks between.

use super::manifests::{DEPLOYMENTS, manifest, world};
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt;

/// One line: `tick SECONDS`, or a command, with what it reads from standard input after ` <<< `. `{node0}` to `{node2}`
/// stand for the names of nodes.
#[derive(Clone, PartialEq, Eq)]
pub struct Step(pub String);

impl Step {
    /// How long the clock ticks, if that is what the step is.
    pub fn ticks(&self) -> Option<u32> {
        self.0.strip_prefix("tick ")?.parse().ok()
    }

    /// The command and its standard input.
    pub fn command(&self) -> (&str, &str) {
        self.0.split_once(" <<< ").unwrap_or((&self.0, ""))
    }
}

/// A script; it is written, and can be kept, a step a line.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Script(pub Vec<Step>);

impl Script {
    /// Reads what [`fmt::Debug`] writes; lines that begin with `#` tell why the script is kept.
    pub fn parse(text: &str) -> Script {
        let lines = text.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
        Script(lines.map(|l| Step(l.to_string())).collect())
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| write!(f, "\n{}", step.0))
    }
}

const METRICS_SERVER: &str = "kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml";

/// Scripts of up to `most` steps in a namespace `shop`, where metrics are served; with pods that crash, schedules,
/// autoscalers and load.
pub fn scripts(most: usize) -> impl Strategy<Value = Script> {
    let step = prop_oneof![
        7 => apply(true),
        5 => change(),
        4 => removal(),
        4 => nodes(),
        3 => load(),
        2 => waiting(),
        2 => reading(),
        9 => tick(),
    ];
    let world = world(true).prop_map(|manifests| {
        let mut lines = vec!["kubectl create namespace shop".to_string(), METRICS_SERVER.to_string()];
        lines.extend(manifests.iter().map(applied));
        lines.push("tick 45".to_string());
        lines
    });
    script(world, step.boxed(), most)
}

/// Scripts whose workloads come to rest some time after the last step.
pub fn calm_scripts(most: usize) -> impl Strategy<Value = Script> {
    let step = prop_oneof![
        7 => apply(false),
        3 => change(),
        2 => removal(),
        1 => nodes(),
        6 => tick(),
    ];
    let world = world(false).prop_map(|manifests| {
        let create = "kubectl create namespace shop".to_string();
        std::iter::once(create).chain(manifests.iter().map(applied)).collect()
    });
    script(world, step.boxed(), most)
}

/// What a script does between two looks at the cluster, when what came before does not matter.
pub fn steps(most: usize) -> impl Strategy<Value = Script> {
    let step = prop_oneof![4 => apply(true), 3 => change(), 2 => removal(), 1 => nodes(), 5 => tick()];
    script(Just(Vec::new()), step.boxed(), most)
}

fn script(
    before: impl Strategy<Value = Vec<String>>,
    step: BoxedStrategy<String>,
    most: usize,
) -> impl Strategy<Value = Script> {
    (before, proptest::collection::vec(step, 1..most))
        .prop_map(|(before, lines)| Script(before.into_iter().chain(lines).map(Step).collect()))
}

fn applied(manifest: &String) -> String {
    format!("kubectl apply -f - <<< {manifest}")
}

fn lines(lines: &'static [&'static str]) -> BoxedStrategy<String> {
    select(lines).prop_map(str::to_string).boxed()
}

fn tick() -> BoxedStrategy<String> {
    prop_oneof![3 => 1..20u32, 3 => 20..120u32, 1 => 120..700u32].prop_map(|n| format!("tick {n}")).boxed()
}

fn apply(restless: bool) -> BoxedStrategy<String> {
    manifest(restless).prop_map(|m| applied(&m)).boxed()
}

fn change() -> BoxedStrategy<String> {
    let scale = (select(&["deploy/web", "deploy/api", "sts/db"][..]), 0..6u8)
        .prop_map(|(what, n)| format!("kubectl scale -n shop {what} --replicas={n}"));
    let image = (select(&["deploy/web", "deploy/api", "sts/db", "ds/agent"][..]), 1..4u8)
        .prop_map(|(what, n)| format!("kubectl set image -n shop {what} app=nginx:1.2{n}"));
    let rollout = (select(&["restart", "undo", "pause", "resume"][..]), select(&DEPLOYMENTS[..]))
        .prop_map(|(verb, name)| format!("kubectl rollout {verb} -n shop deploy/{name}"));
    let others = lines(&[
        "kubectl label pods -n shop --all team=a --overwrite",
        "kubectl label pods -n shop -l app=web app=stray --overwrite",
        "kubectl annotate deploy -n shop --all note=x --overwrite",
        "kubectl patch job batch -n shop -p {\"spec\":{\"suspend\":false}}",
        "kubectl patch cronjob beat -n shop -p {\"spec\":{\"suspend\":true}}",
        "kubectl create job extra -n shop --from=cronjob/beat",
        "kubectl run solo -n shop --image=nginx",
        "kubectl run brief -n shop --image=busybox --restart=Never -- sleep 30",
        "kubectl exec -n shop deploy/web -- touch /tmp/ready",
        "kubectl autoscale deploy web -n shop --min=1 --max=4 --cpu-percent=30",
        "kubectl expose deploy web -n shop --port=80",
        "kubectl create namespace shop",
    ]);
    prop_oneof![3 => scale, 3 => image, 2 => rollout, 3 => others].boxed()
}

fn removal() -> BoxedStrategy<String> {
    let whole = (
        select(
            &[
                "deploy/web",
                "deploy/api",
                "sts/db",
                "ds/agent",
                "job/once",
                "job/batch",
                "cronjob/beat",
                "pod/solo",
            ][..],
        ),
        select(&["", " --cascade=orphan", " --cascade=foreground --wait=false", " --wait=false"][..]),
    )
        .prop_map(|(what, how)| format!("kubectl delete -n shop {what}{how}"));
    let pods =
        (
            select(&["-l app=web", "-l app=db", "--all", "db-0"][..]),
            select(
                &[
                    "--wait=false",
                    "--grace-period=1 --wait=false",
                    "--force",
                    "--grace-period=90 --wait=false",
                ][..],
            ),
        )
            .prop_map(|(which, how)| format!("kubectl delete pods -n shop {which} {how}"));
    let others = lines(&[
        "kubectl delete hpa --all -n shop",
        "kubectl delete svc,pdb,quota --all -n shop",
        "kubectl delete pvc --all -n shop --wait=false",
        "kubectl delete namespace shop --wait=false",
    ]);
    prop_oneof![3 => whole, 4 => pods, 1 => others].boxed()
}

fn nodes() -> BoxedStrategy<String> {
    lines(&[
        "kubectl cordon {node0}",
        "kubectl uncordon {node0}",
        "kubectl drain {node0} --ignore-daemonsets --delete-emptydir-data --force --timeout=40s",
        "kubectl drain {node1} --ignore-daemonsets --delete-emptydir-data --force --timeout=15s",
        "kubectl uncordon {node1}",
        "kubectl taint node {node2} busy=yes:NoExecute --overwrite",
        "kubectl taint node {node2} busy-",
        "kubectl label node {node1} disk=ssd --overwrite",
        "kubectl delete node {node2}",
    ])
}

fn load() -> BoxedStrategy<String> {
    let set = (select(&DEPLOYMENTS[..]), select(&["700m", "0s=50m,90s=900m,4m=0", "0s=100m,60s=2"][..]))
        .prop_map(|(name, curve)| format!("kubetick load set deployment/{name} -n shop --cpu {curve}"));
    let clients = (select(&DEPLOYMENTS[..]), 1..40u8).prop_map(|(name, n)| {
        format!("kubetick load set deployment/{name} -n shop --clients {n} --think 300ms")
    });
    prop_oneof![3 => set, 1 => clients, 1 => lines(&["kubetick load clear"])].boxed()
}

fn waiting() -> BoxedStrategy<String> {
    lines(&[
        "kubectl rollout status -n shop deploy/web --timeout=45s",
        "kubectl wait -n shop pods --all --for=condition=Ready --timeout=30s",
        "kubectl wait -n shop job/batch --for=condition=Complete --timeout=70s",
        "kubectl get pods -n shop -w --for=20s",
        "sleep 12",
    ])
}

fn reading() -> BoxedStrategy<String> {
    lines(&[
        "kubectl get all -n shop -o wide",
        "kubectl get pods -A -o yaml",
        "kubectl describe pods,deploy,hpa -n shop",
        "kubectl describe nodes",
        "kubectl get events -n shop",
        "kubectl top pods -n shop",
        "kubectl logs -n shop -l app=web --tail=5",
        "kubetick timeline -n shop",
        "kubetick explain hpa/web -n shop",
    ])
}
