//! A cluster with the program in a pod of its own node, and the recorded workloads.

use super::cloud::{Boot, Cloud, Door, Shared, register};
use crate::lab::Lab;
use kubetick::actors::control_plane::{
    daemonset, deployment, disruption, garbage_collector, namespace, replicaset, scheduler, serviceaccount,
};
use kubetick::actors::programs::cluster_autoscaler::ClusterAutoscaler;
use kubetick::actors::{Actor, node};
use kubetick::api::{DeleteOptions, Server};
use kubetick::json;
use kubetick::machinery::{Duration, KubeVersion, Object, Time, Value};
use kubetick::sim::Engine;
use std::cell::RefCell;
use std::rc::Rc;

/// The name of the program's pod.
pub const PROGRAM: &str = "cluster-autoscaler-0";

pub struct World {
    _lab: Lab,
    pub api: Server,
    pub cloud: Shared,
    /// When the program began to lead.
    pub started: Time,
}

pub fn create_node(api: &Server, node: Object) {
    let (name, status) = (node.name().to_string(), node.at("status").clone());
    api.create(node.clone()).unwrap();
    api.modify_status("nodes", "", &name, |n| n.set("status", status)).unwrap();
    // No node controller here finds it ready.
    let taints = node.at("spec/taints").clone();
    api.modify("nodes", "", &name, |n| match taints {
        Value::Null => drop(n.remove("spec/taints")),
        taints => n.set("spec/taints", taints),
    })
    .unwrap();
}

/// A pod whose node is gone goes with it.
pub fn vanish(api: &Server, pod: &Object) {
    let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
    let _ = api.remove(&api.resource("pods").unwrap(), pod.namespace(), pod.name(), &options);
}

impl World {
    /// The cluster of a recording with the program at work.
    pub fn new(case: &Value) -> World {
        let mut world = World::prepared(case, true);
        world.add_program(PROGRAM, case.items_at("flags"));
        while world.api.find("leases.coordination.k8s.io", "kube-system", "cluster-autoscaler").is_none() {
            world.pass(0.1);
            assert!(
                world.api.now() < Time::parse("2026-06-03T00:01:00Z").unwrap(),
                "the program does not start"
            );
        }
        world.started = world.api.now();
        world
    }

    /// The cluster of a recording, without the program; its service account may do everything, or nothing.
    pub fn prepared(case: &Value, allowed: bool) -> World {
        let (lab, api) = Lab::new(KubeVersion::LATEST);
        let cloud = Rc::new(RefCell::new(Cloud::new(case)));
        for ns in ["kube-system", "app", "kube-node-lease"] {
            api.create(Object::new("v1", "Namespace", "", ns)).unwrap();
        }
        if allowed {
            everything_allowed(&api);
        }
        let world = World { _lab: lab, api, cloud, started: Time::default() };
        world.pass(1.0);
        // Nodes of the groups, and one of no group for the program.
        let mut host = Object::new("v1", "Node", "", "host");
        let amounts = json!({"cpu": "2", "memory": "4Gi", "pods": "10"});
        host.set(
            "spec/taints",
            json!([{"key": "host", "effect": "NoSchedule"}, {"key": "host", "effect": "NoExecute"}]),
        );
        host.set("status/capacity", amounts.clone());
        host.set("status/allocatable", amounts);
        host.set("status/conditions", json!([{"type": "Ready", "status": "True"}]));
        create_node(&world.api, host);
        let groups = world.cloud.borrow().groups.len();
        for i in 0..groups {
            let desired = world.cloud.borrow().groups[i].desired;
            for _ in 0..desired {
                let id = world.cloud.borrow_mut().launch(i);
                register(&world.api, &world.cloud.borrow(), i, &id);
            }
        }
        for workload in case.items_at("scenario/initialWorkloads") {
            world.deploy(workload);
        }
        for action in case.items_at("scenario/actions").iter().filter(|a| a.int_at("at") == Some(0)) {
            world.act(action);
        }
        world
    }

    /// Runs the program in a pod on the node of no group.
    pub fn add_program(&self, name: &str, flags: &[Value]) {
        let mut pod = Object::new("v1", "Pod", "kube-system", name);
        let mut args = vec![Value::from("./cluster-autoscaler")];
        args.extend(flags.iter().cloned());
        pod.set("spec/nodeName", "host");
        pod.set("spec/tolerations", json!([{"operator": "Exists"}]));
        pod.set(
            "spec/containers",
            json!([{
                "name": "cluster-autoscaler", "command": (args.into_iter().collect::<Value>()),
                "image": "registry.k8s.io/autoscaling/cluster-autoscaler:v1.30.4",
            }]),
        );
        self.api.create(pod).unwrap();
    }

    /// The log of the program's first run in a pod, line by line.
    pub fn log(&self, pod: &str) -> Vec<String> {
        let pod = self.api.get("pods", "kube-system", pod).unwrap();
        let lines = self.api.store().logs(pod.uid(), "cluster-autoscaler/0");
        lines.into_iter().map(|l| l.text).collect()
    }

    fn actors(&self) -> Vec<Box<dyn Actor>> {
        let cloud = self.cloud.clone();
        vec![
            Box::new(daemonset::DaemonSetController),
            Box::new(deployment::DeploymentController),
            Box::new(disruption::DisruptionController),
            Box::new(garbage_collector::GarbageCollector),
            Box::new(namespace::NamespaceController),
            Box::new(replicaset::ReplicaController::new(replicaset::Kind::ReplicaSet)),
            Box::new(scheduler::Scheduler::default()),
            Box::new(serviceaccount::NamespaceFurniture),
            Box::new(node::Kubelet),
            Box::new(Boot(self.cloud.clone())),
            Box::new(ClusterAutoscaler::new(Box::new(move |api, _| {
                Box::new(Door { api, cloud: cloud.clone() })
            }))),
        ]
    }

    /// Lets seconds pass.
    pub fn pass(&self, seconds: f64) {
        let target = self.api.now() + Duration::from_millis((seconds * 1000.0) as i64);
        Engine::with(&self.api, self.actors()).run_until(target);
    }

    /// Runs until so many seconds after the program began.
    pub fn run_to(&self, seconds: f64) {
        let target = self.started + Duration::from_millis((seconds * 1000.0) as i64);
        if target > self.api.now() {
            Engine::with(&self.api, self.actors()).run_until(target);
        }
    }

    /// Seconds since the program began.
    pub fn seconds(&self, at: Time) -> f64 {
        at.since(self.started).as_secs_f64()
    }

    /// Does what the recording did.
    pub fn act(&self, action: &Value) {
        let name = action.str_at("name");
        match action.str_at("do") {
            "scale" => {
                let replicas = action.int_at("replicas").unwrap();
                self.api
                    .modify("deployments.apps", "app", name, |d| d.set("spec/replicas", replicas))
                    .unwrap();
            }
            "delete" => self.api.delete("deployments.apps", "app", name).unwrap(),
            "deploy" => self.deploy(action.at("spec")),
            "pdb" => {
                let mut pdb = Object::new("policy/v1", "PodDisruptionBudget", "app", name);
                pdb.set("spec", action.at("budget").clone());
                pdb.set("spec/selector/matchLabels/app", action.str_at("app"));
                self.api.create(pdb).unwrap();
            }
            "delpdb" => self.api.delete("poddisruptionbudgets.policy", "app", name).unwrap(),
            other => panic!("unknown action {other}"),
        }
    }

    fn deploy(&self, workload: &Value) {
        let ns = match workload.str_at("ns") {
            "" => "app",
            ns => ns,
        };
        let name = workload.str_at("name");
        let daemon = workload.bool_at("daemonset");
        let mut object = Object::new("apps/v1", if daemon { "DaemonSet" } else { "Deployment" }, ns, name);
        if !daemon {
            object.set("spec/replicas", workload.int_at("replicas").unwrap());
        }
        let mut requests = json!({});
        for resource in ["cpu", "memory"] {
            if !workload.str_at(resource).is_empty() {
                requests.set(resource, workload.str_at(resource));
            }
        }
        object.set("spec/selector/matchLabels/app", name);
        object.set("spec/template/metadata/labels/app", name);
        if !workload.at("annotations").is_null() {
            object.set("spec/template/metadata/annotations", workload.at("annotations").clone());
        }
        object.set(
            "spec/template/spec/containers",
            json!([{"name": "c", "image": "registry.k8s.io/pause:3.9", "resources": {"requests": requests}}]),
        );
        for field in ["nodeSelector", "tolerations"] {
            if !workload.at(field).is_null() {
                object.set(&format!("spec/template/spec/{field}"), workload.at(field).clone());
            }
        }
        if daemon {
            // Not on the program's own node: the recordings have none.
            object.set(
                "spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms",
                json!([{"matchExpressions": [{"key": "kubernetes.io/os", "operator": "Exists"}]}]),
            );
        }
        if workload.bool_at("emptyDir") {
            object.set("spec/template/spec/volumes", json!([{"name": "d", "emptyDir": {}}]));
        }
        self.api.create(object).unwrap();
    }
}

fn everything_allowed(api: &Server) {
    let group = "rbac.authorization.k8s.io";
    let mut role = Object::new(&format!("{group}/v1"), "ClusterRole", "", "all");
    role.set("rules", json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]));
    api.create(role).unwrap();
    let mut binding = Object::new(&format!("{group}/v1"), "ClusterRoleBinding", "", "all");
    binding.set("roleRef", json!({"apiGroup": group, "kind": "ClusterRole", "name": "all"}));
    binding
        .set("subjects", json!([{"kind": "ServiceAccount", "name": "default", "namespace": "kube-system"}]));
    api.create(binding).unwrap();
}
